"""Stage 1: the lecture on this disk, and what its source says about it.

A file is linked into the lecture's folder (copied where that cannot be), with what lies beside it: captions
(`talk.en.vtt`), a description (`talk.description` or `description.txt`). An http(s) address is fetched. Either
way the file itself is probed, and everything a stranger wrote is cleaned before it goes on.
"""

from __future__ import annotations

__all__ = ["run"]

import hashlib
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from pipeline import chapter_marks, sidecars
from pipeline.caption_choice import base_language
from pipeline.config import DownloadOptions, LectureOptions
from pipeline.errors import (
    ConfigError,
    LecturebookError,
    MediaError,
    SourceError,
    SourceMissing,
    StorageError,
    UnsupportedSource,
)
from pipeline.fetching import ExtractSubtitles, Fetch, Fetched, FetchedTrack, ProbeMedia
from pipeline.interfaces import Probe, Work
from pipeline.lecture_id import is_url, lecture_id, vimeo_id, youtube_id
from pipeline.models import CaptionTrack, Degradation, Mark, SourceVideo
from pipeline.redact import public_url
from pipeline.store import temporary_name
from pipeline.untrusted_text import clean_line, clean_text

MAX_EMBEDDED = 8
"""Text tracks taken out of a container; each costs a pass over the file."""
HASH_BYTES = 1 << 22


def run(work: Work, *, fetch: Fetch, probe: ProbeMedia, extract_subtitles: ExtractSubtitles) -> SourceVideo:
    """Have the lecture that `work.url` names.

    Args:
        work: an http(s) URL or an absolute path, and the options of `download` and `lecture`.
        fetch: brings what is at a URL to the disk.
        probe: says what a media file holds.
        extract_subtitles: writes a text track out as WebVTT.

    Raises:
        SourceError: it cannot be had (`SourceMissing`, `NotFound`, `UnsupportedSource`, `PrivateAddress`,
            `DownloadBroken`).
        MediaError: it is no recording (`NotMedia`, `NoStreams`).
        ConfigError: an option of `lecture` is off.
        StorageError: the disk is full or the folder cannot be written.
    """
    options = work.config(LectureOptions)
    named_marks = _read_named_marks(options)
    try:
        if is_url(work.url):
            got = _from_web(work, fetch)
            found = probe(work.folder / got.media)
        else:
            source = _existing(work.url)
            found = _probe_source(source, probe)
            got = _from_disk(work, source)
        embedded = _embedded(work, work.folder / got.media, found, extract_subtitles)
        sha256 = _sha256(work, work.folder / got.media)
    except OSError as error:
        raise StorageError(
            f"download: {error.filename or work.folder} cannot be read or written: {error.strerror or error}",
            kept="what was fetched so far",
            fix="make room or choose another folder with output.folder, then run the same command again",
        ) from error
    return _describe(work, got, found, named_marks, embedded, sha256)


# ---------------------------------------------------------------------------------------------- having it


def _from_web(work: Work, fetch: Fetch) -> Fetched:
    try:
        parts = urlsplit(work.url)
        host = parts.hostname
    except ValueError:
        raise _unsupported(work.url, "it is not a well-formed address") from None
    if parts.scheme.lower() not in {"http", "https"}:
        raise _unsupported(work.url, f"{parts.scheme}: is not a kind of address that is taken")
    if not host:
        raise _unsupported(work.url, "it names no server")
    got = fetch(work.url, folder=work.folder, options=work.config(DownloadOptions), progress=work.progress)
    for note in got.notes:
        work.degrade(
            Degradation(
                stage="download",
                what=clean_line(note) or "a caption track could not be fetched",
                consequence="what is said is taken from another source, if need be from the recording itself",
                remedy="name a file of captions with --set transcribe.captions=FILE",
            )
        )
    return got


def _unsupported(url: str, reason: str) -> UnsupportedSource:
    return UnsupportedSource(
        f"download: no lecture can be had from {clean_line(url)}: {reason}",
        kept="nothing was fetched",
        fix="name an http or https address, or the path of a video or audio file",
    )


def _existing(name: str) -> Path:
    """The regular file that `name` names."""
    path = Path(name).expanduser()
    try:
        if path.is_file():
            return path.resolve()
        is_there, is_folder = path.exists(), path.is_dir()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceError(
            f"download: {clean_line(name)} cannot be opened: {reason}",
            kept="nothing was made",
            fix="check the path and its permissions",
        ) from error
    if is_folder:
        raise UnsupportedSource(
            f"download: {path} is a folder", kept="nothing was made", fix="name one file in it"
        )
    if is_there:
        raise UnsupportedSource(
            f"download: {path} is not a regular file",
            kept="nothing was made",
            fix="name a video or audio file",
        )
    raise SourceMissing(f"download: there is no file {path}", kept="nothing was made", fix="check the path")


