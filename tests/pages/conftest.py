"""The app as a page test sees it: from `amc/ui/main.py`, over a database of its own."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import bcrypt
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from amc.container import Services, build_services
from amc.settings import ROOT, Settings
from amc.ui import gate, process
from amc.ui.cookies import cookie_name

MAIN = ROOT / "amc" / "ui" / "main.py"
PASSWORD = "plum-otter-lantern-42"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Browser:
    """One browser: its cookies, and the app opened in it."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.cookies: dict[str, str] = {}

    def sign_in(self, role: str = "admin", name: str = "") -> str:
        """Sign in as a user of that role, made on the way; gives the session's token."""
        users, name = self.services.users, name or role
        if name not in [u.name for u in users.all()]:
            users.create("test", name, role=role, password=PASSWORD, chosen_by_them=True)
        token = users.claim(users.sign_in(name, PASSWORD, "test"))
        self.cookies[cookie_name(self.services.settings)] = token
        return token

    def open(self, page: str = "fleet", **query: str) -> AppTest:
        """The app at a page's address."""
        at = AppTest.from_file(str(MAIN), default_timeout=30)
        for key, value in query.items():
            at.query_params[key] = value
        at.run()
        if page != "fleet":
            at.switch_page(f"../../pages/{page}.py").run()
        return at

    def script(self, function: Callable[..., None], **arguments: object) -> AppTest:
        """A script of the test's own, in this browser."""
        return AppTest.from_function(function, default_timeout=30, kwargs=arguments).run()


@pytest.fixture(scope="session")
def fresh_installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a new installation; copied, for it takes a while to make."""
    folder = tmp_path_factory.mktemp("installation") / "data"
    build_services(Settings(_env_file=None, data_dir=folder)).close()
    return folder


@pytest.fixture(autouse=True)
def _clean(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fresh_installation: Path
) -> Iterator[None]:
    for name in ("AMC_API_URL", "DATABASE_URL", "AMC_APP_URL", "AMC_CLOCK", "S3_BUCKET_NAME"):
        monkeypatch.delenv(name, raising=False)
    shutil.copytree(fresh_installation, tmp_path / "data")
    monkeypatch.setenv("AMC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(bcrypt, "gensalt", partial(bcrypt.gensalt, 4))
    st.cache_data.clear()
    st.cache_resource.clear()
    process.close()
    yield
    process.close()


@pytest.fixture
def services() -> Services:
    """The services that the pages use."""
    return process.services()


@pytest.fixture
def browser(services: Services, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A browser without a cookie."""
    browser = Browser(services)
    # A page test has no browser: this is the one place where what one would send comes in.
    monkeypatch.setattr(gate, "browser_cookies", lambda: browser.cookies)
    monkeypatch.setattr(gate, "browser_address", lambda: "10.0.0.7")
    return browser
