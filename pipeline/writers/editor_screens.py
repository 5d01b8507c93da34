"""What screens give a chapter without a model: a title, the code they show, figures with caption and alt text."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from statistics import median

from pipeline.models import OcrLine, Screen, ScreenKind

_SURE = 0.85
"""Mean confidence from which read code stands for its picture."""
_ALT_CHARACTERS = 400


def title(screen: Screen) -> str | None:
    """A slide's title: its largest line in the upper third, if that is larger than the rest; else None."""
    if screen.kind is not ScreenKind.SLIDE:
        return None
    lines = [line for line in screen.lines if _is_text(line.text) and not line.is_code]
    upper = [line for line in lines if line.box.y0 < screen.height / 2.5]
    if not upper:
        return None
    largest = max(upper, key=lambda line: (_height(line), -line.box.y0))
    others = [_height(line) for line in lines if line is not largest]
    if others and _height(largest) < 1.15 * median(others):
        return None
    text = re.sub(r"\s+", " ", largest.text).strip(" .:|-–—")
    return text if 2 <= len(text) <= 80 and len(text.split()) <= 10 and largest.confidence >= 0.6 else None


def _height(line: OcrLine) -> int:
    return line.box.y1 - line.box.y0


def _is_text(text: str) -> bool:
    return sum(character.isalpha() for character in text) >= 3


def code(screen: Screen) -> str | None:
    """The code shown, with its indentation, common indentation and the program's own marks out; else None.

    A blank line stands where the screen has room for one.
    """
    lines = _code_lines(screen)
    return _as_code(lines, _pitch(lines))


@dataclass(frozen=True)
class Cell:
    """Code, and what it printed or gave."""

    code: str
    output: str | None = None


def cells(screen: Screen) -> list[Cell]:
    """A notebook's cells, each with its output; other code is one cell."""
    prompts = [(int(match[1]), line.box.y0) for line in screen.lines if (match := _PROMPT.match(line.text))]
    whole = code(screen)
    if not prompts or whole is None:
        return [] if whole is None else [Cell(whole)]
    found: list[Cell] = []
    of: dict[int, list[_Line]] = {}
    results: dict[int, list[_Line]] = {}
    starts = sorted(prompts, key=lambda prompt: prompt[1])
    every = _code_lines(screen)
    pitch = _pitch(every)
    for line in every:
        above = [number for number, (_, y0) in enumerate(starts) if y0 <= line.y0 + line.height / 2]
        at = above[-1] if above else 0
        number = starts[at][0]
        again = any(number == before for before, _ in starts[:at])
        (results if again else of).setdefault(number, []).append(line)
    for number, lines in of.items():
        typed, printed = _typed_and_printed(lines, pitch)
        shown = _as_code(typed, pitch)
        if shown is not None:
            output = "\n".join(line.text.strip() for line in [*printed, *results.get(number, [])])
            found.append(Cell(shown, output or None))
    return found or [Cell(whole)]


@dataclass(frozen=True)
class _Line:
    """A line of code as it was read; `y0` and `height` in pixels."""

    text: str
    y0: int
    height: int


def _code_lines(screen: Screen) -> list[_Line]:
    """Lines that are code, or stand among code and look like it; a letter between two rows is the mouse."""
    known = [line for line in screen.lines if line.is_code]
    if not known:
        return []
    found = [
        _Line(line.text.rstrip(), line.box.y0, _height(line)) for line in known
        if len(line.text.strip()) != 1 or not _is_between_rows(line, known)
    ]  # fmt: skip
    prompts = [line.box.y0 for line in screen.lines if _PROMPT.match(line.text)]
    left = min(known, key=lambda line: line.box.x0)
    for line in screen.lines:
        rows = [*(one.y0 for one in found), *(y0 for y0 in prompts if abs(y0 - line.box.y0) < _height(line))]
        close = min(abs(y0 - line.box.y0) for y0 in rows) <= _NEAR_HEIGHTS * _height(line)
        letter = _letter(left)
        inside = line.box.x0 >= left.box.x0 - 5 * letter
        if not line.is_code and close and inside and _STATEMENT.match(line.text):
            indent = len(left.text) - len(left.text.lstrip()) + round((line.box.x0 - left.box.x0) / letter)
            found.append(_Line(" " * max(indent, 0) + line.text.strip(), line.box.y0, _height(line)))
    return sorted(found, key=lambda line: line.y0)


