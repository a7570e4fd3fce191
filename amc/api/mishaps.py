"""Every exception of requests, urllib3 and the socket below them as one of ours."""

import http.client
import ssl

import requests.exceptions as rq
import urllib3.exceptions as u3

from amc.errors import AmcError, SettingsError, TransportError, UnreadableAnswerError

# The connection was never made, so nothing can have arrived. (NameResolutionError and
# NewConnectionError are ConnectTimeoutErrors to urllib3.)
_NEVER_SENT: tuple[type[BaseException], ...] = (
    rq.ConnectTimeout,
    u3.ConnectTimeoutError,
    u3.EmptyPoolError,
    u3.ProxySchemeUnknown,
    u3.ProxySchemeUnsupported,
    ssl.SSLCertVerificationError,
)
# The address itself cannot be used: a setting is wrong.
_BAD_ADDRESS: tuple[type[BaseException], ...] = (
    rq.InvalidURL,
    rq.MissingSchema,
    rq.InvalidSchema,
    rq.URLRequired,
    u3.LocationValueError,
)
# Something came back that is not what HTTP allows.
_GARBLED: tuple[type[BaseException], ...] = (
    rq.ContentDecodingError,
    rq.InvalidJSONError,
    rq.InvalidHeader,
    rq.TooManyRedirects,
    u3.DecodeError,
    u3.InvalidHeader,
    u3.HeaderParsingError,
    u3.BodyNotHttplibCompatible,
    u3.ResponseNotChunked,
)
# It was sent, or may have been, and the answer is lost.
_LOST: tuple[type[BaseException], ...] = (
    rq.RequestException,
    u3.HTTPError,
    http.client.HTTPException,
    OSError,
)
# What these two libraries raise besides their own.
_OTHER: tuple[type[BaseException], ...] = (ValueError, TypeError, RuntimeError, AssertionError)

FOREIGN: tuple[type[BaseException], ...] = (*_LOST, *_OTHER)


def translate(exc: BaseException, *, host: str, timed_out_after: str = "") -> AmcError:
    """The error to raise for an exception of the HTTP libraries while a request was under way.

    Args:
        exc: what was raised.
        host: shown in the sentence.
        timed_out_after: the time-outs in words, for time-outs.

    Returns:
        A TransportError whose `sent` is False only when nothing can have left; an
        UnreadableAnswerError when something senseless came back; a SettingsError when the address
        cannot be used at all.
    """
    chain = _chain(exc)
    if any(isinstance(link, _NEVER_SENT) for link in chain):
        return TransportError(_never_sent(chain, host, timed_out_after), sent=False)
    if isinstance(exc, _GARBLED):
        return UnreadableAnswerError(f"{host} sent an answer that is no proper HTTP.")
    if isinstance(exc, _BAD_ADDRESS):
        return SettingsError(f"The address of {host} cannot be used: {type(exc).__name__}.")
    if any(isinstance(link, rq.Timeout | u3.TimeoutError | TimeoutError) for link in chain):
        return TransportError(f"{host} did not answer in time{timed_out_after}.", sent=True)
    if isinstance(exc, _LOST):
        return TransportError(f"The connection to {host} broke before the answer came.", sent=True)
    return UnreadableAnswerError(f"The answer of {host} could not be read.")


def _chain(exc: BaseException) -> list[BaseException]:
    """The exception with what it wraps: requests keeps urllib3's in `args`, that its `reason`."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [exc]
    while waiting and len(found) < 20:
        link = waiting.pop()
        if link is None or any(link is seen for seen in found):
            continue
        found.append(link)
        waiting += [a for a in link.args if isinstance(a, BaseException)]
        for name in ("reason", "original_error", "__cause__"):
            inner = getattr(link, name, None)
            waiting.append(inner if isinstance(inner, BaseException) else None)
    return found


def _never_sent(chain: list[BaseException], host: str, timed_out_after: str) -> str:
    if any(isinstance(link, u3.NameResolutionError) for link in chain):
        return f"There is no host {host}, or names cannot be resolved here."
    if any(isinstance(link, ssl.SSLCertVerificationError) for link in chain):
        return f"The certificate of {host} is not to be trusted."
    if any(isinstance(link, u3.NewConnectionError) for link in chain):
        return f"{host} refuses connections: nobody listens there."
    return f"No connection to {host}{timed_out_after}."
