"""Running: windows, parameters, the clock, limits, cancelling, and a connection that is shut."""

import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from amc.sandbox.query import (
    CompileError,
    CompileRequest,
    QueryEngine,
    RunCancelledError,
    RunFailedError,
    RunTimedOutError,
)
from amc.sandbox.query.connection import Limits, locked_connection
from tests.sandbox.query.conftest import END, NOW, START, Events, Run

ENDLESS = """
WITH a AS (SELECT x.n AS n FROM v x, v y, v z, v w),
     b AS (SELECT a.n AS n, a2.n AS m FROM a, a a2)
SELECT SUM(n * m) AS s FROM b
"""


def endless() -> str:
    rows = ", ".join(f"({n})" for n in range(200))
    return ENDLESS.replace("WITH a AS", f"WITH v (n) AS (VALUES {rows}), a AS", 1)


def go(engine: QueryEngine, tmp_path: Path, sql: str, **options: Any) -> Any:
    compiled = engine.compile(CompileRequest("wf", sql))
    return engine.run(
        compiled, instance_id="i", start=START, end=END, parameters={}, now=NOW,
        out_dir=tmp_path / "out", **options,
    )  # fmt: skip


def test_the_window_is_half_open_and_reads_are_narrow(events: Events, run: Run) -> None:
    for at in (START - timedelta(seconds=1), START, END - timedelta(seconds=1), END):
        plain = at.replace(tzinfo=None)
        events.add("dsp_clicks", [{"click_dt_utc": plain, "clicks": 1, "user_id": "a"}])
    assert run("SELECT SUM(clicks) AS n FROM dsp_clicks").rows == [["2"]]
    source, columns, start, end = events.asked[-1]
    assert (source, start, end) == ("dsp_clicks", START, END)
    assert columns == ("clicks",)


def test_an_extended_window_reaches_further(events: Events, run: Run) -> None:
    events.add("dsp_clicks", [{"click_dt_utc": datetime(2026, 8, 20), "clicks": 1, "user_id": "a"}])  # noqa: DTZ001
    sql = (
        "SELECT SUM(a.clicks) AS n, MAX(BUILT_IN_PARAMETER('TIME_WINDOW_START')) AS s "
        "FROM TABLE(EXTEND_TIME_WINDOW('dsp_clicks', 'P14D', 'P1D')) a"
    )
    assert run(sql).rows == [["1", "2026-09-01T00:00:00.000Z"]]
    assert events.asked[-1][2:] == (START - timedelta(days=14), END + timedelta(days=1))


def test_now_is_the_clock_of_the_caller(run: Run) -> None:
    sql = "SELECT CURRENT_DATE AS d, CAST('now' AS TIMESTAMP) AS t, CAST('today' AS DATE) AS e"
    assert run(sql).rows == [["2026-10-05", "2026-10-05T12:30:00.000Z", "2026-10-05"]]


DECLARED = [
    {"name": "names", "dataType": {"type": "ARRAY", "elementDataType": "STRING"}},
    {"name": "least", "dataType": "INTEGER", "defaultValue": "2"},
]
FILTERED = """
WITH v (name, n) AS (VALUES ('a', 1), ('b', 2), ('c', 3))
SELECT name FROM v
WHERE n >= CUSTOM_PARAMETER('least')
  AND (CARDINALITY(CUSTOM_PARAMETER('names')) = 0
       OR ARRAY_CONTAINS(CUSTOM_PARAMETER('names'), name))
"""


def test_parameters_are_typed_and_have_defaults(run: Run) -> None:
    def names(values: dict[str, Any]) -> set[str]:
        return {row[0] for row in run(FILTERED, values, input_parameters=DECLARED).rows}

    assert names({"names": []}) == {"b", "c"}
    assert names({"names": ["a", "c"]}) == {"c"}
    assert names({"names": ["it's", "'; DROP TABLE v; --"]}) == set()
    assert names({"names": [], "least": "3"}) == {"c"}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "No value was given for parameter names"),
        ({"names": "a"}, "The value of parameter names is not of type ARRAY[STRING]."),
        ({"names": [], "least": "two"}, "The value of parameter least is not of type INTEGER."),
        ({"names": [], "other": 1}, "Parameter other is not declared"),
    ],
)
def test_wrong_parameter_values_are_rejected(run: Run, values: Any, words: str) -> None:
    with pytest.raises(CompileError) as caught:
        run(FILTERED, values, input_parameters=DECLARED)
    assert words in caught.value.cause


