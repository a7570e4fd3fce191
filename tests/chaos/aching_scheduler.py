"""The scheduler process, in which the firing of one schedule raises what nobody foresaw.

`python -m tests.chaos.aching_scheduler NAME`
"""

import sys
from typing import Any

from amc.scheduler.process import main
from amc.services.executions import ExecutionsService

whole = ExecutionsService.prepare


def aching(self: ExecutionsService, request: Any) -> Any:
    if request.title == sys.argv[1]:
        raise RuntimeError("nobody foresaw this")
    return whole(self, request)


if __name__ == "__main__":
    ExecutionsService.prepare = aching
    sys.exit(main())
