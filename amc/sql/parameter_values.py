"""A parameter's value in the form that AMC takes, or a clear refusal."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from amc.errors import ParameterError
from amc.sql.binding import literal
from amc.sql.types import NUMBER_RANK

_PLAIN = "STRING"
_MOST_DIGITS = 330
_WHOLE = re.compile(r"[+-]?\d{1,30}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WHOLE_RANGES = {"BYTE": 2**7, "SHORT": 2**15, "INTEGER": 2**31, "LONG": 2**63}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as a query uses it.

    Attributes:
        name: case-sensitive.
        data_type: AMC's name of its type, or of its elements.
        is_array: whether it takes a list.
        certain: whether its use settles the type; a value decides otherwise.
        uses: what it is used for, in words.
    """

    name: str
    data_type: str
    is_array: bool
    certain: bool
    uses: tuple[str, ...] = ()

    def declaration(self) -> dict[str, Any]:
        """Its entry in `inputParameters`."""
        data_type: Any = self.data_type
        if self.is_array:
            data_type = {"type": "ARRAY", "elementDataType": self.data_type}
        return {"name": self.name, "dataType": data_type, "columnType": "DIMENSION"}


def settled(parameter: Parameter, value: Any) -> Parameter:
    """The parameter with its type settled: where the use leaves the type open, the value does."""
    if parameter.certain:
        return parameter
    is_list = isinstance(value, list | tuple)
    first = next(iter(value), None) if is_list else value
    return replace(
        parameter,
        data_type=_by_value(parameter.data_type, first),
        is_array=parameter.is_array or is_list,
        certain=True,
    )


def _by_value(data_type: str, value: Any) -> str:
    """The type of a value that may be what its use made likely, or something else."""
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int) or (data_type == "DOUBLE" and _is_whole(value)):
        return "LONG"
    if isinstance(value, float | Decimal):
        return "DOUBLE"
    if isinstance(value, datetime) or (isinstance(value, date) and data_type == "TIMESTAMP"):
        return "TIMESTAMP"
    if isinstance(value, date) or (data_type == "TIMESTAMP" and _DAY.fullmatch(str(value).strip())):
        return "DATE"
    return data_type


def _is_whole(value: Any) -> bool:
    return isinstance(value, str) and _WHOLE.fullmatch(value.strip()) is not None


def convert(parameter: Parameter, value: Any) -> Any:
    """A value in the form that AMC takes for this parameter.

    Raises:
        ParameterError: it is not of the type.
    """
    if parameter.is_array:
        return [_scalar(parameter, item) for item in _items(parameter, value)]
    if isinstance(value, list | tuple):
        raise ParameterError(
            f"The parameter {parameter.name} takes one value.", name=parameter.name
        )
    return _scalar(parameter, value)


def _items(parameter: Parameter, value: Any) -> Iterable[Any]:
    if isinstance(value, list | tuple):
        return value
    if value is None:
        raise ParameterError(
            f"The parameter {parameter.name} has no value.",
            name=parameter.name,
            hint="Give an empty list when none is wanted.",
        )
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    text = str(value).strip()
    if text.startswith("["):
        try:
            found = json.loads(text)
        except json.JSONDecodeError:
            found = None
        if isinstance(found, list):
            return found
    if not text:
        return []
    return [part.strip() for part in text.split(",")]


def _scalar(parameter: Parameter, value: Any) -> Any:
    wanted, name = parameter.data_type, parameter.name
    if value is None:
        raise ParameterError(f"The parameter {name} has no value.", name=name)
    text = _as_text(name, value)
    if wanted == _PLAIN:
        literal(name, text)  # refuses what no text may hold
    try:
        return _converted(wanted, value, text.strip())
    except (ArithmeticError, KeyError, ValueError):
        shown = text if len(text) <= 60 else text[:57] + "..."
        raise ParameterError(
            f"The parameter {name} is compared with a {wanted}; '{shown}' is none.", name=name
        ) from None


def _as_text(name: str, value: Any) -> str:
    if isinstance(value, list | tuple | dict | set | bytes):
        raise ParameterError(
            f"The parameter {name} cannot hold a {type(value).__name__}.", name=name
        )
    try:
        return str(value)
    except ValueError:  # an int of thousands of digits
        raise ParameterError(f"The parameter {name} is not a usable number.", name=name) from None


def _converted(wanted: str, value: Any, text: str) -> Any:
    """Raises ValueError, KeyError or ArithmeticError when it is not of the type."""
    if wanted in NUMBER_RANK:
        return _number(wanted, text)
    if wanted == "BOOLEAN":
        return {"true": True, "false": False}[text.lower()]
    if wanted == "DATE":
        day = value.date() if isinstance(value, datetime) else date.fromisoformat(text)
        return day.isoformat()
    if wanted == "TIMESTAMP":
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            # AMC's timestamps have no zone and mean UTC.
            moment = moment.astimezone(UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%S")
    return str(value)


def _number(wanted: str, text: str) -> int | float:
    number = Decimal(text)
    # An exponent beyond every type would take for ever to write out.
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        raise ValueError(text)
    if wanted not in _WHOLE_RANGES:
        return float(number)
    limit = _WHOLE_RANGES[wanted]
    if number != number.to_integral_value() or not -limit <= number < limit:
        raise ValueError(text)
    return int(number)
