"""The last stage: artifacts in, a site out, in the lecture's folder under `site/`.

Gather everything (`site.book`), set the pages (`site.pages`), then write (`site.press`). Nothing is written
before all pages are set, so a template's mistake leaves the site as it was.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipeline import findings, seams
from pipeline.config import RenderOptions
from pipeline.errors import ConfigError
from pipeline.interfaces import Work
from pipeline.models import (
    Chapters,
    CheckedChapter,
    Degradation,
    Figure,
    Outline,
    Screens,
    Site,
    SourceVideo,
    Transcript,
)
from pipeline.site import exports, figures, library, media, plain, press, search
from pipeline.site.blocks import Chips
from pipeline.site.book import Sources, clean_degradations, gather
from pipeline.site.figures import Encoded
from pipeline.site.links import moments, safe_url
from pipeline.site.media import Playable
from pipeline.site.memo import Memo
from pipeline.site.pages import Press, Setting
from pipeline.store import atomic_write

SITE = "site"
CACHE = "work/render"


def run(
    work: Work, *, chips: Chips | None = None, make_playable: Playable | None = None, to: str = SITE
) -> Site:
    """Makes the site.

    Args:
        work: reads SourceVideo, Screens, Transcript, Chapters, Outline and all CheckedChapters.
        chips: `chips(tokenizer, text)` → pieces with their ids, for token blocks; None without a reference.
        make_playable: turns a media file that browsers do not play into one that they do; None: copied as is.
        to: the folder that the site is made in, relative to the lecture's.

    Raises:
        ConfigError: a template of the user's is wrong.
        StorageError: the site cannot be written.
    """
    options = work.config(RenderOptions)
    cache = work.folder / CACHE
    video = work.read(SourceVideo)
    lecture = media.find(work.folder, video, options, make_playable, cache / "media")
    before = work.degradations()
    sources = _read(work)
    encoded = _pictures(work, sources, options.figure_width)
    where = moments(video, lecture.source)
    memo = Memo(cache / "converted.json")
    book = gather(sources, where, encoded.figures, chips, memo)
    index, not_indexed = search.index(book, cache / "search") if options.search else ({}, ())
    setting = Setting(
        base_url=base_url(options),
        templates=Path(options.templates) if options.templates else None,
        captions="media/captions.vtt" if where.player == "file" else None,
        search=bool(index),
    )
    even = findings.even_slices(sources.chapters.chapters, sources.checked)
    before = (*before, *([even] if even else []))
    said = clean_degradations((*before, *_unreadable(encoded)))
    outside = moments(video, safe_url(options.video_url))
    made = exports.make(
        exports.Wanted(options.single_file, options.pdf, options.epub),
        lambda pictures: replace(gather(sources, outside, pictures, chips, memo), degradations=said),
        encoded,
        setting,
        cache / "exports",
    )
    setting = replace(setting, downloads=made.downloads)
    fell_short = (
        *lecture.fell_short,
        *_seams(sources),
        *_unreadable(encoded),
        *not_indexed,
        *made.fell_short,
    )
    for one in (*([even] if even else []), *fell_short):
        work.degrade(one)
    book = replace(book, degradations=clean_degradations(before + fell_short))
    files: dict[str, press.Content] = {**encoded.files, **lecture.files, **index, **made.files}
    if setting.captions:
        files[setting.captions] = media.captions(book).encode()
    set_pages = Press(book, setting)
    files |= set_pages.pages()
    files |= set_pages.fonts()
    files[library.CARD] = library.card(book, setting.base_url)
    if options.markdown:
        files |= plain.markdown_files(book)
    press.press(work.folder / to, files)
    if to == SITE:
        found = findings.gather(sources.chapters.chapters, sources.checked)
        atomic_write(work.folder / findings.PATH, found.model_dump_json(indent=1).encode() + b"\n")
    memo.save()
    return Site(
        index=f"{to}/index.html",
        files=tuple(f"{to}/{name}" for name in sorted(files)),
        beside=(findings.PATH,) if to == SITE else (),
    )


def base_url(options: RenderOptions) -> str | None:
    """The address that the site will have, with a slash at its end.

    Raises:
        ConfigError: it is not an http(s) address.
    """
    if options.base_url is None:
        return None
    address = safe_url(options.base_url)
    if address is None or not address.startswith("http"):
        raise ConfigError(
            f"render.base_url: {options.base_url!r} is not an address",
            kept="nothing was changed",
            fix="write it like https://example.org/book/",
        )
    return address.rstrip("/") + "/"


def _read(work: Work) -> Sources:
    return Sources(
        video=work.read(SourceVideo),
        screens=work.read(Screens),
        transcript=work.read(Transcript),
        chapters=work.read(Chapters),
        outline=work.read(Outline),
        checked=work.read_all(CheckedChapter),
    )


def _seams(sources: Sources) -> tuple[Degradation, ...]:
    """What is twice in the book though not in the lecture: no chapter alone can mend it."""
    found = seams.across([one.draft for one in sources.checked], sources.outline, sources.chapters)
    return tuple(
        Degradation(
            stage="render",
            what=seam.what,
            consequence="a reader meets it twice",
            remedy=f"make chapter CH={int(seam.chapter.removeprefix('ch'))} with NOTES, or edit edits/outline.yaml",
            chapter=seam.chapter,
        )
        for seam in found
    )


def _unreadable(encoded: Encoded) -> tuple[Degradation, ...]:
    if not encoded.unreadable:
        return ()
    return (
        Degradation(
            stage="render",
            what=f"frames that are not pictures: {', '.join(encoded.unreadable)}",
            consequence="their figures are missing",
            remedy="delete work/screens.json and run make article again",
        ),
    )


def _pictures(work: Work, sources: Sources, width: int) -> Encoded:
    printed = frozenset(
        block.screens[0]
        for chapter in sources.checked
        for block in chapter.draft.blocks
        if isinstance(block, Figure)
    )
    return figures.encode(
        work.folder,
        sources.screens.screens,
        printed=printed,
        width=width,
        cache=work.folder / CACHE / "figures",
        besides={
            f"{chapter.draft.chapter}-picture": chapter.draft.picture.path
            for chapter in sources.checked
            if chapter.draft.picture is not None
        },
    )
