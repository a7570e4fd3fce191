"""Limits to brands and sets: what is out of reach is as if it did not exist."""

import inspect
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from amc.auth.roles import Grants
from amc.container import Services
from amc.db.models import Instance, Schedule
from amc.errors import AccessDeniedError, AmcError, MissingError
from amc.services.executions import RunRequest
from amc.services.schedules import ScheduleDraft
from amc.services.scope import Scope
from amc.timing.window import Window
from tests.conftest import NOW

OWN, FOREIGN, MISSING = "amcone", "amctwo", "amcnone"
SQL = "SELECT campaign, SUM(impressions) AS i FROM dsp_impressions GROUP BY campaign"
WINDOW = Window.parse("2026-09-01", "2026-10-01", "UTC")
LIMITED = Scope(Grants(brands=frozenset({"Nova"}), limited=True))
NOUNS = ("instances", "capabilities", "executions", "results", "schedules", "mappings")
THINGS = {
    "instance_id", "instance_ids", "execution_id", "execution_ids", "schedule_id",
    "fleet_run_id", "request", "draft",
}  # fmt: skip
# Asked by processes that act for nobody in particular, or handed rows that were asked for before.
INNER = {
    "executions.insert",
    "instances.refresh_old",
    "mappings.note_seen",
    "schedules.fire_due",
}


def draft(name: str, *instances: str, instance_set: str = "") -> ScheduleDraft:
    return ScheduleDraft(
        name=name, cron="0 8 * * *", zone="UTC", window_rule="last-7-days", sql=SQL,
        instance_ids=instances, instance_set=instance_set,
    )  # fmt: skip


def request(*instances: str, instance_set: str = "") -> RunRequest:
    return RunRequest(window=WINDOW, sql=SQL, instance_ids=instances, instance_set=instance_set)


class Fleet:
    """A run and a schedule on each of two instances; ids that were never made beside them."""

    def __init__(self, built: Services) -> None:
        self.ids: dict[str, dict[str, Any]] = {}
        for instance in (OWN, FOREIGN):
            run = built.executions.submit(request(instance), "root")
            made = built.schedules.create("root", draft(f"On {instance}", instance))
            self.ids[instance] = {
                "instance_id": instance,
                "execution_id": run.executions[0].id,
                "fleet_run_id": run.id,
                "schedule_id": made.id,
                "request": request(instance),
                "draft": draft("New", instance),
            }
        self.ids[MISSING] = {
            "instance_id": MISSING,
            "execution_id": "ex_0000000000000000",
            "fleet_run_id": "fr_0000000000000000",
            "schedule_id": "sc_0000000000000000",
            "request": request(MISSING),
            "draft": draft("New", MISSING),
        }
        for one in self.ids.values():
            one["instance_ids"] = [one["instance_id"]]
            one["execution_ids"] = [one["execution_id"]]

    def arguments(self, method: Callable[..., Any], whose: str, tmp: Any) -> dict[str, Any]:
        usual: dict[str, Any] = {
            "actor": "ann", "version": 1, "form": "csv", "out": tmp / "x.csv",
            "with_instance": False, "recipe": {"kind": "table"},
            "start": NOW - timedelta(days=3), "end": NOW,
        }  # fmt: skip
        found = {}
        for name, parameter in inspect.signature(method).parameters.items():
            if name in self.ids[whose]:
                found[name] = self.ids[whose][name]
            elif parameter.default is inspect.Parameter.empty:
                found[name] = usual[name]
        return found


def taking_things(built: Services) -> list[str]:
    """Every public method that takes an instance, an execution, a run or a schedule."""
    return sorted(
        f"{noun}.{name}"
        for noun in NOUNS
        for name, member in inspect.getmembers(getattr(built, noun), callable)
        if not name.startswith("_")
        and THINGS & set(inspect.signature(member).parameters)
        and f"{noun}.{name}" not in INNER
    )


def outcome(call: Callable[..., Any], arguments: dict[str, Any]) -> tuple[str, str]:
    try:
        call(**arguments)
    except AmcError as error:
        return type(error).__name__, error.message
    return "done", ""


