"""Which names a person with limited rights sees and may change."""

from sqlalchemy.orm import Session

from amc.clock import Clock
from amc.db.engine import Database
from amc.db.mapping_models import CampaignMapping
from amc.db.repos import mappings as repo
from amc.db.repos.mappings import NameReach
from amc.errors import AccessDeniedError, MissingError
from amc.services.audit import AuditService
from amc.services.scope import Scoped


class NameRights(Scoped):
    """What all parts of mappings share: their parts, and how far the person's rights go.

    Names belong to brands: a limited person sees those of the own brands, and those of campaigns
    that results of the own instances have held.
    """

    _database: Database
    _clock: Clock
    _audit: AuditService

    def _name_reach(self, session: Session) -> NameReach | None:
        allowed, brands = self._scope.instance_ids(session), self._scope.brands(session)
        if allowed is None or brands is None:
            return None
        return NameReach(brands, allowed)

    def _require(
        self, session: Session, campaign_id: str, brand: str, stored: CampaignMapping | None
    ) -> None:
        reach = self._name_reach(session)
        if reach is None:
            return
        own = stored is not None and stored.brand in reach.brands
        if not own and campaign_id not in repo.seen_ids(session, reach):
            raise MissingError(f"There is no campaign '{campaign_id}' among yours.")
        if stored is None or stored.brand != brand:
            self._require_brand(session, brand)

    def _require_brand(self, session: Session, brand: str) -> None:
        brands = self._scope.brands(session)
        if brands is not None and brand and brand.strip() not in brands:
            raise AccessDeniedError(f"The brand '{brand}' is not one of yours.")
