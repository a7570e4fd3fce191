"""Worlds: the mission's fleet, other regions, nothing at all, and a thousand instances."""

import re
from collections import Counter

import pytest

from amc.errors import SetupError
from amc.sandbox.world import World, load_world, world_names
from amc.sql.catalog import load_catalog


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


def test_the_default_world_is_the_missions_fleet(world: World) -> None:
    accounts = {a.entity_id: (a.name, len(a.instances), a.region) for a in world.accounts}
    assert accounts == {
        "ENTITYEJZCBSCBH4HZ": ("Recommerce Brands", 50, "NA"),
        "ENTITY277TBI8OBF435": ("NeverMeh AMC", 8, "NA"),
    }
    assert all(a.marketplace_id == "ATVPDKIKX0DER" for a in world.accounts)
    sandboxes = [[i.instance_id for i in a.instances if i.type == "SANDBOX"]
                 for a in world.accounts]  # fmt: skip
    assert sandboxes == [["amchnfozgta"], ["amcfo8abayq"]]


def test_instance_ids_are_unique_well_formed_and_stable(world: World) -> None:
    ids = [i.instance_id for i in world.instances]
    assert len(set(ids)) == 58
    assert all(re.fullmatch(r"amc[a-z0-9]{8}", text) for text in ids)
    assert ids[1:4] == ["amc021ssxja", "amco0ziljni", "amc9jfd9561"]


def test_sizes_go_from_twenty_thousand_to_five_million(world: World) -> None:
    sizes = [i.events_per_month for i in world.instances]
    assert (min(sizes), max(sizes)) == (20_000, 5_000_000)
    assert Counter(sizes)[5_000_000] == 2
    assert sum(50_000 <= size <= 500_000 for size in sizes) > 45
    without = [i for i in world.instances if not i.has_dsp]
    assert 5 < len(without) < 20
    assert all("dsp_impressions" in i.unavailable for i in without)


def test_sandbox_instances_have_everything_their_region_offers(world: World) -> None:
    for instance_id in ("amchnfozgta", "amcfo8abayq"):
        instance = world.instance(instance_id)
        assert instance is not None
        served = {*instance.sources, *instance.premium}
        assert served <= set(load_catalog().sources)
        assert {"conversions_all", "amazon_retail_purchases", "segment_metadata"} <= served
        assert instance.has_dsp
        assert instance.unavailable == ()
        assert len(instance.brands) >= 2


def test_campaign_ids_have_amazons_forms(world: World) -> None:
    seen = set()
    for instance in world.instances:
        for campaign in instance.campaigns:
            assert campaign.campaign_id.isdigit()
            if campaign.ad_product == "dsp":
                assert campaign.campaign_id_string == campaign.campaign_id
            else:
                assert re.fullmatch(r"A0[A-Z0-9]{18}", campaign.campaign_id_string)
            seen.add(campaign.campaign_id)
            assert int(campaign.campaign_id) < 2**63
    assert len(seen) == sum(len(i.campaigns) for i in world.instances)


def test_campaigns_promote_products_of_their_own_brand(world: World) -> None:
    for instance in world.instances:
        brand_of = {p.asin: p.brand for p in instance.products}
        for campaign in instance.campaigns:
            assert campaign.asins
            assert {brand_of[asin] for asin in campaign.asins} == {campaign.brand}
            assert all(re.fullmatch(r"B0[A-Z0-9]{8}", asin) for asin in campaign.asins)


def test_profiles_lead_to_the_campaigns_of_their_brand(world: World) -> None:
    assert len({p.profile_id for p in world.profiles}) == len(world.profiles)
    found = 0
    for profile in world.profiles:
        brand = world.brand_of(profile)
        if profile.kind == "agency":
            assert brand is None
            assert all(b.dsp_advertiser_id for b in world.dsp_brands_of(profile))
            assert world.dsp_brands_of(profile)
            continue
        assert brand is not None
        campaigns = world.campaigns_of(profile, "sponsored_products")
        assert campaigns
        assert {c.brand for c in campaigns} == {profile.name}
        found += 1
    assert found == sum(len(i.brands) for i in world.instances)


def test_other_regions_have_their_own_currency_and_zone() -> None:
    world = load_world("multi-region")
    seen = {(a.region, i.market.country, i.currency, i.timezone) for a in world.accounts
            for i in a.instances if a.region != "NA"}  # fmt: skip
    assert {("EU", "GB", "GBP", "Europe/London"), ("EU", "DE", "EUR", "Europe/Berlin"),
            ("FE", "JP", "JPY", "Asia/Tokyo")} == seen  # fmt: skip
    assert len(world.instances) == 58 + 5 + 3
    prices = [p.price for i in world.instances if i.currency == "JPY" for p in i.products]
    assert all(price == int(price) > 500 for price in prices)


def test_an_empty_account_has_no_instance_and_still_an_agency() -> None:
    world = load_world("empty")
    assert [len(a.instances) for a in world.accounts] == [0]
    assert [p.kind for p in world.profiles] == ["agency"]


def test_the_large_world_has_a_thousand_different_instances() -> None:
    world = load_world("large")
    assert len({i.instance_id for i in world.instances}) == 1000
    assert len({i.name for i in world.instances}) == 1000
    assert world.instances[3].campaigns
    assert not world.instances[3].has_dsp


def test_an_unknown_world_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(SetupError, match=r"There is no world 'atlantis'.*default, empty"):
        load_world("atlantis")
    with pytest.raises(SetupError, match="There is no world"):
        load_world("../data/default")
    assert world_names() == ["default", "empty", "large", "multi-region"]