def _probe_source(source: Path, probe: ProbeMedia) -> Probe:
    try:
        return probe(source)
    except OSError as error:
        raise SourceError(
            f"download: {source} cannot be read: {error.strerror or error}",
            kept="nothing was made",
            fix="check the permissions of the file",
        ) from error


def _from_disk(work: Work, source: Path) -> Fetched:
    """The file and what lies beside it, in the lecture's folder."""
    media = work.folder / "work" / "media"
    media.mkdir(parents=True, exist_ok=True)
    suffix = source.suffix.lower() if re.fullmatch(r"\.[A-Za-z0-9]{1,8}", source.suffix) else ""
    target = media / f"lecture{suffix}"
    work.progress(0, 1, f"taking {source.name}")
    _place(source, target)
    described = sidecars.description_beside(source)
    return Fetched(
        media=target.relative_to(work.folder).as_posix(),
        page_url="",
        site="",
        title=sidecars.title_from_name(source),
        description=described or "",
        tracks=tuple(_take_captions(work, source)),
    )


def _place(source: Path, target: Path) -> None:
    """`source` at `target`: the same file by another name where the disk allows it, else a copy."""
    if target.exists() and target.samefile(source):
        return
    partial = temporary_name(target)
    partial.unlink(missing_ok=True)
    try:
        try:
            partial.hardlink_to(source)
        except OSError:
            # Another disk, a file system without links, or a file of somebody else's.
            shutil.copyfile(source, partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _take_captions(work: Work, source: Path) -> list[FetchedTrack]:
    folder = work.folder / "work" / "captions"
    tracks = []
    for beside in sidecars.captions_beside(source):
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"sidecar{beside.ending}"
        shutil.copyfile(beside.path, target)
        path = target.relative_to(work.folder).as_posix()
        tracks.append(FetchedTrack(path=path, language=beside.language, automatic=False))
    return tracks


def _embedded(
    work: Work, media: Path, found: Probe, extract_subtitles: ExtractSubtitles
) -> list[CaptionTrack]:
    """The container's text tracks as files; one that cannot be read is a degradation, not the end."""
    tracks = []
    for index, language, _codec in found.subtitles[:MAX_EMBEDDED]:
        target = work.folder / "work" / "captions" / f"embedded.{index}.vtt"
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            extract_subtitles(media, index, target)
        except MediaError as error:
            work.degrade(
                Degradation(
                    stage="download",
                    what=f"text track {index} of the video cannot be read: {error.what}",
                    consequence="it does not take part; what is said is taken from another source",
                    remedy="name a file of captions with --set transcribe.captions=FILE",
                )
            )
        else:
            path = target.relative_to(work.folder).as_posix()
            tracks.append(CaptionTrack(path=path, language=base_language(language), origin="embedded"))
    return tracks


def _sha256(work: Work, media: Path) -> str:
    size = media.stat().st_size
    digest = hashlib.sha256()
    with media.open("rb") as file:
        while piece := file.read(HASH_BYTES):
            digest.update(piece)
            work.progress(file.tell(), size, "hashing")
    return digest.hexdigest()


# --------------------------------------------------------------------------------------------- describing


def _describe(
    work: Work,
    got: Fetched,
    found: Probe,
    named_marks: tuple[Mark, ...],
    embedded: Sequence[CaptionTrack],
    sha256: str,
) -> SourceVideo:
    options = work.config(LectureOptions)
    from_web = is_url(work.url)
    # A file's name, on disk or as an address, says less than the title written inside it.
    titles = (got.title, found.title) if from_web and not got.direct else (found.title, got.title)
    description = clean_text(got.description) or clean_text(found.comment)
    url = _public_address(got.page_url, work.url) if from_web else None
    return SourceVideo(
        id=lecture_id(work.url),
        url=url,
        moment_url=_moment_url(url) if url else None,
        site=got.site if from_web else None,
        video_key=clean_line(got.video_key) if from_web else None,
        title=_first_line(options.title, *titles) or "Untitled lecture",
        author=_first_line(options.author, got.author, found.author),
        licence=_first_line(options.licence, got.licence, found.licence),
        published=got.published or _day(found.date),
        language=_language(options, got, found),
        description=description,
        duration_s=found.duration_s,
        media=got.media,
        sha256=sha256,
        has_video=found.has_video,
        has_audio=found.has_audio,
        width=found.width,
        height=found.height,
        marks=_marks(work, named_marks, got, found, description),
        captions=(*_site_or_sidecar(got, from_web), *embedded),
    )


def _site_or_sidecar(got: Fetched, from_web: bool) -> list[CaptionTrack]:
    tracks = []
    for track in got.tracks:
        forced = not from_web and ".forced." in track.path
        if track.automatic:
            origin = CaptionTrack(path=track.path, language=track.language, origin="automatic")
        elif from_web:
            origin = CaptionTrack(path=track.path, language=track.language, origin="site")
        else:
            origin = CaptionTrack(path=track.path, language=track.language, origin="sidecar", forced=forced)
        tracks.append(origin)
    return tracks


def _first_line(*texts: str | None) -> str | None:
    return next((line for text in texts if (line := clean_line(text))), None)


def _language(options: LectureOptions, got: Fetched, found: Probe) -> str | None:
    if options.language is None:
        return base_language(got.language) or base_language(found.language)
    if language := base_language(options.language):
        return language
    raise ConfigError(
        f"config: lecture.language: {clean_line(options.language)!r} is not a language code",
        kept="the lecture as fetched",
        fix="give an ISO 639-1 code, for instance en",
    )


def _day(text: str | None) -> date | None:
    """`2024-02-20`, `20240220` or a time stamp as a date; a year alone is none.

    >>> _day("2024-02-20T10:00:00+0100"), _day("20240220"), _day("2024")
    (datetime.date(2024, 2, 20), datetime.date(2024, 2, 20), None)
    """
    if digits := re.match(r"(\d{4})-?(\d{2})-?(\d{2})(?!\d)", text or ""):
        with suppress(ValueError):
            return date(*(int(part) for part in digits.groups()))
    return None


def _public_address(page_url: str, asked: str) -> str:
    """The page's address without a name, a password and a signature: it will stand in the article.

    >>> _public_address("", "https://me:secret@example.org:8443/talk?v=1")
    'https://example.org:8443/talk?v=1'
    """
    parts = urlsplit(asked)
    # The page's own is a stranger's: it may be no address.
    with suppress(ValueError):
        page = urlsplit(page_url)
        parts = page if page.scheme in {"http", "https"} and page.hostname else parts
    return public_url(urlunsplit(parts))


def _moment_url(url: str) -> str | None:
    """The address of a moment, where the site can be linked to one; `{seconds}` stands for it.

    >>> _moment_url("https://youtu.be/zduSFxRajkE?t=90")
    'https://www.youtube.com/watch?v=zduSFxRajkE&t={seconds}s'
    """
    if key := youtube_id(url):
        return f"https://www.youtube.com/watch?v={key}&t={{seconds}}s"
    if key := vimeo_id(url):
        return f"https://vimeo.com/{key}#t={{seconds}}s"
    return None


# ----------------------------------------------------------------------------------------------- chapters


def _read_named_marks(options: LectureOptions) -> tuple[Mark, ...]:
    """The chapters in the file that the user named; empty if none is named."""
    if options.chapters is None:
        return ()
    path = Path(options.chapters).expanduser()
    try:
        marks = chapter_marks.find(sidecars.read_text(path))
    except OSError as error:
        raise _bad_chapters(path, f"cannot be read: {error.strerror or error}") from error
    if not marks:
        raise _bad_chapters(path, "holds no chapter lines")
    return marks


def _bad_chapters(path: Path, reason: str) -> LecturebookError:
    return ConfigError(
        f"config: lecture.chapters names {path}, which {reason}",
        kept="nothing was changed",
        fix='name a text file with a line a chapter, such as "0:00 Introduction"',
    )


def _marks(
    work: Work, named: tuple[Mark, ...], got: Fetched, found: Probe, description: str
) -> tuple[Mark, ...]:
    """The author's chapters from the first source whose list fits the lecture; empty if there is none."""
    duration_s = found.duration_s
    if named:
        try:
            return chapter_marks.tidy(named, duration_s).marks
        except chapter_marks.MarksRefused as error:
            path = Path(work.config(LectureOptions).chapters or "")
            raise _bad_chapters(path, f"does not fit the lecture: {error}") from error
    contained = tuple(Mark(start_s=start_s, title=title) for start_s, title in found.chapters)
    sources = {
        "the site's chapters": got.chapters,
        "the file's chapters": contained,
        "the chapters in the description": chapter_marks.find(description),
    }
    for whose, marks in sources.items():
        # A single chapter is the lecture itself.
        if len(marks) < 2:
            continue
        try:
            tidied = chapter_marks.tidy(_titled(marks), duration_s)
        except chapter_marks.MarksRefused as error:
            _tell_marks(work, f"{whose} were not used: {error}")
            continue
        if {mark.title for mark in _titled(marks)} - {mark.title for mark in tidied.marks}:
            _tell_marks(work, f"{whose} were mended: {'; '.join(tidied.repairs)}")
        return tidied.marks
    return ()


def _titled(marks: Sequence[Mark]) -> list[Mark]:
    return [
        Mark(start_s=mark.start_s, title=clean_line(mark.title) or f"Part {number}")
        for number, mark in enumerate(marks, start=1)
    ]


def _tell_marks(work: Work, what: str) -> None:
    work.degrade(
        Degradation(
            stage="download",
            what=what,
            consequence="the article's chapters are not all as the author set them",
            remedy="name a file of chapter lines with --set lecture.chapters=FILE",
        )
    )
