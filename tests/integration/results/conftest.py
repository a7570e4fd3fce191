import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from amc.results.folder import FolderStore
from amc.results.s3 import S3Store

BUCKET = "amc-results-test"


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """A real S3 server in this process, on a free port."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def credentials(monkeypatch):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@dataclass
class Kept:
    """A store and a way to remove a file behind its back."""

    store: FolderStore | S3Store
    root: Path


@pytest.fixture
def make_s3(s3_url, credentials, tmp_path):
    def make(**more) -> S3Store:
        given = {
            "bucket": BUCKET,
            "prefix": "kept/here",
            "cache_dir": tmp_path / "cache",
            "endpoint_url": s3_url,
        } | more
        return S3Store(**given)

    client = make()._client
    client.create_bucket(Bucket=BUCKET)
    yield make
    for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=item["Key"])
    client.delete_bucket(Bucket=BUCKET)
    client.close()


@pytest.fixture(params=["folder", "s3"])
def kept(request, tmp_path) -> Kept:
    if request.param == "folder":
        return Kept(FolderStore(tmp_path / "results"), tmp_path / "results")
    return Kept(request.getfixturevalue("make_s3")(), tmp_path / "cache")


@pytest.fixture
def a_file(tmp_path) -> Path:
    path = tmp_path / "local" / "result.parquet"
    path.parent.mkdir()
    path.write_bytes(b"PAR1" + bytes(range(256)) * 40)
    return path
