"""Small files that stand for enormous ones: refused or read within bounds of memory and time."""

from __future__ import annotations

import subprocess
import sys
import zlib
from pathlib import Path

import pytest

PROLOGUE = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))
from pipeline.errors import LecturebookError
path = Path(sys.argv[1])
def tell(act):
    try:
        act()
        print("read")
    except LecturebookError as error:
        print("refused" if len(str(error).splitlines()) >= 3 else repr(error))
"""
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n"
    for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)


def run(code: str, path: Path, root: Path) -> str:
    """What a process with one gigabyte of memory and a minute of time says."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROLOGUE + code, str(path)],
        capture_output=True, text=True, cwd=root, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-800:]
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.parametrize(
    "code",
    [
        "from pipeline import config\ntell(lambda: config.load(path))",
        "from pipeline import outline_edits\ntell(lambda: outline_edits.changes(path.read_text(), None))",
        "from pipeline.chapter_requests import Requests\n"
        "(path.parent / 'edits').mkdir(exist_ok=True)\n"
        "path.rename(path.parent / 'edits' / 'requests.yaml')\n"
        "tell(lambda: Requests(path.parent).of('ch01'))",
    ],
    ids=["config", "outline", "requests"],
)
@pytest.mark.parametrize("text", [LAUGHS, "a: &a [*a]\n", "[" * 20_000], ids=["laughs", "cycle", "deep"])
def test_yaml_that_stands_for_billions_of_values(tmp_path: Path, root: Path, code: str, text: str) -> None:
    path = tmp_path / "bomb.yaml"
    path.write_text(text)
    assert run(code, path, root) == "refused"


def png(width: int, height: int) -> bytes:
    """A picture of one colour: a few hundred kilobytes that unpack to gigabytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    packer = zlib.compressobj(9)
    rows = packer.compress(bytes(1 << 20)) + packer.flush()
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_frame_that_unpacks_to_gigabytes_is_no_figure(tmp_path: Path, root: Path) -> None:
    path = tmp_path / "work" / "frames" / "f001.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(png(60_000, 60_000))
    code = (
        "from pipeline.site import figures\nfrom pipeline.models import Screen\n"
        "screen = Screen(id='f001', start_s=0, end_s=1, frame='work/frames/f001.png', frame_s=0, width=9, height=9,"
        " kind='slide')\n"
        "folder = path.parent.parent.parent\n"
        "made = figures.encode(folder, [screen], printed=frozenset({'f001'}), width=640, cache=folder / 'c')\n"
        "print('refused' if made.unreadable == ('f001',) else made)"
    )
    assert run(code, path, root) == "refused"


@pytest.mark.parametrize(
    ("ending", "data"),
    [
        ("vtt", b"WEBVTT\n\n00:00.000 --> 00:01.000\n" + b"a" * 20_000_000),
        ("vtt", b"WEBVTT\n\n" + b"00:00.000 --> 00:01.000\nword\n\n" * 60_000),
        ("json3", b'{"events":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        ("srt", b"1\n00:00:00,000 --> 00:00:01,000\n" + b"<i>" * 200_000),
        ("ttml", b'<!DOCTYPE a [<!ENTITY a "' + b"x" * 1000 + b'">' + b"".join(
            f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 30}">'.encode() for i in range(9)
        ) + b']><tt xmlns="http://www.w3.org/ns/ttml"><body><div><p begin="0s" end="1s">&j;</p></div></body></tt>'),
    ],
    ids=["one long cue", "many cues", "deep JSON", "many tags", "entities"],
)  # fmt: skip
def test_captions_that_swell(tmp_path: Path, root: Path, ending: str, data: bytes) -> None:
    path = tmp_path / f"talk.en.{ending}"
    path.write_bytes(data)
    code = (
        "from pipeline.captions import read_captions, to_words\ntell(lambda: to_words(read_captions(path)))"
    )
    assert run(code, path, root) in ("read", "refused")


def test_a_reply_that_swells(tmp_path: Path, root: Path) -> None:
    path = tmp_path / "reply.txt"
    path.write_text('{"blocks": ' + "[" * 200_000)
    code = (
        "from pipeline.writers.endpoint_reply import parse\nfrom pipeline.replies import Unusable\n"
        "try:\n    parse(path.read_text())\nexcept Unusable:\n    print('refused')"
    )
    assert run(code, path, root) == "refused"
