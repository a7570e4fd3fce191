"""Access tokens: cached, renewed early by exactly one process, and never in a hot loop."""

import os
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from amc.api.memory import USUAL_LIFE_S, Memories, TokenAnswer
from amc.api.ports import Grant, TokenStore
from amc.clock import Clock, SystemClock
from amc.errors import (
    AmcError,
    ApiError,
    ClientRejectedError,
    GrantRevokedError,
    TransportError,
)
from amc.log import get_logger

log = get_logger(__name__)

# One try takes at most 8 s (3 s to connect, 5 s to answer); after that another may take over.
LEASE_S = 10.0
# How long a caller waits for another process's renewal before it says so.
WAIT_S = 30.0
_LOOK_AGAIN_S = 0.1
# Renewed when this part of the life is left; tokens live 3600 s unless Amazon said otherwise.
_LEFT_SHARE = 0.2
# With less than this left a token might end on the way.
_USABLE_S = 5.0
# After a failed early renewal the token that still works is used for so long before another try.
_PAUSE_S = 30.0
# A refused grant is not tried again before this, unless it was replaced.
_REFUSED_PAUSE_S = 900.0
_REJECTED_PAUSE_S = 60.0
_SAVE_TRIES = 3


class Refresher(Protocol):
    """What is needed of Login with Amazon (`amc.api.lwa.LoginWithAmazon`)."""

    @property
    def client_id(self) -> str:
        """The client that we are; a grant of another cannot be renewed."""
        ...

    @property
    def memories(self) -> Memories:
        """What this process remembers."""
        ...

    def refresh(self, region: str, *, refresh_token: str) -> TokenAnswer:
        """A new access token."""
        ...


def _pause_of(exc: ApiError) -> float:
    return _REJECTED_PAUSE_S if isinstance(exc, ClientRejectedError) else _REFUSED_PAUSE_S


