"""Users and their sign-ins: made, limited, let in, put out."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.orm import Session

from amc import ids
from amc.auth import passwords
from amc.auth.roles import CurrentUser, Grants, Role, parse_role
from amc.clock import Clock
from amc.db.engine import Database
from amc.db.people import User
from amc.db.repos import people as repo
from amc.errors import MissingError, UsageError
from amc.services.audit import AuditService
from amc.services.sign_in import SignIn
from amc.services.user_views import UserView, fold_name, fold_name_or_nothing, user_view
from amc.settings import Settings


class UsersService:
    """Everything about users; `actor` is who does it, for the audit trail."""

    def __init__(
        self, database: Database, clock: Clock, settings: Settings, audit: AuditService
    ) -> None:
        """Keep the parts."""
        self._database, self._clock, self._audit = database, clock, audit
        self._sign_in = SignIn(database, clock, settings, audit)

    # Look

    def all(self) -> list[UserView]:
        """Every user, by name."""
        with self._database.read() as session:
            seen = repo.last_seen(session)
            return [user_view(row, seen.get(row.id)) for row in repo.users(session)]

    def get(self, name_or_id: str) -> UserView:
        """One user, by name or public id.

        Raises:
            MissingError: no such user.
        """
        with self._database.read() as session:
            row = _find(session, name_or_id)
            return user_view(row, repo.last_seen(session).get(row.id))

    # Keep

    def create(
        self,
        actor: str,
        name: str,
        *,
        role: str = Role.ANALYST,
        password: str = "",
        chosen_by_them: bool = False,
        display_name: str = "",
        grants: Grants | None = None,
    ) -> str:
        """Make a user; gives the password, which is kept nowhere.

        Args:
            actor: who does it.
            name: what is typed at sign-in; upper and lower case are the same.
            role: viewer, analyst or admin.
            password: empty to have one made up.
            chosen_by_them: whether the user chose that password; any other must be changed before
                anything opens.
            display_name: what pages show; the name when empty.
            grants: limits to brands or instance sets.

        Raises:
            UsageError: the name is taken or cannot be one; no such role; a weak password.
        """
        folded, wanted = fold_name(name), parse_role(role)
        if password:
            passwords.check_password(password, user_name=folded)
        chosen, now = password or passwords.generate_password(), self._clock.now()
        hashed = passwords.hash_password(chosen)
        with self._database.write() as session:
            repo.lock(session, "users")
            if repo.user_by_name(session, folded) is not None:
                raise UsageError(f"There is a user '{folded}' already.")
            row = User(
                public_id=ids.mint(ids.USER),
                name=folded,
                display_name=display_name.strip() or name.strip(),
                password_hash=hashed,
                role=wanted.value,
                grants=(grants or Grants()).stored(),
                must_change=not (password and chosen_by_them),
                created_at=now,
                password_at=now,
            )
            session.add(row)
            session.flush()
            after = {"name": folded, "role": wanted.value, "grants": row.grants}
            self._audit.record(session, actor, "user.create", row.public_id, None, after)
        return chosen

    def ensure_admin(self, name: str) -> str | None:
        """Make the first administrator of a fresh installation; gives the password, this once.

        Called by the supervisor on the host, never by a page. None when there are users already.
        """
        if self.all():
            return None
        password = self.create("set-up", name, role=Role.ADMIN)
        with self._database.write() as session:
            repo.note_set_up_user(session, _find(session, name).public_id)
        return password

    def set_role(self, actor: str, name: str, role: str) -> UserView:
        """Give a user another role; ends the user's sessions.

        Raises:
            MissingError, UsageError: no such user or role; nobody would be left to administer.
        """
        wanted = parse_role(role)

        def change(row: User) -> None:
            row.role = wanted.value

        return self._change(actor, name, "user.set_role", ("role",), change, ends=True)

    def set_grants(self, actor: str, name: str, grants: Grants) -> UserView:
        """Limit a user to brands or instance sets, or to nothing; ends the user's sessions."""

        def change(row: User) -> None:
            row.grants = grants.stored()

        return self._change(actor, name, "user.set_grants", ("grants",), change, ends=True)

    def disable(self, actor: str, name: str) -> UserView:
        """Refuse new sign-ins and end the user's sessions.

        Raises:
            MissingError, UsageError: no such user; nobody would be left to administer.
        """

        def change(row: User) -> None:
            row.disabled = True

        return self._change(actor, name, "user.disable", ("disabled",), change, ends=True)

    def enable(self, actor: str, name: str) -> UserView:
        """Let a disabled user sign in again."""

        def change(row: User) -> None:
            row.disabled = False

        return self._change(actor, name, "user.enable", ("disabled",), change, ends=False)

    def set_zone(self, actor: str, name: str, zone: str) -> UserView:
        """Choose the time zone that the user's pages show; empty for the installation's.

        Raises:
            MissingError, UsageError: no such user or time zone.
        """
        if zone and not _is_zone(zone):
            raise UsageError(f"There is no time zone '{zone}'.", hint="For example Europe/Berlin.")

        def change(row: User) -> None:
            row.zone = zone

        return self._change(actor, name, "user.set_zone", ("zone",), change, ends=False)

    def _change(
        self,
        actor: str,
        name: str,
        action: str,
        fields: tuple[str, ...],
        change: Callable[[User], None],
        *,
        ends: bool,
    ) -> UserView:
        now = self._clock.now()
        with self._database.write() as session:
            repo.lock(session, "users")
            row = _find(session, name)
            before, could = {field: getattr(row, field) for field in fields}, _administers(row)
            change(row)
            after = {field: getattr(row, field) for field in fields}
            if could and not _administers(row) and repo.other_admins(session, row.id) == 0:
                raise UsageError(
                    "Nobody would be left to administer.", hint="Make another administrator first."
                )
            if before != after:
                if ends:
                    repo.end_sessions(session, row.id, now)
                self._audit.record(session, actor, action, row.public_id, before, after)
            return user_view(row, repo.last_seen(session).get(row.id))

    # Passwords

    def reset_password(self, actor: str, name: str) -> str:
        """Make up a new password, end all sessions; gives it, this once.

        Raises:
            MissingError: no such user.
        """
        password = passwords.generate_password()
        self._set_password(actor, name, password, "user.reset_password", must_change=True)
        return password

    def change_password(self, name: str, old: str, new: str) -> None:
        """Let a user choose a new password; ends all of the user's sessions, this one too.

        Raises:
            SignInError: the old password is wrong, or there were too many tries.
            UsageError: the new one is weak or the old one again.
        """
        user = self.get(name)
        passwords.check_password(new, user_name=user.name)
        self._sign_in.check(user.name, old, address="", said="The present password is wrong.")
        if old == new:
            raise UsageError("The new password is the old one.")
        self._set_password(user.name, user.name, new, "user.change_password", must_change=False)

    def _set_password(
        self, actor: str, name: str, password: str, action: str, *, must_change: bool
    ) -> None:
        hashed, now = passwords.hash_password(password), self._clock.now()
        with self._database.write() as session:
            row = _find(session, name)
            row.password_hash, row.password_at, row.must_change = hashed, now, must_change
            repo.forget_set_up_user(session, row.public_id)
            ended = repo.end_sessions(session, row.id, now)
            after = {"sessions_ended": ended}
            self._audit.record(session, actor, action, row.public_id, None, after)

    # Sign-in

    def sign_in(self, name: str, password: str, address: str, *, browser: str = "") -> str:
        """Check a name and password; gives a ticket, good for one claim within a minute.

        Args:
            name: what was typed.
            password: likewise.
            address: where the browser is.
            browser: the token of this browser's latest session, ended or not: guesses from
                elsewhere do not make a browser wait that the user has signed in with.

        Raises:
            SignInError: they are wrong, or there were too many tries lately; says how long to
                wait. The same words and the same work whether or not the user exists.
        """
        return self._sign_in.ticket(fold_name_or_nothing(name), password, address, browser)

    def claim(self, ticket: str) -> str:
        """Swap a ticket for a session; gives its token, which only the cookie may hold.

        Raises:
            SignInError: the ticket is unknown, used or too old.
        """
        return self._sign_in.claim(ticket)

    def session(self, token: str, *, touch: bool = True) -> CurrentUser | None:
        """Whose session a token is; None when it has ended in any way, or opens nothing (`held`).

        Args:
            token: what the cookie holds.
            touch: whether this is the user's own doing, which keeps the session awake.
        """
        return self._sign_in.session(token, touch=touch)

    def held(self, token: str) -> CurrentUser | None:
        """Whose session a token is, when a new password must be chosen before anything opens."""
        return self._sign_in.held(token)

    def sign_out(self, token: str) -> None:
        """End a session for good; nothing happens when it is unknown."""
        self._sign_in.sign_out(token)


def _find(session: Session, name_or_id: str) -> User:
    row = repo.user_by_public_id(session, name_or_id) or repo.user_by_name(
        session, fold_name_or_nothing(name_or_id)
    )
    if row is None:
        raise MissingError(f"There is no user '{name_or_id}'.")
    return row


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _administers(row: User) -> bool:
    return row.role == Role.ADMIN and not row.disabled
