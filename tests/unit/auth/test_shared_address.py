"""Many people behind one address: failures there slow the others, and keep nobody out."""

from datetime import timedelta

import pytest

from amc.auth.throttle import FREE_FOR_ADDRESS, PAUSE_FOR_ADDRESS
from amc.clock import FrozenClock
from amc.errors import SignInError
from amc.services.users import UsersService

PASSWORD = "plum-otter-lantern-42"  # as in conftest.py
PROXY, ELSEWHERE = "10.0.0.7", "203.0.113.9"


def guess(users: UsersService, name: str, address: str = PROXY, browser: str = "") -> bool:
    """Whether a wrong password was compared at all."""
    with pytest.raises(SignInError) as caught:
        users.sign_in(name, "wrong-password", address, browser=browser)
    return "Too many" not in caught.value.message


def heat(users: UsersService, address: str = PROXY) -> None:
    for number in range(FREE_FOR_ADDRESS):
        assert guess(users, f"guess{number}", address)


def test_47_right_passwords_get_in_while_an_attack_runs_from_their_address(
    users: UsersService, clock: FrozenClock
) -> None:
    staff = [f"person{n}" for n in range(47)]
    for name in staff:
        users.create("test", name, password=PASSWORD, chosen_by_them=True)
    heat(users)
    began, heard, tried = clock.now(), 0, 0
    for name in staff:
        for _ in range(10):
            heard += guess(users, "ann")
            tried += 1
        before = clock.now()
        assert users.sign_in(name, PASSWORD, PROXY)
        assert clock.now() - before <= PAUSE_FOR_ADDRESS
        clock.advance(timedelta(seconds=1))
    minutes = (clock.now() - began) / timedelta(minutes=1)
    assert tried == 470
    assert heard <= 8 + minutes


def test_a_slowed_address_is_heard_later_and_another_at_once(
    users: UsersService, clock: FrozenClock
) -> None:
    heat(users)
    before = clock.now()
    assert users.sign_in("ann", PASSWORD, ELSEWHERE)
    assert clock.now() == before
    assert users.sign_in("root", PASSWORD, PROXY)
    assert clock.now() - before == PAUSE_FOR_ADDRESS


def test_a_name_that_does_not_exist_waits_as_long_as_one_that_does(
    users: UsersService, clock: FrozenClock
) -> None:
    heat(users)
    spans = []
    for name in ("ann", "nobody"):
        before = clock.now()
        assert guess(users, name)
        spans.append(clock.now() - before)
    assert spans == [PAUSE_FOR_ADDRESS] * 2


def test_a_name_has_one_free_failure_at_a_slowed_address(
    users: UsersService, clock: FrozenClock
) -> None:
    heat(users)
    clock.sleep(1)
    heard = [guess(users, "ann") for _ in range(6)]
    # Each comparison takes 3 s; the wait of 1 and 2 s is over by then, that of 4 s is not.
    assert heard == [True, True, True, False, False, False]


def test_an_hour_of_guessing_at_one_name_from_a_hundred_addresses_stays_under_100(
    users: UsersService, clock: FrozenClock
) -> None:
    heard = 0
    for second in range(3600):
        heard += guess(users, "ann", f"198.51.100.{second % 100}")
        clock.advance(timedelta(seconds=1))
    assert 50 < heard <= 100


def test_a_known_browser_does_not_wait_for_guesses_at_the_same_address(
    users: UsersService, clock: FrozenClock
) -> None:
    mine = users.claim(users.sign_in("ann", PASSWORD, PROXY))
    users.sign_out(mine)
    while guess(users, "ann"):
        pass
    with pytest.raises(SignInError, match="Wait"):
        users.sign_in("ann", PASSWORD, PROXY)
    assert users.sign_in("ann", PASSWORD, PROXY, browser=mine)


def test_a_browser_of_another_user_or_an_invented_one_is_not_known(users: UsersService) -> None:
    other = users.claim(users.sign_in("root", PASSWORD, PROXY))
    while guess(users, "ann"):
        pass
    for browser in (other, "a" * 43, "x", ""):
        with pytest.raises(SignInError, match="Wait"):
            users.sign_in("ann", PASSWORD, PROXY, browser=browser)


def test_guesses_in_a_known_browser_are_limited_too(users: UsersService) -> None:
    mine = users.claim(users.sign_in("ann", PASSWORD, PROXY))
    assert [guess(users, "ann", browser=mine) for _ in range(5)] == [True] * 3 + [False] * 2


def test_a_browser_is_known_for_thirty_days(users: UsersService, clock: FrozenClock) -> None:
    mine = users.claim(users.sign_in("ann", PASSWORD, PROXY))
    clock.advance(timedelta(days=30, seconds=1))
    while guess(users, "ann"):
        pass
    with pytest.raises(SignInError, match="Wait"):
        users.sign_in("ann", PASSWORD, PROXY, browser=mine)


def test_guesses_at_the_form_do_not_hinder_a_change_of_the_password(users: UsersService) -> None:
    while guess(users, "ann"):
        pass
    with pytest.raises(SignInError, match="present password is wrong"):
        users.change_password("ann", "wrong-password", "another-quiet-harbour-9")
    users.change_password("ann", PASSWORD, "another-quiet-harbour-9")
