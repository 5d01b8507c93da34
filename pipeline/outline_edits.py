"""`edits/outline.yaml`: a copy of the outline for a person to read and change, and what was changed in it.

The copy is plain data keyed by ids. Beside it lies the same copy as it was made (`.outline-as-made.yaml`), so a
change is whatever differs between the two: it wins over every outline made later, field by field, and what was
left alone follows the lecture. A copy that nobody changed is therefore no edit. A file without its twin was
written by a person from nothing, and all that stands in it is a change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from pipeline import plain_yaml
from pipeline.errors import ConfigError
from pipeline.models import Notation, Outline, OutlineChapter, Reference, Section, Term
from pipeline.store import atomic_write, canonical_json, digest

__all__ = ["AS_MADE", "COPY", "changes", "changes_digest", "merged", "put_copy", "to_plain"]

COPY = "outline.yaml"
AS_MADE = ".outline-as-made.yaml"
REMOVED = None
"""What a change says of an entry that the person took out."""

_ABOUT = """\
# The outline of the lecture, made by {made_by}: a copy for you to read and change.
#
# What you change here is kept, and wins over every outline made later; what you leave alone follows the lecture.
# The next `make article` writes only the chapters that a change touches.
# To take out a section, a term or a reference, delete its lines. To drop all changes, delete this file.
"""

Changes = Mapping[tuple[str, ...], Any]
"""Path of a field -> the person's value; `REMOVED` for an entry taken out."""


def to_plain(outline: Outline) -> dict[str, Any]:
    """The outline as nested mappings, lists only where order is all there is."""
    return {
        "title": outline.title,
        "chapters": {chapter.id: _plain_chapter(chapter, outline) for chapter in outline.chapters},
        "notation": {one.symbol: one.meaning for one in outline.notation},
        "references": {
            reference.url or reference.title: {
                "kind": reference.kind,
                "title": reference.title,
                "sentences": list(reference.sentences),
            }
            for reference in outline.references
        },
    }


def _plain_chapter(chapter: OutlineChapter, outline: Outline) -> dict[str, Any]:
    terms = {}
    for term in outline.terms:
        if term.chapter == chapter.id:
            terms[term.term] = {"definition": term.definition, "sentence": term.sentence}
            if term.translation is not None:
                terms[term.term]["translation"] = term.translation
    return {
        "title": chapter.title,
        "summary": chapter.summary,
        "sections": {section.sentence: section.title for section in chapter.sections},
        "terms": terms,
    }


# ----------------------------------------------------------------------------------------------- changes


def changes(copy: str | None, as_made: str | None) -> Changes:
    """What a person changed.

    Args:
        copy: text of `edits/outline.yaml`, None where there is none.
        as_made: text of the copy as it was made.

    Raises:
        ConfigError: the copy is not YAML, or no outline.
    """
    if copy is None:
        return {}
    if as_made is None:
        return dict(_difference(_read(copy), None, ()))
    return dict(_difference(_read(copy), _read(as_made), ()))


def changes_digest(folder: Path) -> str:
    """What the changes come to, for the up-to-date key: "none", or a hash of them."""
    copy, as_made = (_text(folder / "edits" / name) for name in (COPY, AS_MADE))
    try:
        found = changes(copy, as_made)
    except ConfigError:
        return digest((copy or "").encode())
    listed = sorted([list(path), value] for path, value in found.items())
    return digest(canonical_json(listed)) if listed else "none"


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None


