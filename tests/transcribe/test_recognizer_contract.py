"""One contract for every speech recognizer, with real weights and real speech."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from difflib import SequenceMatcher
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from components import absent

from pipeline.adapters.faster_whisper_engine import FasterWhisper
from pipeline.adapters.openai_whisper_engine import OpenAIWhisper
from pipeline.adapters.voice_activity import PIECE_S, find_speech, speech_pieces
from pipeline.errors import MissingTool, WeightsError
from pipeline.interfaces import Heard, Recognizer, Samples
from pipeline.sound import SAMPLE_RATE

pytestmark = [
    pytest.mark.weights,
    # openai-whisper opens its vocabulary and leaves the closing to the garbage collector.
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <_io.FileIO name='.*whisper/assets:pytest.PytestUnraisableExceptionWarning"
    ),
]

Load = Callable[[str], Recognizer]
JFK = (
    "and so my fellow americans ask not what your country can do for you ask what you can do for your country"
)


@pytest.fixture(scope="module", params=["faster-whisper", "openai-whisper"])
def load(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Loads an engine with a model; each is loaded once."""
    if request.param == "openai-whisper" and find_spec("whisper") is None:
        absent("the extra openai-whisper (make openai-whisper)")
    checkpoints = tmp_path_factory.mktemp("checkpoints")
    loaded: dict[str, Recognizer] = {}

    def load(name: str) -> Recognizer:
        if name not in loaded:
            folder = request.getfixturevalue({"tiny.en": "tiny", "base": "base"}[name])
            loaded[name] = (
                FasterWhisper(folder, name)
                if request.param == "faster-whisper"
                # One thread: tests run side by side, and threads that wait for a busy core spin.
                else OpenAIWhisper(folder, name, checkpoints=checkpoints, threads=1)
            )
        return loaded[name]

    return load


@pytest.fixture(scope="module")
def jfk(data: Path, hear_file: Callable[[Path], Samples]) -> Samples:
    return hear_file(data / "speech" / "jfk.flac")


@pytest.fixture(scope="module")
def hear_jfk(load: Load, jfk: Samples) -> Callable[[bool], Heard]:
    """What the engine hears of it, thoroughly or not; heard once."""
    return cache(
        lambda thorough: load("tiny.en").transcribe(jfk, language="en", prompt="", thorough=thorough)
    )


def _bare(texts: list[str]) -> list[str]:
    return [re.sub(r"[^\w']", "", text.lower()) for text in texts]


@pytest.mark.parametrize("thorough", [False, True])
def test_words_and_their_times(hear_jfk: Callable[[bool], Heard], jfk: Samples, thorough: bool) -> None:
    heard = hear_jfk(thorough)
    assert " ".join(_bare([word.text for word in heard.words])) == JFK
    assert heard.language == "en"
    starts = [word.start_s for word in heard.words]
    assert starts == sorted(starts)
    assert all(0 <= word.start_s <= word.end_s <= len(jfk) / SAMPLE_RATE for word in heard.words)
    assert all(0 < word.probability <= 1 for word in heard.words)
    # Where the detector hears the second "ask" begin: word times have to be on the sound's clock.
    at = dict(zip(_bare([word.text for word in heard.words]), heard.words, strict=True))
    assert at["country"].end_s == pytest.approx(10.5, abs=0.35)
    assert heard.words[4].end_s == pytest.approx(2.27, abs=0.35)


