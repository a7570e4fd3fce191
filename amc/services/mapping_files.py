"""Many names at once: from a CSV with a verdict a row, from Amazon; and all of them out again."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from amc.db.mapping_models import AsinMapping, CampaignMapping
from amc.db.repos import mappings as repo
from amc.services import mapping_csv
from amc.services.mapping_csv import BadRow, MappingRow
from amc.services.mapping_reach import NameRights
from amc.services.mapping_views import ImportReport, plain, verdict_of

# What a person wrote is never written over by what was fetched.
_BY_PEOPLE = ("manual", "import")


class MappingFiles(NameRights):
    """The part of mappings that takes in many at once."""

    def preview_import(self, content: bytes) -> ImportReport:
        """What a file would change, row by row; nothing is saved.

        Raises:
            MappingError: the file cannot be read as a mapping file.
        """
        found = mapping_csv.read(content)
        verdicts: list[tuple[MappingRow, str]] = []
        seen: dict[tuple[str, str], int] = {}
        bad = list(found.bad)
        with self._database.read() as session:
            stored = {
                (r.ad_product, r.campaign_id): r
                for r in repo.campaigns_by_ids(session, (row.campaign_id for row in found.rows))
            }
            refused = self._refused(session, found.rows, stored)
        for row in found.rows:
            key = (row.ad_product, row.campaign_id)
            if key in refused:
                bad.append(BadRow(row.line, refused[key], row.name))
                continue
            if key in seen:
                bad.append(BadRow(row.line, f"the same campaign as line {seen[key]}", row.name))
                continue
            seen[key] = row.line
            verdicts.append((row, verdict_of(row, stored.get(key))))
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

    def _refused(
        self,
        session: Session,
        rows: Iterable[MappingRow],
        stored: Mapping[tuple[str, str], CampaignMapping],
    ) -> dict[tuple[str, str], str]:
        """Rows that the person's rights do not reach, and why."""
        reach = self._name_reach(session)
        if reach is None:
            return {}
        own, refused = repo.seen_ids(session, reach), {}
        for row in rows:
            key = (row.ad_product, row.campaign_id)
            old = stored.get(key)
            if row.campaign_id not in own and (old is None or old.brand not in reach.brands):
                refused[key] = "the campaign is not among yours"
            elif row.brand and row.brand not in reach.brands:
                refused[key] = f"the brand '{row.brand}' is not one of yours"
        return refused

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

    def export(self, *, raw: bool = False) -> Iterator[str]:
        """All mappings as CSV text, in portions; reads back through `preview_import`.

        Cells that a spreadsheet would run are made harmless, unless `raw`.
        """
        with self._database.read() as session:
            rows = [
                MappingRow(0, r.ad_product, r.campaign_id, r.name, r.brand, tuple(r.tags))
                for r in repo.every_campaign(session, self._name_reach(session))
            ]
        yield from mapping_csv.write(rows, raw=raw)

    def put_fetched(
        self,
        actor: str,
        campaigns: Iterable[MappingRow],
        asins: Iterable[Mapping[str, str]] = (),
        *,
        source: str = "amazon",
    ) -> dict[str, int]:
        """Save names fetched from Amazon; what a person wrote, by hand or in a file, stays.

        Args:
            actor: who.
            campaigns: brand and tags that are there already stay.
            asins: `asin`, `title`, `brand`, `category` of products.
            source: *amazon*, or *result* for names found in results: these give way to others.
        """
        with self._database.write() as session:
            counts = self.put_fetched_in(session, actor, campaigns, asins, source=source)
            if counts["new"] or counts["changed"] or counts["asins"]:
                self._audit.record(session, actor, "mapping.fetch", "campaigns", None, dict(counts))
        return counts

    def put_fetched_in(
        self,
        session: Session,
        actor: str,
        campaigns: Iterable[MappingRow],
        asins: Iterable[Mapping[str, str]] = (),
        *,
        source: str = "amazon",
    ) -> dict[str, int]:
        """As `put_fetched`, in the caller's transaction and without a line in the audit trail."""
        counts = {"new": 0, "changed": 0, "same": 0, "asins": 0}
        rows = [
            r for r in campaigns if not mapping_csv.why_bad(r.campaign_id, r.ad_product, r.name)
        ]
        stored = {
            (r.ad_product, r.campaign_id): r
            for r in repo.campaigns_by_ids(session, (row.campaign_id for row in rows))
        }
        for row in rows:
            key = (row.ad_product, row.campaign_id)
            old = stored.get(key)
            if old is not None and (old.source in _BY_PEOPLE or source != "amazon"):
                counts["same"] += 1
                continue
            kept = replace(
                row,
                brand=(old.brand if old else "") or row.brand,
                tags=tuple(old.tags if old else ()) or row.tags,
            )
            verdict = verdict_of(kept, old)
            if verdict == "same" and old is not None and old.source != source:
                verdict = "changed"
            counts[verdict] += 1
            if verdict != "same":
                made, _ = self._put(session, actor, kept, old, source=source, audit=False)
                stored[key] = made
        for asin in asins:
            counts["asins"] += self._put_asin(session, actor, asin)
        return counts

    def _put_asin(self, session: Session, actor: str, found: Mapping[str, str]) -> int:
        row = session.get(AsinMapping, found["asin"])
        if row is None:
            row = AsinMapping(asin=found["asin"], title="", brand="", category="", tags=[])
            session.add(row)
        elif row.source in _BY_PEOPLE:
            return 0
        title, brand = found.get("title") or row.title, row.brand or found.get("brand", "")
        category = found.get("category") or row.category
        if (row.title, row.brand, row.category) == (title, brand, category) and row.updated_at:
            return 0
        row.title, row.brand, row.category = title, brand, category
        row.source, row.updated_by, row.updated_at = "amazon", actor, self._clock.now()
        return 1

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
        before = plain(stored) if stored is not None else None
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
                session, actor, "mapping.save", row.campaign_id, before, plain(stored)
            )
        return stored, before is None


def _shallow(report: ImportReport) -> dict[str, Any]:
    return {name: getattr(report, name) for name in ImportReport.__slots__}
