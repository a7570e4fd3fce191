"""Names of campaigns and products from the local AMC: paged, resumed, by one reader at a time."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from amc.clock import FrozenClock, SystemClock
from amc.container import Services
from amc.db.mapping_models import NamePart
from amc.errors import MissingError
from amc.services.name_parts import LEASE, NamesProgress
from tests.conftest import open_test_database
from tests.integration.api.kit import LocalAmc
from tests.integration.connections.conftest import Build, grant

# Sees one account, of few advertisers.
USER = "amzn1.account.LOCALUSER0002"


@pytest.fixture
def connected(build: Build, amc: LocalAmc, database_url: str) -> Services:
    """Connected, over both kinds of database."""
    open_test_database(database_url).close()
    built = build(database_url_raw=database_url)
    built.connections.add_refresh_token("t", grant(amc, user_id=USER))
    return built


def fetch(built: Services, **how: Any) -> NamesProgress:
    built.names.request("ann", **how)
    return built.names.work_off(lambda _now: None)


def lists_asked(amc: LocalAmc, after: int) -> Counter[str]:
    lines = amc.ask("GET", f"/log/requests?after={after}")["requests"]
    return Counter(line["path"] for line in lines)


def last(amc: LocalAmc) -> int:
    lines = amc.ask("GET", "/log/requests")["requests"]
    return max((line["seq"] for line in lines), default=0)


def parts(built: Services, **wanted: str) -> list[NamePart]:
    with built.database.read() as session:
        return session.query(NamePart).filter_by(**wanted).all()


def test_every_campaign_and_product_gets_its_name(connected: Services) -> None:
    found = fetch(connected)
    assert (found.failed, found.running) == (0, False)
    rows, total = connected.mappings.page(limit=5000)
    assert total == len(rows) > 140
    assert {r.ad_product for r in rows} == {
        "sponsored_products",
        "sponsored_brands",
        "sponsored_display",
        "sponsored_television",
        "dsp",
    }
    assert all(isinstance(r.campaign_id, str) and r.campaign_id.isdigit() for r in rows)
    assert all(r.name and r.name != r.campaign_id and r.source == "amazon" for r in rows)
    products, number = connected.mappings.asins(limit=5000)
    assert number == len(products) > 70
    assert all(len(p.asin) == 10 and p.title and p.brand for p in products)
    assert found.names >= total + number


def test_what_a_person_wrote_stays_and_counts_in_results(connected: Services) -> None:
    fetch(connected)
    row = connected.mappings.page(ad_product="sponsored_products", limit=1)[0][0]
    connected.mappings.save(
        "ann", ad_product=row.ad_product, campaign_id=row.campaign_id, name="Ours", brand="Nova"
    )
    # An id named without its ad product, as the file of unnamed ids has it.
    other = connected.mappings.page(ad_product="dsp", limit=1)[0][0]
    connected.mappings.save("ann", ad_product="", campaign_id=other.campaign_id, name="Also ours")
    product = connected.mappings.asins(limit=1)[0][0]
    connected.mappings.save_asin("ann", asin=product.asin, title="Our product")
    assert fetch(connected, force=True).failed == 0
    named = connected.mappings.names_for([row.campaign_id, other.campaign_id])
    assert named[row.campaign_id] == {"name": "Ours", "brand": "Nova"}
    assert named[other.campaign_id]["name"] == "Also ours"
    assert connected.mappings.titles_for([product.asin])[product.asin]["name"] == "Our product"


def test_lists_read_within_a_day_are_not_asked_again(connected: Services, amc: LocalAmc) -> None:
    fetch(connected)
    before = last(amc)
    again = fetch(connected)
    assert not again.running
    assert set(lists_asked(amc, before)) == {"/v2/profiles"}
    assert fetch(connected, force=True).changed == 0, "nothing is different"
    assert sum(n for p, n in lists_asked(amc, before).items() if p != "/v2/profiles") > 50


def test_a_list_that_was_broken_off_goes_on_at_its_page(
    connected: Services, amc: LocalAmc, monkeypatch: pytest.MonkeyPatch
) -> None:
    from amc.api import name_pages

    short = {
        kind: (*how[:3], 2) for kind, how in name_pages._BY_TOKEN.items()
    }  # so that lists of the local AMC have several pages
    monkeypatch.setattr(name_pages, "_BY_TOKEN", short)
    amc.fault("server_error", route="POST /sp/campaigns/list", skip=3, status=500)
    connected.names.request("ann")
    for _ in range(400):
        if not connected.names._read_one():
            break
    waiting = parts(connected, kind="sponsored_products", state="WAITING")
    broken = [p for p in waiting if p.cursor]
    assert broken, "a list was broken off in its middle"
    assert all(p.reason and p.names == 2 * len(p.seen) for p in broken)
    amc.ask("DELETE", "/faults")
    before = last(amc)
    with connected.database.write() as session:
        for part in session.query(NamePart).filter(NamePart.state == "WAITING"):
            part.leased_until = None
    done = connected.names.work_off(lambda _now: None)
    assert done.failed == 0
    read = {p.id: p for p in parts(connected, kind="sponsored_products")}
    asked = lists_asked(amc, before)["/sp/campaigns/list"]
    left = sum(-(-read[p.id].names // 2) - len(p.seen) for p in waiting)
    assert 0 < left <= asked <= left + len(waiting)
    _, total = connected.mappings.page(ad_product="sponsored_products")
    assert total == sum(p.names for p in read.values())


def test_two_readers_at_once_read_each_list_once(
    connected: Services, build: Build, amc: LocalAmc, database_url: str
) -> None:
    second = build(database_url_raw=database_url)
    connected.names.request("ann")
    before = last(amc)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(s.names.work_off, lambda _n: None) for s in (connected, second)]
        assert all(not f.result(timeout=300).running for f in both)
    asked = lists_asked(amc, before)
    lists = Counter(p.kind for p in parts(connected))
    assert asked["/sb/v4/campaigns/list"] == lists["sponsored_brands"]
    assert asked["/dsp/v1/campaigns/list"] == lists["dsp"]
    assert asked["/v2/profiles"] == 1


def test_a_reader_that_died_is_taken_over_when_its_lease_is_over(
    build: Build, amc: LocalAmc
) -> None:
    clock = FrozenClock(SystemClock().now())
    built = build(clock)
    built.connections.add_refresh_token("t", grant(amc, user_id=USER))
    built.names.request("ann")
    dead = built.names._claim()
    assert dead is not None
    assert built.names._claim() is None, "nobody else may read it"
    assert not built.names.sweep()
    clock.advance(LEASE + timedelta(seconds=1))
    assert built.names.sweep()
    taken = built.names._claim()
    assert taken is not None
    assert taken.key == dead.key
    # The dead one comes back to life: what it still brings is not kept twice.
    found = built.names._reading.page(dead)
    assert built.names._keep(dead, found) is None
    assert len(parts(built)) == 1
    assert built.names._keep(taken, found) is None
    assert len(parts(built)) > 40
    assert parts(built, kind="profiles")[0].state == "DONE"


def test_one_list_that_fails_stops_no_other_and_says_why(
    connected: Services, amc: LocalAmc
) -> None:
    amc.fault("server_error", status=403, route="GET /sd/campaigns")
    found = fetch(connected)
    assert found.failed == len(parts(connected, kind="sponsored_display")) > 5
    assert {p.what for p in found.problems} == {"Sponsored Display campaigns"}
    assert all(p.label and p.reason for p in found.problems)
    assert connected.mappings.page(ad_product="sponsored_products")[1] > 50
    amc.ask("DELETE", "/faults")
    assert fetch(connected).failed == 0
    assert connected.mappings.page(ad_product="sponsored_display")[1] > 10


def test_a_list_that_goes_in_a_circle_is_given_up(connected: Services, amc: LocalAmc) -> None:
    connected.names.request("ann")
    assert connected.names._read_one()
    (part,) = parts(connected, kind="sponsored_products")[:1]
    with connected.database.write() as session:
        row = session.get_one(NamePart, part.id)
        connected.names._advance(row, "2")
        connected.names._advance(row, "3")
        from amc.errors import UnreadableAnswerError

        with pytest.raises(UnreadableAnswerError, match="circle"):
            connected.names._advance(row, "2")


def test_an_advertiser_that_is_called_as_a_brand_gives_its_campaigns_that_brand(
    connected: Services,
) -> None:
    fetch(connected)
    assert connected.mappings.page(brand="", no_brand=True)[1] == connected.mappings.page()[1]
    advertiser = parts(connected, kind="sponsored_products")[0].label
    connected.instances.edit("ann", [connected.instances.all()[0].instance_id], brand=advertiser)
    fetch(connected, force=True)
    rows, total = connected.mappings.page(brand=advertiser, limit=1000)
    assert {"sponsored_products", "sponsored_brands"} <= {r.ad_product for r in rows}
    assert total < connected.mappings.page()[1]


def test_without_a_connection_it_says_what_to_do(services: Services) -> None:
    with pytest.raises(MissingError, match="no Amazon connection"):
        services.names.request("ann")
    assert services.names.progress().words == "Names were never fetched."
