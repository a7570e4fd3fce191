"""The text of a SELECT over the cache: which files, which rows, which dimensions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from amc.sandbox.events.calendar import LAG_HOURS, week_of
from amc.sandbox.events.columns import Resolver, Scope, View, literal
from amc.sandbox.events.dims import city_count
from amc.sandbox.events.making import Maker
from amc.sandbox.events.people import sql_is_ad_user, sql_lag, sql_scrambled
from amc.sandbox.events.segments import members, snapshot_days
from amc.sql.catalog import DataSource


def weeks_of(first: datetime, last: datetime, margin: tuple[int, int], now: datetime) -> range:
    """The weeks whose blocks a window touches, none after the current one."""
    begin = week_of(first - timedelta(days=margin[0]))
    until = week_of(min(last + timedelta(days=margin[1]), now) - timedelta(microseconds=1))
    return range(begin, until + 1)


@dataclass(frozen=True)
class Query:
    """A data source of an instance over a window. No text of a caller gets into the SQL:
    names come from the catalog, paths from the cache.
    """  # noqa: D205

    view: View
    source: DataSource
    scope: Scope
    maker: Maker
    now: datetime

    def select(self, names: Sequence[str]) -> str:
        """The parenthesised SELECT of these columns."""
        resolver = Resolver(self.view, self.source, self.scope)
        items, used = [], set[str]()
        for name in names:
            text, _ = resolver.expression(name)
            used |= {a for a in self.view.joins if re.search(rf"\b{a}\.", text)}
            items.append(f'{text} AS "{name}"')
        text = f"(SELECT {', '.join(items) or '1 AS one'} FROM {self._rows()} f"  # noqa: S608
        for alias, join in self.view.joins.items():
            if alias in used:
                path = _quoted(self.maker.dimension(join.dimension))
                text += f" LEFT JOIN read_parquet({path}) {alias} ON {join.on}"
        return self._filled(text + ")")

    def _rows(self) -> str:
        """The rows that lie in the window and have arrived."""
        tests = self._tests()
        where = f" WHERE {' AND '.join(tests)}" if tests else ""
        return f"(SELECT * FROM {self._base()}{where})"  # noqa: S608

    def _base(self) -> str:
        view = self.view
        if view.members:
            return self._people()
        text = view.source or "{fact}"
        tables = (view.table, *view.others) if view.table else ()
        weeks = weeks_of(self.scope.start, self.scope.end, view.margin_days, self.now)
        for table in tables:
            files = ", ".join(_quoted(path) for path in self.maker.need(table, weeks))
            mark = "{fact}" if table == view.table else f"{{{table}}}"
            text = text.replace(mark, f"read_parquet([{files}])")
        return f"{text} f"

    def _people(self) -> str:
        """Everybody with their segments: as of now, or on each day of record."""
        plan, segments = self.maker.plan, self.view.members
        if not self.view.time:
            return f"({members(plan, week_of(self.now), segments)}) f"
        days = snapshot_days(self.scope.start, self.scope.end)
        parts = [
            members(plan, week_of(day), segments, f", DATE '{day:%Y-%m-%d}' AS day") for day in days
        ]
        nobody = members(plan, 0, segments, ", DATE '2018-01-01' AS day")
        return f"({' UNION ALL '.join(parts) or f'{nobody} WHERE FALSE'}) f"

    def _tests(self) -> list[str]:
        view, scope = self.view, self.scope
        tests = [view.where] if view.where else []
        if not view.time or view.members:
            return tests
        tests += [f"{view.time} >= {literal(scope.start)}", f"{view.time} < {literal(scope.end)}"]
        late = self.now - timedelta(hours=max(LAG_HOURS))
        if min(scope.end + timedelta(days=view.margin_days[1]), self.now) > late:
            arrived = f"{view.arrives} + {sql_lag('f.user')} <= {literal(self.now)}"
            tests.append(f"({view.arrives} < {literal(late)} OR {arrived})")
        return tests

    def _filled(self, text: str) -> str:
        plan = self.maker.plan
        dsp_ads = sum(1 for ad in plan.ads if plan.product[ad.campaign] == 0)
        return (
            text.replace("{dsp_ads}", str(dsp_ads))
            .replace("{cities}", str(city_count(plan)))
            .replace("{is_ad_user}", sql_is_ad_user("f.user"))
            .replace("{scrambled}", sql_scrambled("f.user"))
        )


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
