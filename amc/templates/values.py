"""From what a form, a command line or a file gives to typed parameter values.

Text is kept letter by letter: no trimming, no escaping, nothing looked up in it. What a value may
do to a query is decided by how it is bound, never here.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from amc.errors import ParameterError
from amc.templates.model import Parameter

MAX_TEXT = 4_000
MAX_ELEMENTS = 10_000

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_CAMPAIGN = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_ASIN = re.compile(r"[A-Z0-9]{10}", re.ASCII)
_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")
_LONGEST_INTEGER = 2**63 - 1
_LONGEST_DECIMAL = 38
_YES = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def coerce_value(parameter: Parameter, value: object) -> Any:
    """One value in the type of its parameter.

    Args:
        parameter: what is asked for.
        value: typed already, or text: lists as JSON or separated by commas or line breaks,
            dates as `2026-09-01`, booleans as true or false.

    Returns:
        `str`, `int`, `Decimal`, `bool`, `date`, or a list of `str` or `int`.

    Raises:
        ParameterError: mistyped, out of range, not one of the choices, or empty.
    """
    if parameter.is_list:
        return _list(parameter, value)
    typed = _SCALARS[parameter.type](parameter, value)
    _check_range(parameter, typed)
    return typed


def coerce_values(
    parameters: tuple[Parameter, ...], values: Mapping[str, object]
) -> dict[str, Any]:
    """All values of a template, defaults filled in, in the order of the parameters.

    An absent value, None, and an empty text for anything but a string count as not given.

    Raises:
        ParameterError: see `coerce_value`; also a value for a parameter that is not there.
    """
    known = {p.name for p in parameters}
    unknown = next((name for name in values if name not in known), None)
    if unknown is not None:
        listed = ", ".join(sorted(known)) or "none"
        raise ParameterError(
            f"There is no parameter {unknown!r}.", name=unknown, hint=f"There are: {listed}."
        )
    return {p.name: _given_or_default(p, values.get(p.name)) for p in parameters}


def _given_or_default(parameter: Parameter, value: object) -> Any:
    absent = value is None or (value == "" and parameter.type != "string")
    if not absent:
        return coerce_value(parameter, value)
    if parameter.default is None:
        raise _wrong(parameter, "needs a value", _example(parameter))
    return coerce_value(parameter, parameter.default)


def as_json(value: Any) -> Any:
    """A coerced value as JSON can hold it: dates and decimals as text."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return value


# One function a type


def _string(parameter: Parameter, value: object) -> str:
    if not isinstance(value, str):
        raise _wrong(parameter, f"must be text, not {_shown(value)}")
    if parameter.required and not value:
        raise _wrong(parameter, "must not be empty")
    return _checked_text(parameter, value)


def _integer(parameter: Parameter, value: object) -> int:
    number: int | None = None
    if isinstance(value, bool):
        pass  # True is 1 to Python, not to a reader
    elif isinstance(value, int):
        number = value
    elif isinstance(value, Decimal):
        whole = value.is_finite() and value == value.to_integral_value()
        number = int(value) if whole else None
    elif isinstance(value, str):
        number = int(value) if _INTEGER.fullmatch(value.strip()) else None
    if number is None:
        raise _wrong(parameter, f"must be a whole number, not {_shown(value)}")
    if abs(number) > _LONGEST_INTEGER:
        raise _wrong(parameter, "is too large a number")
    return number


def _decimal(parameter: Parameter, value: object) -> Decimal:
    number: Decimal | None = None
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = Decimal(str(value))
    elif isinstance(value, str) and value.isascii() and "_" not in value:
        try:
            number = Decimal(value.strip())
        except InvalidOperation:
            number = None
    if number is None or not number.is_finite():
        raise _wrong(parameter, f"must be a number, not {_shown(value)}")
    digits, exponent = len(number.as_tuple().digits), abs(number.adjusted())
    if digits > _LONGEST_DECIMAL or exponent > _LONGEST_DECIMAL:
        raise _wrong(parameter, f"has more than {_LONGEST_DECIMAL} digits")
    return number


