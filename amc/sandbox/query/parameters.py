"""Parameters of a workflow: what is declared, and the values of one execution."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from amc.sandbox.query.errors import CompileError
from amc.sql.types import STRING, SqlType, array_of, parse_type

MAX_PARAMETERS = 100


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared parameter; `default` is None when there is none."""

    name: str
    type: SqlType
    default: Any = None


def declared(wire: Sequence[Mapping[str, Any]], workflow_id: str = "") -> dict[str, Declared]:
    """The parameters of `inputParameters`, by name.

    Raises:
        CompileError: too many, or a type that does not exist.
    """
    if len(wire) > MAX_PARAMETERS:
        raise CompileError(
            f"A workflow has at most {MAX_PARAMETERS} input parameters.", workflow_id
        )
    found = {}
    for row in wire:
        name = str(row.get("name") or "")
        found[name] = Declared(name, _type(row, workflow_id), row.get("defaultValue"))
    return found


def _type(row: Mapping[str, Any], workflow_id: str) -> SqlType:
    wanted = row.get("dataType") or "STRING"
    if isinstance(wanted, Mapping):
        return array_of(parse_type(str(wanted.get("elementDataType") or "STRING")))
    kind = parse_type(str(wanted))
    if kind.name == "UNKNOWN":
        if str(wanted).upper() == "CALENDAR_INTERVAL":
            return STRING
        raise CompileError(f"Input parameter {row.get('name')} has no known type.", workflow_id)
    return kind


def bound(
    parameters: Mapping[str, Declared], values: Mapping[str, Any], workflow_id: str = ""
) -> dict[str, Any]:
    """The typed value of every declared parameter.

    Raises:
        CompileError: a value is missing, of the wrong type, or for a parameter that is unknown.
    """
    for name in values:
        if name not in parameters:
            raise CompileError(f"Parameter {name} is not declared in inputParameters.", workflow_id)
    result: dict[str, Any] = {}
    for name, parameter in parameters.items():
        if name not in values and parameter.default is None:
            raise CompileError(
                f"No value was given for parameter {name} and it has no default value.", workflow_id
            )
        given = values.get(name, parameter.default)
        try:
            result[name] = typed(given, parameter.type)
        except (ValueError, TypeError, KeyError, InvalidOperation):
            raise CompileError(
                f"The value of parameter {name} is not of type {parameter.type}.", workflow_id
            ) from None
    return result


def typed(value: Any, wanted: SqlType) -> Any:
    """A value of the wire (text, number, list) as the Python value of a type.

    Raises:
        ValueError: it cannot be one.
    """
    if value is None:
        return None
    if wanted.name == "ARRAY":
        if not isinstance(value, list | tuple):
            raise ValueError(value)
        return [typed(item, wanted.element or STRING) for item in value]
    if isinstance(value, list | tuple | dict):
        raise ValueError(value)
    reader: Callable[[Any], Any] = _READERS.get(wanted.name, _text)
    return reader(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError(value)
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise ValueError(value)
    return float(value)


def _exact(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise ValueError(value)
    return Decimal(str(value))


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}[str(value).strip().lower()]


def _day(value: Any) -> date:
    return datetime.fromisoformat(str(value)).date()


def _instant(value: Any) -> datetime:
    moment = datetime.fromisoformat(str(value))
    return (moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None)


_READERS: dict[str, Callable[[Any], Any]] = {
    "BYTE": _whole,
    "SHORT": _whole,
    "INTEGER": _whole,
    "LONG": _whole,
    "FLOAT": _number,
    "DOUBLE": _number,
    "DECIMAL": _exact,
    "BOOLEAN": _truth,
    "DATE": _day,
    "TIMESTAMP": _instant,
}
