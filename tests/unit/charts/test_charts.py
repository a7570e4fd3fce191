import json
import math
import re
import time

import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amc.charts import escape_plotly, figure, suggest, to_html
from amc.charts.palette import CATEGORICAL, translucent
from amc.charts.shaping import thin
from amc.charts.text import humanise, label_of
from amc.errors import UsageError
from amc.results.columns import ResultColumn

HOSTILE = [
    "<img src=x onerror=alert(1)>", "$\\href{javascript:alert(1)}{x}$", "<a href='x'>b</a>",
    "&lt;b&gt; &#36;", "%{x} %{customdata}", "[x](javascript:1)", ":red[x]", "a\u202eb",
    "line\nbreak",
]  # fmt: skip
OURS = re.compile(r"</?(?:b|br|sup|extra)>")


def frame(count=12):
    return pd.DataFrame(
        {
            "campaign": [f"c{i}" for i in range(count)],
            "ad": [("dsp", "sp", None)[i % 3] for i in range(count)],
            "day": pd.date_range("2026-01-01", periods=count),
            "users": [10 * (i + 1) for i in range(count)],
            "cost": [1.5 * i for i in range(count)],
            "purchase_rate": [i / 100 for i in range(count)],
            "path": [f"[[1, a{i % 4}], [2, b]]" for i in range(count)],
            "sets": [("A", "B", "A + B")[i % 3] for i in range(count)],
        }
    )


RECIPES = {
    "bar": {"x": "campaign", "y": "users", "color": "ad"},
    "stacked_bar": {"x": "campaign", "y": ["users", "cost"]},
    "line": {"x": "day", "y": "users", "color": "ad"},
    "scatter": {"x": "cost", "y": "users", "color": "ad", "label": "campaign", "size": "cost"},
    "sankey": {"path": "path", "value": "users"},
    "overlap": {"sets": "sets", "value": "users"},
    "table": {},
    "funnel": {"stages": ["users", "cost"]},
    "histogram": {"x": "cost", "weight": "users"},
    "heatmap": {"x": "ad", "y": "campaign", "value": "users"},
}


def draw(kind, data=None, **more) -> go.Figure:
    return figure(
        frame() if data is None else data, {"kind": kind, "title": "T"} | RECIPES[kind] | more
    )


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)


def finite(values):
    return [v for v in values if v is not None and not (isinstance(v, float) and math.isnan(v))]


@pytest.mark.parametrize("kind", RECIPES)
def test_every_kind_draws_something_valid(kind):
    drawn = draw(kind)
    assert drawn.data
    assert json.loads(drawn.to_json())["layout"]["title"]["text"] == "T"


@pytest.mark.parametrize("kind", RECIPES)
def test_every_kind_says_so_when_there_is_nothing(kind):
    drawn = draw(kind, frame(0))
    assert "Nothing to draw" in drawn.layout.annotations[0].text


@pytest.mark.parametrize("kind", [k for k in RECIPES if k not in ("table", "overlap", "heatmap")])
def test_a_result_of_blank_figures_is_drawn_as_nothing_or_empty(kind):
    data = frame()
    for name in ("users", "cost"):
        data[name] = float("nan")
    json.loads(draw(kind, data).to_json())


@pytest.mark.parametrize("kind", RECIPES)
def test_hostile_names_reach_plotly_only_as_entities(kind):
    data = frame(len(HOSTILE))
    for name in ("campaign", "ad"):
        data[name] = HOSTILE
    data["path"] = [f"[[1, {text}], [2, {text}]]" for text in HOSTILE]
    data["sets"] = [f"{text} + x" for text in HOSTILE]
    data = data.rename(columns={"cost": "<b>$cost$"})
    swapped = {"cost": "<b>$cost$"}
    recipe = {
        key: [swapped.get(v, v) for v in value]
        if isinstance(value, list)
        else swapped.get(value, value)
        for key, value in RECIPES[kind].items()
    }
    drawn = figure(data, {"kind": kind, "title": "<i>$x$</i>"} | recipe)
    for text in strings(json.loads(drawn.to_json())):
        rest = OURS.sub("", text)
        assert "<" not in rest, text
        assert "$" not in rest, text
        assert not re.search(r"[\x00-\x1f\u202e]", rest), text


def test_escaping_undoes_nothing_and_hides_nothing():
    assert escape_plotly("<b>&$\\") == "&lt;b&gt;&amp;&#36;&#92;"
    assert escape_plotly("x" * 100) == "x" * 59 + "…"
    assert escape_plotly("x" * 100, longest=None) == "x" * 100
    assert escape_plotly("a\x00\nb") == "a b"
    assert humanise("ntb_customers") == "Ntb customers"


def test_blank_dimensions_are_said_to_be_hidden():
    assert [label_of(v) for v in (None, float("nan"), pd.NaT, pd.NA)] == ["hidden by AMC"] * 4
    assert [label_of(v) for v in ("", 5.0, 1.5, True)] == ["", "5", "1.5", "True"]
    names = {trace.name for trace in draw("bar").data}
    assert names == {"Amazon DSP", "sp", "hidden by AMC"}


