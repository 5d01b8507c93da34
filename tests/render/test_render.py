"""The site of a hand-made lecture: what is on the pages, where links lead, what a second run leaves alone."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from fakes import FakeWork
from lecture_fixture import chips, with_inputs, with_video

from pipeline import findings, render
from pipeline.models import Chapter, Chapters, CheckedChapter, Paragraph


def soup(work: FakeWork, file: str) -> BeautifulSoup:
    return BeautifulSoup((work.folder / "site" / file).read_text(encoding="utf-8"), "html.parser")


@pytest.fixture
def site(lecture: FakeWork) -> FakeWork:
    render.run(lecture, chips=chips)
    return lecture


def test_the_site_lists_its_files_and_no_others(lecture: FakeWork) -> None:
    made = render.run(lecture, chips=chips)
    on_disk = {
        p.relative_to(lecture.folder).as_posix() for p in (lecture.folder / "site").rglob("*") if p.is_file()
    }
    assert set(made.files) == on_disk
    assert made.index in on_disk


def test_hours_are_not_dropped(site: FakeWork) -> None:
    times = [link.text for link in soup(site, "ch03.html").select("main a.time")]
    assert "1:05:00" in times
    assert soup(site, "checks.html").find("a", string="1:05:23")


def test_every_paragraph_links_to_its_moment_in_the_copy(site: FakeWork) -> None:
    shown = ""
    for block in soup(site, "ch02.html").select(".block"):
        address = f"media/lecture.mp4#t={int(float(str(block['data-start'])))}"
        link = block.select_one("a.time")
        if link is not None:
            assert link["href"] == address
            shown = address
        elif "heading" in block["class"]:
            below = block.find_next_sibling(class_="block")
            assert below is not None
            assert "paragraph" in below["class"]
            assert below.select_one("a.time")["href"] == address
        else:
            assert "paragraph" not in block["class"]
            assert shown == address
    assert (site.folder / "site/media/lecture.mp4").read_bytes() == b"not really a video"


def test_a_site_with_moments_is_linked_to_and_needs_no_copy(lecture: FakeWork) -> None:
    url = "https://www.youtube.com/watch?v=zduSFxRajkE"
    with_video(lecture, url=url, moment_url=url + "&t={seconds}", site="youtube", video_key="zduSFxRajkE")
    render.run(lecture)
    link = soup(lecture, "ch03.html").select(".block a.time")[0]
    assert link["href"] == url + "&t=3900"
    assert not (lecture.folder / "site/media").exists()
    facade = soup(lecture, "ch03.html").select_one("a.facade")
    assert facade is not None
    assert facade["href"] == url
    assert "youtube" not in " ".join(
        str(tag.get("src")) for tag in soup(lecture, "ch03.html").select("[src]")
    )


def test_code_is_highlighted_and_says_what_it_is_worth(site: FakeWork) -> None:
    page = soup(site, "ch02.html")
    marks = [listing.select_one(".mark").text for listing in page.select(".listing")]
    assert marks == ["verified", "from the screen", "not checked"]
    assert page.select_one(".listing .p-k").text == "def"
    assert "{(1, 2): 2, (2, 3): 1, (3, 1): 1}" in page.select(".listing samp")[0].text


def test_mathematics_is_mathml_and_prices_stay_prices(site: FakeWork) -> None:
    page = soup(site, "ch02.html")
    assert len(page.select("math")) == 4
    assert "costs $5 of electricity, not $500" in page.text


def test_tokens_are_chips_with_their_ids(site: FakeWork) -> None:
    page = soup(site, "ch03.html")
    assert [chip.text for chip in page.select(".chips .chip")] == ["hello", "·world"]
    assert [chip.text for chip in page.select(".ids .chip")] == ["31373", "995"]
    assert page.select(".chips .tok-1")


def test_tokens_without_a_tokenizer_say_so(lecture: FakeWork) -> None:
    render.run(lecture)
    assert "no tokenizer of this name is at hand" in soup(lecture, "ch03.html").text


def test_the_page_shows_what_fell_short_who_wrote_and_whose_it_is(site: FakeWork) -> None:
    index, second, third = (soup(site, name).text for name in ("index.html", "ch02.html", "ch03.html"))
    assert "10 s of speech without words" in index
    assert "10 s of speech without words" in third
    assert "10 s of speech without words" not in second
    assert "a small language model on this machine, Qwen2.5-Coder-1.5B-Instruct Q4_K_M" in second
    assert "Ada Example" in second
    assert soup(site, "ch02.html").find("a", href="https://creativecommons.org/licenses/by/4.0/")
    assert "editor’s text" in third


def test_the_checks_page_counts_and_shows_problems(site: FakeWork) -> None:
    page = soup(site, "checks.html")
    tally = {item.dt.text: item.dd.text for item in page.select(".tally div")}
    assert tally["of the content words spoken are in the text"] == "93 %"
    assert tally["block replaced by the editor’s text"] == "1"
    assert tally["block not confirmed"] == "1"
    assert "a number that was not said 31374" in " ".join(page.text.split())
    assert "Please try it, it's fun." in page.text
    assert page.select_one(".said").text.startswith("The GPT-2 tokenizer turns hello world")
    rows = {
        row.td.text: row.select("td")[-1].text
        for row in page.select("section[aria-labelledby=compared] tr")[1:]
    }
    assert rows["Numbers"] == "3"
    assert rows["Names"] == "0"


def test_findings_of_the_whole_lecture_are_kept(site: FakeWork) -> None:
    found = findings.read(site.folder)
    assert found is not None
    assert found.figures.problems == {"number": 3}
    assert (found.figures.blocks, found.figures.replaced, found.figures.dropped) == (18, 1, 1)
    [block] = [one for chapter in found.chapters for one in chapter.blocks if one.outcome == "replaced"]
    assert block.problems[0].said == "The GPT-2 tokenizer turns hello world into two tokens, 31373 and 995."
    assert findings.line(found).startswith(
        "checked: 15 of 18 blocks supported, 1 repaired, 1 replaced, 1 unverified; 93 %"
    )


def test_every_internal_link_and_anchor_resolves(site: FakeWork) -> None:
    folder = site.folder / "site"
    ids = {
        page.name: {tag["id"] for tag in soup(site, page.name).select("[id]")}
        for page in folder.glob("*.html")
    }
    checked = 0
    for page in folder.glob("*.html"):
        for tag in soup(site, page.name).select("[href], [src], source[srcset]"):
            for address in (
                tag.get("href"),
                tag.get("src"),
                *re.findall(r"(\S+) \d+w", str(tag.get("srcset", ""))),
            ):
                if not address or re.match(r"https?:|data:", address) or address.startswith("../../"):
                    continue
                file, _, anchor = address.partition("#")
                assert not file or (folder / file).is_file(), f"{page.name}: {address}"
                if anchor and not anchor.startswith("t="):
                    assert anchor in ids[file or page.name], f"{page.name}: {address}"
                checked += 1
    assert checked > 100


def test_ids_do_not_repeat_on_a_page(site: FakeWork) -> None:
    for page in (site.folder / "site").glob("*.html"):
        ids = [tag["id"] for tag in soup(site, page.name).select("[id]")]
        assert len(ids) == len(set(ids)), page.name


def test_no_style_attributes_and_no_inline_handlers(site: FakeWork) -> None:
    for page in (site.folder / "site").glob("*.html"):
        for tag in soup(site, page.name).find_all(True):
            assert not [name for name in tag.attrs if name == "style" or name.startswith("on")], tag


def test_a_second_run_changes_no_file(site: FakeWork) -> None:
    before = {
        p: (p.stat().st_mtime_ns, p.read_bytes()) for p in (site.folder / "site").rglob("*") if p.is_file()
    }
    render.run(site, chips=chips)
    after = {
        p: (p.stat().st_mtime_ns, p.read_bytes()) for p in (site.folder / "site").rglob("*") if p.is_file()
    }
    assert before == after


def test_titles_are_escaped(site: FakeWork) -> None:
    text = (site.folder / "site/ch02.html").read_text()
    assert html.escape("Byte pair encoding, & how it counts") in text


def test_files_of_an_older_site_go(site: FakeWork) -> None:
    old = site.folder / "site/ch99.html"
    old.write_text("old")
    (site.folder / "site/old").mkdir()
    (site.folder / "site/old/x").write_text("old")
    render.run(site, chips=chips)
    assert not old.exists()
    assert not (site.folder / "site/old").exists()


def test_a_large_lecture_plays_where_it_lies_and_that_is_said(tmp_path: Path) -> None:
    from lecture_fixture import make_lecture

    work = make_lecture(tmp_path / "large", options={"copy_media_max_mb": 0.000001})
    render.run(work)
    assert soup(work, "ch01.html").select_one("video")["src"] == "../work/media/lecture.mp4#t=1"
    assert any("copy_media_max_mb" in one.what for one in work.recorded)
    assert "copy_media_max_mb" in soup(work, "index.html").text


EVERY_S = 260.0


def _spoken_evenly(lecture: FakeWork, jitter_s: float) -> FakeWork:
    """The lecture with a paragraph a sentence, which begin every 260 s, give or take."""
    chapters = lecture.read(Chapters)
    parts: list[Chapter] = []
    number = 0
    for chapter in chapters.chapters:
        first, sentences = number, []
        for sentence in chapter.sentences:
            starts_s = EVERY_S * number + jitter_s * (number % 3)
            sentences.append(sentence.model_copy(update={"start_s": starts_s, "end_s": starts_s + 12}))
            number += 1
        times = {"start_s": EVERY_S * first, "end_s": EVERY_S * number}
        chunk = chapter.chunks[0].model_copy(update={"sentences": tuple(sentences), **times})
        parts.append(chapter.model_copy(update={"chunks": (chunk,), **times}))
    checked = tuple(
        one.model_copy(update={"draft": one.draft.model_copy(update={"blocks": _paragraphs(chapter)})})
        for one, chapter in zip(lecture.read_all(CheckedChapter), parts, strict=True)
    )
    return with_inputs(lecture, chapters.model_copy(update={"chapters": tuple(parts)}), *checked)


def _paragraphs(chapter: Chapter) -> tuple[Paragraph, ...]:
    return tuple(
        Paragraph(id=f"{chapter.id}-b{n:03d}", sentences=(one.id,), writer="editor", text=one.text)
        for n, one in enumerate(chapter.sentences, 1)
    )


@pytest.mark.parametrize(("jitter_s", "told"), [(0.0, True), (0.9, True), (40.0, False)])
def test_a_lecture_cut_by_a_clock_is_told_of(lecture: FakeWork, jitter_s: float, told: bool) -> None:
    render.run(_spoken_evenly(lecture, jitter_s), chips=chips)
    said = [one for one in lecture.recorded if "begin at even distances" in one.what]
    assert [one.what for one in said] == (["the paragraphs begin at even distances"] if told else [])
    assert ("begin at even distances" in soup(lecture, "index.html").text) == told
