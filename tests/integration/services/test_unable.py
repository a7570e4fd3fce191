"""Instances of a run that cannot run it: named, and left out when that is asked for."""

from datetime import timedelta
from pathlib import Path

import pytest

from amc.auth.roles import Grants
from amc.clock import FrozenClock
from amc.container import Services, build_services
from amc.db.models import Instance
from amc.errors import SqlCheckError, UnableError
from amc.services.executions import RunRequest
from amc.services.schedules import ScheduleDraft
from amc.services.scope import Scope
from amc.settings import load_settings
from amc.timing.window import Window
from tests.unfit import CLOSED, LACKS, SET, SQL, add_fleet, columns


@pytest.fixture
def fleet(tmp_path: Path, clock: FrozenClock):
    services = build_services(load_settings(data_dir=tmp_path / "data"), clock=clock)
    add_fleet(services)
    yield services
    services.close()


def request(**changes: object) -> RunRequest:
    given = {"window": Window.parse("2026-09-01", "2026-10-01"), "instance_set": SET, "sql": SQL}
    return RunRequest(**(given | changes))  # type: ignore[arg-type]


def change(services: Services, instance_id: str, *sources: str) -> None:
    with services.database.write() as session:
        row = session.query(Instance).filter_by(instance_id=instance_id).one()
        row.sources, row.source_names = [columns(s) for s in sources], list(sources)


def test_sql_on_a_set_names_every_instance_that_cannot_run_it(fleet: Services) -> None:
    with pytest.raises(UnableError) as caught:
        fleet.executions.submit(request(), "ann")
    error = caught.value
    assert error.message.startswith("2 of 58 instances cannot run this: ")
    assert f"it has no 'dsp_impressions': {LACKS}" in error.message
    assert "Unauthorized request." in error.message
    assert CLOSED in error.message
    assert {e["instance_id"] for e in error.to_dict()["unable"]} == {LACKS, CLOSED}
    assert error.exit_code == 1
    assert fleet.executions.page()[1] == 0


def test_the_others_run_and_the_run_says_who_was_left_out(fleet: Services) -> None:
    run = fleet.executions.submit(request(leave_out=(LACKS, CLOSED)), "ann")
    assert len(run.executions) == 56
    assert {e.status for e in run.executions} == {"QUEUED"}
    assert {e.instance_id for e in run.left_out} == {LACKS, CLOSED}
    assert fleet.executions.fleet_run(run.id).left_out == run.left_out
    manifest = fleet.executions.manifest(run.executions[0].id)
    assert manifest["left_out"][0] == {
        "instance_id": LACKS, "reason": "it has no 'dsp_impressions'"
    }  # fmt: skip
    assert LACKS in str(fleet.audit.latest(1)[0].after)


def test_who_is_left_out_was_named_before(fleet: Services) -> None:
    # The page showed one; another became unable in the meantime: nothing goes out unseen.
    with pytest.raises(UnableError, match=f"1 of 57 .*{LACKS}"):
        fleet.executions.submit(request(leave_out=(CLOSED,)), "ann")
    # Who can run it is not left out, whatever the page said.
    run = fleet.executions.submit(request(leave_out=(LACKS, CLOSED, "amcfleet00")), "ann")
    assert len(run.executions) == 56


def test_when_nobody_is_left_nothing_is_sent(fleet: Services) -> None:
    with pytest.raises(UnableError, match="None of the 2 instances can run this"):
        fleet.executions.submit(
            request(instance_set="", instance_ids=(LACKS, CLOSED), leave_out=None), "ann"
        )
    assert fleet.executions.page()[1] == 0


def test_a_template_on_an_unfit_and_a_closed_instance_likewise(fleet: Services) -> None:
    wanted = request(
        sql="", template="campaign-reach-frequency", parameters={"ad_types": "dsp"},
        instance_set="", instance_ids=("amcfleet00", LACKS, CLOSED),
    )  # fmt: skip
    change(
        fleet, "amcfleet00", "dsp_impressions", "dsp_clicks", "conversions",
        "sponsored_ads_traffic", "amazon_attributed_events_by_traffic_time",
    )  # fmt: skip
    with pytest.raises(UnableError, match="2 of 3"):
        fleet.executions.submit(wanted, "ann")
    run = fleet.executions.submit(
        request(**{f: getattr(wanted, f) for f in ("sql", "template", "parameters",
                "instance_set", "instance_ids")}, leave_out=None), "ann",
    )  # fmt: skip
    assert [e.instance_id for e in run.executions] == ["amcfleet00"]


