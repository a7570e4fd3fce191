"""What a query reads, gives out, hides and costs: pure analysis, nothing is run."""

from datetime import UTC, datetime
from typing import Any

from sqlglot import exp

from amc.errors import SqlError
from amc.sql import parameters
from amc.sql.analysis import analyse
from amc.sql.bounds import check_length
from amc.sql.catalog import Catalog, load_catalog
from amc.sql.dialect import parse
from amc.sql.duckdb import Parameter, SourceRef, to_duckdb
from amc.sql.explain.cost import explain_cost
from amc.sql.explain.model import (
    Cost,
    CostLevel,
    Explanation,
    JoinRead,
    OutputColumn,
    ParameterUse,
    SourceRead,
)
from amc.sql.explain.outputs import explain_outputs, row_needs
from amc.sql.explain.reads import explain_reads
from amc.sql.explain.shapes import Shapes
from amc.sql.lex import lex
from amc.sql.stand_in import placeholder_uses, stand_in
from amc.sql.types import array_of, parse_type

_ANY_TIME = datetime(2024, 1, 1, tzinfo=UTC)


def explain(sql: str, catalog: Catalog | None = None) -> Explanation:
    """Explain a text as its author wrote it; `{{ x }}` may be in it.

    Raises:
        SqlPlaceError: it cannot be read; the place is the author's.
    """
    catalog = catalog or load_catalog()
    probe = stand_in(sql)
    with probe.errors_in_author_terms():
        check_length(lex(probe.text))
        tree = parse(probe.text)
    found = analyse(tree, catalog)
    shapes = Shapes(catalog)
    shape = shapes.of(tree)
    reads = explain_reads(found)
    used = parameters.find_in(tree, found)
    output = explain_outputs(found, _types(tree, used, catalog), shape.keys or frozenset())
    return Explanation(
        grain=_grain(shape.shown, shape.keys, [o.name for o in output]),
        grain_text=shape.text,
        sources=tuple(reads),
        joins=tuple(sorted(shapes.joins, key=lambda j: j.line)),
        parameters=(*_declared(used), *_bound(sql)),
        output=tuple(output),
        users_needed=row_needs(output),
        cost=explain_cost(tree, reads, shapes.joins),
    )


def _grain(
    shown: tuple[str, ...], keys: frozenset[str] | None, names: list[str]
) -> tuple[str, ...]:
    if shown:
        return shown
    return tuple(n for n in names if n in (keys or ()))


def _declared(used: list[parameters.Parameter]) -> list[ParameterUse]:
    return [
        ParameterUse(
            p.name,
            f"ARRAY[{p.data_type}]" if p.is_array else p.data_type,
            p.certain,
            placeholder=False,
            uses=p.uses,
        )
        for p in used
    ]


def _bound(sql: str) -> list[ParameterUse]:
    return [
        ParameterUse(name, kind, certain=False, placeholder=True, uses=(use,))
        for name, kind, use in placeholder_uses(sql)
    ]


def _types(tree: exp.Expr, used: list[parameters.Parameter], catalog: Catalog) -> dict[str, str]:
    """The types of the output by name, as the translation infers them; empty when it refuses."""
    given: dict[str, Any] = {}
    for parameter in used:
        kind = parse_type(parameter.data_type)
        given[parameter.name] = Parameter(None, array_of(kind) if parameter.is_array else kind)
    try:
        made = to_duckdb(
            tree,
            source=_stand_in_table,
            parameters=given,
            window=(_ANY_TIME, _ANY_TIME),
            now=_ANY_TIME,
            catalog=catalog,
        )
    except SqlError:
        return {}
    return {
        name.lower(): str(kind)
        for name, kind in made.columns
        if kind.name not in ("UNKNOWN", "NULL")
    }


def _stand_in_table(ref: SourceRef) -> exp.Expr:
    return exp.to_table(ref.name)


__all__ = [
    "Cost",
    "CostLevel",
    "Explanation",
    "JoinRead",
    "OutputColumn",
    "ParameterUse",
    "SourceRead",
    "explain",
]
