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

    @property
    def refused_until(self) -> datetime | None:
        """Amazon refused this grant; it is not asked again before this instant."""
        ...

    @property
    def refused_reason(self) -> str:
        """In Amazon's words."""
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

    def mark_state(
        self, connection_id: str, state: str, reason: str, *, again_at: datetime | None = None
    ) -> None:
        """Say how a connection stands: `valid`, `retrying` or `needs_person`.

        Args:
            connection_id: which.
            state: one of the three.
            reason: Amazon's own words.
            again_at: no process asks Amazon again before this instant.
        """
        ...

    def forget_access(self, connection_id: str, access_token: str) -> None:
        """Drop a cached access token that Amazon refused, unless it was replaced meanwhile."""
        ...

    def release(self, connection_id: str, owner: str) -> None:
        """Give the right to refresh back."""
        ...


class Turn(Protocol):
    """A place in the rate budget."""

    @property
    def wait_s(self) -> float:
        """How long to wait before sending, or before coming back when no place was taken."""
        ...

    @property
    def taken(self) -> bool:
        """Whether there is a place."""
        ...

    def reached(self, after_s: float) -> None:
        """The request may have reached Amazon so many seconds after its moment."""
        ...


class RateBudget(Protocol):
    """One budget of requests for all processes; all times are real seconds."""

    def reserve(self, key: str, *, interactive: bool = False, patience_s: float = 20.0) -> Turn:
        """Take the next place.

        Background work waits inside until its turn is near. No place is taken when wait and
        place together take longer than `patience_s`.
        """
        ...

    def slow_down(self, key: str, retry_after_s: float | None = None) -> None:
        """After a 429: nobody sends before `retry_after_s`, and the spacing grows."""
        ...

    def speed_up(self, key: str) -> None:
        """After a success: a slowed spacing shrinks back a little."""
        ...


class TokenSource(Protocol):
    """Gives access tokens to a caller: of one login, or of several in turn."""

    def get(self) -> str:
        """A token that is good now."""
        ...

    def renew(self, refused: str) -> str:
        """Another token after Amazon answered 401 to `refused`."""
        ...
