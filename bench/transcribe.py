"""Time the speech engines side by side, and count their errors, on the same sound.

    python bench/transcribe.py                     the table: the example repeated to ten minutes
    python bench/transcribe.py --json              the numbers
    python bench/transcribe.py --seconds 120       less sound
    python bench/transcribe.py --engine fast --engine reference
    python bench/transcribe.py --speech FOLDER     clips with a manifest.json instead (audio, text)
    python bench/transcribe.py --repeat 3          median of three runs, engines in turn
    python bench/transcribe.py --threads 1         one thread each: processor time without threads that wait

`fast` is the stage's default; `reference` is openai-whisper with the same weights, greedy as its own default is (left
out where it is not installed). Speed is seconds of sound a second, word times included; beside it the processor time a
second of sound, which other programs on the machine disturb less. The word error rate is taken after lower-casing, with
number words as digits and without "um" and "uh"; its interval, and that of the difference to the reference, come from
2,000 draws of the reference's sentences. What else was tried, and what it gained, stands in ADR 0020.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pipeline.adapters.audio import read_audio  # noqa: E402
from pipeline.adapters.recognizers import make_recognizer  # noqa: E402
from pipeline.adapters.voice_activity import find_speech  # noqa: E402
from pipeline.config import TranscribeOptions, WeightsOptions  # noqa: E402
from pipeline.interfaces import Recognizer, Samples  # noqa: E402
from pipeline.sound import SAMPLE_RATE, windows  # noqa: E402

EXAMPLE = ROOT / "examples" / "bpe-lecture"
DRAWS = 2000
WINDOW_S = 300.0

SETTINGS: dict[str, dict[str, object]] = {
    "fast": {"engine": "faster-whisper", "beam_size": 2},
    "fast, greedy": {"engine": "faster-whisper", "beam_size": 1},
    "fast, beam 5": {"engine": "faster-whisper", "beam_size": 5},
    "fast, tiny.en": {"engine": "faster-whisper", "beam_size": 2, "model": "tiny.en"},
    "thorough": {"engine": "faster-whisper", "beam_size": 2},
    "reference": {"engine": "openai-whisper", "beam_size": 1},
}
DEFAULT = ("fast", "reference")


@dataclass
class Result:
    """One engine's runs."""

    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    text: str = ""
    load_s: float = 0.0


def main() -> None:
    options = _arguments()
    audio, sentences = _speech(options.speech) if options.speech else _example(options.seconds)
    length_s = len(audio) / SAMPLE_RATE
    names = options.engine or [name for name in DEFAULT if name != "reference" or find_spec("whisper")]
    results = {name: Result() for name in names}
    engines = {name: _load(name, options.model, options.threads, results[name]) for name in names}
    for _ in range(options.repeat):
        for name, engine in engines.items():
            _run(engine, audio, results[name], thorough=name == "thorough")
            result = results[name]
            print(
                f"{name}: {result.wall_s[-1]:.0f} s, {result.cpu_s[-1]:.0f} s of processor time",
                file=sys.stderr,
            )
    errors = {name: _errors(sentences, result.text) for name, result in results.items()}
    rows = [_row(name, results[name], errors, sentences, length_s) for name in names]
    if options.json:
        print(json.dumps({"seconds": round(length_s, 1), "model": options.model, "engines": rows}, indent=1))
    else:
        _print(rows, length_s, options.model)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", action="append", choices=SETTINGS)
    parser.add_argument("--model", default="base")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--speech", type=Path)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _example(seconds: float) -> tuple[Samples, list[str]]:
    """The example repeated until it is long enough, whole times."""
    once = np.concatenate(list(read_audio(EXAMPLE / "lecture.mp4")))
    truth = json.loads((EXAMPLE / "truth.json").read_text())["sentences"]
    length_s = len(once) / SAMPLE_RATE
    if seconds < length_s:
        whole = [s for s in truth if s["end_s"] < seconds]
        # To the end of the last whole sentence: the words of one cut off would count as errors.
        return once[: round((whole[-1]["end_s"] + 0.2) * SAMPLE_RATE)], [s["text"] for s in whole]
    times = max(round(seconds / length_s), 1)
    return np.concatenate([once] * times), [s["text"] for s in truth] * times


def _speech(folder: Path) -> tuple[Samples, list[str]]:
    clips = json.loads((folder / "manifest.json").read_text())
    pause = np.zeros(SAMPLE_RATE, np.float32)
    sounds = [part for clip in clips for part in (*read_audio(folder / clip["audio"]), pause)]
    return np.concatenate(sounds), [clip["text"] for clip in clips]


def _load(name: str, model: str, threads: int, result: Result) -> Recognizer:
    settings = TranscribeOptions.model_validate({"model": model, "threads": threads} | SETTINGS[name])
    start = time.perf_counter()
    engine = make_recognizer(
        settings,
        WeightsOptions(),
        "en",
        tell=lambda said: print(said, file=sys.stderr),
        progress=lambda *_: None,
    )
    result.load_s = time.perf_counter() - start
    return engine


