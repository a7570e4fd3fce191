"""A password that somebody else made opens nothing before it is changed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from amc.auth import policy
from amc.auth.policy import Guarded
from amc.auth.roles import CurrentUser, Role, require
from amc.cli.main import main
from amc.cli.up import welcome
from amc.clock import FrozenClock
from amc.db.engine import Database
from amc.db.models import Connection
from amc.errors import AccessDeniedError, UsageError
from amc.services.audit import AuditService
from amc.services.users import UsersService
from amc.settings import LOCAL_CLIENT_ID, Settings

PASSWORD = "plum-otter-lantern-42"  # as in conftest.py
NEW = "another-quiet-harbour-9"
AMAZON = "https://advertising-api.amazon.com"

Build = Callable[..., UsersService]


def enter(users: UsersService, name: str, password: str) -> str:
    return users.claim(users.sign_in(name, password, ""))


def made(users: UsersService) -> str:
    return users.create("root", "bo", role="viewer")


def reset(users: UsersService) -> str:
    users.create("root", "bo", role="viewer", password=PASSWORD, chosen_by_them=True)
    return users.reset_password("root", "bo")


def given(users: UsersService) -> str:
    # Chosen with care, but not by the one who is to use it.
    users.create("root", "bo", role="viewer", password=PASSWORD)
    return PASSWORD


@pytest.mark.parametrize("make", [made, reset, given])
def test_a_password_that_somebody_else_made_opens_nothing_until_it_is_changed(
    users: UsersService, make: Callable[[UsersService], str]
) -> None:
    password = make(users)
    token = enter(users, "bo", password)
    assert users.session(token) is None
    held = users.held(token)
    assert held is not None
    assert (held.name, held.must_change) == ("bo", True)
    users.change_password("bo", password, NEW)
    assert users.held(token) is None
    token = enter(users, "bo", NEW)
    assert users.session(token) is not None
    assert users.held(token) is None


def test_the_same_password_again_is_no_new_one(users: UsersService) -> None:
    password = made(users)
    token = enter(users, "bo", password)
    with pytest.raises(UsageError, match="the old one"):
        users.change_password("bo", password, password)
    assert users.held(token) is not None


def test_whose_password_is_reset_while_signed_in_is_held_at_the_next_sign_in(
    users: UsersService,
) -> None:
    token = enter(users, "ann", PASSWORD)
    password = users.reset_password("root", "ann")
    assert users.session(token) is None
    assert users.held(token) is None
    assert users.held(enter(users, "ann", password)) is not None


def test_who_is_held_can_sign_out(users: UsersService) -> None:
    token = enter(users, "bo", made(users))
    users.sign_out(token)
    assert users.held(token) is None


@pytest.mark.parametrize("role", list(Role))
def test_no_service_serves_who_is_held_but_the_change(users: UsersService, role: Role) -> None:
    held = CurrentUser("us_1", "ann", "", role, must_change=True, held=True)
    with pytest.raises(AccessDeniedError, match="nothing opens before"):
        require(held, Role.VIEWER)
    opened = []
    for path in policy.NEEDS:
        noun, _, method = path.partition(".")
        try:
            getattr(Guarded(noun, Everything(), held), method)
        except AccessDeniedError:
            continue
        opened.append(path)
    assert opened == ["users.change_password"]
    with pytest.raises(AccessDeniedError, match="your own name"):
        Guarded("users", users, held).change_password("root", PASSWORD, NEW)
    Guarded("users", users, held).change_password("ann", PASSWORD, NEW)


class Everything:
    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_given, **_more: None


# The password that set-up prints


@pytest.fixture
def installed(
    database: Database, clock: FrozenClock, audit: AuditService, tmp_path: Path
) -> tuple[Build, str]:
    """A fresh installation's users under any settings, and the password that was printed."""

    def build(**more: str) -> UsersService:
        settings = Settings(_env_file=None, data_dir=tmp_path, **more)
        return UsersService(database, clock, settings, audit)

    password = build().ensure_admin("admin")
    assert password is not None
    return build, password


