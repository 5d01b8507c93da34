"""The subject reference: a module, named in the config, that a chapter draws verified facts from.

The program knows no subject. A module on one (`bpe_reference` for tokenizers) holds an object `REFERENCE` that offers

- `snippets()`: programs that were run, with their output, for the writer to place by name;
- `pieces(kind, text)` and `example(kind, text, form)`: a text taken apart (into tokens, say), for the page;
- `claims(text)`: what prose states about the subject, each statement true, false or unknown.

`load` imports the module and checks all of this at once, so that a module that does not fit is refused before any
work is done. This is the only place that imports a reference module.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal, Protocol, cast

from pipeline.errors import ConfigError

__all__ = ["Claim", "Form", "Reference", "Snippet", "find_snippet", "load", "match_snippets"]

Form = Literal["html", "markdown", "text"]


class Snippet(Protocol):
    """A program that was run; the page marks it as verified."""

    @property
    def name(self) -> str:
        """Unique within the module."""

    @property
    def title(self) -> str:
        """One line."""

    @property
    def code(self) -> str:
        """The program, complete."""

    @property
    def output(self) -> str:
        """What it prints, to the letter."""

    @property
    def language(self) -> str:
        """The name of a Pygments lexer."""

    @property
    def lecture(self) -> str:
        """Id of the lecture that the moment is in, or ""."""

    @property
    def moment_s(self) -> float | None:
        """Where in that lecture it belongs, in seconds."""

    @property
    def keywords(self) -> tuple[str, ...]:
        """What the passage it belongs to speaks of, in lower case."""

    @property
    def version(self) -> str:
        """Shown with the mark."""


class Claim(Protocol):
    """A statement about the subject, with its verdict."""

    @property
    def verdict(self) -> str:
        """ "true", "false" or "unknown"."""

    @property
    def line(self) -> int:
        """The line of the text on which it begins, from 1."""

    @property
    def text(self) -> str:
        """The words of the statement."""

    @property
    def truth(self) -> str:
        """What is so, or why it cannot be told."""

    @property
    def about(self) -> str | None:
        """What it is about (a tokenizer, say): hand it on as `about` of the text that follows."""

    @property
    def examples(self) -> Sequence[str]:
        """Texts that a true statement is about, for the page to show taken apart: `pieces(about, text)`."""


class Reference(Protocol):
    """What a reference module's `REFERENCE` offers."""

    @property
    def name(self) -> str:
        """The module's name for the page."""

    @property
    def version(self) -> str:
        """Goes into the keys of what was made with it: a new version makes chapters stale."""

    def snippets(self) -> Sequence[Snippet]:
        """Every snippet."""

    def pieces(self, kind: str, text: str) -> Sequence[tuple[str, int]] | None:
        """A text's pieces with their numbers; None for a kind that is not known."""

    def example(self, kind: str, text: str, form: Form) -> str | None:
        """A text taken apart, ready for the page; HTML is escaped and has classes only."""

    def claims(self, text: str, *, html: bool = False, about: str | None = None) -> Sequence[Claim]:
        """What Markdown, or HTML, states about the subject."""


_METHODS = {"snippets": 0, "pieces": 2, "example": 3, "claims": 1}
"""What `REFERENCE` must have, with the number of its positional arguments."""

_TEXTS = ("name", "title", "code", "output", "language", "lecture", "version")


def load(module: str | None) -> Reference | None:
    """The reference of a module, or None where none is named.

    Raises:
        ConfigError: no such module, it fails on import, or its `REFERENCE` lacks something.
    """
    if module is None:
        return None
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", module):
        raise _refusal(module, "this is not the name of a Python module")
    try:
        loaded = importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = (
            "there is no such module" if error.name == module else f"it needs {error.name}, which is missing"
        )
        raise _refusal(module, missing) from error
    except Exception as error:  # whatever a foreign module raises on import, the user is told
        raise _refusal(module, f"it fails on import with {type(error).__name__}: {error}") from error
    reference = getattr(loaded, "REFERENCE", None)
    problems = [*_problems(reference)]
    if problems:
        raise _refusal(module, "; ".join(problems))
    return cast(Reference, reference)


def _problems(reference: Any) -> Iterable[str]:
    """Everything about `REFERENCE` that does not fit."""
    if reference is None:
        yield "it has no object REFERENCE"
        return
    for field in ("name", "version"):
        if not isinstance(getattr(reference, field, None), str):
            yield f"REFERENCE.{field} is not text"
    lacking = [name for name in _METHODS if not callable(getattr(reference, name, None))]
    yield from (f"REFERENCE.{name} is not a method" for name in lacking)
    for name in _METHODS:
        if name not in lacking and not _takes(getattr(reference, name), name):
            yield f"REFERENCE.{name} takes other arguments"
    if "snippets" not in lacking:
        yield from _snippet_problems(reference)


def _takes(method: Any, name: str) -> bool:
    named = {"html": False, "about": None} if name == "claims" else {}
    try:
        inspect.signature(method).bind(*[""] * _METHODS[name], **named)
    except TypeError:
        return False
    return True


def _snippet_problems(reference: Any) -> Iterable[str]:
    try:
        snippets = list(reference.snippets())
    except Exception as error:  # foreign code
        yield f"REFERENCE.snippets() fails with {type(error).__name__}: {error}"
        return
    seen: set[str] = set()
    for number, snippet in enumerate(snippets):
        name = getattr(snippet, "name", None)
        who = f"snippet {name!r}" if isinstance(name, str) else f"snippet {number}"
        wrong = [field for field in _TEXTS if not isinstance(getattr(snippet, field, None), str)]
        if not isinstance(getattr(snippet, "moment_s", ""), float | int | None):
            wrong.append("moment_s")
        if not all(isinstance(word, str) for word in getattr(snippet, "keywords", [None])):
            wrong.append("keywords")
        if wrong:
            yield f"{who} lacks {', '.join(wrong)}"
        elif name in seen:
            yield f"{who} is there twice"
        seen.add(str(name))


def _refusal(module: str, why: str) -> ConfigError:
    return ConfigError(
        f"reference.module {module!r}: {why}",
        fix="correct the module (pipeline/reference.py says what it must offer), or set reference.module to null",
    )


# -- choosing snippets ---------------------------------------------------------------------------------------


def find_snippet(reference: Reference, name: str) -> Snippet | None:
    """The snippet called `name`, or None."""
    return next((snippet for snippet in reference.snippets() if snippet.name == name), None)


def match_snippets(
    reference: Reference,
    text: str,
    *,
    lecture: str = "",
    start_s: float = 0.0,
    end_s: float = 0.0,
    limit: int = 5,
) -> list[Snippet]:
    """The snippets that fit a passage, the best first: by the moment where the lecture is theirs, else by words.

    Args:
        reference: where to look.
        text: what is said and shown in the passage.
        lecture: the lecture's id at its site (a YouTube id, say), or "".
        start_s, end_s: where the passage is, in seconds, half-open.
        limit: how many at most.
    """
    said = text.casefold()
    ranked = []
    for snippet in reference.snippets():
        hits = sum(_says(said, word) for word in snippet.keywords)
        at_moment = (
            bool(lecture) and snippet.lecture == lecture
            and snippet.moment_s is not None and start_s <= snippet.moment_s < end_s
        )  # fmt: skip
        if at_moment or hits >= 2:
            ranked.append((not at_moment, -hits, snippet.name, snippet))
    return [snippet for *_, snippet in sorted(ranked, key=lambda row: row[:3])[:limit]]


def _says(said: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", said) is not None
