"""An analyst finds in the data what real data tell: which campaigns sell, to whom, for how much."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from amc.sandbox.events import EventStore
from amc.sandbox.world import World
from tests.sandbox.events.conftest import Asker


class Figures(NamedTuple):
    """A campaign's month; money in currency units, shares as fractions."""

    impressions: float
    clicks: float
    cost: float
    purchases: float
    new: float
    sales: float

    @property
    def click_rate(self) -> float:
        return self.clicks / self.impressions

    @property
    def per_click(self) -> float:
        return self.cost / self.clicks

    @property
    def per_thousand(self) -> float:
        return self.cost / self.impressions * 1000

    @property
    def roas(self) -> float:
        return self.sales / self.cost

    @property
    def new_share(self) -> float:
        return self.new / self.purchases


def added(rows: list[Figures]) -> Figures:
    return Figures(*(sum(column) for column in zip(*rows, strict=True)))


@pytest.fixture(scope="module")
def large(store: EventStore, world: World) -> Iterator[Asker]:
    instance = next(i for i in world.instances if i.events_per_month == 1_200_000 and i.has_dsp)
    asker = Asker(store, instance.instance_id)
    yield asker
    asker.db.close()


@pytest.fixture(scope="module")
def campaigns(large: Asker) -> dict[str, Figures]:
    """Figures by campaign; credit by the traffic's time."""
    rows = large.ask(
        "WITH ads AS (SELECT campaign, count(*) AS n, 0 AS c, sum(total_cost) / 1e5 AS m FROM {d} "
        "GROUP BY 1 UNION ALL SELECT campaign, 0, count(*), 0 FROM {k} GROUP BY 1 UNION ALL "
        "SELECT campaign, sum(impressions), sum(clicks), sum(spend) / 1e8 FROM {s} GROUP BY 1), "
        "spent AS (SELECT campaign, sum(n) AS n, sum(c) AS c, sum(m) AS m FROM ads GROUP BY 1), "
        "sold AS (SELECT campaign, sum(total_purchases) AS p, "
        "sum(new_to_brand_total_purchases) AS new, sum(total_product_sales) AS v FROM {a} "
        "GROUP BY 1) SELECT campaign, n, c, m, coalesce(p, 0), coalesce(new, 0), coalesce(v, 0) "
        "FROM spent LEFT JOIN sold USING (campaign)",
        d=("dsp_impressions", "campaign total_cost"), k=("dsp_clicks", "campaign clicks"),
        s=("sponsored_ads_traffic", "campaign impressions clicks spend"),
        a=("amazon_attributed_events_by_traffic_time", "campaign total_purchases "
           "new_to_brand_total_purchases total_product_sales"),
    )  # fmt: skip
    return {name: Figures(*map(float, numbers)) for name, *numbers in rows}


def named(campaigns: dict[str, Figures], *words: str) -> Figures:
    found = [f for name, f in campaigns.items() if all(word in name for word in words)]
    assert found, words
    return added(found)


def test_branded_search_sells_to_those_who_know_the_brand(campaigns: dict[str, Figures]) -> None:
    branded = named(campaigns, "SP |", "Branded")
    generic = named(campaigns, "SP |", "Keywords")
    assert branded.click_rate > 2 * generic.click_rate
    assert branded.roas > 1.5 * generic.roas
    assert branded.purchases / branded.clicks > 1.3 * generic.purchases / generic.clicks
    assert branded.per_click < generic.per_click
    assert branded.new_share < 0.8 * generic.new_share


def test_prospecting_and_television_win_customers_and_retargeting_sells(
    campaigns: dict[str, Figures],
) -> None:
    prospecting, retargeting, television = (
        named(campaigns, word) for word in ("Prospecting", "Retargeting", "STV_Awareness")
    )
    assert retargeting.roas > 1.15 * prospecting.roas
    assert prospecting.roas > 2 * television.roas
    assert min(prospecting.new_share, television.new_share) > retargeting.new_share
    assert television.per_thousand > 4 * prospecting.per_thousand


def test_ad_products_cost_and_answer_as_they_do(
    campaigns: dict[str, Figures], large: Asker
) -> None:
    product_of = {c.name: c for c in large.store.maker_of(large.instance_id).plan.campaigns}
    groups: dict[str, list[Figures]] = defaultdict(list)
    for name, figures in campaigns.items():
        campaign = product_of[name]
        groups[f"{campaign.ad_product} {campaign.price_type}"].append(figures)
    # Click rate, cost per click or per thousand, return, new customers: low and high.
    ranges = {
        "dsp CPM": (0.0005, 0.003, 2, 13, 1, 12, 0.3, 0.75),
        "sponsored_products CPC": (0.005, 0.025, 0.5, 1.4, 2, 12, 0.08, 0.4),
        "sponsored_brands CPC": (0.0025, 0.007, 0.6, 2, 1.5, 12, 0.05, 0.5),
        "sponsored_display CPC": (0.001, 0.004, 0.8, 2, 0.5, 12, 0.05, 0.7),
        "sponsored_display VCPM": (0.0015, 0.005, 3, 10, 3, 32, 0.1, 0.6),
        "sponsored_television VCPM": (0, 0.001, 10, 30, 0.5, 12, 0.3, 0.85),
    }
    for kind, (ctr, ctr2, cost, cost2, roas, roas2, new, new2) in ranges.items():
        found = added(groups[kind])
        assert ctr <= found.click_rate < ctr2, kind
        assert cost < (found.per_click if kind.endswith("CPC") else found.per_thousand) < cost2
        assert roas < found.roas < roas2, kind
        assert new < found.new_share < new2, kind


def test_conversion_rate_and_basket(campaigns: dict[str, Figures]) -> None:
    found = named(campaigns, "SP |")
    assert 0.06 < found.purchases / found.clicks < 0.28
    assert 10 < found.sales / found.purchases < 120


def test_who_meets_more_ads_and_ad_products_buys_more(large: Asker) -> None:
    met = (
        "(SELECT user_id, count(*) AS n, count(DISTINCT p) AS ps FROM (SELECT user_id, 'dsp' AS p "
        "FROM {d} UNION ALL SELECT user_id, ad_product_type FROM {s} WHERE impressions = 1) "
        "WHERE user_id IS NOT NULL GROUP BY 1)"
    )
    bought = "(SELECT DISTINCT user_id, 1 AS o FROM {c} WHERE event_subtype = 'order')"
    tables = {
        "d": ("dsp_impressions", "user_id"),
        "s": ("sponsored_ads_traffic", "user_id ad_product_type impressions"),
        "c": ("conversions", "user_id event_subtype"),
    }
    for group in ("least(ps, 3)", "CASE WHEN n = 1 THEN 1 WHEN n < 5 THEN 2 ELSE 3 END"):
        rows = large.ask(
            f"SELECT {group}, count(*), avg(coalesce(o, 0)) FROM {met} LEFT JOIN {bought} "
            "USING (user_id) GROUP BY 1 ORDER BY 1", **tables,
        )  # fmt: skip
        (one, few, many), (low, middle, high) = ([row[i] for row in rows] for i in (1, 2))
        assert min(one, few, many) > 1000
        assert 0.0005 < low < 0.8 * middle
        assert middle < 0.95 * high < 0.05
