"""The data sources of an instance as the wire has them, from the catalog."""

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

Doc = dict[str, Any]
NOT_SUBSCRIBED = "The instance has no subscription to this data source."


class Sources:
    """Documents made once; what an instance may read is asked each time."""

    def __init__(
        self, tables: Callable[[], Iterable[Doc]], readable: Callable[[str], frozenset[str]]
    ) -> None:
        """`tables` reads the catalog (at the first call only); `readable` names tables."""
        self._tables, self._readable = tables, readable

    @cached_property
    def _documents(self) -> list[Doc]:
        return [_document(table) for table in sorted(self._tables(), key=lambda t: str(t["name"]))]

    def of(self, instance_id: str) -> list[Doc]:
        """Every table, with whether the instance can read it."""
        readable = self._readable(instance_id)
        return [
            doc
            if doc["dataSourceId"] in readable
            else doc | {"outputChannels": [_channel(available=False)]}
            for doc in self._documents
        ]


def _channel(*, available: bool) -> Doc:
    return {
        "channel": {"type": "DOWNLOAD"},
        "outputAvailable": available,
        "outputUnavailableReason": None if available else NOT_SUBSCRIBED,
    }


def _document(table: Doc) -> Doc:
    doc: Doc = {
        "dataSourceId": table["name"],
        "description": table["description"],
        "owner": "AMAZON",
        "provider": "AMAZON",
        "columns": [
            {
                "name": column["name"],
                "description": column["description"],
                "columnType": column["column_type"],
                # The wire's enum has no precision: DECIMAL(38,4) is DECIMAL there.
                "dataType": re.sub(r"\(.*\)", "", str(column["data_type"])),
                "sensitivity": column["aggregation_threshold"],
            }
            for column in table["columns"]
        ],
        "outputChannels": [_channel(available=True)],
        "tags": [],
    }
    if table.get("paid_feature"):
        doc["isPremium"] = True
    return doc
