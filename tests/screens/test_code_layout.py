"""Reading order, code regions and indentation, from boxes alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.code_layout import Piece, lay_out, looks_like_code
from pipeline.models import Box

CHARACTER, ROW = 11, 26
CODE = (
    "def merge(ids, pair, idx):",
    "    newids = []",
    "    i = 0",
    "    while i < len(ids):",
    "        if ids[i] == pair[0]:",
    "            newids.append(idx)",
    "            i += 2",
    "    return newids",
)


def pieces(lines: tuple[str, ...], x: int = 60, y: int = 40, wobble: int = 0) -> list[Piece]:
    """What a reader of pictures makes of monospaced lines: boxes with a margin, no leading spaces."""
    found = []
    for row, line in enumerate(lines):
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        left = x + indent * CHARACTER + (row % 3 - 1) * wobble
        words = line.strip()
        box = Box(x0=left - 2, y0=y + row * ROW, x1=left + len(words) * CHARACTER + 2, y1=y + row * ROW + 22)
        found.append(Piece(words, box, 0.98))
    return found


@pytest.mark.parametrize("wobble", [0, 2, 3])
def test_indentation_comes_back(wobble: int) -> None:
    lines = lay_out(pieces(CODE, wobble=wobble))
    assert tuple(line.text for line in lines) == CODE
    assert all(line.is_code for line in lines)


def test_prose_is_no_code() -> None:
    prose = (
        "Tokens are at the heart of much weirdness.",
        "We merge the most frequent pair first,",
        "again and again.",
    )
    assert not any(line.is_code for line in lay_out(pieces(prose)))


def test_code_beside_prose_is_told_apart() -> None:
    title = [Piece("How to merge a pair of tokens", Box(x0=60, y0=-90, x1=700, y1=-40), 0.99)]
    lines = lay_out([*title, *pieces(CODE)])
    assert [line.is_code for line in lines] == [False] + [True] * len(CODE)


def test_a_comment_behind_a_gap_joins_its_line() -> None:
    rows = pieces(("x = f(1)", "y = x + 2", "print(x, y)"))
    comment = Piece(
        "# two", Box(x0=60 + 14 * CHARACTER, y0=40 + ROW, x1=60 + 19 * CHARACTER, y1=40 + ROW + 22), 0.9
    )
    lines = lay_out([*rows, comment])
    assert lines[1].text == "y = x + 2     # two"
    assert lines[1].confidence == 0.9


def test_two_columns_of_prose_stay_apart() -> None:
    left = pieces(("the first column of words", "goes on down here"))
    right = pieces(("the second one stands", "to the right of it"), x=800)
    assert len(lay_out(left + right)) == 4


def test_nothing_read_is_no_line() -> None:
    assert lay_out([]) == ()
    assert lay_out([Piece("  ", Box(x0=0, y0=0, x1=5, y1=5), 0.9)]) == ()


@given(st.lists(st.integers(0, 4), min_size=3, max_size=12), st.integers(8, 30))
@settings(max_examples=60, deadline=None)
def test_any_nesting_comes_back(depths: list[int], character: int) -> None:
    code = [f"{'    ' * depth}value_{row} = call({depth}, {row})" for row, depth in enumerate(depths)]
    shallowest = min(depths)
    found = []
    for row, line in enumerate(code):
        left = 20 + (len(line) - len(line.lstrip())) * character
        box = Box(x0=left, y0=row * 40, x1=left + len(line.lstrip()) * character, y1=row * 40 + 30)
        found.append(Piece(line.strip(), box, 1.0))
    assert [line.text for line in lay_out(found)] == [line[4 * shallowest :] for line in code]


@pytest.mark.parametrize(
    "text", ["for i in range(10):", "return ids", "$ python train.py", "import regex as re", "x = [1, 2]"]
)
def test_code_is_known(text: str) -> None:
    assert looks_like_code(text) >= 0.5


@pytest.mark.parametrize(
    "text", ["for a long time people have said so", "Exercises", "Return to the first question of today"]
)
def test_prose_is_known(text: str) -> None:
    assert looks_like_code(text) < 0.5


def test_line_numbers_are_no_code() -> None:
    numbered = pieces(CODE, x=120)
    gutter = [
        Piece(str(row + 1), Box(x0=60, y0=piece.box.y0, x1=70, y1=piece.box.y1), 0.9)
        for row, piece in enumerate(numbered)
    ]
    tab = Piece("bpe.py", Box(x0=60, y0=14, x1=126, y1=36), 0.99)
    lines = lay_out([tab, *numbered, *gutter])
    assert [line.text for line in lines if line.is_code] == list(CODE)


def test_a_line_number_read_with_its_line_goes_too() -> None:
    joined = [
        Piece(f"{row + 1} {piece.text}", piece.box.model_copy(update={"x0": 60}), piece.confidence)
        for row, piece in enumerate(pieces(CODE[:1] * 4, x=82))
    ]
    assert [line.text for line in lay_out(joined)] == list(CODE[:1] * 4)


def test_what_stands_beside_a_prompt_is_code() -> None:
    prompt = Piece("[2]:", Box(x0=10, y0=40, x1=50, y1=62), 0.99)
    assert [(line.text, line.is_code) for line in lay_out([prompt, *pieces(("len(text)",))])] == [
        ("[2]:", False),
        ("len(text)", True),
    ]


def test_a_caret_at_the_end_is_no_character() -> None:
    assert [line.text for line in lay_out(pieces(("x = f(1)", "y = x + 2", "print(x, y)|")))][
        -1
    ] == "print(x, y)"


def test_pieces_of_a_row_are_read_from_the_left() -> None:
    row = [
        Piece("77", Box(x0=500, y0=38, x1=530, y1=60), 0.9),
        Piece("Arithmetic.", Box(x0=60, y0=40, x1=200, y1=66), 0.9),
        Piece("is two", Box(x0=700, y0=42, x1=800, y1=64), 0.9),
    ]
    assert [line.text for line in lay_out(row)] == ["Arithmetic.", "77", "is two"]
