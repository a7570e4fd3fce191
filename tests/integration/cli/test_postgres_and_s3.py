"""The main job with PostgreSQL and an S3 bucket, by the settings that a person sets."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import openpyxl
import pytest
from moto.server import ThreadedMotoServer

from tests.conftest import empty_postgres
from tests.worlds import World

BUCKET = "amc-results-main-job"
KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def at_scale(
    s3_url: str, postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    settings = {"S3_BUCKET_NAME": BUCKET, "AMC_S3_ENDPOINT_URL": s3_url}
    with empty_postgres(postgres_server) as url:
        running = World(tmp_path_factory.mktemp("scale"), database_url=url, extra=settings | KEYS)
        try:
            running.start_sandbox()
            running.json("instances", "sync")
            running.start_scheduler()
            yield running
        finally:
            running.stop()


def _bucket(s3_url: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=s3_url,
        region_name="us-east-1",
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
    )


def test_a_missing_bucket_is_named_and_the_result_comes_when_it_is_there(
    at_scale: World, s3_url: str, tmp_path: Path
) -> None:
    done = at_scale.cli("doctor", check=False)
    assert done.returncode == 2
    assert BUCKET in done.stdout
    run = at_scale.json("templates", "run", "audience-overlap", "--instance", "amchnfozgta")
    key = run["executions"][0]["id"]
    client = _bucket(s3_url)
    client.create_bucket(Bucket=BUCKET)
    found = at_scale.json("executions", "wait", key)["executions"][0]
    assert found["status"] == "READY", found
    kept = client.list_objects_v2(Bucket=BUCKET)["Contents"]
    assert {f"{key}/" in item["Key"] for item in kept} == {True}
    assert not list((at_scale.data_dir / "results").rglob("*.parquet"))
    client.close()


def test_the_main_job_reads_its_results_from_the_bucket(at_scale: World, tmp_path: Path) -> None:
    out, book = tmp_path / "out.csv", tmp_path / "out.xlsx"
    done = at_scale.json(
        "templates", "run", "path-to-conversion", "--instance", "amchnfozgta", "--instance",
        "amcfo8abayq", "--window", "last-30-days", "--wait", "--out", str(out),
    )  # fmt: skip
    assert [e["status"] for e in done["executions"]] == ["READY"] * 2
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(e["rows"] for e in done["executions"]) > 0
    key = done["executions"][0]["id"]
    assert str(at_scale.json("executions", "show", key)["executions"][0]["result"]).count("s3://")
    at_scale.cli("executions", "download", key, "--out", str(book))
    assert len(list(openpyxl.load_workbook(book).worksheets[0].values)) > 1
    assert len(at_scale.truth()) == 3
    checks = {c["name"]: c["verdict"] for c in at_scale.json("doctor")["checks"]}
    assert (checks["database"], checks["result store"]) == ("fine", "fine")
