"""Lines of text with their boxes, put in reading order; code regions found and their indentation restored.

Readers of pictures give words without leading spaces. What is left is where each line begins: in a monospaced
font the indentation is that distance divided by the width of a character, and the width of a character is
what the lines' own lengths and boxes agree on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from pipeline import code_grid
from pipeline.models import Box, OcrLine
from pipeline.pictures import Grey

CODE_SHARE = 0.45
"""Share of a region's lines that must look like code for the region to be code."""

_STRONG = re.compile(
    r"""^\s*(?:def|class|import|from\s+\S+\s+import|for\s+.+\s+in\b|while\b.*:|if\b.*:|elif\b.*:|else\s*:|try\s*:|
    except\b.*:|with\b.*:|return\b|print\s*\(|assert\b|raise\b|yield\b|lambda\b|async\s+def|@\w+|\#include|
    fn\s+\w+|let\s+\w+|const\s+\w+|var\s+\w+|function\b|public\b|static\b|\$\s+\S|>>>|\.\.\.\s|In\s?\[|Out\s?\[)
    """,
    re.VERBOSE,
)
_WEAK = re.compile(
    r"""\w\s*[-+*/%|&^]?=\s*\S|==|!=|<=|>=|->|=>|::|\w\(.*\)|\w\[[^\]]*\]|[{}]|;\s*$|\)\s*:?\s*$|^\s*\#\s*\S|
    ^\s*//|\w+_\w+|\w+\.\w+\(|^\s*["'].*["'],?$|^\s*[\])}]+[,;:]?\s*$""",
    re.VERBOSE,
)
PROMPT = re.compile(r"^\s*(?:In|Out)?\s?\[[\d *]*\]\s?:?\s*$")
"""What a notebook writes beside a cell."""
_NUMBERED = re.compile(r"^(\d{1,4})(?:\s+|$)")
_PROSE = re.compile(r"^\W{0,3}[A-Z]?[a-z']+(?:,?\s+[A-Za-z']+){4,}[.!?:]?$")


@dataclass(frozen=True)
class Piece:
    """Text in a box as a reader of pictures gives it, in the picture's pixels."""

    text: str
    box: Box
    confidence: float

    @property
    def height(self) -> int:
        return self.box.y1 - self.box.y0

    @property
    def middle(self) -> float:
        return (self.box.y0 + self.box.y1) / 2


def looks_like_code(text: str) -> float:
    """0 for prose, 1 for what can only be code, something between for what may be either.

    >>> looks_like_code("def merge(ids, pair):"), looks_like_code("We merge the most frequent pair first.")
    (1.0, 0.0)
    """
    if _STRONG.match(text) and not _PROSE.match(text):
        return 1.0
    if _PROSE.match(text):
        return 0.0
    found = len(_WEAK.findall(text))
    return min(1.0, 0.5 * found)


def lay_out(pieces: Iterable[Piece], grey: Grey | None = None) -> tuple[OcrLine, ...]:
    """Lines top to bottom, pieces of one code line joined, code marked and indented.

    With the picture (`grey`, at the scale of the boxes), spaces inside code lines are restored as well.
    """
    kept = [piece for piece in pieces if piece.text.strip()]
    prompts = [piece for piece in kept if PROMPT.match(piece.text)]
    lines = [_line(piece) for piece in prompts]
    for region in _regions([piece for piece in kept if piece not in prompts]):
        cells, outside = _cells(region, prompts)
        code, rest = _code_and_rest(outside) if outside else ([], [])
        lines += [_line(piece) for piece in rest]
        for block in [*cells, code]:
            if block:
                lines += _code_lines(block, grey)
    return tuple(_in_reading_order(lines))


def _in_reading_order(lines: Sequence[OcrLine]) -> list[OcrLine]:
    """Row by row, from the left; a row is what overlaps the middle of its first line."""
    rows: list[list[OcrLine]] = []
    for line in sorted(lines, key=lambda line: line.box.y0 + line.box.y1):
        middle = (line.box.y0 + line.box.y1) / 2
        if rows and rows[-1][0].box.y0 < middle < rows[-1][0].box.y1 - 0.2 * (
            rows[-1][0].box.y1 - rows[-1][0].box.y0
        ):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.box.x0)]


def _line(piece: Piece, text: str | None = None, is_code: bool = False) -> OcrLine:
    confidence = min(1.0, max(0.0, piece.confidence))
    text = piece.text.strip() if text is None else text
    return OcrLine(text=text, box=piece.box, confidence=confidence, is_code=is_code)


# ------------------------------------------------------------------------------------------------- regions


