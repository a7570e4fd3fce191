"""Names for ids: campaigns, ASINs and brands; what is still unnamed."""

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from amc.clock import Clock
from amc.db.engine import Database
from amc.db.mapping_models import CampaignMapping, SeenCampaign
from amc.db.repos import mappings as repo
from amc.db.repos.mappings import MappingFilter
from amc.errors import MappingError, MissingError, StaleError
from amc.services import mapping_csv
from amc.services.audit import AuditService
from amc.services.mapping_asins import AsinNames
from amc.services.mapping_csv import MappingRow
from amc.services.mapping_files import MappingFiles
from amc.services.mapping_rules import BrandRules
from amc.services.mapping_views import (
    RULE_FIELDS,
    RULE_OPERATORS,
    AsinView,
    ImportReport,
    MappingView,
    RuleView,
    Unmapped,
    mapping_view,
    plain,
)

__all__ = [
    "RULE_FIELDS",
    "RULE_OPERATORS",
    "AsinView",
    "ImportReport",
    "MappingFilter",
    "MappingView",
    "MappingsService",
    "RuleView",
    "Unmapped",
]

RANK = {"manual": 0, "import": 0, "amazon": 1, "result": 2}
"""Whose name counts: the lower."""

Key = tuple[str, str]
"""Ad product and campaign id."""


