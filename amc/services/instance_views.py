"""Instances, their data sources and sets as shown."""

from dataclasses import dataclass
from typing import Any

from amc.db.models import Account, Instance, InstanceSet
from amc.services.views import InstanceView


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


def available(sources: list[Any] | None) -> set[str]:
    """Names of the data sources that can be queried."""
    return {s.name for s in map(source_view, sources or []) if s.available}


def set_view(
    row: InstanceSet, everything: list[InstanceView], sources: dict[str, set[str]]
) -> InstanceSetView:
    """The view of a set, with the members that it has now."""
    if row.rule:
        rule = dict(row.rule)
        members = [v.instance_id for v in everything if v.active and _fits(v, rule, sources)]
    else:
        there = {v.instance_id for v in everything}
        members = [m for m in row.members if m in there]
    return InstanceSetView(row.public_id, row.name, members, row.rule, row.version)


def _fits(instance: InstanceView, rule: dict[str, Any], sources: dict[str, set[str]]) -> bool:
    there = sources.get(instance.instance_id, set())
    values: dict[str, set[str]] = {
        "brand": {instance.brand},
        "account_id": {instance.account_id},
        "type": {instance.type},
        "tag": set(instance.tags),
        "has_source": there,
    }
    return all(value in values.get(name, set()) for name, value in rule.items() if value)
