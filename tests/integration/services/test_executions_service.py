from datetime import timedelta

import pytest
from sqlalchemy import select

from amc.clock import FrozenClock
from amc.container import Services
from amc.db.models import Instance
from amc.errors import MissingError, ParameterError, SqlCheckError, UsageError, WindowError
from amc.services.executions import ExecutionFilter, RunRequest
from amc.timing.window import Window

SQL = "SELECT campaign, SUM(impressions) AS n -- all\nFROM dsp_impressions GROUP BY 1;"


def request(**changes: object) -> RunRequest:
    given: dict[str, object] = {
        "window": Window.parse("2026-09-01", "2026-10-01"),
        "instance_ids": ("amcone", "amcsand"),
        "sql": SQL,
    }
    return RunRequest(**(given | changes))  # type: ignore[arg-type]


def test_a_run_is_queued_on_every_target_with_its_text_frozen(built: Services) -> None:
    run = built.executions.submit(request(title="Reach"), "ann")
    assert [e.status for e in run.executions] == ["QUEUED", "QUEUED"]
    detail = built.executions.detail(run.executions[0].id)
    assert detail.author_sql == SQL
    assert detail.sent_sql.startswith("SELECT campaign, SUM(impressions) AS n /* all */ FROM")
    assert not detail.sent_sql.endswith(";")
    assert detail.execution.amc_workflow_id.startswith("amcm-")
    assert [e.state for e in detail.events] == ["QUEUED"]


def test_what_is_previewed_is_what_is_stored(built: Services) -> None:
    prepared = built.executions.prepare(request())
    run = built.executions.submit(request(), "ann")
    stored = built.executions.detail(run.executions[0].id)
    assert stored.sent_sql == prepared.targets[0].text.sent_sql
    assert stored.execution.amc_workflow_id == prepared.targets[0].text.workflow_id


def test_the_same_request_twice_is_one_run(built: Services) -> None:
    first = built.executions.submit(request(request_key="fr_click"), "ann")
    second = built.executions.submit(request(request_key="fr_click"), "ann")
    assert first.id == second.id
    assert built.executions.page()[1] == 2


