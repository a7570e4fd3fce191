"""The catalog of data sources, and what an instance's own answer lays over it."""

import json
import subprocess
import sys
from pathlib import Path

import amc.sql.catalog as room
from amc.sql.catalog import AUDIENCE_SUFFIX, THRESHOLDS, load_catalog, read_yaml

FOLDER = Path(room.__file__).parent


def test_every_file_is_a_data_source_with_its_columns() -> None:
    catalog = load_catalog()
    for row in read_yaml():
        source = catalog.table(row["name"].upper())
        assert source is not None
        assert [c.name for c in source.columns.values()] == [c["name"] for c in row["columns"]]
        assert all(c.threshold in THRESHOLDS for c in source.columns.values())
        assert source.time_column is None or source.column(source.time_column)
        assert (source.kind == "DIMENSION") == (source.time_column is None)


def test_the_packed_form_says_what_the_files_say() -> None:
    packed = json.loads((FOLDER / "catalog.json").read_text(encoding="utf-8"))
    assert packed == read_yaml(), "run: python -m amc.sql.catalog"


def test_it_loads_fast() -> None:
    code = (
        "import time; from amc.sql.catalog import load_catalog; s = time.perf_counter();"
        "load_catalog(); print(time.perf_counter() - s)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(out.stdout) < 0.15


def test_a_column_says_what_it_is() -> None:
    source = load_catalog().table("DSP_Impressions")
    assert source is not None
    assert (source.kind, source.paid, source.time_column) == ("FACT", False, "impression_dt_utc")
    user, cost, ids = (
        source.column(n) for n in ("User_ID", "supply_cost", "user_behavior_segment_ids")
    )
    assert user is not None
    assert user.threshold == "VERY_HIGH"
    assert cost is not None
    assert (cost.unit, cost.role) == ("microcents", "METRIC")
    assert ids is not None
    assert str(ids.type) == "ARRAY[INTEGER]"
    assert source.column("nope") is None


def test_audience_twins_are_tables_of_their_own() -> None:
    catalog = load_catalog()
    twin = catalog.table("dsp_impressions" + AUDIENCE_SUFFIX)
    assert twin is not None
    assert twin.audience_of == "dsp_impressions"
    assert twin.column("user_id")
    assert twin.column("user_behavior_segment_ids") is None
    for other in (
        "amazon_retail_purchase_for_audiences",
        "amazon_brand_store_page_views_for_audiences_non_endemic",
    ):
        assert catalog.table(other) is not None
    assert catalog.table("ncs_cpg_insights_stream_for_audiences") is None


def test_an_instances_answer_is_laid_over() -> None:
    catalog = load_catalog().for_instance(
        [
            {
                "dataSourceId": "dsp_impressions",
                "columns": [
                    {"name": "campaign", "columnType": "DIMENSION"},
                    {
                        "name": "brand_new",
                        "dataType": "LONG",
                        "columnType": "METRIC",
                        "sensitivity": "LOW",
                    },
                    {"name": "bid_price", "sensitivity": "HIGH"},
                ],
            },
            {
                "dataSourceId": "My_Upload",
                "owner": "CUSTOMER",
                "columns": [
                    {"name": "score", "dataType": "DOUBLE", "columnType": "METRIC"},
                    {"name": "tags", "dataType": {"type": "ARRAY", "elementDataType": "STRING"}},
                ],
            },
            {"columns": []},
        ]
    )
    known, own, absent = (
        catalog.table(n) for n in ("dsp_impressions", "my_upload", "conversions_all")
    )
    assert known is not None
    assert known.available
    assert known.columns["brand_new"].threshold == "LOW"
    assert known.columns["bid_price"].threshold == "HIGH"
    assert known.columns["campaign"].threshold == "LOW"  # kept: the answer did not say
    assert own is not None
    assert own.available
    assert not own.known
    assert str(own.columns["tags"].type) == "ARRAY[STRING]"
    assert absent is not None
    assert not absent.available
    twin = catalog.table("dsp_impressions_for_audiences")
    assert twin is not None
    assert twin.available
    assert load_catalog().table("conversions_all").available  # type: ignore[union-attr]
