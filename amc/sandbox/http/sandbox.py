"""The parts of the local AMC together: what every router asks for."""

import secrets
import shutil
from collections.abc import Iterable
from typing import Annotated, cast

from fastapi import Depends, Request

from amc.sandbox.http.directory import Directory
from amc.sandbox.http.facts import Facts
from amc.sandbox.http.instance_book import InstanceBook
from amc.sandbox.http.limits import RateLimit
from amc.sandbox.http.paging import Pager
from amc.sandbox.http.sources import Sources
from amc.sandbox.runner.faults import FaultBox
from amc.sandbox.runner.native import NativeSchedules
from amc.sandbox.runner.options import Options
from amc.sandbox.runner.port import QueryPort
from amc.sandbox.runner.runner import Runner
from amc.sandbox.state import (
    Client,
    ExecutionStore,
    InstanceStore,
    Logbook,
    ScheduleStore,
    Store,
    TokenStore,
    WorkflowStore,
)
from amc.sandbox.state.clock import AdminClock

OPTIONS = "options"
"""The key under which changed switches are remembered."""
LOCAL_CLIENT = Client("amzn1.application-oa2-client.local", "local")


class Sandbox:
    """Everything of one local AMC. `start` begins the work, `close` ends it."""

    def __init__(
        self,
        store: Store,
        clock: AdminClock,
        *,
        world_name: str,
        seed: int,
        options: Options,
        clients: tuple[Client, ...],
        facts: Facts,
        sources: Sources,
        port: QueryPort,
    ) -> None:
        """Take an open store; world, tables and engine are handed in (`wiring`)."""
        self.world_name, self.seed = world_name, seed
        self.options, self.store, self.clock = options, store, clock
        self.tokens = TokenStore(self.store, self.clock)
        self.workflows = WorkflowStore(self.store)
        self.schedules = ScheduleStore(self.store)
        self.executions = ExecutionStore(self.store)
        self.logbook = Logbook(self.store, self.clock)
        self.faults = FaultBox(self.store)
        self.directory = Directory(facts, self.store)
        self.updates = InstanceStore(self.store)
        self.instances = InstanceBook(facts, self.updates, self.clock, self.faults, self.options)
        self.sources = sources
        self.pager = Pager(self.options)
        self.rate_limit = RateLimit(self.options)
        self.results = store.folder / "results"
        self._clients = (LOCAL_CLIENT, *clients)
        self.port = port
        self.runner = self._make_runner()
        self._register()

    def _make_runner(self) -> Runner:
        runner = Runner(
            executions=self.executions,
            logbook=self.logbook,
            clock=self.clock,
            options=self.options,
            faults=self.faults,
            port=self.port,
            results=self.results,
            instances=self.instances,
        )
        runner.every(
            NativeSchedules(
                self.schedules,
                self.workflows,
                runner.accept,
                self.instances.entity_of,
                self.options,
            )
        )
        return runner

    def _register(self) -> None:
        for client in self._clients:
            self.tokens.add_client(client)
        if self.store.get("signing_key") is None:
            self.store.put("signing_key", secrets.token_hex(32))

    def start(self) -> None:
        """Take up unfinished executions and begin."""
        self.runner.start()

    def close(self) -> None:
        """Stop the work and close the file."""
        self.runner.stop()
        self.store.close()

    def remember_options(self, names: Iterable[str]) -> None:
        """Keep switches that were changed, for the next start over the same state."""
        kept = self.store.get(OPTIONS) or {}
        self.store.put(OPTIONS, kept | self.options.model_dump(include=set(names)))

    def reset(self) -> None:
        """Back to the first day: no tokens, workflows, executions, faults or log.

        Clock and switches stay as they are.
        """
        kept = self.store.get(OPTIONS) or {}
        self.runner.forget()
        self.faults.remove()
        self.store.forget_all()
        shutil.rmtree(self.results, ignore_errors=True)
        self.remember_options(kept)
        self.clock.change()
        self._register()


def _sandbox(request: Request) -> Sandbox:
    return cast("Sandbox", request.app.state.sandbox)


Local = Annotated[Sandbox, Depends(_sandbox)]
