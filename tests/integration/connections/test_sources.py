"""What instances have: asked with a sync and before a run, whatever fails in between."""

import pytest

from amc.container import Services
from amc.services.executions import RunRequest
from amc.timing.window import Window
from tests.integration.api.kit import LocalAmc
from tests.integration.connections.conftest import grant

WITH_DSP, WITHOUT_DSP = "amchnfozgta", "amcbiluvlik"
WINDOW = Window.parse("2026-09-01", "2026-10-01", "UTC")
LISTING = "/dataSources"


@pytest.fixture
def synced(services: Services, amc: LocalAmc) -> Services:
    """Connected and synced, but nobody has asked what the instances have."""
    services.connections.add_refresh_token("t", grant(amc))
    return services


def asked(amc: LocalAmc, after: int = 0) -> int:
    lines = amc.ask("GET", f"/log/requests?after={after}")["requests"]
    return len({line["path"] for line in lines if line["path"].endswith(LISTING)})


def last(amc: LocalAmc) -> int:
    lines = amc.ask("GET", "/log/requests")["requests"]
    return max((line["seq"] for line in lines), default=0)


def unknown(services: Services) -> list[str]:
    return [k.view.instance_id for k in services.instances.known() if k.sources is None]


def test_a_sync_learns_what_each_instance_has(synced: Services) -> None:
    assert len(unknown(synced)) == 58
    told: list[tuple[int, int]] = []
    found = synced.instances.sync_with_sources("t", progress=lambda *how: told.append(how))
    assert found.unasked == {}
    assert unknown(synced) == []
    assert told[0] == (0, 58)
    assert told[-1] == (58, 58)
    known = {k.view.instance_id: k.sources or () for k in synced.instances.known()}
    assert "dsp_impressions" in known[WITH_DSP]
    assert "dsp_impressions" not in known[WITHOUT_DSP]


def test_an_instance_that_fails_stops_no_other_and_the_next_sync_asks_only_it(
    synced: Services, amc: LocalAmc
) -> None:
    amc.fault("terms_not_accepted", instance=WITH_DSP, route=f"*{LISTING}")
    found = synced.instances.sync_with_sources("t")
    assert list(found.unasked) == [WITH_DSP]
    assert "erms and conditions" in found.unasked[WITH_DSP]
    assert unknown(synced) == [WITH_DSP]
    assert synced.instances.get(WITH_DSP).access == "terms"
    amc.ask("DELETE", "/faults")
    # Its terms were not accepted, so a sync leaves it alone until a test says otherwise.
    before = last(amc)
    assert synced.instances.sync_with_sources("t").unasked == {}
    assert asked(amc, before) == 0
    (verdict,) = synced.instances.test("t", [WITH_DSP])
    assert verdict.fine
    synced.instances.sync_with_sources("t")
    assert asked(amc, before) == 1
    assert unknown(synced) == []


def test_a_sync_that_was_broken_off_goes_on_where_it_stopped(
    synced: Services, amc: LocalAmc
) -> None:
    class StoppedError(Exception):
        pass

    def stop(done: int, _total: int) -> None:
        if done == 20:
            raise StoppedError

    with pytest.raises(StoppedError):
        synced.instances.sync_with_sources("t", progress=stop)
    left, before = len(unknown(synced)), last(amc)
    assert left <= 38
    synced.instances.sync_with_sources("t")
    assert asked(amc, before) == left
    assert unknown(synced) == []


def test_a_run_asks_what_its_instances_have_and_fits_to_each(
    synced: Services, amc: LocalAmc
) -> None:
    request = RunRequest(
        window=WINDOW, template="path-to-conversion", instance_ids=(WITH_DSP, WITHOUT_DSP)
    )
    run = synced.executions.submit(request, "t")
    texts = {e.instance_id: synced.executions.detail(e.id).sent_sql for e in run.executions}
    assert "dsp_impressions" in texts[WITH_DSP]
    assert "dsp_impressions" not in texts[WITHOUT_DSP]
    assert len(unknown(synced)) == 56
    before = last(amc)
    synced.executions.submit(request, "t")
    assert asked(amc, before) == 0


def test_the_background_asks_the_unknown_first_and_then_for_advertisers(
    synced: Services,
) -> None:
    assert synced.instances.refresh_old(limit=3) == 3
    assert len(unknown(synced)) == 55
    first = next(k for k in synced.instances.known() if k.sources is not None)
    assert synced.instances.detail(first.view.instance_id).advertisers is not None


def test_what_runs_where_is_what_really_runs(synced: Services) -> None:
    synced.instances.sync_with_sources("t")
    matrix = synced.capabilities.matrix()
    assert len(matrix.cells) == 58 * len(synced.templates.all())
    assert {c.ability for c in matrix.cells.values()} <= {"runs", "in_part", "cannot"}
    for template in matrix.templates:
        for instance_id in (WITH_DSP, WITHOUT_DSP):
            cell = matrix.of(instance_id, template.name)
            request = RunRequest(window=WINDOW, template=template.name, instance_ids=(instance_id,))
            (target,) = synced.executions.prepare(request).targets
            assert bool(target.problem) == (cell.ability == "cannot"), (template.name, cell)
            assert target.problem == (cell.reason if cell.ability == "cannot" else "")
