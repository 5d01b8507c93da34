"""Turn the script's actions, hung on sentences, into what the screen shows at every moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from .script import Action
from .voice import Spoken

SHOW_LEAD_S = 0.3
"""A screen comes up this long before the sentence that speaks of it."""
FADE_S = 0.8
"""Length of a cross-fade."""
CURSOR_MOVE_S = 0.7
"""How long the mouse takes from one place to the next."""


@dataclass
class Visit:
    """A screen, shown once: absolute seconds throughout; `again` marks one that comes back complete."""

    screen: str
    start_s: float
    end_s: float
    fade: bool
    again: bool
    steps_s: list[float] = field(default_factory=list)
    typing: tuple[float, float] | None = None
    scroll: tuple[float, float, float] | None = None

    @property
    def completed_s(self) -> float:
        """The moment from which nothing more is added."""
        moments = [self.start_s + (FADE_S if self.fade else 0.0), *self.steps_s]
        if self.typing:
            moments.append(self.typing[1])
        if self.scroll:
            moments.append(self.scroll[2])
        return max(moments)


@dataclass(frozen=True)
class CursorMove:
    """From `start_s` on the mouse moves to (x, y), in pixels."""

    start_s: float
    x: int
    y: int


def lay_out(spoken: Sequence[Spoken], duration_s: float) -> tuple[list[Visit], list[CursorMove]]:
    """Return the visits, which tile [0, duration_s), and the mouse's moves, both in order of time."""
    visits: list[Visit] = []
    moves: list[CursorMove] = []
    for item in spoken:
        for action in item.sentence.actions:
            _apply(action, item.start_s + action.offset_s, visits, moves)
    for visit, following in pairwise(visits):
        visit.end_s = following.start_s
    visits[0].start_s = 0.0
    visits[-1].end_s = duration_s
    late = [f"{v.screen} by {v.completed_s - v.end_s:.1f} s" for v in visits if v.completed_s > v.end_s]
    if late:
        raise ValueError(f"screens that are complete only after they are gone: {', '.join(late)}")
    return visits, sorted(moves, key=lambda move: move.start_s)


def _apply(action: Action, at_s: float, visits: list[Visit], moves: list[CursorMove]) -> None:
    if action.verb == "show":
        screen = action.args[0]
        again = any(visit.screen == screen for visit in visits)
        visits.append(Visit(screen, at_s - SHOW_LEAD_S, at_s, fade="fade" in action.args, again=again))
    elif action.verb == "step":
        visits[-1].steps_s.append(at_s)
    elif action.verb == "type":
        visits[-1].typing = (at_s, at_s + float(action.args[0]))
    elif action.verb == "scroll":
        visits[-1].scroll = (float(action.args[0]), at_s, at_s + float(action.args[1]))
    else:
        moves.append(CursorMove(at_s, int(action.args[0]), int(action.args[1])))
