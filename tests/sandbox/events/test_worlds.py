"""Events of other worlds: currencies, zones and postal codes of their own."""

from pathlib import Path

import pytest

from amc.clock import FrozenClock
from amc.errors import StorageFullError
from amc.sandbox.events import EventStore
from amc.sandbox.events import files as cache_files
from amc.sandbox.world import load_world
from tests.sandbox.events.conftest import NOW, Asker


@pytest.mark.parametrize(
    ("instance_id", "currency", "market", "country", "low", "high"),
    [
        ("amcfesandbx", "JPY", "AMAZON.CO.JP", "JP", 40, 400),
        ("amceusandbx", "GBP", "AMAZON.CO.UK", "GB", 0.25, 2.6),
    ],
)
def test_money_and_places_are_those_of_the_market(
    tmp_path: Path, instance_id: str, currency: str, market: str, country: str,
    low: float, high: float,
) -> None:  # fmt: skip
    store = EventStore(load_world("multi-region"), seed=1, cache_dir=tmp_path,
                       clock=FrozenClock(NOW))  # fmt: skip
    asker = Asker(store, instance_id)
    [(code, price)] = asker.ask(
        "SELECT any_value(currency_iso_code), median(spend) / 1e8 FROM {s} WHERE clicks = 1 "
        "AND spend > 0", s=("sponsored_ads_traffic", "currency_iso_code spend clicks"),
    )  # fmt: skip
    assert code == currency
    assert low < price < high
    [(place, postal)] = asker.ask(
        "SELECT list(DISTINCT iso_country_code), bool_and(starts_with(postal_code, "
        "iso_country_code || '-')) FROM {d}",
        d=("dsp_impressions", "iso_country_code postal_code"),
    )
    assert place == [country]
    assert postal
    [(money, shop)] = asker.ask(
        "SELECT list(DISTINCT purchase_currency), list(DISTINCT marketplace_name) FROM {c} "
        "WHERE event_subtype = 'order'",
        c=("conversions", "event_subtype purchase_currency marketplace_name"),
    )
    assert (money, shop) == ([currency], [market])
    asker.db.close()


def test_each_of_a_thousand_instances_has_events_of_its_own(tmp_path: Path) -> None:
    world = load_world("large")
    store = EventStore(world, seed=1, cache_dir=tmp_path, clock=FrozenClock(NOW))
    chosen = [i for i in world.instances if i.events_per_month == 20_000][:2]
    found = []
    for instance in chosen:
        asker = Asker(store, instance.instance_id)
        found.append(
            asker.ask("SELECT DISTINCT user_id FROM {s}", s=("sponsored_ads_traffic", "user_id"))
        )
        asker.db.close()
    assert len(found[0]) > 1000 < len(found[1])
    assert not set(found[0]) - {(None,)} & set(found[1])


def test_a_full_disk_is_said_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache_files.pq, "write_table", full)
    world = load_world()
    store = EventStore(world, seed=1, cache_dir=tmp_path, clock=FrozenClock(NOW))
    asker = Asker(store, next(i.instance_id for i in world.instances
                              if i.events_per_month == 20_000))  # fmt: skip
    with pytest.raises(StorageFullError, match="No space left for events"):
        asker.ask("SELECT 1 FROM {s}", s=("sponsored_ads_traffic", "user_id"))
    asker.db.close()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
