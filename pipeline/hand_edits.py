"""Chapters that a person edits: where they lie, what they were edited from, and what a changed lecture does to them.

    edits/chapters/03.md             the person's text (also 3.md, ch03.md); it wins over every writer
    edits/base/ch03.json             the draft it was edited from, and a hash of what that draft was made of
    edits/chapters/03.generated.md   a later draft that cannot be merged with it; the person's text stands
    edits/chapters/03.md.before-1    a text that `--overwrite` or `--merge` took out of use

While the lecture stays the same, the person's text is the chapter. When it changes (a sentence is heard another
way), the chapter is written anew and merged in memory: base, the person's text and the new draft, by
`git merge-file`. Nothing under `edits/` is changed by that, so each run merges from the same three texts.
"""

from __future__ import annotations

__all__ = [
    "Base", "Merged", "base_name", "edit_names", "edit_path", "keep_bases", "keep_generated", "merge", "numbered",
    "put_generated", "read_base", "retire", "start", "take_in",
]  # fmt: skip

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from pipeline.chapter_text import to_markdown
from pipeline.models import Draft, Model, Sha256
from pipeline.store import Store, atomic_write

SOURCE = "input from segment (this chapter's part)"
"""The part of a draft's key that says what was said and shown in the chapter."""
MERGE_TIMEOUT_S = 60


class Base(Model):
    """The draft that a person started from."""

    source: Sha256
    """Hash of the chapter's sentences and screens at that time."""
    draft: Draft


@dataclass(frozen=True)
class Merged:
    """What a merge came to."""

    text: str
    clean: bool
    """False: both sides changed the same place, and `text` holds both between conflict marks."""


def edit_names(chapter_id: str) -> tuple[str, ...]:
    """Names that a person's own chapter may have in `edits/`, the one that counts first.

    >>> edit_names("ch03")
    ('chapters/03.md', 'chapters/3.md', 'chapters/ch03.md')
    """
    number = int(chapter_id.removeprefix("ch"))
    return tuple(f"chapters/{name}.md" for name in (f"{number:02d}", f"{number}", chapter_id))


def edit_path(folder: Path, chapter: str) -> Path:
    """Where a person's text of a chapter lies, or will lie."""
    places = [folder / "edits" / name for name in edit_names(chapter)]
    return next((place for place in places if place.is_file()), places[0])


def base_name(chapter: str) -> str:
    """Name of a chapter's base in `edits/`."""
    return f"base/{chapter}.json"


def put_generated(folder: Path, chapter: str, draft: Draft) -> str:
    """Keep a draft that cannot be merged beside the person's text; its path, relative to the lecture's folder."""
    path = edit_path(folder, chapter)
    path = path.with_name(f"{path.stem}.generated.md")
    atomic_write(path, to_markdown(draft).encode())
    return path.relative_to(folder).as_posix()


def retire(folder: Path, chapter: str) -> list[Path]:
    """Take a person's text out of use, under numbered names that nothing ever overwrites; where they are now."""
    retired = []
    for place in (folder / "edits" / name for name in edit_names(chapter)):
        if place.is_file():
            place.rename(aside := numbered(place, "before"))
            retired.append(aside)
    if (base := folder / "edits" / base_name(chapter)).is_file():
        base.rename(numbered(base, "before"))
    return retired


def read_base(text: str | None) -> Base | None:
    """A base file's content; None where there is none that can be read."""
    try:
        return Base.model_validate_json(text) if text is not None else None
    except ValidationError:
        return None


def keep_bases(folder: Path) -> None:
    """Keep what each edited chapter was edited from, before its draft is replaced by the person's text.

    To be called while holding the lecture's lock, before it is decided what is up to date.
    """
    store = Store(folder)
    for edited in sorted((folder / "edits" / "chapters").glob("*.md")):
        number = re.fullmatch(r"(?:ch)?(\d+)", edited.stem)
        if number and not (folder / "edits" / base_name(f"ch{int(number[1]):02d}")).exists():
            _keep_base(store, folder, f"ch{int(number[1]):02d}")


def _keep_base(store: Store, folder: Path, chapter: str) -> None:
    """Write a chapter's base from its draft, if that is whole and not the person's own."""
    key = store.key(Draft, chapter)
    if key is None or SOURCE not in key.parts or store.damage(Draft, chapter, key):
        return
    draft = store.read(Draft, chapter)
    if draft.writer != "person":
        _write_base(folder, chapter, Base(source=key.parts[SOURCE], draft=draft))


