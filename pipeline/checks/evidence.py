"""What a block is held against: the sentences and screens it names, and what stands around them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pipeline.checks.reading import held
from pipeline.models import (
    Block,
    BulletList,
    Chapter,
    ChapterOutline,
    Code,
    Exercise,
    Figure,
    Heading,
    Paragraph,
    Problem,
    Quote,
    Screen,
    Sentence,
    Tokens,
)
from pipeline.text import identifiers, numbers

LINK = re.compile(r"(?<!!)\[([^\]\n]+)\]\(([^()\s]+)(?:\s+\"[^\"\n]*\")?\)")
"""A link in Markdown: its text, and its address."""
NEIGHBOURS = 2
"""Sentences before and after those that a block names that also count as support."""


@dataclass(frozen=True)
class Evidence:
    """A block's sources."""

    sentences: tuple[Sentence, ...]
    """The sentences that the block names, in order."""
    around: tuple[Sentence, ...]
    """These and their neighbours."""
    screens: tuple[Screen, ...]
    """The screens that it names, and those up while its sentences are spoken."""
    chapter: Chapter
    outline: ChapterOutline
    written_in: str
    """Language of the block."""
    beside: Mapping[str, str] = field(default_factory=dict)
    """By sentence: the words of the chapter's other blocks that name it too."""
    before: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Words and sentences of the prose that stands before the block."""
    began_s: float = 0.0
    """Where in the lecture the paragraph before the block begins; 0 where there is none."""

    @property
    def language(self) -> str:
        """What is spoken."""
        return self.outline.language

    @property
    def translated(self) -> bool:
        """Whether the block is in another language than its sources: then words cannot be compared."""
        return self.written_in[:2].lower() != self.language[:2].lower()

    @cached_property
    def said(self) -> str:
        """The words of the sentences named."""
        return " ".join(sentence.text for sentence in self.sentences)

    @cached_property
    def context(self) -> str:
        """All that may support the block: words said around it, text shown, the lecture's own titles."""
        said = " ".join(sentence.text for sentence in self.around)
        shown = "\n".join(self.shown)
        return f"{said}\n{shown}\n{self._titles}"

    @property
    def _titles(self) -> str:
        return " . ".join((self.outline.title, self.chapter.title, *self.outline.chapter_titles))

    @cached_property
    def held(self) -> frozenset[str]:
        """All that `context` holds (`reading.held`), put together of what its sentences hold."""
        parts = [sentence.text for sentence in self.around] + ["\n".join(self.shown), self._titles]
        return frozenset().union(*(held(part, self.language) for part in parts))

    @cached_property
    def addresses(self) -> str:
        """Addresses that a block may link to: those of the lecture's references, and what was said or shown."""
        urls = " ".join(one.url for one in self.outline.references if one.url)
        return f"{urls}\n{self.context}"

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """The lines on screen meanwhile."""
        return tuple(line.text for screen in self.screens for line in screen.lines)

    def often(self, key: str) -> int:
        """How many sentences of the chapter say a name, by its letters and digits."""
        return sum(key in identifiers.bare(one.text) for one in self.chapter.sentences)

    def saying(self, value: str) -> Sentence | None:
        """The sentence that says a number, if one here does."""
        return next(
            (
                one
                for one in (*self.sentences, *self.around)
                if any(value in number.any_value for number in numbers.numbers(one.text, self.language))
            ),
            None,
        )

    def problem(
        self, check: str, message: str, found: tuple[str, ...], source: Sentence | None = None
    ) -> Problem:
        """A finding, with the sentence it rests on: `source`, or else the first that the block names."""
        source = source or (self.sentences[0] if self.sentences else None)
        return Problem(
            check=check,
            message=message,
            words=found,
            sentence=source.id if source else None,
            time_s=source.start_s if source else None,
        )


Check = Callable[[Block, Evidence], Iterable[Problem]]
"""A check looks at a block and its evidence and says what is wrong; it never changes anything."""


def evidence(
    block: Block,
    chapter: Chapter,
    outline: ChapterOutline,
    written_in: str | None = None,
    others: Iterable[Block] = (),
) -> Evidence:
    """Gather what a block names, and what stands around it.

    Args:
        written_in: the draft's language, None where it is the one spoken.
        others: the chapter's other blocks. A sentence may be told in two: a list and what leads to it.
    """
    everything = chapter.sentences
    cited = [place for place, sentence in enumerate(everything) if sentence.id in block.sentences]
    around = sorted(
        {
            near
            for place in cited
            for near in range(max(place - NEIGHBOURS, 0), min(place + NEIGHBOURS + 1, len(everything)))
        }
    )
    sentences = tuple(everything[place] for place in cited)
    screens = tuple(
        screen
        for screen in chapter.screens
        if screen.id in block.screens
        or any(screen.start_s < one.end_s and one.start_s < screen.end_s for one in sentences)
    )
    near = tuple(everything[place] for place in around)
    beside: dict[str, str] = {}
    before: list[Block] = []
    passed = False
    for other in others:
        # What takes a block's place has an id that begins like its.
        itself = block.id.startswith(other.id)
        passed = passed or itself
        if not passed:
            before.append(other)
        for name in other.sentences if not itself else ():
            if name in block.sentences:
                beside[name] = f"{beside.get(name, '')}\n{text_of(other)}"
    starts_s = {one.id: one.start_s for one in everything}
    began_s = [
        starts_s[one.sentences[0]]
        for one in before
        if isinstance(one, Paragraph) and one.sentences and one.sentences[0] in starts_s
    ]
    return Evidence(
        sentences, near, screens, chapter, outline, written_in or outline.language, beside,
        tuple((text_of(one), one.sentences) for one in before if is_prose(one)), began_s[-1] if began_s else 0.0,
    )  # fmt: skip


def text_of(block: Block) -> str:
    """The words of a block that a reader reads, without markup of the block itself or addresses of links."""
    match block:
        case Paragraph() | Quote() | Exercise():
            return LINK.sub(r"\1", block.text)
        case Heading() | Tokens():
            return block.text
        case Code():
            return f"{block.code}\n{block.output or ''}".strip()
        case Figure():
            return block.caption
        case BulletList():
            return "\n".join(LINK.sub(r"\1", item) for item in block.items)


def addresses_of(block: Block) -> tuple[str, ...]:
    """Where the links in a block's Markdown lead."""
    match block:
        case Paragraph() | Quote() | Exercise():
            texts: tuple[str, ...] = (block.text,)
        case BulletList():
            texts = block.items
        case _:
            texts = ()
    return tuple(match[2] for text in texts for match in LINK.finditer(text))


def is_prose(block: Block) -> bool:
    """Whether the block carries what was said, in words."""
    return isinstance(block, Paragraph | BulletList | Quote | Exercise)
