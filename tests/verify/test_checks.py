"""Each check by itself: what it finds, what it lets pass, and on which sentence it rests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.checks.reading import coverage, held, sentences, weight
from pipeline.config import VerifyOptions
from pipeline.models import Block, Chapter, ChapterOutline, Problem
from pipeline.verify import problems_of

Page = Callable[..., tuple[Block, Chapter, ChapterOutline]]

SAID = (
    "Language models do not read letters.",
    "The first byte tells you how many bytes follow.",
    "GPT-2, from twenty nineteen, did this with fifty thousand merges, in about sixteen hours.",
    "All of the merges are stored in a table by OpenAI.",
    "In general, the larger table is faster than the smaller alternatives.",
)
FAITHFUL = (
    "Language models don't read letters. How many bytes follow is told by the first one. GPT-2 did this in 2019 "
    "with 50,000 merges, in about 16 hours. OpenAI stores all of the merges in a table; in general the larger table "
    "is faster than the smaller alternatives."
)


def found(page: Page, written: str, **more: object) -> tuple[Problem, ...]:
    return problems_of(*page(SAID, written, **more), VerifyOptions())


def test_a_faithful_rewrite_is_supported(page: Page) -> None:
    assert found(page, FAITHFUL) == ()


@pytest.mark.parametrize(
    ("before", "after", "check", "words", "sentence"),
    [
        ("50,000", "70,000", "number", "70,000", None),
        ("GPT-2", "GPT-4", "name", "GPT-4", None),
        ("OpenAI", "Google", "name", "Google", None),
        ("don't read", "read", "negation", "not read letters", "s0000"),
        ("is told by", "is not told by", "negation", "not told by the", "s0001"),
        ("the first one", "the second one", "ordinal", "second", "s0001"),
        ("16 hours", "16 minutes", "unit", "16 minutes", "s0002"),
        ("stores all", "stores some", "amount", "some", "s0003"),
        ("in about 16", "in exactly 16", "amount", "16", "s0002"),
        (" How many bytes follow is told by the first one.", "", "lost", "byte", "s0001"),
        ("GPT-2 did", "The algorithm became popular with researchers. GPT-2 did", "added", "popular", None),
        ("in a table;", "in a table (Smith et al., 2018);", "number", "2018", None),
        ("is faster", "is slower", "opposite", "slower", "s0004"),
    ],
)  # fmt: skip
def test_what_is_changed_is_found(
    page: Page, before: str, after: str, check: str, words: str, sentence: str | None
) -> None:
    assert before in FAITHFUL
    problems = [one for one in found(page, FAITHFUL.replace(before, after)) if one.check == check]
    assert problems, f"{check} found nothing"
    assert any(words in one.words for one in problems), problems
    if sentence is not None:
        assert any(one.sentence == sentence for one in problems), problems
        assert all(one.time_s is not None for one in problems)


def test_a_number_from_near_by_is_no_support_where_one_said_here_is_gone(page: Page) -> None:
    said = ("We train it on 512 files.", "Then we take 256 of the symbols.", "That is all.")
    block, chapter, outline = page(said, "Then we take 512 of the symbols.", cited=[1])
    [problem] = [
        one for one in problems_of(block, chapter, outline, VerifyOptions()) if one.check == "number"
    ]
    assert problem.words == ("512", "256")
    assert problem.sentence == "s0001"


def test_a_denial_may_be_put_otherwise(page: Page) -> None:
    said = (
        "If it is a pair we merge it; otherwise we copy one number.",
        "It was trained on unpublished books.",
    )
    written = (
        "If it is a pair we merge it; if not, we copy one number. It was trained on books not published."
    )
    assert problems_of(*page(said, written), VerifyOptions()) == ()


def test_a_recognizers_misspelling_may_be_mended(page: Page) -> None:
    said = ("An example of this is BURT, the most popular model.", "BERT reads both ways.")
    written = "An example of this is BERT, the most popular model."
    assert problems_of(*page(said, written, cited=[0]), VerifyOptions()) == ()


def test_a_misspelling_is_mended_by_what_is_said_elsewhere(page: Page) -> None:
    said = (
        "A popular example of an encoder architecture is BURT, the first model of its kind.",
        "So it goes.",
        "Then so.",
        "Well so.",
        "BERT reads.",
    )
    written = "A popular example of an encoder architecture is BERT, the first model of its kind."
    assert problems_of(*page(said, written, cited=[0]), VerifyOptions()) == ()


def test_millions_may_be_a_million(page: Page) -> None:
    said = ("The dataset contains 1.2 millions of photo images.",)
    assert problems_of(*page(said, "The dataset contains 1.2 million photo images."), VerifyOptions()) == ()


def test_what_is_on_screen_is_support(page: Page) -> None:
    said = ("So this is how it looks when the tokens come out.", "And that is the count.")
    written = "So this is how it looks when the tokens come out of cl100k_base: the count is 185."
    assert {one.check for one in problems_of(*page(said, written), VerifyOptions())} >= {"number", "name"}
    assert problems_of(*page(said, written, shown=["cl100k_base", "185"]), VerifyOptions()) == ()


def test_another_block_may_tell_a_part(page: Page) -> None:
    block, chapter, outline = page(SAID, FAITHFUL.split(" How many")[0])
    other = block.model_copy(update={"id": "ch01-b002", "text": FAITHFUL})
    alone = problems_of(block, chapter, outline, VerifyOptions())
    beside = problems_of(block, chapter, outline, VerifyOptions(), others=[block, other])
    assert any("byte" in one.words for one in alone if one.check == "lost")
    assert not any("byte" in one.words for one in beside if one.sentence == "s0001" and one.check == "lost")


def test_across_languages_only_numbers_and_names_are_compared(page: Page) -> None:
    german = (
        "Sprachmodelle lesen keine Buchstaben. GPT-2 tat das 2019 mit 50.000 Verschmelzungen, in 16 Stunden."
    )
    block, chapter, outline = page(SAID[:3], german.replace("50.000", "50,000"))
    assert problems_of(block, chapter, outline, VerifyOptions(), written_in="de") == ()
    wrong = block.model_copy(update={"text": german.replace("50.000", "70,000").replace("GPT-2", "GPT-4")})
    kinds = {one.check for one in problems_of(wrong, chapter, outline, VerifyOptions(), written_in="de")}
    assert kinds == {"number", "number lost", "name"}


def test_other_languages_get_what_needs_no_english(page: Page) -> None:
    said = ("Sprachmodelle lesen keine Buchstaben.", "GPT-2 lernte fünfzigtausend Verschmelzungen.")
    block, chapter, outline = page(
        said, "Sprachmodelle lesen keine Buchstaben. GPT-2 lernte 50000 Verschmelzungen."
    )
    german = outline.model_copy(update={"language": "de"})
    assert problems_of(block, chapter, german, VerifyOptions()) == ()
    less = block.model_copy(update={"text": "GPT-2 lernte 50000 Verschmelzungen."})
    assert {one.check for one in problems_of(less, chapter, german, VerifyOptions())} == {"lost"}


def test_sentences_end_where_they_end() -> None:
    assert sentences("Gage et al. did it, e.g. in 1994. It is short. \n- a list\n- of two") == (
        "Gage et al. did it, e.g. in 1994.", "It is short.", "- a list", "- of two",
    )  # fmt: skip


def test_rare_words_weigh_more() -> None:
    assert weight("tokenizer", "en") == 1.0
    assert weight("way", "en") < 0.5
    assert weight("1992", "en") == 1.0


def test_coverage_names_what_is_missing() -> None:
    got = coverage("The tokenizer computes merges", held("the computation of a merge", "en"), "en")
    assert got.missing == ("tokenizer",)
    assert 0 < got.share < 1


@pytest.mark.parametrize(
    ("said", "faithful", "false"),
    [
        (
            "You're not emitting any carbon at all, very, very little.",
            "You emit very, very little carbon, none at all.",
            "You emit most carbon of all.",
        ),
        (
            "You're not trying all possible combinations, you're only trying a subset of them.",
            "You are only trying a subset of the combinations, not all possible ones.",
            None,
        ),
        (
            "We are trying all possible combinations of a subset.",
            "We are trying all possible combinations of a subset.",
            "We are trying not all possible combinations of a subset.",
        ),
        (
            "Instead of using a select() method to return examples, we use the take() method.",
            "It has no select() method to return examples: we use the take() method.",
            "It has a select() method to return examples: we use no take() method.",
        ),
        (
            "It doesn't need Git or Git LFS installed.",
            "Neither Git nor Git LFS has to be installed for it.",
            "It needs Git or Git LFS installed.",
        ),
        (
            "It is difficult to know when two tokens belong to the same word.",
            "It is not easy to know when two tokens belong to the same word.",
            "It is not difficult to know when two tokens belong to the same word.",
        ),
        (
            "We normalize the text before the tokens are counted.",
            "After we normalize the text, the tokens are counted.",
            "We normalize the text after the tokens are counted.",
        ),
        (
            "There are many models available, and not just in English.",
            "There are many models available, and not only in English.",
            "There are many models available, and just in English.",
        ),
        (
            "The rules remove noise which seems useless for the learning of our model.",
            "The rules remove noise that seems of no use for the learning of our model.",
            "The rules never remove noise which seems useless for the learning of our model.",
        ),
        (
            "The tokenizer keeps the position of each token in the text.",
            "For every token, the tokenizer keeps its position in the text.",
            "The tokenizer keeps the position of one token in the text.",
        ),
    ],
)
def test_small_words_may_be_put_otherwise(page: Page, said: str, faithful: str, false: str | None) -> None:
    assert problems_of(*page((said,), faithful), VerifyOptions()) == ()
    assert false is None or problems_of(*page((said,), false), VerifyOptions())


@pytest.mark.parametrize(
    ("said", "faithful", "false"),
    [
        ("We use the safe pretrained method for it.", "We use the save_pretrained method for it.",
         "We use the load_pretrained method for it."),
        ("The gpt2 tokenizer cuts text at the spaces.", "GPT-2's tokenizer cuts text at the spaces.",
         "GPT-4's tokenizer cuts text at the spaces."),
        ("In natural language processing, texts are cut into tokens before a model reads them.",
         "In NLP, texts are cut into tokens before a model reads them.",
         "In NLG, texts are cut into tokens before a model reads them."),
        ("Take A A A B D A A A B A C as the text.", "Take AAABDAAABAC as the text.", "Take AAABDAAABCC as the text."),
        ("Give the path and the idea of the repository.", "Give the path and the ID of the repository.", None),
        ("There are two texts, and the model runs two times.", "The model runs twice, on two texts.",
         "There are two texts, and the model runs two hours."),
    ],
)  # fmt: skip
def test_names_and_numbers_may_be_spelled_otherwise(
    page: Page, said: str, faithful: str, false: str | None
) -> None:
    assert problems_of(*page((said,), faithful), VerifyOptions()) == ()
    assert false is None or problems_of(*page((said,), false), VerifyOptions())


def test_what_all_sentences_speak_of_is_no_proof_of_one(page: Page) -> None:
    said = (
        "The tokenizer of the model splits the text of the sentence.",
        "The tokenizer of the model lowercases the sentence and strips accents.",
        "The tokenizer of the model adds special tokens to the sentence.",
    )
    kept = "The model's tokenizer splits the sentence's text, puts it in lower case without accents, and adds special tokens."
    assert problems_of(*page(said, kept), VerifyOptions()) == ()
    [problem] = problems_of(
        *page(
            said, "The model's tokenizer splits the sentence's text and adds special tokens to the sentence."
        ),
        VerifyOptions(),
    )
    assert (problem.check, problem.sentence) == ("lost", "s0001")
