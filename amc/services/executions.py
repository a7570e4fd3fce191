"""Runs of SQL on instances: submit, follow, cancel, repeat."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from amc import ids
from amc.clock import Clock
from amc.db.engine import Database
from amc.db.models import Execution, FleetRun
from amc.db.repos import executions as repo
from amc.db.repos import fleet
from amc.db.repos.executions import ExecutionFilter
from amc.errors import MissingError, UsageError
from amc.log import get_logger
from amc.services.audit import AuditService
from amc.services.causes import explain_error
from amc.services.execution_views import view
from amc.services.preparing import Prepared, Preparing, RunRequest, refused_sql
from amc.services.running.transitions import DISPATCH, Transitions
from amc.services.scope import Scoped
from amc.services.unable import left_out_of
from amc.services.views import EventView, ExecutionDetail, ExecutionView, FleetRunView, as_json

log = get_logger(__name__)

STATES = (*repo.LIVE, *repo.FINAL)
PRIORITY = {"interactive": 0, "schedule": 1, "backfill": 2}

__all__ = [
    "STATES",
    "ExecutionFilter",
    "ExecutionsService",
    "FleetCounts",
    "Prepared",
    "RunRequest",
]


@dataclass(frozen=True, slots=True)
class FleetCounts:
    """How things stand over the whole fleet."""

    by_state: dict[str, int] = field(default_factory=dict)

    def total(self, *states: str) -> int:
        """Executions in any of these states."""
        return sum(self.by_state.get(state, 0) for state in states)


class ExecutionsService(Scoped):
    """Everything about executions that an analyst does; the steps do the rest."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditService,
        preparing: Preparing,
        transitions: Transitions,
    ) -> None:
        """Keep the parts."""
        self._database, self._clock, self._audit = database, clock, audit
        self._preparing, self._transitions = preparing, transitions

    # Making runs

    def prepare(self, request: RunRequest) -> Prepared:
        """Exactly what would be sent to each instance, and what stands against it.

        Raises:
            AmcError: the request cannot be understood at all (unknown instance, template,
                parameter, window). What the SQL checker finds is in `findings`.
        """
        return self._preparing.prepare(request)

    def check(self, request: RunRequest) -> Prepared:
        """What `prepare` gives, when nothing stands against it.

        Raises:
            SqlCheckError, UsageError, AmcError: see `submit`.
        """
        prepared = self.prepare(request)
        if any(f.severity == "error" for f in prepared.findings):
            raise refused_sql(prepared.findings)
        prepared = prepared.without_unable(request.leave_out)
        if prepared.unable:
            raise prepared.unable_error()
        return prepared

    def submit(self, request: RunRequest, actor: str) -> FleetRunView:
        """Queue a run on every target: all rows and their first steps in one commit.

        A request that comes again with the same `request_key` (a double click, a reload) gives
        the run that the first one made.

        Raises:
            SqlCheckError: findings of severity error; nothing is queued.
            UnableError: an instance cannot run it and is not among those to be left out, or none
                would be left; nothing is queued.
            AmcError: see `prepare`.
        """
        if request.request_key:
            with self._database.read() as session:
                before = repo.fleet_run_by_key(session, request.request_key)
            if before is not None:
                return self.fleet_run(before.public_id)
        if request.template:
            self._preparing.learn(request.instance_ids, request.instance_set, actor)
        prepared = self.check(request)
        with self._database.write() as session:
            if request.request_key:
                before = repo.fleet_run_by_key(session, request.request_key)
                if before is not None:
                    return self._run_view(session, before)
            key = self.insert(session, request, prepared, actor=actor)
            run = session.get_one(FleetRun, key)
            self._audit.record(
                session,
                actor,
                "execution.submit",
                run.public_id,
                None,
                {"title": run.title, "instances": len(prepared.targets), "kind": request.kind}
                | ({"left_out": run.left_out} if run.left_out else {}),
            )
            session.flush()
            return self._run_view(session, run)

    def insert(
        self,
        session: Session,
        request: RunRequest,
        prepared: Prepared,
        *,
        actor: str,
        schedule_id: int | None = None,
        slot_id: int | None = None,
    ) -> int:
        """Rows and first steps of a run, in the caller's transaction; gives the run's key."""
        now = self._clock.now()
        run = FleetRun(
            public_id=ids.mint(ids.FLEET_RUN),
            title=prepared.title,
            kind=request.kind,
            template=request.template,
            request_key=request.request_key,
            created_by=actor,
            left_out=[as_json(entry) for entry in prepared.left_out] or None,
            created_at=now,
            schedule_id=schedule_id,
        )
        session.add(run)
        session.flush()
        rows = fleet.instances_by_id(session, [t.instance.instance_id for t in prepared.targets])
        start, end, _ = request.window.to_amc()
        touched: dict[int, str] = {}
        for target in prepared.targets:
            instance, _ = rows[target.instance.instance_id]
            row = Execution(
                public_id=ids.mint(ids.EXECUTION),
                fleet_run_id=run.id,
                slot_id=slot_id,
                instance_id=instance.id,
                state="QUEUED",
                priority=PRIORITY[request.kind],
                author_sql=target.text.author_sql,
                sent_sql=target.text.sent_sql,
                written_sql=target.text.written_sql,
                fingerprint=target.text.fingerprint,
                template=request.template,
                template_version=prepared.template_version,
                parameters=target.text.shown_parameters,
                declarations=target.text.declarations,
                parameter_values=target.text.parameter_values,
                window_start=start,
                window_end=end,
                window_zone=request.window.zone,
                window_rule=request.window_rule,
                synthetic=target.instance.is_sandbox,
                amc_workflow_id=target.text.workflow_id,
                created_at=now,
            )
            session.add(row)
            session.flush()
            self._transitions.note(session, row)
            if (refusal := target.refusal) is not None:
                # Of a schedule: the other instances run, this one says why it did not.
                cause = explain_error(refusal)
                self._transitions.finish(
                    session, row, "FAILED", reason=refusal.message, cause=cause
                )
                continue
            touched[instance.id] = row.public_id
        for instance_key, public_id in touched.items():
            self._transitions.engine.enqueue(
                session, DISPATCH, f"{public_id}-QUEUED", {"instance": instance_key}
            )
        return run.id

    def learn(self, instance_ids: Iterable[str], instance_set: str = "") -> None:
        """Ask Amazon what instances have, where nobody asked yet; see `Preparing.learn`.

        Raises:
            MissingError, UsageError: see `resolve_targets`.
        """
        self._preparing.learn(instance_ids, instance_set, "scheduler")

    def resolve_targets(
        self, instance_ids: Iterable[str], instance_set: str = ""
    ) -> tuple[ids.InstanceId, ...]:
        """The instances meant by a list and a set, without doubles.

        Raises:
            MissingError: an instance or the set is unknown.
            UsageError: nothing is left.
        """
        return self._preparing.resolve_targets(instance_ids, instance_set)

    # Looking

    def page(
        self, chosen: ExecutionFilter | None = None, *, limit: int = 50, offset: int = 0
    ) -> tuple[list[ExecutionView], int]:
        """A page of executions, newest first, and the number of all that match."""
        chosen = chosen or ExecutionFilter()
        with self._database.read() as session:
            chosen = replace(chosen, within=self._scope.instance_ids(session))
            rows = repo.listed(session, chosen, limit=limit, offset=offset)
            return [view(row) for row in rows], repo.count(session, chosen)

    def get(self, execution_id: str) -> ExecutionView:
        """One execution.

        Raises:
            MissingError: no such execution.
        """
        with self._database.read() as session:
            return view(self._one(session, execution_id))

    def detail(self, execution_id: str) -> ExecutionDetail:
        """One execution with its texts and timeline.

        Raises:
            MissingError: no such execution.
        """
        with self._database.read() as session:
            found = self._one(session, execution_id)
            row = found[0]
            return ExecutionDetail(
                execution=view(found),
                author_sql=row.author_sql,
                sent_sql=row.sent_sql,
                written_sql=row.written_sql,
                declarations=list(row.declarations),
                parameter_values=dict(row.parameter_values),
                output_columns=list(row.output_columns or []),
                events=[
                    EventView(e.at, e.state, e.text, e.request_id)
                    for e in repo.events(session, row.id)
                ],
            )

    def fleet_run(self, fleet_run_id: str) -> FleetRunView:
        """A run with all its executions.

        Raises:
            MissingError: no such run.
        """
        with self._database.read() as session:
            run = repo.fleet_run(session, fleet_run_id)
            found = self._run_view(session, run) if run is not None else None
            if found is None or (self._scope.is_limited and not found.executions):
                raise MissingError(f"There is no fleet run {fleet_run_id}.")
            return found

    def counts(self, hours: int = 24) -> FleetCounts:
        """Executions by state: live ones, and those made in the last hours."""
        since = self._clock.now() - timedelta(hours=hours)
        with self._database.read() as session:
            within = self._scope.instance_ids(session)
            return FleetCounts(repo.counts_by_state(session, since, within))

    def latest_results(self) -> dict[str, datetime]:
        """Instance id → when its latest result arrived."""
        with self._database.read() as session:
            allowed = self._scope.instance_ids(session)
            found = repo.last_ready_by_instance(session)
            return {i: at for i, at in found.items() if allowed is None or i in allowed}

    def manifest(self, execution_id: str) -> dict[str, Any]:
        """Everything about an execution: texts, window, who, requests, states, file hashes."""
        detail = self.detail(execution_id)
        with self._database.read() as session:
            run = repo.fleet_run(session, detail.execution.fleet_run_id)
            allowed = self._scope.instance_ids(session)
            left_out = left_out_of(run.left_out if run is not None else None, allowed)
        return build_manifest(detail) | ({"left_out": as_json(left_out)} if left_out else {})

    # Changing

    def cancel(self, execution_id: str, actor: str) -> ExecutionView:
        """Stop an execution: at once when it waits here, else when Amazon confirms it.

        Raises:
            MissingError: no such execution.
            UsageError: it has ended already, or its result is being fetched.
        """
        with self._database.write() as session:
            self._one(session, execution_id)
            row = repo.row(session, execution_id, lock=True)
            if row is None:
                raise MissingError(f"There is no execution {execution_id}.")
            if row.state in ("DOWNLOADING", "INGESTING", *repo.FINAL):
                raise UsageError(f"Too late to cancel: the execution is {row.state} already.")
            if row.cancel_requested_at is None:
                row.cancel_requested_at = self._clock.now()
                self._audit.record(session, actor, "execution.cancel", execution_id, None, None)
                if row.state == "QUEUED":
                    self._transitions.finish(
                        session,
                        row,
                        "CANCELLED",
                        reason="Cancelled here before it was sent to Amazon.",
                    )
                else:
                    self._transitions.note(session, row, "cancel requested")
                    self._transitions.ask_to_cancel(session, row)
        return self.get(execution_id)

    def rerun(
        self, execution_id: str, actor: str, *, request_key: str | None = None
    ) -> FleetRunView:
        """Run the same text, parameters and window again on the same instance.

        Raises:
            MissingError: no such execution.
            AmcError: see `submit`.
        """
        return self.submit(self.request_of(execution_id, request_key=request_key), actor)

    def request_of(self, execution_id: str, *, request_key: str | None = None) -> RunRequest:
        """The request that would make this execution again.

        Raises:
            MissingError: no such execution.
        """
        detail = self.detail(execution_id)
        found = detail.execution
        return self._preparing.request_again(detail, title=found.title, request_key=request_key)

    # Parts

    def _one(self, session: Session, execution_id: str) -> repo.Joined:
        found = repo.one(session, execution_id)
        if found is None or not self._scope.covers(session, found[1].instance_id):
            raise MissingError(f"There is no execution {execution_id}.")
        return found

    def _run_view(self, session: Session, run: FleetRun) -> FleetRunView:
        allowed = self._scope.instance_ids(session)
        return FleetRunView(
            run.public_id,
            run.title,
            run.kind,
            run.template,
            run.created_by,
            run.created_at,
            [
                view(row)
                for row in repo.of_fleet_run(session, run.id)
                if allowed is None or row[1].instance_id in allowed
            ],
            left_out_of(run.left_out, allowed),
        )


def build_manifest(detail: ExecutionDetail) -> dict[str, Any]:
    """The manifest of an execution as plain JSON values."""
    found = detail.execution
    manifest: Mapping[str, Any] = {
        "execution": found.id,
        "fleet_run": found.fleet_run_id,
        "title": found.title,
        "kind": found.kind,
        "requested_by": found.created_by,
        "instance_id": found.instance_id,
        "account_id": found.account_id,
        "template": found.template or None,
        "window": found.window,
        "window_rule": found.window_rule or None,
        "author_sql": detail.author_sql,
        "written_sql": detail.written_sql or None,
        "sent_sql": detail.sent_sql,
        "parameters": found.parameters,
        "input_parameters": detail.declarations,
        "parameter_values": detail.parameter_values,
        "amc_workflow_id": found.amc_workflow_id,
        "amc_execution_id": found.amc_execution_id,
        "amc_status": found.amc_status,
        "status": found.status,
        "reason": found.reason or None,
        "output_columns": detail.output_columns,
        "states": [
            {"at": e.at, "state": e.state, "text": e.text, "request_id": e.request_id}
            for e in detail.events
        ],
        "result": found.result,
    }
    out: dict[str, Any] = as_json(dict(manifest))
    return out
