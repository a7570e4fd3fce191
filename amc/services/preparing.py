"""From what an analyst asks to exactly what is sent: render, check, target by target.

Nothing here asks Amazon; what an instance has is known from its last sync.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from amc.clock import Clock
from amc.db.engine import Database
from amc.errors import UsageError
from amc.ids import InstanceId
from amc.services.instances import InstancesService
from amc.services.templates import TemplatesService
from amc.services.views import ExecutionDetail, InstanceView
from amc.sql.checker import check
from amc.sql.findings import Finding
from amc.sql.sent import sent_text
from amc.timing.window import Window

RunKind = Literal["interactive", "schedule", "backfill"]


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What an analyst asks for: a template or SQL, values, instances, a window."""

    window: Window
    instance_ids: tuple[str, ...] = ()
    instance_set: str = ""
    sql: str = ""
    template: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    window_rule: str = ""
    title: str = ""
    kind: str = "interactive"
    request_key: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """One instance, and why it cannot run this, if it cannot."""

    instance: InstanceView
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What would be sent, byte for byte, and what stands against it."""

    title: str
    author_sql: str
    sent_sql: str
    declarations: list[dict[str, Any]]
    parameter_values: dict[str, Any]
    shown_parameters: dict[str, Any]
    findings: list[Finding]
    targets: list[Target]
    fingerprint: str
    workflow_id: str
    template_version: str = ""

    @property
    def can_run(self) -> bool:
        """Whether nothing stands against it."""
        return not any(f.severity == "error" for f in self.findings) and not any(
            t.problem for t in self.targets
        )


class Preparing:
    """Makes the exact text of a run and asks what speaks against it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        instances: InstancesService,
        templates: TemplatesService,
    ) -> None:
        """Keep the parts."""
        self._database, self._clock = database, clock
        self._instances, self._templates = instances, templates

    def prepare(self, request: RunRequest) -> Prepared:
        """See `ExecutionsService.prepare`."""
        if bool(request.template) == bool(request.sql.strip()):
            raise UsageError("Give either a template or SQL.")
        request.window.check(self._clock.now())
        targets = self.resolve_targets(request.instance_ids, request.instance_set)
        rendered = self._templates.render(request.template, request.sql, request.parameters)
        findings = check(rendered.author_sql, declared=rendered.declarations)
        sent = sent_text(rendered.author_sql).text
        fingerprint = _hash(sent, rendered.declarations)
        return Prepared(
            title=request.title or rendered.title or "SQL",
            author_sql=rendered.author_sql,
            sent_sql=sent,
            declarations=rendered.declarations,
            parameter_values=rendered.parameter_values,
            shown_parameters=rendered.shown,
            findings=findings,
            targets=[self._target(i, rendered.needs) for i in targets],
            fingerprint=fingerprint,
            workflow_id=f"amcm-{fingerprint[:40]}",
            template_version=rendered.version,
        )

    def resolve_targets(
        self, instance_ids: Iterable[str], instance_set: str = ""
    ) -> tuple[InstanceId, ...]:
        """See `ExecutionsService.resolve_targets`."""
        wanted = list(instance_ids)
        if instance_set:
            wanted += self._instances.members(instance_set)
        wanted = list(dict.fromkeys(wanted))
        if not wanted:
            raise UsageError(
                "No instance is chosen.", hint="Choose one or more, or a set that has members."
            )
        return tuple(InstanceId(self._instances.get(i).instance_id) for i in wanted)

    def _target(self, instance_id: str, needs: tuple[str, ...]) -> Target:
        instance = self._instances.get(instance_id)
        problem = ""
        if instance.gone_at is not None:
            problem = "the instance is gone at Amazon"
        elif instance.access == "lost":
            problem = f"no access ({instance.access_reason})"
        else:
            problem = self._missing_source(instance_id, needs)
        return Target(instance, problem)

    def _missing_source(self, instance_id: str, needs: tuple[str, ...]) -> str:
        known = self._instances.stored_sources(instance_id)
        if known is None or not needs:
            return ""  # not asked yet: Amazon will say
        there = {s.name.lower() for s in known if s.available}
        missing = [n for n in needs if n.lower() not in there]
        return f"it has no {', '.join(missing)}" if missing else ""

    def request_again(
        self, detail: ExecutionDetail, *, title: str, request_key: str | None
    ) -> RunRequest:
        """The request that makes an execution again: the same text, values and window."""
        found = detail.execution
        return RunRequest(
            window=Window.parse(found.window["start"], found.window["end"], found.window["zone"]),
            instance_ids=(found.instance_id,),
            sql="" if found.template else detail.author_sql,
            template=found.template,
            parameters=found.parameters,
            window_rule=found.window_rule,
            title=title,
            request_key=request_key,
        )


def _hash(sent: str, declarations: list[dict[str, Any]]) -> str:
    canonical = json.dumps(declarations, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{sent}\x00{canonical}".encode()).hexdigest()
