"""What the scenarios have in common: the register, switches and faults for a moment."""

import json
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.sandbox.site import Site

FOLDER = Path(__file__).parents[2] / "fixtures" / "api"
Scenario = Callable[[Site], requests.Response]
SCENARIOS: dict[str, Scenario] = {}

EXPLICIT = {
    "timeWindowType": "EXPLICIT",
    "timeWindowStart": "2026-09-01T00:00:00",
    "timeWindowEnd": "2026-09-08T00:00:00",
    "timeWindowTimeZone": "America/New_York",
}
ADHOC = "SELECT campaign, SUM(impressions) AS impressions FROM sponsored_ads_traffic GROUP BY 1"


def scenario(*names: str) -> Callable[[Scenario], Scenario]:
    def register(call: Scenario) -> Scenario:
        for name in names:
            SCENARIOS[f"{name}.json"] = call
        return call

    return register


def sent(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text())["request"]


def fresh_id() -> str:
    return f"w-{uuid.uuid4().hex[:12]}"


@contextmanager
def option(site: Site, **options: Any):
    before = site.sandbox.options.model_dump(include=set(options))
    site.local("PUT", "/options", json=options)
    try:
        yield
    finally:
        site.local("PUT", "/options", json=before)


@contextmanager
def fault(site: Site, kind: str, **more: Any):
    made = site.fault(kind=kind, **more)
    try:
        yield
    finally:
        site.local("DELETE", f"/faults/{made['fault_id']}")


def workflow(site: Site, workflow_id: str | None = None, name: str = "workflow_create") -> str:
    """The recorded workflow, saved once; its id."""
    body = sent(name)["body"] | ({"workflowId": workflow_id} if workflow_id else {})
    site.report("POST", "/workflows", json=body)
    return body["workflowId"]


def finished(site: Site, **body: Any) -> str:
    workflow(site)
    asked = {"workflowId": "sp_campaign_reach.v1", **EXPLICIT, **body}
    return site.run(asked)["workflowExecutionId"]


def get(site: Site, execution_id: str, **query: str) -> requests.Response:
    return site.report("GET", f"/workflowExecutions/{execution_id}", params=query)
