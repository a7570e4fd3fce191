"""One call with everything around it: token, rate budget, repeats."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from amc.api import retry
from amc.api.answers import Answer
from amc.api.call import Call
from amc.api.http import Transport
from amc.api.ports import RateBudget, TokenSource, Turn
from amc.api.retry import Action, Event, Phase
from amc.clock import Clock, SystemClock
from amc.errors import ApiError, RateLimitedError

CLIENT_ID = "Amazon-Advertising-API-ClientId"
ADVERTISER_ID = "Amazon-Advertising-API-AdvertiserId"
MARKETPLACE_ID = "Amazon-Advertising-API-MarketplaceId"
SCOPE = "Amazon-Advertising-API-Scope"
ACCOUNT_ID = "Amazon-Ads-AccountId"


@dataclass(frozen=True)
class Caller:
    """Sends calls in the name of one connection.

    Attributes:
        base_url: of the Ads API in the region of the account.
        client_id: the client that the tokens were given to.
        tokens: of the connection that serves, or of several in turn.
        transport: sends.
        budget: counts requests, for all processes.
        rate_key: what they are counted for.
        interactive: whether a person waits for the answer.
        pace: real seconds.
        random: 0 to 1, for jitter.
    """

    base_url: str
    client_id: str
    tokens: TokenSource
    transport: Transport
    budget: RateBudget
    rate_key: str
    interactive: bool = False
    pace: Clock = field(default_factory=SystemClock)
    random: Callable[[], float] = random.random

    def call(self, call: Call) -> Answer:
        """Carry a call out; repeats what may be repeated (`amc.api.retry`), for 20 s at most.

        Raises:
            ApiError: the typed error of the last attempt.
            UsageError, SettingsError: the call must not be sent.
        """
        token = self.tokens.get()
        phase, attempt, patience = Phase.FRESH, 0, retry.PATIENCE_S
        while True:
            attempt += 1
            asked_at = self.pace.monotonic()
            turn, due = self._take_turn(patience)
            patience -= self.pace.monotonic() - asked_at
            try:
                answer = self._send(call, token, attempt, turn, due)
            except ApiError as exc:
                event = retry.event_of(exc)
                wait = self._after_failure(call, exc, event, phase, attempt)
                if wait is None or wait > patience:
                    raise
                if event is Event.UNAUTHORIZED:
                    token, phase = self.tokens.renew(token), Phase.RENEWED
                else:
                    self.pace.sleep(wait)
                    patience -= wait
                continue
            self.transport.quota.succeeded()
            self.budget.speed_up(self.rate_key)
            return answer

    def _signed(self, call: Call, token: str) -> Call:
        headers = {CLIENT_ID: self.client_id, "Authorization": f"Bearer {token}"}
        return replace(call, headers=headers | dict(call.headers))

    def _take_turn(self, patience: float) -> tuple[Turn, float]:
        """Wait for this call's turn in the rate budget; it, and its moment by our `pace`."""
        turn = self.budget.reserve(self.rate_key, interactive=self.interactive, patience_s=patience)
        if not turn.taken:
            raise RateLimitedError(
                "Amazon asked to send fewer requests; this one was held back.",
                status=429,
                retry_after_s=turn.wait_s,
            )
        due = self.pace.monotonic() + turn.wait_s
        if turn.wait_s > 0:
            self.pace.sleep(turn.wait_s)
        return turn, due

    def _send(self, call: Call, token: str, attempt: int, turn: Turn, due: float) -> Answer:
        if call.before is not None:
            call.before()
        sent = self.pace.monotonic()
        try:
            return self.transport.send(self._signed(call, token), attempt=attempt)
        finally:
            on_the_way = self.transport.way.taken_by(self.pace.monotonic() - sent)
            turn.reached(max(0.0, sent - due) + on_the_way)

    def _after_failure(
        self, call: Call, exc: ApiError, event: Event, phase: Phase, attempt: int
    ) -> float | None:
        """The seconds to wait before the next attempt; None when there is none."""
        asked = exc.retry_after_s if isinstance(exc, RateLimitedError) else None
        if event is Event.THROTTLED:
            self.budget.slow_down(self.rate_key, asked)
        action = retry.should_retry(event, call.effect, phase, attempt)
        if action is Action.GIVE_UP:
            return None
        if action is Action.RENEW_TOKEN:
            return 0.0
        if retry.is_counted(event, call.effect, phase) and not self.transport.quota.take():
            return None
        return retry.wait_for(event, attempt, asked, random=self.random)


def wire_time(moment: datetime) -> str:
    """An instant as query parameters want it: UTC, whole seconds, no zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
