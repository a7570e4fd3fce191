"""The scheduler process, but it dies by its own hand at a named point: kill -9, nothing runs after.

`python -m tests.chaos.dying_scheduler POINT`
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from amc.api.downloads import Downloader
from amc.results.folder import FolderStore
from amc.scheduler.process import main
from amc.services.running.dispatch import Dispatch
from amc.services.running.fetching import Fetching
from amc.services.running.polling import Polling
from amc.services.running.submitting import Submitting


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def after(owner: type, name: str) -> None:
    """Die right after a method has done its work."""
    whole: Callable[..., Any] = getattr(owner, name)

    def dying(*args: Any, **more: Any) -> None:
        whole(*args, **more)
        die()

    setattr(owner, name, dying)


def before(owner: type, name: str) -> None:
    """Die right before a method does its work."""
    setattr(owner, name, die)


POINTS: dict[str, Callable[[], None]] = {
    "place-given": lambda: after(Dispatch, "instance"),
    "workflow-published": lambda: after(Submitting, "_publish"),
    "intent-declared": lambda: after(Submitting, "_declare_intent"),
    "accepted-and-not-noted": lambda: before(Submitting, "_adopt"),
    "accepted-and-noted": lambda: after(Submitting, "_adopt"),
    "looked-and-not-noted": lambda: before(Polling, "_apply"),
    "in-download": lambda: before(Downloader, "_steadily"),
    "downloaded": lambda: before(Fetching, "_ingesting"),
    "ingested": lambda: before(Fetching, "_keep"),
    "stored-and-not-noted": lambda: after(FolderStore, "put"),
    "ready-without-its-manifest": lambda: before(Fetching, "_keep_manifest"),
}
AT_COMMITS = ("intent-declared", "accepted-and-not-noted", "stored-and-not-noted")


if __name__ == "__main__":
    POINTS[sys.argv[1]]()
    sys.exit(main())
