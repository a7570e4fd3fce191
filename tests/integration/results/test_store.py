"""One suite for every kind of result store."""

import os
from pathlib import Path

import pytest

from amc.errors import ResultMissingError, StorageFullError, StoreError
from amc.results.folder import FolderStore
from amc.results.s3 import S3Store
from amc.results.store import ResultStore, SchemeStore, make_store
from amc.settings import Settings
from tests.integration.results.conftest import BUCKET

KEY = "ex_0h3k/1/result.parquet"


def test_a_kept_file_is_read_back_equal(kept, a_file):
    uri = kept.store.put(a_file, KEY)
    assert kept.store.exists(uri)
    assert kept.store.open_local(uri).read_bytes() == a_file.read_bytes()
    assert a_file.exists()
    assert isinstance(kept.store, ResultStore)


def test_the_same_key_again_replaces_the_file(kept, a_file):
    uri = kept.store.put(a_file, KEY)
    kept.store.open_local(uri)
    a_file.write_bytes(b"newer")
    assert kept.store.put(a_file, KEY) == uri
    assert kept.store.open_local(uri).read_bytes() == b"newer"


def test_a_deleted_file_is_missing_and_deleting_twice_is_fine(kept, a_file):
    uri = kept.store.put(a_file, KEY)
    kept.store.open_local(uri)
    kept.store.delete(uri)
    kept.store.delete(uri)
    assert not kept.store.exists(uri)
    with pytest.raises(ResultMissingError, match="gone"):
        kept.store.open_local(uri)


@pytest.mark.parametrize(
    "key",
    [
        "../../etc/passwd", "/etc/passwd", "ex_1/../../x.parquet", "ex_1\\..\\x.parquet",
        "ex_1/%2e%2e/x.parquet", "ex_1/x.parquet\x00", "ex_1//x.parquet", "", ".", "ex_1/.x",
        "EX_1/x.parquet", "ex_1/x", "a/" * 9 + "x.parquet", "ex_1/x.parquet\n", "ü/x.parquet",
    ],
)  # fmt: skip
def test_a_key_that_is_not_ours_is_refused(kept, a_file, key):
    with pytest.raises(StoreError, match="key"):
        kept.store.put(a_file, key)


@pytest.mark.parametrize(
    "tail", ["../../secret.txt", "%2e%2e/%2e%2e/secret.txt", "a/../../x.parquet"]
)
def test_a_uri_never_leads_out_of_the_store(kept, a_file, tail, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    uri = kept.store.put(a_file, KEY)
    wrong = uri.removesuffix(KEY) + tail
    with pytest.raises((StoreError, ResultMissingError)):
        kept.store.open_local(wrong)


@pytest.mark.parametrize(
    "uri", ["", "http://evil/x.parquet", "ex_1/x.parquet", "s3:///x", "file://host/x"]
)
def test_a_uri_of_another_kind_is_refused(kept, uri):
    with pytest.raises(StoreError):
        kept.store.open_local(uri)


def test_links_in_the_folder_are_not_followed(tmp_path, a_file):
    store = FolderStore(tmp_path / "results")
    uri = store.put(a_file, KEY)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "result.parquet").write_text("secret")
    Path(tmp_path / "results" / "ex_evil").symlink_to(outside)
    assert not store.exists(uri.replace("ex_0h3k/1", "ex_evil"))
    with pytest.raises(ResultMissingError):
        store.open_local(uri.replace("ex_0h3k/1", "ex_evil"))
    with pytest.raises(StoreError):
        store.put(a_file, "ex_evil/result.parquet")
    assert (outside / "result.parquet").read_text() == "secret"


def test_a_moved_folder_still_finds_its_files(tmp_path, a_file):
    uri = FolderStore(tmp_path / "old" / "results").put(a_file, KEY)
    (tmp_path / "old").rename(tmp_path / "new")
    moved = FolderStore(tmp_path / "new" / "results")
    assert moved.open_local(uri).read_bytes() == a_file.read_bytes()


