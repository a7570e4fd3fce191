"""The one place that sends, against real sockets: what leaves, what does not, what is logged."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from amc import ids
from amc.api.call import Call, base_of, check_no_id_of_ours, is_ours
from amc.api.http import Transport
from amc.api.retry import Effect
from amc.errors import (
    ApiError,
    SettingsError,
    TransportError,
    UnreadableAnswerError,
    UsageError,
)

OK = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nx-amz-rid: RID1\r\nContent-Length: 2\r\n\r\n{}"
)


class Peer:
    """A server of one's own making: answers each connection with what a function writes."""

    def __init__(self, behave: Callable[[socket.socket, bytes], None]) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._behave, self._socket = behave, socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._ended = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            while True:
                try:
                    request = self._request(connection)
                    if not request:
                        return
                    self.requests.append(request)
                    self._behave(connection, request)
                except OSError:
                    return

    def _request(self, connection: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        wanted = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                wanted = int(line.split(b":")[1])
        while len(body) < wanted:
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body

    def close(self) -> None:
        self._ended.set()
        self._socket.close()


@contextmanager
def peer(
    answer: bytes | Callable[[socket.socket, bytes], None], **limits: float
) -> Iterator[tuple[Peer, Transport, Call]]:
    behave = answer if callable(answer) else lambda s, _: s.sendall(answer)
    server = Peer(behave)
    transport = Transport(
        allowed_hosts=frozenset({server.host}),
        connect_timeout_s=limits.get("connect", 1.0),
        read_timeout_s=limits.get("read", 1.0),
    )
    try:
        yield server, transport, Call("test.read", "GET", f"http://{server.host}", "/path")
    finally:
        transport.close()
        server.close()


def test_an_answer_is_read_by_its_body_not_by_its_type() -> None:
    with peer(OK) as (_, transport, call):
        answer = transport.send(call)
    assert (answer.status, answer.data, answer.request_id) == (200, {}, "RID1")


def test_connections_are_used_again_for_reading_but_not_for_creating() -> None:
    with peer(OK) as (server, transport, call):
        for _ in range(3):
            transport.send(call)
        assert server.connections == 1
        created = replace(call, method="POST", body={}, effect=Effect.CREATE)
        for _ in range(3):
            transport.send(created)
        assert server.connections == 4
    assert b"Connection: close" in server.requests[-1]


def test_nothing_is_sent_to_a_host_that_is_not_listed() -> None:
    with peer(OK) as (server, transport, call):
        for base in (
            "http://evil.example",
            f"http://user@{server.host}",
            f"http://{server.host}@evil.example",
            f"http://{server.host}.evil.example",
            "file:///etc/passwd",
        ):
            with pytest.raises(SettingsError):
                transport.send(replace(call, base=base))
    assert server.requests == []


def test_redirects_are_not_followed() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n"
    with peer(moved) as (server, transport, call), pytest.raises(UnreadableAnswerError) as caught:
        transport.send(call)
    assert caught.value.status == 302
    assert len(server.requests) == 1


def test_cookies_are_not_kept_and_the_environments_proxy_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    baked = OK.replace(b"x-amz-rid", b"Set-Cookie: a=b; Path=/\r\nx-amz-rid")
    with peer(baked) as (server, transport, call):
        transport.send(call)
        transport.send(call)
    assert b"Cookie" not in server.requests[1]


def test_the_environments_proxy_is_asked_when_a_caller_wants_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with peer(OK) as (server, _, call):
        monkeypatch.setenv("http_proxy", f"http://{server.host}")
        transport = Transport(
            allowed_hosts=frozenset({"amc.example"}),
            connect_timeout_s=1,
            read_timeout_s=1,
            trust_env=True,
        )
        transport.send(replace(call, base="http://amc.example"))
        transport.close()
    assert server.requests[0].startswith(b"GET http://amc.example/path")


def reset(connection: socket.socket, _: bytes) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def short(connection: socket.socket, _: bytes) -> None:
    connection.sendall(OK.replace(b"Length: 2", b"Length: 20"))
    connection.close()


def cut_chunk(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{")
    connection.close()


def silent(connection: socket.socket, _: bytes) -> None:
    connection.recv(1)


@pytest.mark.parametrize("behave", [reset, short, cut_chunk, silent])
def test_an_answer_that_is_lost_says_that_it_may_have_arrived(behave: Any) -> None:
    with peer(behave, read=0.2) as (_, transport, call), pytest.raises(TransportError) as caught:
        transport.send(call)
    assert caught.value.sent


def test_a_dripping_answer_ends_at_three_read_timeouts() -> None:
    def drip(connection: socket.socket, _: bytes) -> None:
        connection.sendall(OK.replace(b"Length: 2", b"Length: 9999"))
        for _ in range(100):
            threading.Event().wait(0.05)
            connection.sendall(b" ")

    with peer(drip, read=0.2) as (_, transport, call), pytest.raises(TransportError, match="slow"):
        transport.send(call)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 999 \xff\xfe\r\n\r\n",
        b"\x00" * 200,
    ],
    ids=["false gzip", "two lengths", "a page", "another protocol", "no status", "bytes"],
)
def test_nonsense_is_a_typed_error(answer: bytes) -> None:
    def once(connection: socket.socket, _: bytes) -> None:
        connection.sendall(answer)
        connection.close()

    with peer(once) as (_, transport, call), pytest.raises(ApiError):
        transport.send(call)


@pytest.mark.parametrize("value", ["", ".", "..", " ", "a\nb"])
def test_a_path_value_cannot_change_the_path(value: str) -> None:
    with peer(OK) as (server, transport, call), pytest.raises(UsageError):
        transport.send(replace(call, template="/amc/{instanceId}", path={"instanceId": value}))
    assert server.requests == []


def test_signs_in_path_and_query_travel_as_data() -> None:
    with peer(OK) as (server, transport, call):
        transport.send(
            replace(call, template="/a/{id}/b", path={"id": "x/../y?z#é"}, query={"q": "a&b=c d+é"})
        )
    line = server.requests[0].split(b"\r\n")[0]
    assert line == b"GET /a/x%2F..%2Fy%3Fz%23%C3%A9/b?q=a%26b%3Dc%20d%2B%C3%A9 HTTP/1.1"


@pytest.mark.parametrize(
    "broken",
    [
        {"headers": {"X": "a\r\nY: b"}},
        {"headers": {"X": "жук"}},
        {"headers": {"X": "\ud800"}},
        {"body": {"x": float("nan")}},
        {"body": {"x": object()}},
        {"body": {"x": "\ud800"}},
    ],
    ids=["line break", "cyrillic", "surrogate", "nan", "object", "surrogate body"],
)
def test_what_cannot_be_sent_is_refused_before(broken: dict[str, Any]) -> None:
    with peer(OK) as (server, transport, call), pytest.raises(UsageError):
        transport.send(replace(call, **broken))
    assert server.requests == []


# Ids of ours


KINDS = {v for k, v in vars(ids).items() if k.isupper() and isinstance(v, str) and len(v) == 2}


def test_every_kind_of_id_of_ours_is_known() -> None:
    assert {"ex", "fr", "sc", "cn", "wf", "is", "us", "br"} <= KINDS
    for kind in KINDS:
        assert is_ours(ids.mint(kind))
    assert not is_ours("amchnfozgta")
    assert not is_ours("ENTITY1EXAMPLE0001")


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("place", ["path", "query", "header", "body", "list", "deep"])
def test_no_request_can_carry_an_id_of_ours(kind: str, place: str) -> None:
    ours = ids.mint(kind)
    more: dict[str, Any] = {
        "path": {"template": "/x/{id}", "path": {"id": ours}},
        "query": {"query": {"workflowId": ours}},
        "header": {"headers": {"Amazon-Advertising-API-AdvertiserId": ours}},
        "body": {"body": {"workflowId": ours}},
        "list": {"body": {"advertisersToAdd": [{"id": ours}]}},
        "deep": {"body": {"a": {"b": {"c": [ours]}}}},
    }[place]
    with peer(OK) as (server, transport, call), pytest.raises(UsageError, match=ours):
        transport.send(replace(call, **more))
    assert server.requests == []


def test_the_authors_own_texts_and_workflow_ids_that_we_mint_may_hold_anything() -> None:
    ours = ids.mint(ids.EXECUTION)
    call = Call(
        "workflows.create",
        "POST",
        "http://x",
        "/",
        body={
            "workflowId": "amcm-0123456789abcdef",
            "sqlQuery": ours,
            "inputParameters": [{"name": "p", "defaultValue": ours, "description": ours}],
            "parameterValues": {"p": ours},
        },
        query={"nextToken": ours},
    )
    check_no_id_of_ours(call)


# The log


def test_each_call_leaves_one_line_with_nothing_secret() -> None:
    with peer(OK) as (_, transport, call), capture_logs() as lines:
        transport.send(
            replace(
                call,
                action="executions.get",
                template="/amc/reporting/{instanceId}",
                path={"instanceId": "amcexample1"},
                query={"code": "SECRETCODE"},
                headers={"Authorization": "Bearer Atza|SECRET"},
                instance="amcexample1",
            ),
            attempt=2,
        )
    (line,) = lines
    assert line["action"] == "amazon.executions.get"
    assert line["path"] == "/amc/reporting/{instanceId}"
    assert (line["method"], line["status"], line["attempt"]) == ("GET", 200, 2)
    assert (line["instance"], line["request_id"]) == ("amcexample1", "RID1")
    assert line["duration_s"] >= 0
    assert "SECRET" not in repr(line)


def test_a_failed_call_leaves_one_line_too() -> None:
    failed = OK.replace(b"200 OK", b"500 Oh")
    with peer(failed) as (_, transport, call), capture_logs() as lines, pytest.raises(ApiError):
        transport.send(call)
    (line,) = lines
    assert (line["status"], line["outcome"]) == (500, "ServerError")


def test_calls_and_tokens_do_not_show_secrets_when_printed() -> None:
    call = Call(
        "x", "POST", "http://x", "/", headers={"Authorization": "SECRET"}, form={"a": "SECRET"}
    )
    assert "SECRET" not in repr(call)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://A.example.com/x?y", "https://a.example.com"),
        ("http://127.0.0.1:8600/x", "http://127.0.0.1:8600"),
        ("https://[::1]:9/x", "https://[::1]:9"),
    ],
)
def test_the_base_of_an_address_is_what_would_be_connected_to(url: str, base: str) -> None:
    assert base_of(url) == base


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://example.com/",
        "//example.com/",
        "https:///x",
        "https://user:pw@example.com/",
        "https://evil.example\\@good.amazonaws.com/",
        "https://exa mple.com/",
        "javascript:alert(1)",
        "https://[::1/",
    ],
)
def test_addresses_that_hide_something_are_refused(url: str) -> None:
    with pytest.raises(UsageError):
        base_of(url)