def connect(database: Database, clock: FrozenClock, client_id: str) -> None:
    now = clock.now()
    with database.write() as session:
        session.add(
            Connection(
                public_id=f"cn_{client_id[-8:]}", label=client_id, region="NA",
                client_id=client_id, refresh_token=b"", state="valid",
                consented_at=now, created_at=now,
            )
        )  # fmt: skip


def opens(users: UsersService, password: str, name: str = "admin") -> bool:
    token = enter(users, name, password)
    user, held = users.session(token), users.held(token)
    assert (user is None) != (held is None)
    return user is not None


def test_the_printed_password_opens_while_only_the_local_amc_is_connected(
    installed: tuple[Build, str], database: Database, clock: FrozenClock
) -> None:
    build, password = installed
    assert opens(build(), password)
    connect(database, clock, LOCAL_CLIENT_ID)
    assert opens(build(), password)
    # The way on is still shown.
    user = build().session(enter(build(), "admin", password))
    assert user is not None
    assert user.must_change


@pytest.mark.parametrize(
    "more",
    [
        {"api_url": AMAZON},
        {"api_url_eu": "https://advertising-api-eu.amazon.com"},
        {"lwa_url_fe": "https://api.amazon.co.jp"},
        {"authorize_url": "https://www.amazon.com/ap/oa"},
        {"api_url": "http://127.0.0.1.example:8600"},
        {"api_url": "http://127.evil.example"},
        {"amazon_client_id": "amzn1.application-oa2-client.0123"},
    ],
    ids=lambda more: next(iter(more.items()))[1],
)
def test_the_printed_password_must_be_changed_as_soon_as_anything_is_amazons(
    installed: tuple[Build, str], more: dict[str, str]
) -> None:
    build, password = installed
    before = enter(build(), "admin", password)
    assert build().session(before) is not None
    assert not opens(build(**more), password)
    # A session that was open already is held as well.
    assert build(**more).session(before) is None
    build(**more).change_password("admin", password, NEW)
    assert opens(build(**more), NEW)


def test_the_printed_password_must_be_changed_once_another_login_is_stored(
    installed: tuple[Build, str], database: Database, clock: FrozenClock
) -> None:
    build, password = installed
    connect(database, clock, "amzn1.application-oa2-client.0123")
    assert not opens(build(), password)


def test_only_the_printed_password_is_excepted(installed: tuple[Build, str]) -> None:
    build, _password = installed
    users = build()
    assert not opens(users, users.create("admin", "bo", role="admin"), "bo")
    assert not opens(users, users.reset_password("admin", "admin"))


@pytest.mark.parametrize("command", [("add", "bo", "--role", "viewer"), ("reset-password", "ann")])
def test_the_command_line_says_that_another_password_must_be_chosen(
    database: Database,
    clock: FrozenClock,
    settings: Settings,
    audit: AuditService,
    users: UsersService,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
) -> None:
    monkeypatch.setenv("AMC_DATA_DIR", str(settings.data_dir))
    for name in ("DATABASE_URL", "AMC_API_URL", "AMC_CLOCK"):
        monkeypatch.setenv(name, "")
    assert main(["users", *command]) == 0
    said = capsys.readouterr().out
    assert "Another must be chosen at the first sign-in" in said
    password = said.splitlines()[0].rpartition(" ")[2]
    assert not opens(users, password, command[1])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "holds while only the local AMC is connected"),
        ({"api_url": "http://localhost:9999"}, "holds while only the local AMC is connected"),
        ({"api_url": AMAZON}, "Another must be chosen at the first sign-in"),
    ],
)
def test_the_welcome_says_what_becomes_of_the_printed_password(
    tmp_path: Path, more: dict[str, str], said: str
) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, **more)
    assert said in welcome(settings, "plum-otter")
    assert said not in welcome(settings, None)
