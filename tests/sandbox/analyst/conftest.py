"""One local AMC on a frozen clock; a query's rows over HTTP, and the events it ran on."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.analyst.parquet import Events
from tests.sandbox.site import EVENTS, Site, serving

INSTANCE = "amc1prj7lc3"
NOW = "2026-09-15T12:00:00Z"
START, END = datetime(2026, 8, 10), datetime(2026, 9, 9)  # noqa: DTZ001 - UTC, as the files have it
QUERIES = Path(__file__).with_name("queries")
PARAMETERS: dict[str, list[dict[str, Any]]] = {
    "chosen_campaigns": [
        {"name": "products", "dataType": {"type": "ARRAY", "elementDataType": "STRING"}}
    ],
    "attribution_window": [{"name": "days", "dataType": "INTEGER", "defaultValue": "7"}],
}
VALUES: dict[str, dict[str, Any]] = {"chosen_campaigns": {"products": ["sponsored_brands"]}}
Answer = Callable[[str], list[dict[str, str]]]


@pytest.fixture(scope="session")
def amazon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("analyst"), clock=f"{NOW}*0") as running:
        yield running


def body_of(name: str) -> dict[str, Any]:
    """The execution of a query, as a client sends it."""
    return {
        "workflow": {
            "sqlQuery": (QUERIES / f"{name}.sql").read_text(encoding="utf-8"),
            "inputParameters": PARAMETERS.get(name, []),
        },
        "parameterValues": VALUES.get(name, {}),
        "timeWindowType": "EXPLICIT",
        "timeWindowStart": f"{START:%FT%T}",
        "timeWindowEnd": f"{END:%FT%T}",
    }


@pytest.fixture(scope="session")
def answer(amazon: Site) -> Answer:
    """The rows of a query, run once."""
    known: dict[str, list[dict[str, str]]] = {}

    def ask(name: str) -> list[dict[str, str]]:
        if name not in known:
            made = amazon.run(body_of(name), INSTANCE)
            assert made["status"] == "SUCCEEDED", made.get("statusReason")
            path = f"/workflowExecutions/{made['workflowExecutionId']}/downloadUrls"
            urls = amazon.report("GET", path, INSTANCE).json()["downloadUrls"]
            text = amazon.session.get(urls[0]).content.decode()
            known[name] = list(
                csv.DictReader(io.StringIO(text), doublequote=False, escapechar="\\")
            )
        return known[name]

    return ask


@pytest.fixture(scope="session")
def happened(answer: Answer) -> Events:
    """The events that the queries ran on; all that the truths need has been made."""
    for name in ("touches_before_purchase", "ntb_in_total", "incremental_reach", "ntb_by_campaign",
                 "reach_by_ad_product", "sales_by_asin", "conversions_by_subtype",
                 "reach_by_device", "cities"):  # fmt: skip
        answer(name)
    (folder,) = EVENTS.glob(f"events-*/{INSTANCE}")
    return Events(folder, START, END, datetime.fromisoformat(NOW.removesuffix("Z")))
