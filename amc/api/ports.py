"""What the client needs from whoever keeps tokens and counts requests."""

from datetime import datetime
from typing import Protocol


class Grant(Protocol):
    """A Login with Amazon grant as it is kept: opened tokens and who they belong to."""

    @property
    def refresh_token(self) -> str:
        """The refresh token, in clear."""
        ...

    @property
    def client_id(self) -> str:
        """The client that the grant was given to."""
        ...

    @property
    def region(self) -> str:
        """NA, EU or FE."""
        ...

    @property
    def access_token(self) -> str | None:
        """The cached access token, if there is one."""
        ...

    @property
    def access_expires_at(self) -> datetime | None:
        """When it ends."""
        ...


class TokenStore(Protocol):
    """Keeps tokens; lets one process at a time refresh them."""

    def load(self, connection_id: str) -> Grant:
        """The grant of a connection.

        Raises:
            MissingError: no such connection.
            KeyFileError: it cannot be opened with this key.
        """
        ...

    def try_claim_refresh(self, connection_id: str, owner: str, until: datetime) -> bool:
        """Take the right to refresh unless another has it; it falls back at `until`."""
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
        """Keep new tokens and give the right back; the connection is valid then."""
        ...

    def mark_state(self, connection_id: str, state: str, reason: str) -> None:
        """Say how a connection stands: `valid`, `retrying` or `needs_person`."""
        ...

    def forget_access(self, connection_id: str, access_token: str) -> None:
        """Drop a cached access token that Amazon refused, unless it was replaced meanwhile."""
        ...

    def release(self, connection_id: str, owner: str) -> None:
        """Give the right to refresh back."""
        ...


class RateBudget(Protocol):
    """One budget of requests for all processes; all times are real seconds."""

    def reserve(self, key: str, *, interactive: bool = False) -> float:
        """Take the next place; gives the seconds to wait before sending."""
        ...

    def slow_down(self, key: str, retry_after_s: float | None = None) -> None:
        """After a 429: nobody sends before `retry_after_s`, and the spacing grows."""
        ...

    def speed_up(self, key: str) -> None:
        """After a success: a slowed spacing shrinks back a little."""
        ...
