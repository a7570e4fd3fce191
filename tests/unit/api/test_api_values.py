"""Single values, regions and windows: what is read tolerantly, what is refused."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from amc.api import regions, values
from amc.api.lwa import challenge_of, new_verifier
from amc.api.windows import window_body, window_text
from amc.api.wire import AmcInstance, Campaign, WorkflowExecution
from amc.errors import UnreadableAnswerError, UsageError, WindowError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("123456789012345678", "123456789012345678"),
        (123456789012345678, "123456789012345678"),
        (1234567890123456789012, "1234567890123456789012"),
        (0, "0"),
        ("00123", "00123"),
        (" amcexample1 ", "amcexample1"),
        (3.0, "3"),
    ],
)
def test_ids_are_text_with_every_digit(value: Any, text: str) -> None:
    assert values.to_id(value) == text
    assert Campaign.read({"campaignId": value}).campaign_id == text


@pytest.mark.parametrize("value", [None, "", "  ", True, 1.5, 1e18, [], {}, float("nan")])
def test_what_is_no_id_or_has_lost_digits_is_refused(value: Any) -> None:
    with pytest.raises(UnreadableAnswerError, match="campaignId"):
        Campaign.read({"campaignId": value})


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("2025-01-15T08:12:11Z", 0),
        ("2025-01-15T08:12:11.5Z", 500_000),
        ("2025-01-15T08:12:11.572511Z", 572_511),
        ("2025-01-15T08:12:11.455292153Z", 455_292),
        ("2025-01-15T08:12:11.000000001Z", 0),
        ("2025-01-15T08:12:11", 0),
        ("2025-01-15 08:12:11", 0),
        ("2025-01-15T10:12:11+02:00", 0),
        ("2025-01-15T10:12:11+0200", 0),
    ],
)
def test_instants_are_read_with_any_number_of_digits(text: str, microseconds: int) -> None:
    wanted = datetime(2025, 1, 15, 8, 12, 11, microseconds, tzinfo=UTC)
    assert values.to_instant(text) == wanted


@pytest.mark.parametrize(
    "value",
    [None, "", "soon", "2025-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00", 5, [], "9" * 99],
)
def test_what_is_no_instant_is_none(value: Any) -> None:
    assert values.to_instant(value) is None
    assert (
        AmcInstance.read({"instanceId": "a", "creationDatetime": value}).creation_datetime is None
    )


@pytest.mark.parametrize(
    ("value", "flag"),
    [(True, True), ("True", True), ("false", False), (0, False), ("x", None), (None, None)],
)
def test_booleans_are_read_as_amazons_samples_write_them(value: Any, flag: bool | None) -> None:
    assert values.to_flag(value) is flag


@pytest.mark.parametrize(
    ("value", "number"),
    [(55, 55), ("55", 55), ("1.5", 1.5), ("x", None), (True, None), ("nan", None), ("1e999", None)],
)
def test_numbers_are_read_from_text_too(value: Any, number: float | None) -> None:
    assert values.to_number(value) == number


def test_an_unknown_status_and_unknown_fields_are_kept_as_they_are() -> None:
    raw = {
        "workflowExecutionId": "e",
        "status": "AWAITING_DATA",
        "newField": {"a": [1]},
        "outputColumns": None,
        "parameterValues": "nonsense",
        "executionTime": "55",
    }
    found = WorkflowExecution.read(raw, request_id="RID")
    assert (found.status, found.is_final, found.request_id) == ("AWAITING_DATA", False, "RID")
    assert (found.output_columns, found.parameter_values, found.execution_time) == ([], {}, 55)
    back = found.to_dict()
    assert back["newField"] == {"a": [1]}
    assert back["workflowExecutionId"] == "e"
    assert "requestId" not in back


def test_what_nothing_works_without_is_named() -> None:
    with pytest.raises(UnreadableAnswerError, match="workflowExecutionId"):
        WorkflowExecution.read({"status": "PENDING"}, request_id="RID")
    with pytest.raises(UnreadableAnswerError, match="no WorkflowExecution"):
        WorkflowExecution.read(["PENDING"])


# Regions


def test_every_marketplace_has_one_id_one_country_and_a_known_region() -> None:
    rows = regions.MARKETPLACES
    assert len({m.marketplace_id for m in rows}) == len({m.country for m in rows}) == len(rows)
    assert {m.region for m in rows} == set(regions.REGIONS)
    assert {m.country for m in rows if m.region == "NA"} == {"US", "CA", "MX", "BR"}
    assert {m.country for m in rows if m.region == "FE"} == {"JP", "AU", "SG"}
    for hosts in (regions.AMAZON_API, regions.AMAZON_LWA, regions.AMAZON_AUTHORIZE):
        assert set(hosts) == set(regions.REGIONS)


def test_marketplaces_are_found_by_id_and_country() -> None:
    assert regions.region_of("A1PA6795UKMFR9") == "EU"
    assert regions.region_of("ANEWONE") == "NA"
    assert regions.region_of("ANEWONE", default="FE") == "FE"
    found = regions.marketplace_of_country("gb")
    assert found is not None
    assert found.country == "UK"
    assert regions.marketplace("ANEWONE") is None
    assert regions.marketplace_of_country("XX") is None
    with pytest.raises(UsageError):
        regions.check_region("na")


# Windows


@pytest.mark.parametrize(
    ("value", "zone", "text"),
    [
        ("2026-10-01T00:00:00", "America/New_York", "2026-10-01T00:00:00"),
        ("2026-10-01T00:00:00Z", "UTC", "2026-10-01T00:00:00"),
        (datetime(2026, 10, 1), "America/New_York", "2026-10-01T00:00:00"),  # noqa: DTZ001
        (datetime(2026, 10, 1, 4, tzinfo=UTC), "America/New_York", "2026-10-01T00:00:00"),
        (
            datetime(2026, 10, 1, 2, tzinfo=timezone(timedelta(hours=2))),
            "UTC",
            "2026-10-01T00:00:00",
        ),
    ],
)
def test_window_times_carry_no_zone_of_their_own(
    value: str | datetime, zone: str, text: str
) -> None:
    assert window_text(value, zone) == text


def test_the_type_of_a_window_is_always_sent() -> None:
    # Without it Amazon takes the most recent day and ignores start and end.
    body = window_body("2026-10-01T00:00:00", "2026-11-01T00:00:00", "Europe/Berlin", None)
    assert body == {
        "timeWindowType": "EXPLICIT",
        "timeWindowStart": "2026-10-01T00:00:00",
        "timeWindowEnd": "2026-11-01T00:00:00",
        "timeWindowTimeZone": "Europe/Berlin",
    }
    assert window_body(None, None, "UTC", "ALL") == {"timeWindowType": "ALL"}
    with pytest.raises(WindowError):
        window_body(None, None, "UTC", None)


# PKCE


def test_the_code_challenge_is_that_of_rfc_7636() -> None:
    # Appendix B of the RFC.
    assert (
        challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )
    verifier = new_verifier()
    assert 43 <= len(verifier) <= 128
    assert verifier != new_verifier()
