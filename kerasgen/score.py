"""A published number: what it is, what it rests on, and what to compare it with."""

import dataclasses
import math
import numbers

from kerasgen.json_files import plain


@dataclasses.dataclass(frozen=True)
class Score:
    """One number of a model.

    Args:
        value: The number.
        count: How many samples, images or tokens it rests on.
        protocol: How it was computed, so that others can.
        label: Its name in cards and tables; "" for its key.
        better: "higher" or "lower"; None if neither is better.
        low, high: The ends of its 95% interval; None if it has none.
        reference: The same number for real data, or another value to compare it with; None if there is none.
        beside: What `reference` is the number of, such as the name of another model; "" for real data.
        parts: Numbers that it is made of, such as one per class.
        leading: Whether tables of models show it.

    Raises:
        ValueError: A field has the wrong type or value.

    Example:
        >>> Score(0.5, count=100, protocol="share of white pixels", better="higher", reference=0.4).to_dict()
        {'value': 0.5, 'count': 100, 'protocol': 'share of white pixels', 'better': 'higher', 'reference': 0.4}
    """

    value: float
    count: int
    protocol: str
    label: str = ""
    better: str | None = None
    low: float | None = None
    high: float | None = None
    reference: float | None = None
    beside: str = ""
    parts: tuple = ()
    leading: bool = False

    def __post_init__(self):
        for field in ("value", "low", "high", "reference"):
            number = getattr(self, field)
            optional = field != "value" and number is None
            if not optional and not _is_finite(number):
                raise ValueError(f"{field} of a score must be a number; received {number!r:.80}.")
            if not optional and not isinstance(number, int):
                object.__setattr__(self, field, float(number))
        if isinstance(self.count, bool) or not isinstance(self.count, numbers.Integral) or self.count < 1:
            raise ValueError(f"count of a score must be a positive integer; received {self.count!r:.80}.")
        object.__setattr__(self, "count", int(self.count))
        if not isinstance(self.protocol, str) or not self.protocol:
            raise ValueError(f"protocol of a score must be words; received {self.protocol!r:.80}.")
        if not isinstance(self.label, str) or not isinstance(self.leading, bool):
            raise ValueError(
                f"label and leading of a score are str and bool; received {self.label!r:.80}, {self.leading!r:.20}."
            )
        if self.better not in ("higher", "lower", None):
            raise ValueError(f"better of a score must be 'higher', 'lower' or None; received {self.better!r:.80}.")
        if (self.low is None) != (self.high is None):
            raise ValueError(f"low and high of a score go together; received {self.low!r:.80} and {self.high!r:.80}.")
        if isinstance(self.parts, str) or not all(map(_is_finite, self.parts)):
            raise ValueError(f"parts of a score must be numbers; received {self.parts!r:.80}.")
        object.__setattr__(self, "parts", tuple(float(part) for part in self.parts))

    def to_dict(self):
        """Its fields as an entry holds them, leaving out empty ones."""
        found = {key: value for key, value in vars(self).items() if value not in (None, "", (), False)}
        found["value"] = self.value  # also 0
        for key in ("low", "high", "reference"):
            if getattr(self, key) is not None:
                found[key] = getattr(self, key)
        if self.parts:
            found["parts"] = list(self.parts)
        return {key: found[key] for key in vars(self) if key in found}

    @classmethod
    def from_dict(cls, fields, where="score"):
        """The score of an entry.

        Raises:
            ValueError: A field is missing, unknown or wrong; the message begins with `where`.
        """
        try:
            return cls(**fields)
        except TypeError as error:
            known = ", ".join(field.name for field in dataclasses.fields(cls))
            raise ValueError(
                f"{where} must have value, count and protocol, and may have more of {known}: {plain(error):.200}."
            ) from error
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error

    def named(self, key):
        """Its label, or `key` if it has none."""
        return self.label or key


def _is_finite(number):
    """Whether it is a number that a card can show and JSON can hold."""
    try:
        return isinstance(number, numbers.Real) and not isinstance(number, bool) and math.isfinite(number)
    except OverflowError:  # an integer of hundreds of digits
        return False


def checked(scores, where="score"):
    """{name: `Score`} of what a recipe's `score` returns.

    Raises:
        ValueError: It is not a dictionary of scores.
    """
    if not isinstance(scores, dict) or not all(isinstance(score, Score) for score in scores.values()):
        raise ValueError(f"{where} must return a dictionary of kerasgen.Score; received {scores!r:.200}.")
    return scores
