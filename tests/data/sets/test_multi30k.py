"""Multi30k: the same captions in three languages."""

from kerasgen.data.sets import multi30k


def test_rows_are_the_same_caption(tiny, strings):
    files = {
        f"{name}.{language}.gz": f"{language} {name}\n{language}\u2028 ü\n".encode()
        for name in multi30k.NAMES.values()
        for language in multi30k.LANGUAGES
    }
    splits = tiny("multi30k", files)
    assert strings(splits["test"], "de") == ["de test_2016_flickr", "de\u2028 ü"]  # only a newline ends a line
    assert strings(splits["validation"], "fr")[0] == "fr val" and strings(splits["train"], "en")[0] == "en train"
