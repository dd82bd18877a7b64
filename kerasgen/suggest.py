"""Errors for names that do not exist, with the names that the user may have meant."""

import difflib


def unknown_name(kind, name, known, hint=""):
    """Returns a ValueError that shows the value received and the three nearest of `known`."""
    if not isinstance(name, str):
        return ValueError(f"A {kind} is named by a string; received {name!r} of type {type(name).__name__}.")
    nearest = difflib.get_close_matches(name, known, n=3, cutoff=0.0)
    meant = f" Did you mean {', '.join(nearest)}?" if nearest else f" There is no {kind} yet."
    return ValueError(f"There is no {kind} named {name!r}.{meant}{' ' + hint + '.' if hint else ''}")
