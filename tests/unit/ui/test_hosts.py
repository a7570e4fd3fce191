"""The app answers by its own names and by no other."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amc.container import Services
from amc.errors import DatabaseError, SettingsError
from amc.settings import Settings, load_settings
from amc.ui import hosts, process
from amc.ui.hosts import is_ours

SOCKET = "/_stcore/stream"
SHUT = [{"type": "websocket.close", "code": 1008}]
REBOUND = "evil.example:8501"


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("localhost", True),
        ("LOCALHOST:8501", True),
        ("127.0.0.1:9", True),
        ("127.8.9.10", True),
        ("[::1]:8501", True),
        ("evil.example", False),
        (REBOUND, False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.", False),
        ("192.168.1.5:8501", False),
        ("0.0.0.0:8501", False),
        ("", False),
        (":8501", False),
        ("localhost:", False),
        ("localhost:many", False),
        ("localhost:99999", False),
        ("user@localhost", False),
        ("localhost/x", False),
        ("localhost?x", False),
        ("[::1", False),
        ("localhost, evil.example", False),
    ],
)
def test_without_an_address_of_its_own_only_this_machine_counts(
    tmp_path: Path, host: str, ours: bool
) -> None:
    assert is_ours(host, Settings(_env_file=None, data_dir=tmp_path)) is ours
    assert is_ours(host, None) is ours


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("amc.example.com", True),
        ("AMC.example.com:443", True),
        ("amc.example.com:80", False),
        ("amc.example.com:8501", False),
        ("localhost", False),
        ("127.0.0.1:8501", False),
        ("evil.example", False),
        ("amc.internal", True),
        ("amc.internal:1234", True),
        ("10.0.0.5:8501", True),
        ("10.0.0.5", False),
        ("[fd00::5]", True),
    ],
)
def test_with_one_that_and_what_is_named_beside_it_counts(
    tmp_path: Path, host: str, ours: bool
) -> None:
    settings = Settings(
        _env_file=None, data_dir=tmp_path, app_url="https://amc.example.com/",
        allowed_hosts="amc.internal, 10.0.0.5:8501,[FD00::5]",
    )  # fmt: skip
    assert is_ours(host, settings) is ours


@pytest.mark.parametrize("word", ["https://amc.internal", "a b", "*", "amc/x", "::1", "amc:x"])
def test_a_setting_that_is_no_host_is_named(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("AMC_ALLOWED_HOSTS", f"amc.internal,{word}")
    with pytest.raises(SettingsError, match=r"AMC_ALLOWED_HOSTS: .*is no host"):
        load_settings()


@pytest.mark.parametrize(
    "path",
    ["/", "/executions", "/_stcore/health", "/_stcore/host-config", "/_stcore/metrics",
     "/download/ex_1/csv", "/oauth/callback?state=s&code=c", "/fleet", "/auth/claim"],
)  # fmt: skip
def test_no_request_by_another_name_is_answered(client: Any, path: str) -> None:
    answer = client.get(path, headers={"Host": REBOUND})
    assert answer.status_code == 421
    assert "AMC_APP_URL" in answer.text
    assert answer.headers["x-frame-options"] == "DENY"
    assert client.get(path).status_code != 421


def test_a_page_that_points_its_name_here_gets_no_session(client: Any, services: Services) -> None:
    ticket = services.users.sign_in("ann", "plum-otter-lantern-42", "10.0.0.7")
    headers = {"Host": REBOUND, "Origin": f"http://{REBOUND}"}
    answer = client.post("/auth/claim", data={"ticket": ticket}, headers=headers)
    assert answer.status_code == 421
    assert "set-cookie" not in answer.headers
    # Nothing was used up.
    assert services.users.claim(ticket)


def test_a_websocket_by_another_name_is_refused_though_its_origin_agrees(client: Any) -> None:
    assert client.open_socket(SOCKET, f"http://{REBOUND}", REBOUND) == SHUT
    assert client.open_socket(SOCKET, "http://localhost", "") == SHUT
    opened = client.open_socket(SOCKET, "http://127.0.0.1:8501", "127.0.0.1:8501")
    assert opened[0]["type"] == "websocket.accept"


def test_health_is_told_by_any_name(client: Any) -> None:
    assert client.get("/healthz", headers={"Host": "10.1.2.3:8501"}).status_code == 200
    assert client.get("/healthz/x", headers={"Host": "10.1.2.3:8501"}).status_code == 421


def test_the_settings_count_while_the_database_is_away(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise DatabaseError("away")

    process.close()
    monkeypatch.setattr(hosts, "services", away)
    monkeypatch.setenv("AMC_APP_URL", "http://amc.internal:8501")
    assert client.get("/", headers={"Host": "amc.internal:8501"}).status_code != 421
    assert client.get("/", headers={"Host": "localhost"}).status_code == 421
    monkeypatch.setenv("AMC_APP_URL", "no address")
    assert client.get("/", headers={"Host": "amc.internal:8501"}).status_code == 421
    assert client.get("/", headers={"Host": "localhost"}).status_code != 421


def test_two_names_are_none(client: Any) -> None:
    sent = _raw(client, [(b"host", b"localhost"), (b"host", b"evil.example")])
    assert sent == 421
    assert _raw(client, []) == 421
    assert _raw(client, [(b"host", b"localhost")]) == 404


def _raw(client: Any, headers: list[tuple[bytes, bytes]]) -> int:
    import asyncio

    sent: list[Any] = []
    scope = {
        "type": "http", "method": "GET", "path": "/nowhere", "raw_path": b"/nowhere",
        "query_string": b"", "headers": headers, "http_version": "1.1", "scheme": "http",
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    call: Callable[..., Any] = client.app
    asyncio.run(call(scope, receive, send))
    return int(sent[0]["status"])
