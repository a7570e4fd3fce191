"""The JSON that other programs rely on."""

import json
from pathlib import Path

from tests.integration.cli.shell import INSTANCE, ON, WINDOW, Shell

_EXECUTION = {
    "id", "instance_id", "account_id", "status", "amc_status", "rows", "reason", "window",
    "window_rule", "template", "title", "kind", "created_at", "created_by", "cause", "result",
}  # fmt: skip
_SCHEDULE = {
    "id", "name", "cron", "words", "zone", "window_rule", "template", "sql", "parameters",
    "instance_ids", "instance_set", "missed", "overlap", "enabled", "broken", "next_slot_at",
}  # fmt: skip


def test_the_json_of_what_only_looks(shell: Shell) -> None:
    instances = shell.json("instances", "list")["instances"]
    keys = {"instance_id", "name", "type", "account_id", "region", "marketplace_id", "tags"}
    assert len(instances) == 58
    assert all(keys <= set(i) for i in instances)
    (first, *_) = shell.json("instances", "sources", INSTANCE)["data_sources"]
    assert {"name", "columns", "available"} <= set(first)
    finding = shell.json("sql", "check", "column.sql", code=1)["findings"][0]
    assert set(finding) >= {
        "code", "severity", "message", "line", "column", "end_line", "end_column", "fix",
    }  # fmt: skip
    assert (finding["line"], finding["column"], finding["end_column"]) == (1, 8, 15)
    assert shell.json("sql", "check", "good.sql") == {"findings": []}
    explained = shell.json("sql", "explain", "good.sql")
    assert {"sources", "windows", "parameters", "output"} <= set(explained)
    assert {"name", "type", "threshold", "can_be_hidden"} <= set(explained["output"][0])
    assert shell.json("sql", "format", "good.sql")["sql"].startswith("SELECT")
    assert len(shell.json("templates", "list")["templates"]) >= 7
    (shown,) = shell.json("templates", "show", "audience-overlap")["templates"]
    assert {"name", "sql", "parameters", "output"} <= set(shown)
    assert shell.json("templates", "check") == {"problems": []}
    slots = shell.json(
        "schedules", "next", "0 8 * * 1", "--zone", "America/New_York", "--from",
        "2026-03-05T00:00:00Z", "--count", "2", "--window", "last-7-days",
    )["slots"]  # fmt: skip
    assert slots[0] == {
        "slot_at": "2026-03-09T12:00:00Z",
        "local": "2026-03-09T08:00:00-04:00",
        "window": {
            "start": "2026-02-28T00:00:00",
            "end": "2026-03-07T00:00:00",
            "zone": "America/New_York",
        },
    }
    assert shell.json("users", "list").keys() == {"users"}
    assert shell.json("mappings", "list").keys() == {"mappings", "total"}
    assert shell.json("mappings", "unmapped").keys() >= {"unmapped"}
    assert len(shell.json("connections", "list")["connections"]) == 1
    assert shell.json("connections", "test")["connections"][0]["verdict"] == "fine"
    assert shell.json("audit", "verify") == {"problems": []}
    assert set(shell.json("db", "upgrade")) == {"revision"}
    assert Path(shell.json("db", "backup")["file"]).is_file()
    error = shell.json("sql", "run", "column.sql", *ON, *WINDOW, code=1)
    assert {"error", "message", "hint", "findings"} <= set(error)


def test_the_json_of_executions_and_schedules(shell: Shell) -> None:
    made = shell.json("sql", "run", "good.sql", *ON, *WINDOW, "--out", "out.csv", "--wait")
    assert set(made) == {"fleet_run", "executions", "skipped"}
    (execution,) = made["executions"]
    assert set(execution) >= _EXECUTION
    key = execution["id"]
    assert (execution["status"], execution["amc_status"]) == ("READY", "SUCCEEDED")
    listed = shell.json("executions", "list", "--limit", "1")
    assert (listed["executions"][0]["id"], set(listed)) == (key, {"executions", "total"})
    assert set(shell.json("executions", "show", key)["executions"][0]) >= {"events", "sent_sql"}
    assert shell.json("executions", "wait", key)["executions"][0]["status"] == "READY"
    assert shell.json("executions", "download", key, "--out", "again.csv") == {
        "rows": execution["rows"],
        "file": "again.csv",
    }
    assert (shell.folder / "again.csv").read_bytes() == (shell.folder / "out.csv").read_bytes()
    manifest = json.loads(shell("executions", "manifest", key).out)
    assert manifest["execution"] == key
    late = shell("executions", "cancel", key)
    assert (late.code, "Too late" in late.err) == (2, True)

    name = "weekly, of the forms"
    (made_one,) = shell.json(
        "schedules", "add", name, "--cron", "0 8 * * 1", "--sql", "good.sql", *ON
    )["schedules"]
    assert set(made_one) >= _SCHEDULE
    try:
        again = shell("schedules", "add", name, "--cron", "0 9 * * 1", "--sql", "good.sql", *ON)
        assert (again.code, "already" in again.err) == (2, True)
        (paused,) = shell.json("schedules", "pause", name)["schedules"]
        assert (paused["enabled"], paused["next_slot_at"]) == (False, None)
        (resumed,) = shell.json("schedules", "resume", made_one["id"])["schedules"]
        assert resumed["enabled"] is True
        assert shell.json("schedules", "history", name) == {"slots": []}
        assert set(shell.json("schedules", "run-now", name)) == {"fleet_run"}
        span = ("--from", "2026-10-01T00:00:00Z", "--to", "2026-10-15T00:00:00Z")
        assert len(shell.json("schedules", "backfill", name, *span)["fleet_runs"]) == 2
        none = shell("schedules", "backfill", name, *span[:3], "2026-10-01T00:00:01Z")
        assert (none.code, "no slot" in none.err) == (2, True)
        assert name in {s["name"] for s in shell.json("schedules", "list")["schedules"]}
    finally:
        shell("schedules", "remove", name)
