"""What arrives at Amazon is the preview; what it says of a place is told in the author's text."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from amc.services.executions import RunRequest
from amc.timing.window import Window
from tests.integration.cli.test_main_job import INSTANCE, WINDOW
from tests.worlds import World

# Comments, line breaks, a list that is bound into the text, and the fault behind all of them.
WRITTEN = """-- which campaigns
WITH wanted (name) AS (VALUES {{ names }} /* all of them */),
     seen AS (
    SELECT i.campaign, /* two
lines */ SUM(i.impressions) AS n
    FROM dsp_impressions i -- every one
    JOIN wanted w ON w.name = i.campaign
\tWHERE i.campaign IN ({{ names }}) AND i.device_type = {{ device }}
    GROUP BY 1
)
SELECT campaign, n AS shown FROM seen;
"""
VALUES: dict[str, Any] = {
    "names": [f"O'Brien's {n}" for n in range(2_000)],
    "device": "P'C\nin two lines",
}


def request(title: str) -> RunRequest:
    return RunRequest(
        window=Window.parse("2026-09-01", "2026-10-01"),
        instance_ids=(INSTANCE,),
        sql=WRITTEN,
        parameters=VALUES,
        title=title,
    )


def test_the_text_that_arrives_is_the_preview_byte_for_byte(world: World) -> None:
    with world.services() as built:
        preview = built.executions.prepare(request("as previewed")).targets[0].text
        run = built.executions.submit(request("as previewed"), "ann")
    done = world.json("executions", "wait", run.executions[0].id)["executions"][0]
    assert done["status"] == "READY", done
    (arrived,) = [t for t in world.truth() if t["execution_id"] == done["amc_execution_id"]]
    assert arrived["sql"].encode() == preview.sent_sql.encode()
    assert "\n" not in preview.sent_sql.replace("'P''C\nin two lines'", "")


@pytest.mark.parametrize("word", ["device_type", "shown", "GROUP", "w.name"])
def test_a_place_in_amazons_words_is_told_in_what_the_author_wrote(world: World, word: str) -> None:
    with world.services() as built:
        sent = built.executions.prepare(request("refused")).targets[0].text.sent_sql
    offset = sent.index(word)
    line, column = sent.count("\n", 0, offset) + 1, offset - sent.rfind("\n", 0, offset)
    words = (
        f"From line {line}, column {column} to line {line}, column {column + len(word) - 1}: "
        f"Column '{word}' not found in any table"
    )
    requests.post(
        f"{world.url}/_local/faults",
        json={"kind": "reject_execution", "reason": words, "count": 1, "instance": INSTANCE},
        timeout=10,
    ).raise_for_status()
    with world.services() as built:
        run = built.executions.submit(request("refused"), "ann")
    done = world.cli("executions", "wait", run.executions[0].id, "--json", check=False)
    (execution,) = json.loads(done.stdout)["executions"]
    assert execution["status"] == "REJECTED"
    assert execution["reason"] == words, "Amazon's words stay verbatim"
    at = WRITTEN.index(word)
    here = (WRITTEN.count("\n", 0, at) + 1, at - WRITTEN.rfind("\n", 0, at))
    assert execution["cause"]["place"] == {
        "line": here[0],
        "column": here[1],
        "end_line": here[0],
        "end_column": here[1] + len(word),
    }
    assert f"line {here[0]}, column {here[1]} to line" in execution["cause"]["told"]
    with world.services() as built:
        detail = built.executions.detail(execution["id"])
        assert detail.written_sql == WRITTEN
        again = built.executions.rerun(execution["id"], "ann")
        assert built.executions.detail(again.executions[0].id).sent_sql == sent
        built.executions.cancel(again.executions[0].id, "ann")


def test_a_place_is_told_on_the_command_line(world: World, tmp_path: Path) -> None:
    path = tmp_path / "refused.sql"
    path.write_text(
        "-- sent without this line\nSELECT campaign,\n"
        "       SUM(impressions) AS n\nFROM dsp_impressions\nGROUP BY   campaign\n"
    )
    run = ("sql", "run", str(path), "--instance", INSTANCE, *WINDOW, "--wait", "--json")
    first = world.json(*run)["executions"][0]
    with world.services() as built:
        sent = built.executions.detail(first["id"]).sent_sql
    column = sent.index("SUM") + 1
    requests.post(
        f"{world.url}/_local/faults",
        json={
            "kind": "reject_execution",
            "reason": f"From line 1, column {column} to line 1, column {column + 15}: no such sum",
            "count": 1,
            "instance": INSTANCE,
        },
        timeout=10,
    ).raise_for_status()
    done = world.cli(*run, check=False)
    assert done.returncode == 1
    (execution,) = json.loads(done.stdout)["executions"]
    assert execution["cause"]["place"]["line"] == 3
    assert execution["cause"]["place"]["column"] == 8
    assert "In your text: From line 3, column 8 to line 3, column 23: no such sum" in done.stderr
