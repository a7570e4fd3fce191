"""Parameters of a query: found on the tree, typed by their use, declared and sent as AMC wants.

`CUSTOM_PARAMETER('x')` travels as AMC's own parameter. `{{ x }}` exists for what AMC cannot
parameterise (long lists, names from an allow-list) and is bound into the text: whatever the
value, the bound text lexes to the author's tokens with literals in the placeholders' places.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlglot import exp

from amc.errors import ParameterError
from amc.sql.analysis import Analysis, analyse, parameter_name
from amc.sql.binding import bind, literal, literals, placeholders, probe
from amc.sql.catalog import Catalog, load_catalog
from amc.sql.dialect import parse
from amc.sql.nodes import call_name
from amc.sql.types import NUMBER_RANK

MAX_PARAMETERS = 100
_PLAIN = "STRING"
_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as a query uses it.

    Attributes:
        name: case-sensitive.
        data_type: AMC's name of its type, or of its elements.
        is_array: whether it takes a list.
        certain: whether its use settles the type; a value decides otherwise.
    """

    name: str
    data_type: str
    is_array: bool
    certain: bool

    def declaration(self) -> dict[str, Any]:
        """Its entry in `inputParameters`."""
        data_type: Any = self.data_type
        if self.is_array:
            data_type = {"type": "ARRAY", "elementDataType": self.data_type}
        return {"name": self.name, "dataType": data_type, "columnType": "DIMENSION"}


@dataclass(frozen=True, slots=True)
class Bound:
    """A query with its values: what is checked, shown and sent."""

    author_sql: str
    declarations: list[dict[str, Any]]
    parameter_values: dict[str, Any]
    shown: dict[str, Any]


def find(sql: str, catalog: Catalog | None = None) -> list[Parameter]:
    """Every `CUSTOM_PARAMETER` of a query with its type, in the order of the text.

    Raises:
        SqlSyntaxError: the query cannot be read.
    """
    tree = parse(sql)
    analysis = analyse(tree, catalog or load_catalog())
    found: dict[str, Parameter] = {}
    for node in tree.find_all(exp.Func):
        named = parameter_name(node)
        if named is None or named[0] != "CUSTOM_PARAMETER" or not named[1]:
            continue
        used = _used(node, named[1], analysis)
        known = found.get(used.name)
        if known is None or (used.certain and not known.certain):
            found[used.name] = used
    return list(found.values())


def _used(node: exp.Expr, name: str, analysis: Analysis) -> Parameter:
    """The type that one use of a parameter asks for."""
    parent = node.parent
    if isinstance(parent, exp.Func) and call_name(parent) == "ARRAY_CONTAINS":
        args = list(parent.iter_expressions())
        other = next((a for a in args if a is not node), None)
        return Parameter(name, _type_of(other, analysis) or _PLAIN, True, True)  # noqa: FBT003
    if isinstance(parent, exp.Func) and call_name(parent) == "CARDINALITY":
        return Parameter(name, _PLAIN, True, False)  # noqa: FBT003
    if isinstance(parent, exp.Cast):
        target = parent.to.sql().upper()
        data_type = target if target in ("DATE", "TIMESTAMP") else _PLAIN
        return Parameter(name, data_type, False, data_type != _PLAIN)  # noqa: FBT003
    if isinstance(parent, (*_COMPARED, exp.Between, exp.In)):
        sides = [s for s in parent.iter_expressions() if s is not node]
        found = next((t for s in sides if (t := _type_of(s, analysis))), "")
        return Parameter(name, found or _PLAIN, False, bool(found))  # noqa: FBT003
    if isinstance(parent, exp.Add | exp.Sub | exp.Mul | exp.Div | exp.Neg):
        return Parameter(name, "DOUBLE", False, False)  # noqa: FBT003
    return Parameter(name, _PLAIN, False, False)  # noqa: FBT003


def _type_of(node: exp.Expr | None, analysis: Analysis) -> str:
    """AMC's parameter type for an expression: of a column or a literal; empty when not plain."""
    if node is None:
        return ""
    if isinstance(node, exp.Literal):
        return _PLAIN if node.is_string else "LONG" if str(node.this).isdigit() else "DOUBLE"
    column = node if isinstance(node, exp.Column) else node.find(exp.Column)
    use = analysis.uses.get(id(column)) if column is not None else None
    if use is None or use.output is None or use.output.column is None:
        return ""
    if not isinstance(node, exp.Column) and not isinstance(node, exp.Cast):
        return ""
    if isinstance(node, exp.Cast):
        target = node.to.sql().upper()
        return target if target in ("DATE", "TIMESTAMP") else ""
    name = use.output.column.data_type.upper().partition("(")[0]
    return {"INTEGER": "LONG", "DECIMAL": "DOUBLE"}.get(name, name)


