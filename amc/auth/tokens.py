"""Random tokens of sessions and tickets: the browser holds the token, the database its hash."""

import hashlib
import secrets

_BYTES = 32  # 256 bits: cannot be guessed, so a plain fast hash is enough at rest
_LENGTH = 43  # of 32 bytes in unpadded base64


def new_token() -> str:
    """A new token, 43 characters of URL-safe base64."""
    return secrets.token_urlsafe(_BYTES)


def hash_token(token: str) -> str:
    """What is stored of a token: 64 hexadecimal digits."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def looks_like_token(text: str) -> bool:
    """Whether a text can be a token at all; spares the database what cannot."""
    return len(text) == _LENGTH and all(c.isascii() and (c.isalnum() or c in "-_") for c in text)
