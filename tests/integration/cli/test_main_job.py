"""The main job by command line, against the real local AMC over HTTP."""

import csv
import json
from pathlib import Path

import openpyxl
import pytest
import requests

from amc.ids import is_public
from tests.worlds import World, until

INSTANCE, OTHER = "amchnfozgta", "amcfo8abayq"
WINDOW = ("--start", "2026-09-01", "--end", "2026-10-01")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_sync_lists_58_instances_in_two_accounts_two_of_them_sandbox(world: World) -> None:
    found = world.json("instances", "sync")["instances"]
    assert len(found) == 58
    assert {i["account_id"] for i in found} == {"ENTITYEJZCBSCBH4HZ", "ENTITY277TBI8OBF435"}
    assert sorted(i["instance_id"] for i in found if i["type"] == "SANDBOX") == [OTHER, INSTANCE]
    assert {"instance_id", "name", "type", "account_id", "region", "marketplace_id"} <= set(
        found[0]
    )


def test_a_second_sync_finds_nothing_new(world: World) -> None:
    difference = world.json("instances", "sync")["difference"]
    assert (difference["new"], difference["gone"], difference["changed"]) == ([], [], {})


@pytest.mark.parametrize(
    "name",
    [
        "path-to-conversion",
        "new-to-brand-customers",
        "cart-abandonment",
        "cross-channel-performance",
        "attribution-model-comparison",
        "audience-overlap",
        "campaign-reach-frequency",
    ],
)
def test_every_template_gives_rows(world: World, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out.csv"
    done = world.json(
        "templates",
        "run",
        name,
        "--instance",
        INSTANCE,
        "--window",
        "last-30-days",
        "--wait",
        "--out",
        str(out),
    )
    (execution,) = done["executions"]
    assert execution["status"] == "READY"
    assert is_public(execution["id"], "ex")
    assert len(rows_of(out)) == execution["rows"] > 0


def test_three_instances_in_one_call_make_one_file(world: World, tmp_path: Path) -> None:
    known = world.json("instances", "list")["instances"]
    chosen = [INSTANCE, OTHER, next(i["instance_id"] for i in known if i["type"] == "STANDARD")]
    out = tmp_path / "out.csv"
    done = world.json(
        "templates",
        "run",
        "cross-channel-performance",
        *(word for i in chosen for word in ("--instance", i)),
        "--window",
        "last-30-days",
        "--wait",
        "--out",
        str(out),
    )
    assert [e["status"] for e in done["executions"]] == ["READY"] * 3
    rows = rows_of(out)
    assert next(iter(rows[0])) == "instance_id"
    assert {r["instance_id"] for r in rows} == set(chosen)


def test_sql_by_hand_runs_over_its_window_and_is_exported_in_every_form(
    world: World, tmp_path: Path, sql_file: Path
) -> None:
    out = tmp_path / "out.csv"
    done = world.json(
        "sql", "run", str(sql_file), "--instance", INSTANCE, *WINDOW, "--wait", "--out", str(out)
    )
    (execution,) = done["executions"]
    rows = rows_of(out)
    assert len(rows) == execution["rows"] > 0
    assert execution["window"] == {
        "start": "2026-09-01T00:00:00",
        "end": "2026-10-01T00:00:00",
        "zone": "UTC",
    }
    book = tmp_path / "out.xlsx"
    world.cli("executions", "download", execution["id"], "--out", str(book))
    sheet = openpyxl.load_workbook(book).worksheets[0]
    header, *cells = list(sheet.values)
    index = [str(h).lower() for h in header].index("campaign_id_string")
    assert {str(row[index]) for row in cells} == {r["campaign_id_string"] for r in rows}
    manifest = json.loads(world.cli("executions", "manifest", execution["id"]).stdout)
    assert manifest["author_sql"] == sql_file.read_text()
    assert "--" not in manifest["sent_sql"]
    assert manifest["amc_execution_id"]
    assert [s["state"] for s in manifest["states"]][-1] == "READY"


def test_what_is_sent_is_what_the_local_amc_got(world: World, sql_file: Path) -> None:
    done = world.json("sql", "run", str(sql_file), "--instance", OTHER, *WINDOW, "--wait")
    manifest = json.loads(world.cli("executions", "manifest", done["executions"][0]["id"]).stdout)
    accepted = [t for t in world.truth() if t["execution_id"] == manifest["amc_execution_id"]]
    assert len(accepted) == 1
    # Nothing of ours but the workflow id that we minted goes out.
    body = json.dumps(accepted[0])
    assert done["executions"][0]["id"] not in body
    assert done["fleet_run"] not in body


def test_a_parameter_arrives_byte_for_byte(world: World, tmp_path: Path) -> None:
    path = tmp_path / "p.sql"
    path.write_text(
        "WITH v (x) AS (VALUES ({{ words }}))\n"
        "SELECT v.x AS a, CUSTOM_PARAMETER('name') AS b, COUNT(impressions) AS n\n"
        "FROM dsp_impressions CROSS JOIN v GROUP BY 1, 2"
    )
    hostile = """O'Brien & "Söhne" -- 50 %; $5 {{ x }} /* \\ */"""
    out = tmp_path / "out.csv"
    world.cli(
        "sql",
        "run",
        str(path),
        "--instance",
        INSTANCE,
        *WINDOW,
        "--wait",
        "--out",
        str(out),
        "--param",
        f"words={hostile}",
        "--param",
        f"name={hostile}",
    )
    (row,) = rows_of(out)
    assert (row["a"], row["b"]) == (hostile, hostile)


def test_what_amazon_refuses_ends_with_1_and_its_reason(world: World, tmp_path: Path) -> None:
    path = tmp_path / "refused.sql"
    path.write_text("SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY campaign")
    # Right by every rule we know: what AMC refuses all the same must arrive with its own words.
    reason = "Query rejected: it reads rows that this instance may not read"
    requests.post(
        f"{world.url}/_local/faults",
        json={"kind": "reject_execution", "reason": reason, "count": 1, "instance": INSTANCE},
        timeout=10,
    ).raise_for_status()
    out = tmp_path / "refused.csv"
    done = world.cli(
        "sql",
        "run",
        str(path),
        "--instance",
        INSTANCE,
        *WINDOW,
        "--wait",
        "--out",
        str(out),
        "--json",
        check=False,
    )
    assert done.returncode == 1
    (execution,) = json.loads(done.stdout)["executions"]
    assert execution["status"] == "REJECTED"
    assert execution["reason"] == reason
    assert reason in done.stderr
    assert not out.exists()


def test_next_slots_are_mondays_at_eight_over_the_clock_change(world: World) -> None:
    found = world.json(
        "schedules",
        "next",
        "0 8 * * 1",
        "--zone",
        "America/New_York",
        "--from",
        "2026-03-05T00:00:00Z",
        "--count",
        "6",
    )["slots"]
    # New York springs forward on 8 March 2026: from -05:00 to -04:00.
    assert [s["slot_at"] for s in found] == [
        "2026-03-09T12:00:00Z",
        "2026-03-16T12:00:00Z",
        "2026-03-23T12:00:00Z",
        "2026-03-30T12:00:00Z",
        "2026-04-06T12:00:00Z",
        "2026-04-13T12:00:00Z",
    ]
    assert {s["local"][11:] for s in found} == {"08:00:00-04:00"}


def test_doctor_finds_everything_fine(world: World) -> None:
    checks = world.json("doctor")["checks"]
    assert {c["verdict"] for c in checks} == {"fine"}, checks


def test_right_after_a_plain_sync_a_template_fits_itself_to_each_instance(
    tmp_path: Path,
) -> None:
    fresh = World(tmp_path)
    out = tmp_path / "out.csv"
    chosen = [INSTANCE, "amcbiluvlik", OTHER]
    try:
        fresh.start_sandbox()
        synced = fresh.json("instances", "sync")
        assert synced["difference"]["unasked"] == {}
        fresh.start_scheduler()
        done = fresh.json(
            "templates",
            "run",
            "path-to-conversion",
            *(word for i in chosen for word in ("--instance", i)),
            "--window",
            "last-30-days",
            "--wait",
            "--out",
            str(out),
        )
    finally:
        fresh.stop()
    assert {e["instance_id"]: e["status"] for e in done["executions"]} == dict.fromkeys(
        chosen, "READY"
    )
    assert {r["instance_id"] for r in rows_of(out)} == set(chosen)


def test_one_instance_is_shown_tested_and_told_what_it_can_run(world: World) -> None:
    shown = world.json("instances", "show", INSTANCE, "--refresh")["instance"]
    assert shown["instance_id"] == INSTANCE
    assert shown["advertisers"]
    assert "dsp_impressions" in shown["data_sources"]
    tested = world.json("instances", "test", INSTANCE, OTHER)["tests"]
    assert {t["state"] for t in tested} == {"ok"}
    fault = {"kind": "terms_not_accepted", "count": 1, "instance": OTHER}
    requests.post(f"{world.url}/_local/faults", json=fault, timeout=10).raise_for_status()
    done = world.cli("instances", "test", OTHER, "--json", check=False)
    assert done.returncode == 1
    (verdict,) = json.loads(done.stdout)["tests"]
    assert verdict["state"] == "terms"
    assert "Accept Amazon's terms" in verdict["to_do"]
    assert world.json("instances", "test", OTHER)["tests"][0]["state"] == "ok"
    cells = world.json("instances", "capabilities", "--instance", "amcbiluvlik", "--cannot")
    assert all(c["reason"] for c in cells["capabilities"])
    assert world.json("instances", "capabilities", "--instance", INSTANCE, "--cannot") == {
        "capabilities": []
    }


def test_names_are_fetched_by_the_scheduler_and_counted_in_results(
    world: World, tmp_path: Path, sql_file: Path
) -> None:
    asked = world.json("mappings", "fetch", "--background")["names"]
    assert asked["parts"] >= 1
    with world.services() as built:
        until(
            lambda: not built.names.progress().running and built.names.progress().parts > 300,
            seconds=600,
            what="the end of fetching",
            every=1,
        )
        assert built.names.progress().failed == 0
    assert world.json("mappings", "list", "--limit", "5")["total"] > 700
    assert world.json("mappings", "asins", "--limit", "5")["total"] > 100
    done = world.json("sql", "run", str(sql_file), "--instance", INSTANCE, *WINDOW, "--wait")
    with world.services() as built:
        seen = built.mappings.seen_on(INSTANCE)
        named = built.mappings.names_for(seen)
        assert done["executions"][0]["status"] == "READY"
        assert seen
        assert len(named) >= len(seen) * 0.9