def _boolean(parameter: Parameter, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _YES:
        return _YES[value.strip().lower()]
    raise _wrong(parameter, f"must be true or false, not {_shown(value)}")


def _date(parameter: Parameter, value: object) -> date:
    # A datetime is a date to Python, but its time of day would be lost in silence.
    if type(value) is date:
        return value
    if isinstance(value, str) and _DATE.fullmatch(value.strip()):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            pass
    raise _wrong(parameter, f"must be a date such as 2026-09-01, not {_shown(value)}")


def _enum(parameter: Parameter, value: object) -> str:
    allowed = [c.value for c in parameter.choices]
    if isinstance(value, str) and value in allowed:
        return value
    raise _wrong(parameter, f"must be one of {', '.join(allowed)}; not {_shown(value)}")


_SCALARS: dict[str, Callable[[Parameter, object], Any]] = {
    "string": _string,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": _date,
    "enum": _enum,
}


# Lists


def _list(parameter: Parameter, value: object) -> list[Any]:
    elements = [_element(parameter, element) for element in _elements(parameter, value)]
    # A filter asks whether an id is in the list: one that comes twice says nothing more.
    elements = list(dict.fromkeys(elements))
    least = parameter.min if isinstance(parameter.min, int) else int(parameter.required)
    most = parameter.max if isinstance(parameter.max, int) else MAX_ELEMENTS
    if len(elements) < least:
        found = "the list is empty" if not elements else f"the list has {len(elements)}"
        raise _wrong(parameter, f"needs at least {least}; {found}")
    if len(elements) > most:
        raise _wrong(parameter, f"takes at most {most:,} values; the list has {len(elements):,}")
    return elements


def _elements(parameter: Parameter, value: object) -> list[object]:
    if isinstance(value, list | tuple | set | frozenset):
        return sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
    if not isinstance(value, str):
        raise _wrong(parameter, f"must be a list, not {_shown(value)}")
    if value.lstrip().startswith("["):
        try:
            found = json.loads(value, parse_float=Decimal)
        except (ValueError, RecursionError) as exc:
            reason = exc.msg if isinstance(exc, json.JSONDecodeError) else "too deep or too long"
            raise _wrong(parameter, f"is not a JSON list ({reason})") from None
        return list(found)
    return [part.strip() for part in re.split(r"[,\n]", value) if part.strip()]


def _element(parameter: Parameter, value: object) -> str | int:
    if parameter.type == "integer_list":
        return _integer(parameter, value)
    if parameter.type == "string_list":
        if not isinstance(value, str) or not value:
            raise _wrong(parameter, f"takes text values only, not {_shown(value)}")
        return _checked_text(parameter, value)
    return _id(parameter, value)


def _id(parameter: Parameter, value: object) -> str:
    # Ids that lost digits to floating point must not pass, whole numbers are exact.
    whole = isinstance(value, int) and not isinstance(value, bool)
    text = str(value).strip() if whole or isinstance(value, str) else ""
    if parameter.type == "asin_list":
        text = text.upper()
        if not _ASIN.fullmatch(text):
            raise _wrong(parameter, f"takes ASINs (10 letters and digits), not {_shown(value)}")
    elif not _CAMPAIGN.fullmatch(text):
        raise _wrong(parameter, f"takes campaign ids (letters and digits), not {_shown(value)}")
    return text


# What is common


def _checked_text(parameter: Parameter, value: str) -> str:
    if bad := _UNSENDABLE.search(value):
        raise _wrong(parameter, f"holds a character that cannot be sent: U+{ord(bad[0]):04X}")
    if len(value) > MAX_TEXT:
        raise _wrong(parameter, f"is longer than {MAX_TEXT:,} characters")
    if parameter.pattern and not re.fullmatch(parameter.pattern, value):
        raise _wrong(parameter, f"must match the pattern {parameter.pattern}")
    return value


def _check_range(parameter: Parameter, value: Any) -> None:
    size = len(value) if isinstance(value, str) else value
    if isinstance(value, bool) or parameter.type == "enum":
        return
    unit = " characters" if isinstance(value, str) else ""
    for bound, is_min in ((parameter.min, True), (parameter.max, False)):
        if bound is None:
            continue
        limit: Any = date.fromisoformat(bound) if isinstance(bound, str) else bound
        if size < limit if is_min else size > limit:
            word = "at least" if is_min else "at most"
            raise _wrong(parameter, f"must be {word} {as_json(limit)}{unit}, not {_shown(value)}")


def _shown(value: object) -> str:
    text = repr(as_json(value)) if isinstance(value, str) else str(as_json(value))
    return text if len(text) <= 60 else f"{text[:57]}…"


def _example(parameter: Parameter) -> str:
    return f"{parameter.label}: {parameter.help.strip().splitlines()[0]}"


def _wrong(parameter: Parameter, what: str, hint: str | None = None) -> ParameterError:
    return ParameterError(f"The parameter {parameter.name} {what}.", name=parameter.name, hint=hint)
