"""Which captions can stand for the transcript, and why the others cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.captions import Captions, read_captions, to_words
from pipeline.errors import CaptionsUnreadable
from pipeline.models import CaptionTrack, SourceVideo, Word

__all__ = ["Found", "Refused", "base_language", "guess_language", "look_at", "tracks_of"]

Origin = Literal["named", "sidecar", "embedded", "site", "automatic"]

LEAST_COVERED = 0.3
"""Captions shown for less of the lecture are of its foreign words, its signs, or its first minutes."""
BEYOND_END_S = 5.0
"""Captions that begin so long after the end belong to another cut of the video."""

_FROM: dict[Origin, str] = {
    "named": "the captions file that was named",
    "sidecar": "the captions file beside the video",
    "embedded": "the video's own text track",
    "site": "the site's captions",
    "automatic": "the site's automatic captions",
}


@dataclass(frozen=True)
class Found:
    """Captions that serve."""

    words: tuple[Word, ...]
    language: str
    source: str
    """Where they are from, as the article says it."""


@dataclass(frozen=True)
class Refused:
    """Captions that do not."""

    source: str
    reason: str
    ordinary: bool
    """Nothing to remark: a track of foreign words, or in another language than the spoken one."""


def tracks_of(video: SourceVideo, origin: Origin, language: str | None) -> list[CaptionTrack]:
    """The lecture's tracks of that origin, those in the spoken language first."""
    tracks = [track for track in video.captions if track.origin == origin]
    return sorted(tracks, key=lambda track: base_language(track.language) != language)


def look_at(path: Path, track: CaptionTrack, duration_s: float, language: str | None) -> Found | Refused:
    """Reads a track and judges it. What the user named is refused only if it cannot be read.

    Args:
        path: the file.
        duration_s: the lecture's length.
        language: the spoken language, or None if nobody says.

    Raises:
        CaptionsUnreadable: the file that the user named cannot be read.
    """
    source = f"{_FROM[track.origin]} ({path.name})"
    named = track.origin == "named"
    said = base_language(track.language)
    if track.forced and not named:
        return Refused(source, "it holds only what is spoken in a foreign language", ordinary=True)
    if said and language and said != language and not named:
        return Refused(source, f"it is in {said}, the lecture in {language}", ordinary=True)
    try:
        captions = read_captions(path)
    except CaptionsUnreadable as error:
        if named:
            raise
        return Refused(source, error.what.rpartition(": ")[2], ordinary=False)
    if not named and (reason := _unfit(captions, duration_s)):
        return Refused(source, reason, ordinary=False)
    words = _inside(to_words(captions), duration_s)
    if not words:
        return Refused(source, "there is not a word in it before the lecture ends", ordinary=False)
    guessed = said or guess_language(words) or language
    if not named and language and guessed != language:
        return Refused(source, f"it is in {guessed}, the lecture in {language}", ordinary=True)
    return Found(words, guessed or "en", source)


def _unfit(captions: Captions, duration_s: float) -> str | None:
    if captions.end_s > duration_s + BEYOND_END_S:
        return f"it runs {captions.end_s - duration_s:.0f} s past the lecture's end"
    if captions.covered_s < duration_s * LEAST_COVERED:
        return f"it covers only {captions.covered_s / duration_s:.0%} of the lecture"
    return None


def _inside(words: Sequence[Word], duration_s: float) -> tuple[Word, ...]:
    return tuple(
        word.model_copy(update={"end_s": min(word.end_s, duration_s)})
        for word in words
        if word.start_s < duration_s
    )


def base_language(tag: str | None) -> str | None:
    """ISO 639-1 (or -3) code of a language tag, None for none or nonsense.

    >>> base_language("en-US"), base_language("deu"), base_language("und"), base_language("?!")
    ('en', 'de', None, None)
    """
    import langcodes

    try:
        language = langcodes.Language.get(tag or "und").language
    except ValueError:
        return None
    return None if language in (None, "und", "mul", "zxx") else language


# Languages whose commonest words tell them apart, with lists that come with wordfreq.
_GUESSED = (
    "en",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "pl",
    "ru",
    "sv",
    "tr",
    "cs",
    "fi",
    "id",
    "ar",
    "he",
    "el",
)
_COMMON = 60
_ENOUGH_WORDS = 20
_TELLING_SHARE = 0.15


def guess_language(words: Sequence[Word]) -> str | None:
    """The language whose sixty commonest words are the most frequent here; None if too few are.

    Languages written without spaces are told by their script.
    """
    from wordfreq import top_n_list

    texts = [word.text.lower().strip(".,;:!?…\"'()[]") for word in words[:2000]]
    if script := _script(" ".join(texts)):
        return script
    if len(texts) < _ENOUGH_WORDS:
        return None
    shares = {}
    for language in _GUESSED:
        common = set(top_n_list(language, _COMMON, wordlist="small"))
        shares[language] = sum(text in common for text in texts) / len(texts)
    best = max(shares, key=lambda language: shares[language])
    return best if shares[best] >= _TELLING_SHARE else None


def _script(text: str) -> str | None:
    letters = [character for character in text if character.isalpha()]
    counted = {
        "ja": sum("\u3040" <= letter <= "\u30ff" for letter in letters),
        "zh": sum("\u4e00" <= letter <= "\u9fff" for letter in letters),
        "ko": sum("\uac00" <= letter <= "\ud7af" for letter in letters),
        "th": sum("\u0e00" <= letter <= "\u0e7f" for letter in letters),
        "hi": sum("\u0900" <= letter <= "\u097f" for letter in letters),
    }
    if counted["ja"] > len(letters) * 0.1:
        return "ja"
    best = max(counted, key=lambda language: counted[language])
    return best if counted[best] > len(letters) * 0.5 else None
