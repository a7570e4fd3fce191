"""Instances, their data sources and sets as shown."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from amc.db.models import Account, Instance, InstanceSet
from amc.db.repos import fleet as repo
from amc.services.views import InstanceView

SET_RULE_FIELDS = ("brand", "account_id", "type", "region", "tag", "has_source")


@dataclass(frozen=True, slots=True)
class DataSourceView:
    """A data source of an instance, as Amazon describes it."""

    name: str
    description: str
    columns: list[dict[str, Any]]
    available: bool
    reason: str
    premium: bool


@dataclass(frozen=True, slots=True)
class InstanceSetView:
    """A named group of instances."""

    id: str
    name: str
    members: list[str]
    rule: dict[str, Any] | None
    version: int

    @property
    def rule_words(self) -> str:
        """The rule as read aloud; empty for a set chosen by hand."""
        return describe_rule(self.rule)


@dataclass(frozen=True, slots=True)
class AdvertiserView:
    """An advertiser that feeds an instance."""

    id: str
    name: str
    type: str
    marketplace_id: str
    configured: list[str]


@dataclass(frozen=True, slots=True)
class InstanceDetail:
    """Everything about one instance, beside its runs.

    Attributes:
        advertisers: None when nobody asked Amazon yet.
        optional_datasets: labels of what was subscribed to.
        to_do: the one thing that mends a lost access; empty when all is well.
    """

    instance: InstanceView
    advertisers: list[AdvertiserView] | None
    advertisers_at: datetime | None
    s3_bucket: str
    s3_region: str
    advertiser_types: list[str]
    optional_datasets: list[str]
    entities: list[str]
    first_seen_at: datetime
    last_seen_at: datetime
    to_do: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One line of an instance's history."""

    at: datetime
    by: str
    kind: str
    text: str


class Known(NamedTuple):
    """An instance and the names (lower case) of the data sources that it can be queried for.

    `sources` is None when nobody has asked Amazon yet.
    """

    view: InstanceView
    sources: frozenset[str] | None


def known_instances(session: Session, *, with_gone: bool = False) -> list[Known]:
    """Every instance with what it can be queried for, by account and name."""
    return [known_of(i, a) for i, a in repo.instances(session, with_gone=with_gone)]


def known_of(row: Instance, account: Account) -> Known:
    """An instance with what it can be queried for."""
    names = row.source_names
    sources = None if names is None else frozenset(str(n).lower() for n in names)
    return Known(instance_view(row, account), sources)


def instance_view(row: Instance, account: Account) -> InstanceView:
    """The view of a row."""
    return InstanceView(
        row.instance_id,
        row.name,
        row.type,
        account.entity_id,
        account.name,
        account.region,
        account.marketplace_id,
        row.customer_name,
        row.creation_status,
        row.created_at_amazon,
        row.brand,
        list(row.tags),
        row.active,
        row.favourite,
        row.access,
        row.access_reason,
        row.gone_at,
        row.sources_at,
        row.checked_at,
    )


def source_view(item: dict[str, Any]) -> DataSourceView:
    """The view of what Amazon says of a data source."""
    channels = item.get("outputChannels") or []
    closed = [c for c in channels if c.get("outputAvailable") is False]
    return DataSourceView(
        name=str(item.get("dataSourceId", "")),
        description=str(item.get("description") or ""),
        columns=list(item.get("columns") or []),
        available=not closed,
        reason=str(closed[0].get("outputUnavailableReason") or "") if closed else "",
        premium=bool(item.get("isPremium")),
    )


def source_names(sources: Sequence[dict[str, Any]]) -> list[str]:
    """Names of the data sources that can be queried."""
    return sorted(s.name for s in map(source_view, sources) if s.available)


def set_view(
    row: InstanceSet, known: Sequence[Known], allowed: Collection[str] | None = None
) -> InstanceSetView:
    """The view of a set, with the members that it has now (of those that are allowed)."""
    members = [m for m in set_members(row, known) if allowed is None or m in allowed]
    return InstanceSetView(row.public_id, row.name, members, row.rule, row.version)


def set_members(row: InstanceSet, known: Sequence[Known]) -> list[str]:
    """Ids of the instances that are in a set now."""
    if row.rule:
        return rule_members(row.rule, known)
    there = {k.view.instance_id for k in known}
    return [m for m in row.members if m in there]


def rule_members(rule: dict[str, Any], known: Sequence[Known]) -> list[str]:
    """Ids of the active instances that a rule fits; none for a rule that says nothing."""
    wanted = {name: str(value) for name, value in rule.items() if value}
    return [k.view.instance_id for k in known if wanted and k.view.active and _fits(k, wanted)]


def _fits(known: Known, rule: dict[str, str]) -> bool:
    view = known.view
    values: dict[str, Collection[str]] = {
        "brand": (view.brand,),
        "account_id": (view.account_id,),
        "type": (view.type,),
        "region": (view.region,),
        "tag": view.tags,
    }
    return all(
        value.lower() in (known.sources or ())
        if name == "has_source"
        else value in values.get(name, ())
        for name, value in rule.items()
    )


_RULE_WORDS = {
    "brand": "brand is {}",
    "account_id": "account is {}",
    "type": "type is {}",
    "region": "region is {}",
    "tag": "tagged {}",
    "has_source": "has {}",
}


def describe_rule(rule: dict[str, Any] | None) -> str:
    """A set's rule in words."""
    return " and ".join(
        _RULE_WORDS.get(k, k + " {}").format(v) for k, v in (rule or {}).items() if v
    )


def detail_view(row: Instance, account: Account, to_do: str) -> InstanceDetail:
    """The detail of a row."""
    said = dict(row.details)
    found = row.advertisers
    return InstanceDetail(
        instance=instance_view(row, account),
        advertisers=None if found is None else [_advertiser(a) for a in found],
        advertisers_at=row.advertisers_at,
        s3_bucket=str(said.get("s3BucketName") or ""),
        s3_region=str(said.get("s3BucketRegion") or ""),
        advertiser_types=[str(t) for t in said.get("advertiserTypes") or []],
        optional_datasets=[
            str(d.get("label") or "") for d in said.get("optionalDatasets") or [] if d.get("label")
        ],
        entities=[str(e) for e in said.get("entities") or []],
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        to_do=to_do,
    )


def _advertiser(item: dict[str, Any]) -> AdvertiserView:
    return AdvertiserView(
        str(item.get("id", "")),
        str(item.get("name") or ""),
        str(item.get("type") or ""),
        str(item.get("marketplaceId") or ""),
        [str(t) for t in item.get("configuredAdvertiserTypes") or []],
    )
