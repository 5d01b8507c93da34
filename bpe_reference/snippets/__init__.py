"""Verified snippets: short programs of the lecture, each with the output that it was seen to print.

A snippet is two files: `NAME.py`, which begins with its title, its moment in the lecture and key words, and
`NAME.out`, what it prints. Tests run every one. `python -m bpe_reference.snippets` runs them too, and with `--write`
stores what they print.

    >>> snippet = get("merge_pair")
    >>> snippet.title
    'Write a new token wherever the pair stands'
    >>> snippet.output == run(snippet)
    True
"""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ..errors import BpeError, UnknownNameError

__all__ = ["LECTURE", "VERSION", "Snippet", "all_snippets", "get", "run"]

VERSION = "1.0"
"""Goes up when a snippet's code or output changes; the page shows it with the "verified" mark."""

LECTURE = "zduSFxRajkE"
"""The lecture that the moments belong to: "Let's build the GPT Tokenizer"."""


@dataclass(frozen=True)
class Snippet:
    """A program that was run.

    Attributes:
        name: unique, a Python identifier.
        title: one line.
        code: the program, without its head.
        output: what it prints.
        language: the name of a Pygments lexer.
        lecture: id of the lecture that it is from.
        moment_s: where in the lecture, in seconds; None where not known.
        keywords: what the passage it belongs to speaks of, in lower case.
        version: of the collection.
    """

    name: str
    title: str
    code: str
    output: str
    language: str
    lecture: str
    moment_s: float | None
    keywords: tuple[str, ...]
    version: str


@cache
def all_snippets() -> tuple[Snippet, ...]:
    """Every snippet, in the order of the lecture."""
    folder = files(__name__)
    names = [
        entry.name[:-3] for entry in folder.iterdir() if entry.name.endswith(".py") and entry.name[0] != "_"
    ]
    snippets = [
        _read(name, (folder / f"{name}.py").read_text("utf-8"), (folder / f"{name}.out").read_text("utf-8"))
        for name in names
    ]
    return tuple(
        sorted(snippets, key=lambda snippet: (snippet.moment_s is None, snippet.moment_s, snippet.name))
    )


def get(name: str) -> Snippet:
    """The snippet called `name`.

    Raises:
        UnknownNameError: there is none.
    """
    for snippet in all_snippets():
        if snippet.name == name:
            return snippet
    known = ", ".join(snippet.name for snippet in all_snippets())
    raise UnknownNameError(f"snippet {name!r}: there is none", kept="nothing", fix=f"one of {known}")


def run(snippet: Snippet) -> str:
    """Run a snippet and return what it prints."""
    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(snippet.code, f"{snippet.name}.py", "exec"), {"__name__": "__main__"})
    return out.getvalue()


def _read(name: str, source: str, output: str) -> Snippet:
    head, _, code = source.partition("\n\n")
    try:
        fields = dict(
            line.removeprefix("# ").split(": ", 1) for line in head.splitlines() if "noqa" not in line
        )
        hours, minutes, seconds = map(int, fields["moment"].split(":"))
        title, keywords = fields["title"], tuple(fields["keywords"].lower().split(", "))
    except (KeyError, ValueError) as error:
        raise BpeError(
            f"snippet {name}: its head is not title, moment and keywords ({error})",
            kept="nothing",
            fix=f"write it as in the other files beside {name}.py",
        ) from error
    moment_s = 3600.0 * hours + 60 * minutes + seconds
    return Snippet(
        name, title, code.strip("\n") + "\n", output, "python", LECTURE, moment_s, keywords, VERSION
    )