class MappingsService(MappingFiles, BrandRules, AsinNames):
    """Everything about names."""

    def __init__(self, database: Database, clock: Clock, audit: AuditService) -> None:
        """Keep the parts."""
        self._database, self._clock, self._audit = database, clock, audit

    # Looking

    def page(
        self,
        *,
        text: str = "",
        brand: str = "",
        ad_product: str = "",
        source: str = "",
        no_brand: bool = False,
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[list[MappingView], int]:
        """A page of mappings and the number of all that match."""
        with self._database.read() as session:
            chosen = MappingFilter(
                text, brand, ad_product, source, no_brand, self._name_reach(session)
            )
            rows = repo.campaigns(session, chosen, limit=limit, offset=offset)
            return [mapping_view(row) for row in rows], repo.count_campaigns(session, chosen)

    def unmapped(self, limit: int = 500) -> list[Unmapped]:
        """Campaign ids of results that no mapping names, the latest first."""
        with self._database.read() as session:
            return [
                Unmapped(r.campaign_id, r.instance_id, r.execution_id, r.seen_at)
                for r in repo.unmapped(session, limit, self._name_reach(session))
            ]

    def names_for(self, campaign_ids: Iterable[str]) -> dict[str, dict[str, str]]:
        """Campaign id → name and brand, for showing a result.

        What people wrote goes before what was fetched. An id that several ad products then still
        use differently is left out rather than guessed.
        """
        found: dict[str, tuple[int, dict[str, str]]] = {}
        clash: set[str] = set()
        with self._database.read() as session:
            for row in repo.campaigns_by_ids(session, campaign_ids, self._name_reach(session)):
                rank, entry = RANK.get(row.source, 1), {"name": row.name, "brand": row.brand}
                best = found.get(row.campaign_id)
                if best is None or rank < best[0]:
                    found[row.campaign_id] = rank, entry
                    clash.discard(row.campaign_id)
                elif rank == best[0] and entry != best[1]:
                    clash.add(row.campaign_id)
        return {key: entry for key, (_, entry) in found.items() if key not in clash}

    def seen_on(self, instance_id: str) -> set[str]:
        """Campaign ids that results of an instance have held.

        Raises:
            MissingError: the instance is out of reach.
        """
        with self._database.read() as session:
            if not self._scope.covers(session, instance_id):
                raise MissingError(f"There is no instance '{instance_id}' here.")
            return repo.seen(session, instance_id)

    # Changing

    def save(
        self,
        actor: str,
        *,
        ad_product: str,
        campaign_id: str,
        name: str,
        brand: str = "",
        tags: Iterable[str] = (),
        version: int | None = None,
    ) -> MappingView:
        """Make or change one mapping.

        Raises:
            MappingError: a value cannot be used.
            StaleError: `version` is not the one stored any more.
            MissingError: the campaign is out of reach.
            AccessDeniedError: the brand is not one of the person's.
        """
        row = MappingRow(
            0,
            ad_product,
            campaign_id.strip(),
            name.strip(),
            brand.strip(),
            tuple(dict.fromkeys(t.strip() for t in tags if t.strip())),
        )
        reason = mapping_csv.why_bad(row.campaign_id, row.ad_product, row.name)
        if reason:
            raise MappingError(f"This mapping cannot be saved: {reason}.")
        with self._database.write() as session:
            stored = repo.campaign(session, ad_product, row.campaign_id)
            self._require(session, row.campaign_id, row.brand, stored)
            if version is not None and (stored is None or stored.version != version):
                raise StaleError
            changed, _ = self._put(session, actor, row, stored, source="manual")
            session.flush()
            return mapping_view(changed)

    def edit_many(
        self,
        actor: str,
        keys: Sequence[Key] | None = None,
        chosen: MappingFilter | None = None,
        *,
        brand: str | None = None,
        add_tags: Sequence[str] = (),
        remove_tags: Sequence[str] = (),
    ) -> int:
        """Change brand and tags of many campaigns in one commit; how many changed.

        Args:
            actor: who.
            keys: these campaigns.
            chosen: or every campaign that a filter finds.
            brand: the new one (empty for none); None leaves as it is.
            add_tags: added to those that each has.
            remove_tags: taken away.

        Raises:
            AccessDeniedError: the brand is not one of the person's.
        """
        wanted_tags = [t.strip() for t in add_tags if t.strip()]
        now, changed = self._clock.now(), 0
        with self._database.write() as session:
            self._require_brand(session, brand or "")
            for row in self._many(session, keys, chosen):
                kept = [t for t in [*row.tags, *wanted_tags] if t not in remove_tags]
                tags = list(dict.fromkeys(kept))
                named = row.brand if brand is None else brand.strip()
                if (row.brand, list(row.tags)) == (named, tags):
                    continue
                row.brand, row.tags = named, tags
                row.updated_by, row.updated_at = actor, now
                row.version += 1
                changed += 1
            after = {
                "changed": changed,
                "brand": brand,
                "add": wanted_tags,
                "remove": list(remove_tags),
            }
            self._audit.record(session, actor, "mapping.edit_many", "campaigns", None, after)
        return changed

    def _many(
        self, session: Session, keys: Sequence[Key] | None, chosen: MappingFilter | None
    ) -> list[CampaignMapping]:
        reach = self._name_reach(session)
        if keys is None:
            asked = chosen or MappingFilter()
            narrowed = MappingFilter(
                asked.text, asked.brand, asked.ad_product, asked.source, asked.no_brand, reach
            )
            return list(repo.campaigns(session, narrowed, limit=None))
        wanted = set(keys)
        rows = repo.campaigns_by_ids(session, (key[1] for key in keys), reach)
        return [row for row in rows if (row.ad_product, row.campaign_id) in wanted]

    def remove(self, actor: str, keys: Iterable[Key]) -> int:
        """Remove mappings by (ad product, campaign id); how many there were."""
        with self._database.write() as session:
            rows = self._many(session, list(keys), None)
            for row in rows:
                self._audit.record(
                    session, actor, "mapping.remove", row.campaign_id, plain(row), None
                )
                session.delete(row)
        return len(rows)

    def note_seen(
        self, session: Session, execution_id: str, instance_id: str, campaign_ids: Iterable[str]
    ) -> None:
        """Remember campaign ids of a result, in the transaction that stores it."""
        known = repo.seen(session, instance_id)
        for campaign_id in dict.fromkeys(campaign_ids):
            if campaign_id and campaign_id not in known:
                session.add(
                    SeenCampaign(
                        campaign_id=campaign_id,
                        instance_id=instance_id,
                        execution_id=execution_id,
                        seen_at=self._clock.now(),
                    )
                )
