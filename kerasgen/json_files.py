"""Reading JSON that may come from anywhere, with bounds, and with errors that name file and field."""

import json
import math
import pathlib

MAX_BYTES = 4 * 10**6  # in Python up to 25 times as much
MAX_DIGITS = 19  # of 64 bits
MAX_DEPTH = 60  # serialized optimizers have about ten levels


def read_object(path, limit=MAX_BYTES):
    """The JSON object of a file of at most `limit` bytes.

    Raises:
        ValueError: It is no file, too large, no UTF-8 text, no JSON, no object, nested too deeply, or has a number that is
            not finite or a name twice in one object. The message says where.
    """
    path = pathlib.Path(path)
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise ValueError(f"{path}: is no file.")
    if path.stat().st_size > limit:
        raise ValueError(f"{path}: {path.stat().st_size:,} bytes are more than the limit of {limit:,}.")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: byte {error.start} is not UTF-8 text.") from error

    def unique(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            seen = set()
            twice = next(name for name in names if name in seen or seen.add(name))
            raise ValueError(f"{path}: the name {twice!r:.80} stands twice.")
        return dict(pairs)

    def refuse(constant):
        raise ValueError(f"{path}: {constant} is no number of JSON.")

    def integer(digits):
        if len(digits) > MAX_DIGITS:
            raise ValueError(f"{path}: a number of {len(digits):,} digits is longer than {MAX_DIGITS}.")
        return int(digits)

    try:
        found = json.loads(text, object_pairs_hook=unique, parse_constant=refuse, parse_int=integer)
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: broken in line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except RecursionError as error:
        raise ValueError(f"{path}: nested more than {MAX_DEPTH} levels deep.") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path}: must hold a JSON object; found {_named(found)}.")
    _check_values(found, str(path))
    return found


def check_fields(found, kinds, where):
    """Raises a ValueError that begins with `where` unless an object has these fields.

    Args:
        found: The object, a dictionary.
        kinds: {field: type, tuple of types, [type] for a list of such values, or {...} for an object with such fields}; a field
            whose name ends in "?" may be missing.
        where: File and place, for the message.
    """
    for field, kind in kinds.items():
        name = field.removesuffix("?")
        if name in found:
            _check_kind(found[name], kind, f"{where}: {plain(name):.80}")
        elif not field.endswith("?"):
            raise ValueError(f"{where}: field {name!r} is missing.")


def _check_kind(value, kind, where):
    if isinstance(kind, list):
        if not isinstance(value, list):
            raise ValueError(f"{where} must be a list; found {_named(value)}.")
        for number, item in enumerate(value):
            _check_kind(item, kind[0], f"{where}[{number}]")
    elif isinstance(kind, dict):
        if not isinstance(value, dict):
            raise ValueError(f"{where} must be an object; found {_named(value)}.")
        check_fields(value, kind, where)
    else:
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            names = " or ".join("null" if each is type(None) else each.__name__ for each in kinds)
            raise ValueError(f"{where} must be of type {names}; found {_named(value)}.")


def _check_values(value, where, depth=0):
    """Raises unless nesting is bounded and every number finite; 1e999 is infinite to Python."""
    if depth > MAX_DEPTH:
        raise ValueError(f"{plain(where):.300}: nested more than {MAX_DEPTH} levels deep.")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{plain(where):.300}: {value} is no finite number.")
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if isinstance(item, (dict, list, float)):
            _check_values(item, f"{where}: {key}" if depth == 0 else f"{where}.{key}", depth + 1)


def clean(text):
    """Text without control characters, except newlines and tabs: terminals obey some, and texts may come from elsewhere."""
    return "".join(c if c.isprintable() or c in "\n\t" else "?" for c in str(text))


def plain(text):
    """One line without control characters."""
    return clean(" ".join(str(text).split()))


def _named(value):
    return f"{value!r:.60} of type {type(value).__name__}"
