"""The first brands, runs and schedule of a fresh installation, so that no page is empty."""

from collections.abc import Sequence
from datetime import timedelta

from amc.clock import Clock
from amc.errors import AmcError
from amc.log import get_logger
from amc.services.executions import ExecutionsService, RunRequest
from amc.services.instances import InstancesService
from amc.services.schedule_views import ScheduleDraft
from amc.services.schedules import SchedulesService
from amc.services.templates import TemplatesService
from amc.services.views import InstanceView
from amc.settings import Settings
from amc.timing.window import WindowRule

log = get_logger(__name__)

# Template → on how many instances; the sandbox instances come first.
_FIRST_RUNS = {
    "path-to-conversion": 2,
    "cross-channel-performance": 3,
    "audience-overlap": 2,
    "new-to-brand-customers": 2,
}
_SCHEDULED = "cross-channel-performance"
_SANDBOXES = "Sandboxes"
ACTOR = "set-up"


class Demo:
    """Fills a new installation once; nothing else of it depends on this."""

    def __init__(
        self,
        *,
        executions: ExecutionsService,
        templates: TemplatesService,
        instances: InstancesService,
        schedules: SchedulesService,
        clock: Clock,
        settings: Settings,
    ) -> None:
        """Keep the parts."""
        self._executions, self._templates = executions, templates
        self._instances, self._schedules = instances, schedules
        self._clock, self._settings = clock, settings

    def fill(self) -> int:
        """Name brands, queue the first runs, make a schedule.

        Returns:
            How many executions were queued; 0 where somebody has run something already.
        """
        if self._executions.page(limit=1)[1]:
            return 0
        rows = sorted(self._instances.all(), key=lambda i: (not i.is_sandbox, i.name))
        self._name_brands(rows)
        count = sum(self._run(name, rows[:number]) for name, number in _FIRST_RUNS.items())
        self._schedule(rows)
        return count

    def _name_brands(self, rows: Sequence[InstanceView]) -> None:
        """An instance of one advertiser stands for that advertiser's brand."""
        for row in rows:
            if row.customer_name and not row.brand and not row.is_sandbox:
                self._instances.edit(ACTOR, [row.instance_id], brand=row.customer_name)

    def _run(self, name: str, rows: Sequence[InstanceView]) -> int:
        """Queue one template; 0 when it cannot run."""
        offset = timedelta(seconds=self._settings.data_offset_s)
        try:
            template = self._templates.get(name)
            rule = WindowRule.parse(template.default_window or "last-30-days")
            run = self._executions.submit(
                RunRequest(
                    window=rule.window(self._clock.now(), "UTC", offset),
                    window_rule=rule.text,
                    template=name,
                    instance_ids=tuple(row.instance_id for row in rows),
                    title=template.title,
                    request_key=f"demo:{name}",
                ),
                ACTOR,
            )
        except AmcError as exc:
            log.warning("first run left out", action="demo", template=name, reason=str(exc))
            return 0
        return len(run.executions)

    def _schedule(self, rows: Sequence[InstanceView]) -> None:
        sandboxes = [row.instance_id for row in rows if row.is_sandbox]
        try:
            if sandboxes:
                self._instances.save_set(ACTOR, _SANDBOXES, rule={"type": "SANDBOX"})
            targets = sandboxes or [row.instance_id for row in rows[:1]]
            self._schedules.create(
                ACTOR,
                ScheduleDraft(
                    name="Weekly cross-channel performance",
                    cron="0 8 * * 1",
                    zone=self._settings.default_zone,
                    window_rule="last-7-days",
                    template=_SCHEDULED,
                    instance_ids=() if sandboxes else tuple(targets),
                    instance_set=_SANDBOXES if sandboxes else "",
                    offset_s=self._settings.data_offset_s,
                ),
            )
        except AmcError as exc:
            log.warning("first schedule left out", action="demo", reason=str(exc))
