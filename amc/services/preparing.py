"""From what an analyst asks to exactly what is sent: render, check, target by target.

Preparing never asks Amazon: what an instance has is known from its last sync. Only `learn`, before
a run is submitted, asks for what nobody asked for yet.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from amc.clock import Clock
from amc.db.engine import Database
from amc.errors import AmcError, SqlCheckError, UnableError, UsageError
from amc.ids import InstanceId
from amc.services.capabilities import why_not
from amc.services.instance_views import Known
from amc.services.instances import DataSourceView, InstancesService
from amc.services.scope import Scoped
from amc.services.templates import Rendering, TemplatesService
from amc.services.unable import Checked, by_reason, errors, in_words, own_errors
from amc.services.views import ExecutionDetail, InstanceView, LeftOut
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
    # Instances that are left out when they cannot run it; None stands for any of them.
    leave_out: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True)
class PreparedText:
    """One text with its values, byte for byte as it is sent; instances may share it.

    Attributes:
        author_sql: as the author wrote it, with bound values.
        sent_sql: what Amazon gets.
        declarations: AMC's `inputParameters`.
        parameter_values: AMC's `parameterValues`.
        shown_parameters: every value that went in.
        findings: what the checker says.
        fingerprint: hash of what is sent and declared.
        workflow_id: the saved workflow that it stands under at Amazon.
        written_sql: as the author wrote it, with placeholders; empty when there are none.
    """

    author_sql: str
    sent_sql: str
    declarations: list[dict[str, Any]]
    parameter_values: dict[str, Any]
    shown_parameters: dict[str, Any]
    findings: list[Finding]
    fingerprint: str
    workflow_id: str
    written_sql: str = ""


def refused_sql(findings: Sequence[Finding]) -> SqlCheckError:
    """The error that says how many errors a text has, and the first of them."""
    errors = [f for f in findings if f.severity == "error"]
    return SqlCheckError(
        f"The SQL has {len(errors)} error{'s' if len(errors) > 1 else ''}: {errors[0].message}",
        findings=findings,
    )


@dataclass(frozen=True, slots=True)
class Target:
    """One instance, what it would get, and why it cannot run it, if it cannot."""

    instance: InstanceView
    text: PreparedText
    problem: str = ""

    @property
    def refusal(self) -> AmcError | None:
        """Why this instance gets nothing sent; None when it can run."""
        if self.problem:
            return UnableError(
                f"{self.instance.instance_id} cannot run this: {self.problem}",
                unable=[{"instance_id": self.instance.instance_id, "reason": self.problem}],
                hint="Take the instance out, or see under Instances what runs where and why.",
            )
        if any(f.severity == "error" for f in self.text.findings):
            return refused_sql(self.text.findings)
        return None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What would be sent to each instance, and what stands against it."""

    title: str
    targets: list[Target]
    template_version: str = ""
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def findings(self) -> list[Finding]:
        """What the checker says of any of the texts, each remark once."""
        return list(dict.fromkeys(f for t in self.targets for f in t.text.findings))

    @property
    def unable(self) -> list[Target]:
        """The instances that cannot run it."""
        return [t for t in self.targets if t.problem]

    def reasons(self) -> dict[str, list[InstanceView]]:
        """Why instances cannot run it, each reason with its instances; most of them first."""
        found: dict[str, list[InstanceView]] = {}
        for target in self.unable:
            found.setdefault(target.problem, []).append(target.instance)
        return dict(sorted(found.items(), key=lambda item: -len(item[1])))

    def without_unable(self, of: Collection[str] | None) -> "Prepared":
        """The same without those of these instances (None: of all) that cannot run it.

        Raises:
            UnableError: none would be left.
        """
        gone = [t for t in self.unable if of is None or t.instance.instance_id in of]
        if gone and len(gone) == len(self.targets):
            raise self.unable_error()
        ids = {t.instance.instance_id for t in gone}
        return replace(
            self,
            targets=[t for t in self.targets if t.instance.instance_id not in ids],
            left_out=[LeftOut(t.instance.instance_id, t.problem) for t in gone],
        )

    def unable_error(self) -> UnableError:
        """The error that names every instance that cannot run it, under its reason."""
        number, total, why = len(self.unable), len(self.targets), by_reason(self.reasons())
        listed = [{"instance_id": t.instance.instance_id, "reason": t.problem} for t in self.unable]
        if number == total:
            who = "The instance" if total == 1 else f"None of the {total} instances"
            verb = "cannot" if total == 1 else "can"
            return UnableError(
                f"{who} {verb} run this: {why}.",
                unable=listed,
                hint="Nothing was sent. See under Instances what runs where and why.",
            )
        return UnableError(
            f"{number} of {total} instances cannot run this: {why}.",
            unable=listed,
            hint="Nothing was sent. Leave them out (on the page with one click, in the shell with "
            "--skip-unable) and it runs on the others.",
        )

    @property
    def texts(self) -> list[PreparedText]:
        """The different texts: one, unless instances differ in what they have."""
        return list({t.text.fingerprint: t.text for t in self.targets}.values())

    @property
    def can_run(self) -> bool:
        """Whether nothing stands against it."""
        return not any(f.severity == "error" for f in self.findings) and not any(
            t.problem for t in self.targets
        )


