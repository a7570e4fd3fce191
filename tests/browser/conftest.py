"""Chromium against the app as users start it: `streamlit run app.py`, a data folder of its own.

Where there is no Chromium these tests are skipped, with one line; in CI they must run.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from amc.container import build_services
from amc.settings import ROOT, Settings
from amc.ui.cookies import cookie_name

PASSWORD = "plum-otter-lantern-42"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Ours, and what names a proxy: a test must not depend on the machine it runs on.
STRANGE = ("AMC_", "AMAZON_", "STREAMLIT_", "S3_", "DATABASE_URL", "HTTP_PROXY", "HTTPS_PROXY")


def chromium_path() -> str:
    """Where Chromium is; empty when it is not installed."""
    return next((path for name in NAMES if (path := shutil.which(name))), "")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    if not here or chromium_path() or os.environ.get("CI", "").lower() == "true":
        return
    skip = pytest.mark.skip(reason="Chromium is not installed (apt-get install chromium)")
    for item in here:
        item.add_marker(skip)


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A running app."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    environment: dict[str, str]

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What it has written so far."""
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")


def environment(folder: Path, port: int, **more: str) -> dict[str, str]:
    """The environment of a server: this one's without anything of ours."""
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith(STRANGE)}
    return kept | {"AMC_DATA_DIR": str(folder / "data"), "AMC_APP_PORT": str(port)} | more


def start_server(folder: Path, **more: str) -> Server:
    """Start the app and wait until it answers."""
    port = free_port()
    env = environment(folder, port, **more)
    options = ["--server.port", str(port), "--server.address", "127.0.0.1"]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", *options],
            cwd=ROOT,
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    server = Server(folder, port, process, env)
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{server.url}/healthz", timeout=5):
                return server
        except (urllib.error.URLError, OSError) as exc:
            if time.monotonic() > deadline or process.poll() is not None:
                stop_server(server)
                raise RuntimeError(f"the app did not start: {server.log}") from exc
            time.sleep(0.1)


def stop_server(server: Server) -> None:
    """End it as Ctrl-C would."""
    if server.process.poll() is None:
        server.process.send_signal(signal.SIGINT)
    try:
        server.process.wait(15)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait(15)


def prepare(folder: Path) -> None:
    """A new installation with one user of each role."""
    services = build_services(Settings(_env_file=None, data_dir=folder / "data"))
    for name in ("viewer", "analyst", "admin", "slow"):
        role = "viewer" if name == "slow" else name
        services.users.create("test", name, role=role, password=PASSWORD, chosen_by_them=True)
    services.close()


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with users, to be copied."""
    folder = tmp_path_factory.mktemp("installation")
    prepare(folder)
    return folder / "data"


@pytest.fixture
def start(starter: Callable[..., Server]) -> Iterator[Callable[..., Server]]:
    """Starts servers for one test."""
    running: list[Server] = []

    def one(**more: str) -> Server:
        running.append(starter(**more))
        return running[-1]

    yield one
    for server in running:
        stop_server(server)


@pytest.fixture(scope="session")
def starter(
    installation: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Server]]:
    """Starts servers, each over a copy of the installation; ends what still runs at the end."""
    running: list[Server] = []

    def one(**more: str) -> Server:
        folder = tmp_path_factory.mktemp("server")
        shutil.copytree(installation, folder / "data")
        running.append(start_server(folder, **more))
        return running[-1]

    yield one
    for server in running:
        stop_server(server)


@pytest.fixture(scope="module")
def server(starter: Callable[..., Server]) -> Iterator[Server]:
    """One server for the tests of a file."""
    server = starter()
    yield server
    stop_server(server)


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Playwright itself. Its loop runs in this thread, so it must end with the folder's tests."""
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """One Chromium for all tests."""
    browser = playwright.chromium.launch(executable_path=chromium_path() or None, args=FLAGS)
    yield browser
    browser.close()


@dataclass
class Visitor:
    """Somebody at a browser: a fresh profile, one page, and what it did on the network."""

    context: BrowserContext
    page: Page
    server: Server
    requests: list[str] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def foreign(self) -> list[str]:
        """Requests that left for another host."""
        local = (self.server.url, self.server.url.replace("http", "ws"), "data:", "blob:")
        return [url for url in self.requests if not url.startswith(local)]

    def open(self, path: str) -> None:
        """Go to an address of the app."""
        self.page.goto(self.server.url + path)

    def enter(self, name: str, *, display_name: str = "") -> None:
        """Come with a session's cookie, as if signed in before; the user is made if need be."""
        settings = Settings(
            _env_file=None, data_dir=self.server.folder / "data", app_port=self.server.port
        )
        services = build_services(settings)
        users = services.users
        if name not in [u.name for u in users.all()]:
            users.create(
                "test",
                name,
                role="viewer",
                password=PASSWORD,
                chosen_by_them=True,
                display_name=display_name,
            )
        token = users.claim(users.sign_in(name, PASSWORD, "test"))
        services.close()
        cookie = {"name": cookie_name(settings), "value": token, "url": self.server.url}
        self.context.add_cookies([cookie | {"httpOnly": True, "sameSite": "Lax"}])  # type: ignore[list-item]

    def sign_in(self, name: str = "admin", password: str = PASSWORD) -> None:
        """Fill the form that is on the screen."""
        self.page.get_by_label("User name").fill(name)
        self.page.get_by_label("Password").first.fill(password)
        self.page.get_by_role("button", name="Sign in").click()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[[Server], Visitor]]:
    """Opens fresh browsers at a server."""
    contexts: list[BrowserContext] = []

    def one(server: Server) -> Visitor:
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        context.set_default_timeout(30_000)
        contexts.append(context)
        visitor = Visitor(context, context.new_page(), server)
        watch(visitor)
        return visitor

    yield one
    for context in contexts:
        context.close()


def watch(visitor: Visitor) -> None:
    """Keep what the page does: requests, websocket frames, dialogs."""
    page = visitor.page
    page.on("request", lambda request: visitor.requests.append(request.url))
    page.on("dialog", lambda dialog: (visitor.dialogs.append(dialog.message), dialog.dismiss()))

    def keep(payload: object) -> None:
        visitor.frames.append(payload if isinstance(payload, bytes) else str(payload).encode())

    def socket_opened(opened: object) -> None:
        visitor.requests.append(opened.url)  # type: ignore[attr-defined]
        opened.on("framereceived", keep)  # type: ignore[attr-defined]

    page.on("websocket", socket_opened)
