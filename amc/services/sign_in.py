"""Sign-in: the throttled check, the one-time ticket, the session behind the cookie."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from amc.auth import passwords, throttle
from amc.auth.roles import CurrentUser, Grants, Role
from amc.auth.tokens import hash_token, looks_like_token, new_token
from amc.clock import Clock
from amc.db.engine import Database
from amc.db.people import Session as SignInSession
from amc.db.people import SignInTicket, SignInTry, User
from amc.db.repos import people as repo
from amc.errors import SignInError
from amc.log import get_logger
from amc.services.audit import AuditService
from amc.services.first_password import is_held
from amc.services.health import clock_factor
from amc.settings import Settings

log = get_logger(__name__)

_TICKET_LIFE = timedelta(seconds=60)
_TOUCH_EVERY = timedelta(seconds=60)
_KNOWN_FOR = timedelta(days=30)
_KEPT_AFTER_END = timedelta(days=30)


class SignIn:
    """The part of `UsersService` that lets people in and keeps them in."""

    def __init__(
        self, database: Database, clock: Clock, settings: Settings, audit: AuditService
    ) -> None:
        """Keep the parts."""
        self._database, self._clock, self._audit = database, clock, audit
        self._settings = settings
        # A clock that runs faster must not end a person's session faster.
        self._scale = clock_factor(clock) or 1.0
        self._idle = self._real(timedelta(seconds=settings.session_idle_s))
        self._longest = self._real(timedelta(seconds=settings.session_max_s))

    def _real(self, span: timedelta) -> timedelta:
        return span * self._scale

    # Check

    def ticket(self, name: str, password: str, address: str, browser: str = "") -> str:
        """See `UsersService.sign_in`."""
        user_id = self.check(name, password, address, browser=browser)
        ticket = new_token()
        with self._database.write() as session:
            session.add(
                SignInTicket(
                    ticket_hash=hash_token(ticket),
                    user_id=user_id,
                    address=address,
                    created_at=self._clock.now(),
                )
            )
        return ticket

    def check(
        self, name: str, password: str, address: str, *, browser: str = "", said: str = ""
    ) -> int:
        """Compare a password, throttled; gives the user's key.

        The failure is written before the password is compared and taken back when it was right:
        however many tabs and processes try at once, each try counts. `said` replaces the
        sentence for a wrong password.

        Raises:
            SignInError: wrong, or too many tries.
        """
        user_id, stored, keys, pause = self._open_try(name, address, browser)
        self._clock.sleep(pause)
        right = passwords.verify_password(password, stored)
        if not right or user_id is None:
            log.warning("sign-in refused", action="sign_in.refused", user=name, address=address)
            raise SignInError(said or None)
        rehashed = passwords.hash_password(password) if passwords.needs_rehash(stored) else ""
        with self._database.write() as session:
            repo.forget_tries(session, keys[0])
            if len(keys) > 1:
                repo.forget_last_try(session, keys[1])
            row = session.get(User, user_id)
            if rehashed and row is not None:
                row.password_hash = rehashed
        return user_id

    def _open_try(
        self, name: str, address: str, browser: str
    ) -> tuple[int | None, str, list[str], float]:
        """Count the try as failed; gives user, stored hash, keys and the pause before comparing."""
        now = self._clock.now()
        since = now - self._real(throttle.WINDOW)
        with self._database.write() as session:
            row = repo.user_by_name(session, name)
            keys = self._keys(session, row, name, address, browser, now)
            for key in keys:
                repo.lock(session, key)
            slowed = len(keys) > 1 and (
                len(repo.tries(session, keys[1], since)) >= throttle.FREE_FOR_ADDRESS
            )
            free = throttle.FREE_FOR_NAME_WHEN_SLOWED if slowed else throttle.FREE_FOR_NAME
            failures = repo.tries(session, keys[0], since)
            seconds = throttle.wait(failures, now, free=free, scale=self._scale)
            if seconds <= 0:
                session.add_all([SignInTry(key=key, at=now) for key in keys])
            repo.forget_old_tries(session, since)
        if seconds > 0:
            left = max(1, round(seconds / self._scale + 0.5))
            raise SignInError(
                f"Too many tries. Wait {left} {'second' if left == 1 else 'seconds'}, "
                "then try again.",
                hint="Nobody is locked out: the wait ends by itself.",
            )
        pause = self._real(throttle.PAUSE_FOR_ADDRESS).total_seconds() if slowed else 0.0
        if row is None or row.disabled:
            return None, "", keys, pause
        return row.id, row.password_hash, keys, pause

    def _keys(
        self,
        session: Session,
        row: User | None,
        name: str,
        address: str,
        browser: str,
        now: datetime,
    ) -> list[str]:
        """What the try is counted under: the name, alone or at its owner's place; the address."""
        key = f"user:{name}"
        if not address:
            # A change of the password: who is asked has a session, and guesses at the sign-in
            # form do not hinder it.
            return [f"{key}@session"[:200]]
        # Whoever guesses at a name from elsewhere cannot keep its owner waiting at home; behind a
        # shared address only the browser tells the two apart.
        if row is not None:
            since = now - self._real(_KNOWN_FOR)
            hashed = hash_token(browser) if looks_like_token(browser) else ""
            if hashed and repo.is_browser_of(session, row.id, hashed, since):
                key = f"user:{name[:120]}@browser:{hashed}"
            elif repo.was_here_before(session, row.id, address, since):
                key = f"user:{name}@{address}"
        return [key[:200], f"address:{address}"[:200]]

    # Sessions

    def claim(self, ticket: str) -> str:
        """See `UsersService.claim`."""
        now = self._clock.now()
        token = new_token()
        with self._database.write() as session:
            hashed = hash_token(ticket)
            user_id = repo.use_ticket(session, hashed, now, now - self._real(_TICKET_LIFE))
            user = session.get(User, user_id) if user_id is not None else None
            if user is not None and not user.disabled:
                repo.forget_sessions(session, now - self._real(_KEPT_AFTER_END))
                address = repo.ticket_address(session, hashed)
                session.add(
                    SignInSession(
                        token_hash=hash_token(token),
                        user_id=user.id,
                        created_at=now,
                        seen_at=now,
                        expires_at=now + self._longest,
                        address=address,
                    )
                )
                self._audit.record(
                    session, user.name, "user.sign_in", user.public_id, None, {"address": address}
                )
                return token
        raise SignInError("This sign-in is too old or was used already.", hint="Sign in again.")

    def session(self, token: str, *, touch: bool) -> CurrentUser | None:
        """See `UsersService.session`: the one place that keeps out whom a new password is due of.

        Whoever asks for a session and forgets the question gets nobody.
        """
        user = self._who(token, touch=touch)
        return None if user is not None and user.held else user

    def held(self, token: str) -> CurrentUser | None:
        """See `UsersService.held`."""
        user = self._who(token, touch=False)
        return user if user is not None and user.held else None

    def _who(self, token: str, *, touch: bool) -> CurrentUser | None:
        if not looks_like_token(token):
            return None
        now, hashed = self._clock.now(), hash_token(token)
        with self._database.read() as session:
            found = repo.session_with_user(session, hashed)
            if found is None:
                return None
            row, user = found
            held = is_held(session, self._settings, user)
        over = row.ended_at is not None or now >= row.expires_at or now - row.seen_at >= self._idle
        if over or user.disabled:
            return None
        if touch and now - row.seen_at >= self._real(_TOUCH_EVERY):
            self._touch(hashed, now)
        return CurrentUser(
            user_id=user.public_id,
            name=user.name,
            display_name=user.display_name,
            role=Role(user.role),
            zone=user.zone,
            must_change=user.must_change,
            held=held,
            grants=Grants.of(user.grants),
        )

    def _touch(self, hashed: str, now: datetime) -> None:
        with self._database.write() as session:
            row = session.get(SignInSession, hashed)
            if row is not None and row.ended_at is None:
                row.seen_at = now

    def sign_out(self, token: str) -> None:
        """See `UsersService.sign_out`."""
        now = self._clock.now()
        with self._database.write() as session:
            found = repo.session_with_user(session, hash_token(token))
            if found is None or found[0].ended_at is not None:
                return
            row, user = found
            row.ended_at = now
            self._audit.record(session, user.name, "user.sign_out", user.public_id, None, None)
