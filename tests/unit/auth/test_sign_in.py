import threading
from datetime import timedelta

import bcrypt
import pytest
from sqlalchemy import func, select

from amc.auth.tokens import hash_token, new_token
from amc.clock import FrozenClock
from amc.db.engine import Database
from amc.db.people import Session, SignInTry, User
from amc.errors import SignInError
from amc.services.audit import AuditService
from amc.services.users import UsersService

PASSWORD = "plum-otter-lantern-42"  # as in conftest.py
HOME, ELSEWHERE = "10.0.0.7", "203.0.113.9"


def sign_in(users: UsersService, name: str = "ann", address: str = HOME) -> str:
    return users.claim(users.sign_in(name, PASSWORD, address))


def fail(users: UsersService, times: int, name: str = "ann", address: str = HOME) -> None:
    for _ in range(times):
        with pytest.raises(SignInError):
            users.sign_in(name, "wrong-password", address)


def test_the_right_password_opens_a_session(users: UsersService) -> None:
    user = users.session(sign_in(users, " ANN "))
    assert user is not None
    assert (user.name, user.shown_name, user.role) == ("ann", "Ann Lee", "analyst")


def test_only_hashes_of_tokens_are_stored(users: UsersService, database: Database) -> None:
    token = sign_in(users)
    with database.read() as session:
        assert session.scalars(select(Session.token_hash)).all() == [hash_token(token)]


def test_a_wrong_name_and_a_wrong_password_answer_alike(users: UsersService) -> None:
    users.disable("root", "ann")
    said = set()
    for name in ("root", "nobody", "ann", "", "\x00\n"):
        with pytest.raises(SignInError) as caught:
            users.sign_in(name, "wrong-password" if name != "ann" else PASSWORD, HOME)
        said.add(str(caught.value))
    assert len(said) == 1


def test_the_same_work_is_done_for_unknown_names(
    users: UsersService, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    real = bcrypt.checkpw

    def counted(password: bytes, hashed: bytes) -> bool:
        calls.append(int(hashed.split(b"$")[2]))
        return real(password, hashed)

    fail(users, 1, "nobody")  # makes the comparison value once
    monkeypatch.setattr(bcrypt, "checkpw", counted)
    fail(users, 1, "ann")
    fail(users, 1, "nobody")
    users.disable("root", "ann")
    fail(users, 1, "ann")
    assert len(calls) == 3
    assert len(set(calls)) == 1


def test_a_ticket_is_good_once(users: UsersService) -> None:
    ticket = users.sign_in("ann", PASSWORD, HOME)
    users.claim(ticket)
    with pytest.raises(SignInError, match="used already"):
        users.claim(ticket)


def test_a_ticket_is_good_for_a_minute(users: UsersService, clock: FrozenClock) -> None:
    ticket = users.sign_in("ann", PASSWORD, HOME)
    clock.advance(timedelta(seconds=61))
    with pytest.raises(SignInError, match="too old"):
        users.claim(ticket)


def test_a_ticket_of_a_user_disabled_meanwhile_opens_nothing(users: UsersService) -> None:
    ticket = users.sign_in("ann", PASSWORD, HOME)
    users.disable("root", "ann")
    with pytest.raises(SignInError):
        users.claim(ticket)


@pytest.mark.parametrize("token", ["", "x", "ä" * 43, "a" * 43, "a" * 5000, "../" * 14 + "x"])
def test_a_made_up_token_belongs_to_nobody(users: UsersService, token: str) -> None:
    assert users.session(token) is None


def test_every_sign_in_gets_another_token(users: UsersService) -> None:
    assert len({sign_in(users) for _ in range(5)}) == 5
    assert len({new_token() for _ in range(100)}) == 100


def test_sign_out_ends_the_session_for_good(users: UsersService) -> None:
    mine, other = sign_in(users), sign_in(users)
    users.sign_out(mine)
    users.sign_out(mine)
    assert users.session(mine) is None
    assert users.session(other) is not None


def test_a_silent_session_ends(users: UsersService, clock: FrozenClock) -> None:
    token = sign_in(users)
    clock.advance(timedelta(hours=8))
    assert users.session(token) is None


def test_use_keeps_a_session_awake_but_looking_on_does_not(
    users: UsersService, clock: FrozenClock
) -> None:
    used, watched = sign_in(users), sign_in(users)
    for _ in range(3):
        clock.advance(timedelta(hours=3))
        users.session(watched, touch=False)
        assert users.session(used) is not None
    assert users.session(watched) is None


def test_every_session_ends_after_its_longest_time(users: UsersService, clock: FrozenClock) -> None:
    token = sign_in(users)
    for _ in range(23):
        clock.advance(timedelta(hours=1))
        assert users.session(token) is not None
    clock.advance(timedelta(hours=1))
    assert users.session(token) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda users: users.set_role("root", "ann", "viewer"),
        lambda users: users.disable("root", "ann"),
        lambda users: users.reset_password("root", "ann"),
        lambda users: users.change_password("ann", PASSWORD, "another-quiet-harbour-9"),
    ],
    ids=["role", "disable", "reset", "change"],
)
def test_what_changes_a_user_ends_all_of_the_users_sessions(
    users: UsersService, change: object
) -> None:
    tokens, others = [sign_in(users) for _ in range(3)], sign_in(users, "root")
    change(users)  # type: ignore[operator]
    assert [users.session(t) for t in tokens] == [None, None, None]
    assert users.session(others) is not None


