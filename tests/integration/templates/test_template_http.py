"""Templates over the wire: saved as workflows as they are sent, run, and downloaded."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from amc.sql.sent import sent_text
from amc.templates import Template
from tests.integration.templates.conftest import ROOT
from tests.sandbox.site import Site, serving

INSTANCE = "amc9knsq27v"  # without Amazon DSP
SOURCES = frozenset(
    {
        "sponsored_ads_traffic",
        "conversions",
        "amazon_attributed_events_by_conversion_time",
        "amazon_attributed_events_by_traffic_time",
    }
)
HOSTILE = "O'Brien & \"Söhne\" – 50 %; $5 x') UNION SELECT user_id FROM conversions--"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("sandbox"), clock="2026-11-20T12:00:00Z") as running:
        yield running


def start(site: Site, workflow: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    saved = site.report("POST", "/workflows", INSTANCE, json=workflow)
    assert saved.status_code == 200, saved.text
    return site.run(
        {
            "workflowId": workflow["workflowId"], "timeWindowType": "EXPLICIT",
            "timeWindowStart": "2026-10-18T00:00:00", "timeWindowEnd": "2026-11-17T00:00:00",
            "timeWindowTimeZone": "America/New_York", "parameterValues": values,
        },
        INSTANCE,
    )  # fmt: skip


def rows_of(site: Site, execution: dict[str, Any]) -> list[dict[str, str]]:
    path = f"/workflowExecutions/{execution['workflowExecutionId']}/downloadUrls"
    (url,) = site.report("GET", path, INSTANCE).json()["downloadUrls"]
    answer = requests.get(url, timeout=30)
    assert answer.status_code == 200
    return list(
        csv.DictReader(io.StringIO(answer.content.decode()), doublequote=False, escapechar="\\")
    )


NAMES = sorted(path.stem for path in (ROOT / "sql_templates").glob("*/*.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_a_template_runs_as_a_saved_workflow_in_the_form_in_which_it_is_sent(
    site: Site, templates: dict[str, Template], name: str
) -> None:
    template = templates[name]
    rendered = template.render({}, sources=SOURCES)
    workflow = {
        "workflowId": f"amcm-{name}",
        "sqlQuery": sent_text(rendered.author_sql).text,
        "inputParameters": rendered.declarations,
    }
    done = start(site, workflow, rendered.parameter_values)
    assert done["status"] == "SUCCEEDED", done
    rows = rows_of(site, done)
    assert len(rows) >= 3
    assert list(rows[0]) == [column.name for column in template.output]


def test_hostile_text_arrives_letter_by_letter(site: Site, templates: dict[str, Template]) -> None:
    template = templates["cross-channel-performance"]
    rendered = template.render({}, sources=SOURCES)
    values = rendered.parameter_values | {"scope": HOSTILE, "campaign_ids": [HOSTILE, "'"]}
    workflow = {
        "workflowId": "amcm-hostile",
        "sqlQuery": sent_text(rendered.author_sql).text,
        "inputParameters": rendered.declarations,
    }
    done = start(site, workflow, values)
    assert done["status"] == "SUCCEEDED", done
    assert done["parameterValues"] == values
    assert rows_of(site, done) == []
