"""The first start fills every page; a used installation is left alone."""

from amc.cli.up import demo_of
from amc.container import Services
from amc.db.models import Instance


def test_a_fresh_installation_gets_brands_runs_a_set_and_a_schedule(built: Services) -> None:
    with built.database.write() as session:
        for row in session.query(Instance):
            row.customer_name = row.instance_id.title()
    assert demo_of(built).fill() == 9
    brands = {i.instance_id: i.brand for i in built.instances.all()}
    # A brand that somebody gave stays; a sandbox instance has none.
    assert brands == {"amcone": "Nova", "amctwo": "Amctwo", "amcsand": ""}
    rows, total = built.executions.page(limit=20)
    assert total == 9
    assert {row.created_by for row in rows} == {"set-up"}
    (schedule,) = built.schedules.all()
    assert schedule.next_slot_at is not None
    assert built.instances.members("Sandboxes") == ["amcsand"]


def test_a_used_installation_is_left_alone(built: Services) -> None:
    demo = demo_of(built)
    demo.fill()
    built.schedules.remove("ann", built.schedules.all()[0].id)
    assert demo.fill() == 0
    assert built.schedules.all() == []
