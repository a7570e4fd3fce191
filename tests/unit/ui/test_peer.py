import asyncio
from typing import Any

import pytest

from amc.container import Services
from amc.errors import SettingsError
from amc.settings import Settings, load_settings
from amc.ui import peer, process
from amc.ui.cookies import browser_cookie_name, cookie_name
from amc.ui.peer import PeerAddress, client_address

PROXIES = ("127.0.0.1", "10.1.0.0/16", "fd00::/8")


@pytest.mark.parametrize(
    ("address", "said", "counts"),
    [
        ("127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["6.6.6.6, 203.0.113.9"], "203.0.113.9"),  # the left one was the browser's
        ("127.0.0.1", ["6.6.6.6", "203.0.113.9, 10.1.2.3"], "203.0.113.9"),  # two proxies
        ("fd00::1", ["2001:db8::9"], "2001:db8::9"),
        ("fd00::1", ["[2001:db8::9]:4711"], "2001:db8::9"),
        ("::ffff:10.1.0.9", ["203.0.113.9:4711"], "203.0.113.9"),
        ("203.0.113.5", ["6.6.6.6"], "203.0.113.5"),  # nobody's proxy
        ("::1", ["6.6.6.6"], "::1"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["6.6.6.6, unknown"], "127.0.0.1"),
        ("127.0.0.1", ["6.6.6.6, '; drop, 10.1.2.3"], "10.1.2.3"),
        ("127.0.0.1", ["10.1.2.3"], "10.1.2.3"),
    ],
)
def test_the_right_most_address_that_no_trusted_proxy_has_counts(
    address: str, said: list[str], counts: str
) -> None:
    assert client_address(address, said, PROXIES) == counts


@pytest.mark.parametrize("word", ["*", "proxy.example", "10.0.0.5/24", "10.0.0", "fd00::/200"])
def test_a_proxy_that_is_no_address_is_named_at_start(
    monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setenv("AMC_TRUSTED_PROXIES", f"10.0.0.5,{word}")
    with pytest.raises(SettingsError, match=r"AMC_TRUSTED_PROXIES: .*no address or network"):
        load_settings()


def test_nobody_is_trusted_by_default() -> None:
    assert Settings(_env_file=None).trusted_proxies == ()


def seen(kind: str, address: str, **headers: str) -> dict[str, Any]:
    """The scope that the app gets."""
    caught: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        caught.append(scope)

    pairs = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    scope = {"type": kind, "client": (address, 5), "scheme": "http", "headers": pairs}
    asyncio.run(PeerAddress(app)(scope, None, None))  # type: ignore[arg-type]
    return caught[0]


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_routes_and_websockets_get_the_same_answer(
    monkeypatch: pytest.MonkeyPatch, services: Services, kind: str
) -> None:
    said = {"x_forwarded_for": "203.0.113.9", "x_forwarded_proto": "https"}
    forged = seen(kind, "127.0.0.1", **said)
    assert (forged["client"][0], forged["scheme"]) == ("127.0.0.1", "http")
    monkeypatch.setenv("AMC_TRUSTED_PROXIES", "127.0.0.1")
    process.close()
    found = seen(kind, "127.0.0.1", **said)
    assert found["client"][0] == "203.0.113.9"
    assert found["scheme"] == ("https" if kind == "http" else "wss")
    assert seen(kind, "127.0.0.2", **said)["client"][0] == "127.0.0.2"


def test_the_server_does_not_rewrite_the_address_before_the_app_sees_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import uvicorn

    # As `app.py` does when the server imports it, after the server's options are fixed.
    name = "ProxyHeadersMiddleware"
    monkeypatch.setitem(vars(uvicorn.config), name, vars(uvicorn.config)[name])
    caught: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        caught.append(scope["client"][0])

    config = uvicorn.Config(app)
    peer.keep_the_peer()
    config.load()
    forged = [(b"x-forwarded-for", b"6.6.6.6")]
    scope = {"type": "http", "client": ("127.0.0.1", 5), "headers": forged}
    asyncio.run(config.loaded_app(scope, None, None))
    assert caught == ["127.0.0.1"]


def test_a_browser_keeps_a_cookie_by_which_it_is_known_and_that_opens_nothing(
    client: Any, services: Services
) -> None:
    ticket = services.users.sign_in("ann", "plum-otter-lantern-42", "10.0.0.7")
    answer = client.post("/auth/claim", data={"ticket": ticket, "next": "/"})
    [known] = [
        line
        for line in answer.headers.get_list("set-cookie")
        if line.startswith(browser_cookie_name(services.settings))
    ]
    for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=2592000"):
        assert part in known
    session = cookie_name(services.settings)
    del client.cookies[session]
    assert client.get("/media/x.csv").status_code == 403
    client.post("/auth/sign-out", data={})
    assert browser_cookie_name(services.settings) in client.cookies
