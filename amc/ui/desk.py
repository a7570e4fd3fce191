"""What a page gets to work with: the services, each as far as the user's role goes."""

from typing import Any, cast

from amc.auth.policy import Guarded
from amc.auth.roles import CurrentUser, Role
from amc.clock import Clock
from amc.container import Services
from amc.services.audit import AuditService
from amc.services.capabilities import CapabilitiesService
from amc.services.connections import ConnectionsService
from amc.services.drafts import DraftsService
from amc.services.executions import ExecutionsService
from amc.services.health import HealthService
from amc.services.instances import InstancesService
from amc.services.library import LibraryService
from amc.services.mappings import MappingsService
from amc.services.names import NamesService
from amc.services.restores import RestoresService
from amc.services.results import ResultsService
from amc.services.schedules import SchedulesService
from amc.services.scope import Scope, Scoped
from amc.services.templates import TemplatesService
from amc.services.users import UsersService
from amc.settings import Settings


def guarded(services: Services, noun: str, user: CurrentUser | None) -> Guarded:
    """A service as far as a user's role and grants go; nobody's role goes nowhere."""
    service = getattr(services, noun)
    if user is not None and user.grants.limited and isinstance(service, Scoped):
        service = service.within(Scope(user.grants))
    return Guarded(noun, service, user)


class Desk:
    """A signed-in user's services; database, keys and engine are out of reach."""

    def __init__(self, services: Services, user: CurrentUser) -> None:
        """Keep the services and who asks."""
        self._services, self.user = services, user

    def _guarded(self, noun: str) -> Any:
        return guarded(self._services, noun, self.user)

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._services.settings

    @property
    def clock(self) -> Clock:
        """The clock of the installation."""
        return self._services.clock

    @property
    def actor(self) -> str:
        """The name that changes are recorded under."""
        return self.user.name

    @property
    def zone(self) -> str:
        """The time zone that this user's pages show."""
        return self.user.zone or self._services.settings.default_zone

    def may(self, role: Role) -> bool:
        """Whether the user has at least that role: to disable what would be refused anyway."""
        return self.user.has(role)

    @property
    def connections(self) -> ConnectionsService:
        """Amazon logins."""
        return cast("ConnectionsService", self._guarded("connections"))

    @property
    def instances(self) -> InstancesService:
        """Accounts, instances and sets."""
        return cast("InstancesService", self._guarded("instances"))

    @property
    def templates(self) -> TemplatesService:
        """SQL templates."""
        return cast("TemplatesService", self._guarded("templates"))

    @property
    def capabilities(self) -> CapabilitiesService:
        """Which template runs where."""
        return cast("CapabilitiesService", self._guarded("capabilities"))

    @property
    def drafts(self) -> DraftsService:
        """What the user wrote in the SQL editor."""
        return cast("DraftsService", self._guarded("drafts"))

    @property
    def library(self) -> LibraryService:
        """Saved queries."""
        return cast("LibraryService", self._guarded("library"))

    @property
    def executions(self) -> ExecutionsService:
        """Runs."""
        return cast("ExecutionsService", self._guarded("executions"))

    @property
    def results(self) -> ResultsService:
        """Stored results."""
        return cast("ResultsService", self._guarded("results"))

    @property
    def schedules(self) -> SchedulesService:
        """CRON reports."""
        return cast("SchedulesService", self._guarded("schedules"))

    @property
    def mappings(self) -> MappingsService:
        """Campaigns, products and brands."""
        return cast("MappingsService", self._guarded("mappings"))

    @property
    def names(self) -> NamesService:
        """Names fetched from Amazon."""
        return cast("NamesService", self._guarded("names"))

    @property
    def health(self) -> HealthService:
        """Which processes live."""
        return cast("HealthService", self._guarded("health"))

    @property
    def restores(self) -> RestoresService:
        """Whether a backup was put back."""
        return cast("RestoresService", self._guarded("restores"))

    @property
    def audit(self) -> AuditService:
        """Who did what."""
        return cast("AuditService", self._guarded("audit"))

    @property
    def users(self) -> UsersService:
        """Who may sign in."""
        return cast("UsersService", self._guarded("users"))
