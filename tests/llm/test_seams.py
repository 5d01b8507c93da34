"""Seams: what the lecturer did not say twice is not twice in the book."""

from __future__ import annotations

from typing import Any

import pytest
from book import chapters

from pipeline.models import (
    Block,
    BulletList,
    Chapter,
    ChapterOutline,
    Chapters,
    Chunk,
    Code,
    Draft,
    Heading,
    Notation,
    Outline,
    OutlineChapter,
    Paragraph,
    Sentence,
    Term,
)
from pipeline.seam_phrases import PHRASES
from pipeline.seams import across, mend


def chapter_of(*texts: str, name: str = "ch02") -> Chapter:
    said = tuple(
        Sentence(id=f"s{n:04d}", start_s=n * 5.0, end_s=n * 5.0 + 5, text=text)
        for n, text in enumerate(texts)
    )
    end_s = 5.0 * len(texts)
    chunk = Chunk(id=f"{name}-01", start_s=0, end_s=end_s, sentences=said, screens=())
    return Chapter(id=name, title="Merging", start_s=0, end_s=end_s, boundary="author", chunks=(chunk,))


def view(*terms: Term, notation: tuple[Notation, ...] = ()) -> ChapterOutline:
    part = OutlineChapter(id="ch02", title="Merging", summary="")
    return ChapterOutline(
        title="Tokens", author=None, language="en", chapter=part, chapter_titles=("Bytes", "Merging", "GPT-4"),
        terms=terms, references=(), notation=notation,
    )  # fmt: skip


def term(name: str, chapter: str = "ch01", **more: Any) -> Term:
    return Term(term=name, definition="", chapter=chapter, sentence="s0000", **more)


def draft_of(*texts: str | Block, **more: Any) -> Draft:
    blocks = [
        Paragraph(id=f"ch02-b{n:03d}", sentences=(f"s{n - 1:04d}",), writer="openai", text=text)
        if isinstance(text, str) else text
        for n, text in enumerate(texts, 1)
    ]  # fmt: skip
    return Draft(chapter="ch02", title="Merging", writer="openai", blocks=tuple(blocks), **more)


def heading(text: str, number: int = 90) -> Heading:
    return Heading(id=f"ch02-b{number:03d}", writer="openai", text=text)


def mended(draft: Draft, chapter: Chapter, outline: ChapterOutline | None = None) -> list[str]:
    after, _ = mend(draft, chapter, outline or view())
    return [getattr(block, "text", "") for block in after.blocks]


SPOKEN = ("We count the pairs of bytes.", "The most frequent pair gets a new token.", "We do that 20 times.")


@pytest.mark.parametrize(
    "announced",
    [
        "In this section, we will look at how pairs are merged.",
        "In the next chapter we'll see what GPT-4 does.",
        "This chapter explores the merging of pairs.",
        "We will explore these ideas further in later sections.",
    ],
)
def test_what_nobody_announced_is_not_announced(announced: str) -> None:
    draft = draft_of(f"{announced} We count the pairs of bytes.", "The most frequent pair gets a new token.")
    assert mended(draft, chapter_of(*SPOKEN))[0] == "We count the pairs of bytes."


def test_an_announcement_that_was_spoken_stays() -> None:
    said = "In this section we will count the pairs of bytes."
    assert mended(draft_of(said), chapter_of("So in this section we're going to count the pairs.")) == [said]


def test_a_paragraph_of_nothing_but_announcement_goes() -> None:
    draft = draft_of("In this section, we will look at pairs.", "The most frequent pair gets a new token.")
    assert mended(draft, chapter_of(*SPOKEN)) == ["The most frequent pair gets a new token."]


def test_a_conclusion_that_nobody_spoke_goes() -> None:
    draft = draft_of(
        "We count the pairs of bytes.", "The most frequent pair gets a new token, 20 times.",
        "In conclusion, we count pairs of bytes, and the most frequent pair gets a new token.",
    )  # fmt: skip
    after, _ = mend(draft, chapter_of(*SPOKEN), view())
    assert len(after.blocks) == 2
    # The sentences it named are still named: nothing counts as dropped.
    assert after.blocks[-1].sentences == ("s0001", "s0002")


