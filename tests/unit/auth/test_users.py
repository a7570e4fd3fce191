import pytest

from amc.auth.roles import Grants, Role
from amc.clock import FrozenClock
from amc.db.engine import Database
from amc.errors import MissingError, SignInError, UsageError
from amc.services.audit import AuditService
from amc.services.users import UsersService
from amc.settings import Settings

PASSWORD = "plum-otter-lantern-42"  # as in conftest.py


def test_a_user_without_a_given_password_gets_one_that_works(users: UsersService) -> None:
    password = users.create("root", "Bo", role="viewer")
    assert users.sign_in("bo", password, "")
    assert users.get("bo").must_change


@pytest.mark.parametrize("name", ["ann", "ANN", " Ann ", "\uff21nn"])
def test_a_name_is_taken_in_any_spelling(users: UsersService, name: str) -> None:
    with pytest.raises(UsageError, match="already"):
        users.create("root", name)


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "x" * 121, "bell\x07"])
def test_a_name_that_cannot_be_read_is_refused(users: UsersService, name: str) -> None:
    with pytest.raises(UsageError, match="visible characters"):
        users.create("root", name)


def test_a_weak_password_or_unknown_role_makes_no_user(users: UsersService) -> None:
    with pytest.raises(UsageError):
        users.create("root", "bo", password="Password1234")
    with pytest.raises(UsageError, match="role"):
        users.create("root", "bo", role="owner")
    assert [u.name for u in users.all()] == ["ann", "root"]


def test_users_are_found_by_name_and_by_public_id(users: UsersService) -> None:
    ann = users.get("Ann")
    assert users.get(ann.user_id) == ann
    with pytest.raises(MissingError, match="'nobody'"):
        users.get("nobody")


def test_the_last_administrator_stays(users: UsersService) -> None:
    for change in (
        lambda: users.disable("root", "root"),
        lambda: users.set_role("root", "root", "analyst"),
    ):
        with pytest.raises(UsageError, match="left to administer"):
            change()
    users.set_role("root", "ann", "admin")
    assert users.disable("ann", "root").disabled


def test_without_any_administrator_others_can_still_be_changed(users: UsersService) -> None:
    users.set_role("root", "ann", "admin")
    users.disable("ann", "root")
    users.enable("ann", "root")
    assert not users.get("root").disabled


def test_a_new_password_replaces_the_old_one(users: UsersService) -> None:
    new = "another-quiet-harbour-9"
    users.change_password("ann", PASSWORD, new)
    assert users.sign_in("ann", new, "")
    with pytest.raises(SignInError):
        users.sign_in("ann", PASSWORD, "")


@pytest.mark.parametrize(
    ("old", "new", "error", "said"),
    [
        ("wrong-password", "another-quiet-harbour-9", SignInError, "present password"),
        (PASSWORD, PASSWORD, UsageError, "the old one"),
        (PASSWORD, "short", UsageError, "at least 12"),
    ],
)
def test_a_password_change_is_refused_with_its_reason(
    users: UsersService, old: str, new: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        users.change_password("ann", old, new)
    assert users.sign_in("ann", PASSWORD, "")


def test_a_reset_password_works_and_is_to_be_changed(users: UsersService) -> None:
    password = users.reset_password("root", "ann")
    assert users.sign_in("ann", password, "")
    assert users.get("ann").must_change
    users.change_password("ann", password, PASSWORD + "x")
    assert not users.get("ann").must_change


def test_a_zone_must_exist(users: UsersService) -> None:
    assert users.set_zone("ann", "ann", "Europe/Berlin").zone == "Europe/Berlin"
    with pytest.raises(UsageError, match="Mars/Olympus"):
        users.set_zone("ann", "ann", "Mars/Olympus")


def test_grants_are_kept(users: UsersService) -> None:
    grants = Grants.of({"brands": ["Kessler"], "sets": []})
    assert users.set_grants("root", "ann", grants).grants == grants
    assert users.set_grants("root", "ann", Grants()).grants == Grants()


def test_every_change_writes_one_row_without_a_password_in_it(
    users: UsersService, audit: AuditService
) -> None:
    before = audit.count()
    made = users.create("root", "bo", role="viewer")
    users.set_role("root", "bo", "analyst")
    users.set_zone("bo", "bo", "Asia/Tokyo")
    users.disable("root", "bo")
    users.enable("root", "bo")
    reset = users.reset_password("root", "bo")
    token = users.claim(users.sign_in("bo", reset, ""))
    users.sign_out(token)
    rows = audit.latest(limit=8)
    assert audit.count() == before + 8
    assert [r.action for r in reversed(rows)] == [
        "user.create",
        "user.set_role",
        "user.set_zone",
        "user.disable",
        "user.enable",
        "user.reset_password",
        "user.sign_in",
        "user.sign_out",
    ]
    text = repr(rows)
    assert not any(secret in text for secret in (made, reset, token, "amc1:"))
    assert audit.verify() == []


def test_a_change_that_changes_nothing_writes_nothing(
    users: UsersService, audit: AuditService
) -> None:
    before = audit.count()
    users.set_role("root", "ann", "analyst")
    assert audit.count() == before


def test_the_first_administrator_is_made_once(
    database: Database, clock: FrozenClock, settings: Settings, audit: AuditService
) -> None:
    users = UsersService(database, clock, settings, audit)
    password = users.ensure_admin("admin")
    assert password
    assert users.ensure_admin("admin") is None
    user = users.session(users.claim(users.sign_in("admin", password, "")))
    assert user is not None
    assert user.has(Role.ADMIN)
