from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from amc.container import Services
from amc.db.engine import Database
from amc.errors import (
    ClientRejectedError,
    DatabaseError,
    InvalidRequestError,
    KeyFileError,
    LoginError,
    ServerError,
)
from amc.services.connections import ConnectionsService
from amc.services.consent import ConsentDeniedError, ForeignLinkError, LinkError
from amc.services.results import Download, ResultsService
from amc.services.scheduling.jobs import JobStates
from amc.ui.cookies import cookie_name
from amc.ui.routes import _LONGEST_FORM

PASSWORD = "plum-otter-lantern-42"  # as in conftest.py


def ticket(services: Services, name: str = "ann") -> str:
    return services.users.sign_in(name, PASSWORD, "10.0.0.7")


def sign_in(client: Any, services: Services, name: str = "ann") -> str:
    client.post("/auth/claim", data={"ticket": ticket(services, name), "next": "/"})
    return str(client.cookies[cookie_name(services.settings)])


def test_a_ticket_becomes_a_cookie_that_scripts_cannot_read(
    client: Any, services: Services
) -> None:
    answer = client.post(
        "/auth/claim", data={"ticket": ticket(services), "next": "/executions?state=FAILED"}
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/executions?state=FAILED"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(cookie_name(services.settings) + "=")
    for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=86400"):
        assert part in cookie
    assert "Secure" not in cookie
    assert answer.headers["cache-control"] == "no-store"


def test_over_https_the_cookie_is_secure_and_bound_to_the_host(
    monkeypatch: pytest.MonkeyPatch, client: Any, services: Services
) -> None:
    monkeypatch.setenv("AMC_APP_URL", "https://amc.example.com")
    from amc.ui import process

    process.close()
    answer = client.post(
        "/auth/claim",
        data={"ticket": ticket(process.services()), "next": "/"},
        headers={"Host": "amc.example.com", "Origin": "https://amc.example.com"},
    )
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-amc_session_")
    assert "Secure" in cookie
    assert "max-age" in answer.headers["strict-transport-security"]


def test_a_used_or_invented_ticket_sets_no_cookie(client: Any, services: Services) -> None:
    used = ticket(services)
    client.post("/auth/claim", data={"ticket": used})
    client.cookies.clear()
    for wrong in (used, "invented", ""):
        answer = client.post("/auth/claim", data={"ticket": wrong})
        assert answer.status_code == 303
        assert answer.headers["location"] == "/?notice=sign-in-old"
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://localhost.evil"])
@pytest.mark.parametrize("path", ["/auth/claim", "/auth/sign-out"])
def test_a_form_of_another_site_is_refused(
    client: Any, services: Services, origin: str, path: str
) -> None:
    token = sign_in(client, services)
    answer = client.post(path, data={"ticket": ticket(services)}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert services.users.session(token) is not None


def test_forms_too_long_or_of_another_kind_are_refused(client: Any, services: Services) -> None:
    long = {"ticket": ticket(services), "next": "/" + "x" * _LONGEST_FORM}
    assert client.post("/auth/claim", data=long).status_code == 403
    assert client.post("/auth/claim", json={"ticket": ticket(services)}).status_code == 403
    unmeasured = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": "many",
    }
    body = b"ticket=" + ticket(services).encode()
    assert client.post("/auth/claim", content=body, headers=unmeasured).status_code == 403


@pytest.mark.parametrize("path", ["/auth/claim", "/auth/sign-out"])
def test_nothing_is_changed_by_get(client: Any, services: Services, path: str) -> None:
    token = sign_in(client, services)
    assert client.get(path).status_code == 405
    assert services.users.session(token) is not None


def test_signing_out_takes_the_cookie_back_and_a_replay_is_refused(
    client: Any, services: Services
) -> None:
    token = sign_in(client, services)
    answer = client.post("/auth/sign-out", data={"next": "/"})
    assert answer.headers["location"] == "/?notice=signed-out"
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert services.users.session(token) is None
    client.cookies.set(cookie_name(services.settings), token)
    assert client.get("/media/x.csv").status_code == 403


def test_health_names_the_jobs_that_fail_and_nothing_of_why(
    client: Any, services: Services
) -> None:
    states = JobStates(services.clock)
    states.failed("tick", DatabaseError("'Reach for Nova': postgresql://amc:secret@db is away"))
    now = services.clock.now()
    services.health.beat("here", "scheduler", now, states.as_detail())
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "degraded",
        "database": "ok",
        "scheduler": "running",
        "failing": {"tick": states.as_detail()["jobs"]["tick"]["failing_since"]},
    }


