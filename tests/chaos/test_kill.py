"""Killed processes and lost answers: nothing lost, nothing twice, nothing half-stored."""

from tests.chaos.dying_scheduler import AT_COMMITS, POINTS
from tests.chaos.site import PATIENCE_S, POST, Site
from tests.worlds import until


def test_a_scheduler_killed_in_the_middle_loses_and_doubles_nothing(still_site: Site) -> None:
    site = still_site
    site.submit(10)
    for accepted in (2, 5):
        scheduler = site.scheduler()
        until(
            lambda n=accepted: len(site.accepted()) >= n,
            PATIENCE_S,
            what="some submissions",
            every=0.02,
        )
        site.kill(scheduler)
    site.scheduler()
    site.judge()
    assert len(site.accepted()) == 10


def test_death_at_every_point_between_two_durable_steps(still_site: Site) -> None:
    site = still_site
    # Each takes a start of a process: on PostgreSQL those where the database's part differs.
    for point in POINTS if site.built.database.is_sqlite else AT_COMMITS:
        site.submit(2)
        site.dying_scheduler(point)
    site.scheduler()
    site.judge()


def test_killed_while_the_answer_is_on_its_way(still_site: Site) -> None:
    site = still_site
    site.fault("lost_answer", route=POST, seconds=20, count=2)
    site.submit(2)
    scheduler = site.scheduler()
    until(lambda: len(site.accepted()) == 2, PATIENCE_S, "two accepted", every=0.05)
    site.kill(scheduler)
    assert {e.status for e in site.views()} == {"SUBMITTING"}
    site.scheduler()
    site.judge()


def test_killed_in_the_middle_of_a_download_that_outlasts_its_lease(still_site: Site) -> None:
    site = still_site
    site.fault("slow_download", bytes_per_s=60)
    site.submit(2)
    scheduler = site.scheduler()
    until(lambda: site.in_state("DOWNLOADING"), PATIENCE_S, "a download", every=0.05)
    site.kill(scheduler)
    assert not site.in_state("READY", "FAILED")
    # Now it may take its slow time, longer than a lease, and nobody begins it anew.
    site.scheduler()
    site.judge()
    for view in site.views():
        events = site.built.executions.detail(view.id).events
        assert [e.state for e in events].count("DOWNLOADING") == 1
        assert [e.state for e in events][-1] == "READY"


def test_two_schedulers_at_once_do_no_harm_and_one_goes_on_alone(still_site: Site) -> None:
    site = still_site
    first = site.scheduler()
    site.world.start_scheduler("second")
    site.submit(10)
    until(lambda: len(site.accepted()) >= 4, PATIENCE_S, "some submissions", every=0.02)
    site.kill(first)
    site.judge()
    assert len(site.accepted()) == 10
