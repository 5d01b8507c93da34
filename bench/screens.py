"""How well and how fast screens are found, beside scenedetect's detectors and (where installed) deck-extract.

    python bench/screens.py                        quality on clips drawn by lot that no constant was set on
    python bench/screens.py --set known            the same on the clips that the detector was made with
    python bench/screens.py --set tuning           the same on clips drawn by lot for setting constants
    python bench/screens.py --set real             the same on the example lecture and the shared clips
    python bench/screens.py --speed                five minutes with a moving inset, side by side
    python bench/screens.py --growth               time and memory from 5 minutes to 3 hours
    python bench/screens.py --deck PATH            a deck-extract program installed elsewhere, in the tables too

A change counts as found if a reported one lies within 2 s; each reported change may serve once. Clips are
rendered once into --cache (minutes; the set is some 20 minutes of video).
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench"), str(ROOT / "tests")]

import mixtures  # noqa: E402
import screencasts  # noqa: E402
from fakes import FakeWork  # noqa: E402

from pipeline import screens as stage  # noqa: E402
from pipeline.adapters import scenes  # noqa: E402
from pipeline.adapters.frames import facts  # noqa: E402
from pipeline.adapters.media import ffmpeg_binary  # noqa: E402
from pipeline.models import SourceVideo  # noqa: E402

TOLERANCE_S = 2.0
MEDIA = ROOT.parent / "shared" / "data" / "media"
SHARED = {
    "ari-five-slides-38s.mp4": (6.0, 17.0, 21.0, 30.0),
    "opencast-scene-change-20s.mov": (12.0,),
    "opencast-slidechanges-28s.mov": (7.3, 14.2, 21.3),
    "opencast-lecture-10s.mov": (),
}

Finder = Callable[[Path], list[float]]


@dataclass(frozen=True)
class Score:
    """Changes in the truth, reported, and matched."""

    true: int
    told: int
    right: int

    def __add__(self, other: Score) -> Score:
        return Score(self.true + other.true, self.told + other.told, self.right + other.right)

    @property
    def precision(self) -> float:
        return self.right / self.told if self.told else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def score(truth: Sequence[float], told: Sequence[float]) -> Score:
    """Match nearest pairs first, each moment once."""
    pairs = sorted(
        (abs(a - b), i, j)
        for i, a in enumerate(truth)
        for j, b in enumerate(told)
        if abs(a - b) <= TOLERANCE_S
    )
    used_true: set[int] = set()
    used_told: set[int] = set()
    for _, i, j in pairs:
        if i not in used_true and j not in used_told:
            used_true.add(i)
            used_told.add(j)
    return Score(len(truth), len(told), len(used_true))


# ------------------------------------------------------------------------------------------------- finders


def changes(starts: Iterable[float]) -> list[float]:
    """Where screens begin, but for the first: one that comes up on an empty page at once is no change."""
    begins = list(starts)
    return begins[1:] if begins and begins[0] <= TOLERANCE_S else begins


def ours(path: Path) -> list[float]:
    """The stage as it runs, but for reading the text; where a screen begins is a change."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "media").symlink_to(path.resolve())
        told = facts(path)
        video = SourceVideo(
            id="clip", url=None, moment_url=None, title="", duration_s=told.duration_s, media="media",
            sha256="0" * 64, has_video=True, has_audio=False,
        )  # fmt: skip
        found = stage.run(
            FakeWork(Path(folder), video),
            find_screens=scenes.find_screens,
            get_frame=scenes.get_frame,
            make_text_reader=lambda name: None,
        )
        return changes(one.start_s for one in found.screens)


def detection_only(path: Path) -> list[float]:
    return changes(one.start_s for one in scenes.find_screens(path))


def stock(name: str) -> Finder:
    def find(path: Path) -> list[float]:
        from scenedetect import SceneManager, open_video

        manager = SceneManager()
        manager.add_detector(scenes.stock_detector(name))
        manager.detect_scenes(open_video(str(path), backend="pyav"))
        return [start.seconds for start, _ in manager.get_scene_list()][1:]

    return find


def deck_extract(program: str) -> Finder:
    """The peer; its slides' file names carry the time at which each was taken up."""

    def find(path: Path) -> list[float]:
        with tempfile.TemporaryDirectory() as folder:
            command = [program, str(path), "-o", folder, "--no-pdf", "--no-pptx", "--no-zip"]
            subprocess.run(command, check=True, capture_output=True, timeout=1800)
            return sorted(at for at in _times_in_names(Path(folder)) if at > 0.5)

    return find


def _times_in_names(folder: Path) -> list[float]:
    times = []
    for file in folder.rglob("*.png"):
        if match := re.search(r"(\d+)-(\d+)-(\d+)$", file.stem):
            hours, minutes, seconds = (int(part) for part in match.groups())
            times.append(hours * 3600.0 + minutes * 60 + seconds)
    return times


# -------------------------------------------------------------------------------------------------- tables


Material = list[tuple[str, Path, list[float]]]
"""Name, file and true changes of each clip."""


def drawn(clips: dict[str, screencasts.Clip], cache: Path) -> Material:
    return [
        (name, rendered(clip, cache), [one.start_s for one in clip.truth if one.start_s > 0])
        for name, clip in clips.items()
    ]


