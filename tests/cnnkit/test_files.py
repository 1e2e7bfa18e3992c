"""Downloads, from a server on this machine that fails, lies, breaks off and never ends."""

import gzip
import hashlib
import http.server
import re
import resource
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cnnkit.data import files
from cnnkit.data.files import DownloadError, check, download, packaged

CONTENT = bytes(range(256)) * 4000  # about 1 MB
SHA256 = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
MD5 = f"md5:{hashlib.md5(CONTENT).hexdigest()}"


class Handler(http.server.BaseHTTPRequestHandler):
    """Each path is a way to behave; the server counts the bytes that it sent."""

    def do_GET(self):
        way = self.path.split("/")[1]
        self.server.requests.append((way, self.headers["Range"]))
        if way == "missing":
            self.send_error(404)
        elif way == "endless":
            self.send_response(200)
            self.end_headers()
            while self.send(b"0" * 100_000):
                pass
        else:
            getattr(self, way)()

    def good(self):
        self.reply(CONTENT)

    def other(self):
        self.reply(CONTENT[::-1])

    def packed(self):
        self.reply(gzip.compress(CONTENT))

    def bomb(self):
        self.reply(gzip.compress(b"0" * 50_000_000))

    def torn(self):
        self.reply(gzip.compress(CONTENT)[:-100])

    def breaking(self):
        """400 kB, then silence; as often as it is asked."""
        self.reply(CONTENT, most=400_000)

    def dying(self):
        """400 kB once, then nothing any more."""
        self.reply(CONTENT, most=400_000 if len(self.server.requests) == 1 else 0)

    def deaf(self):
        """Knows nothing of ranges."""
        del self.headers["Range"]
        self.reply(CONTENT)

    def reply(self, content, most=None):
        start = int((re.match(r"bytes=(\d+)-", self.headers["Range"] or "") or [0, 0])[1])
        if start and start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.send(content[start:][:most])

    def send(self, content):
        try:
            self.wfile.write(content)
            return True
        except OSError:
            return False

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.requests = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def url(server):
    return lambda way, name="file.bin": f"http://127.0.0.1:{server.server_port}/{way}/{name}"


@pytest.mark.parametrize("expected", [SHA256, MD5, SHA256[:15]])
def test_a_download_is_checked_and_whole(url, tmp_path, expected):
    path = download([url("good")], tmp_path / "new" / "file.bin", expected)
    assert path.read_bytes() == CONTENT
    assert {p.name for p in path.parent.iterdir()} <= {"file.bin", "file.bin.lock"}


def test_what_is_there_is_not_downloaded_again(url, server, tmp_path):
    for _ in range(2):
        download([url("good")], tmp_path / "file.bin", SHA256)
    assert len(server.requests) == 1


def test_a_server_that_breaks_off_is_asked_for_the_rest(url, server, tmp_path):
    path = download([url("breaking")], tmp_path / "file.bin", SHA256)
    assert path.read_bytes() == CONTENT
    assert [r for _, r in server.requests] == [None, "bytes=400000-", "bytes=800000-"]


def test_what_came_before_a_break_is_kept_for_the_next_call(url, server, tmp_path):
    with pytest.raises(DownloadError, match=r"400000 of 1024000 bytes came"):
        download([url("dying")], tmp_path / "file.bin", SHA256)
    assert not (tmp_path / "file.bin").exists()
    download([url("good")], tmp_path / "file.bin", SHA256)
    assert server.requests[-1] == ("good", "bytes=400000-")
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_server_without_ranges_starts_again(url, tmp_path):
    (tmp_path / "file.bin.part").write_bytes(CONTENT[:300_000])
    assert download([url("deaf")], tmp_path / "file.bin", SHA256).read_bytes() == CONTENT


def test_a_wrong_beginning_from_elsewhere_is_thrown_away(url, tmp_path):
    (tmp_path / "file.bin.part").write_bytes(b"something else")
    assert download([url("good")], tmp_path / "file.bin", SHA256).read_bytes() == CONTENT
    (tmp_path / "file2.bin.part").write_bytes(CONTENT + b"more")
    assert download([url("good")], tmp_path / "file2.bin", SHA256).read_bytes() == CONTENT


def test_mirrors_are_tried_in_turn_and_each_failure_is_named(url, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LIMIT", 10_000_000)
    bad = [url("missing"), url("other"), url("endless"), "http://127.0.0.1:9/refused"]
    path = tmp_path / "file.bin"
    with pytest.raises(DownloadError) as error:
        download(bad, path, SHA256)
    for reason in (
        "missing/file.bin: Not Found",
        "it sent what is not the file",
        "more than 9 MiB",
    ):
        assert reason in str(error.value)
    assert "refused" in str(error.value)
    assert not path.exists()
    assert not list(tmp_path.glob("*.part"))
    assert download([*bad, url("good")], path, SHA256).read_bytes() == CONTENT


def test_a_packed_file_is_unpacked_and_its_content_decides(url, tmp_path):
    path = download([url("packed", "file.bin.gz")], tmp_path / "file.bin", MD5)
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("way", ["good", "bomb", "torn"])
def test_what_cannot_be_unpacked_or_is_too_large_is_refused(url, tmp_path, monkeypatch, way):
    monkeypatch.setattr(files, "LIMIT", 10_000_000)
    with pytest.raises(DownloadError, match=r"unpacked|more than"):
        download([url(way, "file.bin.gz")], tmp_path / "file.bin", SHA256)
    assert {p.suffix for p in tmp_path.iterdir()} <= {".lock"}


def test_two_that_want_the_same_file_download_it_once(url, server, tmp_path):
    with ThreadPoolExecutor(4) as pool:
        wanted = [tmp_path / "file.bin"] * 4
        paths = list(pool.map(lambda path: download([url("good")], path, SHA256), wanted))
    assert {path.read_bytes() for path in paths} == {CONTENT}
    assert len(server.requests) == 1


def test_another_file_in_its_place_is_named_and_left_alone(url, tmp_path):
    (tmp_path / "file.bin").write_bytes(b"mine")
    with pytest.raises(
        ValueError, match=r"file\.bin is not the file that it should be: its sha256"
    ):
        download([url("good")], tmp_path / "file.bin", SHA256)
    assert (tmp_path / "file.bin").read_bytes() == b"mine"


def test_a_disk_that_takes_no_more_is_an_error_of_its_own(url, tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            download([url("good")], tmp_path / "file.bin", SHA256)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (tmp_path / "file.bin").exists()
    assert download([url("good")], tmp_path / "file.bin", SHA256).read_bytes() == CONTENT


def test_a_file_of_an_installed_package_is_found_without_an_import(tmp_path, monkeypatch):
    package = tmp_path / "onlydata"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "data" / "file.bin").write_bytes(CONTENT)
    monkeypatch.syspath_prepend(tmp_path)
    assert packaged("onlydata", "data/file.bin") == package / "data" / "file.bin"
    assert packaged("onlydata", "data/other.bin") is None
    assert packaged("nosuchpackage", "data/file.bin") is None
    check(package / "data" / "file.bin", SHA256)
