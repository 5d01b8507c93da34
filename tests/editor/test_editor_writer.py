"""The writer: blocks with their sources, figures and code at their moment, lists, exercises, outline, repair."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.checks.evidence import evidence
from pipeline.checks.support import check_added, check_kept, check_names, check_numbers, check_numbers_kept
from pipeline.interfaces import Assignment, Writer
from pipeline.models import (
    Box,
    BulletList,
    Chapter,
    Code,
    Draft,
    Exercise,
    Figure,
    Heading,
    OcrLine,
    Outline,
    Paragraph,
    Problem,
    Quote,
    Screen,
    ScreenKind,
    SourceVideo,
)
from pipeline.text import words
from pipeline.writers.editor import EditorWriter
from pipeline.writers.editor_outline import _Names, announced, question
from pipeline.writers.editor_screens import alt, caption, cells, code, final_code, language_of, title

Make = Callable[..., Chapter]
MakeScreen = Callable[..., Screen]
Assign = Callable[..., Assignment]

TALK = [
    "Hello, and welcome.",
    "I want to talk about byte pair encoding, which is, um, the small and silly algorithm behind it all.",
    "Language models don't, uh, language models don't read letters.",
    "And that explains, like, three things that people love to complain about.",
    "One, spelling: ask a model how many letters there are, and it may get it wrong.",
    "Two, arithmetic: the number six hundred and seventy-seven can be two pieces.",
    "And three, Python code: in GPT two, every space is a token of its own.",
    "So, um, what's a token?",
    "A token is a piece of text that has a number.",
    "The text goes in, the tokenizer cuts it up, and the model sees only the numbers.",
]


def quiet(done: float, total: float, note: str) -> None:
    assert 0 <= done <= total


def write(assignment: Assignment) -> Draft:
    return EditorWriter().write(assignment, quiet)


def test_it_is_a_writer() -> None:
    writer: Writer = EditorWriter()
    assert (writer.name, writer.model) == ("editor", None)


def test_a_chapter_is_written(make_chapter: Make, assign: Assign) -> None:
    chapter = make_chapter(TALK)
    draft = write(assign(chapter))
    assert [block.id for block in draft.blocks] == [f"ch01-b{n:03d}" for n in range(1, len(draft.blocks) + 1)]
    assert {name for block in draft.blocks for name in block.sentences} == {s.id for s in chapter.sentences}
    [listed] = [block for block in draft.blocks if isinstance(block, BulletList)]
    assert listed.ordered
    assert listed.items[1] == "Arithmetic: the number 677 can be two pieces."
    text = " ".join(block.text for block in draft.blocks if isinstance(block, Paragraph))
    assert "which is the small and silly algorithm" in text
    assert text.count("anguage models don't") == 1
    assert words.filler_spans(text) == []


def test_it_passes_its_own_checks(make_chapter: Make, assign: Assign, make_screen: MakeScreen) -> None:
    screens = [
        make_screen("f001", 0, 15, ["Three complaints", "Spelling", "Arithmetic"]),
        make_screen("f002", 15, 50, ["def merge(ids):", "    return ids"], ScreenKind.CODE),
    ]
    assignment = assign(make_chapter(TALK, screens), {"s0003": "Three complaints"})
    for block in write(assignment).blocks:
        sources = evidence(block, assignment.chapter, assignment.outline)
        problems = [
            *check_numbers(block, sources), *check_numbers_kept(block, sources), *check_names(block, sources),
            *check_added(block, sources), *check_kept(block, sources, 0.85),
        ]  # fmt: skip
        assert problems == []


def test_headings_stand_where_the_outline_says(make_chapter: Make, assign: Assign) -> None:
    blocks = write(assign(make_chapter(TALK), {"s0008": "What is a token?"})).blocks
    at = next(n for n, block in enumerate(blocks) if isinstance(block, Heading))
    assert blocks[at].text == "What is a token?"  # type: ignore[union-attr]
    assert blocks[at].sentences[0] == "s0008"
    assert all("s0008" not in block.sentences for block in blocks[:at])
    assert "s0008" in blocks[at + 1].sentences


def test_a_figure_stands_behind_the_paragraph_during_which_it_was_completed(
    make_chapter: Make, assign: Assign, make_screen: MakeScreen
) -> None:
    texts = [f"We merge the pair number {n} of this long list now." for n in range(40)]
    screens = [
        make_screen("f001", 0, 60, ["How pairs merge", "step one", "step two"], frame_s=52.0),
        make_screen("f002", 60, 100, ["A person"], ScreenKind.PERSON, frame=False),
        make_screen("f003", 100, 200, ["How pairs merge"], same_as="f001"),
    ]
    blocks = write(assign(make_chapter(texts, screens))).blocks
    [figure] = [block for block in blocks if isinstance(block, Figure)]
    assert figure.screens == ("f001",)
    assert figure.caption == "How pairs merge"
    assert "step one step two" in figure.alt
    before = blocks[blocks.index(figure) - 1]
    # The sentence said at 52 s is the eleventh.
    assert "s0011" in before.sentences


def test_code_typed_in_steps_stands_once_and_whole(
    make_chapter: Make, assign: Assign, make_screen: MakeScreen
) -> None:
    lines = [
        "def merge(ids, pair):",
        "    new = []",
        "    for i in ids:",
        "        new.append(i)",
        "    return new",
    ]
    screens = [
        make_screen("f001", 0, 10, lines[:2], ScreenKind.CODE),
        make_screen("f002", 10, 20, [*lines[:3], "        new.app"], ScreenKind.CODE),
        make_screen("f003", 20, 50, lines, ScreenKind.CODE),
    ]
    blocks = write(assign(make_chapter(TALK, screens))).blocks
    [block] = [block for block in blocks if isinstance(block, Code)]
    assert block.code == "\n".join(lines)
    assert (block.language, block.origin, block.screens) == ("python", "screen", ("f003",))
    assert not any(isinstance(block, Figure) for block in blocks)


def test_code_that_was_read_badly_keeps_its_picture(
    make_chapter: Make, assign: Assign, make_screen: MakeScreen
) -> None:
    screens = [make_screen("f001", 0, 40, ["def f(x):", "    return x"], ScreenKind.CODE, confidence=0.6)]
    kinds = [block.kind for block in write(assign(make_chapter(TALK, screens))).blocks]
    assert kinds.count("code") == kinds.count("figure") == 1


def test_a_screen_completed_in_another_chapter_is_not_shown(
    make_chapter: Make, assign: Assign, make_screen: MakeScreen
) -> None:
    screens = [make_screen("f001", 0, 90, ["Later", "text", "text"], frame_s=80.0)]
    chapter = make_chapter(TALK, screens)
    chunk = chapter.chunks[0].model_copy(update={"end_s": 50.0})
    chapter = chapter.model_copy(update={"end_s": 50.0, "chunks": (chunk,)})
    assert not any(isinstance(block, Figure) for block in write(assign(chapter)).blocks)


def test_an_exercise_is_set_apart(make_chapter: Make, assign: Assign, make_screen: MakeScreen) -> None:
    texts = [
        "In the end we arrive at five symbols, so, you know, no hard feelings.",
        "Okay, your turn.",
        "Take the word Mississippi, in lower case, and do two merges by hand.",
        "How many tokens are left, and what are they?",
        "If you want to read more, the paper is by Rico Sennrich.",
    ]
    screens = [
        make_screen("f001", 5, 20, ["Exercise", "Mississippi"]),
        make_screen("f002", 20, 25, ["References"]),
    ]
    blocks = write(assign(make_chapter(texts, screens))).blocks
    [exercise] = [block for block in blocks if isinstance(block, Exercise)]
    assert exercise.sentences == ("s0002", "s0003", "s0004")
    assert "Mississippi" in exercise.text
    assert "Sennrich" not in exercise.text


def test_an_exercise_needs_no_slide(make_chapter: Make, assign: Assign) -> None:
    texts = [
        "We have seen the algorithm.",
        "As an exercise, implement the merge function.",
        "Now we go on to regex.",
    ]
    [exercise] = [b for b in write(assign(make_chapter(texts))).blocks if isinstance(b, Exercise)]
    assert exercise.sentences == ("s0002",)


def test_an_invitation_to_read_is_no_exercise(make_chapter: Make, assign: Assign) -> None:
    texts = [
        "This is tricky, and I invite you to maybe look through this.",
        "I encourage you to pause and read this.",
    ]
    assert not [b for b in write(assign(make_chapter(texts))).blocks if isinstance(b, Exercise)]


def test_the_same_in_gives_the_same_out_in_any_thread(make_chapter: Make, assign: Assign) -> None:
    assignment = assign(make_chapter(TALK * 5))
    writer = EditorWriter()
    with ThreadPoolExecutor(4) as pool:
        drafts = list(pool.map(lambda _: writer.write(assignment, quiet), range(8)))
    assert all(draft == drafts[0] for draft in drafts)


@pytest.mark.parametrize("language", ["de", "zh", "xx"])
def test_other_languages_are_written_too(
    language: str, make_chapter: Make, assign: Assign, video: object
) -> None:
    texts = {
        "zh": ["我们训练分词器。", "词表有50257个词。"],
        "de": ["Wir, ähm, trainieren.", "Es sind 50257 Tokens."],
    }
    chapter = make_chapter(texts.get(language, ["Un texte 50257."]))
    draft = write(assign(chapter, language=language))
    text = " ".join(block.text for block in draft.blocks if isinstance(block, Paragraph))
    assert "50257" in text
    assert "ähm" not in text
    outline = EditorWriter().outline(video(60, language=language), [chapter], quiet)  # type: ignore[operator]
    assert outline.language == language


def test_a_chapter_without_words_has_its_figures(
    make_chapter: Make, assign: Assign, make_screen: MakeScreen
) -> None:
    draft = write(assign(make_chapter([], [make_screen("f001", 0, 9, ["A title", "line", "line"])])))
    assert [block.kind for block in draft.blocks] == ["figure"]


def test_markup_in_speech_and_on_screens_stays_text(
    make_chapter: Make, assign: Assign, make_screen: MakeScreen
) -> None:
    texts = ["We write <script>alert(1)</script> and ![x](http://evil) here."]
    screens = [make_screen("f001", 0, 5, ["<b>Title</b> [a](javascript:x)", "text", "text"])]
    blocks = write(assign(make_chapter(texts, screens))).blocks
    link = re.compile(r"(?<!\\)\]\(")
    assert not any(link.search(block.text) for block in blocks if isinstance(block, Paragraph))
    figure = next(block for block in blocks if isinstance(block, Figure))
    assert not link.search(figure.caption)


# ----------------------------------------------------------------------------------------------- repair


def test_repair_gives_the_editors_text_again(
    make_chapter: Make, assign: Assign, make_screen: MakeScreen
) -> None:
    screens = [make_screen("f001", 0, 40, ["A title", "text", "text"])]
    assignment = assign(make_chapter(TALK, screens), {"s0001": "Byte pair encoding"})
    problem = [Problem(check="number", message="678 was not said")]
    wrong = [
        Heading(id="ch01-b001", sentences=("s0001",), writer="local", text="Invented"),
        Paragraph(id="ch01-b002", sentences=("s0005", "s0006"), writer="local", text="The number 678."),
        Figure(id="ch01-b003", screens=("f001",), writer="openai", caption="Invented", alt="Invented"),
        Quote(id="ch01-b004", sentences=("s0009",), writer="local", text="Invented"),
    ]
    heading, paragraph, figure, quote = EditorWriter().repair(assignment, wrong, problem)
    assert [block.id for block in (heading, paragraph, figure, quote)] == [block.id for block in wrong]
    assert heading.text == "Byte pair encoding"  # type: ignore[union-attr]
    assert "677" in paragraph.text
    assert "spelling" in paragraph.text
    assert paragraph.sentences == ("s0005", "s0006")
    assert figure.caption == "A title"  # type: ignore[union-attr]
    assert (quote.kind, quote.text) == ("quote", "A token is a piece of text that has a number.")  # type: ignore[union-attr]
    assert {block.writer for block in (heading, paragraph, figure, quote)} == {"editor"}


def test_what_is_repaired_into_several_paragraphs_has_ids_of_its_own(
    make_chapter: Make, assign: Assign
) -> None:
    chapter = make_chapter(
        [f"{sentence[:-1]}, in round {n}." for n in range(5) for sentence in TALK[1:3]] * 4
    )
    block = Paragraph(
        id="ch01-b002", sentences=tuple(s.id for s in chapter.sentences), writer="local", text="Invented"
    )
    blocks = EditorWriter().repair(assign(chapter), [block], [])
    assert len(blocks) > 1
    assert [b.id for b in blocks] == ["ch01-b002", *(f"ch01-b002{n:02d}" for n in range(1, len(blocks)))]
    assert {name for b in blocks for name in b.sentences} == set(block.sentences)


# ---------------------------------------------------------------------------------------------- outline


def outline_of(video: Callable[..., SourceVideo], chapter: Chapter, description: str = "") -> Outline:
    return EditorWriter().outline(video(chapter.end_s, description), [chapter], quiet)


LONG = [
    *TALK,
    *(
        f"The tokenizer merges byte pairs, and the pair number {n} is merged by the tokenizer."
        for n in range(30)
    ),
    "What is the vocabulary size?",
    *(
        f"The vocabulary size grows with every merge, and the vocabulary size is now {300 + n}."
        for n in range(30)
    ),
    "This symbol is called a special token.",
    "The special token is from the GPT-2 paper, and it was designed by Ken Thompson and Rob Pike.",
]


def test_the_outline_is_in_the_lecturers_words(make_chapter: Make, video: Callable[..., SourceVideo]) -> None:
    chapter = make_chapter(LONG)
    outline = outline_of(video, chapter)
    [part] = outline.chapters
    said = " ".join(LONG)
    assert part.summary
    assert words.added(said, part.summary) == []
    assert "What is the vocabulary size?" in [section.title for section in part.sections]
    assert all(words.added(said, section.title) == [] for section in part.sections)
    assert {section.sentence for section in part.sections} <= {sentence.id for sentence in chapter.sentences}
    assert outline.made_by == "editor"


def test_a_heading_is_not_given_twice_nor_what_the_whole_lecture_says(
    make_chapter: Make, video: Callable[..., SourceVideo]
) -> None:
    names = _Names(" ".join(LONG), "en", None)
    texts = [
        "The unstable tokens are rare.",
        "Unstable tokens are pieces of words.",
        "So unstable tokens break.",
    ]
    assert names.of(texts, None) == "Unstable tokens"
    assert names.of(texts, "The unstable tokens") != "The unstable tokens"
    everywhere = _Names(" ".join(texts * 9), "en", None)
    assert everywhere.of(texts, None) is None


@pytest.mark.parametrize(
    ("said", "heading"),
    [
        ("Let's now turn to encodings.", "Encodings"),
        ("Now we'll look at the sentencepiece library, briefly.", "Sentencepiece library"),
        (
            "I'd like to talk about the process of tokenization that OpenAI has used.",
            "Process of tokenization",
        ),
        ("Let's look at this.", None),
        ("Let me explain what it is.", None),
    ],
)
def test_what_is_announced_is_a_heading(said: str, heading: str | None) -> None:
    assert announced(said, "en") == heading


@pytest.mark.parametrize(
    ("said", "heading"),
    [
        ("And finally, why is GPT-2 not as good in Python?", "Why is GPT-2 not as good in Python?"),
        ("So what the hell is happening?", None),
        ("What is this?", None),
        ("Why is the sky blue, and what else is there to say of the sky and its colours?", None),
    ],
)
def test_a_question_is_a_heading(said: str, heading: str | None) -> None:
    assert question(said, "en") == heading


def test_terms_and_references_are_found(make_chapter: Make, video: Callable[..., SourceVideo]) -> None:
    outline = outline_of(video, make_chapter(LONG), "Links:\n- Code: https://example.org/code\nno link")
    terms = {term.term: term for term in outline.terms}
    assert terms["special token"].sentence == "s0072"
    assert terms["special token"].definition == "This symbol is called a special token."
    found = {(reference.kind, reference.title) for reference in outline.references}
    assert {
        ("paper", "GPT-2 paper"),
        ("person", "Ken Thompson"),
        ("person", "Rob Pike"),
        ("link", "Code"),
    } <= found
    link = next(reference for reference in outline.references if reference.kind == "link")
    assert link.url == "https://example.org/code"


def test_slides_name_sections(
    make_chapter: Make, video: Callable[..., SourceVideo], make_screen: MakeScreen
) -> None:
    screens = [
        make_screen("f001", 0, 200, ["Bytes", "one", "two"]),
        make_screen("f002", 203, 360, ["Growing the vocabulary", "one", "two"]),
    ]
    [part] = outline_of(video, make_chapter(LONG, screens)).chapters
    section = next(section for section in part.sections if section.title == "Growing the vocabulary")
    assert section.sentence == "s0041"


# ---------------------------------------------------------------------------------------------- screens


def test_titles_and_captions(make_screen: MakeScreen) -> None:
    slide = make_screen("f001", 0, 9, ["Three complaints, one cause", "Spelling", "Arithmetic"])
    assert title(slide) == caption(slide) == "Three complaints, one cause"
    flat = slide.model_copy(
        update={"lines": tuple(l.model_copy(update={"box": slide.lines[1].box}) for l in slide.lines)}  # noqa: E741
    )
    assert title(flat) is None
    empty = slide.model_copy(update={"lines": ()})
    assert title(empty) is None
    assert caption(empty, "merging pairs") == "merging pairs"
    assert alt(empty) == "Slide without text"
    assert code(slide) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("def f(x):\n    return x", "python"),
        ("ids = [1, 2, 3]", "python"),
        (">>> 1 + 1\n2", "pycon"),
        ("$ pip install regex", "console"),
        ("The vocabulary is expanded", "text"),
    ],
)
def test_the_language_of_code(text: str, language: str) -> None:
    assert language_of(text) == language


def test_an_editors_own_marks_are_no_code(make_screen: MakeScreen) -> None:
    lines = ["bpe.py", "8  def merge(ids):", "9      out, i = [], 0", "        10      while i < 9:",
             "11          i += 1", "12      return out|"]  # fmt: skip
    shown = code(make_screen("f001", 0, 9, lines, ScreenKind.CODE))
    assert shown == "def merge(ids):\n    out, i = [], 0\n    while i < 9:\n        i += 1\n    return out"
    notebook = ["jupyter x.ipynb File Edit View Run", "   [1] : import regex", "         x = 1", "   [2]: x"]
    assert code(make_screen("f002", 0, 9, notebook, ScreenKind.CODE)) == " import regex\n x = 1\nx"
    terminal = ["lecture - bash", "$ python", ">>> 1 + 1", "2"]
    assert code(make_screen("f003", 0, 9, terminal, ScreenKind.CODE)) == "$ python\n>>> 1 + 1\n2"
    unread = ["    def f(a):", "34      b = [", "35         a]", "36      return b", "37", "38  x = f(1)"]
    shown = code(make_screen("f005", 0, 9, unread, ScreenKind.CODE))
    assert shown == "def f(a):\n    b = [\n        a]\n    return b\n\nx = f(1)"
    matrix = ["1 2 3", "7 8 9"]
    assert code(make_screen("f004", 0, 9, matrix, ScreenKind.CODE)) == "1 2 3\n7 8 9"


def test_a_picture_that_goes_on_in_the_next_is_not_shown(
    make_chapter: Make, assign: Assign, make_screen: MakeScreen
) -> None:
    screens = [
        make_screen("f001", 0, 10, ["Three reasons", "bytes"]),
        make_screen("f002", 10, 50, ["Three reasons", "bytes", "letters"]),
    ]
    blocks = write(assign(make_chapter(TALK, screens))).blocks
    assert [block.screens for block in blocks if isinstance(block, Figure)] == [("f002",)]


def test_different_code_is_kept(make_screen: MakeScreen) -> None:
    one = make_screen("f001", 0, 9, ["def merge(ids):", "    return ids"], ScreenKind.CODE)
    other = make_screen("f002", 9, 19, ["def train(text):", "    count(text)"], ScreenKind.CODE)
    again = make_screen("f003", 19, 29, ["def merge(ids):", "    return ids"], ScreenKind.CODE)
    assert [screen.id for screen in final_code([one, other])] == ["f001", "f002"]
    assert len(final_code([one, other, again])) == 2


def placed(name: str, lines: list[tuple[str, int, int, bool]], kind: ScreenKind = ScreenKind.CODE) -> Screen:
    """A screen of `(text, x0, y0, is_code)` lines, 30 pixels high, 15 pixels a letter."""
    return Screen(
        id=name, start_s=0, end_s=9, frame=None, frame_s=5, width=1280, height=720, kind=kind,
        lines=tuple(
            OcrLine(text=text, box=Box(x0=x, y0=y, x1=x + 15 * len(text.strip()), y1=y + 30), confidence=0.98, is_code=is_code)
            for text, x, y, is_code in lines
        ),
    )  # fmt: skip


def test_a_notebooks_cells_stand_apart_from_what_they_gave() -> None:
    screen = placed("f001", [
        ("[1]:", 60, 80, False), ("import tiktoken", 140, 80, True), ("gpt2 = get('gpt2')", 140, 144, True),
        ("for text in ['egg']:", 140, 176, True), ("    print(encode(text))", 200, 208, True),
        ("'egg' [33856]", 140, 262, True),
        ("[2]:", 60, 340, False), ("for year in ['2019']:", 140, 342, False), ("print(encode(year))", 200, 374, False),
        ("[23344]", 140, 430, True),
        ("[3]:", 60, 500, False), ("len(text)", 140, 502, True), ("[3]:", 60, 560, False), ("4", 140, 562, True),
    ])  # fmt: skip
    assert [(cell.code, cell.output) for cell in cells(screen)] == [
        (
            "import tiktoken\n\ngpt2 = get('gpt2')\nfor text in ['egg']:\n    print(encode(text))",
            "'egg' [33856]",
        ),
        ("for year in ['2019']:\n    print(encode(year))", "[23344]"),
        ("len(text)", "4"),
    ]


def test_a_notebooks_cells_are_python_where_all_can_be_read_as_it(make_chapter: Make, assign: Assign) -> None:
    said = ["I take the word café and it has four characters.", "And then I ask how long it is."]
    lines = [
        ("[1]:", 60, 80, False), ('text = "café"', 140, 80, True),
        ("[2]:", 60, 160, False), ("len(text)", 140, 162, True), ("[2]:", 60, 220, False), ("4", 140, 222, True),
    ]  # fmt: skip
    blocks = write(assign(make_chapter(said, [placed("f001", lines)]))).blocks
    found = [(block.code, block.language, block.output) for block in blocks if isinstance(block, Code)]
    assert found == [('text = "café"', "python", None), ("len(text)", "python", "4")]


def test_a_line_among_code_is_code_and_the_mouse_is_none() -> None:
    screen = placed("f001", [
        ("bpe.py", 90, 8, False), ("def decode(ids):", 140, 68, False), ("    return text(ids)", 200, 100, True),
        ("W", 500, 118, True), ("def encode(text):", 140, 196, True), ("    return ids", 200, 228, True),
        ("Python 3.11 UTF-8", 70, 690, False),
    ])  # fmt: skip
    assert code(screen) == "def decode(ids):\n    return text(ids)\n\n\ndef encode(text):\n    return ids"


def test_an_exercise_takes_along_what_it_points_to(make_chapter: Make, assign: Assign) -> None:
    said = [
        "We have the merges by now and they are all in the dictionary.",
        "Here is the function that we want: it takes the ids of the tokens.",
        "It gives back the text that they stand for, as a string.",
        "If you'd like, try to implement this function yourself.",
        "Otherwise I'll show you my own solution, which is short.",
    ]
    blocks = write(assign(make_chapter(said))).blocks
    [exercise] = [block for block in blocks if block.kind == "exercise"]
    assert exercise.text.startswith("Here is the function")
    assert exercise.text.endswith("function yourself.")
    said[3] = "It is tricky to describe and I invite you to maybe like look through this code."
    assert not [block for block in write(assign(make_chapter(said))).blocks if block.kind == "exercise"]


def test_a_heading_never_cuts_a_sentence(make_chapter: Make, assign: Assign) -> None:
    chapter = make_chapter(
        ["so the text is stretched out over long sequences of bytes and so", "this makes it slow."]
    )
    blocks = write(assign(chapter, {chapter.sentences[1].id: "Long sequences"})).blocks
    text = " ".join(block.text for block in blocks if block.kind == "paragraph")
    assert "bytes and so." not in text
    assert "bytes and." not in text
