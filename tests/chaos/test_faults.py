"""Amazon's side, the database and the clock misbehave; the judge is the local AMC's own log."""

import sqlite3
import threading

import requests
from sqlalchemy import text

from tests.chaos.site import PATIENCE_S, POST, Site
from tests.worlds import until


def _tokens(site: Site) -> int:
    answer = requests.get(f"{site.world.url}/_local/log/tokens", timeout=30)
    return len(answer.json()["tokens"])


STORM: tuple[dict[str, object], ...] = (
    {"kind": "throttle", "retry_after_s": 1},
    {"kind": "html", "status": 429},
    {"kind": "gateway_timeout", "route": POST},
    {"kind": "server_error", "route": POST},
    {"kind": "not_json", "route": POST},
    {"kind": "timeout_before", "route": POST},
    {"kind": "torn_download"},
    {"kind": "link_expired"},
)


def test_a_storm_passes_and_nothing_is_sent_twice(site: Site) -> None:
    for number, fault in enumerate(STORM):
        site.fault(rate=0.4, count=3, max_in_row=2, seed=number, **fault)  # type: ignore[arg-type]
    site.submit(10)
    site.scheduler()
    site.judge()
    assert len(site.accepted()) == 10


def test_a_lost_answer_is_found_in_the_list_and_not_sent_again(site: Site) -> None:
    site.fault("lost_answer", route=POST, count=2)
    site.submit(3)
    site.scheduler()
    site.judge()
    assert len(site.accepted()) == 3


def test_tokens_that_end_in_the_middle_are_renewed_once_each(site: Site) -> None:
    before = _tokens(site)
    site.fault("token_expired", count=1, skip=4)
    site.fault("token_expired", count=1, skip=20)
    site.submit(6)
    site.scheduler()
    site.judge()
    assert 1 <= _tokens(site) - before <= 2


def test_the_local_amc_dies_and_comes_back(site: Site) -> None:
    site.submit(6)
    site.scheduler()
    until(lambda: len(site.accepted()) >= 3, PATIENCE_S, "some submissions", every=0.02)
    amc = site.world.processes[0]
    amc.kill()
    amc.wait()
    site.world.processes.remove(amc)
    threading.Event().wait(3)
    site.world.start_sandbox()
    # Where the site looks for it.
    site.world.processes.insert(0, site.world.processes.pop())
    site.judge()
    assert len(site.accepted()) == 6


def test_a_database_that_falters_is_waited_for(site: Site) -> None:
    """SQLite locked by a backup tool, PostgreSQL's connections cut as by its restart."""
    site.scheduler()
    site.submit(6)
    until(lambda: site.accepted(), PATIENCE_S, "a submission", every=0.02)
    if site.built.database.is_sqlite:
        _lock(site)
    else:
        _cut(site)
    site.judge()


def _lock(site: Site) -> None:
    other = sqlite3.connect(site.world.data_dir / "amc.db", isolation_level=None, timeout=30)
    other.execute("BEGIN IMMEDIATE")
    threading.Event().wait(8)
    # Readers go on meanwhile: a page never waits for a writer.
    assert len(site.views()) == 6
    other.execute("ROLLBACK")
    other.close()


def _cut(site: Site) -> None:
    for _ in range(3):
        with site.built.database.read() as session:
            session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        threading.Event().wait(1)


def test_a_clock_that_was_hours_ahead_sends_nothing_twice(site: Site) -> None:
    """The answer is lost while our clock is two hours ahead; then somebody sets it right."""
    site.fault("lost_answer", route=POST, count=2)
    site.stop_schedulers()
    site.submit(3)
    ahead = "2026-11-28T14:00:00Z@2026-11-28T12:00:00Z"
    site.world.extra["AMC_CLOCK"] = ahead
    try:
        scheduler = site.scheduler()
        until(lambda: len(site.accepted()) == 3, PATIENCE_S, "three accepted", every=0.02)
        site.kill(scheduler)
    finally:
        del site.world.extra["AMC_CLOCK"]
    site.scheduler()
    site.judge()
    assert len(site.accepted()) == 3


def test_a_cancel_is_asked_for_until_it_is_confirmed(site: Site) -> None:
    site.fault("stuck_running")
    site.fault("server_error", status=503, route="PUT *", count=2)
    site.fault("slow", route=POST, seconds=4, count=1)
    site.submit(2)
    site.scheduler()
    # One is cancelled while nobody knows Amazon's id yet, one while it runs.
    until(lambda: site.accepted(), PATIENCE_S, "a submission", every=0.02)
    until(lambda: site.in_state("RUNNING"), PATIENCE_S, "a running one", every=0.05)
    for view in site.views():
        site.built.executions.cancel(view.id, "t")
    site.wait()
    assert {e.status for e in site.views()} == {"CANCELLED"}
    assert {e.amc_status for e in site.views()} == {"CANCELLED"}
    assert {t["outcome"] for t in site.accepted()} == {"CANCELLED"}
