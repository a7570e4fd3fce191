"""Sending an execution to Amazon: once, whatever dies.

The intent is committed before the POST. Whoever finds an intent without Amazon's id does not
know whether the POST arrived; so it looks in Amazon's list first, and no sooner than the list may
be expected to show it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from amc.api.client import InstanceApi
from amc.api.wire import WorkflowExecution
from amc.db.models import Execution, PublishedWorkflow
from amc.db.repos import executions as repo
from amc.errors import (
    AmcError,
    ApiError,
    ExecutionError,
    ForbiddenError,
    InvalidRequestError,
    KeyFileError,
    MissingError,
    RateLimitedError,
    RemoteConflictError,
    RemoteMissingError,
    SettingsError,
    TransportError,
    UsageError,
    WindowError,
)
from amc.log import get_logger
from amc.services.amazon import Amazon
from amc.services.causes import explain_error, explain_reason
from amc.services.running.finding import Finding, Lost, Wanted, lost_by
from amc.services.running.transitions import KEY_BACKOFF_S, Claim, Transitions, backoff_s

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Job:
    """What the step needs of the row, read once."""

    key: int
    instance_key: int
    instance_id: str
    workflow_id: str
    sql: str
    declarations: list[dict[str, Any]]
    values: dict[str, Any]
    window: tuple[str, str, str]
    synthetic: bool
    intent_at: datetime | None
    attempt: int
    published: bool
    lost: Lost | None

    @property
    def wanted(self) -> Wanted:
        """What an execution in Amazon's list must be like to be this one."""
        return Wanted(self.instance_key, self.workflow_id, self.values, self.window)


class _TakenOverError(Exception):
    """Another process has the row now."""


