"""A whole installation for tests: local AMC, scheduler and command line as real processes."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from amc.clock import anchored
from amc.container import Services, build_services
from amc.settings import load_settings

ROOT = Path(__file__).parents[1]
Process = subprocess.Popen[bytes]
_OURS = ("AMC_", "AMAZON_", "DATABASE_URL", "S3_BUCKET_NAME")
# Installations live on one day of their own, whatever day it is: fixed windows stay within AMC's
# memory, and local AMC, command line and scheduler agree on the time.
CLOCK = anchored("2026-11-24T09:00:00Z") or ""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(
    condition: Callable[[], Any], seconds: float = 60, what: str = "it", every: float = 0.1
) -> Any:
    """Wait for a condition; its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:.0f} s"
        threading.Event().wait(every)


@dataclass
class World:
    """Processes over one data folder."""

    data_dir: Path
    database_url: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    sandbox_args: tuple[str, ...] = ("--state-delay-ms", "50")
    sandbox_state: Path | None = None
    port: int = field(default_factory=free_port)
    app_port: int = field(default_factory=free_port)
    processes: list[Process] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        plain = {k: v for k, v in os.environ.items() if not k.startswith(_OURS)}
        return plain | {
            "PYTHONPATH": str(ROOT),
            "AMC_DATA_DIR": str(self.data_dir),
            "AMC_SANDBOX_PORT": str(self.port),
            "AMC_APP_PORT": str(self.app_port),
            "AMC_CLOCK": CLOCK,
            "DATABASE_URL": self.database_url,
            "AMC_POLL_MIN_S": "0.3",
            "AMC_TICK_S": "1",
            "AMC_LISTING_LAG_S": "2",
            "AMC_ENGINE_POLL_S": "0.1",
            "AMC_HEARTBEAT_S": "1",
            "AMC_LOG_JSON": "true",
            **self.extra,
        }

    def start(self, *arguments: str, name: str, cwd: Path | None = None) -> Process:
        log = (self.data_dir / f"{name}.log").open("ab")
        process = subprocess.Popen(
            [sys.executable, *arguments],
            # Not in the checkout: its `.env` is the developer's own.
            cwd=cwd or self.data_dir,
            env=self.environment,
            stdout=log,
            stderr=log,
        )
        log.close()
        self.processes.append(process)
        return process

    def start_sandbox(self) -> Process:
        state = self.sandbox_state or self.data_dir / "sandbox"
        process = self.start(
            "-m",
            "amc.sandbox",
            "--port",
            str(self.port),
            "--state-dir",
            str(state),
            "--auto-consent",
            *self.sandbox_args,
            name="sandbox",
        )
        until(self._answers, what="the local AMC's first answer")
        return process

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/_local/clock", timeout=2).ok
        except requests.RequestException:
            return False

    def start_scheduler(self, name: str = "scheduler") -> Process:
        process = self.start("-m", "amc.scheduler", name=name)
        log = self.data_dir / f"{name}.log"
        count = log.read_text().count("scheduler.start") if log.exists() else 0
        until(
            lambda: log.read_text().count("scheduler.start") > count or process.poll() is not None,
            what="the scheduler's start",
        )
        assert process.poll() is None, log.read_text()[-2000:]
        return process

    def cli(
        self, *arguments: str, check: bool = True, text: str | None = None, timeout: float = 240
    ) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [sys.executable, "-m", "amc", *arguments],
            cwd=self.data_dir,
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if check:
            assert done.returncode == 0, (
                f"{arguments}: {done.stdout[-1500:]}\n{done.stderr[-3000:]}"
            )
        return done

    def json(self, *arguments: str, **more: Any) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.cli(*arguments, "--json", **more).stdout)
        return document

    @contextmanager
    def services(self) -> Iterator[Services]:
        """The product's services over the same data, in this process."""
        built = build_services(
            load_settings(
                data_dir=self.data_dir,
                clock=CLOCK,
                sandbox_port=self.port,
                database_url_raw=self.database_url,
            )
        )
        try:
            yield built
        finally:
            built.close()

    def truth(self) -> list[dict[str, Any]]:
        """Every execution that the local AMC accepted, by its own log."""
        answer = requests.get(f"{self.url}/_local/log/executions", timeout=10)
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["executions"]
        return found

    def stop(self, processes: Sequence[Process] | None = None) -> None:
        chosen = list(processes if processes is not None else reversed(self.processes))
        for process in chosen:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in chosen:
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process in self.processes:
                self.processes.remove(process)
