"""Which emoji are variations of one another."""

TONES = {"1f3fb", "1f3fc", "1f3fd", "1f3fe", "1f3ff"}
SIGNS = {"fe0f", "200d", "2640", "2642", "27a1"}  # of style, of joining, for women and men, and for facing right
PEOPLE = {"1f468", "1f469"}  # man, woman


def base(codepoints):
    """Code points joined by "-" without skin tones and signs, with a person for each man and woman."""
    kept = [point for point in codepoints.lower().split("-") if point not in TONES | SIGNS]
    return "-".join("1f9d1" if point in PEOPLE else point for point in kept)