ROWS = st.lists(
    st.tuples(
        st.sampled_from([*(f"c{i}" for i in range(60)), None]),
        st.sampled_from([*(f"a{i}" for i in range(14)), None]),
        st.one_of(st.integers(0, 10**9), st.none()),
    ),
    min_size=1,
    max_size=150,
)


@settings(max_examples=40, deadline=None)
@given(
    rows=ROWS, kind=st.sampled_from(["bar", "stacked_bar", "heatmap", "sankey", "overlap", "line"])
)
def test_the_total_of_a_chart_is_the_total_of_the_table(rows, kind):
    data = pd.DataFrame(rows, columns=["x", "c", "n"]).astype({"x": object, "c": object})
    data["n"] = pd.to_numeric(data["n"])
    total = data["n"].fillna(0).sum()
    recipe = {
        "heatmap": {"x": "x", "y": "c", "value": "n"},
        "sankey": {"path": "x", "value": "n"},
        "overlap": {"sets": "x", "value": "n"},
    }.get(kind, {"x": "x", "y": "n", "color": "c"})
    drawn = figure(data, {"kind": kind} | recipe)
    if kind == "heatmap":
        found = sum(sum(finite(row)) for row in drawn.data[0].z)
    elif kind == "sankey":
        found = sum(drawn.data[0].link.value) if total else 0
    elif kind == "overlap":
        found = sum(drawn.data[0].y)
    else:
        found = sum(sum(finite(t.x if t.orientation == "h" else t.y)) for t in drawn.data)
    assert found == total


def test_figures_that_are_not_finite_are_left_out():
    data = pd.DataFrame({"x": ["a", "b", "c", "d"], "n": [1.0, float("inf"), float("nan"), -2.0]})
    drawn = figure(data, {"kind": "bar", "x": "x", "y": "n"})
    assert finite(drawn.data[0].y) == [1.0, -2.0]


def test_rates_are_averaged_and_never_added_up():
    data = pd.DataFrame({"x": ["a", "a"], "purchase_rate": [0.2, 0.4]})
    drawn = figure(data, {"kind": "bar", "x": "x", "y": "purchase_rate"})
    assert drawn.data[0].y[0] == pytest.approx(0.3)
    assert drawn.layout.yaxis.tickformat == ".1%"
    added = figure(data, {"kind": "bar", "x": "x", "y": "purchase_rate", "agg": "sum"})
    assert added.data[0].y[0] == pytest.approx(0.6)


def test_frequencies_stand_in_their_order_and_bars_by_size():
    data = pd.DataFrame({"f": ["10+", "2", "1", "3-5"], "n": [5, 20, 30, 10]})
    ordered = figure(data, {"kind": "bar", "x": "f", "y": "n"})
    assert list(ordered.layout.xaxis.ticktext) == ["1", "2", "3-5", "10+"]
    by_size = figure(data.assign(f=["w", "x", "y", "z"]), {"kind": "bar", "x": "f", "y": "n"})
    assert list(by_size.layout.xaxis.ticktext) == ["y", "x", "z", "w"]


def test_long_names_lie_and_equal_shortened_names_stay_apart():
    names = ["A very long campaign name " * 4 + str(i) for i in range(3)]
    drawn = figure(pd.DataFrame({"c": names, "n": [3, 2, 1]}), {"kind": "bar", "x": "c", "y": "n"})
    assert drawn.data[0].orientation == "h"
    assert list(drawn.data[0].x) == [3, 2, 1]
    assert list(drawn.data[0].y) == [0, 1, 2]


def test_mapped_names_stand_in_for_ids():
    data = pd.DataFrame(
        {"campaign_id": ["1", "2"], "campaign_id_name": ["Spring", None], "n": [2, 1]}
    )
    drawn = figure(data, {"kind": "bar", "x": "campaign_id", "y": "n"})
    assert list(drawn.layout.xaxis.ticktext) == ["Spring", "2"]


def test_a_sankey_leads_every_path_to_its_end():
    data = pd.DataFrame({"p": ["[[1, A], [2, B]]", "[[1, A]]"], "n": [10, 5]})
    drawn = figure(data, {"kind": "sankey", "path": "p", "value": "n"}).data[0]
    labels = drawn.node.label
    links = {
        (labels[a], labels[b]): v
        for a, b, v in zip(drawn.link.source, drawn.link.target, drawn.link.value, strict=True)
    }
    assert links == {("1. A", "2. B"): 10, ("2. B", "Converted"): 10, ("1. A", "Converted"): 5}


def test_a_sankey_of_long_paths_stays_readable_and_whole():
    long = "[" + ", ".join(f"[{i}, s{i}]" for i in range(1, 30)) + "]"
    drawn = figure(
        pd.DataFrame({"p": [long], "n": [4]}), {"kind": "sankey", "path": "p", "value": "n"}
    )
    assert len(drawn.data[0].node.label) == 8
    assert "7. 23 more steps" in drawn.data[0].node.label


