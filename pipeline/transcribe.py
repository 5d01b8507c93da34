"""The `transcribe` stage: what was said, from the best source there is.

The sources are tried in the order of `transcribe.sources`: captions that a person wrote beat any recognizer,
and Whisper beats a site's automatic captions. What was refused is said, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from pipeline.caption_choice import Found, Origin, Refused, base_language, look_at, tracks_of
from pipeline.config import LectureOptions, TranscribeOptions
from pipeline.errors import LecturebookError, MediaError, NoAudio, NoSpeech
from pipeline.interfaces import Recognizer, Samples, Work
from pipeline.listening import FindSpeech, Listened, listen
from pipeline.models import CaptionTrack, Degradation, Screens, SourceVideo, Transcript
from pipeline.numbers_on_screen import join_numbers
from pipeline.priming import prompt_for
from pipeline.sentences import to_sentences
from pipeline.times import clock

__all__ = ["NoteMissing", "ReadAudio", "run"]

MakeRecognizer = Callable[[str | None], Recognizer]
"""Makes the configured recognizer, for a language if it is known."""
NoteMissing = Callable[[float, float], None]
"""Is told of sound that is missing or damaged, and is silence in what is read: `(start_s, end_s)`."""
ReadAudio = Callable[[Path, NoteMissing], Iterator[Samples]]

MISSING_S = 0.5
"""Missing sound that is shorter holds no word."""
MOST_PLACES = 5
MISSING_SOUND_S = 30.0
"""Sound that ends so much before the video is worth a word."""


def run(
    work: Work, *, make_recognizer: MakeRecognizer, read_audio: ReadAudio, find_speech: FindSpeech
) -> Transcript:
    """The lecture's transcript.

    Raises:
        CaptionsUnreadable: the captions that the user named cannot be read.
        NoAudio: there is no sound track, and no captions stand in for it.
        NoSpeech: there is one, but nobody speaks.
        MediaError: the sound cannot be decoded, or the sources that were asked for give nothing.
    """
    video = work.read(SourceVideo)
    options = work.config(TranscribeOptions)
    language = base_language(work.config(LectureOptions).language or video.language)
    refused: list[Refused] = []
    for source in options.sources:
        if source == "whisper":
            if video.has_audio:
                _note_refused(work, refused, "the words are a recognizer's instead")
                return _recognized(work, video, language, make_recognizer, read_audio, find_speech)
            continue
        if captions := _captions(work, video, source, language, refused):
            _note_refused(work, refused, f"the words are from {captions.source} instead")
            return Transcript(
                source="captions",
                engine=captions.source,
                language=captions.language,
                sentences=to_sentences(captions.words, captions.language),
            )
    raise _nothing_serves(video, options, refused)


def _captions(
    work: Work, video: SourceVideo, origin: Origin, language: str | None, refused: list[Refused]
) -> Found | None:
    """The first captions of that origin that serve; adds the others, with reasons, to `refused`."""
    tracks = [(work.folder / track.path, track) for track in tracks_of(video, origin, language)]
    named = work.config(TranscribeOptions).captions
    if origin == "named" and named:
        # Whatever the path is: a track's own path is inside the lecture's folder, and is not used here.
        tracks.insert(0, (Path(named).expanduser(), CaptionTrack(path="named", origin="named")))
    for path, track in tracks:
        found = look_at(path, track, video.duration_s, language)
        if isinstance(found, Found):
            return found
        refused.append(found)
    return None


def _note_refused(work: Work, refused: list[Refused], instead: str) -> None:
    for track in refused:
        if not track.ordinary:
            work.degrade(
                Degradation(
                    stage="transcribe",
                    what=f"{track.source} cannot be the transcript: {track.reason}",
                    consequence=instead,
                    remedy="if it is right all the same, name it with --set transcribe.captions=FILE",
                )
            )


def _nothing_serves(
    video: SourceVideo, options: TranscribeOptions, refused: list[Refused]
) -> LecturebookError:
    reasons = "".join(f"; {track.source}: {track.reason}" for track in refused)
    if "whisper" in options.sources:
        return NoAudio(
            f"transcribe: {video.media} has no audio track, and no captions stand in for it{reasons}",
            kept="the lecture as it was fetched",
            fix="name a file of captions with --set transcribe.captions=FILE",
        )
    return MediaError(
        f"transcribe: none of {', '.join(options.sources) or 'no sources'} gives a transcript{reasons}",
        kept="the lecture as it was fetched",
        fix="add whisper to transcribe.sources, or name a file with --set transcribe.captions=FILE",
    )


def _recognized(
    work: Work,
    video: SourceVideo,
    language: str | None,
    make_recognizer: MakeRecognizer,
    read_audio: ReadAudio,
    find_speech: FindSpeech,
) -> Transcript:
    options = work.config(TranscribeOptions)
    screens = work.read(Screens).screens
    made: list[Recognizer] = []
    missing: list[tuple[float, float]] = []

    def recognizer() -> Recognizer:
        made.append(make_recognizer(language))
        return made[0]

    def prompt(start_s: float, end_s: float, spoken: str) -> str:
        return prompt_for(video, screens, start_s, end_s, spoken) if options.prime else ""

    heard = listen(
        read_audio(work.folder / video.media, lambda start_s, end_s: missing.append((start_s, end_s))),
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
    _note_missing(work, [(start, end) for start, end in missing if end - start >= MISSING_S])
    _note_shortfalls(work, video, heard)
    return Transcript(
        source="whisper",
        engine=made[0].engine,
        model=made[0].model,
        language=heard.language,
        sentences=to_sentences(join_numbers(heard.words, screens, heard.language), heard.language),
        gaps=tuple(heard.gaps),
    )


def _no_speech(video: SourceVideo, heard: Listened | None) -> LecturebookError:
    what = "nobody speaks in it" if heard is None else "no words could be made out in it"
    return NoSpeech(
        f"transcribe: {video.media} has sound, but {what}",
        kept="the lecture as it was fetched",
        fix="check that it is the right recording, or name its captions with --set transcribe.captions=FILE",
    )


def _note_missing(work: Work, missing: list[tuple[float, float]]) -> None:
    if missing:
        total_s = sum(end - start for start, end in missing)
        places = ", ".join(clock(start) for start, _ in missing[:MOST_PLACES])
        more = f" and {len(missing) - MOST_PLACES} more places" if len(missing) > MOST_PLACES else ""
        work.degrade(
            Degradation(
                stage="transcribe",
                what=f"the sound of {total_s:.0f} s is missing or damaged (at {places}{more})",
                consequence="what is said there is missing from the article",
                remedy="check the recording there; if it plays, export it again",
            )
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
