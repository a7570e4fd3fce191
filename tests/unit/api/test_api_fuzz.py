"""Any bytes with any status and headers: a typed value or a typed error, never anything else."""

import contextlib
import json
import re
from types import SimpleNamespace
from typing import Any

import pytest
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amc.api import wire
from amc.api.answers import Answer, parse_json, read_answer
from amc.api.base import read_pages
from amc.clock import parse_instant
from amc.errors import AmcError, ApiError

NOW = parse_instant("2026-11-02T09:00:00Z")
MODELS = [
    wire.AmcAccount,
    wire.Profile,
    wire.AdsAccount,
    wire.AmcInstance,
    wire.Advertiser,
    wire.AdvertiserUpdate,
    wire.Workflow,
    wire.WorkflowExecution,
    wire.DownloadUrls,
    wire.DataSource,
    wire.NativeSchedule,
    wire.Campaign,
    wire.DspAdvertiser,
    wire.Product,
    wire.UserProfile,
]
FIELDS = sorted({f.alias or n for m in MODELS for n, f in m.model_fields.items()})

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(
        ["", "\x00", "\ud800", "NaN", "9" * 5000, "2026-11-02T09:00:00.123456789Z", "0001-01-01"]
    )
)
data = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.sampled_from(FIELDS), inner, max_size=6)
    ),
    max_leaves=20,
)
statuses = st.sampled_from([200, 201, 204, 301, 400, 401, 403, 404, 409, 422, 429, 500, 503, 599])
header_names = st.sampled_from(
    ["content-type", "retry-after", "date", "x-amz-rid", "x-amzn-requestid", "content-encoding"]
)
headers = st.dictionaries(header_names, st.text(max_size=40), max_size=4)


def encoded(value: Any) -> bytes:
    return json.dumps(value, allow_nan=True).encode("utf-8", "surrogatepass")


bodies = st.binary(max_size=200) | data.map(encoded)


def check_storable(value: Any) -> None:
    """What was read can go to any database and log."""
    text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    text.encode("utf-8")
    assert "\x00" not in text


@given(status=statuses, head=headers, body=bodies)
@settings(max_examples=400, deadline=None)
def test_any_answer_is_a_value_or_a_typed_error(
    status: int, head: dict[str, str], body: bytes
) -> None:
    found: Answer | ApiError
    try:
        found = read_answer(status, head, body, now=NOW)
    except ApiError as exc:
        found = exc
    if isinstance(found, Answer):
        assert 200 <= found.status < 300
        check_storable(found.data)
    else:
        check_storable([found.message, found.code, found.body, found.hint, found.to_dict()])
        assert len(found.message) < 1000


@given(value=data, model=st.sampled_from(MODELS))
@settings(max_examples=400, deadline=None)
def test_any_json_is_a_model_or_a_typed_error(value: Any, model: type[wire.Wire]) -> None:
    try:
        found = model.read(parse_json(encoded(value)))
    except AmcError:
        return
    check_storable(found.to_dict())


@given(pages=st.lists(data, min_size=1, max_size=5))
@settings(max_examples=200, deadline=None)
def test_any_pages_are_a_whole_list_or_a_typed_error(pages: list[Any]) -> None:
    left = list(pages)

    def fetch(_: str | None) -> Answer:
        body = left.pop(0) if left else {"workflows": []}
        return read_answer(200, {}, encoded(body), now=NOW)

    try:
        found = read_pages(
            wire.Workflow, fetch, key="workflows", identity=lambda item: item.workflow_id
        )
    except AmcError:
        return
    assert all(item.workflow_id for item in found)


@given(status=statuses, head=headers, body=bodies)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_answer_through_the_whole_client(
    kit: SimpleNamespace, status: int, head: dict[str, str], body: bytes
) -> None:
    sendable = {k: v for k, v in head.items() if v.isascii() and v.isprintable() and v == v.strip()}
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for method in ("GET", "POST", "PUT"):
            for base in ("https://advertising-api.amazon.com", "https://api.amazon.com"):
                mock.add(
                    responses.Response(
                        method,
                        re.compile(f"{base}/.*"),
                        status=status,
                        headers=sendable,
                        body=body,
                    )
                )
        api = kit.instance()
        for call in (
            lambda: api.list_workflows(),
            lambda: api.get_execution("e"),
            lambda: api.create_execution(
                "w", window_start="2026-10-01T00:00:00", window_end="2026-11-01T00:00:00"
            ),
            lambda: kit.discovery().list_profiles(),
            lambda: kit.login.exchange_code("NA", code="c", redirect_uri="r"),
        ):
            with contextlib.suppress(AmcError):
                call()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b"", "empty"),
        (b"\xff\xfe", "no text"),
        (b'{"a": 1', "cut off"),
        (b"<html>", "a page"),
    ],
)
def test_bodies_that_are_no_json_say_so(body: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=r"(?s).+"):
        parse_json(body)


def test_numbers_and_signs_that_no_database_keeps_are_replaced() -> None:
    found = parse_json(b'{"a": NaN, "b": 1e999, "c": "x\\u0000y", "d": "\\ud800", "\\u0000": 1}')
    assert found == {"a": None, "b": None, "c": "x\ufffdy", "d": "?", "\ufffd": 1}