def test_health_tells_whether_the_database_answers(
    client: Any, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "scheduler": "not running"}
    services.health.beat("here", "scheduler", services.clock.now())
    assert client.get("/healthz").json()["scheduler"] == "running"

    def gone(_self: Database) -> None:
        raise DatabaseError("postgresql://amc:secret@db/amc does not answer")

    monkeypatch.setattr(Database, "ping", gone)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "failed", "reason": "DatabaseError"}


def test_the_start_page_has_an_address_by_its_name(client: Any) -> None:
    assert client.get("/fleet").headers["location"] == "/"
    assert client.get("/fleet?state=FAILED").headers["location"] == "/?state=FAILED"


def test_amazons_way_back_needs_an_administrator(
    client: Any, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[dict[str, str]] = []

    def complete(_self: ConnectionsService, **given: str) -> SimpleNamespace:
        called.append(given)
        return SimpleNamespace(discovered={})

    monkeypatch.setattr(ConnectionsService, "complete", complete)
    assert client.get("/oauth/callback?state=s&code=c").headers["location"] == (
        "/settings?notice=sign-in-first"
    )
    sign_in(client, services, "ann")
    client.get("/oauth/callback?state=s&code=c")
    assert called == []
    sign_in(client, services, "root")
    answer = client.get("/oauth/callback?state=s&code=c")
    assert answer.headers["location"] == "/settings?notice=connected"
    [given] = called
    assert (given["state"], given["code"], given["actor"]) == ("s", "c", "root")
    assert services.users.session(given["bound_to"]) is not None


@pytest.mark.parametrize(
    ("query", "error", "notice"),
    [
        ("state=s&error=access_denied", ConsentDeniedError("denied"), "notice=consent-denied"),
        ("state=s&code=c", LinkError("old link"), "notice=link-old"),
        ("state=s&code=c", ForeignLinkError("other"), "notice=link-foreign"),
        ("state=s&code=c", LoginError("bad code", status=400), "notice=code-refused"),
        ("state=s&code=c", ClientRejectedError("bad", status=401), "notice=client-rejected"),
        ("state=s&code=c", KeyFileError("no key"), "notice=key-locked"),
        ("state=s&code=c", ServerError("down", status=503), "notice=amazon-away&reference="),
        (
            "state=s&code=c",
            InvalidRequestError("odd", status=400),
            "notice=login-failed&reference=",
        ),
    ],
)
def test_amazons_refusal_arrives_as_a_notice_without_its_words(
    client: Any,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    query: str,
    error: Exception,
    notice: str,
) -> None:
    def refuse(_self: ConnectionsService, **_given: str) -> None:
        raise error

    monkeypatch.setattr(ConnectionsService, "complete", refuse)
    sign_in(client, services, "root")
    location = client.get(f"/oauth/callback?{query}").headers["location"]
    assert location.startswith(f"/settings?{notice}")
    assert not any(word in location for word in ("denied&", "down", "code=", "state="))


def test_a_made_up_state_is_refused_by_the_real_service(client: Any, services: Services) -> None:
    sign_in(client, services, "root")
    answer = client.get("/oauth/callback?state=made-up&code=c")
    assert answer.headers["location"] == "/settings?notice=link-old"


def test_a_download_needs_a_session_and_a_result_that_is_there(
    client: Any, services: Services
) -> None:
    assert client.get("/download/ex_0000000000000000/csv").status_code == 403
    sign_in(client, services)
    for name in ("ex_0000000000000000", "..", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "ex_1%00"):
        answer = client.get(f"/download/{name}/csv")
        assert answer.status_code == 404
        assert "root:" not in answer.text


def test_a_download_is_streamed_under_its_name_and_leaves_nothing_behind(
    client: Any, services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "made.csv"
    path.write_bytes(b"id\n00123\n" * 100_000)
    asked: list[tuple[str, str]] = []

    def made(_self: ResultsService, execution_id: str, form: str) -> Download:
        asked.append((execution_id, form))
        return Download(path, "Käufer.csv", "text/csv; charset=utf-8", 100_000, ())

    monkeypatch.setattr(ResultsService, "download", made)
    sign_in(client, services)
    answer = client.get("/download/ex_1/csv-safe")
    assert asked == [("ex_1", "csv-safe")]
    assert answer.content == b"id\n00123\n" * 100_000
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "filename*=UTF-8''K%C3%A4ufer.csv" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    assert not path.exists()


def test_a_download_that_breaks_shows_a_reference_and_nothing_else(
    client: Any, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: ResultsService, execution_id: str, form: str) -> Download:
        raise RuntimeError("/secret/path")

    monkeypatch.setattr(ResultsService, "download", broken)
    sign_in(client, services)
    answer = client.get("/download/ex_1/csv")
    assert answer.status_code == 500
    assert "reference" in answer.text
    assert "secret" not in answer.text


def test_every_answer_carries_the_security_headers(client: Any) -> None:
    for path in ("/healthz", "/fleet", "/nowhere", "/_stcore/agent/openapi.json", "/media/x"):
        headers = client.get(path).headers
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy["frame-ancestors"] == "'none'"
        assert policy["object-src"] == "'none'"
        assert policy["img-src"] == "'self' data: blob:"
        assert "unsafe" not in policy["script-src"]
        assert "ws://localhost" in policy["connect-src"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-frame-options"] == "DENY"


def test_a_hostile_host_header_does_not_reach_the_policy(client: Any) -> None:
    answer = client.get("/healthz", headers={"Host": "x; script-src *"})
    assert "*" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/media/x.csv",
        "/_stcore/upload_file/s/f",
        "/_stcore/metrics",
        "/_stcore/script-health-check",
    ],
)
def test_files_and_counts_cross_only_with_a_session(
    client: Any, services: Services, path: str
) -> None:
    assert client.get(path).status_code == 403
    sign_in(client, services)
    assert client.get(path).status_code == 200


def test_the_agent_protocol_is_shut_even_for_users(client: Any, services: Services) -> None:
    sign_in(client, services, "root")
    assert client.get("/_stcore/agent/openapi.json").status_code == 404
    assert client.post("/_stcore/agent/interact", json={}).status_code == 404
    assert client.get("/_stcore/health").status_code == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "", None, "file://", "http://", "localhost"]
)
def test_a_websocket_of_another_origin_is_refused(client: Any, origin: str | None) -> None:
    assert client.open_socket("/_stcore/stream", origin) == [
        {"type": "websocket.close", "code": 1008}
    ]


