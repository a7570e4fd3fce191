"""Access tokens: one refresh for everybody, early, and never in a hot loop."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from amc.api.lwa import AccessTokens, TokenAnswer
from amc.api.memory import Memories
from amc.api.tokens import LEASE_S
from amc.clock import ScaledClock
from amc.errors import (
    ClientRejectedError,
    GrantRevokedError,
    MissingError,
    ServerError,
    TransportError,
)


class Login:
    """Login with Amazon as far as tokens need it: counts, and answers what it is told."""

    def __init__(self, client_id: str, *answers: TokenAnswer | Exception) -> None:
        self.client_id, self.memories = client_id, Memories()
        self.asked: list[str] = []
        self._answers = list(answers)
        self.while_asked: Callable[[], Any] = lambda: None

    def refresh(self, region: str, *, refresh_token: str) -> TokenAnswer:
        self.asked.append(refresh_token)
        self.while_asked()
        answer = self._answers.pop(0) if self._answers else fresh(len(self.asked))
        if isinstance(answer, Exception):
            raise answer
        return answer


def fresh(number: int, refresh_token: str = "Atzr|NEXT") -> TokenAnswer:
    return TokenAnswer(f"Atza|fresh-{number}", refresh_token, 3600)


def tokens(kit: SimpleNamespace, login: Login, clock: Any = None) -> AccessTokens:
    return AccessTokens("one", kit.store, login, clock or kit.clock, pace=kit.pace)


def age(kit: SimpleNamespace, left_s: float) -> None:
    ends = kit.clock.now() + timedelta(seconds=left_s)
    kit.store.grants["one"] = replace(kit.store.grants["one"], access_expires_at=ends)


@pytest.fixture
def login(kit: SimpleNamespace) -> Login:
    return Login(kit.settings.client_id)


def test_a_good_token_is_used_as_it_is(kit: SimpleNamespace, login: Login) -> None:
    assert tokens(kit, login).get() == "Atza|EXAMPLE-ACCESS-TOKEN"
    assert login.asked == []


@pytest.mark.parametrize(("left_s", "asked"), [(721, 0), (719, 1), (1, 1), (-5, 1)])
def test_it_is_renewed_when_a_fifth_of_its_life_is_left(
    kit: SimpleNamespace, login: Login, left_s: float, asked: int
) -> None:
    age(kit, left_s)
    found = tokens(kit, login).get()
    assert len(login.asked) == asked
    assert found == ("Atza|fresh-1" if asked else "Atza|EXAMPLE-ACCESS-TOKEN")


def test_new_tokens_are_kept_with_the_new_refresh_token(kit: SimpleNamespace, login: Login) -> None:
    age(kit, 0)
    tokens(kit, login).get()
    grant = kit.store.load("one")
    assert (grant.access_token, grant.refresh_token) == ("Atza|fresh-1", "Atzr|NEXT")
    assert grant.access_expires_at == kit.clock.now() + timedelta(hours=1)
    assert kit.store.states["one"] == ("valid", "")
    assert kit.store.claims == {}


def test_a_hundred_callers_at_expiry_make_one_refresh(kit: SimpleNamespace, login: Login) -> None:
    age(kit, 0)
    gate, found = threading.Barrier(100), []
    login.while_asked = lambda: threading.Event().wait(0.05)

    def call() -> None:
        gate.wait()
        found.append(tokens(kit, login).get())

    threads = [threading.Thread(target=call) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == ["Atza|fresh-1"] * 100
    assert len(login.asked) == 1


def test_two_processes_make_one_refresh(kit: SimpleNamespace) -> None:
    # Two logins have two memories: nothing joins them but the store.
    age(kit, 0)
    first, second = Login(kit.settings.client_id), Login(kit.settings.client_id)
    found: list[str] = []
    waiting = AccessTokens("one", kit.store, second, kit.clock)
    other = threading.Thread(target=lambda: found.append(waiting.get()))

    def meanwhile() -> None:
        other.start()
        threading.Event().wait(0.05)

    first.while_asked = meanwhile
    found.append(tokens(kit, first).get())
    other.join(20)
    assert found == ["Atza|fresh-1"] * 2
    assert (len(first.asked), len(second.asked)) == (1, 0)


def test_who_has_a_working_token_never_waits_for_the_one_who_renews(
    kit: SimpleNamespace, login: Login
) -> None:
    age(kit, 600)
    assert kit.store.try_claim_refresh(
        "one", "another process", kit.clock.now() + timedelta(minutes=1)
    )
    assert tokens(kit, login).get() == "Atza|EXAMPLE-ACCESS-TOKEN"
    assert login.asked == []
    assert kit.pace.monotonic() == 0


def test_a_dead_owner_is_replaced_when_its_lease_ends(kit: SimpleNamespace, login: Login) -> None:
    age(kit, 0)
    kit.store.try_claim_refresh("one", "dead", kit.clock.now() + timedelta(seconds=LEASE_S))
    real_sleep = kit.pace.sleep
    kit.pace.sleep = lambda s: (real_sleep(s), kit.clock.advance(timedelta(seconds=s)))
    assert tokens(kit, login).get() == "Atza|fresh-1"
    assert kit.pace.monotonic() <= LEASE_S + 1


def test_an_owner_that_never_ends_is_told_about(kit: SimpleNamespace, login: Login) -> None:
    age(kit, 0)
    kit.store.try_claim_refresh("one", "hung", kit.clock.now() + timedelta(days=1))
    with pytest.raises(TransportError) as caught:
        tokens(kit, login).get()
    assert not caught.value.sent
    assert login.asked == []


def test_the_lease_lasts_in_real_seconds_on_a_fast_clock(
    kit: SimpleNamespace, login: Login
) -> None:
    # A day passes in a minute: ten real seconds are four hours of that clock.
    fast = ScaledClock(kit.clock.now(), 1440)
    kit.store.clock = fast
    age(kit, -1)
    held: list[float] = []

    def look() -> None:
        (_, until) = kit.store.claims["one"]
        held.append((until - fast.now()).total_seconds() / 1440)

    login.while_asked = look
    tokens(kit, login, fast).get()
    assert LEASE_S - 1 < held[0] <= LEASE_S


def test_a_refused_token_is_renewed_though_it_seemed_good(
    kit: SimpleNamespace, login: Login
) -> None:
    assert tokens(kit, login).renew("Atza|EXAMPLE-ACCESS-TOKEN") == "Atza|fresh-1"
    assert len(login.asked) == 1


def test_a_refused_token_that_was_replaced_meanwhile_costs_no_refresh(
    kit: SimpleNamespace, login: Login
) -> None:
    assert tokens(kit, login).renew("Atza|an older one") == "Atza|EXAMPLE-ACCESS-TOKEN"
    assert login.asked == []


def test_a_revoked_grant_needs_a_person_and_is_not_tried_in_a_loop(kit: SimpleNamespace) -> None:
    age(kit, 0)
    login = Login(kit.settings.client_id, *[GrantRevokedError("revoked by the user")] * 9)
    for _ in range(5):
        with pytest.raises(GrantRevokedError, match="revoked by the user"):
            tokens(kit, login).get()
    assert len(login.asked) == 1
    assert kit.store.states["one"] == ("needs_person", "revoked by the user")
    assert kit.store.claims == {}
    # Another process, which remembers nothing, does not ask either.
    other = Login(kit.settings.client_id)
    with pytest.raises(GrantRevokedError, match="revoked by the user"):
        tokens(kit, other).get()
    assert other.asked == []
    kit.pace.advance(timedelta(minutes=16))
    kit.clock.advance(timedelta(minutes=16))
    with pytest.raises(GrantRevokedError):
        tokens(kit, login).get()
    assert len(login.asked) == 2


def test_a_person_who_tests_a_refused_grant_has_amazon_asked_at_once(kit: SimpleNamespace) -> None:
    age(kit, 0)
    login = Login(kit.settings.client_id, GrantRevokedError("revoked"))
    with pytest.raises(GrantRevokedError):
        tokens(kit, login).get()
    again = tokens(kit, login)
    again.try_again()
    assert again.get() == "Atza|fresh-2"


def test_a_clock_that_was_set_back_does_not_refuse_for_a_year(kit: SimpleNamespace) -> None:
    age(kit, 0)
    kit.store.grants["one"] = replace(
        kit.store.grants["one"], refused_until=kit.clock.now() + timedelta(days=365)
    )
    assert tokens(kit, Login(kit.settings.client_id)).get() == "Atza|fresh-1"


def test_after_a_reconnect_the_new_grant_is_used_at_once(kit: SimpleNamespace) -> None:
    age(kit, 0)
    login = Login(kit.settings.client_id, GrantRevokedError("revoked"))
    with pytest.raises(GrantRevokedError):
        tokens(kit, login).get()
    kit.store.grants["one"] = replace(
        kit.store.grants["one"], refresh_token="Atzr|RECONNECTED", refused_until=None
    )
    assert tokens(kit, login).get() == "Atza|fresh-2"
    assert login.asked[-1] == "Atzr|RECONNECTED"


def test_a_reconnect_during_the_refresh_is_seen(kit: SimpleNamespace) -> None:
    age(kit, 0)
    login = Login(kit.settings.client_id, GrantRevokedError("revoked"))

    def reconnect() -> None:
        kit.store.grants["one"] = replace(
            kit.store.grants["one"], refresh_token="Atzr|RECONNECTED", refused_until=None
        )

    login.while_asked = reconnect
    assert tokens(kit, login).get() == "Atza|fresh-2"
    assert kit.store.states["one"] == ("valid", "")


def test_a_wrong_client_secret_is_told_apart_from_a_revoked_grant(kit: SimpleNamespace) -> None:
    age(kit, 0)
    login = Login(kit.settings.client_id, *[ClientRejectedError("wrong secret")] * 3)
    for _ in range(3):
        with pytest.raises(ClientRejectedError):
            tokens(kit, login).get()
    assert len(login.asked) == 1
    assert kit.store.states["one"] == ("needs_person", "wrong secret")


def test_a_grant_of_another_client_is_not_even_tried(kit: SimpleNamespace) -> None:
    age(kit, 0)
    login = Login("amzn1.application-oa2-client.another")
    with pytest.raises(GrantRevokedError, match="another client"):
        tokens(kit, login).get()
    assert login.asked == []


def test_a_passing_failure_is_tried_twice_and_then_said(kit: SimpleNamespace) -> None:
    age(kit, 0)
    login = Login(kit.settings.client_id, *[ServerError("500 of the token endpoint")] * 2)
    with pytest.raises(ServerError):
        tokens(kit, login).get()
    assert len(login.asked) == 2
    assert kit.store.states["one"] == ("retrying", "500 of the token endpoint")
    assert tokens(kit, login).get() == "Atza|fresh-3"


def test_a_failed_early_renewal_leaves_the_working_token_in_use(kit: SimpleNamespace) -> None:
    age(kit, 600)
    login = Login(kit.settings.client_id, *[ServerError("500")] * 2)
    for _ in range(10):
        assert tokens(kit, login).get() == "Atza|EXAMPLE-ACCESS-TOKEN"
    assert len(login.asked) == 2
    kit.pace.advance(timedelta(seconds=31))
    assert tokens(kit, login).get() == "Atza|fresh-3"


def test_tokens_that_the_store_does_not_take_are_kept_until_it_does(
    kit: SimpleNamespace, login: Login
) -> None:
    age(kit, 0)
    kit.store.saves_to_refuse = 3
    assert tokens(kit, login).get() == "Atza|fresh-1"
    assert kit.store.load("one").refresh_token == "Atzr|EXAMPLE-REFRESH-TOKEN"
    # Amazon is not asked again: what it gave is saved now.
    assert tokens(kit, login).get() == "Atza|fresh-1"
    assert len(login.asked) == 1
    assert kit.store.load("one").refresh_token == "Atzr|NEXT"


def test_short_lived_tokens_are_not_renewed_at_every_call(kit: SimpleNamespace) -> None:
    age(kit, 0)
    login = Login(kit.settings.client_id, TokenAnswer("Atza|short", "Atzr|x", 60))
    for _ in range(5):
        assert tokens(kit, login).get() == "Atza|short"
    assert len(login.asked) == 1


def test_one_connection_that_fails_does_not_touch_another(kit: SimpleNamespace) -> None:
    age(kit, 0)
    kit.store.grants["two"] = replace(kit.store.grants["one"], refresh_token="Atzr|TWO")
    login = Login(kit.settings.client_id, GrantRevokedError("revoked"))
    with pytest.raises(GrantRevokedError):
        tokens(kit, login).get()
    other = AccessTokens("two", kit.store, login, kit.clock, pace=kit.pace)
    assert other.get() == "Atza|fresh-2"


def test_a_connection_that_is_gone_says_so(kit: SimpleNamespace, login: Login) -> None:
    with pytest.raises(MissingError):
        AccessTokens("three", kit.store, login, kit.clock).get()
