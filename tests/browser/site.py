"""A whole installation with its app, for tests in a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.browser.conftest import Server, prepare, start_server, stop_server
from tests.worlds import World

PATIENCE_MS = 180_000  # a loaded machine makes a month of events slowly


@dataclass
class Site:
    """The app, and the local AMC and the scheduler beside it."""

    world: World
    server: Server


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    """Start everything, connected and synced; ends it after."""
    prepare(folder)
    world = World(folder / "data")
    server = None
    try:
        world.start_sandbox()
        with world.services() as services:
            services.connections.connect_by_itself()
            services.instances.sync("set-up")
        world.start_scheduler()
        ours = {k: v for k, v in world.environment.items() if k.startswith("AMC_")}
        del ours["AMC_DATA_DIR"]
        server = start_server(folder, **ours)
        yield Site(world, server)
    finally:
        if server is not None:
            stop_server(server)
        world.stop()
