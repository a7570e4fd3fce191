"""Queries on names: campaigns, ASINs, brands, rules."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from amc.db.mapping_models import AsinMapping, Brand, BrandRule, CampaignMapping, SeenCampaign


def _narrowed(query: Any, text: str, brand: str, ad_product: str) -> Any:
    if text:
        wanted = text.lower()
        query = query.where(
            or_(
                func.lower(CampaignMapping.name).contains(wanted, autoescape=True),
                CampaignMapping.campaign_id.contains(text, autoescape=True),
            )
        )
    if brand:
        query = query.where(CampaignMapping.brand == brand)
    if ad_product:
        query = query.where(CampaignMapping.ad_product == ad_product)
    return query


def campaigns(
    session: Session,
    *,
    text: str = "",
    brand: str = "",
    ad_product: str = "",
    limit: int = 50,
    offset: int = 0,
) -> Sequence[CampaignMapping]:
    """A page of mappings, by name."""
    query = _narrowed(select(CampaignMapping), text, brand, ad_product)
    found: Sequence[CampaignMapping] = session.scalars(
        query.order_by(CampaignMapping.name, CampaignMapping.id).limit(limit).offset(offset)
    ).all()
    return found


def count_campaigns(
    session: Session, *, text: str = "", brand: str = "", ad_product: str = ""
) -> int:
    """How many match."""
    query = _narrowed(select(func.count(CampaignMapping.id)), text, brand, ad_product)
    return int(session.scalar(query) or 0)


def campaign(session: Session, ad_product: str, campaign_id: str) -> CampaignMapping | None:
    """One by its key."""
    return session.scalars(
        select(CampaignMapping).where(
            CampaignMapping.ad_product == ad_product, CampaignMapping.campaign_id == campaign_id
        )
    ).first()


def campaigns_by_ids(session: Session, ids: Iterable[str]) -> Sequence[CampaignMapping]:
    """All mappings of the named ids; asked in portions, databases limit the number of values."""
    wanted = list(dict.fromkeys(ids))
    found: list[CampaignMapping] = []
    for start in range(0, len(wanted), 5000):
        part = wanted[start : start + 5000]
        found += session.scalars(
            select(CampaignMapping).where(CampaignMapping.campaign_id.in_(part))
        )
    return found


def asins_by_ids(session: Session, ids: Iterable[str]) -> Sequence[AsinMapping]:
    """All of the named ASINs."""
    wanted = list(dict.fromkeys(ids))
    found: list[AsinMapping] = []
    for start in range(0, len(wanted), 5000):
        part = wanted[start : start + 5000]
        found += session.scalars(select(AsinMapping).where(AsinMapping.asin.in_(part)))
    return found


def asins(session: Session, *, text: str = "", limit: int = 50, offset: int = 0) -> Any:
    """A page of ASINs, by title."""
    query = select(AsinMapping)
    if text:
        query = query.where(
            or_(
                func.lower(AsinMapping.title).contains(text.lower(), autoescape=True),
                AsinMapping.asin.contains(text.upper(), autoescape=True),
            )
        )
    return session.scalars(
        query.order_by(AsinMapping.title, AsinMapping.asin).limit(limit).offset(offset)
    ).all()


def count_asins(session: Session) -> int:
    """How many are known."""
    return int(session.scalar(select(func.count(AsinMapping.asin))) or 0)


def brands(session: Session) -> Sequence[Brand]:
    """All, by name."""
    return session.scalars(select(Brand).order_by(Brand.name)).all()


def brand(session: Session, name: str) -> Brand | None:
    """One by its name."""
    return session.scalars(select(Brand).where(Brand.name == name)).first()


def brand_names_in_use(session: Session) -> list[str]:
    """Names of brands that campaigns carry."""
    return list(
        session.scalars(select(CampaignMapping.brand).where(CampaignMapping.brand != "").distinct())
    )


def rules(session: Session) -> Sequence[BrandRule]:
    """All, first one first."""
    return session.scalars(select(BrandRule).order_by(BrandRule.position, BrandRule.id)).all()


def every_campaign(session: Session) -> Iterable[CampaignMapping]:
    """All mappings, in portions."""
    return session.scalars(select(CampaignMapping).order_by(CampaignMapping.id)).yield_per(1000)


def unmapped(session: Session, limit: int = 500) -> Sequence[SeenCampaign]:
    """Campaign ids that results held and that no mapping names."""
    named = (
        select(CampaignMapping.id)
        .where(CampaignMapping.campaign_id == SeenCampaign.campaign_id)
        .exists()
    )
    return session.scalars(
        select(SeenCampaign).where(~named).order_by(SeenCampaign.seen_at.desc()).limit(limit)
    ).all()


def seen(session: Session, instance_id: str) -> set[str]:
    """Campaign ids already noted for an instance."""
    return set(
        session.scalars(
            select(SeenCampaign.campaign_id).where(SeenCampaign.instance_id == instance_id)
        )
    )
