"""Sources: a folder of one's own, then the cache, then the owner; or one sentence that says what to do."""

import gc
import hashlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pooch
import pytest

from softlabel_core.data import sources
from softlabel_core.data.sources import DataUnavailable, Source

# pooch leaves the connection of a failed download to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

CONTENT = b"votes of people\n" * 500


class Owner(ThreadingHTTPServer):
    """A web server on this machine that answers with `content` and counts how often it is asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked, self.status, self.content, self.promised = 0, 200, CONTENT, len(CONTENT)

    def source(self, file="folder/votes.csv"):
        address = f"http://127.0.0.1:{self.server_address[1]}/votes.csv"
        return Source(file, address, hashlib.sha256(CONTENT).hexdigest())


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked += 1
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(self.server.promised))
        self.end_headers()
        self.wfile.write(self.server.content)

    def log_message(self, *given):
        pass


@pytest.fixture
def owner():
    with Owner() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True, scope="module")
def collected():
    """Collect those connections here, where the warning is expected."""
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache, no folder of one's own, no proxy, no waiting between attempts."""
    for variable in (
        "SOFTLABEL_DATA",
        "SOFTLABEL_OFFLINE",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
    ):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(pooch.core.time, "sleep", lambda seconds: None)
    return tmp_path / "cache" / "softlabel"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder of one's own that SOFTLABEL_DATA names."""
    folder = tmp_path / "own"
    (folder / "folder").mkdir(parents=True)
    monkeypatch.setenv("SOFTLABEL_DATA", str(folder))
    return folder


def sentence(source):
    """The sentence with which a file is refused; it names the file, its address, and where to put it."""
    with pytest.raises(DataUnavailable) as error:
        sources.locate(source)
    message = str(error.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert source.file in message
    assert source.address in message
    assert "SOFTLABEL_DATA" in message
    return message


def files_below(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_downloaded_once_and_kept(owner, cache):
    first = sources.locate(owner.source())
    assert first == cache / "folder" / "votes.csv"
    assert first.read_bytes() == CONTENT
    assert sources.locate(owner.source()) == first
    assert owner.asked == 1


def test_a_folder_of_ones_own_comes_before_cache_and_owner(owner, cache, own):
    for folder in (own, cache):
        (folder / "folder").mkdir(parents=True, exist_ok=True)
        (folder / "folder" / "votes.csv").write_bytes(CONTENT)
    assert sources.locate(owner.source()) == own / "folder" / "votes.csv"
    (own / "folder" / "votes.csv").unlink()
    assert sources.locate(owner.source()) == cache / "folder" / "votes.csv"
    assert owner.asked == 0


def test_a_folder_of_ones_own_without_the_file_leads_to_the_owner(owner, cache, own):
    assert sources.locate(owner.source()) == cache / "folder" / "votes.csv"
    assert files_below(own) == []


def test_an_altered_download_is_refused_and_not_kept(owner, cache):
    owner.content = CONTENT[:-1] + b"!"
    message = sentence(owner.source())
    assert "the download failed" in message
    assert str(cache) in message
    assert files_below(cache) == []
    owner.content = CONTENT
    assert sources.locate(owner.source()).read_bytes() == CONTENT


def test_a_download_that_breaks_off_is_refused_and_not_kept(owner, cache):
    owner.content = CONTENT[: len(CONTENT) // 2]
    assert "the download failed" in sentence(owner.source())
    assert files_below(cache) == []


@pytest.mark.parametrize("status", [404, 500])
def test_an_owner_without_the_file_is_reported(owner, cache, status):
    owner.status = status
    message = sentence(owner.source())
    assert str(status) in message
    assert str(cache) in message
    assert files_below(cache) == []


def test_a_failing_owner_is_asked_again(owner):
    owner.status = 500
    sentence(owner.source())
    assert owner.asked == 3


def test_an_owner_that_is_down_is_reported(cache):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: a connection is refused
        source = Source("votes.csv", f"http://127.0.0.1:{taken.getsockname()[1]}/votes.csv", "0" * 64)
        message = sentence(source)
    assert "the download failed" in message
    assert f"put it into {cache} as votes.csv" in message


def test_a_cache_that_cannot_be_written_is_reported(owner, cache):
    cache.parent.mkdir()
    cache.write_text("a file where the folder should be")
    assert "the download failed" in sentence(owner.source())


@pytest.mark.parametrize("setting", ["1", "yes"])
def test_offline_asks_nobody(owner, monkeypatch, setting):
    monkeypatch.setenv("SOFTLABEL_OFFLINE", setting)
    assert "no download was tried" in sentence(owner.source())
    assert owner.asked == 0


@pytest.mark.parametrize("setting", ["", "0"])
def test_offline_can_be_switched_off(owner, monkeypatch, setting):
    monkeypatch.setenv("SOFTLABEL_OFFLINE", setting)
    assert sources.locate(owner.source()).is_file()


def test_offline_still_reads_what_is_at_hand(owner, own, monkeypatch):
    monkeypatch.setenv("SOFTLABEL_OFFLINE", "1")
    (own / "folder" / "votes.csv").write_bytes(CONTENT)
    assert sources.locate(owner.source()).read_bytes() == CONTENT


def test_the_folder_to_put_a_file_into_is_ones_own_where_there_is_one(owner, own):
    owner.status = 404
    assert f"put it into {own} as folder/votes.csv" in sentence(owner.source())


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b"\n", b"", CONTENT[:-1] + b"!"])
def test_a_truncated_or_altered_file_is_named(owner, own, content):
    path = own / "folder" / "votes.csv"
    path.write_bytes(content)
    with pytest.raises(
        DataUnavailable, match=r"is truncated or altered \(SHA-256 .*; delete it, or put the "
    ) as error:
        sources.locate(owner.source())
    assert str(error.value).startswith(str(path))
    assert owner.asked == 0


def test_a_file_without_an_address_is_asked_of_nobody(cache):
    with pytest.raises(
        DataUnavailable, match=r"^bundle\.npz is not at hand .*it has no address of its own"
    ) as error:
        sources.locate(Source("bundle.npz", None, "0" * 64))
    assert str(cache) in str(error.value)


def test_at_hand_never_downloads(owner):
    assert sources.at_hand(owner.source()) is None
    assert owner.asked == 0


def test_a_variable_that_names_no_folder_is_refused(owner, tmp_path, monkeypatch):
    monkeypatch.setenv("SOFTLABEL_DATA", str(tmp_path / "gone"))
    with pytest.raises(
        DataUnavailable, match=r"^SOFTLABEL_DATA names .*gone, which is not a folder; correct it or "
    ):
        sources.locate(owner.source())


def test_the_cache_is_below_the_home_folder_by_default(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert sources.cache_folder() == tmp_path / ".cache" / "softlabel"