class Submitting:
    """The step of the state SUBMITTING."""

    def __init__(self, transitions: Transitions, amazon: Amazon) -> None:
        """Keep the parts."""
        self._t, self._amazon = transitions, amazon
        self._finding = Finding(transitions)

    def step(self, payload: dict[str, Any]) -> None:
        """The engine's entry: a claim."""
        claim = Claim(str(payload["execution"]), int(payload["fence"]))
        job = self._load(claim)
        if job is None:
            return
        try:
            with self._t.kept(claim, "SUBMITTING"):
                api = self._amazon.instance(job.instance_id)
                if job.intent_at is not None and not self._settle_intent(claim, job, api):
                    return
                if job.intent_at is None and not self._settle_restore(claim, job, api):
                    return
                if not job.published:
                    self._publish(job, api)
                self._post(claim, job, api)
        except _TakenOverError:
            log.info(
                "step was taken over", action="execution.taken_over", execution=claim.execution
            )
        except AmcError as exc:
            self._failed(claim, job, exc)

    def _load(self, claim: Claim) -> _Job | None:
        with self._t.database.write() as session:
            row = self._t.owned(session, claim, "SUBMITTING")
            if row is None:
                return None
            if row.cancel_requested_at is not None and row.intent_at is None:
                self._t.finish(session, row, "CANCELLED", reason="Cancelled before it was sent.")
                return None
            found = repo.one(session, row.public_id)
            if found is None:
                return None
            return _Job(
                row.id,
                row.instance_id,
                found[1].instance_id,
                row.amc_workflow_id,
                row.sent_sql,
                list(row.declarations),
                dict(row.parameter_values),
                (row.window_start, row.window_end, row.window_zone),
                row.synthetic,
                row.intent_at,
                row.attempt,
                repo.published(session, row.instance_id, row.amc_workflow_id) is not None,
                lost_by(session, row, self._t.clock.now()),
            )

    # The workflow at Amazon

    def _publish(self, job: _Job, api: InstanceApi) -> None:
        """Have the text stand at Amazon under its own hash; the same text is fine."""
        try:
            api.create_workflow(job.workflow_id, job.sql, input_parameters=job.declarations)
        except RemoteConflictError:
            there = api.get_workflow(job.workflow_id)
            if there.sql_query != job.sql:
                raise ExecutionError(
                    f"Amazon holds another text under {job.workflow_id} on {job.instance_id}.",
                    fault="amazon",
                    evidence=there.sql_query,
                    hint="Somebody changed it by hand: delete that workflow in AMC, run again.",
                ) from None
        now = self._t.clock.now()
        with self._t.database.write() as session:
            if repo.published(session, job.instance_key, job.workflow_id) is None:
                session.add(
                    PublishedWorkflow(
                        instance_id=job.instance_key,
                        amc_workflow_id=job.workflow_id,
                        published_at=now,
                        last_used_at=now,
                    )
                )

    # The run

    def _amazon_now(self) -> datetime:
        """The time on Amazon's clock, by its last answer: intents are matched by its times."""
        return self._t.clock.now() - timedelta(seconds=self._amazon.clock_skew_s() or 0.0)

    def _declare_intent(self, claim: Claim) -> None:
        """Say that the POST comes now; from here on it may have happened.

        Raises:
            _TakenOverError: this process slept too long, another has the row now.
        """
        with self._t.database.write() as session:
            row = self._t.owned(session, claim, "SUBMITTING")
            if row is None:
                raise _TakenOverError
            row.intent_at = self._amazon_now()

    def _post(self, claim: Claim, job: _Job, api: InstanceApi) -> None:
        start, end, zone = job.window
        answer = api.create_execution(
            job.workflow_id,
            window_start=start,
            window_end=end,
            zone=zone,
            parameter_values=job.values,
            require_synthetic_data=job.synthetic,
            # After all waiting for a place, so that nobody who was asleep sends late.
            before=lambda: self._declare_intent(claim),
        )
        self._adopt(claim, answer, "accepted by Amazon")

    def _adopt(self, claim: Claim, found: WorkflowExecution, text: str) -> None:
        """Tie Amazon's id to the row; no two rows can have the same one."""
        try:
            with self._t.database.write() as session:
                row = self._t.owned(session, claim, "SUBMITTING")
                if row is None:
                    return  # taken over meanwhile: the one who did finds it in Amazon's list
                row.amc_execution_id = found.workflow_execution_id
                row.amc_status = found.status
                row.submitted_at = self._t.clock.now()
                self._t.key_is_back(row)
                published = repo.published(session, row.instance_id, row.amc_workflow_id)
                if published is not None:
                    published.last_used_at = row.submitted_at
                self._t.enter(session, row, "PENDING", text, found.request_id)
                if row.cancel_requested_at is not None:
                    # It was asked for while nobody knew Amazon's id.
                    self._t.ask_to_cancel(session, row)
        except IntegrityError:
            log.warning(
                "execution belongs to another row",
                action="execution.adopt_conflict",
                execution=claim.execution,
                amc_execution=found.workflow_execution_id,
            )
            self._wait_for_listing(claim, "its place in Amazon's list was taken")

    # Doubt

    def _settle_intent(self, claim: Claim, job: _Job, api: InstanceApi) -> bool:
        """Find out whether an earlier POST arrived; True when it surely did not."""
        assert job.intent_at is not None  # noqa: S101 - the caller asked
        lag_s = self._t.settings.listing_lag_s
        found = self._finding.sent_since(job.wanted, api, job.intent_at)
        # Not longer than the lag, should a clock have been set back meanwhile.
        age_s = (self._amazon_now() - job.intent_at).total_seconds()
        wait = max(min(lag_s, lag_s - age_s), self._listed_in(job.lost))
        if found is not None:
            self._adopt(claim, found, "found in Amazon's list after a lost answer")
            return False
        if wait > 0:
            # Not there yet: the list may lag behind. Look again when it must be there.
            with self._t.database.write() as session:
                row = self._t.owned(session, claim, "SUBMITTING")
                if row is not None:
                    self._t.again_in(row, wait)
            return False
        with self._t.database.write() as session:
            row = self._t.owned(session, claim, "SUBMITTING")
            if row is None:
                return False
            row.intent_at = None
            self._t.note(session, row, "not in Amazon's list: it never arrived, sent again")
            if row.cancel_requested_at is not None:
                self._t.finish(session, row, "CANCELLED", reason="Cancelled before it was sent.")
                return False
        return True

    def _settle_restore(self, claim: Claim, job: _Job, api: InstanceApi) -> bool:
        """Take up what was sent before the database was put back; True when nothing was."""
        if job.lost is None:
            return True
        found = self._finding.sent_before_restore(job.wanted, api, job.lost)
        if found is not None:
            self._adopt(claim, found, "found in Amazon's list: sent before a backup was put back")
            return False
        wait = self._listed_in(job.lost)
        if wait <= 0:
            return True
        with self._t.database.write() as session:
            row = self._t.owned(session, claim, "SUBMITTING")
            if row is not None:
                self._t.again_in(row, wait)
        return False

    def _listed_in(self, lost: Lost | None) -> float:
        """In how many seconds the list shows what was sent a moment before a restore."""
        if lost is None:
            return 0.0
        lag_s = self._t.settings.listing_lag_s
        age_s = (self._t.clock.now() - lost.restored_at).total_seconds()
        return min(lag_s, lag_s - age_s)

    def _wait_for_listing(self, claim: Claim, text: str) -> None:
        with self._t.database.write() as session:
            row = self._t.owned(session, claim, "SUBMITTING")
            if row is not None:
                self._t.note(session, row, text)
                self._t.again_in(row, self._t.settings.listing_lag_s)

    # Failure

    def _failed(self, claim: Claim, job: _Job, exc: AmcError) -> None:
        with self._t.database.write() as session:
            row = self._t.owned(session, claim, "SUBMITTING")
            if row is None:
                return
            request_id = ""
            if isinstance(exc, ApiError):
                request_id = exc.request_id
                self._t.key_is_back(row)
            # What stopped a look for an earlier POST says nothing about that POST.
            only_looked = row.intent_at is not None and row.intent_at == job.intent_at
            waits = exc.transient or isinstance(exc, KeyFileError)
            if _surely_not_done(exc) and not (only_looked and waits):
                row.intent_at = None
            if isinstance(exc, RemoteMissingError) and job.published:
                # The saved workflow was removed by hand: publish it again.
                self._unpublish(session, row)
                self._t.again_in(row, 0)
                return
            if isinstance(exc, KeyFileError):
                self._t.wait_for_key(session, row, exc)
                self._t.again_in(row, backoff_s(row.attempt, most_s=KEY_BACKOFF_S))
            elif row.intent_at is not None and isinstance(exc, ApiError):
                self._t.note(session, row, f"no clear answer: {exc.message}", request_id)
                self._t.again_in(row, self._t.settings.listing_lag_s)
            elif exc.transient:
                wait = backoff_s(row.attempt)
                if isinstance(exc, RateLimitedError) and exc.retry_after_s:
                    wait = max(wait, exc.retry_after_s)
                self._t.note(session, row, f"tried again later: {exc.message}", request_id)
                self._t.again_in(row, wait)
            else:
                self._end(session, row, exc, request_id)

    def _unpublish(self, session: Session, row: Execution) -> None:
        known = repo.published(session, row.instance_id, row.amc_workflow_id)
        if known is not None:
            session.delete(known)

    def _end(self, session: Session, row: Execution, exc: AmcError, request_id: str) -> None:
        words = exc.body if isinstance(exc, ApiError) and exc.body else exc.message
        rejected = isinstance(exc, InvalidRequestError)
        cause = explain_reason(words, rejected=True) if rejected else explain_error(exc)
        if isinstance(exc, ForbiddenError):
            cause["fix"] = exc.hint
        self._t.finish(
            session,
            row,
            "REJECTED" if rejected else "FAILED",
            reason=words,
            cause=cause,
            request_id=request_id,
        )


# What is raised before a request leaves. A database or disk that fails is not among them: it may
# fail while the answer to a request that was accepted is written down.
_BEFORE_SENDING = (
    ExecutionError,
    KeyFileError,
    MissingError,
    SettingsError,
    UsageError,
    WindowError,
)


def _surely_not_done(exc: AmcError) -> bool:
    """Whether Amazon provably did not accept the request."""
    if isinstance(exc, TransportError):
        return not exc.sent
    if isinstance(exc, ApiError):
        # A 200 whose body cannot be read was very likely done; so may be a 408.
        return exc.status is not None and 400 <= exc.status < 500 and exc.status != 408
    return isinstance(exc, _BEFORE_SENDING)