def test_an_overlap_counts_a_set_over_all_its_combinations():
    data = pd.DataFrame({"s": ["A", "B", "A + B"], "n": [5, 3, 2]})
    drawn = figure(data, {"kind": "overlap", "sets": "s", "value": "n"})
    assert list(drawn.data[0].y) == [5, 3, 2]
    assert list(drawn.data[1].x) == [7, 5]
    flags = pd.DataFrame({"A": [True, False, True], "B": [False, True, True], "n": [5, 3, 2]})
    same = figure(flags, {"kind": "overlap", "sets": ["A", "B"], "value": "n"})
    assert list(same.data[1].x) == [7, 5]


def test_no_trace_has_more_than_two_thousand_points_and_the_figure_is_small():
    count = 50_000
    data = pd.DataFrame(
        {"x": range(count), "n": [math.sin(i / 500) for i in range(count)], "c": ["a"] * count}
    )
    for kind, recipe in (
        ("line", {"x": "x", "y": "n"}), ("scatter", {"x": "x", "y": "n"}),
        ("histogram", {"x": "n"}), ("table", {}),
    ):  # fmt: skip
        drawn = figure(data, {"kind": kind} | recipe)
        for trace in drawn.data:
            assert trace.type == "table" or len(trace.x) <= 2000
        assert len(drawn.to_json()) < 400_000


def test_thinning_keeps_the_ends_and_the_peak():
    y = [0.0] * 10_000
    y[7_321] = 99.0
    kept = thin(range(10_000), y, 100)
    assert kept[0] == 0
    assert kept[-1] == 9_999
    assert 7_321 in kept
    assert len(kept) <= 100
    assert kept == sorted(set(kept))
    assert thin([1, 2], [1.0, 2.0]) == [0, 1]


def test_colours_are_set_and_come_from_the_palette():
    for trace in draw("bar", color="campaign", x="ad").data:
        assert trace.marker.color.startswith("#")
    assert set(draw("sankey").data[0].node.color) <= {*CATEGORICAL, "#5B6573"}
    assert translucent("#102030", 0.5) == "rgba(16, 32, 48, 0.5)"


@pytest.mark.parametrize(
    ("recipe", "part"),
    [
        ({"kind": "pie"}, "not a kind"),
        ({}, "not a kind"),
        ({"kind": "bar", "x": "campaign"}, "needs y"),
        ({"kind": "bar", "x": "campaign", "y": "nope"}, "no column nope"),
        ({"kind": "sankey", "path": "path"}, "needs value"),
        ({"kind": "funnel"}, "needs x and y"),
        ({"kind": "bar", "x": "campaign", "y": "users", "agg": "median"}, "bring values together"),
        ({"kind": "bar", "x": "campaign", "y": 5}, "names columns by text"),
    ],
)
def test_a_wrong_recipe_is_refused_in_words(recipe, part):
    with pytest.raises(UsageError, match=part):
        figure(frame(), recipe)


def col(name, kind="text", role=""):
    return ResultColumn(name, name, kind, role=role)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ([col("path"), col("users", "integer")],
         {"kind": "sankey", "path": "path", "value": "users"}),
        ([col("audiences"), col("rate", "double"), col("users", "integer")],
         {"kind": "overlap", "sets": "audiences", "value": "users"}),
        ([col("day", "date"), col("campaign"), col("clicks", "integer")],
         {"kind": "line", "x": "day", "y": "clicks", "color": "campaign"}),
        ([col("campaign_id"), col("campaign"), col("cost_per_click", "double"),
          col("cost", "decimal")],
         {"kind": "bar", "x": "campaign", "y": "cost", "color": "campaign_id"}),
        ([col("a", "integer"), col("b", "double")], {"kind": "scatter", "x": "a", "y": "b"}),
        ([col("a", "integer")], {"kind": "histogram", "x": "a"}),
        ([col("a"), col("b")], {"kind": "table"}),
        ([], {"kind": "table"}),
    ],
)  # fmt: skip
def test_columns_suggest_a_chart_that_can_be_drawn(columns, expected):
    assert suggest(columns) == expected
    data = pd.DataFrame({c.name: pd.Series(dtype="object") for c in columns})
    figure(data, suggest(columns))


def test_html_holds_all_of_plotly_and_fetches_nothing():
    text = to_html(draw("bar"))
    assert len(text) > 3_000_000
    assert not re.search(r"<script[^>]+src=", text)
    assert not re.search(r"<link[^>]+href=", text)


def test_a_figure_over_two_thousand_rows_is_built_quickly():
    data = frame(2000)
    draw("bar", data)
    began = time.perf_counter()
    draw("bar", data)
    assert time.perf_counter() - began < 1.0  # far above the usual, for slow machines
