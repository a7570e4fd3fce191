"""The shipped templates over thirty days of the local AMC's events, held against plain Python."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from amc.charts import figure
from amc.clock import FrozenClock
from amc.sandbox.events import EventStore
from amc.sandbox.query import QueryEngine
from amc.sandbox.world import World, load_world
from amc.sql.catalog import Catalog
from amc.templates import Template
from tests.integration.templates import oracle, oracle_journeys
from tests.integration.templates.conftest import NOW, assert_figures, run_on
from tests.integration.templates.oracle import Events, Figures

START, END = datetime(2026, 10, 19, tzinfo=UTC), datetime(2026, 11, 18, tzinfo=UTC)
SANDBOX, STANDARD, WITHOUT_DSP = "amchnfozgta", "amc4lgsjly2", "amc9knsq27v"
CAMPAIGN = ["ad_product_type", "campaign_id", "campaign"]

# Only what plain Python needs, so that tens of thousands of rows stay quick.
_CONVERSION = [
    "user_id", "conversion_id", "event_subtype", "event_dt_utc", "event_dt_hour_utc",
    "tracked_item", "total_product_sales", "total_units_sold", "new_to_brand",
]  # fmt: skip
_CREDIT = [
    "user_id", "campaign_id", "campaign", "ad_product_type", "tracked_asin",
    "conversion_event_subtype", "conversion_event_dt_utc", "traffic_event_dt_utc",
    "total_detail_page_view", "total_add_to_cart", "total_purchases", "total_units_sold",
    "total_product_sales", "new_to_brand_total_purchases", "new_to_brand_total_product_sales",
]  # fmt: skip
_AD = ["user_id", "campaign_id", "campaign", "currency_iso_code"]
COLUMNS = {
    "dsp_impressions": [*_AD, "impression_dt_utc", "impression_dt_hour_utc", "total_cost"],
    "dsp_clicks": [*_AD, "click_dt_utc", "click_dt_hour_utc"],
    "sponsored_ads_traffic": [
        *_AD, "event_dt_utc", "event_dt_hour_utc", "ad_product_type", "impressions", "clicks",
        "viewable_impressions", "spend", "line_item_price_type",
    ],
    "conversions": _CONVERSION,
    oracle.BY_CONVERSION: _CREDIT,
    oracle.BY_TRAFFIC: _CREDIT,
}  # fmt: skip
CASES: dict[str, tuple[list[str], Callable[[Events], Figures]]] = {
    "cross-channel-performance": (CAMPAIGN, oracle.cross_channel),
    "new-to-brand-customers": ([*CAMPAIGN, "tracked_asin"], oracle.new_to_brand),
    "campaign-reach-frequency": ([*CAMPAIGN, "frequency"], oracle.reach_frequency),
    "audience-overlap": (["audiences", "audience_count"], oracle.overlap),
    "path-to-conversion": (["path", "step_count"], oracle_journeys.paths),
    "attribution-model-comparison": (["model", *CAMPAIGN], oracle_journeys.attribution),
    "cart-abandonment": (["tracked_asin", "last_ad_product"], oracle_journeys.carts),
}


@pytest.fixture(scope="module")
def world() -> World:
    return load_world("default")


@pytest.fixture(scope="module")
def store(world: World, tmp_path_factory: pytest.TempPathFactory) -> EventStore:
    folder = tmp_path_factory.mktemp("events")
    return EventStore(world, seed=7, cache_dir=folder, clock=FrozenClock(NOW))


@pytest.fixture(scope="module")
def engine(catalog: Catalog, store: EventStore) -> QueryEngine:
    return QueryEngine(catalog, store.relation)


def sources_of(world: World, instance_id: str) -> frozenset[str]:
    instance = world.instance(instance_id)
    assert instance is not None
    return frozenset((*instance.sources, *instance.premium))


@pytest.fixture(scope="module")
def events_of(world: World, store: EventStore) -> Callable[[str], Events]:
    """The rows themselves, read from the event store without any AMC SQL."""
    known: dict[str, Events] = {}

    def read(instance_id: str) -> Events:
        if instance_id not in known:
            tables: dict[str, list[dict[str, Any]]] = {}
            for name, columns in COLUMNS.items():
                if name in sources_of(world, instance_id):
                    first = START - timedelta(days=28)
                    relation = store.relation(instance_id, name, columns, first, END)
                    table = duckdb.connect().sql(f"SELECT * FROM {relation}").to_arrow_table()
                    tables[name] = table.to_pylist()
            start, end = START.replace(tzinfo=None), END.replace(tzinfo=None)
            known[instance_id] = Events(tables, start, end)
        return known[instance_id]

    return read


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("instance", [STANDARD, WITHOUT_DSP])
def test_every_template_gives_the_true_figures_of_thirty_days(
    name: str,
    instance: str,
    world: World,
    engine: QueryEngine,
    templates: dict[str, Template],
    events_of: Callable[[str], Events],
    tmp_path: Path,
) -> None:
    keys, expected = CASES[name]
    available = sources_of(world, instance)
    shown = run_on(
        engine, templates[name], {}, window=(START, END), folder=tmp_path, instance=instance,
        bare=False, available=available,
    )  # fmt: skip
    assert len(shown) >= 3
    assert_figures(shown, expected(events_of(instance)), keys, all_rows=False)
    if instance == WITHOUT_DSP:
        return
    everything = run_on(
        engine, templates[name], {}, window=(START, END), folder=tmp_path / "all",
        instance=instance, available=available,
    )  # fmt: skip
    assert_figures(everything, expected(events_of(instance)), keys)
    assert len(shown) >= len(everything) / 3


@pytest.mark.parametrize("name", CASES)
def test_every_template_has_something_to_say_on_the_first_sandbox_instance(
    name: str, world: World, engine: QueryEngine, templates: dict[str, Template], tmp_path: Path
) -> None:
    rows = run_on(
        engine, templates[name], {}, window=(START, END), folder=tmp_path, instance=SANDBOX,
        bare=False, available=sources_of(world, SANDBOX),
    )  # fmt: skip
    assert len(rows) >= 10
    for column in templates[name].output:
        values = [row[column.name] for row in rows]
        assert any(values), column.name
        # Hardly anybody buys another product in the waiting time.
        if column.role == "metric" and column.name != "bought_other":
            assert any(float(value) > 0 for value in values if value), column.name
        if column.unit == "ratio" and column.name.endswith(("_rate", "_share")):
            assert all(0 <= float(value) <= 1 for value in values if value), column.name
    frame = pd.DataFrame(rows)
    for column in templates[name].output:
        if column.type in ("integer", "decimal"):
            frame[column.name] = pd.to_numeric(frame[column.name])
    for recipe in templates[name].charts:
        drawn = figure(frame, recipe)
        assert drawn.data, recipe["title"]


def test_figures_are_of_the_size_that_amc_shows(
    world: World, engine: QueryEngine, templates: dict[str, Template], tmp_path: Path
) -> None:
    rows = run_on(
        engine, templates["cross-channel-performance"], {"level": "ad_product"},
        window=(START, END), folder=tmp_path, instance=SANDBOX, bare=False,
        available=sources_of(world, SANDBOX),
    )  # fmt: skip
    by_product = {row["ad_product_type"]: row for row in rows}
    assert {"dsp", "sponsored_products", "sponsored_brands"} <= set(by_product)
    # The reference's ranges: a wrong unit of money would miss them by a factor of 1,000.
    assert 0.2 <= float(by_product["dsp"]["cost_per_1000_impressions"]) <= 30
    assert 0.1 <= float(by_product["sponsored_products"]["cost_per_click"]) <= 3
    assert 0.0003 <= float(by_product["dsp"]["click_rate"]) <= 0.01