def _write_base(folder: Path, chapter: str, base: Base) -> None:
    atomic_write(folder / "edits" / base_name(chapter), base.model_dump_json(indent=1).encode() + b"\n")


def start(folder: Path, chapter: str) -> Path:
    """Put a chapter's draft where a person can edit it, and keep what it was; an edit that is there stays.

    To be called while holding the lecture's lock. Returns the path of the person's text.

    Raises:
        FileNotFoundError: the chapter was not written yet.
    """
    path = edit_path(folder, chapter)
    if not path.is_file():
        store = Store(folder)
        draft = store.read(Draft, chapter)
        _keep_base(store, folder, chapter)
        atomic_write(path, to_markdown(draft).encode())
    return path


def keep_generated(folder: Path, chapter: str, base: Base) -> None:
    """Keep what the lecture gives now for an edited chapter, so that `take_in` need not have it written again."""
    atomic_write(_generated_path(folder, chapter), base.model_dump_json(indent=1).encode() + b"\n")


def _generated_path(folder: Path, chapter: str) -> Path:
    return folder / "work" / "drafts" / f"{chapter}.generated.json"


def take_in(folder: Path, chapter: str) -> Merged | None:
    """Merge what the lecture gives now into the person's file, where it can be worked on; the old text is kept.

    To be called while holding the lecture's lock.

    Returns:
        The merge; where it is not clean, both versions stand in the file between conflict marks. None where there
        is no git to merge with.

    Raises:
        FileNotFoundError: the chapter is not edited, or the lecture has not changed under the edit.
    """
    path = edit_path(folder, chapter)
    edited = path.read_text(encoding="utf-8")
    before = read_base((folder / "edits" / base_name(chapter)).read_text(encoding="utf-8"))
    now = read_base(_generated_path(folder, chapter).read_text(encoding="utf-8"))
    if before is None or now is None:
        raise FileNotFoundError(path)
    merged = merge(to_markdown(before.draft), edited, to_markdown(now.draft))
    if merged is None:
        return None
    # In this order, whatever stops it: the person's words are never in no file.
    atomic_write(numbered(path, "before"), edited.encode())
    atomic_write(path, merged.text.encode())
    _write_base(folder, chapter, now)
    _generated_path(folder, chapter).unlink()
    path.with_name(f"{path.stem}.generated.md").unlink(missing_ok=True)
    return merged


def numbered(path: Path, ending: str) -> Path:
    """`path` with an ending and the first number that no file has yet, so that none is ever overwritten.

    >>> numbered(Path("nowhere/03.md"), "before").name
    '03.md.before-1'
    """
    number = 1
    while (found := path.with_name(f"{path.name}.{ending}-{number}")).exists():
        number += 1
    return found


def merge(base: str, edited: str, generated: str) -> Merged | None:
    """Both sides' changes to `base` in one text; None where there is no git to merge with.

    Sentences are the units. Where that is not clean, whole paragraphs are, so that a person sees them whole.
    """
    if edited in (base, generated) or generated == base:
        return Merged(generated if edited == base else edited, clean=True)
    git = shutil.which("git")
    if git is None:
        return None
    by_sentence = _merged(git, *(_SENTENCE_END.sub(_BREAK, text) for text in (base, edited, generated)))
    if by_sentence is not None and by_sentence.clean:
        return Merged(by_sentence.text.replace(_BREAK, " "), clean=True)
    return _merged(git, base, edited, generated)


_SENTENCE_END = re.compile(r"(?<=[.!?…])[ \t]+(?=\S)")
# A line of its own between two sentences: changes in neighbouring lines would count as one place.
_BREAK = "\n\x1f\n"


def _merged(git: str, base: str, edited: str, generated: str) -> Merged | None:
    with tempfile.TemporaryDirectory(prefix="lecturebook-merge-") as name:
        sides = {"yours": edited, "before": base, "generated": generated}
        for side, text in sides.items():
            (Path(name) / side).write_text(text, encoding="utf-8")
        command = [git, "merge-file", "-p", "--diff3"]
        command += [part for side in sides for part in ("-L", side)]
        done = subprocess.run(
            [*command, *sides], cwd=name, capture_output=True, timeout=MERGE_TIMEOUT_S, check=False
        )
    # git gives the number of conflicts, and 255 where it could not merge at all.
    if not 0 <= done.returncode < 128:
        return None
    return Merged(done.stdout.decode("utf-8"), clean=done.returncode == 0)