def prepare(
    sql: str,
    values: Mapping[str, Any],
    *,
    catalog: Catalog | None = None,
    names: Mapping[str, Collection[str]] | None = None,
) -> Bound:
    """A query by hand with its values, bound and declared.

    Args:
        sql: the author's text.
        values: by name, as typed or as text; lists for lists.
        catalog: what columns there are, for the types.
        names: for placeholders that stand for a name: what is allowed.

    Raises:
        ParameterError: a value is missing, unknown or of the wrong type.
        SqlSyntaxError: the query cannot be read.
    """
    wanted = placeholders(sql)
    missing = [n for n in wanted if n not in values]
    if missing:
        raise ParameterError(
            f"The parameter {missing[0]} has no value.",
            name=missing[0],
            hint=f"Give it: --param {missing[0]}=…",
        )
    chosen = {n: values[n] for n in wanted}
    bound = bind(sql, chosen, names=names)
    # One literal a list is enough to see the types; a bound list may be longer than any query.
    found = find(probe(sql, chosen, names=names).text, catalog)
    if len(found) > MAX_PARAMETERS:
        raise ParameterError(
            f"AMC takes {MAX_PARAMETERS} parameters at most; these are {len(found)}."
        )
    known = {p.name for p in found} | set(wanted)
    unknown = [n for n in values if n not in known]
    if unknown:
        raise ParameterError(
            f"The query has no parameter '{unknown[0]}'.",
            name=unknown[0],
            hint=f"It has: {', '.join(sorted(known)) or 'none'}. Names are case-sensitive.",
        )
    absent = [p.name for p in found if p.name not in values]
    if absent:
        raise ParameterError(
            f"The parameter {absent[0]} has no value.",
            name=absent[0],
            hint=f"Give it: --param {absent[0]}=…",
        )
    settled = [_settled(p, values[p.name]) for p in found]
    sent = {p.name: convert(p, values[p.name]) for p in settled}
    return Bound(
        bound,
        [p.declaration() for p in settled],
        sent,
        sent | {n: values[n] for n in wanted},
    )


def _settled(parameter: Parameter, value: Any) -> Parameter:
    """Where the use leaves the type open, the value decides."""
    if parameter.certain:
        return parameter
    if isinstance(value, list | tuple):
        return Parameter(parameter.name, parameter.data_type, True, True)  # noqa: FBT003
    data_type = parameter.data_type
    if isinstance(value, bool):
        data_type = "BOOLEAN"
    elif isinstance(value, int) or (data_type == "DOUBLE" and str(value).lstrip("-").isdigit()):
        data_type = "LONG"
    elif isinstance(value, float | Decimal):
        data_type = "DOUBLE"
    return Parameter(parameter.name, data_type, parameter.is_array, True)  # noqa: FBT003


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
    text = str(value)
    if wanted == _PLAIN:
        literal(name, text)  # refuses what no text may hold
    try:
        if wanted in NUMBER_RANK:
            number = Decimal(text.strip())
            if not number.is_finite():
                raise InvalidOperation
            whole = wanted in ("BYTE", "SHORT", "INTEGER", "LONG")
            if whole and number != number.to_integral_value():
                raise InvalidOperation
            return int(number) if whole else float(number)
        if wanted == "BOOLEAN":
            return {"true": True, "false": False}[text.strip().lower()]
        if wanted == "DATE":
            return date.fromisoformat(text.strip()).isoformat()
        if wanted == "TIMESTAMP":
            return datetime.fromisoformat(text.strip()).strftime("%Y-%m-%dT%H:%M:%S")
    except (InvalidOperation, KeyError, ValueError):
        shown = text if len(text) <= 60 else text[:57] + "..."
        raise ParameterError(
            f"The parameter {name} is compared with a {wanted}; '{shown}' is none.", name=name
        ) from None
    return text


__all__ = [
    "MAX_PARAMETERS",
    "Bound",
    "Parameter",
    "bind",
    "convert",
    "find",
    "literal",
    "literals",
    "placeholders",
    "prepare",
    "probe",
]
