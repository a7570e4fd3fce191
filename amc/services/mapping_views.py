"""Names as shown, rules as kept, and the small questions that are asked of both."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from amc.db.mapping_models import AsinMapping, CampaignMapping
from amc.errors import MappingError
from amc.services.mapping_csv import BadRow, MappingRow

RULE_FIELDS = ("name", "campaign_id")
RULE_OPERATORS = ("contains", "starts_with", "equals", "matches")


@dataclass(frozen=True, slots=True)
class MappingView:
    """A campaign's name, brand and tags."""

    ad_product: str
    campaign_id: str
    name: str
    brand: str
    tags: list[str]
    source: str
    updated_by: str
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class AsinView:
    """A product's title and brand."""

    asin: str
    title: str
    brand: str
    category: str
    source: str
    updated_by: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import would do, or has done."""

    encoding: str
    separator: str
    new: int
    changed: int
    same: int
    bad: list[BadRow]
    rows: list[tuple[MappingRow, str]] = field(default_factory=list)
    applied: bool = False


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A campaign id that a result held and nobody has named."""

    campaign_id: str
    instance_id: str
    execution_id: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule that gives campaigns their brand."""

    position: int
    field: str
    operator: str
    value: str
    brand: str
    tags: list[str]


def mapping_view(row: CampaignMapping) -> MappingView:
    """The view of a row."""
    return MappingView(
        row.ad_product,
        row.campaign_id,
        row.name,
        row.brand,
        list(row.tags),
        row.source,
        row.updated_by,
        row.updated_at,
        row.version,
    )


def asin_view(row: AsinMapping) -> AsinView:
    """The view of a row."""
    return AsinView(
        row.asin, row.title, row.brand, row.category, row.source, row.updated_by, row.updated_at
    )


def plain(row: Any) -> dict[str, Any]:
    """What the audit trail keeps of a row."""
    names = ("ad_product", "campaign_id", "name", "brand", "tags", "field", "operator", "value")
    return {name: getattr(row, name) for name in names if hasattr(row, name)}


def verdict_of(row: MappingRow, stored: CampaignMapping | None) -> str:
    """New, changed or same."""
    if stored is None:
        return "new"
    same = (stored.name, stored.brand, tuple(stored.tags)) == (row.name, row.brand, row.tags)
    return "same" if same else "changed"


def check_rule(rule: RuleView) -> None:
    """Refuse a rule that cannot be used.

    Raises:
        MappingError: it cannot.
    """
    if rule.field not in RULE_FIELDS or rule.operator not in RULE_OPERATORS:
        raise MappingError(
            f"A rule looks at {' or '.join(RULE_FIELDS)} with {', '.join(RULE_OPERATORS)}."
        )
    if not rule.value or not rule.brand:
        raise MappingError("A rule needs a text to look for and a brand to give.")
    if rule.operator == "matches":
        try:
            re.compile(rule.value)
        except re.error as exc:
            raise MappingError(f"The pattern '{rule.value}' cannot be used: {exc}.") from None


def matches(rule: RuleView, row: CampaignMapping) -> bool:
    """Whether a rule fits a campaign."""
    return matches_text(rule, row.name if rule.field == "name" else row.campaign_id)


def matches_text(rule: RuleView, text: str) -> bool:
    """Whether a rule fits what it looks at: a name or an id."""
    if rule.operator == "matches":
        return re.search(rule.value, text) is not None
    value, text = rule.value.lower(), text.lower()
    if rule.operator == "contains":
        return value in text
    if rule.operator == "starts_with":
        return text.startswith(value)
    return text == value
