"""Put screens, caret, mouse and camera together, frame by frame, and encode them with the sound."""

from __future__ import annotations

import subprocess
import wave
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from . import camera
from .camera import Camera
from .stage import HEIGHT, WIDTH, Caret, Picture, Stage, State
from .timeline import CURSOR_MOVE_S, FADE_S, CursorMove, Visit
from .voice import RATE_HZ, Recording

FPS = 25
KEY_FRAME_EVERY = 200
"""Frames between key frames at most (8 s), as screen recorders and video sites do."""


class Film:
    """Renders the frames of the lecture in order of time."""

    def __init__(
        self, stage: Stage, visits: Sequence[Visit], moves: Sequence[CursorMove], recording: Recording
    ) -> None:
        self._stage = stage
        self._visits = visits
        self._moves = moves
        self._camera = Camera(recording.samples, seed=3)
        self._pointer = _pointer()
        self._shot: tuple[str, State] | None = None
        self._picture: Picture = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
        self._caret: Caret | None = None
        self._before: Picture = self._picture
        self._visit: Visit | None = None

    def frame(self, at_s: float) -> Picture:
        """The picture at `at_s`, RGB, shape (720, 1280, 3). Moments must come in order."""
        visit = next(v for v in reversed(self._visits) if v.start_s <= at_s)
        if visit is not self._visit:
            self._before, self._visit = self._picture, visit
        self._show(visit, at_s)
        picture = self._picture.copy()
        faded = (at_s - visit.start_s) / FADE_S
        if visit.fade and faded < 1:
            picture = (self._before * (1 - faded) + picture * faded).astype(np.uint8)
        if visit.typing and self._caret and _caret_lit(visit, at_s):
            _draw_caret(picture, self._caret)
        self._draw_pointer(picture, at_s)
        _frame_inset(picture, self._camera.picture(at_s))
        return picture

    def _show(self, visit: Visit, at_s: float) -> None:
        wanted = visit.screen, state_at(visit, at_s, self._stage.open(visit.screen))
        if wanted != self._shot:
            self._picture, self._caret = self._stage.shoot(*wanted)
            self._shot = wanted

    def _draw_pointer(self, picture: Picture, at_s: float) -> None:
        place = pointer_at(self._moves, at_s)
        if place is None:
            return
        x, y = place
        height, width = self._pointer.shape[:2]
        target = picture[y : y + height, x : x + width]
        alpha = self._pointer[: target.shape[0], : target.shape[1], 3:] / 255
        colour = self._pointer[: target.shape[0], : target.shape[1], :3]
        target[:] = (target * (1 - alpha) + colour * alpha).astype(np.uint8)


def state_at(visit: Visit, at_s: float, keys: int) -> State:
    """What the visit's screen shows at `at_s`, given the number of keys its code takes."""
    if visit.again:
        return final_state(keys)
    step = sum(moment <= at_s for moment in visit.steps_s)
    typed = keys
    if visit.typing:
        begin, end = visit.typing
        # Two frames a stroke at least: nobody types faster, and nobody could see it.
        at_stroke_s = int(at_s * FPS / 2) * 2 / FPS if at_s < end else end
        typed = round(keys * min(1.0, max(0.0, (at_stroke_s - begin) / (end - begin))))
    scroll = 0.0
    if visit.scroll:
        to, begin, end = visit.scroll
        share = min(1.0, max(0.0, (at_s - begin) / (end - begin)))
        scroll = round(to * share * share * (3 - 2 * share), 4)
    return State(step, typed, scroll)


def final_state(keys: int) -> State:
    """Everything built, typed and scrolled."""
    return State(step=99, typed=keys, scroll=1.0)


def pointer_at(moves: Sequence[CursorMove], at_s: float) -> tuple[int, int] | None:
    """Where the mouse is, in pixels; None before its first move."""
    done = [move for move in moves if move.start_s <= at_s]
    if not done:
        return None
    last = done[-1]
    origin = done[-2] if len(done) > 1 else last
    share = min(1.0, (at_s - last.start_s) / CURSOR_MOVE_S)
    eased = share * share * (3 - 2 * share)
    return round(origin.x + (last.x - origin.x) * eased), round(origin.y + (last.y - origin.y) * eased)


def _caret_lit(visit: Visit, at_s: float) -> bool:
    assert visit.typing is not None
    begin, end = visit.typing
    return begin <= at_s < end or at_s % 1.06 < 0.53


def _draw_caret(picture: Picture, caret: Caret) -> None:
    picture[caret.y : caret.y + caret.height, caret.x + 1 : caret.x + 4] = (120, 170, 255)


def _pointer() -> Picture:
    image = Image.new("RGBA", (80, 112), (0, 0, 0, 0))
    arrow = [(8, 4), (8, 84), (27, 66), (40, 98), (54, 92), (41, 61), (66, 60)]
    ImageDraw.Draw(image).polygon(arrow, fill=(20, 20, 20, 255), outline=(255, 255, 255, 255), width=5)
    return np.asarray(image.resize((20, 28), Image.Resampling.LANCZOS))


def _frame_inset(picture: Picture, inset: Picture) -> None:
    picture[
        camera.TOP - 2 : camera.TOP + camera.HEIGHT + 2, camera.LEFT - 2 : camera.LEFT + camera.WIDTH + 2
    ] = 235
    picture[camera.TOP : camera.TOP + camera.HEIGHT, camera.LEFT : camera.LEFT + camera.WIDTH] = inset


def encode(
    film: Film,
    recording: Recording,
    metadata: str,
    target: Path,
    ffmpeg: str,
    tick: Callable[[float], None],
) -> None:
    """Write the video; `metadata` is an ffmetadata text with tags and chapters. RuntimeError carries ffmpeg's words.

    The sound, the metadata and ffmpeg's log are left in `target`'s folder.
    """
    work = target.parent
    sound, facts = work / "sound.wav", work / "metadata.txt"
    _write_wave(recording, sound)
    facts.write_text(metadata, encoding="utf-8")
    command = [ffmpeg, "-v", "error", "-y"]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-"]
    command += ["-i", str(sound), "-i", str(facts), "-map", "0:v", "-map", "1:a", "-map_metadata", "2"]
    command += ["-map_chapters", "2", "-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"]
    command += ["-c:v", "libx264", "-preset", "medium", "-crf", "24", "-g", str(KEY_FRAME_EVERY)]
    command += ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
    command += [
        "-c:a",
        "aac",
        "-ar",
        "44100",
        "-ac",
        "1",
        "-b:a",
        "64k",
        "-movflags",
        "+faststart",
        str(target),
    ]
    log = work / "ffmpeg.log"
    with log.open("wb") as errors, subprocess.Popen(command, stdin=subprocess.PIPE, stderr=errors) as process:
        assert process.stdin is not None
        for number in range(int(recording.duration_s * FPS)):
            process.stdin.write(film.frame(number / FPS).tobytes())
            tick(number / FPS)
        process.stdin.close()
    if process.returncode:
        raise RuntimeError(f"ffmpeg ended with {process.returncode}:\n{log.read_text('utf-8')}")


def _write_wave(recording: Recording, path: Path) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes((np.clip(recording.samples, -1, 1) * 32767).astype("<i2").tobytes())