def test_a_running_query_can_be_cancelled(engine: QueryEngine, tmp_path: Path) -> None:
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    started = time.monotonic()
    with pytest.raises(RunCancelledError):
        go(engine, tmp_path, endless(), cancel_event=cancel)
    assert time.monotonic() - started < 20
    assert not list((tmp_path / "out").iterdir())


def test_a_query_that_takes_too_long_is_stopped(engine: QueryEngine, tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(RunTimedOutError, match=r"longer than 0\.3 seconds"):
        go(engine, tmp_path, endless(), timeout_s=0.3)
    assert time.monotonic() - started < 20


def test_a_query_that_was_cancelled_before_never_starts(
    engine: QueryEngine, tmp_path: Path
) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(RunCancelledError):
        go(engine, tmp_path, endless(), cancel_event=cancel)


def test_too_much_memory_is_one_clear_failure(events: Events, tmp_path: Path) -> None:
    small = QueryEngine(events.catalog, events.relation, memory_limit="16MB")
    rows = ", ".join(f"({n})" for n in range(400))
    sql = (
        f"WITH v (n) AS (VALUES {rows}) SELECT ARRAY_SORT(COLLECT(UUID())) AS ids "
        "FROM v x, v y, v z"
    )
    with pytest.raises(RunFailedError) as caught:
        go(small, tmp_path, sql, timeout_s=60)
    assert caught.value.message == "The query needed more memory than is allowed."


def test_what_the_data_make_impossible_is_said(engine: QueryEngine, tmp_path: Path) -> None:
    sql = "WITH v (t) AS (VALUES (9223372036854775807)) SELECT t * 2 AS n FROM v"
    with pytest.raises(RunFailedError) as caught:
        go(engine, tmp_path, sql)
    assert caught.value.message.startswith("Workflow execution failed: Out of Range Error")


def test_events_that_cannot_be_read_end_in_one_text(catalog: Any, tmp_path: Path) -> None:
    def broken(*_: Any) -> str:
        return "read_parquet('/nowhere/at/all.parquet')"

    engine = QueryEngine(catalog, broken)
    with pytest.raises(RunFailedError) as caught:
        go(engine, tmp_path, "SELECT SUM(clicks) AS n FROM dsp_clicks")
    assert caught.value.message == "Workflow execution failed with an internal error."


def test_a_connection_reads_its_folders_and_nothing_else(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    for folder in (mine, other):
        folder.mkdir()
        (folder / "t.csv").write_text("a\n1\n")
    connection = locked_connection(Limits(folders=(mine,)))
    assert connection.execute(f"SELECT a FROM '{mine}/t.csv'").fetchall() == [(1,)]
    with pytest.raises(duckdb.PermissionException):
        connection.execute(f"SELECT a FROM '{other}/t.csv'")
    with pytest.raises(duckdb.Error):
        connection.execute("SET enable_external_access = true")
    connection.close()


def test_two_runs_at_once_do_not_meet(engine: QueryEngine, events: Events, tmp_path: Path) -> None:
    events.add("dsp_clicks", [{"clicks": 1, "user_id": f"u{n}"} for n in range(50)])
    found: list[str] = []

    def one(number: int) -> None:
        compiled = engine.compile(
            CompileRequest("wf", f"SELECT SUM(clicks) + {number} AS n FROM dsp_clicks")
        )
        outcome = engine.run(
            compiled, instance_id="i", start=START, end=END, parameters={}, now=NOW,
            out_dir=tmp_path / str(number),
        )  # fmt: skip
        found.append(outcome.parts[0].read_text())

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [f"n\n{50 + number}\n" for number in range(4)]


def test_a_moment_with_an_offset_is_the_same_instant(events: Events, run: Run) -> None:
    sql = "SELECT CUSTOM_PARAMETER('t') AS t"
    declared = [{"name": "t", "dataType": "TIMESTAMP"}]
    ran = run(sql, {"t": "2026-09-01T04:00:00+02:00"}, input_parameters=declared)
    assert ran.rows == [["2026-09-01T02:00:00.000Z"]]


def test_a_text_is_planned_once_for_all_workflows(engine: QueryEngine) -> None:
    sql = "SELECT campaign, SUM(clicks) AS n FROM dsp_clicks GROUP BY 1"
    first = engine.compile(CompileRequest("one", sql))
    other = engine.compile(CompileRequest("other", sql))
    assert other.tree is first.tree
    assert (first.workflow_id, other.workflow_id) == ("one", "other")
    merged = CompileRequest("one", sql, filtered_metrics_discriminator_column="f")
    assert engine.compile(merged).tree is not first.tree
    for number in range(100):
        engine.compile(CompileRequest("wf", f"SELECT {number} AS n"))
    assert engine.compile(CompileRequest("one", sql)).tree is not first.tree
