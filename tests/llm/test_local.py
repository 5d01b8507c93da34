"""The `local` writer: what its model is given, how each answer is checked, and what stands where it fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from components import fetch_weights
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import Config
from pipeline.interfaces import Assignment, Reply, Request
from pipeline.models import (
    Chapter,
    ChapterOutline,
    Chunk,
    Draft,
    OutlineChapter,
    Paragraph,
    Section,
    Sentence,
    SourceVideo,
)
from pipeline.replies import Replies
from pipeline.text import words
from pipeline.writers.editor import EditorWriter, markdown, plain
from pipeline.writers.local import LocalWriter
from pipeline.writers.local_checks import fault, heading_fault, sentences_of
from pipeline.writers.local_grammar import edit_grammar
from pipeline.writers.local_windows import is_rough, windows

ROUGH = (
    "So um, we take the text and, we take the text and encode it in UTF-8.",
    "I'm counting, I'm looking at pairs of bytes that stand side by side.",
    "The most frequent pair gets a new token, number 256.",
    "And I think we do that again and again until the vocabulary is large enough.",
)
SMOOTH = (
    "GPT-4 has about 100,000 tokens in its vocabulary, and each of them is a piece of text.",
    "A larger vocabulary makes the text shorter, and the table of embeddings grows with it.",
)
EDITED = (
    "We take the text and encode it in UTF-8, and I'm looking at pairs of bytes that stand side by side, counting. "
    "The most frequent pair gets a new token, number 256. I think we do that again and again until the vocabulary "
    "is large enough."
)


ORDERED = (
    "We take the text and encode it in UTF-8. I'm counting, I'm looking at pairs of bytes that stand side by side. The "
    "most frequent pair gets a new token, number 256, and I think we do that again and again until the vocabulary is "
    "large enough."
)


class Scripted:
    """A language model whose replies a function makes."""

    name = "scripted"
    sees = False
    takes_grammar = True
    context_tokens = 4096

    def __init__(self, answer: Callable[[str, Request], str]) -> None:
        self.answer = answer
        self.requests: list[Request] = []

    def complete(self, request: Request) -> Reply:
        self.requests.append(request)
        text = request.messages[-1].text
        return Reply(self.answer(text.removeprefix("Edit this passage:\n"), request), finished=True)


def lecture(texts: tuple[str, ...]) -> Chapter:
    sentences = tuple(
        Sentence(id=f"s{n + 1:04d}", start_s=10.0 * n, end_s=10.0 * n + 9, text=text)
        for n, text in enumerate(texts)
    )
    end_s = 10.0 * len(texts)
    chunk = Chunk(id="ch01-01", start_s=0, end_s=end_s, sentences=sentences, screens=())
    return Chapter(id="ch01", title="Pairs", start_s=0, end_s=end_s, boundary="whole", chunks=(chunk,))


def asked(folder: Path, *texts: str, sections: tuple[Section, ...] = (), sample: int = 0) -> Assignment:
    chapter = OutlineChapter(id="ch01", title="Byte pairs", summary="", sections=sections)
    outline = ChapterOutline(
        title="Tokens", author=None, language="en", chapter=chapter, chapter_titles=("Byte pairs",),
        terms=(), references=(),
    )  # fmt: skip
    return Assignment(lecture(texts), outline, folder, sample)


def silent(done: float, total: float, note: str) -> None:
    pass


def local(model: Scripted, folder: Path) -> LocalWriter:
    return LocalWriter(model, EditorWriter(), Replies(folder / "work" / "llm"))


def paragraphs(draft: Draft) -> list[Paragraph]:
    return [block for block in draft.blocks if isinstance(block, Paragraph)]


# ------------------------------------------------------------------------------------------------ writing


def test_rough_windows_are_the_models_and_the_rest_the_editors(tmp_path: Path) -> None:
    model = Scripted(lambda *_: EDITED)
    two = (Section(title="How large", sentence="s0005"),)
    draft = local(model, tmp_path).write(asked(tmp_path, *ROUGH, *SMOOTH, sections=two), silent)
    first, second = paragraphs(draft)
    assert (first.writer, first.text) == ("local", EDITED)
    assert (second.writer, second.text) == ("editor", " ".join(SMOOTH))
    assert len(model.requests) == 1
    assert "um" not in model.requests[0].messages[-1].text.split()
    assert first.sentences == ("s0001", "s0002", "s0003", "s0004")
    assert (draft.writer, draft.model) == ("local", "scripted")


def test_replies_are_kept_and_read_back(tmp_path: Path) -> None:
    model = Scripted(lambda *_: EDITED)
    draft = local(model, tmp_path).write(asked(tmp_path, *ROUGH), silent)
    assert len(list((tmp_path / "work" / "llm").glob("*.json"))) == len(model.requests) == 1
    again = Scripted(lambda *_: EDITED)
    assert local(again, tmp_path).write(asked(tmp_path, *ROUGH), silent) == draft
    assert not again.requests


def test_a_fresh_sample_asks_for_smooth_windows_too(tmp_path: Path) -> None:
    model = Scripted(lambda passage, _: passage)
    local(model, tmp_path).write(asked(tmp_path, *SMOOTH, sample=1), silent)
    assert [(request.seed, request.temperature > 0) for request in model.requests] == [(1, True)]


def test_a_reply_that_invents_is_asked_for_under_a_grammar(tmp_path: Path) -> None:
    model = Scripted(lambda _, request: ORDERED if request.grammar else "It costs 300 dollars a day." * 3)
    draft = local(model, tmp_path).write(asked(tmp_path, *ROUGH), silent)
    assert paragraphs(draft)[0].text == ORDERED
    assert [request.grammar is not None for request in model.requests] == [False, True]


def test_where_both_replies_fail_the_editors_text_stands(tmp_path: Path) -> None:
    assignment = asked(tmp_path, *ROUGH)
    draft = local(Scripted(lambda *_: "It has a mirror."), tmp_path).write(assignment, silent)
    assert draft.blocks == EditorWriter().write(assignment, silent).blocks
    assert draft.writer == "local"


def test_what_loses_is_not_asked_for_again(tmp_path: Path) -> None:
    model = Scripted(lambda *_: "We encode the text in UTF-8, and the most frequent pair gets number 256.")
    draft = local(model, tmp_path).write(asked(tmp_path, *ROUGH), silent)
    assert len(model.requests) == 1
    assert {block.writer for block in draft.blocks} == {"editor"}


def test_what_the_grammar_bent_does_not_pass(tmp_path: Path) -> None:
    crooked = EDITED.replace("and I'm looking at pairs", "and pairs I'm looking of")
    model = Scripted(lambda _, request: crooked if request.grammar else "It costs 300 dollars a day." * 3)
    draft = local(model, tmp_path).write(asked(tmp_path, *ROUGH), silent)
    assert len(model.requests) == 2
    assert {block.writer for block in draft.blocks} == {"editor"}


def test_a_mere_copy_is_not_asked_for_again_and_stays_the_editors(tmp_path: Path) -> None:
    model = Scripted(lambda passage, _: passage)
    draft = local(model, tmp_path).write(asked(tmp_path, *ROUGH), silent)
    assert {block.writer for block in draft.blocks} == {"editor"}
    assert len(model.requests) == 1


def test_progress_is_told_window_by_window(tmp_path: Path) -> None:
    told: list[tuple[float, float]] = []
    local(Scripted(lambda *_: EDITED), tmp_path).write(
        asked(tmp_path, *ROUGH, *SMOOTH), lambda a, b, _: told.append((a, b))
    )
    assert told == sorted(told)
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1] > 0


def test_a_sentence_without_full_stops_loses_nothing(tmp_path: Path) -> None:
    """Captions without punctuation: the editor cuts such a sentence into several paragraphs."""
    run_on = " and then ".join(
        f"we merge pair number {n} of the bytes into token {300 + n}" for n in range(40)
    )
    draft = local(Scripted(lambda passage, _: passage), tmp_path).write(asked(tmp_path, run_on + "."), silent)
    text = " ".join(block.text for block in paragraphs(draft))
    assert [text.count(f" {300 + n}") for n in range(40)] == [1] * 40


# ------------------------------------------------------------------------------------------------ headings


def long_lecture() -> Chapter:
    bytes_ = tuple(f"The byte number {n} of the text is a number from the list of bytes." for n in range(22))
    merges = tuple(f"The merge number {n} joins a pair of neighbours into one new symbol." for n in range(22))
    return lecture((*bytes_, "Now let's look at this.", *merges))


def video(duration_s: float) -> SourceVideo:
    return SourceVideo(
        id="tokens", url=None, moment_url=None, title="Tokens", duration_s=duration_s, media="work/media/a.mp4",
        sha256="0" * 64, has_video=True, has_audio=True, language="en",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "taken"),
    [
        ("Joining a pair of neighbours", True),
        ('"Joining a pair of neighbours."', True),
        ("The secret life of telescopes", False),
        ("Grinding the mirror", False),
        ("Joins", False),
        ("This passage is about how a merge joins a pair of neighbours into one", False),
    ],
)
def test_a_section_is_named_by_the_model_where_its_words_were_said(
    reply: str, taken: bool, tmp_path: Path
) -> None:
    chapter = long_lecture()
    model = Scripted(lambda *_: reply)
    outline = local(model, tmp_path).outline(video(chapter.end_s), [chapter], silent)
    titles = [section.title for section in outline.chapters[0].sections]
    assert ("Joining a pair of neighbours" in titles) == taken
    assert len(model.requests) >= 1
    assert all(150 <= words.count(request.messages[-1].text) <= 200 for request in model.requests)
    assert reply in titles or reply.strip('".') in titles or not taken


@pytest.mark.parametrize(
    ("heading", "why"),
    [
        ("Merging pairs of bytes", None),
        ("Merging", "length"),
        ("We merge. Then we stop", "length"),
        ("What it is", "empty"),
        ("Merging pairs with a telescope", "added"),
        ("Merging 257 pairs", "added"),
    ],
)
def test_each_fault_of_a_heading_is_found(heading: str, why: str | None) -> None:
    assert heading_fault(heading, "now we merge 256 pairs of bytes until nothing is left") == why


# ------------------------------------------------------------------------------------------------ checks

PASSAGE = "The most frequent pair gets a new token, number 256."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("The most frequent pair does not get a new token, number 256.", "negation"),
        ("The most frequent pair gets a new token.", "lost"),
        ("The most frequent pair gets a new token, number 256, number 512.", "numbers"),
        ("Number 256 it is for you and me.", "lost"),
        ("The most frequent pair gets a new shiny golden token, number 256.", "added"),
        ("256", "length"),
        ("The most frequent pair gets a new token, number 256, so " + "on and on " * 9, "length"),
        ("Um, the most frequent pair gets a new token, number 256.", "fillers"),
        ("The most frequent pair gets a new token, number 256.", None),
    ],
)
def test_each_fault_is_found(text: str, why: str | None) -> None:
    assert fault(PASSAGE, text, frozenset()) == why


def test_what_is_only_thought_must_not_become_what_is_so() -> None:
    said = (
        "That is, I think, the reason that the model is worse at other languages, since the tokenizer was trained on "
        "English text for the most part, so that English has longer tokens."
    )
    assert fault(said, said.replace(", I think,", ""), frozenset()) == "hedge"
    assert fault(said, said.replace("That is, I think,", "I think that is"), frozenset()) is None


def test_a_contrast_must_stay() -> None:
    said = "I take the word, and it has four characters. But if I encode it, I get more of them."
    assert fault(said, said.replace("But if", "If"), frozenset()) == "contrast"


def test_the_wrong_side_of_a_correction_is_found() -> None:
    """What the editor mended, the model cannot break again: it is held against the editor's text."""
    assert fault("If you scroll down, you can see the trick.", "You can't see the trick.", frozenset())


