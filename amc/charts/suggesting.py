"""A recipe for a result that brings none."""

from collections.abc import Sequence
from typing import Any

from amc.charts.recipe import looks_like_rate
from amc.results.columns import ResultColumn, is_id_like

_PATHS = ("path",)
_SETS = ("audiences", "exposure_group", "overlap", "combination")
_PEOPLE = ("users", "reach", "people", "customers")


def suggest(columns: Sequence[ResultColumn]) -> dict[str, Any]:
    """The chart that the columns suggest: a path, sets, a time line, bars, dots, or a table."""
    metrics = [c.name for c in columns if c.is_metric and c.is_number]
    dimensions = [c for c in columns if c.is_dimension and c.role != "MAPPED"]
    if not metrics:
        return {"kind": "table"}
    main = _main_metric(metrics)
    for column in dimensions:
        lowered = column.name.lower()
        if any(word in lowered for word in _PATHS):
            return {"kind": "sankey", "path": column.name, "value": main}
        if any(word in lowered for word in _SETS):
            return {"kind": "overlap", "sets": column.name, "value": main}
    dated = next((c.name for c in dimensions if c.kind in ("date", "timestamp")), None)
    named = _names(dimensions)
    if dated:
        other = [name for name in named if name != dated]
        return {"kind": "line", "x": dated, "y": main} | ({"color": other[0]} if other else {})
    if named:
        extra = {"color": named[1]} if len(named) > 1 else {}
        return {"kind": "bar", "x": named[0], "y": main} | extra
    if len(metrics) > 1:
        return {"kind": "scatter", "x": metrics[0], "y": metrics[1]}
    return {"kind": "histogram", "x": main}


def _main_metric(metrics: Sequence[str]) -> str:
    """People first, then whatever may be added up."""
    additive = [name for name in metrics if not looks_like_rate(name)] or list(metrics)
    people = [name for name in additive if any(word in name.lower() for word in _PEOPLE)]
    return (people or additive)[0]


def _names(dimensions: Sequence[ResultColumn]) -> list[str]:
    """Dimensions to name bars by: words before ids."""
    usable = [c for c in dimensions if c.kind in ("text", "integer", "boolean")]
    return [c.name for c in sorted(usable, key=lambda c: is_id_like(c.name))]
