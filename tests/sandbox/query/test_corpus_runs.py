"""The whole corpus on the local AMC's own events: checked, bound, sent, compiled and run."""

import csv
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amc.clock import FrozenClock
from amc.sandbox.events import EventStore
from amc.sandbox.query import CompileError, CompileRequest, QueryEngine
from amc.sandbox.world import Instance, World, load_world
from amc.sql.catalog import Catalog
from amc.sql.explain import explain
from amc.sql.parameters import Bound, prepare
from amc.sql.sent import sent_text
from tests.unit.sql.test_sql_corpus import ANALYTICS, CORPUS, PARAMETERS

AUDIENCES = [p for p in CORPUS if p not in ANALYTICS]
NOW = datetime(2026, 11, 20, tzinfo=UTC)
START, END = datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC)
# Where the synthetic events of that week hold nothing that the query asks for.
EMPTY = {
    *("asin_list_as_values", "asin_parameter_array", "campaign_groups_from_values"),
    *("brand_search_lift_by_week", "non_equi_join", "string_column_in_numeric_values"),
    *("iq_optional_campaign_filter_with_values", "string_id_against_numbers"),
    "segments_snapshot",
}
# No instance of the local AMC subscribes to these.
WITHOUT = {
    *("amazon_pvc_enrollments", "amazon_pvc_streaming_events_feed", "amazon_your_garage"),
    *("experian_vehicle_purchases", "ncs_cpg_insights_stream"),
    *("amazon_brand_store_page_views_non_endemic", "audience_segments_eu_inmarket_snapshot"),
}


@pytest.fixture(scope="module")
def world() -> World:
    return load_world("default")


@pytest.fixture(scope="module")
def local_amc(
    catalog: Catalog, world: World, tmp_path_factory: pytest.TempPathFactory
) -> QueryEngine:
    folder = tmp_path_factory.mktemp("events")
    store = EventStore(world, seed=7, cache_dir=folder, clock=FrozenClock(NOW))
    return QueryEngine(catalog, store.relation)


def sources_of(instance: Instance) -> frozenset[str]:
    return frozenset((*instance.sources, *instance.premium))


def read_by(sql: str, catalog: Catalog) -> frozenset[str]:
    tables = [catalog.table(name) for name in explain(sql, catalog).source_names]
    return frozenset(t.audience_of or t.name for t in tables if t is not None)


def where(world: World, read: frozenset[str]) -> Instance:
    """The first instance that has everything the query reads."""
    found = next((i for i in world.instances if read <= sources_of(i)), None)
    assert found is not None, f"no instance of the local AMC has all of {sorted(read)}"
    return found


def ready(path: Path, catalog: Catalog) -> Bound:
    sql = path.read_text(encoding="utf-8")
    used = {p.name for p in explain(sql, catalog).parameters}
    return prepare(sql, {k: v for k, v in PARAMETERS.items() if k in used}, catalog=catalog)


def request(bound: Bound, available: frozenset[str] | None, *, audience: bool) -> CompileRequest:
    return CompileRequest(
        "wf",
        sent_text(bound.author_sql).text,
        bound.declarations,
        available=available,
        sandbox=True,
        aggregation_controls=False,
        audience=audience,
    )


@pytest.mark.parametrize("path", ANALYTICS, ids=lambda p: p.stem)
def test_a_query_of_the_corpus_runs_on_the_local_amc(
    path: Path, local_amc: QueryEngine, world: World, catalog: Catalog, tmp_path: Path
) -> None:
    bound = ready(path, catalog)
    explained = explain(bound.author_sql, catalog)
    read = read_by(bound.author_sql, catalog)
    if read & WITHOUT:
        # Like AMC it says so, and it would run wherever the table is subscribed to.
        with pytest.raises(CompileError, match=min(read & WITHOUT)):
            local_amc.compile(request(bound, frozenset(), audience=False))
        assert local_amc.compile(request(bound, read, audience=False)).output_columns
        return
    instance = where(world, read)
    compiled = local_amc.compile(request(bound, sources_of(instance), audience=False))
    outcome = local_amc.run(
        compiled,
        instance_id=instance.instance_id,
        start=START,
        end=END,
        parameters=bound.parameter_values,
        now=NOW,
        out_dir=tmp_path,
        timeout_s=120,
    )
    with outcome.parts[0].open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, doublequote=True, escapechar="\\")
    assert [name.lower() for name in header] == [o.name for o in explained.output]
    assert bool(rows) != (path.stem in EMPTY)
    types = {o.name: o.type.partition("(")[0] for o in explained.output}
    for column in compiled.output_columns:
        told, found = types[column["name"].lower()], column["dataType"]
        whole = {told, str(found)} <= {"INTEGER", "LONG"}
        is_list = isinstance(found, dict) and told.startswith("ARRAY")
        assert told == found or is_list or whole, column


@pytest.mark.parametrize("path", AUDIENCES, ids=lambda p: p.stem)
def test_an_audience_query_compiles_as_one_and_as_nothing_else(
    path: Path, local_amc: QueryEngine, catalog: Catalog
) -> None:
    bound = ready(path, catalog)
    read = read_by(bound.author_sql, catalog)
    assert local_amc.compile(request(bound, read, audience=True)).output_columns
    with pytest.raises(CompileError):
        local_amc.compile(replace(request(bound, read, audience=False), sandbox=False))
