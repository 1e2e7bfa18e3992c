"""Files that are no part of this package: found in other packages, or downloaded, and checked."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import os
import ssl
import urllib.error
import urllib.request
import zlib
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock
from tqdm.auto import tqdm

CHUNK = 1 << 20
LIMIT = 1 << 30  # bytes; a server that never ends must not fill the disk
ATTEMPTS = 3  # how often in a row a server may break off without having sent more
BREAKS = (TimeoutError, ConnectionError, ssl.SSLError)
TIMEOUT = 20  # seconds without a byte


class DownloadError(OSError):
    """No server gave the right file; the message says what each of them did."""


class _Wrong(Exception):
    """What a server sent is not the file."""


def packaged(package: str, path: str) -> Path | None:
    """The file at `path` inside an installed package, which is not imported; None if missing."""
    spec = importlib.util.find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        if (Path(folder) / path).is_file():
            return Path(folder) / path
    return None


def digest(path: Path, algorithm: str) -> str:
    """The file's hash, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def check(path: Path, expected: str) -> None:
    """ValueError unless the file's hash is `expected`: "sha256:" or "md5:" and its digits, or as
    many of the first as are known."""
    algorithm, _, digits = expected.partition(":")
    found = digest(path, algorithm)
    if not found.startswith(digits):
        raise ValueError(
            f"{path} is not the file that it should be: its {algorithm} begins with {found[:8]}, "
            f"not with {digits[:8]}"
        )


def download(urls: Sequence[str], path: Path, expected: str) -> Path:
    """The file at `path`, checked, from the first of `urls` that gives the right one.

    It appears whole or not at all; after a break the next call goes on where this one stopped. What
    a URL ending in .gz gives is unpacked, unless `path` ends so, too: the hash (as for `check`) is
    that of the file at `path`. DownloadError: no server gave it. Other OSErrors are the disk's.
    """
    if path.exists():
        check(path, expected)  # if it is wrong, then it is not ours to remove
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):  # another notebook may want it at the same time
        if path.exists():
            check(path, expected)
            return path
        reasons = []
        for url in urls:
            try:
                _fetch(url, path, expected)
            except (_Wrong, HTTPException, urllib.error.URLError, *BREAKS) as error:
                reasons.append(f"{url}: {getattr(error, 'reason', None) or error}")
            else:
                return path
    raise DownloadError(f"{path.name} can't be downloaded: {'; '.join(reasons)}")


def _fetch(url: str, path: Path, expected: str) -> None:
    """`download` from one server."""
    packed = url.endswith(".gz") and path.suffix != ".gz"
    part = path.with_name(f"{path.name}{'.gz' if packed else ''}.part")
    resumed = part.exists()
    _transfer(url, part)
    try:
        _settle(part, path, expected, packed)
    except _Wrong:
        if not resumed:
            raise
        _transfer(url, part)  # what was there before may have been another server's
        _settle(part, path, expected, packed)


def _settle(part: Path, path: Path, expected: str, packed: bool) -> None:
    """`part`, unpacked if need be, becomes the file at `path`, or goes if its hash is wrong."""
    whole = path.with_name(f"{path.name}.whole")
    try:
        if packed:
            _unpack(part, whole)
        else:
            os.replace(part, whole)
        check(whole, expected)
        os.replace(whole, path)
    except ValueError as error:
        raise _Wrong(str(error).replace(f"{whole} is", "it sent what is")) from None
    finally:
        part.unlink(missing_ok=True)
        whole.unlink(missing_ok=True)


def _unpack(part: Path, whole: Path) -> None:
    try:
        with gzip.open(part) as packed, open(whole, "wb") as file:
            while chunk := packed.read(CHUNK):
                _write(file, chunk)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise _Wrong(f"what it sent can't be unpacked: {error}") from None


def _write(file: BinaryIO, chunk: bytes) -> None:
    if file.tell() + len(chunk) > LIMIT:
        raise _Wrong(f"it sends more than {LIMIT >> 20} MiB")
    file.write(chunk)


def _transfer(url: str, part: Path) -> None:
    """All that the server has, appended to `part`; breaks are mended as long as that helps."""
    failures = 0
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            with open(part, "ab") as file:
                _request(url, file)
            return
        except urllib.error.HTTPError as error:
            if error.code != 416 or not part.stat().st_size:
                raise
            return  # nothing is left to send, or what is there is too long: the hash will tell
        except _Wrong:
            part.unlink()
            raise
        except (HTTPException, urllib.error.URLError, *BREAKS) as error:
            after = part.stat().st_size
            failures = 0 if after > before else failures + 1
            if not after:
                part.unlink()
            if not after or failures == ATTEMPTS:
                raise urllib.error.URLError(getattr(error, "reason", error)) from None


def _request(url: str, file: BinaryIO) -> None:
    """What the server has beyond the end of `file`, appended to it."""
    start = file.tell()
    headers = {"Range": f"bytes={start}-"} if start else {}
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
        if response.status != 206:  # it sends the file from its beginning
            start = 0
            file.seek(0)
            file.truncate()
        total = None if response.length is None else start + response.length
        name = Path(url).name
        with tqdm(
            total=total, initial=start, unit="B", unit_scale=True, desc=name, leave=False
        ) as bar:
            while chunk := response.read(CHUNK):
                _write(file, chunk)
                bar.update(len(chunk))
        if total is not None and file.tell() < total:
            raise urllib.error.URLError(f"{file.tell()} of {total} bytes came")
