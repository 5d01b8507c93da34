"""The `transcribe` stage: what was said, from the best source there is.

The sources are tried in the order of `transcribe.sources`: captions that a person wrote beat any recognizer,
and Whisper beats a site's automatic captions. What was refused is said, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from pipeline.config import LectureOptions, TranscribeOptions
from pipeline.errors import LecturebookError, NoAudio, NoSpeech
from pipeline.interfaces import Recognizer, Samples, Work
from pipeline.listening import FindSpeech, Listened, listen
from pipeline.models import Degradation, Screens, SourceVideo, Transcript
from pipeline.priming import prompt_for
from pipeline.sentences import to_sentences

__all__ = ["run"]

MakeRecognizer = Callable[[str | None], Recognizer]
"""Makes the configured recognizer, for a language if it is known."""
ReadAudio = Callable[[Path], Iterator[Samples]]

MISSING_SOUND_S = 30.0
"""Sound that ends so much before the video is worth a word."""


def run(
    work: Work, *, make_recognizer: MakeRecognizer, read_audio: ReadAudio, find_speech: FindSpeech
) -> Transcript:
    """The lecture's transcript.

    Raises:
        NoAudio: there is no sound track, and no captions stand in for it.
        NoSpeech: there is one, but nobody speaks.
        MediaError: the sound cannot be decoded.
    """
    video = work.read(SourceVideo)
    if not video.has_audio:
        raise NoAudio(
            f"transcribe: {video.media} has no audio track",
            kept="the lecture as it was fetched",
            fix="name a file of captions with --set transcribe.captions=FILE",
        )
    return _recognized(work, video, make_recognizer, read_audio, find_speech)


def _recognized(
    work: Work,
    video: SourceVideo,
    make_recognizer: MakeRecognizer,
    read_audio: ReadAudio,
    find_speech: FindSpeech,
) -> Transcript:
    options = work.config(TranscribeOptions)
    language = work.config(LectureOptions).language or video.language
    screens = work.read(Screens).screens
    made: list[Recognizer] = []

    def recognizer() -> Recognizer:
        made.append(make_recognizer(language))
        return made[0]

    def prompt(start_s: float, end_s: float, spoken: str) -> str:
        return prompt_for(video, screens, start_s, end_s, spoken) if options.prime else ""

    heard = listen(
        read_audio(work.folder / video.media),
        recognizer=recognizer,
        find_speech=find_speech,
        language=language,
        prompt=prompt,
        window_s=options.window_s,
        options=f"beam {options.beam_size}",
        store=work.folder / "work" / "transcribe",
        progress=work.progress,
        duration_s=video.duration_s,
    )
    if heard is None or not heard.words:
        raise _no_speech(video, heard)
    _note_shortfalls(work, video, heard)
    return Transcript(
        source="whisper",
        engine=made[0].engine,
        model=made[0].model,
        language=heard.language,
        sentences=to_sentences(heard.words, heard.language),
        gaps=tuple(heard.gaps),
    )


def _no_speech(video: SourceVideo, heard: Listened | None) -> LecturebookError:
    what = "nobody speaks in it" if heard is None else "no words could be made out in it"
    return NoSpeech(
        f"transcribe: {video.media} has sound, but {what}",
        kept="the lecture as it was fetched",
        fix="check that it is the right recording, or name its captions with --set transcribe.captions=FILE",
    )


def _note_shortfalls(work: Work, video: SourceVideo, heard: Listened) -> None:
    if heard.gaps:
        total_s = sum(gap.duration_s for gap in heard.gaps)
        work.degrade(
            Degradation(
                stage="transcribe",
                what=f"{len(heard.gaps)} places with speech, {total_s:.0f} s together, gave no words",
                consequence="what is said there is missing from the article; the page lists the places",
                remedy="listen there and add it in edits/, or try a larger model with --set transcribe.model=small",
            )
        )
    missing_s = video.duration_s - heard.length_s
    if missing_s > MISSING_SOUND_S:
        work.degrade(
            Degradation(
                stage="transcribe",
                what=f"the sound ends {missing_s:.0f} s before the lecture does",
                consequence="nothing is transcribed from there on",
                remedy="check the recording's end; if it plays, export it again",
            )
        )
