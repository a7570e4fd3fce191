"""The retry table cell by cell, waits, and `Retry-After` in every form."""

from datetime import UTC, datetime

import pytest

from amc import errors
from amc.api.retry import (
    LONGEST_RETRY_AFTER_S,
    POLICY,
    Action,
    Effect,
    Event,
    Phase,
    Quota,
    event_of,
    is_counted,
    parse_retry_after,
    should_retry,
    wait_for,
)

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
G, R, T = Action.GIVE_UP, Action.REPEAT, Action.RENEW_TOKEN

# What happens after the first attempt: event x (read, replace, create), fresh and renewed alike.
FIRST = {
    Event.NOT_SENT: (R, R, R),
    Event.LOST: (R, R, G),
    Event.UNREADABLE: (R, R, G),
    Event.SERVER: (R, R, G),
    Event.THROTTLED: (R, R, R),
    Event.REFUSED: (G, G, G),
}


def test_the_table_has_a_rule_for_every_case() -> None:
    assert set(POLICY) == {(e, f, p) for e in Event for f in Effect for p in Phase}


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("event", FIRST)
def test_the_table_says_what_is_repeated(event: Event, phase: Phase) -> None:
    found = tuple(should_retry(event, effect, phase, 1) for effect in Effect)
    assert found == FIRST[event]


@pytest.mark.parametrize("effect", Effect)
def test_a_refused_token_is_renewed_once_and_never_twice(effect: Effect) -> None:
    assert should_retry(Event.UNAUTHORIZED, effect, Phase.FRESH, 1) is T
    assert should_retry(Event.UNAUTHORIZED, effect, Phase.FRESH, 3) is T
    assert should_retry(Event.UNAUTHORIZED, effect, Phase.RENEWED, 2) is G


@pytest.mark.parametrize("key", POLICY, ids=lambda k: "-".join(k))
def test_every_rule_comes_to_an_end(key: tuple[Event, Effect, Phase]) -> None:
    assert should_retry(*key, 10) is G


def test_a_creating_post_is_repeated_only_when_it_provably_did_nothing() -> None:
    repeated = {e for e, f, p in POLICY if f is Effect.CREATE and should_retry(e, f, p, 1) is not G}
    assert repeated == {Event.NOT_SENT, Event.THROTTLED, Event.UNAUTHORIZED}


def test_throttling_and_tokens_do_not_draw_on_the_quota() -> None:
    counted = {k[0] for k, rule in POLICY.items() if rule.action is R and is_counted(*k)}
    assert counted == {Event.NOT_SENT, Event.LOST, Event.UNREADABLE, Event.SERVER}


@pytest.mark.parametrize(
    ("error", "event"),
    [
        (errors.TransportError("x", sent=False), Event.NOT_SENT),
        (errors.TransportError("x", sent=True), Event.LOST),
        (errors.RateLimitedError("x"), Event.THROTTLED),
        (errors.ServerError("x"), Event.SERVER),
        (errors.UnauthorizedError("x"), Event.UNAUTHORIZED),
        (errors.UnreadableAnswerError("x"), Event.UNREADABLE),
        (errors.ForbiddenError("x"), Event.REFUSED),
        (errors.RemoteMissingError("x"), Event.REFUSED),
        (errors.RemoteConflictError("x"), Event.REFUSED),
        (errors.InvalidRequestError("x"), Event.REFUSED),
        (errors.LoginError("x"), Event.REFUSED),
    ],
)
def test_every_api_error_is_an_event(error: errors.ApiError, event: Event) -> None:
    assert event_of(error) is event


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0.5", 0.5),
        ("0", 0.0),
        ("-3", 0.0),
        ("1e9", LONGEST_RETRY_AFTER_S),
        ("1000000000", LONGEST_RETRY_AFTER_S),
        ("inf", LONGEST_RETRY_AFTER_S),
        ("-inf", 0.0),
        ("NaN", None),
        ("", None),
        (None, None),
        ("soon", None),
        ("7 seconds", None),
        ("9" * 101, None),
        ("Mon, 02 Nov 2026 09:00:30 GMT", 30.0),
        ("Mon, 02 Nov 2026 10:00:30 +0100", 30.0),
        ("Mon, 02 Nov 2026 08:59:00 GMT", 0.0),  # past
        ("Sat, 02 Nov 2126 09:00:00 GMT", LONGEST_RETRY_AFTER_S),
        ("Mon, 99 Nov 2026 09:00:00 GMT", None),
        ("Mon, 02 Nov 99999 09:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_every_form_and_bounded(
    text: str | None, seconds: float | None
) -> None:
    assert parse_retry_after(text, NOW) == seconds


@pytest.mark.parametrize("draw", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("attempt", [1, 2, 5, 50])
@pytest.mark.parametrize("event", Event)
def test_waits_have_a_floor_and_a_ceiling(event: Event, attempt: int, draw: float) -> None:
    wait = wait_for(event, attempt, None, random=lambda: draw)
    floor = 1.0 if event is Event.THROTTLED else 0.25
    assert floor <= wait <= 20.0


def test_waits_double_with_equal_jitter() -> None:
    # Base 2 s for throttling: attempt 3 waits 4 to 8 s.
    assert wait_for(Event.THROTTLED, 3, None, random=lambda: 0.0) == 4.0
    assert wait_for(Event.THROTTLED, 3, None, random=lambda: 1.0) == 8.0


def test_amazons_word_is_obeyed_and_a_zero_still_waits() -> None:
    assert wait_for(Event.THROTTLED, 1, 7.0, random=lambda: 0.0) == 7.0
    assert 7.0 < wait_for(Event.THROTTLED, 1, 7.0, random=lambda: 1.0) <= 8.0
    assert wait_for(Event.THROTTLED, 1, 0.0, random=lambda: 0.0) >= 1.0


def test_during_an_outage_repeats_stay_below_a_fifth_of_the_calls() -> None:
    # 10 minutes at one call a second, each allowed two repeats.
    quota = Quota()
    repeats = sum(quota.take() for _ in range(600) for _ in range(2))
    assert repeats / 600 <= 0.2
    quota.succeeded()
    assert not quota.take()
    for _ in range(5):
        quota.succeeded()
    assert quota.take()
