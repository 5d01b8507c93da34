"""Chooses the speech recognizer that the config asks for, and loads it."""

from __future__ import annotations

__all__ = ["choose_model", "identity", "make_recognizer", "refuse_early"]

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.config import TranscribeOptions, WeightsOptions
from pipeline.errors import UsageError
from pipeline.interfaces import Progress, Recognizer
from pipeline.versions import package_versions

if TYPE_CHECKING:
    from pipeline.weights import Tell

_PACKAGES = {
    "faster-whisper": ("faster-whisper", "ctranslate2"),
    "openai-whisper": ("openai-whisper", "torch"),
}


def choose_model(options: TranscribeOptions, language: str | None) -> str:
    """The model that `auto` stands for: base, or tiny.en for English on a single core.

    Base is the more accurate of the two and, on two cores, still many times faster than the
    lecture; one core is not.
    """
    if options.model != "auto":
        return options.model
    return "tiny.en" if language == "en" and (options.threads or os.cpu_count() or 1) == 1 else "base"


def identity(options: TranscribeOptions, language: str | None) -> Mapping[str, str]:
    """What a transcript depends on besides the options: versions and the model that was chosen."""
    return {"model": choose_model(options, language), **package_versions(*_PACKAGES[options.engine])}


def refuse_early(options: TranscribeOptions, language: str | None) -> None:
    """Looks whether the recognizer can be made at all, before anything is done that would be waited for in vain.

    Raises:
        UsageError: an English-only model for a lecture in another language.
        MissingTool: the engine is not installed.
    """
    name = choose_model(options, language)
    if name.endswith(".en") and language not in (None, "en"):
        raise UsageError(
            f"transcribe: the model {name} knows only English, and the lecture is in {language}",
            kept="everything",
            fix="take a multilingual one with --set transcribe.model=base",
        )
    if options.engine == "openai-whisper":
        from pipeline.adapters.openai_whisper_engine import refuse_missing

        refuse_missing()


def make_recognizer(
    options: TranscribeOptions,
    weights_options: WeightsOptions,
    language: str | None,
    *,
    tell: Tell,
    progress: Progress,
) -> Recognizer:
    """The recognizer, its weights fetched if need be and loaded.

    Raises:
        UsageError: an English-only model for a lecture in another language.
        WeightsError: the weights cannot be had or do not load.
        MissingTool: the engine is not installed.
    """
    # Not at the top: whether a transcript is up to date is asked in every run, and needs no network client.
    from pipeline import weights

    refuse_early(options, language)
    name = choose_model(options, language)
    place = weights.fetch(name, weights_options, tell=tell, progress=progress)
    shown = name if name in weights.MODELS else place.stem
    settings: dict[str, Any] = {
        "device": options.device,
        "threads": options.threads,
        "beam_size": options.beam_size,
    }
    if options.engine == "openai-whisper":
        from pipeline.adapters.openai_whisper_engine import OpenAIWhisper

        checkpoints = weights.cache_folder(weights_options) / "openai-whisper"
        return OpenAIWhisper(place, shown, checkpoints=checkpoints, **settings)
    from pipeline.adapters.faster_whisper_engine import FasterWhisper

    return FasterWhisper(place, shown, **settings)
