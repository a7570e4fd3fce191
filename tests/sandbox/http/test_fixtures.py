"""Every recorded example, asked of the local AMC: status, media type and shape must agree."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.sandbox.http.scenarios import SCENARIOS
from tests.sandbox.site import Site

FOLDER = Path(__file__).parents[2] / "fixtures" / "api"
FILES = sorted(entry["file"] for entry in json.loads((FOLDER / "index.json").read_text()))

# Keys that are there or not by the data alone, and keys of ours that the record does not have.
OPTIONAL = {
    "nextToken", "dailyBudget", "sku", "imageUrl", "category", "availability", "priceToPay",
    "statusReason", "requestId", "request_id", "totalResults", "totalCount", "isPremium",
    "requireSyntheticData", "timeWindowStart", "timeWindowEnd", "timeWindowStartOriginal",
    "timeWindowEndOriginal", "endDate", "validatedTime", "outputColumns",
    "availableTimeBeforeWindowSecs",
    "invalidationOffsetSecs", "aggregationStartDay", "distinctUserCountColumn",
    "filteredMetricsDiscriminatorColumn", "columnType", "outputUnavailableReason",
    "dataTypePrecision", "dataTypeScale", "sqlQuery", "executionTime", "outputS3URI",
    "inputParameters", "parameterValues", "basisPrice", "bestSellerRank", "createdDate",
    "variationList",
}  # fmt: skip
# The two examples of a create differ in their media type; the confirmed one is served.
CONFIRMED_TYPE = {"workflow_create_array_parameter.json": "application/octet-stream"}
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b\d{13}\b")


def same_shape(recorded: Any, ours: Any, where: str) -> None:
    """Same keys and same types all the way down; the first items of lists stand for all."""
    if recorded is None or ours is None:
        assert ours is None or recorded is None, where
        return
    if isinstance(recorded, dict):
        assert isinstance(ours, dict), where
        if where.endswith("parameterValues"):
            return
        missing = set(recorded) - set(ours) - OPTIONAL
        unknown = set(ours) - set(recorded) - OPTIONAL
        assert not missing, f"{where}: missing {missing}"
        assert not unknown, f"{where}: unknown {unknown}"
        for key in set(recorded) & set(ours):
            same_shape(recorded[key], ours[key], f"{where}.{key}")
    elif isinstance(recorded, list):
        assert isinstance(ours, list), where
        if recorded and ours:
            same_shape(recorded[0], ours[0], f"{where}[0]")
    elif isinstance(recorded, bool) or isinstance(ours, bool):
        assert isinstance(recorded, bool) == isinstance(ours, bool), where
    elif isinstance(recorded, int | float):
        assert isinstance(ours, int | float), where
    else:
        assert isinstance(ours, str), where


@pytest.mark.parametrize("name", FILES)
def test_the_local_amc_answers_as_recorded(site: Site, name: str) -> None:
    recorded = json.loads((FOLDER / name).read_text())["response"]
    answer: requests.Response = SCENARIOS[name](site)
    assert answer.status_code == recorded["status"], answer.text
    kind = CONFIRMED_TYPE.get(name) or recorded["headers"].get("Content-Type")
    if kind:
        assert answer.headers["Content-Type"].partition(";")[0] == kind
    for header in ("x-amz-rid", "Retry-After"):
        assert header not in recorded["headers"] or header in answer.headers
    if name == "error_429_without_retry_after.json":
        assert "Retry-After" not in answer.headers
    if "body" not in recorded:
        _same_text(name, recorded["body_text"], answer.text)
        return
    same_shape(recorded["body"], answer.json(), name.removesuffix(".json"))
    if recorded["status"] >= 400:
        _same_words(recorded["body"], answer.json())
    _same_paging(name, recorded["body"], answer.json())


def _same_text(name: str, recorded: str, ours: str) -> None:
    if name.startswith("result_csv") and "expired" not in name:
        assert ours.splitlines()[0] == recorded.splitlines()[0]
        assert ours.endswith("\n")
        if "empty" in name:
            assert ours.count("\n") == 1
    else:
        assert ours == recorded


def _same_words(recorded: dict[str, Any], ours: dict[str, Any]) -> None:
    """Error texts agree word for word, but for ids."""
    for key in ("code", "details", "message", "error", "error_description"):
        if key in recorded:
            assert IDS.sub("<id>", str(ours[key])) == IDS.sub("<id>", recorded[key])


def _same_paging(name: str, recorded: Any, ours: Any) -> None:
    if not isinstance(recorded, dict):
        return
    if "nextToken" not in recorded and recorded.keys() & {"workflows", "schedules", "amcAccounts"}:
        assert "nextToken" not in ours
    if recorded.get("nextToken", "") is None:
        assert ours["nextToken"] is None
    if name == "workflows_list_empty_page_with_token.json":
        assert ours["workflows"] == []
        assert ours["nextToken"]


def test_every_recorded_example_is_asked() -> None:
    assert set(FILES) == set(SCENARIOS)
    assert len(FILES) == 90
