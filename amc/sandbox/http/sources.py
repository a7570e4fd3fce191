"""The data sources of an instance as the wire has them, from the catalog."""

import re
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amc.sql.catalog import Catalog, DataSource

Doc = dict[str, Any]


class Sources:
    """Documents made once; which of them an instance has is asked each time."""

    def __init__(
        self, load: "Callable[[], Catalog]", readable: Callable[[str], frozenset[str]]
    ) -> None:
        """`load` reads the catalog, at the first call only; `readable` names an instance's."""
        self._load, self._readable = load, readable

    @cached_property
    def _documents(self) -> dict[str, Doc]:
        catalog = self._load()
        return {
            source.name: _document(source)
            for name in catalog.names
            if (source := catalog.table(name)) is not None
        }

    def of(self, instance_id: str, region: str) -> list[Doc]:
        """Every table of the region by name; those that queries cannot read say why."""
        readable = self._readable(instance_id)
        return [
            doc if name in readable else doc | {"outputChannels": [_closed(doc)]}
            for name, doc in self._documents.items()
            if name in readable or _is_offered(name, region)
        ]


_AREAS = {"NA": "_amer_", "EU": "_eu_", "FE": "_apac_"}


def _is_offered(name: str, region: str) -> bool:
    """Tables for audiences are no data sources of reports; segments are a region's own."""
    if "_for_audiences" in name:
        return False
    other = [area for at, area in _AREAS.items() if at != region]
    return not (name.startswith("audience_segments_") and any(area in name for area in other))


def _closed(doc: Doc) -> Doc:
    reason = (
        "This data source needs a subscription."
        if doc.get("isPremium")
        else "The instance has no advertiser that feeds this data source."
    )
    return {
        "channel": {"type": "DOWNLOAD"},
        "outputAvailable": False,
        "outputUnavailableReason": reason,
    }


def _document(source: "DataSource") -> Doc:
    doc: Doc = {
        "dataSourceId": source.name,
        "description": source.description,
        "owner": "AMAZON",
        "provider": "AMAZON",
        "columns": [
            {
                "name": column.name,
                "description": column.description,
                "columnType": column.role,
                # The wire's enum has no precision: DECIMAL(38,4) is DECIMAL there.
                "dataType": re.sub(r"\(.*\)", "", column.data_type),
                "sensitivity": column.threshold,
            }
            for column in source.columns.values()
        ],
        "outputChannels": [
            {
                "channel": {"type": "DOWNLOAD"},
                "outputAvailable": True,
                "outputUnavailableReason": None,
            }
        ],
        "tags": [],
    }
    if source.paid:
        doc["isPremium"] = True
    return doc