_PROMPT = re.compile(r"^\s*(?:In |Out)?\[ ?(\d{1,3}) ?\] ?:")
_STATEMENT = re.compile(
    r"^\s*(?:(?:import|from|def|class|for|while|if|elif|else|try|except|with|return|raise|assert)\b.*[\w:)\]]$"
    r"|@\w+|[\w.\[\]\"', ]+ [-+*/]?= \S|[\w.]+\(.*\)$|>>> )"
)
_NEAR_HEIGHTS = 1.5


def _letter(line: OcrLine) -> float:
    """Width of a letter, in pixels."""
    return max((line.box.x1 - line.box.x0) / max(len(line.text.strip()), 1), 1.0)


def _is_between_rows(line: OcrLine, known: Sequence[OcrLine]) -> bool:
    """Whether a line lies across the one above it."""
    return any(
        other is not line and len(other.text.strip()) > 1
        and other.box.y0 < line.box.y0 < other.box.y1 - 0.3 * _height(other)
        and line.box.y1 > other.box.y1 for other in known
    )  # fmt: skip


def _pitch(lines: Sequence[_Line]) -> float:
    """Pixels from a line to the next."""
    steps = [b.y0 - a.y0 for a, b in pairwise(lines) if b.y0 - a.y0 > 4]
    return float(median(sorted(steps)[: max(len(steps) // 2, 1)])) if steps else 40.0


def _typed_and_printed(lines: Sequence[_Line], pitch: float) -> tuple[list[_Line], list[_Line]]:
    """A cell's code, and what it printed: set off from it, and no line of it a statement."""
    for at in range(1, len(lines)):
        set_off = lines[at].y0 - lines[at - 1].y0 > 1.2 * pitch
        if set_off and not any(_STATEMENT.match(line.text) for line in lines[at:]):
            return list(lines[:at]), list(lines[at:])
    return list(lines), []


def _as_code(found: Sequence[_Line], pitch: float) -> str | None:
    lines = _without_prompts(_without_line_numbers(_without_menu(_spaced(found, pitch))))
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and re.fullmatch(r"\s*(?:>>>|\$)?\s*", lines[-1]):
        lines.pop()
    if not any(re.search(r"\w", line) for line in lines):
        return None
    indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(_snapped([line[indent:].rstrip() for line in lines])).rstrip()


def _spaced(found: Sequence[_Line], pitch: float) -> list[str]:
    """The lines with blank ones where there is room for one or two."""
    lines: list[str] = []
    for before, line in zip([None, *found], found, strict=False):
        room = 0 if before is None else round((line.y0 - before.y0) / pitch) - 1
        lines += [""] * max(0, min(room, 2)) + [line.text]
    return lines


_NUMBERED = re.compile(r"^\s*(\d{1,4})(?:(\s.*)|$)")
_MENU = re.compile(r"\bFile\b.*\bEdit\b.*\bView\b")
_SHELL = re.compile(r"^\s*(?:>>> |\$ )")
_CELL = re.compile(r"^(\s*(?:In ?)?\[ ?\d* ?\] ?:)(?=\s|$)")


def _without_menu(lines: list[str]) -> list[str]:
    """Without a notebook's menu, and what stands above a terminal's first prompt (its title)."""
    lines = [line for line in lines if not _MENU.search(line)]
    first = next((at for at, line in enumerate(lines) if _SHELL.match(line)), 0)
    return lines[first:] if first <= 1 else lines


def _without_line_numbers(lines: list[str]) -> list[str]:
    """Without an editor's line numbers, where most lines have one and they count up; a cursor goes with them."""
    found = [_NUMBERED.match(line) for line in lines]
    counted = [int(match[1]) for match in found if match]
    if (
        len(counted) < 2
        or len(counted) < 0.6 * len(lines)
        or counted != list(range(counted[0], counted[-1] + 1))
    ):
        return lines
    kept = [
        (match[2] or "") if match else _indented_like(line, found[at + 1 :])
        for at, (match, line) in enumerate(zip(found, lines, strict=True))
        if match or _CODE_MARK.search(line)
    ]
    return [re.sub(r"(?<=\S)\|$", "", line) for line in kept]


_CODE_MARK = re.compile(r"[()=:\[\]{}]|\bimport\b")
"""Among numbered lines, one without a number and without any of these is a tab's or a status bar's text."""


def _indented_like(line: str, below: Sequence[re.Match[str] | None]) -> str:
    """A line whose number was not read, indented by the next one that has it."""
    after = next((match[2] for match in below if match and match[2] and match[2].strip()), "")
    indent = len(after) - len(after.lstrip()) - (4 if line.rstrip().endswith(":") else 0)
    return " " * max(indent, 0) + line.strip()


def _snapped(lines: list[str]) -> list[str]:
    """Indentation that is off by one, where the rest goes by fours, put right."""
    indents = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    if sum(indent % 4 == 0 for indent in indents) < 0.6 * len(indents):
        return lines
    off = {1: -1, 3: 1}
    return [
        " " * (indent + off.get(indent % 4, 0)) + line.lstrip()
        for line in lines
        for indent in [len(line) - len(line.lstrip())]
    ]


def _without_prompts(lines: list[str]) -> list[str]:
    """With a notebook's "[1]:" as so many spaces."""
    return [_CELL.sub(lambda match: " " * len(match[1]), line) for line in lines]


def code_is_sure(screen: Screen) -> bool:
    """Whether the code was read so well that its picture is not needed."""
    lines = [line for line in screen.lines if line.is_code]
    return bool(lines) and sum(line.confidence for line in lines) / len(lines) >= _SURE


def is_python(text: str) -> bool:
    """Whether a notebook's cell can be read as Python; a line for the shell or the notebook counts as such.

    >>> is_python('text = "café"'), is_python("%time f(x)"), is_python("SELECT a FROM b;")
    (True, True, False)
    """
    try:
        ast.parse(re.sub(r"(?m)^\s*[%!].*$", "", text))
    except (SyntaxError, ValueError):
        return False
    return True


def language_of(text: str) -> str:
    """ "python", "pycon", "console", "json" or "text": Pygments' names, where the code says so itself."""
    if re.search(r"^>>> ", text, re.MULTILINE):
        return "pycon"
    if re.search(r"^\s*\$ \w", text, re.MULTILINE):
        return "console"
    python = r"(?:def \w+\(.*\).*:|class \w+.*:|import \w+|from [\w.]+ import |(?:for|while|if|with) .+:\s*$|print\()"
    if re.search(rf"^\s*{python}", text, re.MULTILINE) or re.search(
        r"^\s*\w+ = .+[\])\d\w]$", text, re.MULTILINE
    ):
        return "python"
    return "text"


def final_code(screens: Sequence[Screen]) -> list[Screen]:
    """Of screens with code, those that no later one completes: code typed in steps is shown once, whole."""
    shown = [screen for screen in screens if code(screen)]
    return [
        screen for index, screen in enumerate(shown)
        if not any(_completes(later, screen) and not _completes(screen, later) for later in shown[index + 1 :])
        and not any(_completes(sooner, screen) for sooner in shown[:index])
    ]  # fmt: skip


def _completes(later: Screen, earlier: Screen) -> bool:
    """Nearly every line of `earlier`'s code stands in `later`'s, as it is or typed on."""
    return _holds((code(later) or "").splitlines(), (code(earlier) or "").splitlines())


def builds_on(later: Screen, earlier: Screen) -> bool:
    """Whether a screen goes on at once with all the text of the one before it: then its picture has both."""
    at_once = abs(later.start_s - earlier.end_s) < 1.0
    return bool(earlier.lines) and at_once and _holds(later.text.splitlines(), earlier.text.splitlines())


def _holds(later: Sequence[str], earlier: Sequence[str]) -> bool:
    had = [bare for line in earlier if (bare := _without_line_number(line))]
    has = [bare for line in later if (bare := _without_line_number(line))]
    matched = sum(any(_same_or_typed_on(line, other) for other in has) for line in had)
    return matched >= max(len(had) * 0.85, len(had) - 1, 1)


def _without_line_number(line: str) -> str:
    """The line without an editor's number before it; "" for a number alone, which says nothing of what stays."""
    return re.sub(r"^\s*\d{1,3}(?=\s|$)", "", line).strip()


def _same_or_typed_on(line: str, other: str) -> bool:
    had, has = re.sub(r"\s", "", line), re.sub(r"\s", "", other)
    # The last letters before a cursor are often misread.
    return has.startswith(had[:-2] or had) or SequenceMatcher(None, had, has).ratio() > 0.9


def caption(screen: Screen, said: str | None = None) -> str:
    """The slide's title; else its first line of text; else what is being said."""
    text = title(screen) or next(
        (line.text.strip() for line in screen.lines if _is_text(line.text) and line.confidence > 0.8), None
    )
    return _shortened(text or said or "What is on screen at this moment", 120)


def alt(screen: Screen) -> str:
    """The text in the picture, for who cannot see it."""
    text = re.sub(r"\s+", " ", " ".join(line.text.strip() for line in screen.lines if line.text.strip()))
    what = {ScreenKind.SLIDE: "Slide", ScreenKind.CODE: "Code"}.get(screen.kind, "Screen")
    return f"{what}: {_shortened(text, _ALT_CHARACTERS)}" if text else f"{what} without text"


def _shortened(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(" ", 1)[0].rstrip(",;:") + " …"
