"""Asking Amazon about single instances: data sources and advertisers."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from amc.db.models import Instance
from amc.db.repos import fleet as repo
from amc.errors import AmcError, ApiError, MissingError
from amc.ids import InstanceId
from amc.log import get_logger
from amc.services.access import AccessState, state_of, stays
from amc.services.asking_many import Progress, ask_each, no_progress
from amc.services.instance_views import (
    DataSourceView,
    Known,
    known_instances,
    known_of,
    source_names,
    source_view,
)
from amc.services.sync_keeping import note_change
from amc.services.syncing import Syncing
from amc.services.views import SyncDifference

log = get_logger(__name__)

SOURCES_LIFE = timedelta(days=1)
RETRY = timedelta(minutes=10)


class InstanceAsking(Syncing):
    """The part of instances that asks Amazon about one of them."""

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
        progress: Progress = no_progress,
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

        for instance_id, error in ask_each(wanted, ask, progress):
            if error is not None:
                failed[instance_id] = error.message
        return failed

    def sync_with_sources(self, actor: str, *, progress: Progress = no_progress) -> SyncDifference:
        """Sync, then ask every instance for the data sources that were not asked for in a day.

        What was learned is kept instance by instance, so a sync that was broken off goes on where
        it stopped. One that cannot be asked is told under `unasked` and stops no other.

        Args:
            actor: who.
            progress: told (done, all) in the caller's thread.

        Raises:
            MissingError, ApiError, AccessDeniedError: see `look`.
        """
        found = self.sync(actor)
        open_ones = [k.view.instance_id for k in self._all_known() if k.view.access == "ok"]
        found.unasked.update(self.refresh_many(actor, open_ones, only_old=True, progress=progress))
        return found

    def ask_unknown(self, actor: str, instance_ids: Iterable[str]) -> dict[str, str]:
        """Ask for the data sources of those of whom nobody ever asked; see `refresh_many`.

        Gives why one could not be asked. Nothing is asked when all are known.

        Raises:
            MissingError: an instance is unknown.
        """
        wanted = self._wanted(instance_ids)
        with self._database.read() as session:
            found = [known_of(*row) for row in repo.instances_by_id(session, wanted).values()]
        unknown = [k.view.instance_id for k in found if k.sources is None and k.view.access == "ok"]
        failed = self.refresh_many(actor, unknown) if unknown else {}
        for instance_id, reason in failed.items():
            log.warning(
                "data sources not known",
                action="instances.ask_unknown",
                instance=instance_id,
                reason=reason,
            )
        return failed

    def _all_known(self) -> list[Known]:
        """Instances in use and in reach, with what they have."""
        with self._database.read() as session:
            allowed = self._scope.instance_ids(session)
            return [
                k
                for k in known_instances(session)
                if k.view.active and (allowed is None or k.view.instance_id in allowed)
            ]

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
        """Ask about instances that were not asked for a day; how many. In the background.

        Those whose advertisers nobody knows yet come with them.
        """
        now = self._clock.now()
        with self._database.read() as session:
            wanted = repo.instances_to_ask(session, now - SOURCES_LIFE, now - RETRY, limit)
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
