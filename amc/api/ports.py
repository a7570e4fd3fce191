"""What the wire needs from outside: where tokens live, and who may send when."""

from datetime import datetime
from typing import Literal, Protocol

ConnectionState = Literal["valid", "retrying", "needs_person"]


class Grant(Protocol):
    """What is kept of a Login with Amazon grant."""

    @property
    def refresh_token(self) -> str:
        """The long-lived secret."""
        ...

    @property
    def region(self) -> str:
        """NA, EU or FE."""
        ...

    @property
    def access_token(self) -> str | None:
        """The cached short-lived token."""
        ...

    @property
    def access_expires_at(self) -> datetime | None:
        """Its end."""
        ...


class TokenStore(Protocol):
    """Tokens of connections, with one refresh at a time over all processes."""

    def load(self, connection_id: str) -> Grant:
        """The grant of a connection."""
        ...

    def try_claim_refresh(self, connection_id: str, owner: str, until: datetime) -> bool:
        """Take the right to refresh, unless another has it."""
        ...

    def save_tokens(
        self,
        connection_id: str,
        owner: str,
        *,
        access_token: str,
        expires_at: datetime,
        refresh_token: str,
    ) -> None:
        """Keep new tokens and give the right back."""
        ...

    def mark_state(self, connection_id: str, state: str, reason: str) -> None:
        """Say how a connection stands."""
        ...

    def forget_access(self, connection_id: str, access_token: str) -> None:
        """Drop a cached access token that Amazon refused."""
        ...

    def release(self, connection_id: str, owner: str) -> None:
        """Give the right to refresh back."""
        ...


class RateBudget(Protocol):
    """One budget for all processes."""

    def reserve(self, key: str, *, interactive: bool = False) -> float:
        """Take the next place; seconds to wait before sending."""
        ...

    def slow_down(self, key: str, retry_after_s: float | None = None) -> None:
        """After a 429."""
        ...

    def speed_up(self, key: str) -> None:
        """After a success."""
        ...
