"""Recordings with damaged headers, each probed and decoded in a process that may not outgrow its limits.

Run as a program it takes recordings on its command line and prints a line for each; a decoder that brings the
process down is then known by the recording it was at.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "examples" / "bpe-lecture" / "lecture.mp4"
ENDINGS = ("mp4", "mkv", "webm", "mov", "mp3", "ogg", "wav", "avi", "flac", "ts")
MEMORY_BYTES = 6 << 30
"""Of address space: decoders reserve much more than they use."""
LIMIT_S = 60.0
BATCH = 20


@dataclass
class Result:
    cases: int = 0
    read: int = 0
    refused: int = 0
    peak_mb: float = 0.0
    crashed: list[str] = field(default_factory=list)
    hung: list[str] = field(default_factory=list)


def originals(folder: Path) -> list[bytes]:
    """Two seconds of the example in several containers."""
    from pipeline.adapters import media

    made = []
    for ending in ENDINGS:
        path = folder / f"original.{ending}"
        media.cut(EXAMPLE, path, 2.0, 4.0)
        made.append(path.read_bytes())
    return made


def damaged(original: bytes, chance: random.Random) -> bytes:
    """Bytes overwritten, mostly near the beginning or the end, where headers and indexes are; or it is cut off."""
    data = bytearray(original)
    for _ in range(chance.choice((1, 2, 4, 16, 64))):
        near = min(len(data), chance.choice((64, 600, 4000, len(data))))
        at = chance.randrange(near) if chance.random() < 0.7 else len(data) - 1 - chance.randrange(near)
        data[at] = chance.choice((0, 255, 127, 128, chance.randrange(256)))
    if chance.random() < 0.15:
        data = data[: chance.randrange(len(data))]
    if chance.random() < 0.05:
        at = chance.randrange(len(data) + 1)
        data[at:at] = bytes([chance.choice((0, 255))]) * chance.randrange(1, 100_000)
    return bytes(data)


def many(folder: Path, count: int, seed: int) -> Result:
    """So many damaged recordings through the program below, in batches."""
    chance = random.Random(seed)
    whole = originals(folder)
    result = Result()
    for first in range(0, count, BATCH):
        paths = []
        for number in range(first, min(first + BATCH, count)):
            path = folder / f"damaged-{number}.bin"
            path.write_bytes(damaged(whole[number % len(whole)], chance))
            paths.append(path)
        while paths:
            paths = paths[_batch(paths, result) :]
        for path in folder.glob("damaged-*"):
            path.unlink()
    return result


def _batch(paths: list[Path], result: Result) -> int:
    """Put recordings through one process; how many it got through, one that ended it included."""
    done: list[str] = []
    try:
        ended = subprocess.run(
            [sys.executable, __file__, *map(str, paths)],
            capture_output=True, text=True, timeout=LIMIT_S * 4, cwd=ROOT, check=False,
        )  # fmt: skip
        done = ended.stdout.splitlines()
        code = ended.returncode
        why = ended.stderr[-500:]
    except subprocess.TimeoutExpired as expired:
        done = (expired.stdout or b"").decode().splitlines()
        code, why = -1, "took too long"
    for line in done:
        kind, seconds, memory, said = line.split("\t", 3)
        result.cases += 1
        result.read += kind == "read"
        result.refused += kind == "refused"
        result.peak_mb = max(result.peak_mb, float(memory))
        if kind == "crash":
            result.crashed.append(said)
        if float(seconds) > LIMIT_S:
            result.hung.append(f"{said} ({seconds} s)")
    if len(done) < len(paths):
        result.cases += 1
        (result.hung if why == "took too long" else result.crashed).append(
            f"process ended with {code}: {why}"
        )
        return len(done) + 1
    return len(paths)


def peak_mb() -> float:
    """The most memory this program had at once, in MB.

    `getrusage` would count what the process that started this one had: exec carries its mark over.
    """
    import resource

    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    import resource
    import warnings

    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    for name in sys.argv[1:]:
        began = time.monotonic()
        kind, said = _one(Path(name))
        print(kind, f"{time.monotonic() - began:.1f}", f"{peak_mb():.0f}", said, sep="\t", flush=True)


def _one(path: Path) -> tuple[str, str]:
    """What the download stage, the screens' detector and the recognizer's ears make of a recording."""
    from pipeline.adapters import audio, media, scenes
    from pipeline.errors import LecturebookError

    try:
        found = media.probe(path)
        if found.has_audio:
            heard = 0
            for block in audio.read_audio(path):
                heard += len(block)
                if heard > 16_000 * 60:
                    break
        if found.has_video:
            scenes.find_screens(path, "screens", lambda done, total: None)
            scenes.get_frame(path, min(1.0, found.duration_s / 2))
    except LecturebookError as error:
        lines = str(error).splitlines()
        return ("refused", lines[0][:100]) if len(lines) == 3 else ("crash", f"not three lines: {error!r}")
    except BaseException as error:
        import traceback

        place = traceback.extract_tb(error.__traceback__)[-1]
        return (
            "crash",
            f"{type(error).__name__}: {str(error)[:100]} at {place.filename}:{place.lineno}".replace(
                "\n", " "
            ),
        )
    return "read", ""


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
