"""Speech recognition with openai-whisper, the reference implementation (extra `openai-whisper`).

It walks through the sound in order, each step starting where the last one's time stamps ended. It hears with
the same weights as faster-whisper: those are converted once and kept beside the others.
"""

from __future__ import annotations

__all__ = ["OpenAIWhisper", "refuse_missing"]

import warnings
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.adapters.voice_activity import find_speech, speech_pieces
from pipeline.errors import MissingTool, WeightsError
from pipeline.interfaces import Heard, Samples
from pipeline.sound import SAMPLE_RATE
from pipeline.spoken import RawWord, join_pieces


class OpenAIWhisper:
    """A Whisper model in PyTorch, loaded.

    Args:
        weights: a folder with a CTranslate2 model, or a checkpoint file (.pt).
        name: the size ("base"): it decides which attention heads follow the sound, for word times.
        checkpoints: where a converted checkpoint is kept.
        device: "auto", "cpu" or "cuda".
        threads: 0 for PyTorch's own choice.
        beam_size: 1 is greedy.

    Raises:
        MissingTool: openai-whisper is not installed.
        WeightsError: the weights are not a Whisper model.
    """

    def __init__(
        self,
        weights: Path,
        name: str,
        *,
        checkpoints: Path,
        device: str = "auto",
        threads: int = 0,
        beam_size: int = 1,
    ) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # numba's and torch's remarks about each other
                import torch
                import whisper
        except ImportError as error:
            raise _not_installed(str(error)) from error
        self.engine = f"openai-whisper {version('openai-whisper')}"
        self.model = name
        self.beam_size = beam_size
        if threads:
            torch.set_num_threads(threads)
        wanted = device if device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
        self._half = wanted == "cuda"
        try:
            checkpoint = weights if weights.is_file() else _checkpoint(weights, checkpoints / f"{name}.pt")
            self._whisper: Any = whisper.load_model(str(checkpoint), device=wanted)
        except (RuntimeError, ValueError, KeyError, OSError) as error:
            raise WeightsError(
                f"transcribe: {weights} holds no Whisper model for openai-whisper: {error}",
                kept="everything",
                fix="name a checkpoint (.pt) or a folder with a CTranslate2 model, or a size",
            ) from error
        # A checkpoint read from a path does not say which heads these are; without them all of the upper half's
        # are averaged, and words come out up to half a second off.
        if heads := whisper._ALIGNMENT_HEADS.get(name):
            self._whisper.set_alignment_heads(heads)
        self.languages = frozenset(whisper.tokenizer.LANGUAGES if self._whisper.is_multilingual else ["en"])

    def detect_language(self, audio: Samples) -> str:
        """The likeliest language over up to four pieces of speech; "en" for English-only models."""
        import whisper

        if not self._whisper.is_multilingual:
            return "en"
        votes: dict[str, float] = {}
        for start, end in speech_pieces(audio, find_speech(audio))[:4] or [(0.0, 30.0)]:
            piece = whisper.pad_or_trim(audio[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)])
            mel = whisper.log_mel_spectrogram(piece, n_mels=self._whisper.dims.n_mels)
            _, odds = self._whisper.detect_language(mel.to(self._whisper.device))
            for language, probability in odds.items():
                votes[language] = votes.get(language, 0.0) + probability
        return max(votes, key=lambda language: votes[language])

    def transcribe(self, audio: Samples, *, language: str, prompt: str, thorough: bool = False) -> Heard:
        """Words of at most ten minutes of sound, times relative to its start.

        Args:
            audio: mono, 16 kHz.
            language: ISO 639-1; English-only models take "en" alone.
            prompt: text that the lecture resembles: its names, spelled right.
            thorough: each piece of speech by itself, with a beam of five.
        """
        if not thorough:
            words, no_speech, ratio = self._hear(audio, 0.0, language, prompt, self.beam_size)
            return Heard(join_pieces(words, language), language, no_speech, ratio)
        found: list[RawWord] = []
        for start, end in speech_pieces(audio, find_speech(audio, threshold=0.35)):
            piece = audio[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
            found += self._hear(piece, start, language, prompt, 5)[0]
        return Heard(join_pieces(found, language), language)

    def _hear(
        self, audio: Samples, offset_s: float, language: str, prompt: str, beam_size: int
    ) -> tuple[list[RawWord], float, float]:
        import whisper

        with warnings.catch_warnings():
            # Triton's kernels are for CUDA; on a CPU whisper says that it does without them.
            warnings.filterwarnings("ignore", message="Failed to launch Triton kernels")
            result = whisper.transcribe(
                self._whisper,
                np.ascontiguousarray(audio),
                language=language if self._whisper.is_multilingual else "en",
                initial_prompt=prompt or None,
                condition_on_previous_text=False,
                word_timestamps=True,
                beam_size=beam_size if beam_size > 1 else None,
                fp16=self._half,
                verbose=None,
            )
        segments = result["segments"]
        length_s = len(audio) / SAMPLE_RATE
        words = [
            RawWord(
                word["word"],
                offset_s + min(float(word["start"]), length_s),
                offset_s + min(float(word["end"]), length_s),
                float(word["probability"]),
            )
            for segment in segments
            for word in segment.get("words", ())
        ]
        no_speech = min((float(segment["no_speech_prob"]) for segment in segments), default=1.0)
        ratio = max((float(segment["compression_ratio"]) for segment in segments), default=0.0)
        return words, no_speech, ratio


def refuse_missing() -> None:
    """Looks whether the engine is installed, without loading it.

    Raises:
        MissingTool: it is not.
    """
    missing = [name for name in ("whisper", "torch") if find_spec(name) is None]
    if missing:
        raise _not_installed(f"no module named {' and '.join(missing)}")


def _not_installed(reason: str) -> MissingTool:
    return MissingTool(
        f"transcribe: the engine openai-whisper is not installed ({reason})",
        kept="everything",
        fix="make openai-whisper installs it; make article ENGINE=openai-whisper URL=... does so by itself",
    )


def _checkpoint(folder: Path, target: Path) -> Path:
    """The folder's model as a checkpoint, converted if that was not done since it was fetched."""
    source = folder / "model.bin"
    if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
        from pipeline.adapters.whisper_checkpoint import convert

        target.parent.mkdir(parents=True, exist_ok=True)
        convert(folder, target)
    return target
