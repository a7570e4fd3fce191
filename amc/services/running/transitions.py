"""Changes of state: the row, its timeline entry and its next step in one transaction."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from amc.clock import Clock
from amc.db.engine import Database
from amc.db.models import Execution, ExecutionEvent
from amc.db.repos import executions as repo
from amc.errors import AmcError, KeyFileError
from amc.log import get_logger
from amc.services.places import with_place
from amc.services.ports import Engine
from amc.settings import Settings

log = get_logger(__name__)

SUBMIT = "execution.submit"
FETCH = "execution.fetch"
CANCEL = "execution.cancel"
DISPATCH = "execution.dispatch"
POLL = "instance.poll"

# A run that cannot go on without the encryption key says so; looked for so often, at least.
WAITS_FOR_KEY = "Waits for the encryption key"
KEY_BACKOFF_S = 60.0

# A step renews its lease so often before it ends.
_RENEWALS = 3
_STEP_OF_STATE = {"SUBMITTING": SUBMIT, "DOWNLOADING": FETCH, "INGESTING": FETCH}


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on an execution: void as soon as somebody else has taken it over."""

    execution: str
    fence: int

    def payload(self) -> dict[str, Any]:
        """For the engine."""
        return {"execution": self.execution, "fence": self.fence}


class Transitions:
    """The shared part of all steps."""

    def __init__(
        self, database: Database, engine: Engine, clock: Clock, settings: Settings
    ) -> None:
        """Keep the parts."""
        self.database, self.engine, self.clock, self.settings = database, engine, clock, settings
        # A step that has not ended by then is taken to be dead and is done again.
        self._lease = timedelta(seconds=settings.lease_s)

    def owned(self, session: Session, claim: Claim, *states: str) -> Execution | None:
        """The row, locked, if this claim still holds and the state is one of these."""
        row = repo.row(session, claim.execution, lock=True)
        if row is None or row.fence != claim.fence or row.state not in states:
            return None
        return row

    def note(self, session: Session, row: Execution, text: str = "", request_id: str = "") -> None:
        """Add an entry to the timeline."""
        session.add(
            ExecutionEvent(
                execution_id=row.id,
                at=self.clock.now(),
                state=row.state,
                text=text,
                request_id=request_id,
            )
        )

    def enter(
        self,
        session: Session,
        row: Execution,
        state: str,
        text: str = "",
        request_id: str = "",
        *,
        same_step: bool = False,
    ) -> None:
        """Change the state; a state that is worked on gets its step in the same commit.

        With `same_step` the step that is running goes on into the new state.
        """
        row.state = state
        self.note(session, row, text, request_id)
        if same_step:
            row.next_step_at = self.clock.now() + self._lease
        elif state in _STEP_OF_STATE:
            row.attempt = 0
            self.start_step(session, row)
        else:
            row.next_step_at = None
        log.info(
            "execution changes state",
            action="execution.state",
            execution=row.public_id,
            state=state,
            reason=text,
        )

    def start_step(self, session: Session, row: Execution) -> None:
        """Enqueue the step of the row's state under a new fence."""
        row.attempt += 1
        row.fence += 1
        row.next_step_at = self.clock.now() + self._lease
        key = f"{row.public_id}-{row.state}-{row.fence}"
        step = _STEP_OF_STATE[row.state]
        self.engine.enqueue(session, step, key, Claim(row.public_id, row.fence).payload())

    def wait_for_key(self, session: Session, row: Execution, exc: KeyFileError) -> None:
        """Keep a row in its state while the encryption key is missing or wrong.

        It is told once, on the timeline and as the reason; whoever puts the key back need do no
        more. The caller says when it is tried again.
        """
        words = f"{WAITS_FOR_KEY}: {exc.message} {exc.hint}".strip()
        if row.reason != words:
            self.note(session, row, words)
        row.reason = words

    def key_is_back(self, row: Execution) -> None:
        """Amazon was asked with a login again: what was said about the key is over."""
        if row.reason.startswith(WAITS_FOR_KEY):
            row.reason = ""

    def again_in(self, row: Execution, seconds: float) -> None:
        """Give the step back; the sweep starts it anew after so many seconds."""
        row.next_step_at = self.clock.now() + min(timedelta(seconds=seconds), repo.LONGEST_WAIT)

    def renew(self, claim: Claim, *states: str) -> bool:
        """A long step says that it still lives; False when it was taken over."""
        with self.database.write() as session:
            row = self.owned(session, claim, *states)
            if row is None:
                return False
            row.next_step_at = self.clock.now() + self._lease
            return True

    @contextmanager
    def kept(self, claim: Claim, *states: str) -> Iterator[None]:
        """Renew the lease from time to time while the block runs, however long it takes.

        Without it a step that is slow and well would be taken over as if it were dead, and its
        successor again.
        """
        ended = threading.Event()

        def renew() -> None:
            while not ended.wait(self.settings.lease_s / _RENEWALS):
                try:
                    if not self.renew(claim, *states):
                        return
                except AmcError as exc:
                    log.warning("lease not renewed", action="lease.failed", reason=str(exc))

        thread = threading.Thread(target=renew, name=f"lease-{claim.execution}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def finish(
        self,
        session: Session,
        row: Execution,
        state: str,
        *,
        reason: str = "",
        cause: dict[str, Any] | None = None,
        request_id: str = "",
    ) -> None:
        """The end of an execution; whoever waits for its place is told in the same commit."""
        if cause is not None and reason and row.sent_sql:
            cause = with_place(
                cause,
                reason,
                author_sql=row.author_sql,
                sent_sql=row.sent_sql,
                written_sql=row.written_sql,
                values=row.parameters,
            )
        row.reason, row.cause = reason, cause
        row.finished_at = self.clock.now()
        row.stalled = False
        self.enter(session, row, state, reason, request_id)
        self.free_place(session, row)

    def ask_to_cancel(self, session: Session, row: Execution) -> None:
        """Have Amazon asked to cancel, now; while it does not confirm, each look asks again."""
        self.engine.enqueue(
            session, CANCEL, f"{row.public_id}-cancel-{row.fence}", {"execution": row.public_id}
        )

    def free_place(self, session: Session, row: Execution) -> None:
        """A place at Amazon is free: have it given to the next."""
        self.engine.enqueue(
            session,
            DISPATCH,
            f"{row.public_id}-freed-{row.fence}",
            {"instance": row.instance_id},
        )


def backoff_s(attempt: int, *, first_s: float = 5.0, most_s: float = 300.0) -> float:
    """The wait before the next try: doubling from the first, capped."""
    return float(min(most_s, first_s * 2 ** min(16, max(0, attempt - 1))))
