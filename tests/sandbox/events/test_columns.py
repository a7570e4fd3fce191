"""Every column of every table is there, with its type, and filled where it must be."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from amc.clock import FrozenClock
from amc.errors import MissingError
from amc.sandbox.events import VIEWS, EventStore
from amc.sandbox.events.columns import duck_type
from amc.sandbox.world import World, load_world
from amc.sql.catalog import load_catalog
from tests.sandbox.events.conftest import END, NOW, SANDBOX, START, Asker

US = sorted(name for name in VIEWS if "_eu_" not in name and "_apac_" not in name)

# Columns that may be NULL in some rows, by the reference (section 12.3) and the catalog's notes.
MAY_BE_NULL = {
    "user_id", "user_id_type",
    "deal_id", "deal_name", "creative_duration", "environment_type", "creative_category",
    "page_type", "app_bundle", "managed_service_fee", "audience_fee", "ocm_fee",
    "third_party_fees", "targeting", "customer_search_term", "match_type", "creative_asin",
    "matched_behavior_segment_ids", "view_definition", "is_amazon_business",
    "tracked_asin", "conversion_event_source_name", "conversion_event_name",
    "conversion_event_source", "event_type_class", "event_type_description",
    "conversion_event_type_class", "conversion_event_type_description", "new_to_brand",
    "purchase_currency", "purchase_unit_price", "purchase_retail_program", "halo_code",
    "marketplace_name", "conversion_event_marketplace_name", "sns_subscription_id",
    "channel", "reference_id", "asin", "advertiser_id",
}  # fmt: skip
# In the attributed tables one side has no such column, and one kind of credit no such time.
ONE_SIDED = ("impression_", "click_")
ATTRIBUTED_NULLS = {
    "ad_product_type", "line_item_id", "city_name", "dma_code", "postal_code", "iso_country_code",
    "iso_state_province_code", "request_tag", "traffic_event_id", "supply_cost", "platform_fee",
    "placement_type", "creative", "creative_id", "creative_size", "creative_type", "site",
    "creative_is_link_in", "ad_slot_size", "supply_source",
}  # fmt: skip


@pytest.mark.parametrize("name", US)
def test_every_column_has_its_declared_type(sandbox: Asker, name: str) -> None:
    source = load_catalog().sources[name]
    relation = sandbox.table(name, list(source.columns))
    found = sandbox.db.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    declared = {column.name: duck_type(column.data_type) for column in source.columns.values()}
    assert {row[0]: row[1] for row in found} == declared


@pytest.mark.parametrize("name", US)
def test_columns_are_null_only_where_the_reference_says_so(sandbox: Asker, name: str) -> None:
    columns = list(load_catalog().sources[name].columns)
    start = datetime(2026, 11, 1, tzinfo=UTC)
    relation = sandbox.table(name, columns, start, datetime(2026, 11, 8, tzinfo=UTC))
    counts = ", ".join(f'count("{column}")' for column in columns)
    total, *filled = sandbox.db.execute(f"SELECT count(*), {counts} FROM {relation}").fetchone()
    assert total > 50
    missing = {c for c, n in zip(columns, filled, strict=True) if n < total}
    allowed = MAY_BE_NULL
    if name.startswith("amazon_attributed"):
        allowed = MAY_BE_NULL | ATTRIBUTED_NULLS
        missing = {c for c in missing if not c.startswith(ONE_SIDED)}
    assert missing <= allowed


@pytest.mark.parametrize("name", ["audience_segments_eu_inmarket", "segment_metadata"])
def test_europe_has_its_own_segment_tables(tmp_path: Path, name: str) -> None:
    store = EventStore(load_world("multi-region"), seed=1, cache_dir=tmp_path,
                       clock=FrozenClock(NOW))  # fmt: skip
    columns = list(load_catalog().sources[name].columns)
    relation = store.relation("amceusandbx", name, columns, START, END)
    [(count, market)] = duckdb.sql(
        f"SELECT count(*), any_value(segment_marketplace_id) FROM {relation}"
    ).fetchall()
    assert count >= 120
    assert market == 3


def test_columns_come_in_the_order_asked_and_no_others(sandbox: Asker) -> None:
    relation = sandbox.table("dsp_impressions", ["user_id", "campaign", "impressions"])
    rows = sandbox.db.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    assert [row[0] for row in rows] == ["user_id", "campaign", "impressions"]


@pytest.mark.parametrize(
    ("instance", "source", "column"),
    [
        ("amcnosuchone", "dsp_impressions", "user_id"),
        (SANDBOX, "no_such_table", "user_id"),
        (SANDBOX, "experian_vehicle_purchases", "user_id"),
        (SANDBOX, "dsp_impressions", "no_such_column"),
        (SANDBOX, "audience_segments_eu_inmarket", "user_id"),
    ],
)
def test_what_is_not_there_is_refused(
    store: EventStore, instance: str, source: str, column: str
) -> None:
    with pytest.raises(MissingError):
        store.relation(instance, source, [column], START, END)


def test_an_instance_without_dsp_has_no_dsp_tables(store: EventStore, world: World) -> None:
    instance = next(i for i in world.instances if not i.has_dsp)
    with pytest.raises(MissingError, match="does not have dsp_impressions"):
        store.relation(instance.instance_id, "dsp_impressions", ["user_id"], START, END)


def test_an_empty_window_still_has_typed_columns(sandbox: Asker) -> None:
    relation = sandbox.table("conversions", ["combined_sales", "event_dt_utc"], END, START)
    rows = sandbox.db.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    assert [row[1] for row in rows] == ["DECIMAL(38,4)", "TIMESTAMP"]
    assert sandbox.db.execute(f"SELECT count(*) FROM {relation}").fetchone() == (0,)
