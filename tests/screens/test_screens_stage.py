"""The stage as a whole: frames on disk, returning screens, people, bad input; and the readers on real pictures."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import screencasts
from fakes import FakeWork
from PIL import Image, ImageDraw

from pipeline import pictures, screens
from pipeline.adapters import ocr, scenes
from pipeline.code_layout import Piece
from pipeline.errors import MissingTool, StorageError
from pipeline.interfaces import Pixels
from pipeline.models import Box, OcrLine, Screen, ScreenKind, Screens, SourceVideo
from pipeline.pictures import Stretch

SIZE = (640, 360)
SMALL = (
    "the most frequent pair is merged first",
    "a vocabulary of 50257 tokens",
    "invalid bytes are replaced",
)


class CountingReader:
    """Reads the same line off every picture and counts."""

    name = "counting"

    def __init__(self) -> None:
        self.pictures = 0

    def read(self, image: Pixels) -> tuple[OcrLine, ...]:
        self.pictures += 1
        box = Box(x0=0, y0=0, x1=image.shape[1], y1=20)
        return (OcrLine(text=f"picture {self.pictures}", box=box, confidence=1.0),)


def video(path: Path, folder: Path, duration_s: float, has_video: bool = True) -> SourceVideo:
    media = folder / "work" / "media" / path.name
    media.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        shutil.copy(path, media)
    return SourceVideo(
        id="clip",
        url=None,
        moment_url=None,
        title="Clip",
        duration_s=duration_s,
        media=f"work/media/{path.name}",
        sha256="0" * 64,
        has_video=has_video,
        has_audio=True,
    )


def run(work: FakeWork, reader: CountingReader | None = None, **fakes: object) -> Screens:
    adapters = {
        "find_screens": scenes.find_screens,
        "get_frame": scenes.get_frame,
        "make_text_reader": lambda name: reader,
    }
    return screens.run(work, **(adapters | fakes))  # type: ignore[arg-type]


def returning() -> screencasts.Clip:
    """Slide, code, the slide again."""
    light, first = screencasts.LIGHT, screencasts.CODE[:8]
    slide = screencasts.State(0.0, lambda: screencasts.slide(SIZE, light, 1, 4), "slide")
    code = screencasts.State(6.0, lambda: screencasts.code(SIZE, light, first), "code")
    again = screencasts.State(12.0, slide.picture, "slide")
    return screencasts.Clip("comes back", SIZE, 18.0, (slide, code, again), fps=15)


@pytest.fixture
def comes_back(
    rendered: Callable[[screencasts.Clip], Path], tmp_path: Path
) -> tuple[Screens, CountingReader, FakeWork]:
    clip = returning()
    work = FakeWork(tmp_path, video(rendered(clip), tmp_path, clip.duration_s))
    reader = CountingReader()
    return run(work, reader), reader, work


def test_a_screen_that_returns_shares_frame_and_lines(
    comes_back: tuple[Screens, CountingReader, FakeWork],
) -> None:
    first, second, third = comes_back[0].screens
    assert (first.same_as, second.same_as, third.same_as) == (None, None, first.id)
    assert third.frame == first.frame
    assert third.lines == first.lines
    assert third.frame_s == first.frame_s
    assert comes_back[1].pictures == 2


def test_frames_are_whole_pngs_of_the_completed_state(
    comes_back: tuple[Screens, CountingReader, FakeWork],
) -> None:
    found, _, work = comes_back
    files = sorted(path.name for path in (work.folder / "work" / "frames").iterdir())
    assert files == ["f001.png", "f002.png"]
    for screen, state in zip(found.screens, returning().states, strict=True):
        assert screen.frame is not None
        image = Image.open(work.folder / screen.frame)
        assert image.format == "PNG"
        assert image.size == SIZE == (screen.width, screen.height)
        pixels = np.asarray(image.convert("RGB"), int)
        assert np.abs(pixels - state.picture()).mean() < 4.0


def test_progress_rises_to_the_end_and_names_screens(
    comes_back: tuple[Screens, CountingReader, FakeWork],
) -> None:
    calls = comes_back[2].progress_calls
    done = [call[0] / call[1] for call in calls]
    assert done == sorted(done)
    assert done[-1] == 1.0
    assert any("screen 2 of 3" in call[2] for call in calls)


def test_two_runs_give_the_same_bytes(
    comes_back: tuple[Screens, CountingReader, FakeWork], tmp_path: Path
) -> None:
    found, _, work = comes_back
    before = {path.name: path.read_bytes() for path in (tmp_path / "work" / "frames").iterdir()}
    assert run(work, CountingReader()).model_dump_json() == found.model_dump_json()
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "work" / "frames").iterdir()}


def test_audio_alone_has_no_screens(tmp_path: Path) -> None:
    work = FakeWork(tmp_path, video(tmp_path / "talk.mp3", tmp_path, 60.0, has_video=False))
    assert run(work) == Screens(screens=())


def test_without_a_reader_there_are_frames_and_no_lines(
    rendered: Callable[[screencasts.Clip], Path], tmp_path: Path
) -> None:
    clip = returning()
    found = run(FakeWork(tmp_path, video(rendered(clip), tmp_path, clip.duration_s), screens={"ocr": "none"}))
    assert all(screen.frame and not screen.lines for screen in found.screens)


def test_a_talking_head_gives_no_figure(rendered: Callable[[screencasts.Clip], Path], tmp_path: Path) -> None:
    blank = screencasts.State(0.0, lambda: screencasts.blank(*SIZE, screencasts.LIGHT), "person")
    clip = screencasts.Clip(
        "head", SIZE, 20.0, (blank,), (screencasts.head(SIZE, screencasts.WHOLE, 3),), fps=15
    )
    found = run(FakeWork(tmp_path, video(rendered(clip), tmp_path, clip.duration_s)))
    assert all(one.kind is ScreenKind.PERSON and one.frame is None for one in found.screens)


@pytest.mark.parametrize("detector", ["content", "adaptive", "threshold"])
def test_scenedetects_own_detectors_are_chosen_in_the_config(
    rendered: Callable[[screencasts.Clip], Path], tmp_path: Path, detector: str
) -> None:
    """A filmed scene, another one; between them it is dark, which the threshold detector goes by."""
    scenes_shown = [(0.0, 3), (4.0, None), (5.0, 12)]
    states = tuple(
        screencasts.State(
            at,
            lambda seed=seed: (
                np.zeros((360, 640, 3), np.uint8) if seed is None else screencasts.photo(640, 360, seed)
            ),
            f"scene {seed}",
        )
        for at, seed in scenes_shown
    )
    clip = screencasts.Clip("film", SIZE, 9.0, states, fps=15)
    work = FakeWork(
        tmp_path, video(rendered(clip), tmp_path, 9.0), screens={"detector": detector, "ocr": "none"}
    )
    starts = [one.start_s for one in run(work).screens]
    assert starts[0] == 0.0
    assert any(abs(at - 4.5) <= 1.0 for at in starts[1:])


def test_short_screens_and_those_past_the_end_are_dropped(tmp_path: Path) -> None:
    grey = np.zeros((360, 640), np.uint8)
    picture, known = pictures.to_png(grey), pictures.pack(np.zeros((45, 80), np.bool_))

    def find(path: Path, detector: str, progress: Callable[[float, float], None]) -> Sequence[Stretch]:
        times = [(0.0, 5.0), (5.0, 6.5), (6.5, 30.0), (40.0, 50.0)]
        return [Stretch(a, b, (a + b) / 2, picture, known, 0.0) for a, b in times]

    work = FakeWork(tmp_path, video(tmp_path / "x.mp4", tmp_path, 20.0), screens={"min_duration_s": 2.0})
    found = run(work, find_screens=find, get_frame=lambda path, time_s: np.zeros((360, 640, 3), np.uint8))
    assert [(one.start_s, one.end_s) for one in found.screens] == [(0.0, 5.0), (6.5, 20.0)]
    assert all(one.start_s <= one.frame_s < one.end_s for one in found.screens)


def test_an_unwritable_folder_is_told(rendered: Callable[[screencasts.Clip], Path], tmp_path: Path) -> None:
    clip = returning()
    work = FakeWork(tmp_path, video(rendered(clip), tmp_path, clip.duration_s))
    (tmp_path / "work" / "frames").write_text("a file where a folder has to be")
    with pytest.raises(StorageError, match="frames"):
        run(work)


# ------------------------------------------------------------------------------------------------- readers


def page(lines: Sequence[str]) -> Pixels:
    return screencasts.code((1280, 720), screencasts.LIGHT, tuple(lines))


def test_rapidocr_reads_a_real_slide(shared_clip: Callable[[str], Path]) -> None:
    reader = ocr.make_text_reader("rapidocr")
    assert reader is not None
    lines = reader.read(scenes.get_frame(shared_clip("ari-five-slides-38s.mp4"), 18.0))
    assert [line.text for line in lines] == [
        "Installation",
        "library(devtools)",
        'install_github("seankross/ari")',
        "3/5",
    ]
    assert [line.is_code for line in lines] == [False, True, True, False]


def test_tesseract_reads_a_real_slide(shared_clip: Callable[[str], Path]) -> None:
    if shutil.which("tesseract") is None:
        pytest.skip("tesseract is not installed")
    reader = ocr.make_text_reader("tesseract")
    assert reader is not None
    text = "\n".join(
        line.text for line in reader.read(scenes.get_frame(shared_clip("ari-five-slides-38s.mp4"), 18.0))
    )
    assert "Installation" in text
    assert "(devtools)" in text


def test_a_missing_tesseract_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingTool, match="tesseract") as told:
        ocr.make_text_reader("tesseract")
    assert "screens.ocr" in told.value.fix


def test_no_reader_by_choice() -> None:
    assert ocr.make_text_reader("none") is None


def test_small_text_is_enlarged_and_read_again() -> None:
    reader = ocr.make_text_reader("rapidocr")
    assert reader is not None
    image = Image.new("RGB", (1280, 720), (252, 252, 252))
    for row, line in enumerate(SMALL):
        ImageDraw.Draw(image).text((60, 60 + 22 * row), line, (30, 30, 30), screencasts.font(12))
    pixels = np.asarray(image)
    pieces = [Piece(line, Box(x0=60, y0=60, x1=300, y1=72), 0.9) for line in SMALL]
    assert ocr.finer_scale(pixels, pieces, 1.0) == 2.0
    assert ocr.first_scale(pixels[:360, :640]) == 2.0
    assert [line.text for line in reader.read(pixels)] == list(SMALL)


@pytest.mark.parametrize("name", ["rapidocr", "tesseract"])
def test_an_empty_picture_has_no_text(name: str) -> None:
    if name == "tesseract" and shutil.which("tesseract") is None:
        pytest.skip("tesseract is not installed")
    reader = ocr.make_text_reader(name)
    assert reader is not None
    assert reader.read(np.full((360, 640, 3), 250, np.uint8)) == ()


def test_a_screen_is_what_the_model_says(comes_back: tuple[Screens, CountingReader, FakeWork]) -> None:
    assert all(
        isinstance(screen, Screen) and screen.kind is ScreenKind.SLIDE for screen in comes_back[0].screens
    )
