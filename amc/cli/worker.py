"""`worker`: more hands for the engine."""

import argparse
import os
import signal
import socket
import threading

from amc.cli.context import services
from amc.cli.main import add
from amc.cli.output import Output
from amc.log import configure


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    add(commands, "worker", _worker, "carry steps out beside the scheduler's own worker")


def _worker(args: argparse.Namespace, output: Output) -> int:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with services() as built:
        configure(json_lines=built.settings.log_json, level=built.settings.log_level)
        name = f"worker-{socket.gethostname()}-{os.getpid()}"
        started = built.clock.now()
        built.restores.watch(at_start=True)
        worker = built.new_worker()
        worker.start()
        output.say("Worker ready.")
        try:
            while not stop.is_set():
                built.health.beat(name, "worker", started)
                stop.wait(built.settings.heartbeat_s)
        finally:
            worker.stop()
            built.health.gone(name)
    return 0
