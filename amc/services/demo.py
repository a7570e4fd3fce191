"""The first runs of a fresh installation, so that no page is empty."""

from datetime import timedelta

from amc.clock import Clock
from amc.errors import AmcError
from amc.log import get_logger
from amc.services.executions import ExecutionsService, RunRequest
from amc.services.instances import InstancesService
from amc.services.mappings import MappingsService
from amc.services.templates import TemplatesService
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
ACTOR = "set-up"


class Demo:
    """Runs a few templates once; nothing else of the installation depends on it."""

    def __init__(
        self,
        executions: ExecutionsService,
        templates: TemplatesService,
        instances: InstancesService,
        mappings: MappingsService,
        clock: Clock,
        settings: Settings,
    ) -> None:
        """Keep the parts."""
        self._executions, self._templates, self._instances = executions, templates, instances
        self._mappings, self._clock, self._settings = mappings, clock, settings

    def fill(self) -> int:
        """Queue the first runs; how many. A template that cannot run is left out."""
        if self._executions.page(limit=1)[1]:
            return 0
        rows = sorted(self._instances.all(), key=lambda i: (not i.is_sandbox, i.name))
        offset = timedelta(seconds=self._settings.data_offset_s)
        count = 0
        for name, number in _FIRST_RUNS.items():
            try:
                template = self._templates.get(name)
                rule = WindowRule.parse(template.default_window or "last-30-days")
                run = self._executions.submit(
                    RunRequest(
                        window=rule.window(self._clock.now(), "UTC", offset),
                        window_rule=rule.text,
                        template=name,
                        instance_ids=tuple(i.instance_id for i in rows[:number]),
                        title=template.title,
                        request_key=f"demo:{name}",
                    ),
                    ACTOR,
                )
            except AmcError as exc:
                log.warning("first run left out", action="demo", template=name, reason=str(exc))
                continue
            count += len(run.executions)
        return count
