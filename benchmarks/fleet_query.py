"""58 instances × Path to Conversion over 30 days on the local AMC, from nothing to the last result.

A new local AMC over an empty folder with the states' delays at zero; every event that the queries
read is made on the way. The goal is for two cores.
"""

import resource
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import requests

from amc.sandbox.world import load_world
from amc.templates.loading import load_template
from benchmarks.sandbox_http import free_port, local_amc
from tests.sandbox.site import CLIENT

GOAL_S = 180.0
TEMPLATE = Path("sql_templates/journeys/path-to-conversion.yaml")
NOW, START, END = "2026-09-15T12:00:00Z", "2026-08-10T00:00:00", "2026-09-09T00:00:00"


def body_for(sources: list[str]) -> dict[str, Any]:
    """The execution of the template for an instance with these data sources."""
    rendered = load_template(TEMPLATE).render({}, sources)
    return {
        "workflow": {
            "sqlQuery": rendered.author_sql,
            "inputParameters": rendered.declarations,
        },
        "parameterValues": rendered.parameter_values,
        "timeWindowType": "EXPLICIT",
        "timeWindowStart": START,
        "timeWindowEnd": END,
    }


def main() -> int:
    world = load_world("default")
    url = f"http://127.0.0.1:{free_port()}"
    with tempfile.TemporaryDirectory() as folder, local_amc(url, "default", folder, NOW):
        requests.put(
            f"{url}/_local/options",
            json={"pending_s": 0, "running_s": 0, "publishing_s": 0, "rate_per_s": 0},
            timeout=5,
        ).raise_for_status()
        token = requests.post(f"{url}/_local/tokens", json={}, timeout=5).json()["access_token"]
        begin = time.perf_counter()
        waiting: dict[str, tuple[str, dict[str, str]]] = {}
        for account in world.accounts:
            headers = {
                "Authorization": f"Bearer {token}",
                "Amazon-Advertising-API-ClientId": CLIENT,
                "Amazon-Advertising-API-AdvertiserId": account.entity_id,
                "Amazon-Advertising-API-MarketplaceId": account.marketplace_id,
            }
            for instance in account.instances:
                at = f"{url}/amc/reporting/{instance.instance_id}"
                sources = [
                    name
                    for name in ("dsp_impressions", "dsp_clicks", "sponsored_ads_traffic",
                                 "conversions")
                    if instance.serves(name)
                ]  # fmt: skip
                body = body_for(sources)
                if instance.kind == "SANDBOX":
                    body["requireSyntheticData"] = True
                made = requests.post(f"{at}/workflowExecutions", json=body, headers=headers,
                                     timeout=30)  # fmt: skip
                made.raise_for_status()
                execution = f"{at}/workflowExecutions/{made.json()['workflowExecutionId']}"
                waiting[execution] = instance.instance_id, headers
        failed = finish(waiting, begin)
        value = time.perf_counter() - begin
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    count = sum(len(account.instances) for account in world.accounts)
    print(
        f"{count} instances finished in {value:6.1f} s  goal {GOAL_S:.0f} s  failed {failed}  "
        f"(the server's processor time {used.ru_utime + used.ru_stime:5.1f} s)"
    )
    return 0 if value <= GOAL_S and not failed else 1


def finish(waiting: dict[str, tuple[str, dict[str, str]]], begin: float) -> int:
    """Poll until every execution is at its end; how many did not succeed."""
    failed, pause = 0, threading.Event()
    while waiting and time.perf_counter() - begin < 3 * GOAL_S:
        for execution, (instance_id, headers) in list(waiting.items()):
            found = requests.get(execution, headers=headers, timeout=30).json()
            if found["status"] in ("PENDING", "RUNNING", "PUBLISHING"):
                continue
            del waiting[execution]
            if found["status"] != "SUCCEEDED":
                failed += 1
                print(instance_id, found["status"], found.get("statusReason"))
        pause.wait(0.5)
    return failed + len(waiting)


if __name__ == "__main__":
    sys.exit(main())
