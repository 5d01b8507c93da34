"""Speech recognition with faster-whisper: Whisper in CTranslate2, eight stretches of speech at a time.

Whisper hears 30 seconds at once. The usual way walks through the sound in order, each piece starting where
the last one's time stamps ended: slow, and one wrong time stamp skips speech. Here the voice activity
detector cuts the sound at pauses into pieces of at most 30 seconds, which are decoded side by side; nothing
depends on a time stamp that the model made up. `thorough=True` is the usual way, with a beam of five and
rising temperatures, as a second opinion for the places where the fast way fell short.
"""

from __future__ import annotations

__all__ = ["FasterWhisper"]

import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.adapters.voice_activity import PIECE_S, find_speech, speech_pieces
from pipeline.errors import WeightsError
from pipeline.interfaces import Heard, Samples
from pipeline.sound import SAMPLE_RATE
from pipeline.spoken import RawWord, join_pieces

BATCH = {"cpu": 4, "cuda": 8}
"""Most pieces in a batch."""
WORKERS = 4
"""So many batches are decoded at a time, each on its share of the cores: two threads on one batch wait for each
other a third of the time."""
TOKENS_A_SECOND = 12.0
"""Nobody speaks faster; a decoder that is at it longer is in a loop."""
PROMPT_TOKENS = 160
DETECTION_PIECES = 4
FRAMES_A_SECOND = 100
SILENCE_S = 4.0
LEAST_S = 15.0
"""Short pieces are heard as so much sound, and so much silence is added to longer ones."""