def test_errors_of_the_checker_stop_everything(built: Services) -> None:
    with pytest.raises(SqlCheckError) as caught:
        built.executions.submit(request(sql="SELECT user_id FROM dsp_impressions"), "ann")
    assert {f.code for f in caught.value.findings} == {"private-output", "nothing-aggregated"}
    assert built.executions.page()[1] == 0


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"instance_ids": ("amcone", "amcnobody")}, MissingError),
        ({"instance_ids": ()}, UsageError),
        ({"instance_set": "nobody"}, MissingError),
        ({"template": "path-to-conversion"}, UsageError),
        ({"sql": ""}, UsageError),
        ({"sql": "", "template": "nobody"}, MissingError),
        ({"parameters": {"x": 1}}, ParameterError),
        ({"window": Window.parse("2031-01-01", "2031-02-01")}, WindowError),
        ({"window": Window.parse("2020-01-01", "2020-02-01")}, WindowError),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_queued(
    built: Services, changes: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        built.executions.submit(request(**changes), "ann")
    assert built.executions.page()[1] == 0


def test_a_gone_instance_or_one_without_access_is_named(built: Services) -> None:
    with built.database.write() as session:
        from amc.db.repos import fleet

        row = fleet.instance(session, "amcone")
        assert row is not None
        row.access, row.access_reason = "lost", "Unauthorized request."
    prepared = built.executions.prepare(request())
    assert [bool(t.problem) for t in prepared.targets] == [True, False]
    with pytest.raises(UsageError, match="Unauthorized request"):
        built.executions.submit(request(), "ann")


def test_what_waits_here_is_cancelled_at_once_and_only_once(built: Services) -> None:
    run = built.executions.submit(request(), "ann")
    cancelled = built.executions.cancel(run.executions[0].id, "ann")
    assert (cancelled.status, cancelled.cancelling) == ("CANCELLED", False)
    with pytest.raises(UsageError, match="Too late"):
        built.executions.cancel(run.executions[0].id, "ann")


def test_a_rerun_has_the_same_text_values_and_window(built: Services) -> None:
    sql = (
        "SELECT campaign, COUNT(user_id) AS n FROM dsp_clicks WHERE campaign = "
        "CUSTOM_PARAMETER('c') GROUP BY 1"
    )
    first = built.executions.submit(
        request(sql=sql, parameters={"c": "O'Brien"}, instance_ids=("amcone",)), "ann"
    )
    again = built.executions.rerun(first.executions[0].id, "bob")
    one, two = (built.executions.detail(r.executions[0].id) for r in (first, again))
    assert one.sent_sql == two.sent_sql
    assert one.parameter_values == two.parameter_values == {"c": "O'Brien"}
    assert one.execution.window == two.execution.window
    assert two.execution.created_by == "bob"


def test_lists_are_filtered_and_paged(built: Services, clock: FrozenClock) -> None:
    for number in range(5):
        built.executions.submit(request(title=f"Run {number}"), "ann")
        clock.advance(timedelta(minutes=1))
    rows, total = built.executions.page(ExecutionFilter(text="run 3"))
    assert (total, {r.title for r in rows}) == (2, {"Run 3"})
    rows, total = built.executions.page(ExecutionFilter(instance_ids=("amcsand",)), limit=2)
    assert (total, [r.title for r in rows]) == (5, ["Run 4", "Run 3"])
    assert built.executions.page(ExecutionFilter(states=("READY",)))[1] == 0
    assert built.executions.counts().total("QUEUED") == 10


def test_a_search_text_is_no_pattern(built: Services) -> None:
    built.executions.submit(request(title="100% of 'it'"), "ann")
    assert built.executions.page(ExecutionFilter(text="%"))[1] == 2
    assert built.executions.page(ExecutionFilter(text="1_0"))[1] == 0


def test_places_at_amazon_are_given_in_order_and_never_too_many(built: Services) -> None:
    from amc.services.running.dispatch import Dispatch
    from amc.services.running.transitions import Transitions

    for kind in ("backfill", "schedule", "interactive"):
        for _ in range(6):
            built.executions.submit(request(kind=kind, title=kind, instance_ids=("amcone",)), "a")
    dispatch = Dispatch(Transitions(built.database, built.engine, built.clock, built.settings))
    dispatch.everywhere()
    dispatch.everywhere()
    sent, total = built.executions.page(ExecutionFilter(states=("SUBMITTING",)), limit=50)
    assert total == 10
    titles = [row.title for row in sent]
    assert (titles.count("interactive"), titles.count("schedule")) == (6, 4)


def test_the_audit_trail_has_one_row_for_each_change(built: Services) -> None:
    run = built.executions.submit(request(), "ann")
    built.executions.cancel(run.executions[0].id, "bob")
    actions = [(r.actor, r.action) for r in built.audit.latest(10)]
    assert actions == [("bob", "execution.cancel"), ("ann", "execution.submit")]
    assert built.audit.verify() == []


def codes(built: Services, sql: str, *instances: str, **changes: object) -> dict[str, str]:
    prepared = built.executions.prepare(request(sql=sql, instance_ids=instances, **changes))
    return {f.code: f.severity for f in prepared.findings if f.severity != "hint"}


def test_sql_is_checked_against_what_the_instance_has(built: Services) -> None:
    own = "SELECT tier, COUNT(DISTINCT user_id) AS users FROM crm_upload GROUP BY tier"
    assert codes(built, own, "amcone") == {"unknown-table": "error"}
    sources = [
        {"dataSourceId": "crm_upload", "columns": [{"name": "tier"}, {"name": "user_id"}]},
        {"dataSourceId": "sponsored_ads_traffic"},
    ]
    with built.database.write() as session:
        row = session.scalars(select(Instance).filter_by(instance_id="amcone")).one()
        row.sources, row.source_names = sources, ["crm_upload", "sponsored_ads_traffic"]
    assert codes(built, own, "amcone") == {}
    assert codes(built, SQL.rstrip(";"), "amcone") == {"unavailable-table": "error"}
    assert codes(built, SQL.rstrip(";"), "amctwo") == {}


def test_a_sandbox_takes_what_only_a_sandbox_takes(built: Services) -> None:
    limited = f"{SQL.rstrip(';')} LIMIT 5"
    assert codes(built, limited, "amcone") == {"limit": "error"}
    assert codes(built, limited, "amcsand") == {"limit": "warning"}
    assert codes(built, limited, "amcone", "amcsand") in ({"limit": "error"}, {"limit": "warning"})
    assert not built.executions.prepare(
        request(sql=limited, instance_ids=("amcone", "amcsand"))
    ).can_run


def test_the_window_of_the_run_counts_in_the_check(built: Services) -> None:
    wide = (
        "SELECT campaign, SUM(impressions) AS n FROM "
        "TABLE(EXTEND_TIME_WINDOW('dsp_impressions', 'P365D', 'P0D')) GROUP BY 1"
    )
    assert codes(built, wide, "amcone") == {}
    long = Window.parse("2026-05-01", "2026-10-01")
    assert codes(built, wide, "amcone", window=long) == {"window-too-wide": "warning"}


def test_findings_stand_where_the_author_wrote_with_placeholders(built: Services) -> None:
    sql = "SELECT campain, SUM(impressions) AS n\nFROM dsp_impressions\nWHERE line_item IN"
    prepared = built.executions.prepare(
        request(
            sql=f"{sql} ({{{{ names }}}}) AND campain <> 'x' GROUP BY 1",
            instance_ids=("amcone",),
            parameters={"names": ["a long name", "b"]},
        )
    )
    places = [(f.line, f.column) for f in prepared.findings if f.code == "unknown-column"]
    assert places == [(1, 8), (3, 38)]
