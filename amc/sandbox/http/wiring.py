"""Where a local AMC is put together from its world, its events and its query engine."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from amc.sandbox.http.facts import Facts
from amc.sandbox.http.sandbox import OPTIONS, Sandbox
from amc.sandbox.http.sources import Sources
from amc.sandbox.runner.engine import EnginePort
from amc.sandbox.runner.options import Options
from amc.sandbox.state import Client, InstanceStore, Store
from amc.sandbox.state.clock import AdminClock
from amc.sandbox.world import Instance, World, load_world
from amc.sandbox.world.instant import instant_instance

if TYPE_CHECKING:
    from amc.sql.catalog import Catalog

DEFAULT_SEED = 1


def _catalog() -> "Catalog":
    # Late: the SQL library costs a good part of a second, and a start needs none of it.
    from amc.sql.catalog import load_catalog

    return load_catalog()


def _options(store: Store, given: Options | None) -> Options:
    """Switches as they were when the last server ended; those that are given now win."""
    remembered = store.get(OPTIONS) or {}
    known = {name: value for name, value in remembered.items() if name in Options.model_fields}
    return Options(**(known | (given.model_dump(exclude_unset=True) if given else {})))


def _living(world: World, store: Store) -> World:
    """The world, and the instant instances that were made over this store."""
    book = InstanceStore(store)

    def more(instance_id: str) -> Instance | None:
        found = book.change_of(instance_id)
        if found is None or not found[2].get("_instant"):
            return None
        return instant_instance(world, found[0], instance_id)

    return replace(world, more=more)


def make_sandbox(
    folder: Path,
    *,
    world_name: str = "default",
    seed: int = DEFAULT_SEED,
    clock_spec: str | None = None,
    options: Options | None = None,
    clients: tuple[Client, ...] = (),
    cache: Path | None = None,
) -> Sandbox:
    """A local AMC over a state folder; `cache` keeps the events (default: in that folder).

    Raises:
        StateError: the folder cannot be used.
        SetupError: there is no such world.
    """
    store = Store(folder)
    world = _living(load_world(world_name), store)
    clock = AdminClock(store, clock_spec)
    port = EnginePort(world, seed, cache or folder / "events", clock)
    return Sandbox(
        store,
        clock,
        world_name=world_name,
        seed=seed,
        options=_options(store, options),
        clients=clients,
        facts=Facts(world),
        sources=Sources(_catalog, port.readable),
        port=port,
    )
