"""Ids and choices that are the same on every machine and in every run."""

import hashlib

_LOWER = "0123456789abcdefghijklmnopqrstuvwxyz"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def number(*parts: object, below: int) -> int:
    """A whole number in [0, below) that depends on the parts alone."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:16], "big") % below


def fraction(*parts: object) -> float:
    """A number in [0, 1) that depends on the parts alone."""
    return number(*parts, below=1 << 40) / (1 << 40)


def digits(length: int, *parts: object) -> str:
    """A text of so many digits, the first not 0."""
    low = 10 ** (length - 1)
    return str(low + number(*parts, below=9 * low))


def lower(length: int, *parts: object) -> str:
    """Lower-case letters and digits."""
    return _letters(_LOWER, length, parts)


def upper(length: int, *parts: object) -> str:
    """Capital letters and digits."""
    return _letters(_UPPER, length, parts)


def _letters(alphabet: str, length: int, parts: tuple[object, ...]) -> str:
    value, found = number(*parts, below=len(alphabet) ** length), []
    for _ in range(length):
        value, rest = divmod(value, len(alphabet))
        found.append(alphabet[rest])
    return "".join(found)
