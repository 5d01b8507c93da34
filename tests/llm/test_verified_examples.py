"""Verified snippets and strings in tokens: where a lecture has them, and how they get into a chapter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from chat_server import ChatServer, request_text
from fakes import FakeWork
from test_writers import endpoint, in_view, lecture, reply_with, silent, written

from bpe_reference.snippets import get
from pipeline import outline, reference, write
from pipeline.interfaces import Assignment
from pipeline.models import (
    Chapters,
    Code,
    Draft,
    Figure,
    Paragraph,
    ScreenKind,
    SnippetPlace,
    SourceVideo,
    Tokens,
)
from pipeline.snippet_places import snippet_places
from pipeline.writers.editor import EditorWriter
from pipeline.writers.endpoint import EndpointWriter
from pipeline.writers.verified import with_snippets, with_tokens

BPE = reference.load("bpe_reference")
PLACE = SnippetPlace(name="merge_pair", chapter="ch01", sentence="s0004", sure=True)
SAID = (
    "Today we look at what a tokenizer does, and why it matters to all of us.",
    "Now merging: where the pair stands we replace it, so we merge it into a new token, number 256.",
    "And at the end we are done with it, and everybody goes home happy.",
)


def draft(*blocks: Paragraph | Figure | Code) -> Draft:
    return Draft(chapter="ch01", title="Merging in GPT-2", writer="editor", blocks=blocks)


def paragraph(number: int, text: str, *sentences: str) -> Paragraph:
    return Paragraph(id=f"ch01-b{number:03d}", sentences=sentences, writer="editor", text=text)


# -- where they belong -----------------------------------------------------------------------------------------


def test_a_snippet_belongs_where_its_words_are_said() -> None:
    places = snippet_places(BPE, None, [lecture(SAID)])
    assert [(one.name, one.sentence, one.sure) for one in places] == [("merge_pair", "s0002", True)]


def test_a_lecture_of_something_else_has_none() -> None:
    said = ("We fry the onions.", "Then the garlic goes in, and after five minutes the wine.")
    assert snippet_places(BPE, None, [lecture(said)]) == ()
    assert snippet_places(None, None, [lecture(SAID)]) == ()


def test_in_its_own_lecture_a_snippet_stands_at_its_moment() -> None:
    chapter = lecture(tuple(f"Sentence number {n} of many." for n in range(200)))
    places = snippet_places(BPE, "zduSFxRajkE", [chapter])
    moments = {one.name: one.moment_s for one in BPE.snippets()} if BPE else {}
    assert len(places) >= 8
    said = {one.id: one for one in chapter.sentences}
    for place in places:
        assert place.sure
        wait_s = said[place.sentence].end_s - (moments[place.name] or 0)
        assert 0 <= wait_s <= 240, place.name


def test_where_the_lecture_shows_code_ours_is_not_sure() -> None:
    chapter = lecture(SAID)
    screen = chapter.screens[0].model_copy(update={"kind": ScreenKind.CODE})
    chunk = chapter.chunks[0].model_copy(update={"screens": (screen,)})
    places = snippet_places(BPE, None, [chapter.model_copy(update={"chunks": (chunk,)})])
    assert [one.sure for one in places] == [False]


# -- into a chapter that rules or a small model wrote ------------------------------------------------------------


def test_a_snippet_stands_behind_its_passage_and_what_is_shown_there() -> None:
    figure = Figure(id="ch01-b002", screens=("f001",), writer="editor", caption="c", alt="a")
    before = draft(paragraph(1, "We merge.", "s0003", "s0004"), figure, paragraph(3, "On we go.", "s0005"))
    after = with_snippets(before, [PLACE], BPE)
    code = after.blocks[2]
    assert isinstance(code, Code)
    assert (code.code, code.output) == (get("merge_pair").code, get("merge_pair").output)
    assert (code.origin, code.snippet, code.sentences) == ("reference", "merge_pair", ("s0004",))
    assert code.version == f"bpe_reference {get('merge_pair').version}"
    assert code.title == "Write a new token wherever the pair stands"
    assert [block for block in after.blocks if block is not code] == list(before.blocks)
    assert with_snippets(after, [PLACE], BPE) == after, "once is enough"


@pytest.mark.parametrize(
    "place",
    [
        PLACE.model_copy(update={"sure": False}),
        PLACE.model_copy(update={"name": "no_such_snippet"}),
        PLACE.model_copy(update={"sentence": "s0099"}),
    ],
)
def test_what_does_not_fit_is_not_placed(place: SnippetPlace) -> None:
    before = draft(paragraph(1, "We merge.", "s0004"))
    assert with_snippets(before, [place], BPE) == before
    assert with_snippets(before, [PLACE], None) == before


def test_the_stages_of_a_lecture_place_a_snippet(tmp_path: Path) -> None:
    chapter = lecture(SAID)
    video = SourceVideo(
        id="a", url=None, moment_url=None, title="T", language="en", duration_s=30.0, media="work/media/a.mp4",
        sha256="0" * 64, has_video=True, has_audio=True,
    )  # fmt: skip
    work = FakeWork(tmp_path, video, Chapters(duration_s=30.0, chapters=(chapter,)))
    whole = outline.run(work, make_writer=EditorWriter, reference=BPE)
    part = in_view().model_copy(update={"snippets": whole.snippets})
    made = write.run(FakeWork(tmp_path, chapter, part), make_writer=EditorWriter, reference=BPE)
    (code,) = [block for block in made.blocks if isinstance(block, Code)]
    assert code.snippet == "merge_pair"


# -- strings in tokens -------------------------------------------------------------------------------------------


def test_a_true_statement_shows_its_string_in_tokens() -> None:
    before = draft(
        paragraph(1, 'The text "hello world" is 31373, 995.', "s0001"),
        paragraph(2, "Note that 677 becomes two tokens, and 127 is a single token.", "s0002"),
        paragraph(3, 'Once more, "hello world" is two tokens.', "s0003"),
    )
    after = with_tokens(before, BPE)
    shown = [
        (block.tokenizer, block.text, block.sentences) for block in after.blocks if isinstance(block, Tokens)
    ]
    assert shown == [("gpt2", "hello world", ("s0001",)), ("gpt2", " 677", ("s0002",))]
    assert [block.kind for block in after.blocks] == [
        "paragraph",
        "tokens",
        "paragraph",
        "tokens",
        "paragraph",
    ]
    assert len({block.id for block in after.blocks}) == 5


def test_a_false_statement_shows_nothing() -> None:
    before = draft(paragraph(1, '"hello world" is 31373, 318, 984.', "s0001"))
    assert with_tokens(before, BPE) == before
    assert with_tokens(before, None) == before


# -- through a large model ---------------------------------------------------------------------------------------


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    return Assignment(lecture(), in_view().model_copy(update={"snippets": (PLACE,)}), tmp_path)


def with_reference(server: ChatServer, folder: Path) -> EndpointWriter:
    writer = endpoint(server, folder)
    writer._reference = BPE
    return writer


def test_a_model_is_shown_snippets_and_places_one_by_name(server: ChatServer, assignment: Assignment) -> None:
    ids = tuple(f"s{n:04d}" for n in range(1, 7))
    altered = get("merge_pair").code.replace("ids", "numbers")
    server.enqueue(
        reply_with(
            written("paragraph", ids, text="We take the text and encode it in UTF-8 bytes and count pairs."),
            written("code", ids[3:4], snippet="merge_pair", code=altered, language="text"),
            written("code", ids[3:4], snippet="merge_pair"),
            written("code", ids[3:4], snippet="no_such_snippet"),
        )
    )
    made = with_reference(server, assignment.folder).write(assignment, silent)
    asked = request_text(server.requests[0])
    assert f"<snippets>\nmerge_pair: {get('merge_pair').title}\n" in asked
    (code,) = [block for block in made.blocks if isinstance(block, Code)]
    assert (code.code, code.output) == (get("merge_pair").code, get("merge_pair").output)
    assert (code.origin, code.snippet, code.writer) == ("reference", "merge_pair", "openai")
    schema = server.requests[0]["response_format"]["json_schema"]["schema"]
    assert "snippet" in schema["properties"]["blocks"]["items"]["required"]


def test_a_model_that_copies_a_snippet_places_it(server: ChatServer, assignment: Assignment) -> None:
    ids = tuple(f"s{n:04d}" for n in range(1, 7))
    server.enqueue(
        reply_with(
            written("paragraph", ids, text="We take the text and encode it in UTF-8 bytes and count pairs."),
            written("code", (), code=get("merge_pair").code, language="python"),
        )
    )
    made = with_reference(server, assignment.folder).write(assignment, silent)
    assert isinstance(code := made.blocks[1], Code)
    assert (code.snippet, code.sentences) == ("merge_pair", ("s0004",))


def test_without_a_reference_a_model_is_shown_none(server: ChatServer, assignment: Assignment) -> None:
    server.enqueue(
        reply_with(
            written("paragraph", tuple(f"s{n:04d}" for n in range(1, 7)), text="We take text, pairs, bytes.")
        )
    )
    endpoint(server, assignment.folder).write(assignment, silent)
    assert "Programs at hand" not in json.dumps(server.requests[0])