def test_every_method_treats_foreign_things_like_missing_ones(
    built: Services, tmp_path: Any
) -> None:
    fleet = Fleet(built)
    paths = taking_things(built)
    assert len(paths) > 30
    for path in paths:
        noun, _, name = path.partition(".")
        service = getattr(built, noun).within(LIMITED)
        method = getattr(service, name)
        foreign, missing = (
            outcome(method, fleet.arguments(method, whose, tmp_path))
            for whose in (FOREIGN, MISSING)
        )
        assert foreign[0] == missing[0], path
        named = {k: v for k, v in fleet.ids[FOREIGN].items() if isinstance(v, str)}
        shown = foreign[1]
        for key, value in named.items():
            shown = shown.replace(value, fleet.ids[MISSING][key])
        assert shown == missing[1], path
        if path != "mappings.seen_on":  # an unknown instance has simply held nothing
            assert foreign[0] == "MissingError", path


def test_what_is_ones_own_is_reached(built: Services, tmp_path: Any) -> None:
    fleet = Fleet(built)
    for path in taking_things(built):
        noun, _, name = path.partition(".")
        if name in ("remove", "update", "create", "submit"):
            continue
        method = getattr(getattr(built, noun).within(LIMITED), name)
        kind, said = outcome(method, fleet.arguments(method, OWN, tmp_path))
        if noun == "results":
            assert "has no result" in said, path
        elif kind != "done":
            # Nothing is connected here: what asks Amazon ends there, not before.
            assert "connection serves" in said or "Too late" in said, (path, said)


def test_lists_hold_only_what_is_in_reach(built: Services) -> None:
    Fleet(built)
    built.instances.save_set("root", "All", members=[OWN, FOREIGN])
    built.instances.save_set("root", "Theirs", members=[FOREIGN])
    instances = built.instances.within(LIMITED)
    assert [i.instance_id for i in instances.all()] == [OWN]
    assert {s.name: s.members for s in instances.sets()} == {"All": [OWN]}
    assert [k.view.instance_id for k in instances.known()] == [OWN]
    assert instances.rule_members({"type": "STANDARD"}) == [OWN]
    executions = built.executions.within(LIMITED)
    rows, total = executions.page()
    assert ([r.instance_id for r in rows], total) == ([OWN], 1)
    assert executions.counts().total("QUEUED") == 1
    schedules = built.schedules.within(LIMITED)
    assert [s.name for s in schedules.all()] == [f"On {OWN}"]
    assert [s.name for s in schedules.upcoming(48)] == [f"On {OWN}"]
    matrix = built.capabilities.within(LIMITED).matrix()
    assert {key[0] for key in matrix.cells} == {OWN}


def test_a_run_over_several_instances_shows_only_ones_own(built: Services) -> None:
    run = built.executions.submit(request(OWN, FOREIGN), "root")
    seen = built.executions.within(LIMITED).fleet_run(run.id)
    assert [e.instance_id for e in seen.executions] == [OWN]


def test_a_schedule_that_reaches_further_is_not_theirs(built: Services) -> None:
    built.schedules.create("root", draft("Both", OWN, FOREIGN))
    assert built.schedules.within(LIMITED).all() == []


def test_rights_by_a_set_follow_the_set(built: Services) -> None:
    by_set = Scope(Grants(sets=frozenset({"Mine"}), limited=True))
    assert built.instances.within(by_set).all() == []
    built.instances.save_set("root", "Mine", members=[FOREIGN])
    assert [i.instance_id for i in built.instances.within(by_set).all()] == [FOREIGN]
    built.instances.save_set("root", "Mine", rule={"brand": "Nova"})
    assert [i.instance_id for i in built.instances.within(by_set).all()] == [OWN]


def test_nobody_widens_the_own_rights(built: Services) -> None:
    mine = Scope(
        Grants(brands=frozenset({"Nova"}), sets=frozenset({"Mine", "Later"}), limited=True)
    )
    built.instances.save_set("root", "Mine", members=[OWN])
    built.instances.save_set("root", "All", members=[OWN, FOREIGN])
    limited = built.instances.within(mine)
    for attempt in (
        lambda: limited.save_set("ann", "Mine", rule={"type": "STANDARD"}),
        lambda: limited.save_set("ann", "Later", rule={"type": "STANDARD"}),
        lambda: limited.save_set("ann", "All", members=[OWN]),
        lambda: limited.remove_set("ann", "Mine"),
        lambda: limited.edit("ann", [OWN], brand="Lumen"),
        lambda: limited.sync("ann"),
        lambda: limited.look("ann"),
    ):
        with pytest.raises(AccessDeniedError):
            attempt()
    with pytest.raises(MissingError):
        limited.save_set("ann", "New", members=[FOREIGN])
    assert limited.save_set("ann", "New", members=[OWN]).members == [OWN]
    assert [i.instance_id for i in limited.all()] == [OWN]