def test_a_fact_in_a_conclusions_clothes_stays_without_them() -> None:
    draft = draft_of("We count the pairs of bytes.", "Overall, this makes 276 entries for the vocabulary.")
    said = ("We count the pairs of bytes.", "And this makes 276 entries for the vocabulary.")
    assert mended(draft, chapter_of(*said))[1] == "This makes 276 entries for the vocabulary."


def test_a_conclusion_that_was_spoken_stays() -> None:
    summed = "To sum up, we count pairs."
    assert (
        mended(draft_of(SPOKEN[0], summed), chapter_of(SPOKEN[0], "So to sum up, we count pairs."))[1]
        == summed
    )


def test_a_term_of_another_chapter_is_not_defined_again() -> None:
    draft = draft_of("A token is a piece of text that a model sees. We count the pairs.", SPOKEN[1])
    assert mended(draft, chapter_of(*SPOKEN), view(term("token")))[0] == "We count the pairs."


def test_a_definition_that_the_lecturer_repeats_stays() -> None:
    said = "A token is a piece of text that a model sees."
    assert mended(draft_of(said), chapter_of("So a token is a piece of text."), view(term("token"))) == [said]


def test_a_definition_twice_in_a_chapter_is_mended_or_told() -> None:
    spoken = (
        "A merge is a new token for a pair.",
        "We do it again and again.",
        "Each merge costs the model time.",
    )
    once = "A merge is a new token for a pair."
    draft = draft_of(once, "We do it again. A merge is a new token for a pair.", "Each costs time.")
    after, left = mend(draft, chapter_of(*spoken), view(term("merge", "ch02")))
    assert [getattr(block, "text", "") for block in after.blocks][1] == "We do it again."
    assert left == ()
    draft = draft_of(once, "We do it again.", "A merge is a cost of model time.")
    _, left = mend(draft, chapter_of(*spoken), view(term("merge", "ch02")))
    assert len(left) == 1
    assert "twice in this chapter" in left[0]


def test_headings_are_not_twins_and_not_empty() -> None:
    draft = draft_of(
        heading("Merging!", 91), SPOKEN[0], heading("Pairs", 92), SPOKEN[1], heading("pairs", 93), SPOKEN[2],
        heading("Lost", 94),
    )  # fmt: skip
    assert mended(draft, chapter_of(*SPOKEN)) == [SPOKEN[0], "Pairs", SPOKEN[1], SPOKEN[2]]


def test_terms_are_spelled_one_way_outside_code_and_addresses() -> None:
    terms = (term("byte pair encoding"), term("UTF-8"))
    draft = draft_of(
        "Byte-pair encoding, or bytepair encoding, works on UTF8. See `byte-pair encoding` and "
        "[it](https://x.example/byte-pair-encoding).",
        BulletList(id="ch02-b050", sentences=("s0001",), writer="openai", items=("utf 8 bytes",)),
        Code(id="ch02-b051", writer="openai", code="utf8 = 1", language="python", origin="writer"),
    )
    after, _ = mend(draft, chapter_of(*SPOKEN), view(*terms))
    paragraph, listed, code = after.blocks
    assert isinstance(paragraph, Paragraph)
    assert paragraph.text == (
        "Byte pair encoding, or byte pair encoding, works on UTF-8. See `byte-pair encoding` and "
        "[it](https://x.example/byte-pair-encoding)."
    )
    assert isinstance(listed, BulletList)
    assert listed.items == ("utf-8 bytes",)
    assert isinstance(code, Code)
    assert code.code == "utf8 = 1"


def test_another_language_keeps_its_phrases_and_its_terms_are_the_tables() -> None:
    draft = draft_of("In this section, we will see. Das Byte-Paar ist hier.", language="de")
    terms = view(term("byte pair", translation="Byte Paar"))
    assert mended(draft, chapter_of(*SPOKEN), terms) == [
        "In this section, we will see. Das Byte Paar ist hier."
    ]


def test_what_is_clean_stays_as_it_is() -> None:
    draft = draft_of(heading("Pairs"), *SPOKEN)
    assert mend(draft, chapter_of(*SPOKEN), view(term("token"))) == (draft, ())


