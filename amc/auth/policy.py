"""What each role may call: one table, and the guard that reads it. What is not named is refused.

The guard stands between pages and services. It also refuses to act under another name: an
`actor` argument must be the signed-in user. The command line is not guarded: whoever may run it
on the host may read the database anyway.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any

from amc.auth.roles import CurrentUser, Role, require
from amc.errors import AccessDeniedError
from amc.log import get_logger

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Need:
    """The lowest role for a method.

    Attributes:
        role: the lowest that may call it.
        own: names an argument that must be the user's own name.
        held: whether it opens to those who must choose a new password first.
    """

    role: Role
    own: str = ""
    held: bool = False


_VIEWER, _ANALYST, _ADMIN = Need(Role.VIEWER), Need(Role.ANALYST), Need(Role.ADMIN)
_SELF = Need(Role.VIEWER, own="name")
_OWNER = Need(Role.VIEWER, own="owner")


def _table(need: Need, noun: str, methods: str) -> dict[str, Need]:
    return {f"{noun}.{method}": need for method in methods.split()}


NEEDS: dict[str, Need] = {
    **_table(_VIEWER, "connections", "all get serving announcements key_problem"),
    **_table(
        _ADMIN,
        "connections",
        "begin add_refresh_token test rename dependents remove prefer discover",
    ),
    **_table(
        _VIEWER,
        "instances",
        "all get get_many known source_reach detail details history accounts last_syncs "
        "stored_sources sets members rule_members",
    ),
    # A viewer's click never makes a request to Amazon.
    **_table(
        _ANALYST,
        "instances",
        "data_sources refresh_sources refresh_many refresh_details look apply sync "
        "sync_with_sources test "
        "edit save_set remove_set",
    ),
    **_table(_VIEWER, "capabilities", "matrix"),
    **_table(_OWNER, "drafts", "all latest find save remove"),
    **_table(_VIEWER, "library", "all versions"),
    **_table(_ANALYST, "library", "save archive"),
    **_table(_VIEWER, "executions", "page get detail fleet_run counts manifest latest_results"),
    **_table(
        _ANALYST, "executions", "prepare check submit resolve_targets request_of cancel rerun"
    ),
    **_table(_VIEWER, "results", "facts page recipes chart download missing_columns"),
    **_table(
        _VIEWER,
        "templates",
        "all get faults render bind_sql check_text check_sql explain_sql format_sql "
        "parameter_names parameter_fields field_value check_value column short_form",
    ),
    **_table(_VIEWER, "schedules", "all get upcoming at_risk history next_slots describe"),
    **_table(_ADMIN, "schedules", "of_owner take_over"),
    **_table(_ANALYST, "schedules", "create update pause resume remove run_now backfill"),
    **_table(
        _VIEWER, "mappings", "page brands unmapped names_for titles_for export rules seen_on asins"
    ),
    **_table(
        _ANALYST,
        "mappings",
        "save edit_many remove preview_import apply_import set_rules apply_rules save_brand "
        "remove_brand save_asin",
    ),
    **_table(_VIEWER, "names", "progress"),
    **_table(_ANALYST, "names", "request"),
    **_table(_VIEWER, "health", "processes scheduler_alive require_scheduler failing_jobs"),
    **_table(_VIEWER, "restores", "current look_ends_at"),
    **_table(_ADMIN, "audit", "latest count verify"),
    **_table(_ADMIN, "users", "all get create set_role set_grants disable enable reset_password"),
    **_table(_SELF, "users", "set_zone"),
    **_table(Need(Role.VIEWER, own="name", held=True), "users", "change_password"),
}
"""`<service>.<method>` → who may call it."""

CLOSED: frozenset[str] = frozenset(
    {
        # Called by the sign-in gate and the routes, before there is a user.
        "users.sign_in",
        "users.claim",
        "users.session",
        "users.held",
        "users.sign_out",
        "connections.complete",
        "connections.clock_skew_s",
        "health.check_database",
        # Called on the host: the command line, the supervisor, the scheduler process.
        "results.write",
        "templates.check_all",
        "users.ensure_admin",
        "connections.connect_by_itself",
        "schedules.fire_due",
        "schedules.set_aside_unreadable",
        "instances.refresh_old",
        "health.beat",
        "health.gone",
        "restores.watch",
        "restores.declare",
        "health.unreadable_rows",
        # Called by other services in their own transactions.
        "audit.record",
        "executions.insert",
        "executions.learn",
        "instances.ask_unknown",
        "mappings.note_seen",
        "mappings.put_fetched",
        "mappings.put_fetched_in",
        "names.request_due",
        "names.step",
        "names.sweep",
        "names.work_off",
        # A page's services are narrowed before the page gets them.
        "capabilities.within",
        "executions.within",
        "instances.within",
        "mappings.within",
        "names.within",
        "results.within",
        "schedules.within",
    }
)
"""Methods that no page may call, whoever asks: kept so that a new method must be decided on."""


class Guarded:
    """A service as one user may use it."""

    __slots__ = ("_noun", "_service", "_user")

    def __init__(self, noun: str, service: object, user: CurrentUser | None) -> None:
        """Keep the service, its name in the table, and who asks."""
        self._noun, self._service, self._user = noun, service, user

    def __getattr__(self, name: str) -> Any:
        """A method, if the user may call it.

        Raises:
            AccessDeniedError: the role is too low, the table does not open it to pages, or a
                new password must be chosen first.
        """
        path = f"{self._noun}.{name}"
        need = NEEDS.get(path)
        if need is None:
            raise AccessDeniedError(f"{path} is not open to pages.", hint="")
        try:
            user = require(self._user, need.role, held=need.held)
        except AccessDeniedError:
            who = self._user.name if self._user else ""
            log.warning("access denied", action="access.denied", method=path, user=who)
            raise
        return _checked(getattr(self._service, name), user, need)


def _checked(method: Callable[..., Any], user: CurrentUser, need: Need) -> Callable[..., Any]:
    names = [n for n in ("actor", need.own) if n and n in _parameters(method)]
    if not names:
        return method

    @wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        given = inspect.signature(method).bind(*args, **kwargs).arguments
        for name in names:
            if given.get(name) != user.name:
                log.warning("access denied", action="access.denied", user=user.name, argument=name)
                raise AccessDeniedError("You can only act under your own name.", hint="")
        return method(*args, **kwargs)

    return call


def _parameters(method: Callable[..., Any]) -> tuple[str, ...]:
    return _parameters_of(getattr(method, "__func__", method))


@cache
def _parameters_of(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)
