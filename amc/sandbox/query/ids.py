"""User ids that a query only tells apart: then numbers do in their place, and are much faster.

Nobody may see a user id. A query that counts, joins and groups by them gives the same result over
any numbers that differ as the ids differ. One that looks into an id (hashes, measures, orders it)
or sets it beside another text gets the ids as AMC has them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from amc.sandbox.query.model import Value


@dataclass(slots=True)
class UserIds:
    """What a query does with user ids; found out while it is read."""

    only_told_apart: bool = True

    def looked_into(self, values: Iterable[Value]) -> None:
        """Values whose content matters."""
        if any(value.user_id for value in values):
            self.only_told_apart = False

    def side_by_side(self, values: Iterable[Value]) -> bool:
        """Values that are compared, or come out of one place; whether those are user ids."""
        values = list(values)
        if not any(value.user_id for value in values):
            return False
        if not all(value.user_id or value.null for value in values):
            self.only_told_apart = False
        return True
