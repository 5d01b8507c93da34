"""The stage with a recognizer that hears coded speech: nothing lost, nothing twice, nothing redone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from coded_speech import PAUSE_S, WORD_S, CodedRecognizer, blocks, find_bursts, say
from fakes import FakeWork

from pipeline import transcribe
from pipeline.errors import CaptionsUnreadable, MediaError, NoAudio, NoSpeech
from pipeline.interfaces import Samples
from pipeline.models import CaptionTrack, Mark, Screens, SourceVideo, Transcript, Word
from pipeline.sound import SAMPLE_RATE


def _video(duration_s: float, **more: Any) -> SourceVideo:
    facts = {"has_video": True, "has_audio": True, "title": "A lecture"} | more
    return SourceVideo(
        id="x",
        url=None,
        moment_url=None,
        duration_s=duration_s,
        media="work/media/x.mp4",
        sha256="0" * 64,
        **facts,
    )


class Lecture:
    """A lecture folder, its sound in memory."""

    def __init__(
        self, folder: Path, audio: Samples, recognizer: CodedRecognizer | None = None, **facts: Any
    ) -> None:
        self.options = facts.pop("options", {})
        self.config = facts.pop("config", {})
        self.folder = folder
        self.audio = audio
        self.recognizer = recognizer or CodedRecognizer()
        self.video = _video(facts.pop("duration_s", len(audio) / SAMPLE_RATE), **facts)
        self.asked: list[str | None] = []
        self.work = self._work()

    def _work(self) -> FakeWork:
        options = {"window_s": 30.0} | self.options
        return FakeWork(self.folder, self.video, Screens(screens=()), transcribe=options, **self.config)

    def run(self, read: transcribe.ReadAudio | None = None) -> Transcript:
        def make(language: str | None) -> CodedRecognizer:
            self.asked.append(language)
            return self.recognizer

        self.work = self._work()
        return transcribe.run(
            self.work,
            make_recognizer=make,
            read_audio=read or (lambda _path, _missing: iter(blocks(self.audio))),
            find_speech=find_bursts,
        )


def _texts(transcript: Transcript) -> list[str]:
    return [word.text for sentence in transcript.sentences for word in sentence.words]


def test_every_word_once_at_its_time_over_many_windows(tmp_path: Path) -> None:
    lecture = Lecture(tmp_path, say(300))
    transcript = lecture.run()
    assert _texts(transcript) == [f"W{n}." for n in range(1, 301)]
    for number, sentence in enumerate(transcript.sentences):
        assert sentence.start_s == pytest.approx(1.0 + number * (WORD_S + PAUSE_S), abs=0.01)
    assert len(lecture.recognizer.calls) >= 6
    assert all(length <= 30.0 for length, *_ in lecture.recognizer.calls)
    assert (transcript.source, transcript.engine, transcript.model) == ("whisper", "coded 1.0", "coded")
    assert transcript.gaps == ()
    assert lecture.work.recorded == []


def test_killed_run_redoes_at_most_one_window(tmp_path: Path) -> None:
    class Killed(BaseException):
        pass

    lecture = Lecture(tmp_path, say(300))
    windows = 0

    def dies(words: list[Word], thorough: bool) -> list[Word]:
        nonlocal windows
        windows += 1
        if windows == 5:
            raise Killed
        return words

    lecture.recognizer.mishear = dies
    with pytest.raises(Killed):
        lecture.run()
    lecture.recognizer.mishear = None
    lecture.recognizer.calls.clear()
    transcript = lecture.run()
    whole = Lecture(tmp_path / "other", say(300))
    assert transcript == whole.run()
    assert len(lecture.recognizer.calls) == len(whole.recognizer.calls) - 4


def test_changed_settings_are_heard_anew_and_old_windows_go(tmp_path: Path) -> None:
    lecture = Lecture(tmp_path, say(100))
    lecture.run()
    kept = {path.name for path in (tmp_path / "work/transcribe").iterdir()}
    assert kept
    lecture.recognizer.calls.clear()
    lecture.run()
    assert lecture.recognizer.calls == []
    lecture.options = {"beam_size": 3}
    lecture.run()
    assert lecture.recognizer.calls
    assert not kept & {path.name for path in (tmp_path / "work/transcribe").iterdir()}


def test_damaged_window_is_heard_again(tmp_path: Path) -> None:
    lecture = Lecture(tmp_path, say(100))
    before = lecture.run()
    for path in (tmp_path / "work/transcribe").iterdir():
        path.write_text(path.read_text()[:50])
    assert lecture.run() == before


def test_hole_is_heard_again_and_filled(tmp_path: Path) -> None:
    def drops(words: list[Word], thorough: bool) -> list[Word]:
        return words if thorough else [word for word in words if not 5.0 < word.start_s < 12.0]

    # Speech without pauses, so that the detector sees one long stretch.
    lecture = Lecture(tmp_path, say(40), CodedRecognizer(drops))
    audio = lecture.audio
    transcript = _run_with_solid_speech(lecture, audio)
    assert _texts(transcript) == [f"W{n}." for n in range(1, 41)]
    assert transcript.gaps == ()
    assert [thorough for _, thorough, *_ in lecture.recognizer.calls] == [False, True]


def _run_with_solid_speech(lecture: Lecture, audio: Samples) -> Transcript:
    def solid(samples: Samples, *, threshold: float = 0.5) -> list[tuple[float, float]]:
        bursts = find_bursts(samples)
        return [(bursts[0][0], bursts[-1][1])] if bursts else []

    return transcribe.run(
        lecture.work,
        make_recognizer=lambda _: lecture.recognizer,
        read_audio=lambda *_: iter(blocks(audio)),
        find_speech=solid,
    )


def test_hole_that_stays_is_a_gap_and_is_told(tmp_path: Path) -> None:
    def deaf(words: list[Word], thorough: bool) -> list[Word]:
        return [word for word in words if not 10 <= int(word.text[1:-1]) <= 20]

    lecture = Lecture(tmp_path, say(40), CodedRecognizer(deaf))
    transcript = _run_with_solid_speech(lecture, lecture.audio)
    (gap,) = transcript.gaps
    assert gap.start_s == pytest.approx(1.0 + 8 * 0.6 + WORD_S, abs=0.5)
    assert gap.end_s == pytest.approx(1.0 + 20 * 0.6, abs=0.5)
    (told,) = lecture.work.recorded
    assert "1 places with speech" in told.what
    # Three other ways of hearing were tried.
    assert len(lecture.recognizer.calls) == 4


def test_what_is_made_up_for_a_hole_is_not_taken(tmp_path: Path) -> None:
    def makes_up(words: list[Word], thorough: bool) -> list[Word]:
        """Words 10 to 20 are not heard, and a second hearing has others for them, each time anew."""
        heard = [word for word in words if not 10 <= int(word.text[1:-1]) <= 20]
        if len(heard) < 25:
            times = [word for word in words if 10 <= int(word.text[1:-1]) <= 20]
            heard += [
                word.model_copy(update={"text": f"{'see' if thorough else 'thanks'}{n}.", "probability": 0.3})
                for n, word in enumerate(times)
            ]
        return sorted(heard, key=lambda word: word.start_s)

    lecture = Lecture(tmp_path, say(40), CodedRecognizer(makes_up))
    transcript = _run_with_solid_speech(lecture, lecture.audio)
    assert _texts(transcript) == [f"W{n}." for n in range(1, 41) if not 10 <= n <= 20]
    assert len(transcript.gaps) == 1
    assert len(lecture.recognizer.calls) == 4


def test_loop_is_heard_again(tmp_path: Path) -> None:
    def loops(words: list[Word], thorough: bool) -> list[Word]:
        if thorough:
            return words
        return [
            word.model_copy(update={"text": "so."}) if 8 < n < 25 else word for n, word in enumerate(words)
        ]

    lecture = Lecture(tmp_path, say(40), CodedRecognizer(loops))
    assert _texts(_run_with_solid_speech(lecture, lecture.audio)) == [f"W{n}." for n in range(1, 41)]


def test_words_over_silence_go(tmp_path: Path) -> None:
    def makes_up(words: list[Word], thorough: bool) -> list[Word]:
        made_up = [
            Word(text=text, start_s=20.0 + n, end_s=20.5 + n) for n, text in enumerate(["thank", "you"])
        ]
        return words + made_up

    audio = np.concatenate([say(10), np.zeros(22 * SAMPLE_RATE, np.float32)])
    lecture = Lecture(tmp_path, audio, CodedRecognizer(makes_up))
    assert _texts(lecture.run()) == [f"W{n}." for n in range(1, 11)]


def test_silence_at_the_beginning_wakes_nobody(tmp_path: Path) -> None:
    audio = np.concatenate([np.zeros(100 * SAMPLE_RATE, np.float32), say(20)])
    lecture = Lecture(tmp_path, audio)
    transcript = lecture.run()
    assert transcript.sentences[0].start_s == pytest.approx(101.0, abs=0.01)
    assert len(lecture.recognizer.calls) == 1


def test_language_is_detected_or_taken_as_given(tmp_path: Path) -> None:
    german = CodedRecognizer(language="de")
    assert Lecture(tmp_path / "a", say(20), german).run().language == "de"
    assert Lecture(tmp_path / "b", say(20), german, language="eng").run().language == "en"
    given = Lecture(tmp_path / "c", say(20), german, config={"lecture": {"language": "fr"}})
    assert given.run().language == "fr"
    assert given.asked == ["fr"]


def test_title_and_names_prime_the_recognizer(tmp_path: Path) -> None:
    lecture = Lecture(
        tmp_path,
        say(20),
        title="Byte pair encoding",
        description="With thanks to Rico Sennrich and the Wikipedia. See https://example.org/qwertzuiop",
        marks=(Mark(start_s=0.0, title="The minbpe library"),),
    )
    lecture.run()
    prompt = lecture.recognizer.calls[0][3]
    assert prompt.startswith("Byte pair encoding.")
    for name in ("Sennrich", "minbpe"):
        assert name in prompt
    for noise in ("thanks", "qwertzuiop", "the,"):
        assert noise not in prompt
    # The recognizer writes in the manner of what came last: fillers are written down, not guessed at.
    assert prompt.endswith("um, this is, uh, a lecture.")
    lecture.options = {"prime": False}
    lecture.run()
    assert lecture.recognizer.calls[-1][3] == ""


def test_progress_tells_minutes_and_speed(tmp_path: Path) -> None:
    lecture = Lecture(tmp_path, say(300))
    lecture.run()
    calls = lecture.work.progress_calls
    assert [done for done, *_ in calls] == sorted(done for done, *_ in calls)
    assert calls[-1][0] == pytest.approx(lecture.video.duration_s, abs=0.1)
    assert "3 of 3 min" in calls[-1][2]
    assert "× real time" in calls[-1][2]


def test_silent_lecture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoSpeech, match="nobody speaks"):
        Lecture(tmp_path, np.zeros(60 * SAMPLE_RATE, np.float32)).run()


def test_zero_length_sound_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoSpeech):
        Lecture(tmp_path, np.zeros(0, np.float32), duration_s=10.0).run()


def test_lecture_without_sound_and_captions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoAudio, match="no audio track") as caught:
        Lecture(tmp_path, say(1), has_audio=False).run()
    assert "transcribe.captions" in caught.value.fix


def test_sound_that_ends_early_is_told(tmp_path: Path) -> None:
    lecture = Lecture(tmp_path, say(20), duration_s=200.0)
    lecture.run()
    assert "before the lecture does" in lecture.work.recorded[0].what


def test_sound_that_is_missing_in_the_middle_is_told(tmp_path: Path) -> None:
    lecture = Lecture(tmp_path, say(20))

    def read(_path: Path, missing: transcribe.NoteMissing) -> Iterator[Samples]:
        yield lecture.audio
        missing(3.0, 3.4)
        missing(65.0, 69.5)

    lecture.run(read)
    (told,) = lecture.work.recorded
    assert "the sound of 4 s is missing or damaged (at 1:05)" in told.what


# ------------------------------------------------------------------------------------------------ the ladder


def _srt(folder: Path, name: str, says: str, until_s: int = 12, every_s: int = 3) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    cues = [
        f"{n + 1}\n00:00:{at:02d},000 --> 00:00:{at + every_s:02d},000\nThe {says} words of this are number {n}.\n"
        for n, at in enumerate(range(0, until_s, every_s))
    ]
    path.write_text("\n".join(cues), encoding="utf-8")
    return path


def _with_tracks(folder: Path, *tracks: tuple[str, str | None], **facts: Any) -> Lecture:
    listed = []
    for origin, language in tracks:
        path = _srt(folder, f"work/captions/{origin}-{language}.srt", origin)
        listed.append(
            CaptionTrack(path=path.relative_to(folder).as_posix(), language=language, origin=origin)  # type: ignore[arg-type]
        )
    return Lecture(folder, say(20), captions=tuple(listed), **facts)


def test_first_source_that_serves_wins(tmp_path: Path) -> None:
    every = [(origin, "en") for origin in ("automatic", "site", "embedded", "sidecar")]
    for best in ("sidecar", "embedded", "site"):
        lecture = _with_tracks(tmp_path / best, *every)
        transcript = lecture.run()
        assert transcript.source == "captions"
        assert f"The {best} words of this are number 0." == transcript.sentences[0].text
        assert lecture.recognizer.calls == []
        every = [track for track in every if track[0] != best]
    assert _with_tracks(tmp_path / "whisper", *every).run().source == "whisper"
    asked = _with_tracks(tmp_path / "automatic", *every, options={"sources": ["automatic", "whisper"]})
    assert "automatic captions" in str(asked.run().engine)


def test_named_file_beats_all_whatever_it_covers(tmp_path: Path) -> None:
    mine = _srt(tmp_path / "elsewhere", "mine.srt", "named", until_s=3)
    lecture = _with_tracks(tmp_path, ("sidecar", "en"), options={"captions": str(mine)}, duration_s=100.0)
    transcript = lecture.run()
    assert transcript.sentences[0].text == "The named words of this are number 0."
    assert "mine.srt" in str(transcript.engine)


def test_named_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CaptionsUnreadable, match=r"gone\.srt"):
        Lecture(tmp_path, say(20), options={"captions": str(tmp_path / "gone.srt")}).run()


@pytest.mark.parametrize(
    ("duration_s", "reason"), [(100.0, "covers only 12% of the lecture"), (3.0, "past the lecture's end")]
)
def test_captions_that_cannot_be_the_transcript_are_refused_aloud(
    tmp_path: Path, duration_s: float, reason: str
) -> None:
    lecture = _with_tracks(tmp_path, ("sidecar", "en"), duration_s=duration_s)
    assert lecture.run().source == "whisper"
    assert reason in lecture.work.recorded[0].what


def test_other_languages_and_forced_tracks_are_passed_over(tmp_path: Path) -> None:
    lecture = _with_tracks(tmp_path, ("site", "de"), ("sidecar", "fr-CA"), language="en-GB")
    assert lecture.run().source == "whisper"
    assert lecture.work.recorded == []
    path = _srt(tmp_path, "forced.srt", "forced")
    track = CaptionTrack(path=path.name, language="en", origin="embedded", forced=True)
    forced = Lecture(tmp_path, say(20), captions=(track,), language="en")
    assert forced.run().source == "whisper"


def test_captions_whose_words_are_in_another_language_are_refused(tmp_path: Path) -> None:
    german = "und das ist nicht die frage die wir hier zu stellen haben sondern wie es mit der zeit ist"
    path = tmp_path / "talk.srt"
    path.write_text(
        f"1\n00:00:00,000 --> 00:00:06,000\n{german}\n\n2\n00:00:06,000 --> 00:00:12,000\ndas war {german}\n"
    )
    track = CaptionTrack(path=path.name, origin="sidecar")  # nothing says what language it is in
    lecture = Lecture(tmp_path, say(20), captions=(track,), language="en")
    assert lecture.run().source == "whisper"
    lecture.options = {"sources": ["sidecar"]}
    with pytest.raises(MediaError, match="it is in de, the lecture in en"):
        lecture.run()
    lecture.options = {"captions": str(path)}
    assert lecture.run().language == "de"


def test_captions_stand_in_for_a_missing_track(tmp_path: Path) -> None:
    assert _with_tracks(tmp_path, ("sidecar", None), has_audio=False).run().language == "en"


def test_no_source_left(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="none of sidecar gives a transcript"):
        Lecture(tmp_path, say(20), options={"sources": ["sidecar"]}).run()
