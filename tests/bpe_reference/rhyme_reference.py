"""A second subject, as small as can be: rhymes. It shows what a reference module has to offer, and no more."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Snippet:
    name: str = "ending"
    title: str = "The last two letters of a word"
    code: str = 'print("cat"[-2:])\n'
    output: str = "at\n"
    language: str = "python"
    lecture: str = ""
    moment_s: float | None = None
    keywords: tuple[str, ...] = ("rhyme", "ending")
    version: str = "1"


@dataclass(frozen=True)
class Claim:
    verdict: str
    line: int
    text: str
    truth: str
    about: str | None = None
    examples: tuple[str, ...] = ()


class Rhymes:
    name = "rhymes"
    version = "1"

    def snippets(self) -> list[Snippet]:
        return [Snippet()]

    def pieces(self, kind: str, text: str) -> list[tuple[str, int]] | None:
        return [(word, len(word)) for word in text.split()] if kind == "words" else None

    def example(self, kind: str, text: str, form: str) -> str | None:
        pieces = self.pieces(kind, text)
        return None if pieces is None else f"{form}: " + " ".join(f"{word}/{size}" for word, size in pieces)

    def claims(self, text: str, *, html: bool = False, about: str | None = None) -> list[Claim]:
        found = re.finditer(r"(\w+) rhymes with (\w+)", text)
        return [
            Claim(
                "true" if m[1][-2:] == m[2][-2:] else "false",
                text.count("\n", 0, m.start()) + 1,
                m[0],
                m[1][-2:],
            )
            for m in found
        ]


REFERENCE = Rhymes()
