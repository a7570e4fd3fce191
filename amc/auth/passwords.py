"""Passwords: which are refused, how they are kept, how one is compared.

Kept as `amc1:` + bcrypt (cost 12) of a keyed SHA-256 of the password. The inner hash lifts
bcrypt's limit of 72 bytes, so that every character of a long password counts; its key makes it
useless against plain SHA-256 lists. A bare bcrypt hash, as streamlit-authenticator's credential
files hold, is accepted too and replaced at the next sign-in.
"""

import base64
import hashlib
import hmac
import logging
import re
import secrets
import threading
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from amc.errors import UsageError

MIN_LENGTH = 12
MAX_LENGTH = 256

_SCHEME = "amc1:"
_KEY = b"amc-manager password v1"
_BCRYPT = re.compile(r"^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$")
_COMMON_FILE = Path(__file__).with_name("common_passwords.txt")
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LEET = str.maketrans("013457@$!|", "oleastasil")
# Runs on keyboards and in alphabets; a password made of pieces of them is a guess away.
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "q1w2e3r4t5y6u7i8o9p0",
)
# bcrypt is meant to be slow: one at a time leaves the other core to everybody else's pages.
_one_at_a_time = threading.Lock()


def hash_password(password: str) -> str:
    """What is stored of a password (about a quarter of a second of work)."""
    with _one_at_a_time:
        return _SCHEME + str(_hasher()([_inner(password)]).generate()[0])


def verify_password(password: str, stored: str) -> bool:
    """Whether a password is the stored one; the same work whatever is stored, also nothing."""
    known = stored.startswith(_SCHEME) or bool(_BCRYPT.match(stored))
    candidate = password if _BCRYPT.match(stored) else _inner(password)
    hashed = stored.removeprefix(_SCHEME) if known else _dummy()
    # bcrypt itself refuses NUL and more than 72 bytes; such a password never made a bare hash.
    usable = "\0" not in candidate and len(candidate.encode("utf-8", "replace")) <= 72
    with _one_at_a_time:
        same = bool(_hasher().check_pw(candidate if usable else _inner(password), hashed))
    return same and known and usable


def needs_rehash(stored: str) -> bool:
    """Whether a stored hash is of an older form than `hash_password` makes."""
    return not stored.startswith(_SCHEME)


def generate_password() -> str:
    """A random password of 100 bits, in groups that can be read out."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


def check_password(password: str, *, user_name: str = "") -> None:
    """Refuse a password that is too short, too long or easily guessed.

    Raises:
        UsageError: says which rule it breaks.
    """
    length = len(unicodedata.normalize("NFKC", password))
    if length < MIN_LENGTH:
        raise UsageError(f"A password needs at least {MIN_LENGTH} characters; this has {length}.")
    if length > MAX_LENGTH:
        raise UsageError(f"A password may have at most {MAX_LENGTH} characters.")
    if _is_common(password, user_name):
        raise UsageError(
            "This password is easily guessed: a common word, a run of keys, or your own name.",
            hint="Take three or four unrelated words, or the one that is offered.",
        )


def _is_common(password: str, user_name: str) -> bool:
    text = unicodedata.normalize("NFKC", password).casefold()
    if len(set(text)) <= 3:
        return True
    name = user_name.strip().casefold()
    for form in _forms(text):
        bare = re.sub(r"[\W_]+", "", form)
        core = bare.strip("0123456789")
        if _made_of_runs(bare) or _made_of_words(core) or _made_of_words(bare):
            return True
        if len(name) >= 4 and _without(core, re.sub(r"[\W_]+", "", name)):
            return True
    return False


def _forms(text: str) -> set[str]:
    # Digits at the ends are decoration, digits inside may stand for letters.
    ends = "0123456789!?.,;:-_+*#$%&@()=~ "
    spelled = (text, text.rstrip(ends), text.strip(ends))
    return {text, *(form.translate(_LEET) for form in spelled)}


def _without(core: str, name: str) -> bool:
    # The user's name, perhaps twice or with a common word, and nothing else.
    return bool(name) and name in core and _made_of_words(core.replace(name, ""))


def _made_of_words(text: str) -> bool:
    """Whether nothing is left when common words are taken off, at most three of them."""
    rest = {text}
    for _ in range(3):
        if "" in rest:
            return True
        rest = {r[len(w) :] for r in rest for w in _common_words() if r.startswith(w)}
    return "" in rest


def _made_of_runs(text: str) -> bool:
    """Whether the text is pieces of keyboard or alphabet runs, each of three keys or more."""
    at, pieces = 0, 0
    while at < len(text):
        step = max((_run_length(text[at:], run) for run in _RUNS), default=0)
        if step < 3:
            return False
        at, pieces = at + step, pieces + 1
    return pieces > 0


def _run_length(text: str, run: str) -> int:
    best = 0
    for way in (run, run[::-1]):
        length = 0
        while length < len(text) and text[: length + 1] in way:
            length += 1
        best = max(best, length)
    return best


@cache
def _common_words() -> tuple[str, ...]:
    lines = _COMMON_FILE.read_text(encoding="utf-8").splitlines()
    return tuple(w for line in lines if not line.startswith("#") for w in line.split())


def _inner(password: str) -> str:
    text = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.new(_KEY, text, hashlib.sha256).digest()).decode()


@cache
def _dummy() -> str:
    return hash_password(secrets.token_urlsafe(16)).removeprefix(_SCHEME)


@cache
def _hasher() -> Any:
    # Imported late: the package brings Streamlit, which neither the scheduler nor most commands
    # need, and which complains about running outside a page while it registers its components.
    noisy = logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context")
    noisy.addFilter(_nothing)
    try:
        from streamlit_authenticator.utilities.hasher import Hasher
    finally:
        noisy.removeFilter(_nothing)
    return Hasher


def _nothing(_record: logging.LogRecord) -> bool:
    return False


def warm_up() -> None:
    """Load what the first sign-in would otherwise wait for."""
    verify_password("", "")
