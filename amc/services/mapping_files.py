"""Many names at once: from a CSV with a verdict a row, from Amazon; and all of them out again."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from amc.clock import Clock
from amc.db.engine import Database
from amc.db.mapping_models import AsinMapping, CampaignMapping
from amc.db.repos import mappings as repo
from amc.services import mapping_csv
from amc.services.audit import AuditService
from amc.services.mapping_csv import BadRow, MappingRow
from amc.services.mapping_views import ImportReport, plain, verdict_of


class MappingFiles:
    """The part of mappings that takes in many at once."""

    _database: Database
    _clock: Clock
    _audit: AuditService

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
                verdict = verdict_of(kept, old)
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