def test_sentences_are_not_joined_without_end() -> None:
    halves = [f"we merge the pair {n} of the neighbours and we give it a new number" for n in (101, 102, 103)]
    joined = ", and then ".join(halves) + "."
    assert fault(". ".join(half.capitalize() for half in halves) + ".", joined, frozenset()) == "long"


def test_a_phrase_of_the_examples_is_a_leak() -> None:
    leaks = frozenset({("something", "like", "two", "point", "four")})
    said = "it is something like that, two point four meters of bytes"
    assert fault(said, "It is something like two point four meters of bytes.", leaks) == "leak"


# ----------------------------------------------------------------------------------------------- windows


@settings(deadline=None)
@given(st.lists(st.sampled_from([*ROUGH, *SMOOTH, "Why?", '"Yes!"', "It is 3.5 or so."]), max_size=20))
def test_windows_are_the_paragraph_again(texts: list[str]) -> None:
    text = " ".join(texts)
    found = windows(text)
    assert " ".join(found) == text
    assert all(len(sentences_of(window)) <= 5 for window in found)


def test_windows_of_a_script_without_spaces() -> None:
    text = "我们训练分词器。词表有五万个词。" * 5
    assert "".join(windows(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "In the end, I'm taking, I'm iterating over the ids of the text.",
        "I get four, sorry, five bytes.",
        "It is slow. It is large. It is what we have.",
        "So we merge the pair of bytes here. And we take the next pair of bytes. But we stop at some point.",
        "when you go to the paper you see the number of tokens that they used to train it and it is large",
        "We look at all the pairs in the list and all the pairs in the list are merged.",
    ],
)
def test_speech_is_rough(text: str) -> None:
    assert is_rough(text)


