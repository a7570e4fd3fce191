import openpyxl
import pandas as pd
import pytest

from amc.charts import chart_frame, figure, native_chart
from amc.errors import UsageError
from amc.results.export import Part, export
from amc.results.filters import Filter
from amc.results.ingest import ingest
from amc.results.joining import CampaignName
from amc.results.view import ResultView

COLUMNS = [
    {"name": "campaign_id", "dataType": "STRING", "columnType": "DIMENSION"},
    {"name": "ad", "dataType": "STRING", "columnType": "DIMENSION"},
    {"name": "users", "dataType": "LONG", "columnType": "METRIC"},
    {"name": "purchase_rate", "dataType": "DOUBLE", "columnType": "METRIC"},
]
COUNT = 9_000


@pytest.fixture
def stored(tmp_path):
    part = tmp_path / "part.csv"
    lines = [f"c{i % 3000},{('dsp', 'sp', '')[i % 3]},{i},{i / COUNT}" for i in range(COUNT)]
    part.write_text("campaign_id,ad,users,purchase_rate\n" + "\n".join(lines) + "\n")
    to = tmp_path / "result.parquet"
    ingest([part], COLUMNS, to)
    return to


@pytest.fixture
def view(stored):
    with ResultView(stored, names={"c7": CampaignName("Seven")}) as opened:
        yield opened


def test_a_chart_of_a_large_result_has_the_total_of_the_whole_result(view):
    recipe = {"kind": "bar", "x": "campaign_id", "y": "users", "color": "ad"}
    frame = chart_frame(view, recipe)
    assert frame["users"].sum() == sum(range(COUNT)) == view.totals()["users"]
    drawn = figure(frame, recipe)
    total = sum(
        v for trace in drawn.data for v in (trace.x if trace.orientation == "h" else trace.y) if v
    )
    assert total == sum(range(COUNT))
    assert frame.loc[frame["campaign_id"] == "c7", "campaign_id_name"].iloc[0] == "Seven"


def test_rates_are_averaged_over_all_rows(view):
    recipe = {"kind": "bar", "x": "ad", "y": "purchase_rate"}
    frame = chart_frame(view, recipe)
    assert len(frame) == 3
    assert frame["purchase_rate"].between(0.49, 0.51).all()


def test_filters_narrow_what_is_drawn(view):
    frame = chart_frame(
        view, {"kind": "funnel", "stages": ["users"]}, filters=[Filter("ad", "=", "sp")]
    )
    assert frame["users"].tolist() == [sum(range(1, COUNT, 3))]


@pytest.mark.parametrize(
    ("recipe", "rows"),
    [
        ({"kind": "table"}, 2001),
        ({"kind": "scatter", "x": "users", "y": "purchase_rate"}, 2001),
        ({"kind": "histogram", "x": "users"}, COUNT),
        ({"kind": "histogram", "x": "ad", "value": "users"}, 3),
        ({"kind": "heatmap", "x": "ad", "y": "campaign_id", "value": "users"}, 3000),
    ],
)
def test_each_kind_gets_the_rows_that_it_draws(view, recipe, rows):
    frame = chart_frame(view, recipe)
    assert len(frame) == rows
    figure(frame, recipe)


def test_a_recipe_that_does_not_fit_the_result_is_refused(view):
    for recipe in (
        {"kind": "bar", "x": "nope", "y": "users"},
        {"kind": "bar", "x": "campaign_id", "y": "ad"},
        {"kind": "pie"},
    ):
        with pytest.raises(UsageError):
            chart_frame(view, recipe)


def test_a_recipe_becomes_a_chart_of_excels_own(view, stored, tmp_path):
    recipe = {
        "kind": "stacked_bar",
        "title": "Users",
        "x": "campaign_id",
        "y": "users",
        "color": "ad",
    }
    chart = native_chart(chart_frame(view, recipe), recipe)
    assert chart is not None
    assert list(chart.series) == ["hidden by AMC", "sp", "Amazon DSP"]
    done = export([Part(stored)], tmp_path / "o.xlsx", "xlsx", chart=chart)
    book = openpyxl.load_workbook(done.path)
    assert book["Chart"]["A1"].value == "campaign_id"
    assert book["Chart"].max_row == 201
    assert (
        native_chart(
            pd.DataFrame({"p": ["[[1, A]]"], "n": [1]}),
            {"kind": "sankey", "path": "p", "value": "n"},
        )
        is None
    )
    dots = native_chart(
        chart_frame(view, r := {"kind": "scatter", "x": "users", "y": "purchase_rate"}), r
    )
    assert dots is not None
    assert dots.kind == "scatter"