def test_a_schedule_stops_when_its_owner_lost_the_right(built: Services, clock: Any) -> None:
    built.users.create("root", "ann", password="plum-otter-lantern-42", chosen_by_them=True)
    made = built.schedules.create("ann", draft("Daily", OWN))
    built.users.set_grants("root", "ann", Grants(brands=frozenset({"Lumen"}), limited=True))
    clock.advance(timedelta(days=1))
    built.schedules.fire_due()
    [slot] = built.schedules.history(made.id)
    assert slot.verdict == "failed"
    assert "rights of ann" in slot.reason
    assert built.executions.page()[1] == 0
    with built.database.read() as session:
        assert session.query(Schedule).one().broken == ""


def test_names_follow_brands_and_what_results_held(built: Services) -> None:
    for campaign, brand in (("1", "Nova"), ("2", "Lumen"), ("3", "Lumen"), ("4", "")):
        built.mappings.save("root", ad_product="dsp", campaign_id=campaign, name=f"C{campaign}",
                            brand=brand)  # fmt: skip
    with built.database.write() as session:
        built.mappings.note_seen(session, "ex_1", OWN, ["3", "9"])
        built.mappings.note_seen(session, "ex_2", FOREIGN, ["2", "8"])
    limited = built.mappings.within(LIMITED)
    assert {r.campaign_id for r in limited.page()[0]} == {"1", "3"}
    assert limited.page()[1] == 2
    assert set(limited.names_for(["1", "2", "3", "4"])) == {"1", "3"}
    assert [u.campaign_id for u in limited.unmapped()] == ["9"]
    assert limited.brands() == ["Nova"]
    assert "C2" not in "".join(limited.export())
    assert limited.remove("ann", [("dsp", "2")]) == 0
    with pytest.raises(MissingError):
        limited.save("ann", ad_product="dsp", campaign_id="2", name="Mine")
    with pytest.raises(MissingError):
        limited.save("ann", ad_product="dsp", campaign_id="77", name="Mine")
    assert limited.save("ann", ad_product="dsp", campaign_id="9", name="Seen").name == "Seen"
    with pytest.raises(AccessDeniedError):
        limited.edit_many("ann", [("dsp", "1")], brand="Lumen")
    assert limited.edit_many("ann", None, add_tags=["x"]) == 3
    report = limited.preview_import(b"ad_product,campaign_id,name\ndsp,2,Stolen\ndsp,1,Renamed\n")
    assert [(b.line, b.reason) for b in report.bad] == [(2, "the campaign is not among yours")]
    for attempt in (lambda: limited.apply_rules("ann"), lambda: limited.set_rules("ann", [])):
        with pytest.raises(AccessDeniedError):
            attempt()


def test_pages_and_downloads_get_narrowed_services(built: Services) -> None:
    from amc.ui.desk import Desk, guarded

    fleet = Fleet(built)
    built.users.create(
        "root", "ann", password="plum-otter-lantern-42", chosen_by_them=True,
        grants=Grants(brands=frozenset({"Nova"}), limited=True),
    )  # fmt: skip
    user = built.users.session(
        built.users.claim(built.users.sign_in("ann", "plum-otter-lantern-42", "10.0.0.1"))
    )
    assert user is not None
    assert [i.instance_id for i in Desk(built, user).instances.all()] == [OWN]
    with pytest.raises(MissingError):
        guarded(built, "results", user).download(fleet.ids[FOREIGN]["execution_id"], "csv")
    with pytest.raises(AccessDeniedError):
        guarded(built, "instances", user).within(Scope())


def test_a_gone_instance_stays_in_its_brand(built: Services) -> None:
    with built.database.write() as session:
        session.query(Instance).filter_by(instance_id=OWN).one().gone_at = NOW
    assert [i.instance_id for i in built.instances.within(LIMITED).all(with_gone=True)] == [OWN]