def test_files_are_private_and_nothing_is_left_over(tmp_path, a_file):
    store = FolderStore(tmp_path / "results")
    path = store.open_local(store.put(a_file, KEY))
    assert path.stat().st_mode & 0o077 == 0
    store.delete(path.as_uri())
    assert list((tmp_path / "results").iterdir()) == []


def test_a_full_disk_leaves_no_half_file(tmp_path, a_file, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(StorageFullError):
        FolderStore(tmp_path / "results").put(a_file, KEY)
    assert [p for p in (tmp_path / "results").rglob("*") if p.is_file()] == []


def test_the_cache_stays_within_its_bound_and_drops_the_oldest(make_s3, a_file, tmp_path):
    size = a_file.stat().st_size
    store = make_s3(cache_bytes=2 * size)
    uris = [store.put(a_file, f"ex_{i}/result.parquet") for i in range(3)]
    paths = []
    for age, uri in enumerate(uris):
        paths.append(store.open_local(uri))
        os.utime(paths[-1], (1000 + age, 1000 + age))
    store.open_local(uris[2])
    assert [path.exists() for path in paths] == [False, True, True]
    assert store.open_local(uris[0]).read_bytes() == a_file.read_bytes()


def test_what_is_in_the_cache_is_not_fetched_again(make_s3, a_file):
    store = make_s3()
    uri = store.put(a_file, KEY)
    first = store.open_local(uri)
    unreachable = make_s3(endpoint_url="http://127.0.0.1:9")
    assert unreachable.open_local(uri) == first


def test_s3_says_what_is_wrong(make_s3, a_file, monkeypatch):
    with pytest.raises(StoreError, match="NoSuchBucket") as caught:
        make_s3(bucket="no-such-bucket").put(a_file, KEY)
    assert "S3_BUCKET_NAME" in caught.value.hint
    with pytest.raises(StoreError, match="No bucket is set"):
        make_s3(bucket="").put(a_file, KEY)
    monkeypatch.setattr("amc.results.s3._ATTEMPTS", 1)
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        make_s3(endpoint_url="http://127.0.0.1:9").put(a_file, KEY)
    assert caught.value.transient
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(StoreError, match="no credentials"):
        make_s3().put(a_file, KEY)


def test_an_upload_that_arrives_short_is_noticed(make_s3, a_file, monkeypatch):
    store = make_s3()
    real = store._client.head_object

    def shorter(**named):
        return real(**named) | {"ContentLength": 3}

    monkeypatch.setattr(store._client, "head_object", shorter)
    with pytest.raises(StoreError, match="another size"):
        store.put(a_file, KEY)


def test_old_results_stay_readable_when_the_setting_changes(make_s3, s3_url, a_file, tmp_path):
    before = make_store(Settings(AMC_DATA_DIR=str(tmp_path / "data")))
    old = before.put(a_file, KEY)
    assert old.startswith("file://")
    changed = Settings(
        AMC_DATA_DIR=str(tmp_path / "data"), S3_BUCKET_NAME=BUCKET, AMC_S3_ENDPOINT_URL=s3_url
    )
    after = make_store(changed)
    new = after.put(a_file, "ex_new/result.parquet")
    assert new.startswith(f"s3://{BUCKET}/amc-results/")
    back = make_store(Settings(AMC_DATA_DIR=str(tmp_path / "data"), AMC_S3_ENDPOINT_URL=s3_url))
    for store in (after, back):
        assert isinstance(store, SchemeStore)
        assert store.open_local(old).read_bytes() == a_file.read_bytes()
        assert store.open_local(new).read_bytes() == a_file.read_bytes()
    with pytest.raises(StoreError, match="no known kind"):
        after.open_local("gopher://x/y.parquet")
    for store in (after, back):
        store._readers["s3"]._client.close()


def test_the_s3_client_signs_with_version_four(make_s3):
    store = make_s3()
    assert isinstance(store, S3Store)
    assert store._client.meta.config.signature_version == "s3v4"