def test_a_websocket_of_our_own_pages_opens(client: Any) -> None:
    sent = client.open_socket("/_stcore/stream", "http://localhost")
    assert [m["type"] for m in sent] == ["websocket.accept", "websocket.send", "websocket.close"]


def hold(client: Any, services: Services, name: str = "root") -> str:
    """Sign in with a password that an administrator has made; gives the password."""
    password = services.users.reset_password("test", name)
    made = services.users.sign_in(name, password, "10.0.0.7")
    client.post("/auth/claim", data={"ticket": made, "next": "/"})
    return password


def test_no_route_serves_who_must_choose_a_new_password(
    client: Any, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[str] = []
    monkeypatch.setattr(ConnectionsService, "complete", lambda *_a, **_k: served.append("complete"))
    monkeypatch.setattr(ResultsService, "download", lambda *_a, **_k: served.append("download"))
    password = hold(client, services)
    answer = client.get("/download/ex_1/csv")
    assert answer.status_code == 403
    assert "nothing opens before it is changed" in answer.text
    callback = client.get("/oauth/callback?state=s&code=c")
    assert callback.headers["location"] == "/settings?notice=sign-in-first"
    for path in ("/_stcore/metrics", "/media/x.csv", "/_stcore/script-health-check"):
        assert client.get(path).status_code == 403, path
    assert client.request("PUT", "/_stcore/upload_file/a/b").status_code == 403
    assert served == []
    # What needs no session answers as ever.
    assert client.get("/healthz").status_code == 200
    services.users.change_password("root", password, "another-quiet-harbour-9")
    assert client.get("/_stcore/metrics").status_code == 403
    made = services.users.sign_in("root", "another-quiet-harbour-9", "10.0.0.7")
    client.post("/auth/claim", data={"ticket": made, "next": "/"})
    assert client.get("/_stcore/metrics").status_code == 200


def test_who_must_choose_a_new_password_can_sign_out(client: Any, services: Services) -> None:
    hold(client, services, "ann")
    token = str(client.cookies[cookie_name(services.settings)])
    assert services.users.held(token) is not None
    assert client.post("/auth/sign-out", data={"next": "/"}).status_code == 303
    assert services.users.held(token) is None
