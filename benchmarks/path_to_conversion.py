"""Path to Conversion on an instance of 5 million events a month, against DuckDB written by hand.

The floor is the same query clause by clause, written by somebody who knows the Parquet files: user
ids are the files' numbers, ads are joined only where their columns are used, thresholds are a plain
HAVING. Both run on one thread; the rows must be the same. Touch points reach 28 days before the
window, as the template has it.
"""

import csv
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from amc.sandbox.events import USER_NUMBER, EventStore
from amc.sandbox.query import CompiledQuery, CompileRequest, QueryEngine
from amc.sandbox.world import load_world
from amc.sql.catalog import load_catalog
from amc.templates.loading import load_template

GOAL, REPEATS = 1.5, 5
END = datetime(2026, 9, 9, tzinfo=UTC)
START = END - timedelta(days=30)
NOW = END + timedelta(days=6)
TEMPLATE = Path("sql_templates/journeys/path-to-conversion.yaml")

KNOWN = '((("user"::UBIGINT * 2654435761) % 4294967296) >> 11) % 1000 >= 25'
BY_HAND = """
WITH touches AS (
  SELECT "user", 'dsp' AS step, t FROM '{folder}/dsp/*.parquet'
  WHERE t >= $first AND t < $end AND {known}
  UNION ALL
  SELECT "user", 'dsp', t FROM '{folder}/dsp_clicks/*.parquet'
  WHERE t >= $first AND t < $end AND {known}
  UNION ALL
  SELECT "user", a.ad_product_type, t
  FROM '{folder}/sponsored/*.parquet' f JOIN '{folder}/dims/ads.parquet' a ON a.i = f.ad
  WHERE t >= $first AND t < $end AND kind < 2 AND {known}
),
buyers AS (
  SELECT "user", min(t) AS converted, count(*) AS conversions,
    sum(CAST(price * units / 10000.0 AS DECIMAL(38, 4))) AS sales,
    max(CASE WHEN ntb = 2 THEN 1 ELSE 0 END) AS is_new
  FROM '{folder}/conversions/*.parquet' f JOIN '{folder}/dims/subtypes.parquet' s ON s.i = f.sub
  WHERE t >= $start AND t < $end AND {known} AND s.subtype = 'order'
  GROUP BY 1
),
steps AS (
  SELECT "user", step, min(t) AS first_t, count(*) AS ad_events
  FROM touches LEFT JOIN buyers USING ("user")
  WHERE t <= coalesce(converted, $end)
    AND date_diff('microsecond', t, coalesce(converted, $end)) // 1000000 <= 14 * 86400
  GROUP BY 1, 2
),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY "user" ORDER BY first_t DESC, step DESC) AS from_end,
    count(step) OVER (PARTITION BY "user") AS all_steps
  FROM steps
),
paths AS (
  SELECT "user",
    list_sort(list(DISTINCT {{'n': least(all_steps, 5) - from_end + 1, 's': step}})) AS path,
    count(step) AS step_count, sum(ad_events) AS ad_events
  FROM ranked WHERE from_end <= 5 GROUP BY 1
)
SELECT path, step_count, count(DISTINCT "user") AS users, sum(ad_events) AS ad_events,
  sum(ad_events) / count(DISTINCT "user") AS ad_events_per_user,
  count(conversions) AS converted_users,
  count(conversions) / count(DISTINCT "user") AS conversion_rate,
  sum(coalesce(is_new, 0)) AS ntb_users, sum(coalesce(conversions, 0)) AS conversions,
  sum(coalesce(sales, 0)) AS sales
FROM paths LEFT JOIN buyers USING ("user")
GROUP BY 1, 2
HAVING users >= 2 AND converted_users <> 1 AND ntb_users <> 1
"""


@dataclass
class Bench:
    """The engine and the floor over the same files."""

    store: EventStore
    instance_id: str
    out: Path

    def engine(self) -> QueryEngine:
        return QueryEngine(
            load_catalog(),
            self.store.relation,
            data_folders=(self.store.folder,),
            user_number=USER_NUMBER,
        )

    def compiled(self) -> tuple[CompiledQuery, dict[str, object]]:
        made = load_template(TEMPLATE).render({})
        request = CompileRequest("path", made.author_sql, input_parameters=made.declarations)
        return self.engine().compile(request), made.parameter_values

    def run(self, compiled: CompiledQuery, values: dict[str, object]) -> set[tuple[str, ...]]:
        """The rows of the engine, as it writes them: path, steps, people, ad events, buyers."""
        outcome = self.engine().run(
            compiled, instance_id=self.instance_id, start=START, end=END, parameters=values,
            now=NOW, out_dir=self.out,
        )  # fmt: skip
        with outcome.parts[0].open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        names = ("path", "step_count", "users", "ad_events", "converted_users", "ntb_users")
        return {tuple(row[name] for name in names) for row in rows}

    def by_hand(self) -> set[tuple[str, ...]]:
        """The rows of the floor, in the same form."""
        folder = self.store.files(self.instance_id)
        connection = duckdb.connect(config={"threads": 1, "memory_limit": "1GB"})
        moments = {"first": START - timedelta(days=28), "start": START, "end": END}
        sql = BY_HAND.format(folder=folder, known=KNOWN)
        for name, moment in moments.items():
            sql = sql.replace(f"${name}", f"TIMESTAMP '{moment:%F %T}'")
        found = connection.execute(sql).fetchall()
        connection.close()
        return {
            (
                "[" + ", ".join(f"[{step['n']}, {step['s']}]" for step in row[0]) + "]",
                *(str(row[place]) for place in (1, 2, 3, 5, 7)),
            )
            for row in found
        }


class _Clock:
    """Stands still after the window, when all has arrived."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return time.perf_counter()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def main() -> int:
    world = load_world("default")
    instances = [i for account in world.accounts for i in account.instances if i.has_dsp]
    largest = max(instances, key=lambda instance: instance.events_per_month)
    with tempfile.TemporaryDirectory() as folder:
        store = EventStore(world, seed=1, cache_dir=Path(folder) / "events", clock=_Clock())
        bench = Bench(store, largest.instance_id, Path(folder) / "out")
        compiled, values = bench.compiled()
        same = bench.run(compiled, values) == bench.by_hand()  # makes the events, too
        times: dict[str, list[float]] = {"value": [], "floor": []}
        for _ in range(REPEATS):
            for name, work in (("value", lambda: bench.run(compiled, values)),
                               ("floor", bench.by_hand)):  # fmt: skip
                start = time.perf_counter()
                work()
                times[name].append(time.perf_counter() - start)
    value, floor = (min(times[name]) for name in ("value", "floor"))
    middle = statistics.median(times["value"]) / statistics.median(times["floor"])
    print(
        f"value {value:5.2f} s  floor {floor:5.2f} s  ratio {value / floor:4.2f} "
        f"(of the medians {middle:4.2f})  goal {GOAL}  rows {'the same' if same else 'DIFFER'}"
    )
    return 0 if same and value / floor <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