def test_an_error_of_the_text_itself_is_nobodys_reason(fleet: Services) -> None:
    wrong = SQL.replace("impressions)", "impresions)")
    with pytest.raises(SqlCheckError, match="impresions"):
        fleet.executions.submit(request(sql=wrong, leave_out=None), "ann")
    # LIMIT is refused on every instance that is no sandbox: not a thing that an instance lacks.
    with fleet.database.write() as session:
        session.query(Instance).filter_by(instance_id="amcfleet00").one().type = "SANDBOX"
    limited = request(sql=f"{SQL} LIMIT 5", instance_set="", leave_out=None,
                      instance_ids=("amcfleet00", "amcfleet01"))  # fmt: skip
    with pytest.raises(SqlCheckError, match="LIMIT"):
        fleet.executions.submit(limited, "ann")


def test_a_data_source_that_only_one_instance_has_is_the_others_lack(fleet: Services) -> None:
    change(fleet, "amcfleet00", "crm_upload")
    own = "SELECT campaign, COUNT(DISTINCT user_id) AS users FROM crm_upload GROUP BY 1"
    both = request(sql=own, instance_set="", instance_ids=("amcfleet00", "amcfleet01"))
    with pytest.raises(UnableError, match=r"1 of 2 .*crm_upload.*amcfleet01"):
        fleet.executions.submit(both, "ann")
    # Where nobody has it, the text is wrong.
    with pytest.raises(SqlCheckError, match="crm_upload"):
        fleet.executions.submit(
            request(sql=own, instance_set="", instance_ids=("amcfleet01", "amcfleet02")), "ann"
        )


def test_one_instance_alone_gets_the_finding_where_it_stands(fleet: Services) -> None:
    with pytest.raises(SqlCheckError) as caught:
        fleet.executions.submit(request(instance_set="", instance_ids=(LACKS,)), "ann")
    assert [f.code for f in caught.value.findings] == ["unavailable-table"]


def test_a_rerun_on_an_instance_that_closed_since_names_it(fleet: Services) -> None:
    run = fleet.executions.submit(request(instance_set="", instance_ids=("amcfleet00",)), "ann")
    with fleet.database.write() as session:
        session.query(Instance).filter_by(
            instance_id="amcfleet00"
        ).one().gone_at = fleet.clock.now()
    with pytest.raises(UnableError, match="gone at Amazon: amcfleet00"):
        fleet.executions.rerun(run.executions[0].id, "ann")


def test_a_schedule_of_sql_on_the_set_fires_on_the_56(fleet: Services, clock: FrozenClock) -> None:
    made = fleet.schedules.create(
        "ann",
        ScheduleDraft(name="Weekly", cron="0 8 * * 1", zone="UTC", sql=SQL,
                      window_rule="last-7-days", instance_set=SET),
    )  # fmt: skip
    assert made.next_slot_at is not None
    clock.set(made.next_slot_at + timedelta(minutes=1))
    fleet.schedules.fire_due()
    rows = fleet.executions.page(limit=100)[0]
    assert len(rows) == 58
    failed = {e.instance_id: e.reason for e in rows if e.status == "FAILED"}
    assert set(failed) == {LACKS, CLOSED}
    assert failed[LACKS].startswith(f"{LACKS} cannot run this: it has no 'dsp_impressions'")
    assert sum(e.status == "QUEUED" for e in rows) == 56


def test_a_schedule_run_at_once_leaves_them_out_as_its_slots_do(fleet: Services) -> None:
    made = fleet.schedules.create(
        "ann",
        ScheduleDraft(name="Weekly", cron="0 8 * * 1", zone="UTC", sql=SQL,
                      window_rule="last-7-days", instance_set=SET),
    )  # fmt: skip
    run = fleet.executions.fleet_run(fleet.schedules.run_now("ann", made.id))
    assert (len(run.executions), len(run.left_out)) == (56, 2)


def test_who_was_left_out_is_told_to_those_whose_rights_reach_them(fleet: Services) -> None:
    run = fleet.executions.submit(request(leave_out=None), "ann")
    with fleet.database.write() as session:
        session.query(Instance).filter_by(instance_id=LACKS).one().brand = "Nova"
        session.query(Instance).filter_by(instance_id="amcfleet00").one().brand = "Nova"
    limited = fleet.executions.within(Scope(Grants(brands=frozenset({"Nova"}), limited=True)))
    assert [e.instance_id for e in limited.fleet_run(run.id).left_out] == [LACKS]
    mine = limited.fleet_run(run.id).executions[0].id
    assert [e["instance_id"] for e in limited.manifest(mine)["left_out"]] == [LACKS]
