"""Asking Amazon about single instances: data sources, advertisers, and whether it answers.

Many are asked at once by a few threads: the shared rate budget paces them, and the threads keep
it busy while answers are on their way.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from typing import Any

from amc.clock import Clock
from amc.db.engine import Database
from amc.db.models import Instance
from amc.db.repos import fleet as repo
from amc.errors import AmcError, ApiError, MissingError
from amc.ids import InstanceId
from amc.log import get_logger
from amc.services.access import TO_DO, AccessState, AccessVerdict, state_of, stays
from amc.services.amazon import Amazon
from amc.services.instance_views import DataSourceView, source_names, source_view
from amc.services.scope import Scoped
from amc.services.sync_keeping import note_change

log = get_logger(__name__)

# At 10 requests a second this many may be on their way while each takes up to 0.8 seconds.
AT_ONCE = 8
SOURCES_LIFE = timedelta(days=1)
Progress = Callable[[int, int], None]


def _no_progress(_done: int, _total: int) -> None:
    return None


class InstanceAsking(Scoped):
    """The part of instances that asks Amazon about one of them."""

    _database: Database
    _clock: Clock
    _amazon: Amazon

    # Data sources

    def data_sources(self, instance_id: str, *, refresh: bool = False) -> list[DataSourceView]:
        """The data sources of an instance; asked from Amazon the first time, or on wish.

        Raises:
            MissingError, ApiError: no such instance; Amazon could not be asked.
        """
        stored = self.stored_sources(instance_id)
        if stored is None or refresh:
            return [source_view(item) for item in self.refresh_sources(instance_id)]
        return stored

    def stored_sources(self, instance_id: str) -> list[DataSourceView] | None:
        """What we know of an instance's data sources, without asking Amazon.

        Raises:
            MissingError: no such instance.
        """
        with self._database.read() as session:
            self._require(session, instance_id)
            row = repo.instance(session, instance_id)
            if row is None or row.sources is None:
                return None
            return [source_view(item) for item in row.sources]

    def refresh_sources(self, instance_id: str, *, by: str = "") -> list[Any]:
        """Ask Amazon for the data sources of an instance, and keep them.

        Raises:
            MissingError: no such instance.
            ApiError: Amazon could not be asked; what we had stays.
        """
        with self._database.read() as session:
            self._require(session, instance_id)
        return self._fetch_sources(instance_id, by, interactive=True)

    def _fetch_sources(self, instance_id: str, by: str, *, interactive: bool) -> list[Any]:
        api = self._amazon.instance(instance_id, interactive=interactive)
        try:
            found = [source.to_dict() for source in api.list_data_sources()]
        except ApiError as exc:
            self._keep_state(instance_id, state_of(exc), exc.message, by)
            raise
        self._keep_sources(instance_id, found, by)
        return found

    def _keep_sources(self, instance_id: str, found: list[Any], by: str) -> None:
        now, names = self._clock.now(), source_names(found)
        with self._database.write() as session:
            row = repo.instance(session, instance_id)
            if row is None:
                return
            before = row.source_names
            if before is not None and set(before) != set(names):
                detail = {
                    "new": sorted(set(names) - set(before)),
                    "lost": sorted(set(before) - set(names)),
                }
                note_change(session, row, now, by, "sources", detail)
            row.sources, row.source_names, row.sources_at = found, names, now
            row.checked_at = now
            self._set_state(row, "ok", "")

    def refresh_many(
        self,
        actor: str,
        instance_ids: Iterable[str] | None = None,
        *,
        only_old: bool = False,
        progress: Progress = _no_progress,
    ) -> dict[str, str]:
        """Ask for the data sources of many instances at once; one failure stops no other.

        Args:
            actor: who.
            instance_ids: all in use when None.
            only_old: leave out those that were asked within a day.
            progress: told (done, all) in the caller's thread.

        Returns:
            Instance id → why it could not be asked, for those that could not.

        Raises:
            MissingError: an instance is unknown.
        """
        wanted = self._wanted(instance_ids)
        if only_old:
            since = self._clock.now() - SOURCES_LIFE
            with self._database.read() as session:
                rows = repo.instances_by_id(session, wanted)
                wanted = [i for i in wanted if (rows[i][0].sources_at or since) <= since]
        failed: dict[str, str] = {}

        def ask(instance_id: str) -> None:
            self._fetch_sources(instance_id, actor, interactive=False)

        for instance_id, error in self._each(wanted, ask, progress):
            if error is not None:
                failed[instance_id] = error.message
        return failed

    def refresh_details(self, actor: str, instance_id: str) -> None:
        """Ask Amazon for everything about one instance: itself, advertisers, data sources.

        Raises:
            MissingError, ApiError: no such instance; Amazon could not be asked.
        """
        with self._database.read() as session:
            self._require(session, instance_id)
        self._fetch_details(instance_id, interactive=True)
        self._fetch_sources(instance_id, actor, interactive=True)

    def _fetch_details(self, instance_id: str, *, interactive: bool) -> None:
        account = self._amazon.account_of(instance_id, interactive=interactive)
        said = account.get_instance(InstanceId(instance_id)).to_dict()
        advertisers = [a.to_dict() for a in account.list_advertisers(InstanceId(instance_id))]
        with self._database.write() as session:
            row = repo.instance(session, instance_id)
            if row is not None:
                row.details, row.advertisers = said, advertisers
                row.advertisers_at = self._clock.now()

    def refresh_old(self, limit: int = 10) -> int:
        """Ask about instances that were not asked for a day; how many. In the background."""
        with self._database.read() as session:
            wanted = repo.instances_to_ask(session, self._clock.now() - SOURCES_LIFE, limit)
        for instance_id in wanted:
            try:
                self._fetch_details(instance_id, interactive=False)
                self._fetch_sources(instance_id, "scheduler", interactive=False)
            except AmcError as exc:
                log.info(
                    "instance not asked",
                    action="instances.refresh",
                    instance=instance_id,
                    reason=exc.message,
                )
                self._checked(instance_id)
        return len(wanted)

    def _checked(self, instance_id: str) -> None:
        with self._database.write() as session:
            row = repo.instance(session, instance_id)
            if row is not None:
                row.checked_at = self._clock.now()

    # Test

    def test(
        self,
        actor: str,
        instance_ids: Iterable[str] | None = None,
        *,
        progress: Progress = _no_progress,
    ) -> list[AccessVerdict]:
        """Ask each instance for something small: a verdict each, and the one thing to do.

        Args:
            actor: who.
            instance_ids: all in use when None.
            progress: told (done, all) in the caller's thread.

        Raises:
            MissingError: an instance is unknown.
        """
        wanted = self._wanted(instance_ids)

        def ask(instance_id: str) -> None:
            self._amazon.instance(instance_id, interactive=True).list_workflows()

        found: dict[str, AccessVerdict] = {}
        with self._database.read() as session:
            names = {i: r.name for i, (r, _) in repo.instances_by_id(session, wanted).items()}
        for instance_id, error in self._each(wanted, ask, progress):
            state = state_of(error)
            reason = error.message if error is not None else ""
            self._keep_state(instance_id, state, reason, actor)
            found[instance_id] = AccessVerdict(
                instance_id, names[instance_id], state, reason, TO_DO[state], self._clock.now()
            )
        return [found[i] for i in wanted]

    # Parts

    def _wanted(self, instance_ids: Iterable[str] | None) -> list[str]:
        with self._database.read() as session:
            allowed = self._scope.instance_ids(session)
            if instance_ids is None:
                return [
                    row.instance_id
                    for row, _ in repo.instances(session)
                    if row.active and (allowed is None or row.instance_id in allowed)
                ]
            wanted = list(dict.fromkeys(instance_ids))
            for instance_id in wanted:
                self._require(session, instance_id)
            return wanted

    def _require(self, session: Any, instance_id: str) -> None:
        there = repo.instance(session, instance_id) is not None
        if not there or not self._scope.covers(session, instance_id):
            raise MissingError(
                f"There is no instance '{instance_id}' here.",
                hint="Sync the instances, or check the id (instances list).",
            )

    def _each(
        self, wanted: Sequence[str], ask: Callable[[str], None], progress: Progress
    ) -> list[tuple[str, AmcError | None]]:
        """Ask for all of them, a few at once; every outcome."""
        found: list[tuple[str, AmcError | None]] = []
        progress(0, len(wanted))
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="instances") as pool:
            asked = {pool.submit(ask, instance_id): instance_id for instance_id in wanted}
            for future in as_completed(asked):
                error = future.exception()
                if error is not None and not isinstance(error, AmcError):
                    raise error
                found.append((asked[future], error))
                progress(len(found), len(wanted))
        return found

    def _keep_state(self, instance_id: str, state: AccessState, reason: str, by: str) -> None:
        if not stays(state):
            return
        now = self._clock.now()
        with self._database.write() as session:
            row = repo.instance(session, instance_id)
            if row is None:
                return
            row.checked_at = now
            if row.access != state:
                note_change(session, row, now, by, state, {"reason": reason})
            self._set_state(row, state, reason)

    def _set_state(self, row: Instance, state: AccessState, reason: str) -> None:
        row.access, row.access_reason = state, reason
