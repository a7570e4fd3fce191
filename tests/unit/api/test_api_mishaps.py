"""Every exception of requests and urllib3 becomes one of ours, and says whether it was sent."""

import http.client
import inspect
import socket
import ssl

import pytest
import requests
import requests.exceptions as rq
import urllib3.exceptions as u3

from amc.api.mishaps import FOREIGN, translate
from amc.errors import AmcError, SettingsError, TransportError, UnreadableAnswerError


def classes(module: object) -> list[type[Exception]]:
    return [
        found
        for _, found in inspect.getmembers(module, inspect.isclass)
        if issubclass(found, Exception) and not issubclass(found, Warning)
    ]


EVERY = sorted(
    {*classes(rq), *classes(u3), *classes(http.client)}, key=lambda c: (c.__module__, c.__name__)
)
# Everything whose class alone proves that nothing left.
NEVER_SENT = {
    "ConnectTimeout",
    "ConnectTimeoutError",
    "NewConnectionError",
    "NameResolutionError",
    "EmptyPoolError",
    "ProxySchemeUnknown",
    "ProxySchemeUnsupported",
}


def bare(kind: type[Exception]) -> Exception:
    """An instance without running a constructor that wants pools and sockets."""
    return kind.__new__(kind)


@pytest.mark.parametrize("kind", EVERY, ids=lambda k: f"{k.__module__}.{k.__name__}")
def test_every_class_is_caught_and_translated(kind: type[Exception]) -> None:
    assert issubclass(kind, FOREIGN)
    found = translate(bare(kind), host="example.com")
    assert isinstance(found, TransportError | UnreadableAnswerError | SettingsError)
    sent = not (isinstance(found, TransportError) and not found.sent)
    assert sent == (kind.__name__ not in NEVER_SENT)


def test_the_list_of_classes_is_not_empty_by_mistake() -> None:
    assert len(EVERY) > 60


def connect(port: int, **more: object) -> AmcError:
    with pytest.raises(FOREIGN) as caught:
        requests.get(f"http://127.0.0.1:{port}/", **{"timeout": 0.3} | more)  # type: ignore[arg-type]
    return translate(caught.value, host="there", timed_out_after=" (0.3 s)")


def test_a_refused_connection_was_provably_not_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        found = connect(port)
    assert isinstance(found, TransportError)
    assert not found.sent
    assert found.message == "there refuses connections: nobody listens there."


def test_an_unknown_host_was_provably_not_sent() -> None:
    pool = u3.MaxRetryError(None, "/", u3.NameResolutionError("h", None, socket.gaierror()))  # type: ignore[arg-type]
    found = translate(rq.ConnectionError(pool), host="there")
    assert isinstance(found, TransportError)
    assert not found.sent
    assert "no host there" in found.message


def test_an_untrusted_certificate_was_provably_not_sent() -> None:
    inner = u3.SSLError(ssl.SSLCertVerificationError("self-signed"))
    found = translate(rq.SSLError(u3.MaxRetryError(None, "/", inner)), host="there")  # type: ignore[arg-type]
    assert isinstance(found, TransportError)
    assert not found.sent


def test_a_broken_tls_connection_may_have_been_sent() -> None:
    inner = u3.SSLError(ssl.SSLError("decryption failed"))
    found = translate(rq.SSLError(u3.MaxRetryError(None, "/", inner)), host="there")  # type: ignore[arg-type]
    assert isinstance(found, TransportError)
    assert found.sent


def test_a_silent_server_may_have_got_it() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        found = connect(silent.getsockname()[1])
    assert isinstance(found, TransportError)
    assert found.sent
    assert found.message == "there did not answer in time (0.3 s)."


def test_an_exception_that_refers_to_itself_does_not_hang() -> None:
    loop = rq.ConnectionError()
    loop.args = (loop,)
    assert isinstance(translate(loop, host="there"), TransportError)