def test_across_chapters_it_is_told_and_nothing_is_changed() -> None:
    found: Chapters = chapters()
    outline = Outline(
        title="Tokens", author=None, language="en", made_by="m",
        chapters=tuple(OutlineChapter(id=one.id, title=one.title, summary="") for one in found.chapters),
        terms=(term("code unit"),),
    )  # fmt: skip

    def chapter_draft(name: str, title: str, *texts: str) -> Draft:
        blocks: list[Block] = [Heading(id=f"{name}-b001", writer="openai", text="Pairs")]
        blocks += [
            Paragraph(id=f"{name}-b{n:03d}", writer="openai", text=text) for n, text in enumerate(texts, 2)
        ]
        return Draft(chapter=name, title=title, writer="openai", blocks=tuple(blocks))

    drafts = [
        chapter_draft("ch01", "Bytes", "A code unit is a number."),
        chapter_draft("ch03", "bytes", "A code unit is a number."),
    ]
    told = [seam.what for seam in across(drafts, outline, found)]
    assert len(told) == 3
    assert {seam.chapter for seam in across(drafts, outline, found)} == {"ch03"}
    assert any("title of ch01" in what for what in told)
    assert any("section is called 'Pairs'" in what for what in told)
    assert any("'code unit' is defined here and in ch01" in what for what in told)


# ---------------------------------------------------------------------------------------- other languages

FACTS = {
    "en": "The most frequent pair gets a new token.",
    "de": "Das häufigste Paar bekommt ein neues Token.",
    "fr": "La paire la plus fréquente reçoit un nouveau jeton.",
    "es": "El par más frecuente recibe un nuevo token.",
    "zh": "最常见的字节对得到一个新的标记。",
}
SAID = {
    "en": "So the most frequent pair gets a new token.",
    "de": "Also das häufigste Paar bekommt ein neues Token.",
    "fr": "Donc la paire la plus fréquente reçoit un nouveau jeton.",
    "es": "Entonces el par más frecuente recibe un nuevo token.",
    "zh": "那么最常见的字节对得到一个新的标记。",
}
ANNOUNCEMENTS = [(language, one) for language, phrases in PHRASES.items() for one in phrases.examples]
CONCLUSIONS = [(language, one) for language, phrases in PHRASES.items() for one in phrases.conclusions]


def in_language(spoken: str, written: str | None, *texts: str, said: str) -> list[str]:
    outline = view().model_copy(update={"language": spoken})
    return mended(draft_of(*texts, language=written), chapter_of(said, said), outline)


@pytest.mark.parametrize(("language", "announced"), ANNOUNCEMENTS)
@pytest.mark.parametrize("translated", [False, True])
def test_announcements_go_in_every_language(language: str, announced: str, translated: bool) -> None:
    spoken = "en" if translated else language
    gap = "" if language == "zh" else " "
    written = language if translated else None
    fact = FACTS[language]
    assert in_language(spoken, written, f"{announced}{gap}{fact}", fact, said=SAID[spoken])[0] == fact
    # Where the lecturer announces it, it stays.
    text = f"{announced}{gap}{fact}"
    said = PHRASES[spoken].examples[0]
    assert in_language(spoken, written, text, fact, said=said)[0] == text


@pytest.mark.parametrize(("language", "concluded"), CONCLUSIONS)
def test_conclusions_go_in_every_language(language: str, concluded: str) -> None:
    lead = PHRASES[language].concluding.match(concluded)
    assert lead is not None
    again = f"{lead[0]}{FACTS[language][:1].lower()}{FACTS[language][1:]}"
    said = SAID[language]
    assert in_language(language, None, FACTS[language], again, said=said) == [FACTS[language]]
    # What was not said before stays, without its clothes; and a summing up that was spoken stays as it is.
    [_, kept] = in_language(language, None, "GPT-2.", concluded, said=said)
    assert kept.casefold() == concluded[lead.end() :].casefold()
    assert in_language(language, None, FACTS[language], again, said=concluded)[1] == again


def test_an_unknown_language_keeps_its_phrases() -> None:
    text = "In this section, we will look at pairs."
    assert in_language("tlh", None, text, said="nuqneH") == [
        text,
    ]
