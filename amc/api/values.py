"""Tolerant readers of single wire values: ids as text, open enums, times with 0 to 9 digits."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

from amc.log import mask

_INSTANT = re.compile(
    r"^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,18}))?)?"
    r"\s*(Z|z|[+-]\d{2}:?\d{2})?$"
)
_LARGEST_EXACT_FLOAT = 2.0**53
_LONGEST_NUMBER = 40


def to_id(value: Any) -> str:
    """An id as text; JSON numbers keep every digit.

    Raises:
        ValueError: there is no id, or a number that has lost digits.
    """
    if isinstance(value, bool) or value is None:
        raise ValueError("no id")
    if isinstance(value, int):
        text = str(value)
        if len(text) > _LONGEST_NUMBER:
            raise ValueError("no id: too many digits")
        return text
    if isinstance(value, float):
        if not value.is_integer() or abs(value) >= _LARGEST_EXACT_FLOAT:
            raise ValueError("no id: a rounded number")
        return str(int(value))
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise ValueError("no id")


def to_optional_id(value: Any) -> str | None:
    """As `to_id`, but None for anything that is none."""
    try:
        return to_id(value)
    except ValueError:
        return None


def to_text(value: Any) -> str:
    """Anything as text; None is empty."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return ""


def to_optional_text(value: Any) -> str | None:
    """As `to_text`, but None stays None."""
    return None if value is None else to_text(value)


def to_flag(value: Any) -> bool | None:
    """A Boolean as Amazon's answers and samples write it; None when it is none."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value != 0
    if isinstance(value, str):
        return {"true": True, "1": True, "false": False, "0": False}.get(value.strip().lower())
    return None


def to_number(value: Any) -> float | int | None:
    """A number, also one written as text; None when it is none (NaN and infinity too)."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value if len(str(value)) <= _LONGEST_NUMBER else None
    if isinstance(value, str):
        if len(value) > _LONGEST_NUMBER:
            return None
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, float) and value == value and abs(value) != float("inf"):
        return int(value) if value.is_integer() and abs(value) < _LARGEST_EXACT_FLOAT else value
    return None


def to_instant(value: Any) -> datetime | None:
    """An instant of an answer as aware UTC; without a zone it is UTC; None when it is none.

    Amazon writes 0 to 9 fractional digits; more than six are cut.
    """
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if not isinstance(value, str):
        return None
    found = _INSTANT.match(value.strip())
    if found is None:
        return None
    day, clock, fraction, zone = found.groups()
    offset = "+00:00" if zone in (None, "Z", "z") else zone
    try:
        moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}{offset}")
        moment += timedelta(microseconds=int((fraction or "0")[:6].ljust(6, "0")))
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def to_objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; anything else is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def to_object(value: Any) -> dict[str, Any]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def to_texts(value: Any) -> list[str]:
    """A list of texts; a single text is a list of one."""
    if isinstance(value, str):
        return [value]
    return [to_text(item) for item in value if item is not None] if isinstance(value, list) else []


def to_reason(value: Any) -> str | None:
    """Words of Amazon's that people will read and that are kept: without what opens doors."""
    text = to_optional_text(value)
    return None if text is None else mask(text)


Id = Annotated[str, BeforeValidator(to_id)]
OptionalId = Annotated[str | None, BeforeValidator(to_optional_id)]
Text = Annotated[str, BeforeValidator(to_text)]
OptionalText = Annotated[str | None, BeforeValidator(to_optional_text)]
Reason = Annotated[str | None, BeforeValidator(to_reason)]
Flag = Annotated[bool | None, BeforeValidator(to_flag)]
Number = Annotated[float | int | None, BeforeValidator(to_number)]
Instant = Annotated[datetime | None, BeforeValidator(to_instant)]
Objects = Annotated[list[dict[str, Any]], BeforeValidator(to_objects)]
Object = Annotated[dict[str, Any], BeforeValidator(to_object)]
Texts = Annotated[list[str], BeforeValidator(to_texts)]
