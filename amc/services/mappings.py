"""Names for ids: campaigns, ASINs and brands; import, rules, what is still unnamed."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from amc import ids
from amc.clock import Clock
from amc.db.engine import Database
from amc.db.mapping_models import AsinMapping, Brand, BrandRule, CampaignMapping, SeenCampaign
from amc.db.repos import mappings as repo
from amc.errors import MappingError, MissingError, StaleError
from amc.services import mapping_csv
from amc.services.audit import AuditService
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


class MappingsService:
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
            return [_view(row) for row in rows], total

    def brands(self) -> list[str]:
        """Names of all brands, kept or in use."""
        with self._database.read() as session:
            kept = {b.name for b in repo.brands(session)}
            return sorted(kept | set(repo.brand_names_in_use(session)), key=str.lower)

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
            return _view(changed)

    def remove(self, actor: str, keys: Iterable[tuple[str, str]]) -> int:
        """Remove mappings by (ad product, campaign id); how many there were."""
        count = 0
        with self._database.write() as session:
            for ad_product, campaign_id in keys:
                row = repo.campaign(session, ad_product, campaign_id)
                if row is None:
                    continue
                self._audit.record(session, actor, "mapping.remove", campaign_id, _plain(row), None)
                session.delete(row)
                count += 1
        return count

    def preview_import(self, content: bytes) -> ImportReport:
        """What a file would change, row by row; nothing is saved.

        Raises:
            MappingError: the file cannot be read as a mapping file.
        """
        found = mapping_csv.read(content)
        with self._database.read() as session:
            stored = {
                (r.ad_product, r.campaign_id): r
                for r in repo.campaigns_by_ids(session, (row.campaign_id for row in found.rows))
            }
        verdicts: list[tuple[MappingRow, str]] = []
        seen: dict[tuple[str, str], int] = {}
        bad = list(found.bad)
        for row in found.rows:
            key = (row.ad_product, row.campaign_id)
            if key in seen:
                bad.append(BadRow(row.line, f"the same campaign as line {seen[key]}", row.name))
                continue
            seen[key] = row.line
            verdicts.append((row, _verdict(row, stored.get(key))))
        number = {v: sum(1 for _, x in verdicts if x == v) for v in ("new", "changed", "same")}
        return ImportReport(
            found.encoding,
            found.separator,
            number["new"],
            number["changed"],
            number["same"],
            sorted(bad, key=lambda b: b.line),
            verdicts,
        )

    def apply_import(self, actor: str, content: bytes) -> ImportReport:
        """Save the good rows of a file, all of them or none; bad rows are told.

        Raises:
            MappingError: the file cannot be read as a mapping file.
        """
        report = self.preview_import(content)
        with self._database.write() as session:
            stored = {
                (r.ad_product, r.campaign_id): r
                for r in repo.campaigns_by_ids(session, (row.campaign_id for row, _ in report.rows))
            }
            for row, verdict in report.rows:
                if verdict != "same":
                    self._put(
                        session,
                        actor,
                        row,
                        stored.get((row.ad_product, row.campaign_id)),
                        source="import",
                        audit=False,
                    )
            self._audit.record(
                session,
                actor,
                "mapping.import",
                "campaigns",
                None,
                {"new": report.new, "changed": report.changed, "bad": len(report.bad)},
            )
        return ImportReport(**{**_shallow(report), "applied": True})

    def export(self) -> Iterator[str]:
        """All mappings as CSV text, in portions; reads back through `preview_import`."""
        with self._database.read() as session:
            rows = [
                MappingRow(0, r.ad_product, r.campaign_id, r.name, r.brand, tuple(r.tags))
                for r in repo.every_campaign(session)
            ]
        yield from mapping_csv.write(rows)

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

    def put_fetched(
        self, actor: str, campaigns: Iterable[MappingRow], asins: Iterable[Mapping[str, str]] = ()
    ) -> dict[str, int]:
        """Save names fetched from Amazon; what a person wrote by hand stays."""
        counts = {"new": 0, "changed": 0, "same": 0, "asins": 0}
        with self._database.write() as session:
            rows = list(campaigns)
            stored = {
                (r.ad_product, r.campaign_id): r
                for r in repo.campaigns_by_ids(session, (row.campaign_id for row in rows))
            }
            for row in rows:
                old = stored.get((row.ad_product, row.campaign_id))
                if old is not None and old.source == "manual":
                    counts["same"] += 1
                    continue
                kept = MappingRow(
                    row.line,
                    row.ad_product,
                    row.campaign_id,
                    row.name,
                    row.brand or (old.brand if old else ""),
                    row.tags or tuple(old.tags if old else ()),
                )
                verdict = _verdict(kept, old)
                counts[verdict] += 1
                if verdict != "same":
                    made, _ = self._put(session, actor, kept, old, source="amazon", audit=False)
                    stored[(row.ad_product, row.campaign_id)] = made
            for asin in asins:
                session.merge(
                    AsinMapping(
                        asin=asin["asin"],
                        title=asin.get("title", ""),
                        brand=asin.get("brand", ""),
                        category=asin.get("category", ""),
                        tags=[],
                        updated_at=self._clock.now(),
                    )
                )
                counts["asins"] += 1
            self._audit.record(session, actor, "mapping.fetch", "campaigns", None, dict(counts))
        return counts

    # Rules

    def rules(self) -> list[RuleView]:
        """All rules, the first that matches wins."""
        with self._database.read() as session:
            return [
                RuleView(r.position, r.field, r.operator, r.value, r.brand, list(r.tags))
                for r in repo.rules(session)
            ]

    def set_rules(self, actor: str, rules: Iterable[RuleView]) -> None:
        """Replace all rules.

        Raises:
            MappingError: a rule cannot be used; none is saved then.
        """
        wanted = list(rules)
        for rule in wanted:
            _check_rule(rule)
        with self._database.write() as session:
            before = [_plain(r) for r in repo.rules(session)]
            for row in repo.rules(session):
                session.delete(row)
            session.flush()
            for position, rule in enumerate(wanted, start=1):
                session.add(
                    BrandRule(
                        position=position,
                        field=rule.field,
                        operator=rule.operator,
                        value=rule.value,
                        brand=rule.brand,
                        tags=list(rule.tags),
                        created_at=self._clock.now(),
                    )
                )
            self._audit.record(
                session,
                actor,
                "mapping.rules",
                "rules",
                {"rules": before},
                {"rules": [asdict(r) for r in wanted]},
            )

    def apply_rules(self, actor: str, *, only_without_brand: bool = True) -> int:
        """Give brands by the rules; how many campaigns changed."""
        rules = self.rules()
        changed = 0
        with self._database.write() as session:
            for row in list(repo.every_campaign(session)):
                if only_without_brand and row.brand:
                    continue
                rule = next((r for r in rules if _matches(r, row)), None)
                if rule is None or (row.brand == rule.brand and set(rule.tags) <= set(row.tags)):
                    continue
                row.brand = rule.brand
                row.tags = list(dict.fromkeys([*row.tags, *rule.tags]))
                row.updated_at, row.updated_by = self._clock.now(), actor
                row.version += 1
                changed += 1
            self._audit.record(
                session, actor, "mapping.apply_rules", "rules", None, {"changed": changed}
            )
        return changed

    def save_brand(self, actor: str, name: str, *, colour: str = "") -> None:
        """Make a brand, or change its colour.

        Raises:
            MappingError: no name.
        """
        name = name.strip()
        if not name:
            raise MappingError("A brand needs a name.")
        with self._database.write() as session:
            row = repo.brand(session, name)
            if row is None:
                row = Brand(
                    public_id=ids.mint(ids.BRAND),
                    name=name,
                    colour=colour,
                    settings={},
                    created_at=self._clock.now(),
                )
                session.add(row)
            row.colour = colour or row.colour
            self._audit.record(session, actor, "brand.save", name, None, {"colour": colour})

    def remove_brand(self, actor: str, name: str) -> None:
        """Remove a brand; campaigns keep the word.

        Raises:
            MissingError: no such brand.
        """
        with self._database.write() as session:
            row = repo.brand(session, name)
            if row is None:
                raise MissingError(f"There is no brand '{name}'.")
            session.delete(row)
            self._audit.record(session, actor, "brand.remove", name, {"name": name}, None)

    def _put(
        self,
        session: Session,
        actor: str,
        row: MappingRow,
        stored: CampaignMapping | None,
        *,
        source: str,
        audit: bool = True,
    ) -> tuple[CampaignMapping, bool]:
        before = _plain(stored) if stored is not None else None
        if stored is None:
            stored = CampaignMapping(
                ad_product=row.ad_product,
                campaign_id=row.campaign_id,
                version=0,
                name=row.name,
                updated_at=self._clock.now(),
            )
            session.add(stored)
        stored.name, stored.brand, stored.tags = row.name, row.brand, list(row.tags)
        stored.source, stored.updated_by, stored.updated_at = source, actor, self._clock.now()
        stored.version += 1
        if audit:
            self._audit.record(
                session, actor, "mapping.save", row.campaign_id, before, _plain(stored)
            )
        return stored, before is None


def _view(row: CampaignMapping) -> MappingView:
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


def _plain(row: Any) -> dict[str, Any]:
    names = ("ad_product", "campaign_id", "name", "brand", "tags", "field", "operator", "value")
    return {name: getattr(row, name) for name in names if hasattr(row, name)}


def _shallow(report: ImportReport) -> dict[str, Any]:
    return {name: getattr(report, name) for name in ImportReport.__slots__}


def _verdict(row: MappingRow, stored: CampaignMapping | None) -> str:
    if stored is None:
        return "new"
    same = (stored.name, stored.brand, tuple(stored.tags)) == (row.name, row.brand, row.tags)
    return "same" if same else "changed"


def _check_rule(rule: RuleView) -> None:
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


def _matches(rule: RuleView, row: CampaignMapping) -> bool:
    text = (row.name if rule.field == "name" else row.campaign_id).lower()
    value = rule.value.lower()
    if rule.operator == "contains":
        return value in text
    if rule.operator == "starts_with":
        return text.startswith(value)
    if rule.operator == "equals":
        return text == value
    return re.search(rule.value, row.name if rule.field == "name" else row.campaign_id) is not None
