"""Titles and brands of ASINs."""

from collections.abc import Iterable

from amc.db.mapping_models import AsinMapping
from amc.db.repos import mappings as repo
from amc.errors import MappingError
from amc.services.mapping_reach import NameRights
from amc.services.mapping_views import AsinView, asin_view


class AsinNames(NameRights):
    """The part of mappings that is about products."""

    def asins(
        self, *, text: str = "", limit: int = 50, offset: int = 0
    ) -> tuple[list[AsinView], int]:
        """A page of ASINs, by title, and the number of all that match."""
        with self._database.read() as session:
            reach = self._name_reach(session)
            rows = repo.asins(session, text=text, within=reach, limit=limit, offset=offset)
            total = repo.count_asins(session, text=text, within=reach)
            return [asin_view(row) for row in rows], total

    def titles_for(self, asins: Iterable[str]) -> dict[str, dict[str, str]]:
        """ASIN → title and brand, for showing a result."""
        with self._database.read() as session:
            return {
                row.asin: {"name": row.title, "brand": row.brand}
                for row in repo.asins_by_ids(session, asins)
            }

    def save_asin(self, actor: str, *, asin: str, title: str, brand: str = "") -> AsinView:
        """Make or change the title and brand of a product.

        Raises:
            MappingError: it is no ASIN, or has no title.
            AccessDeniedError: the brand is not one of the person's.
        """
        asin, title, brand = asin.strip().upper(), title.strip(), brand.strip()
        if len(asin) != 10 or not asin.isascii() or not asin.isalnum():
            raise MappingError(f"'{asin[:20]}' is no ASIN: ten letters and digits.")
        if not title:
            raise MappingError("A product needs a title.")
        with self._database.write() as session:
            row = session.get(AsinMapping, asin)
            for named in {brand, row.brand if row is not None else brand}:
                self._require_brand(session, named)
            before = {"title": row.title, "brand": row.brand} if row is not None else None
            if row is None:
                row = AsinMapping(asin=asin, tags=[], category="")
                session.add(row)
            row.title, row.brand, row.source = title, brand, "manual"
            row.updated_by, row.updated_at = actor, self._clock.now()
            after = {"title": title, "brand": brand}
            self._audit.record(session, actor, "asin.save", asin, before, after)
            session.flush()
            return asin_view(row)
