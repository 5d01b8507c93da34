"""The seams between what was written piece by piece: mended within a chapter, reported across chapters.

A model that sees one stretch at a time announces what comes, sums up what was, defines a term that was defined,
spells it another way, and names two sections alike. What the lecturer did not say of that goes; what the lecturer
did say stays. A chapter is mended by its own speech and outline alone, never by its neighbours' text, so that writing
one afresh leaves the others as they are; what can only be seen across chapters is reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.models import (
    Block,
    BulletList,
    Chapter,
    ChapterOutline,
    Chapters,
    Draft,
    Figure,
    Heading,
    Outline,
    Paragraph,
)
from pipeline.seam_phrases import SeamPhrases, phrases_of
from pipeline.text import words

__all__ = ["Seam", "across", "mend"]


@dataclass(frozen=True)
class Seam:
    """Something that is twice in the book, or two ways."""

    chapter: str
    what: str


_SENTENCE_END = re.compile(r"(?<=[.!?])[\"”’)*_]*\s+(?=[^\W_a-z]|[\"“«¿¡(`*\[_])|(?<=[。！？])\s*(?=\S)")
_SPOKEN_AROUND = 2


# ------------------------------------------------------------------------------------------------ one chapter


def mend(draft: Draft, chapter: Chapter, outline: ChapterOutline) -> tuple[Draft, tuple[str, ...]]:
    """The chapter without its seams, and what is left of them, as sentences.

    Phrases are mended where those of the language written and of the one spoken are known; definitions in English.
    """
    seamster = _Mender(draft, chapter, outline)
    blocks = seamster.blocks()
    return draft.model_copy(update={"blocks": tuple(blocks)}), tuple(seamster.left)


class _Mender:
    def __init__(self, draft: Draft, chapter: Chapter, outline: ChapterOutline) -> None:
        self.draft = draft
        self.chapter = chapter
        self.outline = outline
        self.language = outline.language
        self.written_in = draft.language or outline.language
        self.phrases = phrases_of(self.written_in)
        self.spoken_phrases = phrases_of(outline.language)
        self.in_english = (draft.language or outline.language)[:2] == "en" == outline.language[:2]
        self.left: list[str] = []
        self.place = {sentence.id: n for n, sentence in enumerate(chapter.sentences)}

    def blocks(self) -> list[Block]:
        blocks = list(self.draft.blocks)
        if self.phrases is not None and self.spoken_phrases is not None:
            announcing, spoken = self.phrases.announcing, self.spoken_phrases.announcing
            blocks = [self._without(block, announcing, spoken) for block in blocks]
            blocks = self._without_conclusion(blocks, self.phrases, self.spoken_phrases.spoken_cues)
        if self.in_english:
            blocks = self._defined_once(blocks)
        blocks = [block for block in blocks if not isinstance(block, Paragraph) or block.text.strip()]
        blocks = self._headed_once(blocks)
        return [_respelled(block, self._spellings()) for block in blocks]

    # ---- phrases

    def _spoken(self, block: Block) -> str:
        """What is said where the block is from, and around it."""
        cited = [self.place[name] for name in block.sentences if name in self.place]
        if not cited:
            return ""
        first, last = max(min(cited) - _SPOKEN_AROUND, 0), max(cited) + _SPOKEN_AROUND + 1
        return " ".join(sentence.text for sentence in self.chapter.sentences[first:last])

    def _without(self, block: Block, announcing: re.Pattern[str], spoken: re.Pattern[str]) -> Block:
        """The paragraph without the sentences that announce, unless the lecturer does so there."""
        if not isinstance(block, Paragraph) or spoken.search(self._spoken(block)):
            return block
        sentences = _sentences(block.text)
        kept = [sentence for sentence in sentences if not announcing.search(sentence)]
        return block if len(kept) == len(sentences) else block.model_copy(update={"text": self._joined(kept)})

    def _joined(self, sentences: Sequence[str]) -> str:
        return ("" if self.written_in[:2] in {"zh", "ja"} else " ").join(sentences)

    def _without_conclusion(
        self, blocks: list[Block], phrases: SeamPhrases, cues: re.Pattern[str]
    ) -> list[Block]:
        """The last paragraph sums up only if the lecturer does: a summing up goes, a fact in its clothes stays."""
        last = next((n for n in range(len(blocks) - 1, -1, -1) if isinstance(blocks[n], Paragraph)), None)
        if last is None:
            return blocks
        block = blocks[last]
        assert isinstance(block, Paragraph)
        sentences = list(_sentences(block.text))
        at = next((n for n, sentence in enumerate(sentences) if phrases.concluding.match(sentence)), None)
        if at is None or cues.search(self._spoken(block)):
            return blocks
        said_before = {word for one in blocks[:last] for word in self._content(_prose(one))}
        said_before |= {word for one in sentences[:at] for word in self._content(one)}
        first = phrases.concluding.sub("", sentences[at])
        summed = self._content(" ".join([first, *sentences[at + 1 :]]))
        if summed and sum(word in said_before for word in summed) >= 0.8 * len(summed):
            kept = sentences[:at]
        else:
            kept = [*sentences[:at], first[:1].upper() + first[1:], *sentences[at + 1 :]]
        blocks[last] = block.model_copy(update={"text": self._joined(kept)})
        if not kept:
            blocks[:last] = [
                _citing(one, block.sentences) if n == last - 1 else one for n, one in enumerate(blocks[:last])
            ]
        return blocks

    def _content(self, text: str) -> list[str]:
        """Content words of what was written; pairs of letters in scripts without spaces."""
        if self.written_in[:2] not in {"zh", "ja"}:
            return list(words.content(text, self.written_in))
        letters = re.sub(r"[\W_]+", "", text)
        return [letters[at : at + 2] for at in range(len(letters) - 1)]

    # ---- definitions

    def _defined_once(self, blocks: list[Block]) -> list[Block]:
        for term in self.outline.terms:
            shape = _defining(term.term)
            spoken = sum(bool(shape.search(sentence.text)) for sentence in self.chapter.sentences)
            elsewhere = term.chapter != self.outline.chapter.id
            first = "" if not elsewhere else None
            for n, block in enumerate(blocks):
                if not isinstance(block, Paragraph):
                    continue
                kept = []
                for sentence in _sentences(block.text):
                    if not shape.search(sentence):
                        kept.append(sentence)
                    elif first == "":
                        first = sentence
                        kept.append(sentence)
                    elif spoken > (0 if elsewhere else 1):
                        kept.append(sentence)
                    elif self._is_ours(sentence, first, block):
                        continue
                    else:
                        kept.append(sentence)
                        where = f"in {term.chapter}" if elsewhere else "twice in this chapter"
                        self.left.append(f"{term.term!r} is defined here too ({where}): {sentence[:80]!r}")
                if len(kept) != len(list(_sentences(block.text))):
                    blocks[n] = block.model_copy(update={"text": " ".join(kept)})
        return blocks

    def _is_ours(self, sentence: str, first: str | None, block: Block) -> bool:
        """Whether a definition adds nothing of the lecturer's: not said here, or said in the first one already."""
        stated = words.content(sentence, self.language)
        source = set(words.content(self._spoken(block), self.language))
        if first:
            source -= set(words.content(first, self.language))
        return sum(word in source for word in stated) < 0.5 * len(stated)

    # ---- headings and spellings

    def _headed_once(self, blocks: list[Block]) -> list[Block]:
        """No heading twice, none that is a chapter's title, none with nothing under it."""
        taken = {_bare(title) for title in (*self.outline.chapter_titles, self.outline.chapter.title)}
        kept: list[Block] = []
        for block in blocks:
            if isinstance(block, Heading):
                if _bare(block.text) in taken:
                    continue
                taken.add(_bare(block.text))
                if kept and isinstance(kept[-1], Heading) and kept[-1].level >= block.level:
                    kept.pop()
            kept.append(block)
        while kept and isinstance(kept[-1], Heading):
            kept.pop()
        return kept or blocks

    def _spellings(self) -> list[tuple[re.Pattern[str], str]]:
        names = [term.translation or term.term for term in self.outline.terms]
        names += [one.symbol for one in self.outline.notation if len(one.symbol) > 2]
        return [(pattern, name) for name in names if (pattern := _variants(name)) is not None]


