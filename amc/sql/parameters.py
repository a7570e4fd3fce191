"""Parameters of a query: found on the tree, typed by their use, declared and sent as AMC wants.

`CUSTOM_PARAMETER('x')` travels as AMC's own parameter. `{{ x }}` exists for what AMC cannot
parameterise (long lists, names from an allow-list) and is bound into the text: whatever the
value, the bound text lexes to the author's tokens with literals in the placeholders' places.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from amc.errors import ParameterError
from amc.sql.analysis import Analysis, analyse, parameter_name
from amc.sql.binding import bind, literal, literals, probe
from amc.sql.catalog import Catalog, load_catalog
from amc.sql.dialect import parse
from amc.sql.parameter_use import Use, Uses
from amc.sql.parameter_values import Parameter, convert, settled
from amc.sql.placeholders import placeholders
from amc.sql.types import STRING, SqlType, common_type

MAX_PARAMETERS = 100
_PLAIN = "STRING"
_TYPES = {"BINARY", "BOOLEAN", "DATE", "DOUBLE", "FLOAT", "LONG", "STRING", "TIMESTAMP"}


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
    return find_in(tree, analyse(tree, catalog or load_catalog()))


def find_in(tree: exp.Expr, analysis: Analysis) -> list[Parameter]:
    """`find` for a query that was parsed and walked already."""
    reader = Uses(analysis)
    uses: dict[str, list[tuple[int, Use]]] = {}
    for node in tree.find_all(exp.Func):
        named = parameter_name(node)
        if named is not None and named[0] == "CUSTOM_PARAMETER" and named[1]:
            uses.setdefault(named[1], []).append((_start(node), reader.of(node)))
    ordered = sorted(uses.items(), key=lambda item: min(start for start, _ in item[1]))
    return [_together(name, [u for _, u in sorted(found, key=_first)]) for name, found in ordered]


def _first(pair: tuple[int, Use]) -> int:
    return pair[0]


def _start(node: exp.Expr) -> int:
    return min((n.meta["start"] for n in node.walk() if "start" in n.meta), default=0)


def _together(name: str, uses: list[Use]) -> Parameter:
    """What all uses of a parameter ask for: a type that suits each."""
    certain = [u.type for u in uses if u.certain]
    guessed = [u.type for u in uses if u.type.name not in ("UNKNOWN", "NULL")]
    kinds = certain or guessed
    # A text can be compared with anything, a number only with numbers.
    texts = [k for k in kinds if k.name == "STRING"]
    kind = texts[0] if texts else common_type(kinds) if kinds else STRING
    return Parameter(
        name,
        _api_name(kind),
        any(u.is_array for u in uses),
        bool(certain),
        tuple(dict.fromkeys(u.text for u in uses)),
    )


def _api_name(kind: SqlType) -> str:
    """AMC's name of a parameter's type."""
    name = {"DECIMAL": "DOUBLE", "BYTE": "LONG", "SHORT": "LONG"}.get(kind.name, kind.name)
    name = "LONG" if name == "INTEGER" else name
    return name if name in _TYPES else _PLAIN


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
            hint=f"It has: {', '.join(sorted(known)) or 'none'}. Names are case-sensitive and"
            " stand in single quotes: CUSTOM_PARAMETER('name').",
        )
    absent = [p.name for p in found if p.name not in values]
    if absent:
        raise ParameterError(
            f"The parameter {absent[0]} has no value.",
            name=absent[0],
            hint=f"Give it: --param {absent[0]}=…",
        )
    typed = [settled(p, values[p.name]) for p in found]
    sent = {p.name: convert(p, values[p.name]) for p in typed}
    return Bound(
        bound,
        [p.declaration() for p in typed],
        sent,
        sent | {n: values[n] for n in wanted},
    )


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