def test_wrong_passwords_slow_the_name_down_even_the_right_one(
    users: UsersService, clock: FrozenClock
) -> None:
    fail(users, 5)  # three are free; the fourth and fifth would already have to wait
    with pytest.raises(SignInError, match=r"Wait \d+ second"):
        users.sign_in("ann", PASSWORD, HOME)
    clock.advance(timedelta(seconds=61))
    assert users.sign_in("ann", PASSWORD, HOME)


def test_tries_that_had_to_wait_do_not_make_the_wait_longer(
    users: UsersService, clock: FrozenClock
) -> None:
    fail(users, 50)
    clock.advance(timedelta(seconds=2))  # the third failure asked for one second
    assert users.sign_in("ann", PASSWORD, HOME)


def test_a_slowed_name_does_not_slow_others_at_other_addresses(users: UsersService) -> None:
    fail(users, 6)
    assert users.sign_in("root", PASSWORD, ELSEWHERE)


def test_guessing_from_elsewhere_does_not_keep_the_owner_out(users: UsersService) -> None:
    sign_in(users, address=HOME)
    fail(users, 10, address=ELSEWHERE)
    with pytest.raises(SignInError, match="Wait"):
        users.sign_in("ann", PASSWORD, ELSEWHERE)
    assert users.sign_in("ann", PASSWORD, HOME)


def test_the_count_is_kept_by_the_database_not_the_process(
    users: UsersService,
    database: Database,
    clock: FrozenClock,
    audit: AuditService,
    settings: object,
) -> None:
    fail(users, 4)
    restarted = UsersService(database, clock, settings, audit)
    with pytest.raises(SignInError, match="Wait"):
        restarted.sign_in("ann", PASSWORD, HOME)


def test_the_right_password_clears_the_count_and_old_failures_are_forgotten(
    users: UsersService, database: Database, clock: FrozenClock
) -> None:
    fail(users, 2)
    users.sign_in("ann", PASSWORD, HOME)
    fail(users, 3)
    clock.advance(timedelta(hours=2))
    users.sign_in("root", PASSWORD, ELSEWHERE)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(SignInTry)) == 0


def test_parallel_guesses_each_count(users: UsersService, database: Database) -> None:
    heard: list[str] = []

    def guess() -> None:
        try:
            users.sign_in("ann", "wrong-password", HOME)
        except SignInError as exc:
            heard.append(exc.message)

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heard) == 12
    assert sum("Too many" not in text for text in heard) == 3


def test_an_imported_bcrypt_hash_is_replaced_at_sign_in(
    users: UsersService, database: Database
) -> None:
    with database.write() as session:
        row = session.scalars(select(User).where(User.name == "ann")).one()
        row.password_hash = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt()).decode()
    sign_in(users)
    with database.read() as session:
        stored = session.scalars(select(User.password_hash).where(User.name == "ann")).one()
    assert stored.startswith("amc1:")
    assert sign_in(users)
