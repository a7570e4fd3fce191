from datetime import timedelta
from pathlib import Path

from amc.db.models import Schedule
from amc.ui import keys
from tests.pages.conftest import Browser
from tests.pages.world import HOSTILE, add_executions, add_instances, add_result, add_schedule


def numbers(browser: Browser) -> dict[str, str]:
    return {m.label: m.value for m in browser.open().metric}


def test_a_new_installation_says_what_to_do_first(browser: Browser) -> None:
    browser.sign_in("admin")
    at = browser.open()
    assert "connect an Amazon login" in at.info[-1].value
    assert {m.value for m in at.metric} == {"0"}
    assert not at.exception


def test_the_fleet_counts_what_runs_failed_is_ready_and_due(
    browser: Browser, tmp_path: Path
) -> None:
    browser.sign_in("analyst", "ann")
    services = browser.services
    instances = add_instances(services)
    states = ["QUEUED", "RUNNING", "FAILED", "REJECTED", "READY"]
    made = add_executions(services, instances, states)
    add_result(services, made[-1], tmp_path / "r", [("1", 2)])
    add_schedule(services, instances)
    assert numbers(browser) == {
        "Instances": "3",
        "Running now": "2",
        "Ready, last 24 h": "1",
        "Failed or rejected, 24 h": "2",
        "Due, next 24 h": str(len(services.schedules.upcoming(24))),
    }


def test_failed_runs_stand_there_with_their_reason_and_instances_with_their_latest_result(
    browser: Browser, tmp_path: Path
) -> None:
    browser.sign_in("viewer")
    services = browser.services
    instances = add_instances(services)
    made = add_executions(services, instances, ["FAILED", "READY"])
    add_result(services, made[1], tmp_path / "r", [("1", 2)])
    at = browser.open()
    assert not at.exception
    assert list(at.dataframe(key=keys.FLEET_FAILED).value["Reason"]) == ["Amazon's own words"]
    latest = at.dataframe(key=keys.FLEET_INSTANCES).value
    assert sorted(latest["Latest result"]) == ["just now", "none yet", "none yet"]


def test_every_page_tells_which_schedules_will_fail_and_what_to_do(browser: Browser) -> None:
    browser.sign_in("analyst", "ann")
    instances = add_instances(browser.services)
    now = browser.services.clock.now()
    made = add_schedule(browser.services, instances, name=HOSTILE)
    with browser.services.database.write() as session:
        row = session.query(Schedule).filter_by(public_id=made.id).one()
        row.next_slot_at = now + timedelta(hours=3)
    for page in ("fleet", "mappings", "schedules"):
        at = browser.open(page)
        assert not at.exception
        labels = [e.label for e in at.expander]
        assert "1 schedule will fail in the next 24 hours if nothing is done" in labels, page
        told = " ".join(m.value for m in at.markdown)
        assert "No Amazon login serves Account 1." in told
        assert "Reconnect the Amazon login" in told
    browser.services.schedules.pause("ann", made.id)
    assert not [e for e in browser.open().expander if "will fail" in e.label]
