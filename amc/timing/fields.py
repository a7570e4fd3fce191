"""The five fields of standard cron: reading one, and what it allows."""

import re
from dataclasses import dataclass

from amc.errors import CronError


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """What one of the five fields may hold."""

    name: str
    low: int
    high: int
    example: str
    names: tuple[str, ...] = ()
    first_name: int = 0


_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

SPECS = (
    FieldSpec("minute", 0, 59, "0, 0,30 or */15"),
    FieldSpec("hour", 0, 23, "8, 8-18 or */6"),
    FieldSpec("day-of-month", 1, 31, "1, 1,15 or *"),
    FieldSpec("month", 1, 12, "1, 1-6 or JAN,JUL", _MONTHS, 1),
    FieldSpec("day-of-week", 0, 7, "1, 1-5, MON or SUN (Sunday is 0 and 7)", _DAYS, 0),
)

MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}

_NUMBER = re.compile(r"[0-9]{1,2}\Z")
_QUARTZ = re.compile(r"[?#]|(?<![A-Z])[LW]+\Z|[0-9]L")


@dataclass(frozen=True, slots=True)
class CronField:
    """One field as read: its canonical text (numbers only) and the values that it allows."""

    text: str
    values: frozenset[int]

    @property
    def starts_with_star(self) -> bool:
        """Whether cron counts it as unrestricted; so is `*/2`."""
        return self.text.startswith("*")


def read_field(spec: FieldSpec, text: str) -> CronField:
    """Read one field.

    Raises:
        CronError: names the field, what is wrong, and an example.
    """
    upper = text.upper()
    if _QUARTZ.search(upper):
        raise _error(spec, text, "uses a sign of other schedulers (? # L W), not of standard cron")
    texts: list[str] = []
    values: set[int] = set()
    for item in upper.split(","):
        canonical, allowed = _read_item(spec, item, text)
        texts.append(canonical)
        values.update(allowed)
    return CronField(",".join(texts), frozenset(values))


def _read_item(spec: FieldSpec, item: str, whole: str) -> tuple[str, range]:
    """A single item: `*`, `5`, `1-5`, each but the single number with `/step`."""
    body, slash, step_text = item.partition("/")
    step = _read_step(spec, step_text, whole) if slash else 1
    suffix = f"/{step_text}" if slash else ""
    if body == "*":
        return f"*{suffix}", range(spec.low, spec.high + 1, step)
    low_text, dash, high_text = body.partition("-")
    low = _read_value(spec, low_text, whole)
    if not dash:
        if slash:
            raise _error(spec, whole, f"has a step without a range; write {low}-{spec.high}/{step}")
        return str(low), range(low, low + 1)
    high = _read_value(spec, high_text, whole)
    if high_text == "SUN" and low > 0:
        high = 7  # FRI-SUN means what it says
    if high < low:
        raise _error(
            spec,
            whole,
            f"has a range that runs backwards; write {low}-{spec.high},{spec.low}-{high}",
        )
    return f"{low}-{high}{suffix}", range(low, high + 1, step)


def _read_step(spec: FieldSpec, text: str, whole: str) -> int:
    if not _NUMBER.match(text) or not 1 <= int(text) <= spec.high:
        raise _error(spec, whole, f"has a step that is not a number from 1 to {spec.high}")
    return int(text)


def _read_value(spec: FieldSpec, text: str, whole: str) -> int:
    if text in spec.names:
        return spec.names.index(text) + spec.first_name
    if not text:
        raise _error(spec, whole, "has an empty part")
    if not _NUMBER.match(text):
        kind = "a number or a three-letter English name" if spec.names else "a number"
        raise _error(spec, whole, f"holds '{text}', which is not {kind}")
    value = int(text)
    if not spec.low <= value <= spec.high:
        raise _error(spec, whole, f"holds {value}, which is outside {spec.low} to {spec.high}")
    return value


def _error(spec: FieldSpec, text: str, what: str) -> CronError:
    return CronError(f"The {spec.name} field '{text}' {what}.", hint=f"For example {spec.example}.")
