"""Services over a real database, with a fleet of a few instances and a clock that is held."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from amc.clock import FrozenClock
from amc.container import Services, build_services
from amc.db.models import Account, Instance
from amc.settings import load_settings
from tests.conftest import NOW

INSTANCES = ("amcone", "amctwo", "amcsand")


@pytest.fixture
def built(database_url: str, tmp_path: Path, clock: FrozenClock) -> Iterator[Services]:
    services = build_services(
        load_settings(data_dir=tmp_path / "data", database_url_raw=database_url), clock=clock
    )
    with services.database.write() as session:
        account = Account(
            entity_id="ENTITY1",
            name="Agency",
            marketplace_id="ATVPDKIKX0DER",
            region="NA",
            first_seen_at=NOW,
            last_seen_at=NOW,
        )
        session.add(account)
        session.flush()
        for name in INSTANCES:
            session.add(
                Instance(
                    instance_id=name,
                    account_id=account.id,
                    name=f"Brand {name}",
                    type="SANDBOX" if name == "amcsand" else "STANDARD",
                    tags=[],
                    details={},
                    first_seen_at=NOW,
                    last_seen_at=NOW,
                    brand="Nova" if name == "amcone" else "",
                )
            )
    yield services
    services.close()