def _citing(block: Block, sentences: Sequence[str]) -> Block:
    if not isinstance(block, Paragraph):
        return block
    return block.model_copy(update={"sentences": tuple(dict.fromkeys((*block.sentences, *sentences)))})


# ---------------------------------------------------------------------------------------------- many chapters


def across(drafts: Sequence[Draft], outline: Outline, chapters: Chapters) -> list[Seam]:
    """What is twice in the book, though not in the lecture, and can only be seen across chapters."""
    return [*_twin_titles(drafts), *_twin_headings(drafts), *_twin_definitions(drafts, outline, chapters)]


def _twin_titles(drafts: Sequence[Draft]) -> Iterator[Seam]:
    seen: dict[str, str] = {}
    for draft in drafts:
        other = seen.setdefault(_bare(draft.title), draft.chapter)
        if other != draft.chapter:
            yield Seam(draft.chapter, f"it has the title of {other}, {draft.title!r}")


def _twin_headings(drafts: Sequence[Draft]) -> Iterator[Seam]:
    seen: dict[str, str] = {}
    for draft in drafts:
        if draft.writer not in ("openai", "local"):
            continue
        for block in draft.blocks:
            if isinstance(block, Heading):
                other = seen.setdefault(_bare(block.text), draft.chapter)
                if other != draft.chapter:
                    yield Seam(draft.chapter, f"a section is called {block.text!r}, as one of {other} is")