def test_both_ways_of_hearing_agree_on_when(hear_jfk: Callable[[bool], Heard]) -> None:
    fast, slow = hear_jfk(False).words, hear_jfk(True).words
    apart = [abs(a.end_s - b.end_s) for a, b in zip(fast, slow, strict=True)]
    assert sorted(apart)[len(apart) // 2] < 0.15


def test_silence_has_no_words(load: Load) -> None:
    assert load("tiny.en").transcribe(
        np.zeros(5 * SAMPLE_RATE, np.float32), language="en", prompt=""
    ).words == () or (
        # openai-whisper has no voice filter and may make words up: the stage takes them out.
        load("tiny.en").engine.startswith("openai")
    )


def test_a_word_of_sound_is_enough(load: Load, jfk: Samples) -> None:
    assert load("tiny.en").transcribe(jfk[: round(0.05 * SAMPLE_RATE)], language="en", prompt="").words == ()


def test_prompt_spells_names(load: Load, example: Path, hear_file: Callable[[Path], Samples]) -> None:
    # "By the way, UTF-8 was designed by Ken Thompson and Rob Pike in 1992", and its sum-up of names at 5:31.
    part = hear_file(example)[round(331.8 * SAMPLE_RATE) : round(344.5 * SAMPLE_RATE)]
    plain = load("tiny.en").transcribe(part, language="en", prompt="")
    primed = load("tiny.en").transcribe(
        part, language="en", prompt="Byte pair encoding. Rico Sennrich, Barry Haddow, Alexandra Birch."
    )
    names = {"sennrich", "haddow", "alexandra", "birch"}
    right = names & set(_bare([word.text for word in primed.words]))
    assert len(right) > len(names & set(_bare([word.text for word in plain.words])))
    assert len(right) >= 3
    # A prompt must not get into the transcript.
    assert "encoding" not in _bare([word.text for word in primed.words])


def test_english_only_models_say_english(load: Load, jfk: Samples) -> None:
    assert load("tiny.en").detect_language(jfk) == "en"


def test_language_is_detected(load: Load, jfk: Samples) -> None:
    assert load("base").detect_language(jfk) == "en"


def test_another_language(load: Load, tmp_path: Path, hear_file: Callable[[Path], Samples]) -> None:
    audio = hear_file(_german(tmp_path))
    engine = load("base")
    assert engine.detect_language(audio) == "de"
    heard = " ".join(_bare([word.text for word in engine.transcribe(audio, language="de", prompt="").words]))
    assert SequenceMatcher(None, heard, "guten tag und willkommen zu dieser vorlesung").ratio() > 0.8


def _german(folder: Path) -> Path:
    import shutil
    import subprocess

    if (espeak := shutil.which("espeak-ng")) is None:
        absent("espeak-ng, which speaks German here,")
    path = folder / "de.wav"
    said = "Guten Tag und willkommen zu dieser Vorlesung."
    subprocess.run([espeak, "-v", "de", "-s", "140", "-w", str(path), said], check=True, capture_output=True)
    return path


def test_weights_that_are_none_are_said(load: Load, tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"no weights")
    kind = type(load("tiny.en"))
    more = {"checkpoints": tmp_path} if kind is OpenAIWhisper else {}
    with pytest.raises(WeightsError, match="holds no Whisper model"):
        kind(tmp_path, "broken", **more)  # type: ignore[call-arg]


def test_engine_that_is_not_installed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "whisper", None)  # what `import` sees where it is not installed
    with pytest.raises(MissingTool, match="openai-whisper is not installed") as caught:
        OpenAIWhisper(tmp_path, "tiny.en", checkpoints=tmp_path)
    assert "make openai-whisper" in caught.value.fix
    assert caught.value.exit_code == 8


def test_speech_under_music_is_heard(load: Load, jfk: Samples) -> None:
    rng = np.random.default_rng(1)
    time = np.arange(len(jfk)) / SAMPLE_RATE
    chord = sum(np.sin(2 * np.pi * pitch * time) for pitch in (220.0, 277.2, 329.6, 440.0))
    music = (
        0.012 * chord * (1 + 0.5 * np.sin(2 * np.pi * 2 * time)) + rng.normal(0, 0.002, len(jfk))
    ).astype(np.float32)
    heard = load("tiny.en").transcribe(jfk + music, language="en", prompt="")
    ratio = SequenceMatcher(None, _bare([word.text for word in heard.words]), JFK.split()).ratio()
    assert ratio > 0.85


# --------------------------------------------------------------------------------------- voice activity


def test_speech_is_found_and_silence_is_not(jfk: Samples) -> None:
    assert find_speech(np.zeros(SAMPLE_RATE * 3, np.float32)) == []
    assert find_speech(np.zeros(10, np.float32)) == []
    speech = find_speech(jfk)
    assert 7 < sum(end - start for start, end in speech) < 10.5


def test_pieces_hold_all_speech_in_order(jfk: Samples) -> None:
    long = np.concatenate([jfk, np.zeros(SAMPLE_RATE * 5, np.float32)] * 6 + [jfk, jfk, jfk, jfk])
    speech = find_speech(long)
    pieces = speech_pieces(long, speech)
    assert all(0 < end - start <= PIECE_S + 1 for start, end in pieces)
    assert all(a[1] <= b[0] for a, b in pairwise(pieces))
    for start, end in speech:
        assert any(a <= start and end <= b for a, b in pieces)


def test_speech_without_a_pause_is_cut_where_it_is_quietest() -> None:
    audio = np.random.default_rng(5).normal(0, 0.1, 100 * SAMPLE_RATE).astype(np.float32)
    for breath_s in (26.0, 52.0, 77.0):
        audio[round(breath_s * SAMPLE_RATE) : round((breath_s + 0.15) * SAMPLE_RATE)] *= 0.05
    pieces = speech_pieces(audio, [(0.0, 100.0)])
    assert [start for start, _ in pieces] == pytest.approx([0.0, 26.07, 52.07, 77.07], abs=0.05)
    assert all(a[1] == b[0] for a, b in pairwise(pieces))
    assert pieces[-1][1] == 100.0


def test_pieces_end_whatever_the_detector_says() -> None:
    assert len(speech_pieces(np.zeros(SAMPLE_RATE, np.float32), [(0.0, 100.0)])) >= 1
