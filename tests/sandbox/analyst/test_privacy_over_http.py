"""The privacy fields of the API on real events, held against plain Python over the events."""

import csv
import io
from typing import Any

import pytest

from tests.sandbox.analyst.conftest import INSTANCE, body_of
from tests.sandbox.analyst.parquet import Events, Row, by, users
from tests.sandbox.site import Site

SQL = (
    "SELECT campaign, city_name, SUM(impressions) AS impressions FROM dsp_impressions GROUP BY 1, 2"
)
SANDBOX = "amcfo8abayq"
Rows = list[dict[str, str]]
Reason = tuple[int, int, int]
KINDS = ("", "effective ", "equivalent ")


def run(site: Site, sql: str, instance: str = INSTANCE, more: Any = None, **workflow: Any) -> Rows:
    body = body_of("reach_by_campaign") | (more or {})
    body["workflow"] = {"sqlQuery": sql, **workflow}
    made = site.run(body, instance)
    assert made["status"] == "SUCCEEDED", made.get("statusReason")
    path = f"/workflowExecutions/{made['workflowExecutionId']}/downloadUrls"
    url = site.report("GET", path, instance).json()["downloadUrls"][0]
    return list(csv.DictReader(io.StringIO(site.session.get(url).content.decode())))


def lacking(rows: list[Row]) -> Reason | None:
    """Why a row that needs 100 users is not shown: kind, number, requirement."""
    people = users(rows)
    if len(people) < 100:
        return 0, len(people), 100
    parts = [len(found) for (user,), found in by(rows, "user").items() if user is not None]
    equivalent = sum(parts) // max(parts)
    return (2, equivalent, 2) if equivalent < 2 else None


def expected(happened: Events) -> set[tuple[str, ...]]:
    """(campaign, city, impressions, removed, users, reason) of every row with values removed."""
    cities = happened.dimension("cities")

    def city(row: Row) -> str:
        return str(
            cities[((row["number"] * 2_654_435_761 % 2**32) >> 9) % len(cities)]["city_name"]
        )

    shown, low = set(), []
    for (campaign, name), rows in by(happened.dsp, "campaign", city).items():
        reason = lacking(rows)
        if reason is None:
            shown.add((campaign, name, str(len(rows)), "false", "100", ""))
        else:
            low += [row | {"reason": reason} for row in rows]
    for (campaign,), rows in by(low, "campaign").items():
        kept = len(users(rows)) >= 2
        assert kept, "the events have no campaign of one user: the next level is not held here"
        kind, count, required = min(row["reason"] for row in rows)
        why = f"{count} 'dsp_impressions' {KINDS[kind]}users < {required} required"
        people = str(min(100, len(users(rows))))
        shown.add((campaign, "", str(len(rows)), "true", people, why))
    return shown


def test_values_removed_with_their_count_and_reason(amazon: Site, happened: Events) -> None:
    rows = run(
        amazon,
        SQL,
        filteredMetricsDiscriminatorColumn="removed",
        distinctUserCountColumn="people",
        filteredReasonColumn="why",
    )
    found = {tuple(row.values()) for row in rows}
    assert found == expected(happened)
    assert {row["removed"] for row in rows} == {"true", "false"}
    assert list(rows[0]) == ["campaign", "city_name", "impressions", "removed", "people", "why"]


def test_values_removed_by_behaviour_are_the_same_rows(amazon: Site, happened: Events) -> None:
    rows = run(amazon, SQL, privacyFilteringBehavior="REMOVE_VALUES")
    assert {tuple(row.values()) for row in rows} == {row[:3] for row in expected(happened)}


@pytest.mark.parametrize("workflow", [{}, {"privacyFilteringBehavior": "REMOVE_ROWS"}])
def test_rows_are_removed_by_default(
    amazon: Site, happened: Events, workflow: dict[str, str]
) -> None:
    rows = run(amazon, SQL, **workflow)
    kept = {row[:3] for row in expected(happened) if row[3] == "false"}
    assert {tuple(row.values()) for row in rows} == kept


def test_event_rows_leave_a_sandbox_instance_alone(amazon: Site) -> None:
    sql = "SELECT user_id, campaign, impression_dt_utc FROM dsp_impressions LIMIT 100"
    off = {"disableAggregationControls": True, "requireSyntheticData": True}
    rows = run(amazon, sql, SANDBOX, off)
    assert len(rows) == 100
    assert any(len(row["user_id"]) == 12 for row in rows)
    body = body_of("reach_by_campaign") | off | {"workflow": {"sqlQuery": sql}}
    refused = amazon.run(body, INSTANCE)
    assert refused["status"] == "REJECTED"
    assert "LIMIT is not supported" in refused["statusReason"]