def _twin_definitions(drafts: Sequence[Draft], outline: Outline, chapters: Chapters) -> Iterator[Seam]:
    for term in outline.terms:
        for draft in drafts:
            if draft.chapter == term.chapter or draft.writer not in ("openai", "local"):
                continue
            if draft.language not in (None, outline.language):
                continue
            shape = _defining(term.term)
            said = chapters.find(draft.chapter).sentences
            if any(shape.search(sentence.text) for sentence in said):
                continue
            if any(isinstance(block, Paragraph) and shape.search(block.text) for block in draft.blocks):
                yield Seam(draft.chapter, f"{term.term!r} is defined here and in {term.chapter}")


# ----------------------------------------------------------------------------------------------------- text


def _sentences(text: str) -> list[str]:
    return [sentence for sentence in _SENTENCE_END.split(text.strip()) if sentence.strip()]


def _prose(block: Block) -> str:
    match block:
        case Paragraph():
            return block.text
        case BulletList():
            return " ".join(block.items)
        case _:
            return ""


def _bare(text: str) -> str:
    return " ".join(words.normal(token.text) for token in words.tokens(text)) or text


def _defining(term: str) -> re.Pattern[str]:
    """Sentences that say what a term is: "A token is a ...", "this is called a token"."""
    name = r"[\s-]?".join(re.escape(part) for part in re.split(r"[\s-]+", term.strip()))
    quoted = rf"[*_`\"“]*{name}s?[*_`\"”]*"
    return re.compile(
        rf"(?:^|[.!?;:] )(?:so |now |and |here,? )?(?:an? |the )?{quoted},? (?:is|are|means?|refers? to) "
        rf"(?:simply |just |basically )?(?:an?|the|when|what)\b|\b(?:called|known as|call (?:this|that|it|these)) "
        rf"(?:an? |the )?{quoted}(?!\w)",
        re.IGNORECASE,
    )


def _variants(name: str) -> re.Pattern[str] | None:
    """The name as it may be spelled otherwise: hyphens, spaces and their absence. None where there is no other way."""
    parts = re.split(r"[\s-]+", name.strip())
    if len(parts) < 2 or not all(parts) or any(not re.fullmatch(r"[\w.+#]+", part) for part in parts):
        return None
    joined = r"[ -]?".join(re.escape(part) for part in parts)
    return re.compile(rf"(?<![\w`/.-]){joined}(?![\w`/-])", re.IGNORECASE)


_KEPT_AS_IS = re.compile(r"`[^`]*`|\]\([^)]*\)|<[^>]*>|https?://\S+")


def _respelled(block: Block, spellings: Sequence[tuple[re.Pattern[str], str]]) -> Block:
    """Terms in the book's one spelling; code, addresses and what stands in quotes are left alone."""
    match block:
        case Paragraph() | Heading():
            text = _respell(block.text, spellings)
            return block if text == block.text else block.model_copy(update={"text": text})
        case BulletList():
            items = tuple(_respell(item, spellings) for item in block.items)
            return block if items == block.items else block.model_copy(update={"items": items})
        case Figure():
            caption = _respell(block.caption, spellings)
            return block if caption == block.caption else block.model_copy(update={"caption": caption})
        case _:
            return block


def _respell(text: str, spellings: Sequence[tuple[re.Pattern[str], str]]) -> str:
    for pattern, name in spellings:
        text = _outside(text, pattern, name)
    return text


def _outside(text: str, pattern: re.Pattern[str], name: str) -> str:
    def change(part: str) -> str:
        return pattern.sub(lambda found: _as(found[0], name), part)

    out, at = [], 0
    for kept in _KEPT_AS_IS.finditer(text):
        out += [change(text[at : kept.start()]), kept[0]]
        at = kept.end()
    return "".join([*out, change(text[at:])])


def _as(found: str, name: str) -> str:
    """The name with the capitals that were found, where only hyphens and spaces differ."""
    letters = iter(re.sub(r"[\s-]", "", found))
    if re.sub(r"[\s-]", "", found).casefold() != re.sub(r"[\s-]", "", name).casefold():
        return found
    return "".join(letter if letter in " -" else next(letters) for letter in name)
