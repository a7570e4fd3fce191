"""Running local AMCs as fixtures."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.site import Site, serving


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One local AMC for a module; whoever changes its switches puts them back."""
    with serving(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """A local AMC of a test's own."""
    with serving(tmp_path / "state") as running:
        yield running


@pytest.fixture
def tuned(site: Site) -> Iterator[Callable[..., None]]:
    """Change switches for the length of a test."""
    before = site.sandbox.options.model_dump()

    def tune(**options: Any) -> None:
        site.local("PUT", "/options", json=options)

    yield tune
    site.local("PUT", "/options", json=before)
    site.local("DELETE", "/faults")