def _difference(
    mine: Mapping[str, Any], made: Mapping[str, Any] | None, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in mine.items():
        before = made.get(name) if made is not None else None
        if isinstance(value, dict) and (isinstance(before, dict) or before is None):
            yield from _difference(value, before, (*path, name))
        elif value != before:
            yield (*path, name), value
    for name in (made or {}).keys() - mine.keys():
        # A file that was emptied, or a group that is gone whole, says nothing: entries are taken out one by one.
        if path:
            yield (*path, name), REMOVED


def _read(text: str) -> dict[str, Any]:
    try:
        data = plain_yaml.load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark is not None else ""
        raise mistake(f"is not YAML{line}: {getattr(error, 'problem', error)}") from error
    except (ValueError, RecursionError) as error:
        raise mistake(f"is not YAML: {error}") from error
    data = {} if data is None else data
    known = {"title", "chapters", "notation", "references"}
    if not isinstance(data, dict) or (unknown := sorted(str(name) for name in data.keys() - known)):
        what = f"; {', '.join(unknown)} is none of them" if isinstance(data, dict) else ""
        raise mistake(f"is no outline: it holds {', '.join(sorted(known))}{what}")
    for name in ("chapters", "notation", "references"):
        if not isinstance(data.get(name, {}) or {}, dict):
            raise mistake(f"is no outline: {name} is a {type(data[name]).__name__}, not entries by name")
    return {str(name): _clean(value) for name, value in data.items() if value is not None}


def _clean(value: Any) -> Any:
    """The same with text for keys; YAML reads an unquoted symbol such as `1` as a number."""
    if isinstance(value, dict):
        return {str(name): _clean(one) for name, one in value.items()}
    return value


# ------------------------------------------------------------------------------------------------ merging


def merged(made: Outline, found: Changes, sentences: Mapping[str, str]) -> tuple[Outline, tuple[str, ...]]:
    """The outline with a person's changes in it, and what of them does not fit the lecture any more.

    Args:
        made: the outline as made.
        found: `changes(...)`.
        sentences: sentence id -> id of the chapter that it stands in.

    Raises:
        ConfigError: a change has the wrong type.
    """
    plain = to_plain(made)
    misfits: list[str] = []
    chapters = {chapter.id for chapter in made.chapters}
    for path, value in sorted(found.items(), key=lambda change: (len(change[0]), change[0])):
        if path[0] == "chapters" and len(path) > 1 and path[1] not in chapters:
            misfits.append(f"there is no chapter {path[1]}")
        elif (
            path[0] == "chapters"
            and len(path) > 3
            and path[2] == "sections"
            and (value is not REMOVED and sentences.get(path[3]) != path[1])
        ):
            misfits.append(f"{path[3]} is no sentence of {path[1]} (section {value!r})")
        else:
            _put(plain, path, value)
    outline = _from_plain(plain, made, sentences, misfits)
    return outline, tuple(dict.fromkeys(misfits))


def _put(plain: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    place = plain
    for name in path[:-1]:
        inside = place.get(name)
        if not isinstance(inside, dict):
            if value is REMOVED:
                return
            inside = place[name] = {}
        place = inside
    if value is REMOVED:
        place.pop(path[-1], None)
    else:
        place[path[-1]] = value


def _from_plain(
    plain: Mapping[str, Any], made: Outline, sentences: Mapping[str, str], misfits: list[str]
) -> Outline:
    titles = {chapter.id: chapter.title for chapter in made.chapters}
    before = {term.term: term for term in made.terms}
    try:
        chapters, terms = [], []
        for name in titles:
            fields = plain.get("chapters", {}).get(name) or {}
            sections = sorted((fields.get("sections") or {}).items())
            chapters.append(
                OutlineChapter(
                    id=name,
                    title=fields.get("title") or titles[name],
                    summary=fields.get("summary") or "",
                    sections=tuple(Section(sentence=at, title=title) for at, title in sections),
                )
            )
            terms += _terms(name, fields.get("terms") or {}, before, sentences, misfits)
        return made.model_copy(
            update={
                "title": _string(plain.get("title") or made.title, "title"),
                "chapters": tuple(chapters),
                "terms": tuple(terms),
                "notation": tuple(
                    Notation(symbol=symbol, meaning=meaning)
                    for symbol, meaning in (plain.get("notation") or {}).items()
                ),
                "references": tuple(
                    Reference(
                        kind=fields.get("kind", "link"),
                        title=fields.get("title") or name,
                        url=name if re.match(r"https?://", name) else None,
                        sentences=tuple(one for one in fields.get("sentences") or () if one in sentences),
                    )
                    for name, fields in (plain.get("references") or {}).items()
                ),
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise mistake(f"does not fit: {error.title}: {place}: {first['msg']}") from error
    except (AttributeError, TypeError) as error:
        raise mistake(
            f"does not fit: an entry is not of the kind that stands there when it is made ({error})"
        ) from error


def _terms(
    chapter: str,
    entries: Mapping[str, Any],
    before: Mapping[str, Term],
    sentences: Mapping[str, str],
    misfits: list[str],
) -> list[Term]:
    found = []
    for name, fields in entries.items():
        sentence = str(fields.get("sentence") or (before[name].sentence if name in before else None))
        if sentences.get(sentence) != chapter:
            misfits.append(f"the term {name!r} names {sentence}, which is no sentence of {chapter}")
            continue
        found.append(
            Term(
                term=name,
                definition=fields.get("definition") or "",
                chapter=chapter,
                sentence=sentence,
                translation=fields.get("translation"),
            )
        )
    return found


def _string(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise mistake(f"does not fit: {what} is a {type(value).__name__}, not text")
    return value


# ------------------------------------------------------------------------------------------------ writing


def put_copy(folder: Path, outline: Outline) -> None:
    """Lay a fresh copy in `edits/`, unless a person has changed the one that is there."""
    copy, as_made = folder / "edits" / COPY, folder / "edits" / AS_MADE
    text = _copy_text(outline)
    if copy.is_file():
        if not as_made.is_file() or changes_digest(folder) != "none":
            return
        if _text(copy) == text == _text(as_made):
            return
    # No copy is no change: stopped in between, neither twin can read as a person's changes to the other.
    copy.unlink(missing_ok=True)
    atomic_write(as_made, text.encode())
    atomic_write(copy, text.encode())


def _copy_text(outline: Outline) -> str:
    body = yaml.safe_dump(to_plain(outline), allow_unicode=True, sort_keys=False, width=110)
    return _ABOUT.format(made_by=" ".join(outline.made_by.split())) + body


def mistake(what: str) -> ConfigError:
    """The error of an outline that cannot be used."""
    return ConfigError(
        f"edits/{COPY} {what}",
        kept="everything made before the outline",
        fix=f"mend edits/{COPY}, or delete it to have a fresh copy",
    )


def spoken_in(chapters: Sequence[Any]) -> dict[str, str]:
    """Sentence id -> id of its chapter."""
    return {sentence.id: chapter.id for chapter in chapters for sentence in chapter.sentences}
