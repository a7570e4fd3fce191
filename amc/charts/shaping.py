"""From the rows of a result to what a chart draws: grouped, ordered, cut to a readable number."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from amc.charts.recipe import Recipe, looks_like_rate
from amc.charts.text import HIDDEN_LABEL, label_of
from amc.results.columns import is_id_like

MOST_POINTS = 2000
MOST_COLOURS = 8
OTHER_LABEL = "other"

_LEADING_NUMBER = re.compile(r"\s*[^\w]*(\d+(?:\.\d+)?)")


def numbers(frame: pd.DataFrame, name: str) -> pd.Series:
    """A column as finite floats; what is none is NaN."""
    values = pd.to_numeric(frame[name], errors="coerce").astype("float64")
    return values.where(np.isfinite(values))


def texts(frame: pd.DataFrame, name: str) -> pd.Series:
    """A dimension as labels; with the mapped name where the result has one beside the id."""
    values = frame[name]
    named = f"{name}_name"
    if named in frame.columns:
        values = frame[named].where(frame[named].notna(), values)
    return pd.Series([label_of(value) for value in values], index=frame.index, dtype="object")


def how(recipe: Recipe, measure: str) -> str:
    """How several rows of one group come together."""
    if recipe.agg:
        return {"avg": "mean"}.get(recipe.agg, recipe.agg)
    return "mean" if looks_like_rate(measure) else "sum"


def gather(keys: pd.DataFrame, values: pd.Series, way: str) -> pd.Series:
    """Values by group, in the order in which the groups first appear."""
    table = keys.assign(_value=values.to_numpy())
    grouped = table.groupby(list(keys.columns), sort=False, dropna=False)["_value"]
    if way == "sum":
        return grouped.sum(min_count=1)
    return grouped.mean() if way == "mean" else grouped.max()


def is_ordered(frame: pd.DataFrame, name: str) -> bool:
    """Whether the values have an order of their own: dates, numbers, `1-3`, `10+`."""
    if is_id_like(name):
        return False
    values = frame[name]
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return True
    if pd.api.types.is_datetime64_any_dtype(values):
        return True
    found = [label_of(value) for value in values.dropna().unique()]
    return (
        bool(found)
        and all(_LEADING_NUMBER.match(text) for text in found)
        and not any(len(text) > 12 for text in found)
    )


def order_key(label: str) -> tuple[int, float, str]:
    """Sorts labels by their first number, then by letters; hidden ones last."""
    if label in (HIDDEN_LABEL, OTHER_LABEL):
        return (2, 0.0, label)
    if re.match(r"\d{4}-\d{2}-\d{2}", label):
        return (0, 0.0, label)
    match = _LEADING_NUMBER.match(label)
    return (0, float(match[1]), label) if match else (1, 0.0, label)


def keep_top(labels: pd.Series, values: pd.Series, top: int, *, fold: bool) -> pd.Series:
    """Labels with all but the largest groups renamed to *other* (or blanked where not to add).

    Args:
        labels: the group of each row.
        values: what decides which are large.
        top: how many to keep.
        fold: whether the rest may be added up; None marks rows to leave out otherwise.
    """
    weights = gather(labels.to_frame("label"), values.fillna(0.0).abs(), "sum")
    if len(weights) <= top:
        return labels
    kept = set(weights.sort_values(ascending=False, kind="stable").index[:top])
    return labels.where(labels.isin(kept), OTHER_LABEL if fold else None)


def thin(x: Sequence[Any], y: Sequence[float], most: int = MOST_POINTS) -> list[int]:
    """Positions of the points that keep the shape of a long line (largest triangle, three buckets).

    First and last always stay. Source: Steinarsson, "Downsampling Time Series for Visual
    Representation", 2013.
    """
    count = len(y)
    if count <= most:
        return list(range(count))
    across = np.arange(count, dtype=float)
    height = np.nan_to_num(np.asarray(y, dtype=float))
    edges = np.linspace(1, count - 1, most - 1).astype(int)
    kept = [0]
    for i in range(most - 2):
        start, end = edges[i], edges[i + 1]
        following = slice(end, edges[i + 2] if i + 2 < len(edges) else count)
        ahead_x, ahead_y = across[following].mean(), height[following].mean()
        last = kept[-1]
        area = np.abs(
            (across[last] - ahead_x) * (height[start:end] - height[last])
            - (across[last] - across[start:end]) * (ahead_y - height[last])
        )
        kept.append(int(start + area.argmax()))
    return [*kept, count - 1]