def _run(engine: Recognizer, audio: Samples, result: Result, *, thorough: bool) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    texts = []
    # The stage asks where speech is, too; the detector's time belongs to the engine's.
    for _, window in windows([audio], WINDOW_S):
        find_speech(window)
        texts += [
            word.text for word in engine.transcribe(window, language="en", prompt="", thorough=thorough).words
        ]
    result.wall_s.append(time.perf_counter() - wall)
    result.cpu_s.append(time.process_time() - cpu)
    result.text = " ".join(texts)


# ------------------------------------------------------------------------------------------------------ errors


def plain(text: str) -> list[str]:
    """Words to be compared: lower case, numbers as digits, no punctuation, no "um"."""
    from text_to_num import alpha2digit

    text = re.sub(r"(?<=\d),(?=\d{3})", "", text.lower().replace("’", "'").replace("-", " "))
    text = alpha2digit(re.sub(r"[^\w\s']", " ", text), "en")
    return [word for word in text.split() if word not in {"um", "uh"}]


def _errors(sentences: list[str], heard: str) -> np.ndarray:
    """Word errors of each sentence; an insertion belongs to the sentence of the word before it."""
    import jiwer

    reference = [plain(sentence) for sentence in sentences]
    owner = [number for number, words in enumerate(reference) for _ in words]
    output = jiwer.process_words(" ".join(w for words in reference for w in words), " ".join(plain(heard)))
    errors = np.zeros(len(sentences))
    for chunk in output.alignments[0]:
        if chunk.type == "equal":
            continue
        if chunk.type == "insert":
            errors[owner[max(chunk.ref_start_idx - 1, 0)]] += chunk.hyp_end_idx - chunk.hyp_start_idx
        for place in range(chunk.ref_start_idx, chunk.ref_end_idx):
            errors[owner[place]] += 1
    return errors


def _interval(draw: Callable[[np.ndarray], float], size: int) -> tuple[float, float]:
    """The middle 95 % of what is drawn."""
    rng = np.random.default_rng(0)
    drawn = [draw(rng.integers(0, size, size)) for _ in range(DRAWS)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def _row(
    name: str, result: Result, errors: dict[str, np.ndarray], sentences: list[str], length_s: float
) -> dict[str, object]:
    words = np.array([len(plain(sentence)) for sentence in sentences])
    own = errors[name]
    row: dict[str, object] = {
        "engine": name,
        "speed": round(length_s / statistics.median(result.wall_s), 2),
        "cpu_per_s": round(statistics.median(result.cpu_s) / length_s, 4),
        "load_s": round(result.load_s, 2),
        "wer": round(float(own.sum() / words.sum()), 4),
        "wer_95": [round(x, 4) for x in _interval(lambda n: own[n].sum() / words[n].sum(), len(sentences))],
    }
    if "reference" in errors and name != "reference":
        other = errors["reference"]
        row["wer_over_reference"] = round(float((own - other).sum() / words.sum()), 4)
        row["wer_over_reference_95"] = [
            round(x, 4) for x in _interval(lambda n: (own - other)[n].sum() / words[n].sum(), len(sentences))
        ]
    return row


def _print(rows: list[dict[str, object]], length_s: float, model: str) -> None:
    print(f"{length_s:.0f} s of speech, model {model}\n")
    print(f"{'engine':<16}{'speed':>9}{'CPU s/s':>10}{'WER':>8}  {'95 %':<16}{'over reference':<24}")
    for line in _lines(rows):
        print(line)
    speeds = {str(row["engine"]): row for row in rows}
    if {"fast", "reference"} <= speeds.keys():
        fast, reference = speeds["fast"], speeds["reference"]
        wall = float(str(fast["speed"])) / float(str(reference["speed"]))
        cpu = float(str(reference["cpu_per_s"])) / float(str(fast["cpu_per_s"]))
        print(
            f"\nfast is {wall:.1f} times the reference's speed ({cpu:.1f} by processor time); the aim is 3."
        )


def _lines(rows: list[dict[str, object]]) -> Iterator[str]:
    for row in rows:
        low, high = row["wer_95"]  # type: ignore[misc]
        over = ""
        if "wer_over_reference" in row:
            less, more = row["wer_over_reference_95"]  # type: ignore[misc]
            over = f"{row['wer_over_reference']:+.1%} ({less:+.1%} to {more:+.1%})"
        yield (
            f"{row['engine']:<16}{row['speed']:>8}×{row['cpu_per_s']:>10}{row['wer']:>8.1%}  "
            f"{f'{low:.1%} to {high:.1%}':<16}{over:<24}"
        )


if __name__ == "__main__":
    main()