class AccessTokens:
    """Access tokens of one connection. Any number of these, in any number of threads."""

    def __init__(
        self,
        connection_id: str,
        store: TokenStore,
        login: Refresher,
        clock: Clock,
        *,
        pace: Clock | None = None,
    ) -> None:
        """Keep the parts.

        Args:
            connection_id: whose tokens.
            store: where they are kept.
            login: asks for new ones.
            clock: the product's time, in which tokens end.
            pace: real seconds, in which waiting happens.
        """
        self._id, self._store, self._login = connection_id, store, login
        self._clock, self._pacer = clock, pace or SystemClock()
        self._memory = login.memories.of(connection_id)

    def get(self) -> str:
        """A token that is good now.

        Raises:
            GrantRevokedError: a person has to reconnect.
            ClientRejectedError: the client id or secret is wrong.
            ApiError: it cannot be renewed at the moment (transient).
            MissingError, KeyFileError: from the store.
        """
        grant = self._store.load(self._id)
        left = self._left_s(grant)
        if grant.access_token and left > self._memory.life_s * _LEFT_SHARE:
            return grant.access_token
        usable = None
        if grant.access_token and left > _USABLE_S:
            usable = grant.access_token
            if self._pacer.monotonic() < self._memory.quiet_until:
                return usable
        return self._renew(grant.access_token, usable)

    def renew(self, refused: str) -> str:
        """Another token after Amazon answered 401 to `refused`.

        Raises:
            LoginError, ApiError: see `get`.
        """
        self._store.forget_access(self._id, refused)
        return self._renew(refused, None)

    def try_again(self) -> None:
        """Forget an earlier refusal: a person wants Amazon to be asked now."""
        self._memory.refused, self._memory.quiet_until = None, 0.0
        self._store.mark_state(self._id, "retrying", "It is being tested.")

    def _left_s(self, grant: Grant) -> float:
        if grant.access_expires_at is None:
            return 0.0
        return (grant.access_expires_at - self._clock.now()).total_seconds()

    def _renew(self, stale: str | None, usable: str | None) -> str:
        deadline = self._pacer.monotonic() + WAIT_S
        # Threads of this process queue here, so that processes compete and not threads.
        # Whoever has a token that still works does not wait at all.
        if not self._memory.lock.acquire(timeout=0 if usable else WAIT_S):
            return usable or self._give_up()
        try:
            while True:
                grant = self._store.load(self._id)
                if self._is_new(grant, stale) and grant.access_token:
                    return grant.access_token
                refusal = self._refusal(grant)
                if refusal is not None:
                    if usable is None:
                        raise refusal.with_traceback(None)
                    return usable
                owner = f"{os.getpid()}-{uuid.uuid4().hex}"
                if self._store.try_claim_refresh(self._id, owner, self._lease_end()):
                    return self._as_owner(owner, stale, usable)
                if usable:
                    return usable
                if self._pacer.monotonic() > deadline:
                    return self._give_up()
                self._pacer.sleep(_LOOK_AGAIN_S)
        finally:
            self._memory.lock.release()

    def _is_new(self, grant: Grant, stale: str | None) -> bool:
        return grant.access_token != stale and self._left_s(grant) > _USABLE_S

    def _give_up(self) -> str:
        raise TransportError(
            "Another process is renewing this login and does not come to an end.", sent=False
        )

    def _lease_end(self) -> datetime:
        return self._in(LEASE_S)

    def _in(self, real_s: float) -> datetime:
        # The store compares with the product's clock, which may run faster than real time.
        factor = max(1.0, float(getattr(self._clock, "factor", 1.0)))
        return self._clock.now() + timedelta(seconds=real_s * factor)

    def _refusal(self, grant: Grant) -> ApiError | None:
        """Why Amazon is not asked now: this process was refused, or another one was."""
        memory = self._memory
        if (
            memory.refused is not None
            and memory.refused_token == grant.refresh_token
            and self._pacer.monotonic() < memory.refused_until
        ):
            return memory.refused
        # The second comparison is for a clock that was set back.
        until = grant.refused_until
        if until is not None and self._clock.now() < until <= self._in(_REFUSED_PAUSE_S):
            return GrantRevokedError(
                grant.refused_reason or None,
                hint="Reconnect it, or test it again, under Settings, Connections.",
            )
        return None

    def _as_owner(self, owner: str, stale: str | None, usable: str | None) -> str:
        """The right to refresh is ours: use it, and give it back whatever happens."""
        saved = False
        try:
            # Between the look and the claim another may have come to its end.
            grant = self._store.load(self._id)
            if self._is_new(grant, stale) and grant.access_token:
                return grant.access_token
            grant, answer = self._ask(owner, grant)
            saved = self._save(owner, grant, answer)
            return answer.access_token
        except ApiError as exc:
            self._tell(exc)
            self._memory.quiet_until = self._pacer.monotonic() + _PAUSE_S
            if usable is None:
                raise
            log.warning("early renewal failed", action="tokens.early_renewal", reason=exc.message)
            return usable
        finally:
            if not saved:
                self._release(owner)

    def _tell(self, exc: ApiError) -> None:
        state, again_at = "retrying", None
        if isinstance(exc, GrantRevokedError | ClientRejectedError):
            state, again_at = "needs_person", self._in(_pause_of(exc))
        try:
            self._store.mark_state(self._id, state, exc.message, again_at=again_at)
        except AmcError as failure:
            log.error("state not kept", action="tokens.mark_state", reason=failure.message)

    def _release(self, owner: str) -> None:
        try:
            self._store.release(self._id, owner)
        except AmcError as exc:
            # The lease ends by itself.
            log.error("lease not given back", action="tokens.release", reason=exc.message)

    def _ask(self, owner: str, grant: Grant) -> tuple[Grant, TokenAnswer]:
        kept, self._memory.unsaved = self._memory.unsaved, None
        if kept and kept[2] == grant.refresh_token and kept[0].access_token != grant.access_token:
            left = (kept[1] - self._clock.now()).total_seconds()
            if left > _USABLE_S:
                return grant, replace(kept[0], expires_in=int(left))
        try:
            return grant, self._refresh(owner, grant)
        except GrantRevokedError as exc:
            # Somebody may have reconnected in this very moment: look once.
            again = self._store.load(self._id)
            if again.refresh_token == grant.refresh_token:
                self._remember(grant, exc)
                raise
        except ClientRejectedError as exc:
            self._remember(grant, exc)
            raise
        try:
            return again, self._refresh(owner, again)
        except GrantRevokedError as exc:
            self._remember(again, exc)
            raise

    def _refresh(self, owner: str, grant: Grant) -> TokenAnswer:
        if grant.client_id != self._login.client_id:
            raise GrantRevokedError(
                f"This login was given to another client ({grant.client_id}).",
                hint="Reconnect it, or set AMAZON_CLIENT_ID back.",
            )
        try:
            return self._login.refresh(grant.region, refresh_token=grant.refresh_token)
        except ApiError as exc:
            if not exc.transient:
                raise
        # A passing failure is tried once more, with a lease that lasts long enough for it.
        self._store.try_claim_refresh(self._id, owner, self._lease_end())
        return self._login.refresh(grant.region, refresh_token=grant.refresh_token)

    def _remember(self, grant: Grant, exc: ApiError) -> None:
        self._memory.refused, self._memory.refused_token = exc, grant.refresh_token
        self._memory.refused_until = self._pacer.monotonic() + _pause_of(exc)

    def _save(self, owner: str, grant: Grant, answer: TokenAnswer) -> bool:
        """Keep new tokens; when the store cannot, keep them here and try at the next need."""
        self._memory.life_s = float(answer.expires_in) or USUAL_LIFE_S
        self._memory.refused, self._memory.quiet_until = None, 0.0
        ends_at = self._clock.now() + timedelta(seconds=answer.expires_in)
        for number in range(_SAVE_TRIES):
            try:
                self._store.save_tokens(
                    self._id,
                    owner,
                    access_token=answer.access_token,
                    expires_at=ends_at,
                    refresh_token=answer.refresh_token,
                )
                return True
            except AmcError as exc:
                log.error(
                    "new tokens could not be kept",
                    action="tokens.save",
                    attempt=number + 1,
                    reason=exc.message,
                )
                self._pacer.sleep(0.2 * (number + 1))
        self._memory.unsaved = (answer, ends_at, grant.refresh_token)
        return False
