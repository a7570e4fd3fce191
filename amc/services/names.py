"""Names of campaigns and products, fetched from Amazon list by list in the background.

Each page is kept in one transaction with the place where the next begins, so whatever dies, the
reading goes on there. Any number of processes may read: a lease keeps each list to one of them.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from amc.clock import Clock
from amc.db.engine import Database
from amc.db.mapping_models import NamePart
from amc.db.repos import fleet
from amc.db.repos import names as repo
from amc.errors import AmcError, KeyFileError, MissingError, UnreadableAnswerError
from amc.log import get_logger
from amc.services import name_parts as parts
from amc.services.amazon import Amazon
from amc.services.audit import AuditService
from amc.services.mappings import MappingsService
from amc.services.name_parts import NamesProgress, PartView, part_view
from amc.services.name_reading import Claim, Found, NameReading
from amc.services.ports import Engine
from amc.services.scope import Scoped

__all__ = ["NAMES", "NamesProgress", "NamesService", "PartView"]

log = get_logger(__name__)

NAMES = "names.read"
ACTOR = "Amazon"
# Lists that are read at the same time, and pages before others get their turn.
LANES = 3
PAGES_A_STEP = 20
_WAIT_S = 0.5


class NamesService(Scoped):
    """Asks for names, reads them, and tells how far it is."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditService,
        amazon: Amazon,
        mappings: MappingsService,
        engine: Engine,
    ) -> None:
        """Keep the parts."""
        self._database, self._clock, self._audit = database, clock, audit
        self._mappings, self._engine = mappings, engine
        self._reading = NameReading(database, amazon, mappings)

    # Asking for it

    def request(self, actor: str, *, force: bool = False) -> int:
        """Have names fetched in the background; gives how many logins are asked.

        Lists that were read within a day are left alone, those that were broken off go on.

        Args:
            actor: who.
            force: read every list again from its beginning.

        Raises:
            MissingError: there is no connection yet.
            AccessDeniedError: the person's rights are limited.
        """
        self._scope.refuse_if_limited("Fetching names")
        now = self._clock.now()
        with self._database.write() as session:
            logins = fleet.connections(session)
            if not logins:
                raise MissingError(
                    "There is no Amazon connection yet.",
                    hint="Connect one under Settings, or with: python -m amc connections add",
                )
            for login in logins:
                parts.ask_for(session, now, login.id, parts.PROFILES, force=True)
            for row in repo.parts(session):
                if row.kind != parts.PROFILES and (force or row.state == "FAILED"):
                    parts.ask_for(
                        session,
                        now,
                        row.connection_id,
                        row.kind,
                        profile_id=row.profile_id,
                        advertiser_id=row.advertiser_id,
                        force=force,
                    )
            self._audit.record(session, actor, "names.request", "names", None, {"force": force})
            for lane in range(LANES):
                self._enqueue(session, now, lane)
        return len(logins)

    def request_due(self) -> bool:
        """Have names fetched that are older than a day; whether it was time. The scheduler's."""
        now = self._clock.now()
        with self._database.read() as session:
            last = repo.newest_request(session)
            due = bool(fleet.connections(session)) and (
                last is not None and now - last >= parts.FRESH_FOR
            )
        if due:
            self.request("scheduler")
        return due

    def progress(self) -> NamesProgress:
        """How far it is, with the lists that failed; without them for limited rights."""
        with self._database.read() as session:
            rows = repo.totals(session)
            problems = [] if self._scope.is_limited else repo.failed_parts(session)
        number = {state: count for state, count, *_ in rows}
        return NamesProgress(
            parts=sum(number.values()),
            done=number.get("DONE", 0),
            failed=number.get("FAILED", 0),
            names=sum(names for _, _, names, _, _ in rows),
            changed=sum(changed for _, _, _, changed, _ in rows),
            requested_at=max((at for *_, at in rows), default=None),
            problems=[part_view(row) for row in problems],
        )

    # Doing it

    def step(self, _payload: dict[str, object]) -> None:
        """The engine's entry: read one list, or some pages of it, and hand on to the next."""
        if self._read_one():
            with self._database.write() as session:
                self._enqueue(session, self._clock.now(), 0)

    def sweep(self) -> bool:
        """Take up what a dead process left: lists wait and nobody reads. The scheduler's part."""
        now = self._clock.now()
        with self._database.read() as session:
            idle = repo.count_open(session) and not repo.count_read_now(session, now)
            idle = idle and repo.claimable(session, now) is not None
        if not idle:
            return False
        with self._database.write() as session:
            self._enqueue(session, now, 0)
        return True

    def work_off(self, tell: Callable[[NamesProgress], None]) -> NamesProgress:
        """Read here and now until nothing is left, beside whoever else reads.

        Args:
            tell: told how far it is after each list.
        """
        while True:
            worked = self._read_one()
            tell(self.progress())
            with self._database.read() as session:
                left = repo.count_open(session)
            if not left:
                return self.progress()
            if not worked:
                self._clock.sleep(_WAIT_S)

    def _enqueue(self, session: Session, now: datetime, lane: int) -> None:
        self._engine.enqueue(session, NAMES, f"names-{now.timestamp():.6f}-{lane}", {})

    def _read_one(self) -> bool:
        """Read the next list as far as a step may; whether there was one."""
        claim = self._claim()
        if claim is None:
            return False
        for _ in range(PAGES_A_STEP):
            following = self._read_page(claim)
            if following is None:
                return True
            claim = following
        self._let_go(claim)
        return True

    def _claim(self) -> Claim | None:
        now = self._clock.now()
        with self._database.read() as session:
            if repo.claimable(session, now) is None:
                return None  # without taking the write lock
        with self._database.write() as session:
            found = repo.claimable(session, now)
            if found is None:
                return None
            row, login = found
            row.state, row.leased_until = "READING", now + parts.LEASE
            return Claim(
                row.id,
                row.leased_until,
                login.public_id,
                login.id,
                row.kind,
                row.profile_id,
                row.advertiser_id,
                row.label,
                row.cursor,
            )

    def _let_go(self, claim: Claim) -> None:
        with self._database.write() as session:
            row = repo.held(session, claim.key, claim.lease)
            if row is not None:
                row.state, row.leased_until = "WAITING", None

    def _read_page(self, claim: Claim) -> Claim | None:
        """Ask for a page and keep it; the claim on the next one, None at the end."""
        try:
            found = self._reading.page(claim)
            return self._keep(claim, found)
        except AmcError as exc:
            log.info(
                "names not read",
                action="names.read",
                kind=claim.kind,
                profile=claim.profile_id,
                reason=exc.message,
            )
            with self._database.write() as session:
                row = repo.held(session, claim.key, claim.lease)
                if row is not None and isinstance(exc, KeyFileError):
                    parts.waits(row, self._clock.now(), f"{exc.message} {exc.hint}")
                elif row is not None:
                    parts.failed(row, self._clock.now(), exc.message, transient=exc.transient)
            return None

    def _keep(self, claim: Claim, found: Found) -> Claim | None:
        now = self._clock.now()
        with self._database.write() as session:
            row = repo.held(session, claim.key, claim.lease)
            if row is None:
                return None  # somebody else has taken it over
            counts = self._mappings.put_fetched_in(session, ACTOR, found.campaigns, found.products)
            row.names += found.count
            row.changed += counts["new"] + counts["changed"] + counts["asins"]
            row.attempts, row.reason = 0, ""
            for child in found.children:
                parts.ask_for(session, now, claim.connection_key, **child)  # type: ignore[arg-type]
            if not found.cursor:
                row.state, row.leased_until, row.finished_at = "DONE", None, now
                row.cursor, row.seen = "", []
                return None
            self._advance(row, found.cursor)
            # A lease is also the claim's mark: each one differs from the one before.
            row.leased_until = max(now + parts.LEASE, claim.lease + timedelta(microseconds=1))
            return replace(claim, lease=row.leased_until, cursor=found.cursor)

    def _advance(self, row: NamePart, cursor: str) -> None:
        mark = hashlib.sha256(cursor.encode()).hexdigest()[:12]
        if mark in row.seen:
            raise UnreadableAnswerError("Amazon's pages go in a circle; the list was given up.")
        row.cursor, row.seen = cursor, [*row.seen, mark]
