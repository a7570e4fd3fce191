"""Names for ids: campaigns, ASINs and brands; what is still unnamed."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from amc.clock import Clock
from amc.db.engine import Database
from amc.db.mapping_models import SeenCampaign
from amc.db.repos import mappings as repo
from amc.errors import MappingError, StaleError
from amc.services import mapping_csv
from amc.services.audit import AuditService
from amc.services.mapping_csv import MappingRow
from amc.services.mapping_files import MappingFiles
from amc.services.mapping_rules import BrandRules
from amc.services.mapping_views import (
    RULE_FIELDS,
    RULE_OPERATORS,
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
    "ImportReport",
    "MappingView",
    "MappingsService",
    "RuleView",
    "Unmapped",
]


class MappingsService(MappingFiles, BrandRules):
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
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[list[MappingView], int]:
        """A page of mappings and the number of all that match."""
        with self._database.read() as session:
            rows = repo.campaigns(
                session, text=text, brand=brand, ad_product=ad_product, limit=limit, offset=offset
            )
            total = repo.count_campaigns(session, text=text, brand=brand, ad_product=ad_product)
            return [mapping_view(row) for row in rows], total

    def unmapped(self, limit: int = 500) -> list[Unmapped]:
        """Campaign ids of results that no mapping names, the latest first."""
        with self._database.read() as session:
            return [
                Unmapped(r.campaign_id, r.instance_id, r.execution_id, r.seen_at)
                for r in repo.unmapped(session, limit)
            ]

    def names_for(self, campaign_ids: Iterable[str]) -> dict[str, dict[str, str]]:
        """Campaign id → name and brand, for showing a result.

        An id that several ad products use differently is left out rather than guessed.
        """
        found: dict[str, dict[str, str]] = {}
        clash: set[str] = set()
        with self._database.read() as session:
            for row in repo.campaigns_by_ids(session, campaign_ids):
                entry = {"name": row.name, "brand": row.brand}
                if found.setdefault(row.campaign_id, entry) != entry:
                    clash.add(row.campaign_id)
        return {key: value for key, value in found.items() if key not in clash}

    def seen_on(self, instance_id: str) -> set[str]:
        """Campaign ids that results of an instance have held."""
        with self._database.read() as session:
            return repo.seen(session, instance_id)

    def titles_for(self, asins: Iterable[str]) -> dict[str, dict[str, str]]:
        """ASIN → title and brand, for showing a result."""
        with self._database.read() as session:
            return {
                row.asin: {"name": row.title, "brand": row.brand}
                for row in repo.asins_by_ids(session, asins)
            }

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
            if version is not None and stored is not None and stored.version != version:
                raise StaleError
            changed, _ = self._put(session, actor, row, stored, source="manual")
            session.flush()
            return mapping_view(changed)

    def remove(self, actor: str, keys: Iterable[tuple[str, str]]) -> int:
        """Remove mappings by (ad product, campaign id); how many there were."""
        count = 0
        with self._database.write() as session:
            for ad_product, campaign_id in keys:
                row = repo.campaign(session, ad_product, campaign_id)
                if row is None:
                    continue
                self._audit.record(session, actor, "mapping.remove", campaign_id, plain(row), None)
                session.delete(row)
                count += 1
        return count

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