class FasterWhisper:
    """A Whisper model in CTranslate2 format, loaded.

    Args:
        weights: folder of the model.
        name: what the article calls it ("base").
        device: "auto", "cpu" or "cuda".
        threads: 0 for all cores.
        beam_size: hypotheses kept by the fast way; 1 is greedy.

    Raises:
        WeightsError: the folder holds no model that CTranslate2 reads.
    """

    def __init__(
        self, weights: Path, name: str, *, device: str = "auto", threads: int = 0, beam_size: int = 1
    ) -> None:
        from ctranslate2 import get_cuda_device_count
        from faster_whisper import WhisperModel

        if device == "auto":
            device = "cuda" if get_cuda_device_count() else "cpu"
        self.engine = f"faster-whisper {version('faster-whisper')}"
        self.model = name
        self.beam_size = beam_size
        cores = threads or os.cpu_count() or 1
        self._workers = 1 if device == "cuda" else min(cores, WORKERS)
        try:
            # Files on disk only: without this a missing tokenizer would be asked of the hub.
            self._whisper: Any = WhisperModel(
                str(weights),
                device=device,
                compute_type="default" if device == "cuda" else "int8",
                cpu_threads=max(cores // self._workers, 1),
                num_workers=self._workers,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise WeightsError(
                f"transcribe: {weights} holds no Whisper model for faster-whisper: {error}",
                kept="everything",
                fix="name a folder with a CTranslate2 model (model.bin, config.json, tokenizer.json), or a size",
            ) from error
        self.languages = frozenset(self._whisper.supported_languages)

    def detect_language(self, audio: Samples) -> str:
        """The language that is likeliest over up to four pieces of speech; "en" for English-only models."""
        if not self._whisper.model.is_multilingual:
            return "en"
        pieces = speech_pieces(audio, find_speech(audio))[:DETECTION_PIECES] or [(0.0, PIECE_S)]
        votes: dict[str, float] = {}
        encoded = self._whisper.encode(self._features(audio, pieces))
        for languages in self._whisper.model.detect_language(encoded):
            for token, probability in languages:
                language = token.strip("<|>")
                votes[language] = votes.get(language, 0.0) + probability
        return max(votes, key=lambda language: votes[language])

    def transcribe(self, audio: Samples, *, language: str, prompt: str, thorough: bool = False) -> Heard:
        """Words of at most ten minutes of sound, times relative to its start.

        Args:
            audio: mono, 16 kHz.
            language: ISO 639-1; English-only models take "en" alone.
            prompt: text that the lecture resembles: its names, spelled right.
            thorough: one piece after the other with a beam of five, without the voice filter.
        """
        if thorough:
            return self._sequential(audio, language, prompt)
        tokenizer = self._tokenizer(language)
        pieces = speech_pieces(audio, find_speech(audio))
        heard: dict[int, tuple[list[RawWord], str]] = {}

        def hear(batch: Sequence[int]) -> None:
            found = self._batch(audio, [pieces[number] for number in batch], tokenizer, prompt)
            heard.update(zip(batch, found, strict=True))

        lengths_s = [end - start for start, end in pieces]
        together = batches(lengths_s, self._workers, BATCH[self._whisper.model.device])
        with ThreadPoolExecutor(self._workers) as pool:
            # `list`, so that what is raised in a worker is raised here.
            list(pool.map(hear, together))
        words = [word for number in range(len(pieces)) for word in heard[number][0]]
        text = [heard[number][1] for number in range(len(pieces))]
        return Heard(join_pieces(words, language), language, compression_ratio=_compression("".join(text)))

    def _tokenizer(self, language: str) -> Any:
        from faster_whisper.tokenizer import Tokenizer

        multilingual = self._whisper.model.is_multilingual
        return Tokenizer(
            self._whisper.hf_tokenizer,
            multilingual,
            task="transcribe",
            language=language if multilingual else "en",
        )

    def _features(self, audio: Samples, pieces: Sequence[tuple[float, float]], least_s: float = 30.0) -> Any:
        """Spectrograms, `(pieces, mels, frames)`: as long as the longest piece and some silence, at least `least_s`.

        Whisper was trained on 30 s. Without any silence after them pieces are misheard: speech under music, and the
        language of a single sentence.
        """
        longest_s = max(end - start for start, end in pieces)
        frames = round(min(30.0, max(longest_s + SILENCE_S, least_s)) * FRAMES_A_SECOND)
        size = frames * SAMPLE_RATE // FRAMES_A_SECOND
        spectrograms = []
        for start, end in pieces:
            piece = audio[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)][:size]
            # Silence is added as sound: zeros in a spectrogram would be a loud hiss.
            padded = np.pad(piece, (0, size - len(piece)))
            spectrograms.append(self._whisper.feature_extractor(padded)[..., :frames])
        return np.stack(spectrograms)

    def _batch(
        self, audio: Samples, pieces: Sequence[tuple[float, float]], tokenizer: Any, prompt: str
    ) -> Iterator[tuple[list[RawWord], str]]:
        """Decodes pieces side by side; words and text of each."""
        encoded = self._encoded(self._features(audio, pieces, least_s=LEAST_S))
        opening = self._opening(tokenizer, prompt)
        longest = max(end - start for start, end in pieces)
        results = self._whisper.model.generate(
            encoded,
            [opening] * len(pieces),
            beam_size=self.beam_size,
            max_length=min(len(opening) + 30 + round(longest * TOKENS_A_SECOND), self._whisper.max_length),
            suppress_tokens=_suppressed(tokenizer),
            return_no_speech_prob=True,
        )
        tokens = [[token for token in result.sequences_ids[0] if token < tokenizer.eot] for result in results]
        frames = [max(round((end - start) * 100), 2) for start, end in pieces]
        aligned = self._whisper.find_alignment(tokenizer, tokens, encoded, frames)
        for (start, end), spoken, words in zip(pieces, tokens, aligned, strict=True):
            yield list(_timed(words, start, end)), tokenizer.decode(spoken)

    def _encoded(self, features: Any) -> Any:
        """The encoder's output, `(pieces, steps, states)`, made piece by piece where there is no GPU: the attention
        of eight at a time takes half a gigabyte, and no less time."""
        if self._whisper.model.device == "cuda":
            return self._whisper.encode(features)
        from ctranslate2 import StorageView

        encoded = [np.array(self._whisper.encode(features[n : n + 1])) for n in range(len(features))]
        return StorageView.from_array(np.concatenate(encoded))

    def _opening(self, tokenizer: Any, prompt: str) -> list[int]:
        before = tokenizer.encode(" " + prompt.strip())[-PROMPT_TOKENS:] if prompt.strip() else []
        opening: list[int] = self._whisper.get_prompt(tokenizer, before, without_timestamps=True)
        return opening

    def _sequential(self, audio: Samples, language: str, prompt: str) -> Heard:
        segments, info = self._whisper.transcribe(
            audio,
            language=language if self._whisper.model.is_multilingual else "en",
            beam_size=5,
            initial_prompt=prompt or None,
            condition_on_previous_text=False,
            word_timestamps=True,
            vad_filter=False,
        )
        found = list(segments)
        length_s = len(audio) / SAMPLE_RATE
        words = [
            RawWord(word.word, min(word.start, length_s), min(word.end, length_s), float(word.probability))
            for segment in found
            for word in segment.words or ()
        ]
        return Heard(
            join_pieces(words, language),
            info.language,
            no_speech=min((segment.no_speech_prob for segment in found), default=1.0),
            compression_ratio=_compression("".join(segment.text for segment in found)),
        )


def batches(lengths_s: Sequence[float], workers: int, most: int) -> list[list[int]]:
    """Which pieces are decoded side by side: at most `most`, of like length, since a batch is as long as its longest;
    a multiple of `workers` batches of like size, so that none waits for another at the end. The longest first.

    >>> batches([5.0, 29.0, 28.0, 6.0], workers=2, most=8)
    [[1, 2], [3, 0]]
    """
    order = sorted(range(len(lengths_s)), key=lambda number: -lengths_s[number])
    rounds = -(-len(order) // (most * workers))
    count = min(rounds * workers, len(order))
    return [order[len(order) * n // count : len(order) * (n + 1) // count] for n in range(count)]


def _timed(words: Iterable[dict[str, Any]], start: float, end: float) -> Iterator[RawWord]:
    for word in words:
        yield RawWord(
            word["word"],
            min(start + float(word["start"]), end),
            min(start + float(word["end"]), end),
            float(word["probability"]),
        )


def _suppressed(tokenizer: Any) -> list[int]:
    from faster_whisper.transcribe import get_suppressed_tokens

    return list(get_suppressed_tokens(tokenizer, [-1]) or ())


def _compression(text: str) -> float:
    """How well the text compresses, as Whisper measures it: over 2.4 it repeats itself."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0
