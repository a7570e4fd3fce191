"""Tables that give ids their names: brands, campaigns, ASINs, rules."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from amc.db.models import Base, _key


class Brand(Base):
    """A brand with its settings."""

    __tablename__ = "brands"

    id: Mapped[int] = _key()
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    colour: Mapped[str] = mapped_column(String(16), default="")
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]


class CampaignMapping(Base):
    """`(ad product, campaign id)` → name, brand, tags. The id is text, always."""

    __tablename__ = "campaign_mappings"
    __table_args__ = (
        UniqueConstraint("ad_product", "campaign_id"),
        Index("ix_campaign_mappings_campaign_id", "campaign_id"),
        Index("ix_campaign_mappings_name", "name", "id"),
    )

    id: Mapped[int] = _key()
    ad_product: Mapped[str] = mapped_column(String(40), default="")
    campaign_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str]
    brand: Mapped[str] = mapped_column(String(200), default="", index=True)
    tags: Mapped[list[Any]] = mapped_column(default=list)
    source: Mapped[str] = mapped_column(String(20), default="manual")
    locked: Mapped[bool] = mapped_column(Boolean, default=False)
    updated_by: Mapped[str] = mapped_column(default="")
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class AsinMapping(Base):
    """An ASIN → title, brand."""

    __tablename__ = "asin_mappings"

    asin: Mapped[str] = mapped_column(String(16), primary_key=True)
    title: Mapped[str]
    brand: Mapped[str] = mapped_column(String(200), default="", index=True)
    category: Mapped[str] = mapped_column(default="")
    tags: Mapped[list[Any]] = mapped_column(default=list)
    source: Mapped[str] = mapped_column(String(20), default="amazon")
    updated_by: Mapped[str] = mapped_column(default="")
    updated_at: Mapped[datetime]


class BrandRule(Base):
    """Gives a brand to campaigns whose name or id matches; lowest `position` wins."""

    __tablename__ = "brand_rules"

    id: Mapped[int] = _key()
    position: Mapped[int]
    field: Mapped[str] = mapped_column(String(20))
    operator: Mapped[str] = mapped_column(String(20))
    value: Mapped[str]
    brand: Mapped[str] = mapped_column(String(200))
    tags: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]


class SeenCampaign(Base):
    """A campaign id that a result held and that no mapping names yet."""

    __tablename__ = "seen_campaigns"
    __table_args__ = (UniqueConstraint("campaign_id", "instance_id"),)

    id: Mapped[int] = _key()
    campaign_id: Mapped[str] = mapped_column(String(64))
    instance_id: Mapped[str] = mapped_column(String(64), index=True)
    execution_id: Mapped[str] = mapped_column(String(24))
    seen_at: Mapped[datetime]


class NamePart(Base):
    """One list of names at Amazon (an ad product of a profile), and how far it was read.

    `cursor` is where the next page begins; `seen` holds a mark of each cursor so far, so that a
    list that goes in a circle is noticed; `leased_until` keeps two processes apart.
    """

    __tablename__ = "name_parts"
    __table_args__ = (
        UniqueConstraint("connection_id", "profile_id", "advertiser_id", "kind"),
        Index("ix_name_parts_state", "state", "id"),
    )

    id: Mapped[int] = _key()
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    profile_id: Mapped[str] = mapped_column(String(64))
    advertiser_id: Mapped[str] = mapped_column(String(64), default="")
    kind: Mapped[str] = mapped_column(String(32))
    label: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(16))
    cursor: Mapped[str] = mapped_column(default="")
    seen: Mapped[list[Any]] = mapped_column(default=list)
    names: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(default="")
    leased_until: Mapped[datetime | None]
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