class Preparing(Scoped):
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
        wanted = self.resolve_targets(request.instance_ids, request.instance_set)
        # Instances that have the same get the same.
        texts: dict[tuple[frozenset[str] | None, bool], tuple[Rendering, PreparedText]] = {}
        found = self._instances.known(wanted)
        for known in found:
            same = known.sources, known.view.is_sandbox
            if same not in texts:
                texts[same] = self._text(request, known)
        rendering = next(iter(texts.values()))[0]
        return Prepared(
            title=request.title or rendering.title or "SQL",
            targets=self._targets(request, found, texts),
            template_version=rendering.version,
        )

    def _targets(
        self,
        request: RunRequest,
        found: Sequence[Known],
        texts: Mapping[tuple[frozenset[str] | None, bool], tuple[Rendering, PreparedText]],
    ) -> list[Target]:
        """Every instance with its text, and what of the checker's errors is its own."""
        checked = {
            same: self._checked(request, *made, sandbox=same[1]) for same, made in texts.items()
        }
        targets = []
        for known in found:
            same = known.sources, known.view.is_sandbox
            rendering, text = texts[same]
            closed = why_not(known, rendering.needs)
            # On one instance alone every error is told where it stands in the text.
            own = own_errors(checked[same], checked.values()) if len(found) > 1 else []
            if own:
                text = replace(text, findings=[f for f in text.findings if f not in own])
            targets.append(Target(known.view, text, closed or in_words(own)))
        return targets

    def _checked(
        self, request: RunRequest, rendering: Rendering, text: PreparedText, *, sandbox: bool
    ) -> Checked:
        if not errors(text.findings):
            return Checked(text.findings, ())
        return Checked(text.findings, self._check(request, rendering, None, sandbox=sandbox))

    def learn(self, instance_ids: Iterable[str], instance_set: str, actor: str) -> None:
        """Ask Amazon what the instances of a run have, where nobody asked yet.

        A template fits its text to it. An instance that cannot be asked keeps the usual text.

        Raises:
            MissingError, UsageError: see `resolve_targets`.
        """
        self._instances.ask_unknown(actor, self.resolve_targets(instance_ids, instance_set))

    def _text(self, request: RunRequest, known: Known) -> tuple[Rendering, PreparedText]:
        rendering = self._templates.render(
            request.template, request.sql, request.parameters, known.sources
        )
        # What a template needs and an instance has not is said of the instance, not of the text.
        lacks = known.sources is None or why_not(known, rendering.needs)
        sources = None if lacks else self._instances.stored_sources(known.view.instance_id)
        findings = self._check(request, rendering, sources, sandbox=known.view.is_sandbox)
        sent = sent_text(rendering.author_sql).text if not _hopeless(findings) else ""
        fingerprint = _hash(sent, rendering.declarations)
        return rendering, PreparedText(
            author_sql=rendering.author_sql,
            sent_sql=sent,
            declarations=rendering.declarations,
            parameter_values=rendering.parameter_values,
            shown_parameters=rendering.shown,
            findings=findings,
            fingerprint=fingerprint,
            workflow_id=f"amcm-{fingerprint[:40]}",
            written_sql=rendering.written_sql,
        )

    def _check(
        self,
        request: RunRequest,
        rendering: Rendering,
        sources: list[DataSourceView] | None,
        *,
        sandbox: bool,
    ) -> list[Finding]:
        return self._templates.check_text(
            rendering.author_sql,
            rendering.declarations,
            probe=rendering.probe,
            sources=sources,
            sandbox=sandbox,
            window=request.window.end_at - request.window.start_at,
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
        return tuple(InstanceId(v.instance_id) for v in self._instances.get_many(wanted))

    def request_again(
        self, detail: ExecutionDetail, *, title: str, request_key: str | None
    ) -> RunRequest:
        """The request that makes an execution again: the same text, values and window."""
        found = detail.execution
        return RunRequest(
            window=Window.parse(found.window["start"], found.window["end"], found.window["zone"]),
            instance_ids=(found.instance_id,),
            sql="" if found.template else detail.written_sql or detail.author_sql,
            template=found.template,
            parameters=found.parameters,
            window_rule=found.window_rule,
            title=title,
            request_key=request_key,
        )


def _hash(sent: str, declarations: list[dict[str, Any]]) -> str:
    canonical = json.dumps(declarations, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{sent}\x00{canonical}".encode()).hexdigest()


def _hopeless(findings: list[Finding]) -> bool:
    """Whether the text cannot even be read, so that there is nothing to send."""
    return any(f.severity == "error" and f.code.startswith("syntax") for f in findings)
