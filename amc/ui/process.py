"""The services of this process: pages and routes share one set."""

import threading

from amc.container import Services, build_services
from amc.settings import load_settings

_lock = threading.Lock()
_built: list[Services] = []


def services() -> Services:
    """The services; built at the first call, and again after `close`.

    Raises:
        AmcError: a setting, the key or the database cannot be used. The next call tries again.
    """
    with _lock:
        if not _built:
            _built.append(build_services(load_settings()))
        return _built[0]


def close() -> None:
    """Close what was built."""
    with _lock:
        while _built:
            _built.pop().close()
