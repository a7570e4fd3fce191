"""Chart recipes: what a template says about a chart, read and checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import pandas as pd

from amc.charts.text import escape_plotly, humanise
from amc.errors import UsageError

Kind = Literal[
    "bar", "stacked_bar", "line", "scatter", "sankey", "overlap", "table", "funnel", "histogram",
    "heatmap",
]  # fmt: skip
Agg = Literal["sum", "avg", "max"]

_DEFAULT_TOP = {"bar": 25, "stacked_bar": 25, "sankey": 40, "overlap": 16, "heatmap": 40}
_NEEDS: dict[str, tuple[str, ...]] = {
    "bar": ("x", "y"),
    "stacked_bar": ("x", "y"),
    "line": ("x", "y"),
    "scatter": ("x", "y"),
    "histogram": ("x",),
    "heatmap": ("x", "y", "value"),
    "overlap": ("sets", "value"),
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """One chart.

    Attributes:
        kind: the form.
        title: over the chart; empty for none.
        x: column along the axis.
        y: columns that are measured.
        color: column whose values get a colour each.
        size: column that sets the size of dots.
        label: column that names dots.
        value: column that is measured in sankey, overlap and heatmap; weight of a histogram.
        path: column with AMC's printed paths.
        source, target: columns of a sankey without paths.
        sets: the column that names the combination, or one TRUE/FALSE column for each set.
        stages: columns of a funnel, from wide to narrow.
        columns: columns of a table; all when empty.
        top: how many groups are shown; the rest is put together as one.
        agg: how rows of one group come together; chosen by the column's name when None.
        end: what a path leads to.
        labels: column to the words for it.
        units: column to its unit: `ratio`, `currency`, `count`, …
        currency: code of the currency, such as USD.
    """

    kind: Kind
    title: str = ""
    x: str = ""
    y: tuple[str, ...] = ()
    color: str = ""
    size: str = ""
    label: str = ""
    value: str = ""
    path: str = ""
    source: str = ""
    target: str = ""
    sets: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    top: int = 25
    agg: Agg | None = None
    end: str = "Converted"
    labels: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    currency: str = ""

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "Recipe":
        """Read a recipe; unknown fields are left alone, so that old ones stay readable.

        Raises:
            UsageError: an unknown kind, or a field that this kind cannot do without.
        """
        kind = str(given.get("kind", ""))
        if kind not in get_args(Kind):
            raise UsageError(
                f"'{kind}' is not a kind of chart.", hint=f"Known: {', '.join(get_args(Kind))}."
            )
        aliases = {"weight": "value", "values": "value", "group": "color"}
        known = {aliases.get(key, key): value for key, value in given.items() if value is not None}
        read = cls(
            kind=kind,  # type: ignore[arg-type]
            title=str(known.get("title", "")),
            y=_names(known.get("y")),
            sets=_names(known.get("sets")),
            stages=_names(known.get("stages")),
            columns=_names(known.get("columns")),
            top=max(1, int(known.get("top", _DEFAULT_TOP.get(kind, 25)))),
            agg=known.get("agg"),
            end=str(known.get("end", "Converted")),
            labels={str(k): str(v) for k, v in dict(known.get("labels", {})).items()},
            units={str(k): str(v) for k, v in dict(known.get("units", {})).items()},
            currency=str(known.get("currency", "")),
            **{name: _name(known.get(name)) for name in _SINGLE},
        )
        read._check()
        return read

    def _check(self) -> None:
        needed = list(_NEEDS.get(self.kind, ()))
        if self.kind == "sankey":
            needed = ["value", *(["path"] if not self.source else ["source", "target"])]
        if self.kind == "funnel" and not self.stages:
            needed = ["x", "y"]
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            raise UsageError(f"A chart of kind {self.kind} needs {' and '.join(missing)}.")
        if self.agg not in (None, *get_args(Agg)):
            raise UsageError(f"'{self.agg}' is not a way to bring values together.")

    @property
    def names(self) -> tuple[str, ...]:
        """Every column that the recipe names, each once."""
        single = [getattr(self, name) for name in _SINGLE]
        several = [*self.y, *self.sets, *self.stages, *self.columns]
        return tuple(dict.fromkeys(name for name in (*single, *several) if name))

    def check_columns(self, frame: pd.DataFrame) -> None:
        """Refuse a frame that lacks a column.

        Raises:
            UsageError: names the columns.
        """
        missing = [name for name in self.names if name not in frame.columns]
        if missing:
            raise UsageError(
                f"The result has no column {', '.join(missing)}, which this chart draws.",
                hint="Choose other columns, or look at the table.",
            )

    def words(self, name: str) -> str:
        """The label of a column with its unit, escaped."""
        text = self.labels.get(name) or humanise(name)
        unit = self.units.get(name, "")
        if unit == "currency" and self.currency:
            text = f"{text} ({self.currency})"
        return escape_plotly(text)

    def number_format(self, name: str) -> str:
        """The d3 format of a column's values: shares as per cent, the rest with separators."""
        unit = self.units.get(name, "ratio")
        return ".1%" if unit == "ratio" and is_share(name) else ",.4~f"


_SINGLE = ("x", "color", "size", "label", "value", "path", "source", "target")


def is_share(name: str) -> bool:
    """Whether a ratio of this name lies between 0 and 1 and reads well as per cent."""
    return name.lower().endswith(("rate", "share", "ctr"))


def looks_like_rate(name: str) -> bool:
    """Whether values of this name must not be added up."""
    lowered = name.lower()
    words = ("rate", "_per_", "average", "avg", "roas", "ctr", "cpc", "cpm", "acos", "median")
    return any(word in lowered for word in words)


def _name(value: Any) -> str:
    if isinstance(value, list | tuple):
        return str(value[0]) if value else ""
    return str(value) if value else ""


def _names(value: Any) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Sequence):
        return tuple(str(one) for one in value)
    raise UsageError("A chart names columns by text.")
