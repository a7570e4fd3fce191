"""The clients by what they act on.

`AmcApi` asks what a login sees; `AccountApi` acts on one AMC account, `InstanceApi` on one
instance, `ProfileApi` and `DspApi` look names up. Those that act on something cannot be made
without the ids that Amazon wants in their headers.
"""

from pathlib import Path

from amc.api.administration import AccountApi
from amc.api.ads import DspApi, ProfileApi
from amc.api.caller import Caller
from amc.api.discovery import AmcApi
from amc.api.downloads import Downloaded, Downloader
from amc.api.executions import ExecutionsMixin
from amc.api.schedules import SchedulesMixin
from amc.api.workflows import WorkflowsMixin


class InstanceApi(WorkflowsMixin, ExecutionsMixin, SchedulesMixin):
    """Everything about one instance: workflows, executions, results, data sources, schedules."""

    def download(self, url: str, target: Path, *, is_result: bool = True) -> Downloaded:
        """Fetch a result file from an address of `get_download_urls`.

        Raises:
            AmcError: see `amc.api.downloads.Downloader.fetch`.
        """
        downloader = Downloader(self._caller.transport, self.download_hosts)
        return downloader.fetch(url, target, is_result=is_result)


__all__ = ["AccountApi", "AmcApi", "Caller", "DspApi", "InstanceApi", "ProfileApi"]
