"""The one place where parts are put together and ports are filled."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amc.api.http import Transport
from amc.api.lwa import LoginWithAmazon
from amc.clock import Clock, SystemClock, parse_clock
from amc.db import migrate
from amc.db.budget import DbRateBudget
from amc.db.crypto import Sealer, sealer_or_locked
from amc.db.engine import Database, make_engine
from amc.db.tokens import DbTokenStore
from amc.engine.queue import WorkQueue
from amc.engine.queue import prepare as prepare_engine
from amc.results.store import make_store
from amc.services.amazon import Amazon
from amc.services.audit import AuditService
from amc.services.capabilities import CapabilitiesService
from amc.services.connections import ConnectionsService
from amc.services.drafts import DraftsService
from amc.services.executions import ExecutionsService
from amc.services.health import HealthService
from amc.services.housekeeping import Housekeeping
from amc.services.instances import InstancesService
from amc.services.library import LibraryService
from amc.services.mappings import MappingsService
from amc.services.names import NAMES, NamesService
from amc.services.ports import Step
from amc.services.preparing import Preparing
from amc.services.restores import RestoresService, require_database
from amc.services.results import ResultsService
from amc.services.running import transitions as names
from amc.services.running.dispatch import Dispatch
from amc.services.running.fetching import Fetching
from amc.services.running.polling import Polling
from amc.services.running.submitting import Submitting
from amc.services.running.sweeping import Sweeping
from amc.services.running.transitions import Transitions
from amc.services.schedules import SchedulesService
from amc.services.templates import TemplatesService
from amc.services.users import UsersService
from amc.settings import Settings

if TYPE_CHECKING:
    from amc.engine.worker import Worker


@dataclass(frozen=True)
class Services:
    """Everything a page, a command or the scheduler may call."""

    settings: Settings
    clock: Clock
    database: Database
    sealer: Sealer
    engine: WorkQueue
    audit: AuditService
    users: UsersService
    connections: ConnectionsService
    instances: InstancesService
    templates: TemplatesService
    capabilities: CapabilitiesService
    drafts: DraftsService
    library: LibraryService
    executions: ExecutionsService
    results: ResultsService
    schedules: SchedulesService
    mappings: MappingsService
    names: NamesService
    health: HealthService
    restores: RestoresService
    polling: Polling
    sweeping: Sweeping
    housekeeping: Housekeeping
    budget: DbRateBudget
    steps: Mapping[str, Step]

    def new_worker(self) -> "Worker":
        """A worker over all registered steps; not started."""
        from amc.engine.worker import Worker

        return Worker(
            self.database,
            self.steps,
            lock_dir=self.settings.data_dir / "locks",
            workers=self.settings.engine_workers,
            poll_s=self.settings.engine_poll_s,
        )

    def close(self) -> None:
        """Close connections to everything."""
        self.engine.close()
        self.database.close()


def open_database(settings: Settings, clock: Clock) -> Database:
    """The database, brought up to date, with the engine's tables beside ours.

    Raises:
        DatabaseError, StorageFullError: see `amc.db.migrate.upgrade`.
    """
    require_database(settings)
    database = Database(make_engine(settings.database_url))
    try:
        database.hold()
        migrate.upgrade(database, now=clock.now())
        # Asked for at every start: another process may have made our tables a moment ago, or
        # died between the two.
        prepare_engine(database)
    except BaseException:
        database.close()
        raise
    return database


def build_services(settings: Settings, *, clock: Clock | None = None) -> Services:
    """All services over one database.

    Raises:
        AmcError: the database or a setting cannot be used; says which and what to do. A missing
            or wrong encryption key is no error here: see `ConnectionsService.key_problem`.
    """
    clock = clock or parse_clock(settings.clock)
    database = open_database(settings, clock)
    # Without the right key everything but Amazon goes on: results, schedules, users.
    sealer = sealer_or_locked(database, settings.key_file)
    store = make_store(settings)
    engine = WorkQueue(database)
    tokens = DbTokenStore(database, sealer, clock)
    budget = DbRateBudget(database, per_second=settings.rate_per_s, clock=SystemClock())
    transport = Transport(
        allowed_hosts=settings.outbound_hosts,
        connect_timeout_s=settings.connect_timeout_s,
        read_timeout_s=settings.read_timeout_s,
        clock=clock,
    )
    login = LoginWithAmazon(settings, transport)
    amazon = Amazon(database, settings, clock, tokens, budget, login, transport)

    audit = AuditService(database, clock)
    users = UsersService(database, clock, settings, audit)
    instances = InstancesService(database, clock, audit, amazon)
    connections = ConnectionsService(
        database, clock, settings, sealer, audit, amazon, login, instances
    )
    templates = TemplatesService(settings)
    mappings = MappingsService(database, clock, audit)
    transitions = Transitions(database, engine, clock, settings)
    preparing = Preparing(database, clock, instances, templates)
    executions = ExecutionsService(database, clock, audit, preparing, transitions)
    results = ResultsService(database, clock, settings, store, executions, mappings, templates)
    schedules = SchedulesService(database, clock, audit, executions)

    fetched = NamesService(database, clock, audit, amazon, mappings, engine)
    dispatch = Dispatch(transitions)
    submitting = Submitting(transitions, amazon)
    polling = Polling(transitions, amazon)
    fetching = Fetching(transitions, amazon, store, mappings, settings.data_dir / "work")
    steps: dict[str, Step] = {
        names.DISPATCH: dispatch.step,
        names.SUBMIT: submitting.step,
        names.POLL: polling.step,
        names.CANCEL: polling.cancel_step,
        names.FETCH: fetching.step,
        NAMES: fetched.step,
    }
    return Services(
        settings=settings,
        clock=clock,
        database=database,
        sealer=sealer,
        engine=engine,
        audit=audit,
        users=users,
        connections=connections,
        instances=instances,
        templates=templates,
        capabilities=CapabilitiesService(database, instances, templates),
        drafts=DraftsService(database, clock),
        library=LibraryService(database, clock, audit),
        executions=executions,
        results=results,
        schedules=schedules,
        mappings=mappings,
        names=fetched,
        health=HealthService(database, clock, settings),
        restores=RestoresService(database, clock, settings, audit),
        polling=polling,
        sweeping=Sweeping(transitions, dispatch),
        housekeeping=Housekeeping(database, clock, engine, amazon, settings.data_dir / "work"),
        budget=budget,
        steps=steps,
    )
