"""Rows for page tests: instances, executions with stored results, schedules, mappings."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from amc import ids
from amc.container import Services
from amc.db.models import Account, Execution, ExecutionEvent, FleetRun, Instance
from amc.results.ingest import ingest
from amc.services.schedules import ScheduleDraft, ScheduleView
from amc.services.views import as_json

HOSTILE = "**B** <b>x</b> $\\frac{1}{2}$ :smile: [l](http://x)"
SQL = "SELECT campaign_id, SUM(impressions) AS impressions FROM dsp_impressions GROUP BY 1"
SOURCES: list[dict[str, Any]] = [
    {
        "dataSourceId": "dsp_impressions",
        "description": "Impressions of Amazon DSP",
        "columns": [
            {"name": "campaign_id", "dataType": "LONG", "columnType": "DIMENSION",
             "sensitivity": "LOW", "description": "The campaign"},
            {"name": "impressions", "dataType": "LONG", "columnType": "METRIC",
             "sensitivity": "NONE", "description": "Always one"},
            {"name": "user_id", "dataType": "STRING", "columnType": "DIMENSION",
             "sensitivity": "VERY_HIGH", "description": "A person"},
        ],
    }
]  # fmt: skip
COLUMNS = [
    {"name": "campaign_id", "dataType": "STRING", "columnType": "DIMENSION"},
    {"name": "impressions", "dataType": "LONG", "columnType": "METRIC"},
]


def add_instances(services: Services, count: int = 3) -> list[str]:
    """Instances of two accounts; their ids."""
    now = services.clock.now()
    with services.database.write() as session:
        accounts = [
            Account(
                entity_id=f"ENTITY{n}", name=f"Account {n}", marketplace_id="ATVPDKIKX0DER",
                region="NA", first_seen_at=now, last_seen_at=now,
            )
            for n in (1, 2)
        ]  # fmt: skip
        session.add_all(accounts)
        session.flush()
        for n in range(count):
            session.add(
                Instance(
                    instance_id=f"amctest{n:04d}", account_id=accounts[n % 2].id,
                    name=HOSTILE if n == 1 else f"Instance {n}",
                    type="SANDBOX" if n == 0 else "STANDARD", created_at_amazon=now,
                    first_seen_at=now, last_seen_at=now, sources=SOURCES, sources_at=now,
                )
            )  # fmt: skip
    return [f"amctest{n:04d}" for n in range(count)]


def add_executions(
    services: Services, instances: Sequence[str], states: Sequence[str], *, title: str = "Reach"
) -> list[str]:
    """Executions in these states, one after another over the instances; their public ids."""
    now, made = services.clock.now(), []
    with services.database.write() as session:
        keys = {i.instance_id: i.id for i in session.query(Instance)}
        for number, state in enumerate(states):
            run = FleetRun(
                public_id=ids.mint(ids.FLEET_RUN), title=title, kind="interactive",
                created_by="ann", created_at=now,
            )  # fmt: skip
            session.add(run)
            session.flush()
            row = _execution(run.id, keys[instances[number % len(instances)]], state)
            # A month back on any day: AMC forgets what is older than 13 months.
            row.window_start = f"{now - timedelta(days=33):%Y-%m-%dT00:00:00}"
            row.window_end = f"{now - timedelta(days=3):%Y-%m-%dT00:00:00}"
            row.created_at = now - timedelta(seconds=number)
            session.add(row)
            session.flush()
            session.add(ExecutionEvent(execution_id=row.id, at=now, state="QUEUED"))
            made.append(row.public_id)
    return made


def _execution(run: int, instance: int, state: str) -> Execution:
    failed = state in ("FAILED", "REJECTED")
    cause = {"cause": "The query is too big.", "fix": "Use a shorter window."}
    return Execution(
        public_id=ids.mint(ids.EXECUTION), fleet_run_id=run, instance_id=instance, state=state,
        amc_status="FAILED" if failed else "", author_sql=SQL, sent_sql=SQL, fingerprint="f" * 64,
        window_zone="UTC", window_rule="last-30-days", amc_workflow_id="amcm-test",
        reason="Amazon's own words" if failed else "", cause=cause if failed else None,
    )  # fmt: skip


def add_result(
    services: Services, execution: str, folder: Path, rows: Sequence[tuple[str, int]]
) -> None:
    """Store a result as the scheduler would, and make the execution ready."""
    lines = "".join(f"{campaign},{impressions}\n" for campaign, impressions in rows)
    add_table(services, execution, folder, f"campaign_id,impressions\n{lines}", COLUMNS)


def add_table(
    services: Services,
    execution: str,
    folder: Path,
    csv: str,
    columns: list[dict[str, Any]],
    template: str = "",
) -> None:
    """Any CSV as the result of an execution, of SQL by hand or of a template."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "part.csv"
    part.write_text(csv, encoding="utf-8")
    report = ingest([part], columns, folder / "result.parquet")
    uri = services.results._store.put(folder / "result.parquet", f"{execution}/1/result.parquet")
    with services.database.write() as session:
        row = session.query(Execution).filter_by(public_id=execution).one()
        row.state, row.amc_status, row.template = "READY", "SUCCEEDED", template
        row.rows, row.result_uri, row.result = report.rows, uri, as_json(report.to_dict())
        row.output_columns = columns
        row.finished_at = services.clock.now()
        instance = session.get_one(Instance, row.instance_id).instance_id
        services.mappings.note_seen(session, execution, instance, report.campaign_ids)


def add_schedule(
    services: Services, instances: Sequence[str], name: str = "Weekly reach"
) -> ScheduleView:
    """A schedule of SQL by hand."""
    draft = ScheduleDraft(
        name=name, cron="0 8 * * 1", zone="UTC", window_rule="last-7-days", sql=SQL,
        instance_ids=tuple(instances),
    )  # fmt: skip
    return services.schedules.create("ann", draft)


def add_mapping(services: Services, campaign: str = "1001", name: str = "Spring sale") -> None:
    """A name for a campaign."""
    services.mappings.save(
        "ann", ad_product="", campaign_id=campaign, name=name, brand="Acme", tags=["q2"]
    )