def _regions(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces that stand close together: lines of like height, one under the other or side by side."""
    left = sorted(pieces, key=lambda piece: (piece.box.y0, piece.box.x0))
    regions: list[list[Piece]] = []
    for piece in left:
        near = [region for region in regions if any(_belongs(piece, other) for other in region)]
        if not near:
            regions.append([piece])
            continue
        first = near[0]
        first.append(piece)
        for other in near[1:]:
            first += other
            regions.remove(other)
    return [sorted(region, key=lambda piece: (piece.box.y0, piece.box.x0)) for region in regions]


def _belongs(piece: Piece, other: Piece) -> bool:
    small, large = sorted((piece.height, other.height))
    if large > 1.45 * max(1, small):
        return False
    below = max(piece.box.y0, other.box.y0) - min(piece.box.y1, other.box.y1)
    beside = max(piece.box.x0, other.box.x0) - min(piece.box.x1, other.box.x1)
    if _same_row(piece, other):
        return beside < 4 * large
    # A blank line may stand between two lines of code.
    return below < 2.6 * large and beside < 6 * large


def _same_row(piece: Piece, other: Piece) -> bool:
    return abs(piece.middle - other.middle) < 0.4 * min(piece.height, other.height)


def _cells(region: Sequence[Piece], prompts: Sequence[Piece]) -> tuple[list[list[Piece]], list[Piece]]:
    """The region's notebook cells, each what stands from its prompt down to the next, and what is above them."""
    beside = [prompt for prompt in prompts if any(_same_row(piece, prompt) for piece in region)]
    tops = sorted(prompt.box.y0 - 0.5 * prompt.height for prompt in beside)
    cells: list[list[Piece]] = [[] for _ in tops]
    outside: list[Piece] = []
    for piece in region:
        above = sum(top <= piece.middle for top in tops)
        (cells[above - 1] if above else outside).append(piece)
    return cells, outside


def _code_and_rest(region: Sequence[Piece]) -> tuple[list[Piece], list[Piece]]:
    """The region's code, without titles and labels in another font size."""
    widths = [
        _per_character(piece)
        for piece in region
        if looks_like_code(piece.text) >= 0.5 and len(piece.text) >= 4
    ]
    if not widths:
        return ([], list(region)) if not _is_code(region) else (list(region), [])
    usual = median(widths)
    code: list[Piece] = []
    rest: list[Piece] = []
    for piece in region:
        # A box's margin weighs more on short words.
        allowed = 0.25 + 1.5 / max(1, len(piece.text))
        fits = abs(_per_character(piece) - usual) < allowed * usual
        (code if fits else rest).append(piece)
    return (code, rest) if code and _is_code(code) else ([], list(region))


def _per_character(piece: Piece) -> float:
    return (piece.box.x1 - piece.box.x0) / max(1, len(piece.text))


def _is_code(region: Sequence[Piece]) -> bool:
    scores = [looks_like_code(piece.text) for piece in region]
    weight = [max(1, len(piece.text)) for piece in region]
    share = sum(s * w for s, w in zip(scores, weight, strict=True)) / sum(weight)
    if len(region) == 1:
        return share >= 0.9
    if len(region) == 2:
        return share >= 0.7
    return share >= CODE_SHARE or (share >= 0.25 and _is_monospaced(region))


def _is_monospaced(region: Sequence[Piece]) -> bool:
    """Whether the lines' widths follow from their numbers of characters alone."""
    long = [piece for piece in region if len(piece.text) >= 6]
    if len(long) < 4 or len({len(piece.text) for piece in long}) < 3:
        return False
    width = character_width(long)
    base = median((p.box.x1 - p.box.x0) - width * len(p.text) for p in long)
    off = sorted(
        abs((p.box.x1 - p.box.x0) - base - width * len(p.text)) / (width * len(p.text)) for p in long
    )
    return off[int(0.75 * (len(off) - 1))] < 0.035


def character_width(pieces: Sequence[Piece]) -> float:
    """Pixels from one character to the next, by the median slope between all pairs of lines (Theil-Sen)."""
    sizes = [(len(piece.text), piece.box.x1 - piece.box.x0) for piece in pieces if piece.text]
    slopes = [
        (wide - other_wide) / (count - other)
        for index, (count, wide) in enumerate(sizes)
        for other, other_wide in sizes[:index]
        if abs(count - other) >= 4
    ]
    if len(slopes) >= 3:
        return max(1.0, median(slopes))
    return max(1.0, median(wide / count for count, wide in sizes))


# ---------------------------------------------------------------------------------------------------- code


def _code_lines(region: Sequence[Piece], grey: Grey | None) -> list[OcrLine]:
    """The region's rows with leading spaces, and pieces of one row joined at their distance."""
    width = character_width(region)
    rows, titles = _without_gutter(_rows(region), width)
    left = min(piece.box.x0 for row in rows for piece in row)
    lines = []
    for row in rows:
        text = ""
        for piece in row:
            column = round((piece.box.x0 - left) / width)
            gap = column - len(text) if not text else max(1, column - len(text))
            text += " " * max(0, gap) + piece.text.strip()
        whole = Piece(text, _around([piece.box for piece in row]), min(piece.confidence for piece in row))
        lines.append((text, whole))
    if grey is not None:
        texts = _on_grid(lines, width, grey)
        lines = [(text, whole) for text, (_, whole) in zip(texts, lines, strict=True)]
    lines = [(_without_caret(text), whole) for text, whole in lines]
    indents = _regular([len(text) - len(text.lstrip()) for text, _ in lines])
    return [_line(piece) for piece in titles] + [
        _line(whole, " " * indent + text.lstrip(), is_code=True)
        for (text, whole), indent in zip(lines, indents, strict=True)
    ]


def _without_gutter(rows: Sequence[list[Piece]], width: float) -> tuple[list[list[Piece]], list[Piece]]:
    """Rows without the editor's line numbers, and what stands above the first numbered one."""
    numbers = [_NUMBERED.match(row[0].text) for row in rows]
    told = [(index, int(match[1])) for index, match in enumerate(numbers) if match]
    steps = [after[1] - before[1] for before, after in pairwise(told)]
    if len(told) < 3 or len(told) < 0.6 * len(rows) or any(not 1 <= step <= 3 for step in steps):
        return list(rows), []
    bare = []
    for row, match in list(zip(rows, numbers, strict=True))[told[0][0] :]:
        first = row[0]
        if match and match.end() == len(first.text):
            row = row[1:]
        elif match:
            box = first.box.model_copy(update={"x0": round(first.box.x0 + (len(match[1]) + 0.5) * width)})
            row = [Piece(first.text[match.end() :], box, first.confidence), *row[1:]]
        if row:
            bare.append(row)
    return bare, [piece for row in rows[: told[0][0]] for piece in row]


def _without_caret(text: str) -> str:
    """The line without a bar at its end that is the caret: no language ends a line with one bracket and a bar."""
    return text[:-1].rstrip() if re.search(r"[\w)\]}:\"']\|$", text) else text


def _on_grid(lines: Sequence[tuple[str, Piece]], width: float, grey: Grey) -> list[str]:
    """The lines with spaces where the picture has empty cells; those that do not fit the cells as they were."""
    left = max(0, min(whole.box.x0 for _, whole in lines) - 2)
    right = min(grey.shape[1], max(whole.box.x1 for _, whole in lines) + 2)
    inks = []
    for _, whole in lines:
        ink = code_grid.ink_of(grey, whole.box, left, right)
        ink[: max(0, whole.box.x0 - left - 2)] = False
        ink[whole.box.x1 - left + 2 :] = False
        inks.append(ink)
    grid = code_grid.fit(inks, width)
    cells = [grid.taken(ink) for ink in inks]
    first = min((taken[0] for taken in cells if taken), default=0)
    found = [code_grid.spaced(text, taken, first) for (text, _), taken in zip(lines, cells, strict=True)]
    if sum(text is not None for text in found) < 0.5 * len(found):
        return [text for text, _ in lines]
    return [
        better if better is not None else " " * (taken[0] - first if taken else 0) + text.lstrip()
        for better, taken, (text, _) in zip(found, cells, lines, strict=True)
    ]


def _rows(region: Sequence[Piece]) -> list[list[Piece]]:
    rows: list[list[Piece]] = []
    for piece in sorted(region, key=lambda piece: piece.middle):
        if rows and _same_row(piece, rows[-1][0]):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.box.x0) for row in rows]


def _regular(indents: Sequence[int]) -> list[int]:
    """Indents moved by one column at the most to multiples of four, or of two, if nearly all of them are.

    >>> _regular([0, 4, 9, 8, 5])
    [0, 4, 8, 8, 4]
    >>> _regular([0, 3, 6])
    [0, 3, 6]
    """
    moved = max(1, sum(indent > 0 for indent in indents))
    for unit, share in ((4, 0.5), (2, 0.7)):
        near = [round(indent / unit) * unit for indent in indents]
        exact = sum(0 < indent == snapped for indent, snapped in zip(indents, near, strict=True))
        close = all(abs(indent - snapped) <= 1 for indent, snapped in zip(indents, near, strict=True))
        if close and exact >= share * moved:
            return near
    return list(indents)


def _around(boxes: Sequence[Box]) -> Box:
    return Box(
        x0=min(box.x0 for box in boxes),
        y0=min(box.y0 for box in boxes),
        x1=max(box.x1 for box in boxes),
        y1=max(box.y1 for box in boxes),
    )
