"""Words that appear more than once, and text of others made safe to show."""

import re
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

PRODUCT = "AMC Manager"
TAGLINE = "Amazon Marketing Cloud, many instances, one place"


class Notice(NamedTuple):
    """What a route has to say on the page that it sends the browser to."""

    kind: str
    sentence: str


NOTICES = {
    "connected": Notice("success", "The Amazon login is connected; what it can see stands below."),
    "connected-but": Notice(
        "warning",
        "The Amazon login is connected, but not everything could be looked at; the reason stands "
        "below, with the login.",
    ),
    "consent-denied": Notice(
        "warning",
        "The Amazon login was not connected: consent was denied. Start again and choose Allow, "
        "with a login that has access to AMC.",
    ),
    "link-old": Notice(
        "warning",
        "This login link is unknown, was used already, or is older than 10 minutes. Start again.",
    ),
    "link-foreign": Notice(
        "warning",
        "This login link was begun in another session, so nothing was connected. Start again in "
        "this browser.",
    ),
    "code-refused": Notice(
        "error",
        "Amazon did not take the login code: a code works once and for five minutes. Nothing was "
        "connected; start again.",
    ),
    "client-rejected": Notice(
        "error",
        "Amazon does not accept this product's client id or secret, so nothing was connected. "
        "Check AMAZON_CLIENT_ID and AMAZON_CLIENT_SECRET and restart the app.",
    ),
    "key-locked": Notice(
        "error",
        "The encryption key is missing or wrong, so no login can be kept. Put the key file back "
        "(AMC_KEY_FILE); nothing was changed.",
    ),
    "amazon-away": Notice(
        "error",
        "Login with Amazon could not be reached, so nothing was connected. Start again in a few "
        "minutes.",
    ),
    "login-failed": Notice(
        "error",
        "Amazon did not complete the login. Start again; if it fails again, look in the log "
        "under the reference.",
    ),
    "sign-in-old": Notice(
        "warning", "The sign-in took too long or was used already. Sign in again."
    ),
    "sign-in-first": Notice("warning", "Sign in as an administrator, then connect again."),
    "password-changed": Notice("success", "Your password is changed. Sign in with the new one."),
    "signed-out": Notice("success", "You are signed out."),
}

_SPECIAL = re.compile(r"([\\`*_\[\]<&~|$])")
_AT_THE_START = re.compile(r"^(\d*)([#+\-=>.)])")
_ONE_LINE = re.compile(r"\s+")
# Streamlit turns `:name:` into icons and emojis, and bare addresses into links, in the finished
# text, where a backslash no longer helps. A word joiner has no width and no glyph.
_JOINER = "\u2060"
_AFTER_PARSING = re.compile(r"(:)(?=\w|//)|(?<=\w)(@)(?=\w)|(?i:\b(www)(?=\\?\.))|(--|<-|->|>=|<=)")


def esc_md(value: object) -> str:
    r"""Somebody's text for a label or a sentence in Markdown: shown as it is, on one line.

    No emphasis, link, image, HTML, formula, directive, icon or emoji comes out of it.
    """
    text = _ONE_LINE.sub(" ", str(value)).strip()
    text = "".join(c if c.isprintable() else "\ufffd" for c in text)
    text = _SPECIAL.sub(r"\\\1", _AFTER_PARSING.sub(_joined, text))
    return _AT_THE_START.sub(r"\1\\\2", text)


def _joined(found: re.Match[str]) -> str:
    text = found.group(0)
    if text.lower() == "www" or len(text) == 1:
        return text + _JOINER
    return text[0] + _JOINER + text[1:]


def instant(at: datetime | None, zone: str, *, seconds: bool = False) -> str:
    """An instant in a zone, such as `2026-11-23 10:15 CET`; `–` for none."""
    if at is None:
        return "–"
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%d %H:%M:%S %Z}" if seconds else f"{local:%Y-%m-%d %H:%M %Z}"


def ago(at: datetime, now: datetime) -> str:
    """How long ago, in words: `just now`, `5 min ago`, `3 h ago`, `2 days ago`."""
    seconds = max(0.0, (now - at).total_seconds())
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min ago"
    if seconds < 48 * 3600:
        return f"{seconds // 3600:.0f} h ago"
    return f"{seconds // 86400:.0f} days ago"


def count(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: `1 run`, `1,204 runs`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
