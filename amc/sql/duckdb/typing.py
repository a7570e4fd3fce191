"""The type that a function call gives, by the rule in the function table."""

from amc.sql.duckdb.model import Typed, literal_text
from amc.sql.functions import FunctionSpec
from amc.sql.types import (
    DECIMAL,
    DOUBLE,
    LONG,
    UNKNOWN,
    SqlType,
    array_of,
    common_type,
    parse_type,
)


def result_type(spec: FunctionSpec, args: list[Typed]) -> SqlType:
    """The type of a call of `spec` with these arguments."""
    types = [a.type for a in args]
    first = types[0] if types else UNKNOWN
    match spec.returns:
        case "first":
            return first
        case "sum":
            return {"DECIMAL": DECIMAL, "DOUBLE": DOUBLE, "FLOAT": DOUBLE}.get(first.name, LONG)
        case "common":
            return common_type(types)
        case "common_tail":
            return common_type(types[1:])
        case "array_first":
            return array_of(first)
        case "element":
            return first.element or UNKNOWN
        case "element_array":
            return first.element or UNKNOWN
        case "struct":
            fields = [
                (literal_text(k.node) or "", v.type)
                for k, v in zip(args[::2], args[1::2], strict=False)
            ]
            return SqlType("STRUCT", fields=tuple(fields))
        case named:
            return parse_type(named)
