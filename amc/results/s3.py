"""Results in an S3 bucket (`s3://`), read through a bounded local cache."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from amc.errors import ResultMissingError, StorageFullError, StoreError
from amc.results.files import move_into_place, storage_error
from amc.results.store import check_key

_CACHE_BYTES = 2 * 1024**3
_ATTEMPTS = 5

_HINTS = {
    "NoSuchBucket": "Make the bucket, or name another in S3_BUCKET_NAME.",
    "AccessDenied": "Give the credentials s3:GetObject, s3:PutObject and s3:DeleteObject on it.",
    "403": "Give the credentials s3:GetObject, s3:PutObject and s3:DeleteObject on it.",
    "InvalidAccessKeyId": "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    "SignatureDoesNotMatch": "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    "ExpiredToken": "Renew the AWS credentials.",
    "RequestTimeTooSkewed": "Set this machine's clock: S3 refuses requests with a wrong time.",
    "SlowDown": "S3 asks to slow down; it is tried again.",
}
_GONE = frozenset({"404", "NoSuchKey", "NotFound"})


class S3Store:
    """Objects under one prefix of a bucket."""

    def __init__(
        self,
        *,
        bucket: str,
        prefix: str,
        cache_dir: Path,
        endpoint_url: str | None = None,
        region: str = "us-east-1",
        cache_bytes: int = _CACHE_BYTES,
    ) -> None:
        """Keep the settings; nothing is contacted yet.

        Args:
            bucket: where to write; may be empty for a store that only reads old URIs.
            prefix: first part of every key.
            cache_dir: local copies of what was read, the oldest dropped first.
            endpoint_url: another S3 server than Amazon's.
            region: of the bucket.
            cache_bytes: how large the cache may become.
        """
        self._bucket, self._prefix = bucket, prefix.strip("/")
        self._cache, self._cache_bytes = cache_dir, cache_bytes
        self._endpoint_url, self._region = endpoint_url, region

    @cached_property
    def _client(self) -> Any:
        import boto3  # slow to import, and not needed where results lie in a folder
        from botocore.config import Config

        # A session of our own: the default one keeps the first credentials that it saw.
        return boto3.session.Session().client(
            "s3",
            endpoint_url=self._endpoint_url,
            region_name=self._region,
            config=Config(
                signature_version="s3v4",
                connect_timeout=5,
                read_timeout=60,
                retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            ),
        )

    def put(self, local_file: Path, key: str) -> str:
        """See `ResultStore`; the size that arrived is compared before the URI is given out."""
        if not self._bucket:
            raise StoreError("No bucket is set.", hint="Set S3_BUCKET_NAME.")
        name = "/".join(part for part in (self._prefix, check_key(key)) if part)
        with self._translated(f"s3://{self._bucket}"):
            self._client.upload_file(str(local_file), self._bucket, name)
            arrived = self._client.head_object(Bucket=self._bucket, Key=name)["ContentLength"]
        if arrived != local_file.stat().st_size:
            raise StoreError("The result arrived in the bucket with another size.")
        uri = f"s3://{self._bucket}/{name}"
        self._cached(uri).unlink(missing_ok=True)
        return uri

    def open_local(self, uri: str) -> Path:
        """See `ResultStore`; downloads into the cache unless it is there."""
        bucket, name = self._parse(uri)
        cached = self._cached(uri)
        if not cached.is_file():
            self._download(bucket, name, cached)
        self._touch(cached)
        self._shrink(keep=cached)
        return cached

    def delete(self, uri: str) -> None:
        """See `ResultStore`."""
        bucket, name = self._parse(uri)
        with self._translated(f"s3://{bucket}"):
            self._client.delete_object(Bucket=bucket, Key=name)
        self._cached(uri).unlink(missing_ok=True)

    def exists(self, uri: str) -> bool:
        """See `ResultStore`."""
        bucket, name = self._parse(uri)
        try:
            with self._translated(f"s3://{bucket}"):
                self._client.head_object(Bucket=bucket, Key=name)
        except ResultMissingError:
            return False
        return True

    def _parse(self, uri: str) -> tuple[str, str]:
        parts = urlsplit(uri)
        key = parts.path.removeprefix("/")
        inner = key.removeprefix(f"{self._prefix}/") if self._prefix else key
        if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
            raise StoreError("This is not the address of an object in S3.", hint="")
        # The prefix may have been another one when this was written.
        tail = "/".join(inner.split("/")[-3:])
        check_key(tail)
        if any(part in ("", ".", "..") for part in key.split("/")):
            raise StoreError("This is not the address of an object in S3.", hint="")
        return parts.netloc, key

    def _cached(self, uri: str) -> Path:
        # A result is never written anew under its URI, so its copy cannot be stale.
        suffix = Path(urlsplit(uri).path).suffix
        return self._cache / (hashlib.sha256(uri.encode()).hexdigest() + suffix)

    def _download(self, bucket: str, name: str, to: Path) -> None:
        try:
            self._cache.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, aside_name = tempfile.mkstemp(prefix=".aside-", dir=self._cache)
            os.close(handle)
            aside = Path(aside_name)
            try:
                with self._translated(f"s3://{bucket}"):
                    self._client.download_file(bucket, name, aside_name)
                move_into_place(aside, to)
            finally:
                aside.unlink(missing_ok=True)
        except OSError as exc:
            raise storage_error(exc, "the local copy of a result") from exc

    @staticmethod
    def _touch(path: Path) -> None:
        try:
            os.utime(path)
        except FileNotFoundError:
            raise StoreError("The local copy was dropped; try again.") from None

    def _shrink(self, *, keep: Path) -> None:
        """Drop the copies that were not read for longest; open ones stay readable on Linux."""
        found = []
        for path in self._cache.iterdir():
            try:
                status = path.stat()
            except FileNotFoundError:
                continue  # another process dropped it
            if not path.name.startswith("."):
                found.append((status.st_mtime_ns, status.st_size, path))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= self._cache_bytes:
                return
            if path != keep:
                path.unlink(missing_ok=True)
                total -= size

    @contextmanager
    def _translated(self, place: str) -> Iterator[None]:
        """S3's errors as ours.

        Raises:
            ResultMissingError: no such object.
            StoreError: anything else, with what to do.
        """
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

        try:
            yield
        except ClientError as exc:
            raise _client_error(exc, place) from exc
        except NoCredentialsError as exc:
            raise StoreError(
                f"There are no credentials for {place}.",
                hint="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile or role.",
            ) from exc
        except Boto3Error as exc:
            cause = exc.__context__
            if isinstance(cause, ClientError):
                raise _client_error(cause, place) from exc
            raise StoreError(f"{place} cannot be written: {exc}.") from exc
        except BotoCoreError as exc:
            raise StoreError(
                f"{place} cannot be reached: {exc}.",
                hint="Check the network, S3_BUCKET_NAME and AMC_S3_ENDPOINT_URL.",
            ) from exc


def _client_error(exc: Any, place: str) -> ResultMissingError | StoreError | StorageFullError:
    error = exc.response.get("Error", {})
    code = str(error.get("Code", ""))
    if code in _GONE:
        return ResultMissingError(f"The file of this result is gone from {place}.")
    words = error.get("Message") or "no reason given"
    return StoreError(f"{place} refuses ({code}): {words}", hint=_HINTS.get(code, ""))
