"""Queries on names: campaigns, ASINs, brands, rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from amc.db.mapping_models import AsinMapping, Brand, BrandRule, CampaignMapping, SeenCampaign
from amc.db.reading import read_rows, shown


@dataclass(frozen=True, slots=True)
class NameReach:
    """Names that a person with limited rights may see: of brands, or seen on instances."""

    brands: frozenset[str]
    instance_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class MappingFilter:
    """What a list of names is narrowed to; empty means all. `no_brand`: only those without one."""

    text: str = ""
    brand: str = ""
    ad_product: str = ""
    source: str = ""
    no_brand: bool = False
    within: NameReach | None = None


def seen_within(within: NameReach) -> Any:
    """Campaign ids that results of some instances have held, as a subquery."""
    return select(SeenCampaign.campaign_id).where(SeenCampaign.instance_id.in_(within.instance_ids))


def _reached(query: Any, within: NameReach | None) -> Any:
    if within is None:
        return query
    return query.where(
        or_(
            CampaignMapping.brand.in_(within.brands),
            CampaignMapping.campaign_id.in_(seen_within(within)),
        )
    )


def _narrowed(query: Any, chosen: MappingFilter) -> Any:
    query = _reached(query, chosen.within)
    if chosen.text:
        query = query.where(
            or_(
                func.lower(CampaignMapping.name).contains(chosen.text.lower(), autoescape=True),
                CampaignMapping.campaign_id.contains(chosen.text, autoescape=True),
            )
        )
    if chosen.no_brand:
        query = query.where(CampaignMapping.brand == "")
    elif chosen.brand:
        query = query.where(CampaignMapping.brand == chosen.brand)
    if chosen.ad_product:
        query = query.where(CampaignMapping.ad_product == chosen.ad_product)
    if chosen.source:
        query = query.where(CampaignMapping.source == chosen.source)
    return query


def campaigns(
    session: Session, chosen: MappingFilter, *, limit: int | None = 50, offset: int = 0
) -> Sequence[CampaignMapping]:
    """A page of mappings, by name; all of them without a limit."""
    query = _narrowed(select(CampaignMapping), chosen)
    query = query.order_by(CampaignMapping.name, CampaignMapping.id).limit(limit).offset(offset)
    return shown(session, query, CampaignMapping)


def count_campaigns(session: Session, chosen: MappingFilter) -> int:
    """How many match."""
    return int(session.scalar(_narrowed(select(func.count(CampaignMapping.id)), chosen)) or 0)


def campaign(session: Session, ad_product: str, campaign_id: str) -> CampaignMapping | None:
    """One by its key."""
    return session.scalars(
        select(CampaignMapping).where(
            CampaignMapping.ad_product == ad_product, CampaignMapping.campaign_id == campaign_id
        )
    ).first()


def campaigns_by_ids(
    session: Session, ids: Iterable[str], within: NameReach | None = None
) -> Sequence[CampaignMapping]:
    """All mappings of the named ids; asked in portions, databases limit the number of values."""
    wanted = list(dict.fromkeys(ids))
    found: list[CampaignMapping] = []
    for start in range(0, len(wanted), 5000):
        part = wanted[start : start + 5000]
        query = select(CampaignMapping).where(CampaignMapping.campaign_id.in_(part))
        found += shown(session, _reached(query, within), CampaignMapping)
    return found


def asins_by_ids(session: Session, ids: Iterable[str]) -> Sequence[AsinMapping]:
    """All of the named ASINs."""
    wanted = list(dict.fromkeys(ids))
    found: list[AsinMapping] = []
    for start in range(0, len(wanted), 5000):
        part = wanted[start : start + 5000]
        query = select(AsinMapping).where(AsinMapping.asin.in_(part))
        found += shown(session, query, AsinMapping)
    return found


def _asins_narrowed(query: Any, text: str, within: NameReach | None) -> Any:
    if within is not None:
        query = query.where(AsinMapping.brand.in_(within.brands))
    if not text:
        return query
    return query.where(
        or_(
            func.lower(AsinMapping.title).contains(text.lower(), autoescape=True),
            func.lower(AsinMapping.brand).contains(text.lower(), autoescape=True),
            AsinMapping.asin.contains(text.upper(), autoescape=True),
        )
    )


def asins(
    session: Session,
    *,
    text: str = "",
    within: NameReach | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Sequence[AsinMapping]:
    """A page of ASINs, by title."""
    query = _asins_narrowed(select(AsinMapping), text, within)
    query = query.order_by(AsinMapping.title, AsinMapping.asin).limit(limit).offset(offset)
    return shown(session, query, AsinMapping)


def count_asins(session: Session, *, text: str = "", within: NameReach | None = None) -> int:
    """How many are known."""
    query = _asins_narrowed(select(func.count(AsinMapping.asin)), text, within)
    return int(session.scalar(query) or 0)


def brands(session: Session) -> Sequence[Brand]:
    """All, by name."""
    return shown(session, select(Brand).order_by(Brand.name), Brand)


def brand(session: Session, name: str) -> Brand | None:
    """One by its name."""
    return session.scalars(select(Brand).where(Brand.name == name)).first()


def brand_names_in_use(session: Session, within: NameReach | None = None) -> list[str]:
    """Names of brands that campaigns carry."""
    query = select(CampaignMapping.brand).where(CampaignMapping.brand != "").distinct()
    return list(session.scalars(_reached(query, within)))


def rules(session: Session) -> Sequence[BrandRule]:
    """All, first one first."""
    query = select(BrandRule).order_by(BrandRule.position, BrandRule.id)
    return shown(session, query, BrandRule)


def every_campaign(session: Session, within: NameReach | None = None) -> Iterable[CampaignMapping]:
    """All mappings that can be read."""
    query = _reached(select(CampaignMapping).order_by(CampaignMapping.id), within)
    rows, _ = read_rows(session, query, CampaignMapping)
    return rows


def unmapped(
    session: Session, limit: int = 500, within: NameReach | None = None
) -> Sequence[SeenCampaign]:
    """Campaign ids that results held and that no mapping names."""
    named = (
        select(CampaignMapping.id)
        .where(CampaignMapping.campaign_id == SeenCampaign.campaign_id)
        .exists()
    )
    query = select(SeenCampaign).where(~named)
    if within is not None:
        query = query.where(SeenCampaign.instance_id.in_(within.instance_ids))
    return session.scalars(
        query.order_by(SeenCampaign.seen_at.desc(), SeenCampaign.id.desc()).limit(limit)
    ).all()


def seen_ids(session: Session, within: NameReach) -> set[str]:
    """Campaign ids that results of some instances have held."""
    return set(session.scalars(seen_within(within)))


def seen(session: Session, instance_id: str) -> set[str]:
    """Campaign ids already noted for an instance."""
    return set(
        session.scalars(
            select(SeenCampaign.campaign_id).where(SeenCampaign.instance_id == instance_id)
        )
    )
