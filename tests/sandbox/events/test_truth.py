"""Known truths of the generator against hand-written SQL over the relations."""

from collections import Counter
from collections.abc import Callable

import pytest

from amc.sandbox.events.people import user_id
from amc.sandbox.events.truth import Truth
from tests.sandbox.events.conftest import NOW, SANDBOX, START, Asker

IMPRESSIONS = (
    "(SELECT 'dsp' AS p, user_id, campaign, campaign_id_string AS id, impression_dt_utc AS t "
    "FROM {d} UNION ALL SELECT ad_product_type, user_id, campaign, campaign_id_string, "
    "event_dt_utc FROM {s} WHERE impressions = 1) WHERE user_id IS NOT NULL"
)
TABLES = {
    "d": ("dsp_impressions", "user_id campaign campaign_id_string impression_dt_utc"),
    "s": ("sponsored_ads_traffic",
          "ad_product_type user_id campaign campaign_id_string event_dt_utc impressions"),
}  # fmt: skip

MakeTruth = Callable[[str], Truth]


@pytest.mark.parametrize("who", ["sandbox", "little"])
def test_reach(who: str, truth: MakeTruth, request: pytest.FixtureRequest) -> None:
    asker: Asker = request.getfixturevalue(who)
    known = truth(asker.instance_id)
    [(everyone,)] = asker.ask(f"SELECT count(DISTINCT user_id) FROM {IMPRESSIONS}", **TABLES)
    assert everyone == known.reach() > 3000
    found = asker.ask(f"SELECT id, count(DISTINCT user_id) FROM {IMPRESSIONS} GROUP BY 1", **TABLES)
    assert len(found) > 5
    assert dict(found) == {campaign: known.reach(campaign) for campaign, _ in found}


def test_frequency(sandbox: Asker, truth: MakeTruth) -> None:
    campaign = next(c for c in truth(SANDBOX).maker.plan.campaigns if "Prospecting" in c.name)
    found = sandbox.ask(
        f"SELECT n, count(*) FROM (SELECT user_id, count(*) AS n FROM {IMPRESSIONS} "
        f"AND id = '{campaign.campaign_id_string}' GROUP BY 1) GROUP BY 1", **TABLES,
    )  # fmt: skip
    known = truth(SANDBOX).frequency(campaign.campaign_id_string)
    assert dict(found) == dict(known)
    assert known[1] > known[2] > known[3] > 0


def test_overlap_of_ad_products(sandbox: Asker, truth: MakeTruth) -> None:
    found = sandbox.ask(
        "SELECT ps, count(*) FROM (SELECT user_id, list_sort(list(DISTINCT p)) AS ps FROM "
        f"{IMPRESSIONS} GROUP BY 1) GROUP BY 1", **TABLES,
    )  # fmt: skip
    known = Counter({tuple(sorted(key)): n for key, n in truth(SANDBOX).overlap().items()})
    assert {tuple(products): count for products, count in found} == known
    users = sum(known.values())
    single = sum(n for key, n in known.items() if len(key) == 1)
    assert 0.5 < single / users < 0.85
    assert known["dsp", "sponsored_products"] / users > 0.03


def test_paths(little: Asker, truth: MakeTruth) -> None:
    found = little.ask(
        "SELECT path, count(*) FROM (SELECT user_id, list(campaign ORDER BY t, p, campaign) AS "
        f"path FROM (SELECT p, user_id, campaign, min(t) AS t FROM (SELECT * FROM {IMPRESSIONS}) "
        "GROUP BY 1, 2, 3) GROUP BY 1) GROUP BY 1", **TABLES,
    )  # fmt: skip
    known = truth(little.instance_id).paths()
    assert {tuple(path): count for path, count in found} == known
    lengths = Counter[int]()
    for path, count in known.items():
        lengths[len(path)] += count
    assert lengths[1] > lengths[2] > lengths[3] > lengths[4] > 0


@pytest.mark.parametrize("who", ["sandbox", "little"])
def test_new_to_brand_share(who: str, truth: MakeTruth, request: pytest.FixtureRequest) -> None:
    asker: Asker = request.getfixturevalue(who)
    [(new, orders)] = asker.ask(
        "SELECT sum(new_to_brand_total_purchases), sum(total_purchases) FROM {a} "
        "WHERE user_id IS NOT NULL",
        a=("amazon_attributed_events_by_conversion_time",
           "user_id new_to_brand_total_purchases total_purchases"),
    )  # fmt: skip
    assert (new, orders) == truth(asker.instance_id).new_to_brand()
    assert 0.2 < new / orders < 0.8


def test_buyers(sandbox: Asker, truth: MakeTruth) -> None:
    [(buyers,)] = sandbox.ask(
        "SELECT count(DISTINCT user_id) FROM {c} WHERE event_subtype = 'order'",
        c=("conversions", "user_id event_subtype"),
    )
    known = truth(SANDBOX)
    assert buyers == known.buyers()
    assert 0.002 < buyers / known.reach() < 0.05


def test_user_ids_of_python_and_of_sql_are_the_same(little: Asker) -> None:
    maker = little.store.maker_of(little.instance_id)
    numbers = [0, 1, 77, 123_456_789, 3_000_000_001, 4_294_967_295, *range(1000, 1400)]
    from amc.sandbox.events.people import sql_user_id

    text = ", ".join(f"({number}::UINTEGER)" for number in numbers)
    sql = f"SELECT {sql_user_id('f.u', maker.plan.prefix)} FROM (VALUES {text}) f(u)"
    found = [row[0] for row in little.db.execute(sql).fetchall()]
    assert found == [user_id(number, maker.plan.prefix) for number in numbers]
    assert None in found


def test_nothing_is_asked_after_the_clock(truth: MakeTruth) -> None:
    assert truth(SANDBOX).now == NOW > START