def real(cache: Path) -> Material:
    """The example lecture, and the shared clips where they are."""
    found: Material = []
    example = ROOT / "examples" / "bpe-lecture"
    if (example / "truth.json").exists() and (example / "lecture.mp4").exists():
        known = json.loads((example / "truth.json").read_text(encoding="utf-8"))["screens"]
        # A page scrolled by most of its height is two screens by the rule of `pipeline.pictures`: its top is lost.
        scrolled = [one["scrolled_s"][0] for one in known if one["scrolled_s"]]
        truth = sorted([one["start_s"] for one in known if one["start_s"] > 0] + scrolled)
        found.append(("example lecture", example / "lecture.mp4", truth))
    found += [(name, MEDIA / name, list(truth)) for name, truth in SHARED.items() if (MEDIA / name).exists()]
    return found


SETS: dict[str, Callable[[Path], Material]] = {
    "held-out": lambda cache: drawn(mixtures.clips(mixtures.HELD_OUT), cache),
    "tuning": lambda cache: drawn(mixtures.clips(mixtures.TUNING), cache),
    "known": lambda cache: drawn(screencasts.clips(), cache),
    "real": real,
}


def rendered(clip: screencasts.Clip, cache: Path) -> Path:
    """The clip's file, made if it is not there yet."""
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / f"{re.sub('[^a-z0-9]+', '_', clip.name.lower())}.mkv"
    if not path.exists():
        partial = path.with_suffix(".part.mkv")
        clip.write(partial)
        partial.rename(path)
    return path


def quality(material: Material, finders: dict[str, Finder]) -> dict[str, object]:
    """Scores per clip and in all."""
    totals = {name: Score(0, 0, 0) for name in finders}
    seconds = dict.fromkeys(finders, 0.0)
    rows: list[dict[str, object]] = []
    print(f"{'clip':44s} changes  " + "  ".join(f"{name:>16s}" for name in finders), flush=True)
    for name, path, truth in material:
        cells, row = [], {"clip": name, "changes": len(truth)}
        for finder, find in finders.items():
            began = time.perf_counter()
            got = score(truth, find(path))
            seconds[finder] += time.perf_counter() - began
            totals[finder] += got
            cells.append(f"{got.right}/{got.told} found".rjust(16))
            row[finder] = {"right": got.right, "told": got.told}
        rows.append(row)
        print(f"{name:44s} {len(truth):7d}  " + "  ".join(cells), flush=True)
    for label, value in (
        ("precision", lambda s: s.precision),
        ("recall", lambda s: s.recall),
        ("F1", lambda s: s.f1),
    ):
        print(f"{label:52s}  " + "  ".join(f"{value(totals[name]):16.3f}" for name in finders))
    print(f"{'seconds':52s}  " + "  ".join(f"{seconds[name]:16.1f}" for name in finders))
    summary = {
        name: {"precision": t.precision, "recall": t.recall, "f1": t.f1, "seconds": seconds[name]}
        for name, t in totals.items()
    }
    return {"clips": rows, "summary": summary}


def speed(cache: Path, finders: dict[str, Finder], rounds: int) -> dict[str, object]:
    """Seconds on five minutes of 720p with a moving inset, all finders in turn, medians of the rounds."""
    path = rendered(screencasts.lecture(300.0, name="lecture 5 min"), cache)
    taken: dict[str, list[float]] = {name: [] for name in finders}
    for _ in range(rounds):
        for name, find in finders.items():
            began = time.perf_counter()
            find(path)
            taken[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    base = medians["ours"]
    for name, seconds in medians.items():
        print(f"{name:20s} {seconds:7.2f} s   {seconds / base:5.1f} times ours")
    return {"seconds": medians}


def growth(cache: Path) -> dict[str, object]:
    """Time and peak memory of detection for ever longer recordings, each in a process of its own."""
    rows = []
    for minutes in (5, 15, 45, 90, 180):
        path = looped(cache, minutes)
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, __file__, "--one", str(path)], check=True, capture_output=True, text=True
        )
        seconds = time.perf_counter() - began
        facts = json.loads(done.stdout)
        rows.append({"minutes": minutes, "seconds": seconds, **facts})
        print(
            f"{minutes:4d} min  {seconds:7.2f} s  {seconds / minutes:6.3f} s a minute  "
            f"{facts['peak_mb']:6.0f} MB  {facts['screens']} screens",
            flush=True,
        )
    return {"growth": rows}


def looped(cache: Path, minutes: int) -> Path:
    """The five-minute lecture again and again, packets copied."""
    source = rendered(screencasts.lecture(300.0, name="lecture 5 min"), cache)
    path = cache / f"lecture_{minutes}_min.mkv"
    if not path.exists():
        loop = ["-stream_loop", str(minutes // 5 - 1), "-i", str(source), "-c", "copy", str(path)]
        subprocess.run([ffmpeg_binary(), "-v", "error", *loop], check=True)
    return path


def one(path: Path) -> None:
    """Detection alone, for `growth`: prints peak memory and the number of screens."""
    found = scenes.find_screens(path)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"peak_mb": peak_mb, "screens": len(found)}))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "lecturebook-screencasts")
    parser.add_argument("--set", choices=list(SETS), default="held-out")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--deck", help="the deck-extract program")
    parser.add_argument("--only-ours", action="store_true")
    parser.add_argument("--json", type=Path, help="write the numbers to this file as well")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one(options.one)
        return
    finders: dict[str, Finder] = {"ours": detection_only if options.speed else ours}
    if not options.only_ours:
        finders |= {f"detect-{name}": stock(name) for name in ("content", "adaptive")}
        if options.deck:
            finders["deck-extract"] = deck_extract(options.deck)
    if options.speed:
        result = speed(options.cache, finders, options.rounds)
    elif options.growth:
        result = growth(options.cache)
    else:
        result = quality(SETS[options.set](options.cache), finders)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
