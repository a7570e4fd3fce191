"""Queries that never end and accounts that run much: cancelling, queueing, the account's limit."""

from pathlib import Path
from typing import Any

from amc.sandbox.world import load_world
from tests.sandbox.http.scenarios import EXPLICIT
from tests.sandbox.site import Site, eventually, serving

NUMBERS = ", ".join(f"({n})" for n in range(200))
ENDLESS = (
    f"WITH v (n) AS (VALUES {NUMBERS}), a AS (SELECT x.n AS n FROM v x, v y, v z, v w), "
    "b AS (SELECT a.n AS n, a2.n AS m FROM a, a a2) SELECT SUM(n * m) AS s FROM b"
)
QUICK = "WITH v (n) AS (VALUES (1), (2)) SELECT SUM(n) AS s FROM v"


def body(sql: str) -> dict[str, Any]:
    return {"workflow": {"sqlQuery": sql}, **EXPLICIT}


def computing(site: Site, execution_id: str) -> bool:
    live = site.sandbox.runner._live.get(execution_id)
    return live is not None and live.computing is not None and live.computing.running()


def test_a_cancel_frees_the_only_worker(tmp_path: Path) -> None:
    with serving(tmp_path, workers=1) as site:
        endless = site.run(body(ENDLESS), wait=False)["workflowExecutionId"]
        eventually(lambda: computing(site, endless), "the query to compute", 120)
        waiting = site.run(body(QUICK), wait=False)["workflowExecutionId"]
        path = f"/workflowExecutions/{endless}"
        assert site.report("PUT", path, json={"status": "CANCELLED"}).ok
        row = site.sandbox.executions.by_id
        eventually(lambda: row(waiting).status == "SUCCEEDED", "the next query to succeed", 120)
        assert row(endless).status == "CANCELLED"
        assert not list((tmp_path / "results").glob(f"{endless}/*.csv"))


def test_a_server_that_ends_stops_its_queries(tmp_path: Path) -> None:
    with serving(tmp_path, workers=1) as site:
        endless = site.run(body(ENDLESS), wait=False)["workflowExecutionId"]
        eventually(lambda: computing(site, endless), "the query to compute", 120)
    # The block has ended: so has the query, or the test would hang.
    assert site.sandbox.executions is not None


def test_two_hundred_run_in_an_account(tmp_path: Path) -> None:
    with serving(tmp_path, running_s=3600) as site:
        instances = [
            i.instance_id
            for i in load_world("default").accounts[0].instances
            if i.kind == "STANDARD"
        ]
        for number in range(205):
            site.run(body(QUICK), instances[number % 25], wait=False)
        eventually(
            lambda: site.local("GET", "/health")["live"] == {"RUNNING": 200, "PENDING": 5},
            "two hundred to run",
            240,
        )
