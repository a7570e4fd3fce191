"""Each template's figures on a small made-up world are those of plain Python."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amc.sandbox.query import QueryEngine
from amc.sql.catalog import Catalog
from amc.templates import Template
from tests.integration.templates import oracle, oracle_journeys
from tests.integration.templates.conftest import (
    Result,
    assert_figures,
    relation_of,
    run_on,
    write_tables,
)
from tests.integration.templates.oracle import Events, Figures
from tests.integration.templates.tiny import CAMPAIGNS, END, START, make_world

CAMPAIGN = ["ad_product_type", "campaign_id", "campaign"]
Go = Callable[..., Result]


@pytest.fixture(scope="module")
def world() -> Events:
    return Events(make_world(), START, END)


@pytest.fixture(scope="module")
def go(
    world: Events,
    catalog: Catalog,
    templates: dict[str, Template],
    tmp_path_factory: pytest.TempPathFactory,
) -> Go:
    folder: Path = tmp_path_factory.mktemp("tiny")
    write_tables(catalog, world.tables, folder)
    engine = QueryEngine(catalog, relation_of(folder), data_folders=(folder,))

    known: dict[str, Result] = {}

    def run(name: str, **values: Any) -> Result:
        key = repr((name, sorted(values.items())))
        if key not in known:
            known[key] = compute(name, values)
        return known[key]

    def compute(name: str, values: dict[str, Any]) -> Result:
        out = tmp_path_factory.mktemp("out")
        return run_on(engine, templates[name], values, window=(START, END), folder=out)

    return run


CASES: list[tuple[str, dict[str, Any], list[str], Callable[[Events], Figures]]] = [
    ("cross-channel-performance", {}, CAMPAIGN, oracle.cross_channel),
    ("cross-channel-performance", {"level": "ad_product"}, CAMPAIGN,
     lambda e: oracle.cross_channel(e, "ad_product")),
    ("new-to-brand-customers", {}, [*CAMPAIGN, "tracked_asin"], oracle.new_to_brand),
    ("new-to-brand-customers", {"level": "ad_product"}, [*CAMPAIGN, "tracked_asin"],
     lambda e: oracle.new_to_brand(e, "ad_product")),
    ("new-to-brand-customers", {"level": "product"}, [*CAMPAIGN, "tracked_asin"],
     lambda e: oracle.new_to_brand(e, "product")),
    ("campaign-reach-frequency", {}, [*CAMPAIGN, "frequency"], oracle.reach_frequency),
    ("campaign-reach-frequency", {"level": "total", "max_frequency": 4}, [*CAMPAIGN, "frequency"],
     lambda e: oracle.reach_frequency(e, "total", 4)),
    ("audience-overlap", {}, ["audiences", "audience_count"], oracle.overlap),
    ("path-to-conversion", {}, ["path", "step_count"], oracle_journeys.paths),
    ("path-to-conversion",
     {"touches": "credited", "lookback_days": 28, "max_steps": 2, "conversion": "shoppingCart"},
     ["path", "step_count"],
     lambda e: oracle_journeys.paths(e, "credited", 28, 2, "shoppingCart")),
    ("attribution-model-comparison", {}, ["model", *CAMPAIGN], oracle_journeys.attribution),
    ("attribution-model-comparison",
     {"level": "ad_product", "touches": "clicks", "half_life_days": "2.5", "lookback_days": 28},
     ["model", *CAMPAIGN],
     lambda e: oracle_journeys.attribution(e, "clicks", "ad_product", 28, 2.5)),
    ("cart-abandonment", {}, ["tracked_asin", "last_ad_product"], oracle_journeys.carts),
    ("cart-abandonment", {"split_by": "both", "wait_days": 3, "lookback_days": 5},
     ["tracked_asin", "last_ad_product"],
     lambda e: oracle_journeys.carts(e, 3, "both", 5)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "values", "keys", "expected"), CASES)
def test_the_figures_are_those_of_plain_python(
    go: Go,
    world: Events,
    name: str,
    values: dict[str, Any],
    keys: list[str],
    expected: Callable[[Events], Figures],
) -> None:
    figures = expected(world)
    assert len(figures) >= 3
    assert_figures(go(name, **values), figures, keys)


def test_every_model_gives_away_the_same_credit(go: Go) -> None:
    totals: dict[str, list[float]] = {}
    for row in go("attribution-model-comparison"):
        one = totals.setdefault(row["model"], [0.0, 0.0, 0.0])
        for place, name in enumerate(("conversions", "sales", "conversion_share")):
            one[place] += float(row[name])
    assert set(totals) == set(oracle_journeys.MODELS)
    first = totals["first_touch"]
    assert first[0] > 20
    assert first[0] == int(first[0])
    for found in totals.values():
        assert found == pytest.approx(first)
        assert found[2] == pytest.approx(1.0)


def test_outcomes_of_carts_add_up(go: Go) -> None:
    for row in go("cart-abandonment", split_by="both"):
        outcomes = [int(row[name]) for name in ("bought", "bought_other", "abandoned")]
        assert sum(outcomes) == int(row["carts"]) >= int(row["shoppers"]) > 0


def test_people_of_an_overlap_are_counted_once(go: Go, world: Events) -> None:
    people = {event["user"] for event in world.ad_events()} - {None}
    rows = go("audience-overlap")
    assert sum(int(row["users"]) for row in rows) == len(people)
    assert sum(float(row["user_share"]) for row in rows) == pytest.approx(1.0)


def test_a_campaign_filter_leaves_exactly_these_campaigns(go: Go) -> None:
    wanted = {"9003", "102"}
    for name in ("cross-channel-performance", "new-to-brand-customers", "campaign-reach-frequency",
                 "attribution-model-comparison"):  # fmt: skip
        everything = [r for r in go(name) if r["campaign_id"] in wanted]
        shown = go(name, campaign_ids="9003, 102")
        assert {row["campaign_id"] for row in shown} == wanted
        assert sorted(map(_rounded, shown)) == sorted(map(_rounded, everything))


def _rounded(row: dict[str, str]) -> list[str]:
    """Sums of fractions depend on their order in the last digit."""
    return [f"{float(v):.9g}" if re.fullmatch(r"-?[0-9.e+-]+", v) else v for v in row.values()]


def test_an_asin_filter_limits_what_is_bought(go: Go) -> None:
    rows = go("new-to-brand-customers", level="product", asins=["B0AAAAAAA2"])
    assert [row["tracked_asin"] for row in rows] == ["B0AAAAAAA2"]
    carts = go("cart-abandonment", asins=["B0AAAAAAA1", "B0AAAAAAA9"])
    assert [row["tracked_asin"] for row in carts] == ["B0AAAAAAA1"]


@pytest.mark.parametrize("kind", ["sponsored", "dsp"])
def test_sections_leave_the_other_ad_types_out(go: Go, kind: str) -> None:
    products = {p for p, _, _ in CAMPAIGNS if (p == "dsp") == (kind == "dsp")}
    for name in ("cross-channel-performance", "new-to-brand-customers", "campaign-reach-frequency",
                 "attribution-model-comparison"):  # fmt: skip
        assert {row["ad_product_type"] for row in go(name, ad_types=kind)} == products
    for row in go("path-to-conversion", ad_types=kind):
        assert ("dsp" in row["path"]) == (kind == "dsp")
    lasts = {
        row["last_ad_product"] for row in go("cart-abandonment", ad_types=kind, split_by="both")
    }
    assert lasts <= products | {"none"}


def test_campaigns_can_be_compared_and_followed_too(go: Go) -> None:
    overlaps = go("audience-overlap", compare="campaigns", campaign_ids=["9001", "101"])
    assert {row["audiences"] for row in overlaps} == {
        "Auto", "Streaming, TV", "Auto + Streaming, TV",
    }  # fmt: skip
    steps = go("path-to-conversion", step_by="campaign", campaign_ids=["9003"])
    assert [row["path"] for row in steps] == ["[[1, O'Brien & Söhne]]"]


def test_the_clock_and_scope_change_what_is_counted(go: Go, world: Events) -> None:
    def purchases(**values: Any) -> int:
        rows = go("cross-channel-performance", level="ad_product", **values)
        return sum(int(row["purchases"]) for row in rows)

    by_conversion = [r for r in world.rows(oracle.BY_CONVERSION)
                     if oracle._seconds(r["traffic_event_dt_utc"], r["conversion_event_dt_utc"])
                     <= 3 * oracle.DAY]  # fmt: skip
    assert purchases(clock="conversion", attribution_days=3) == sum(
        row["total_purchases"] for row in by_conversion
    )
    assert purchases(clock="conversion", attribution_days=3, scope="promoted") == sum(
        row["purchases"] for row in by_conversion
    )
    assert purchases(clock="traffic") != purchases(clock="conversion")
