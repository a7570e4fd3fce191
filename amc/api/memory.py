"""New tokens, and what one process remembers of its connections."""

import threading
from dataclasses import dataclass, field
from datetime import datetime

from amc.errors import ApiError

USUAL_LIFE_S = 3600.0


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """New tokens; `expires_in` is the access token's life in seconds."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


@dataclass(slots=True)
class Memory:
    """What one process remembers of a connection."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    life_s: float = USUAL_LIFE_S
    quiet_until: float = 0.0
    refused: ApiError | None = None
    refused_token: str = ""
    refused_until: float = 0.0
    # Tokens that Amazon gave and the store did not take: with their end, and the refresh token
    # that the store held then.
    unsaved: tuple[TokenAnswer, datetime, str] | None = None


class Memories:
    """What one process remembers of its connections, for all its threads."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._known: dict[str, Memory] = {}
        self._lock = threading.Lock()

    def of(self, connection_id: str) -> Memory:
        """What is remembered of a connection."""
        with self._lock:
            return self._known.setdefault(connection_id, Memory())