@pytest.mark.parametrize(
    "text",
    [
        *SMOOTH,
        "If you scroll down, you can see the trick: the first byte tells you how many bytes follow.",
        "If we take A A A B D A A A B A C, which pair is the most common?",
        "Twenty twenty is one token, and 220, 220, 220 are three.",
        "The first time I wrote this, I forgot the check for the end of the list.",
    ],
)
def test_prose_is_smooth(text: str) -> None:
    assert not is_rough(text)


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="`", exclude_categories=("C", "Z")), max_size=60))
def test_plain_undoes_markdown(text: str) -> None:
    assert plain(markdown(text)) == text


# ---------------------------------------------------------------------------------------- the real model


def test_the_grammar_escapes_what_it_quotes() -> None:
    grammar = edit_grammar('he typed a "quote\\d" string')
    assert r'"quote\\d"' in grammar
    assert grammar.startswith("root ::= s0\n")


@pytest.mark.weights
@pytest.mark.timeout(1800)  # the first time, more than a gigabyte is fetched
def test_a_real_model_edits_a_window_and_names_a_section(tmp_path: Path) -> None:
    from pipeline.adapters.llama import LlamaModel

    config = Config()
    path = fetch_weights(config.local.model, megabytes=1117)
    writer = LocalWriter(LlamaModel(path, config.local), EditorWriter(), Replies(tmp_path / "work" / "llm"))
    said = (
        "I'm counting, I'm looking at the pairs of bytes that stand side by side.",
        "The most frequent pair gets a new token.",
        "Its number is 256.",
    )
    [block] = paragraphs(writer.write(asked(tmp_path, *said), silent))
    assert block.writer == "local"
    assert "256" in block.text
    assert fault(" ".join(said), block.text, frozenset()) is None
    heading = writer._heading(" ".join(said * 4), "en")
    assert heading is not None
    assert heading_fault(heading, " ".join(said)) is None
    # The grammar is one that llama.cpp reads, and holds the model to the words said.
    bound = Request(
        messages=writer._prompt.render(passage="Tell me of a telescope."),
        max_tokens=40,
        grammar=edit_grammar(" ".join(said)),
    )
    reply = writer._model.complete(bound)
    assert "telescope" not in reply.text.lower()
    assert reply.text
