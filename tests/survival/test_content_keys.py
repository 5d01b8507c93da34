"""Each change rebuilds what depends on it and nothing else, and `why` names it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import runs
import yaml
from lectures import MakeRun, built, lay_lecture

from pipeline import chapter_requests, resources, runner
from pipeline.models import Draft
from pipeline.store import Store


@dataclass
class World:
    """All that a change may touch."""

    lecture: runs.Lecture
    monkeypatch: pytest.MonkeyPatch
    tmp_path: Path
    settings: list[str] = field(default_factory=list)


def change_file(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def change_prompt(world: World, name: str) -> None:
    folder = world.tmp_path / "prompts"
    if not folder.exists():
        shutil.copytree(resources.resource("prompts"), folder)
    path = folder / name
    path.write_text(path.read_text() + "\nBe brief.\n")
    world.monkeypatch.setattr(
        runner, "resource", lambda kind: folder if kind == "prompts" else resources.resource(kind)
    )


def change_version(world: World, package: str) -> None:
    from pipeline import versions

    real = versions.version
    world.monkeypatch.setattr(versions, "version", lambda name: "99.0" if name == package else real(name))


def change_outline(world: World) -> None:
    path = world.lecture.folder / "edits" / "outline.yaml"
    data = yaml.safe_load(path.read_text())
    data["chapters"]["ch02"]["summary"] = "How pairs are counted."
    path.write_text(yaml.safe_dump(data, sort_keys=False))


def write_chapter(world: World) -> None:
    path = world.lecture.folder / "edits" / "chapters" / "02.md"
    path.parent.mkdir(parents=True)
    path.write_text("# Pairs\n\nWe count the two neighbours that stand together most often.\n")


def option(setting: str) -> Callable[[World], None]:
    return lambda world: world.settings.append(setting)


def ask_again(world: World) -> None:
    chapter_requests.Requests(world.lecture.folder).ask_again("ch03", "shorter")


CHAPTER = {"write": 1, "verify": 1, "render": 1}


@dataclass(frozen=True)
class Case:
    name: str
    change: Callable[[World], None]
    rebuilds: dict[str, int]
    says: str = ""


CASES = [
    Case("nothing", lambda world: None, {}, ""),
    Case("how fast, not what", option("write.parallel=2"), {}, ""),
    Case("a prompt that this writer does not read", lambda world: change_prompt(world, "write.md"), {}, ""),
    Case("an option", option("screens.min_duration_s=1.25"), {"screens": 1},
         "screens is out of date: option screens.min_duration_s changed from 1.0 to 1.25."),
    Case("an option of the checks", option("verify.min_kept=0.5"), {"verify": 3},
         "verify of ch02 is out of date: option verify.min_kept changed from 0.55 to 0.5."),
    Case("a name of a model", option("transcribe.model=tiny.en"), {"transcribe": 1},
         "option transcribe.model changed from auto to tiny.en"),
    Case("a version of a library", lambda world: change_version(world, "av"), {"screens": 1},
         "screens is out of date: package av changed from"),
    Case("an outline edit", change_outline, {"outline": 1, **CHAPTER},
         "outline is out of date: your changes in edits/outline.yaml changed."),
    Case("a hand edit", write_chapter, CHAPTER,
         "write of ch02 is out of date: your edits/chapters/02.md is new"),
    Case("a fresh sample", ask_again, CHAPTER,
         "write of ch03 is out of date: notes changed from '' to shorter; sample asked for changed from 0 to 1."),
    Case("how pages are set", option("render.figure_width=640"), {"render": 1},
         "render is out of date: option render.figure_width changed from 1280 to 640."),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_change_rebuilds_what_depends_on_it(
    case: Case, lecture: runs.Lecture, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world = World(lecture, monkeypatch, tmp_path)
    case.change(world)
    said = make_run(lecture, *world.settings).why()
    assert any(case.says in sentence for sentence in said) if case.says else said == [], said
    assert built(make_run(lecture, *world.settings).run()) == case.rebuilds
    assert make_run(lecture, *world.settings).why() == []


def drafts(lecture: runs.Lecture) -> list[bytes]:
    return [path.read_bytes() for path in sorted((lecture.folder / "work" / "drafts").glob("ch??.json"))]


def test_a_template_sets_the_pages_again_and_nothing_else(
    lecture: runs.Lecture, make_run: MakeRun, tmp_path: Path
) -> None:
    own = tmp_path / "templates"
    own.mkdir()
    shutil.copy(resources.resource("templates") / "style.css", own)
    setting = f"render.templates={own}"
    assert built(make_run(lecture, setting).run()) == {"render": 1}
    (own / "style.css").write_text((own / "style.css").read_text() + "\nbody { color: black }\n")
    assert make_run(lecture, setting).why() == ["render is out of date: template yours: style.css changed."]
    assert built(make_run(lecture, setting).run()) == {"render": 1}


def test_one_sentence_rewrites_its_chapter_alone(
    lecture: runs.Lecture, make_run: MakeRun, example: Path, tmp_path: Path
) -> None:

    own = lay_lecture(tmp_path / "talk", example, "talk.mp3")
    make_run(own).run()
    before = drafts(own)
    change_file(own.video.with_name("talk.en.vtt"), "count the pairs again", "count all the pairs again")
    assert make_run(own).why()[0].startswith("download is out of date: content of talk.en.vtt changed")
    report = built(make_run(own).run())
    assert report == {"download": 1, "transcribe": 1, "segment": 1, "outline": 1, **CHAPTER}
    after = drafts(own)
    assert after[:2] == before[:2]
    assert after[2] != before[2]


@pytest.mark.parametrize(
    ("prompt", "rebuilds"),
    [
        ("write.md", {"write": 3}),
        ("repair.md", {"verify": 3}),
        ("outline.md", {"outline": 1}),
        ("edit.md", {}),
    ],
)
def test_a_prompt_touches_the_stage_that_reads_it(
    prompt: str, rebuilds: dict[str, int], lecture: runs.Lecture, make_run: MakeRun,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    with runs.endpoint() as (server, named, settings):
        for name, value in named.items():
            monkeypatch.setenv(name, value)
        lecture = runs.Lecture(lecture.video, lecture.out, (*lecture.settings, *settings), named)
        make_run(lecture).run()
        calls = len(server.requests)
        change_prompt(World(lecture, monkeypatch, tmp_path), prompt)
        said = make_run(lecture).why()
        assert bool(said) == bool(rebuilds)
        assert all(f"prompt {prompt} changed" in one or one.startswith("What follows") for one in said)
        found = built(make_run(lecture).run())
        # The key of the stage is new; where the same text comes out, nothing behind it is touched.
        assert set(found) <= set(rebuilds)
        assert all(found[name] == count for name, count in rebuilds.items())
        # The stored prompt is what is hashed; the scripted endpoint's replies were all kept.
        assert len(server.requests) == calls


def test_the_title_is_not_looked_for_on_the_screen(lecture: runs.Lecture, make_run: MakeRun) -> None:
    """What is expensive depends on the recording alone, not on what is said about it."""
    report = built(make_run(lecture, "lecture.title=Another title").run())
    assert "screens" not in report
    assert {"download", "render"} <= set(report)


def test_screens_look_at_no_other_field_than_they_declare(root: Path) -> None:
    from pipeline.models import SourceVideo
    from pipeline.stages import STAGES

    stage = next(stage for stage in STAGES if stage.name == "screens")
    used = set(re.findall(r"\bvideo\.(\w+)", (root / "pipeline" / "screens.py").read_text()))
    assert used <= stage.fields[SourceVideo]


def test_an_artifact_of_another_version_is_made_again(lecture: runs.Lecture, make_run: MakeRun) -> None:
    path = lecture.folder / "work" / "outline.json"
    path.write_text(path.read_text().replace('"title"', '"heading"', 1))
    key = Store(lecture.folder).key_path
    from pipeline.models import Outline
    from pipeline.store import digest

    key_path = key(Outline)
    stored = key_path.read_text()
    found = Store(lecture.folder).key(Outline)
    assert found is not None
    key_path.write_text(stored.replace(found.artifact, digest(path.read_bytes())))
    assert make_run(lecture).why()[0] == "outline is out of date: its artifact was made by another version."
    assert built(make_run(lecture).run()) == {"outline": 1}


def test_what_may_have_passed_is_tried_again(
    lecture: runs.Lecture, make_run: MakeRun, tmp_path: Path
) -> None:
    """A failure is not remembered as done: with the program back, the next run makes what was missing."""
    chromium = tmp_path / "no-chromium"
    first = make_run(lecture, "render.pdf=true")
    import os

    os.environ["CHROMIUM"] = str(chromium)
    try:
        report = first.run()
    finally:
        del os.environ["CHROMIUM"]
    assert ["PDF" in one.what and one.passing for one in report.degradations] == [True]
    assert "which may be otherwise now" in make_run(lecture, "render.pdf=true").why()[0]
    assert isinstance(Store(lecture.folder).read(Draft, "ch01"), Draft)
