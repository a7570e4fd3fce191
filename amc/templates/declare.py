"""Parameters of a template as AMC's `inputParameters`, and their values as it takes them."""

from decimal import Decimal
from typing import Any

from amc.templates.model import Parameter
from amc.templates.values import as_json

_TYPES: dict[str, str] = {
    "string": "STRING",
    "enum": "STRING",
    "integer": "LONG",
    # AMC's guide names no DECIMAL among the types of parameters.
    "decimal": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
}


def declaration(parameter: Parameter) -> dict[str, Any]:
    """One entry of `inputParameters`.

    Without default: a value is always sent, so a template's default can change without the
    published workflow changing.
    """
    data_type: str | dict[str, str]
    if parameter.is_list:
        element = "LONG" if parameter.type == "integer_list" else "STRING"
        data_type = {"type": "ARRAY", "elementDataType": element}
    else:
        data_type = _TYPES[parameter.type]
    return {
        "name": parameter.name,
        "dataType": data_type,
        "columnType": "DIMENSION",
        "description": parameter.label,
    }


def sendable(value: Any) -> Any:
    """A coerced value as `parameterValues` holds it: numbers as numbers, dates as text."""
    if isinstance(value, Decimal):
        return float(value)
    return as_json(value)
