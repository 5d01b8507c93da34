"""Hostile text in every field that comes from outside: no script of it runs, nothing is written elsewhere."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from fakes import FakeWork
from hypothesis import given, settings
from hypothesis import strategies as st
from lecture_fixture import make_lecture, with_inputs, with_video
from payloads import ADDRESSES, PAYLOADS
from pydantic import ValidationError

from pipeline import render
from pipeline.models import (
    Chapters,
    CheckedChapter,
    Code,
    Degradation,
    Dropped,
    Exercise,
    Figure,
    Heading,
    Outline,
    OutlineChapter,
    Paragraph,
    Problem,
    Quote,
    Reference,
    Screens,
    SourceVideo,
    Term,
    Tokens,
    Transcript,
)
from pipeline.site import markdown
from pipeline.site.library import write_library
from pipeline.site.links import safe_url

SCRIPTS_OF_OURS = 2  # the theme's and the page's own; JSON-LD and data do not run


class Feed:
    """Deals payloads, one after the other, so that all kinds are in a few pages."""

    def __init__(self, payloads: tuple[str, ...] = PAYLOADS) -> None:
        self.payloads = payloads
        self.dealt = 0

    def __call__(self) -> str:
        self.dealt += 1
        return self.payloads[(self.dealt - 1) % len(self.payloads)]

    def some(self, count: int) -> str:
        return " ".join(self() for _ in range(count))


def hostile(folder: Path, **options: Any) -> tuple[FakeWork, Feed]:
    """The lecture with every text replaced by payloads, each payload in a block at least once."""
    work, feed = make_lecture(folder, options={"base_url": "https://example.org/b/", **options}), Feed()
    addresses = Feed(ADDRESSES)
    video = work.read(SourceVideo)
    with_video(
        work, title=feed.some(4), author=feed.some(4), licence=feed.some(4), description=feed.some(8),
        language=feed(), site=feed(), video_key=feed(), url=addresses(), moment_url=addresses() + "{seconds}",
    )  # fmt: skip
    transcript = work.read(Transcript)
    sentences = tuple(one.model_copy(update={"text": feed.some(6)}) for one in transcript.sentences)
    by_id = {one.id: one for one in sentences}
    chapters = work.read(Chapters)
    with_inputs(
        work,
        transcript.model_copy(update={"sentences": sentences, "engine": feed(), "model": feed()}),
        chapters.model_copy(
            update={
                "note": feed(),
                "chapters": tuple(
                    chapter.model_copy(
                        update={
                            "title": feed.some(3),
                            "chunks": tuple(
                                chunk.model_copy(
                                    update={"sentences": tuple(by_id[s.id] for s in chunk.sentences)}
                                )
                                for chunk in chapter.chunks
                            ),
                        }
                    )
                    for chapter in chapters.chapters
                ),
            }
        ),
        work.read(Screens).model_copy(
            update={
                "screens": tuple(
                    screen.model_copy(
                        update={
                            "lines": tuple(line.model_copy(update={"text": feed()}) for line in screen.lines)
                        }
                    )
                    for screen in work.read(Screens).screens
                )
            }
        ),
        hostile_outline(feed, addresses),
    )
    checked = work.read_all(CheckedChapter)
    with_inputs(work, *(hostile_chapter(one, feed) for one in checked))
    work.recorded.append(
        Degradation(stage=feed(), what=feed(), consequence=feed(), remedy=feed(), chapter="ch02")
    )
    assert video.id == "my-lecture"
    return work, feed


def hostile_outline(feed: Feed, addresses: Feed) -> Outline:
    return Outline(
        title=feed.some(3), author=feed(), language="en\"><script>window.pwned=1</script>", made_by=feed(),
        chapters=tuple(
            OutlineChapter(id=f"ch0{n}", title=feed(), summary=feed.some(3)) for n in (1, 2, 3)
        ),
        terms=tuple(
            Term(term=feed(), definition=feed(), chapter="ch01", sentence="s0001") for _ in range(20)
        ),
        references=tuple(
            Reference(kind="link", title=feed(), url=addresses(), sentences=("s0001",)) for _ in ADDRESSES
        ),
    )  # fmt: skip


def hostile_chapter(checked: CheckedChapter, feed: Feed) -> CheckedChapter:
    name = checked.draft.chapter
    numbers = iter(range(1, 10_000))

    def common() -> dict[str, Any]:
        return {"id": f"{name}-b{next(numbers):03}", "sentences": ("s0001",), "writer": "openai"}

    blocks: list[Any] = []
    for _ in range(len(PAYLOADS) // 3 + 1):
        blocks.append(Paragraph(**common(), text=feed()))
    for _ in range(12):
        blocks += [
            Heading(**common(), text=feed()),
            Quote(**common(), text=feed.some(2)),
            Exercise(**common(), text=feed() + "\n\n" + feed()),
            Code(
                **common(),
                code=feed.some(2),
                language=feed(),
                origin="reference",
                snippet=feed(),
                output=feed(),
            ),
            Tokens(**common(), tokenizer=feed(), text=feed()),
            Figure(**{**common(), "screens": ("f001",)}, caption=feed(), alt=feed()),
        ]
    problem = Problem(check=feed(), message=feed(), words=(feed(), feed()), time_s=1.0)
    findings = checked.findings.model_copy(
        update={
            "blocks": tuple(
                one.model_copy(update={"problems": (problem,)}) for one in checked.findings.blocks
            ),
            "dropped": (Dropped(sentence="s0001", text=feed.some(5), start_s=0.5),),
        }
    )
    draft = checked.draft.model_copy(update={"title": feed.some(2), "model": feed(), "blocks": tuple(blocks)})
    return CheckedChapter(draft=draft, findings=findings)


def cut(tokenizer: str, text: str) -> list[tuple[str, int]]:
    return [(character, ord(character)) for character in text[:50]]


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> FakeWork:
    work, feed = hostile(tmp_path_factory.mktemp("output") / "my-lecture", search=True)
    render.run(work, chips=cut)
    write_library(work.folder.parent)
    assert feed.dealt > 2 * len(PAYLOADS)
    return work


def pages(work: FakeWork) -> list[Path]:
    return [*sorted((work.folder / "site").glob("*.html")), work.folder.parent / "index.html"]


def test_there_are_enough_payloads() -> None:
    assert len(PAYLOADS) >= 300


def test_no_page_has_a_script_a_handler_or_an_address_that_is_not_ours(attacked: FakeWork) -> None:
    for path in pages(attacked):
        page = BeautifulSoup(path.read_bytes(), "html.parser")
        scripts = [
            tag for tag in page.find_all("script") if tag.get("type", "text/javascript") == "text/javascript"
        ]
        assert len(scripts) == SCRIPTS_OF_OURS, path
        assert len(page.find_all("style")) == 1
        assert not page.find_all(
            ["iframe", "object", "embed", "base", "form", "link-rel", "template", "noscript"]
        )
        for tag in page.find_all(True):
            assert isinstance(tag, Tag)
            for name, value in tag.attrs.items():
                assert not name.startswith("on"), (path.name, tag)
                assert name not in ("style", "srcdoc", "action", "formaction"), (path.name, tag)
                if name in ("href", "src", "xlink:href", "poster"):
                    assert_harmless(str(value), path)


def assert_harmless(address: str, where: Path) -> None:
    assert not re.search(r"[\x00-\x20]", address), (where, address)
    scheme = urlsplit(address).scheme
    if address == "data:,":
        return
    assert scheme in ("", "http", "https", "mailto"), (where, address)
    assert not address.startswith(("//", "\\", "/")), (where, address)


@pytest.mark.browser
@pytest.mark.parametrize("bypass_csp", [True, False])
def test_no_script_runs_in_the_browser(attacked: FakeWork, browser: Any, bypass_csp: bool) -> None:
    context = browser.new_context(bypass_csp=bypass_csp)
    context.add_init_script("window.alert = () => { window.pwned = 1; };")
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in pages(attacked):
        page.goto(path.as_uri(), wait_until="domcontentloaded")
        # Touch everything that could carry a handler: hover, focus, open, and follow what a click would.
        page.evaluate(
            """() => {
              for (const one of document.querySelectorAll('main *, nav *')) {
                for (const kind of ['mouseover', 'mouseenter', 'pointerenter', 'focus', 'focusin', 'toggle', 'animationstart'])
                  one.dispatchEvent(new Event(kind, {bubbles: true}));
                if (one.tagName === 'DETAILS') one.open = true;
              }
              for (const link of document.querySelectorAll('a[href]'))
                if (!['http:', 'https:', 'mailto:', 'file:'].includes(link.protocol)) window.pwned = link.href;
            }"""
        )
        page.wait_for_timeout(100)
        assert page.evaluate("window.pwned") is None, path.name
        assert page.evaluate("document.documentElement.classList.contains('js')")
    inside = attacked.folder.parent.as_uri()
    assert [one for one in asked if not one.startswith((inside, "data:"))] == []
    context.close()


def test_nothing_is_written_outside_the_site(tmp_path: Path) -> None:
    work, _ = hostile(tmp_path / "outer/my-lecture")
    before = snapshot(tmp_path)
    made = render.run(work, chips=cut)
    assert all(re.fullmatch(r"site/[A-Za-z0-9_./-]+", name) and ".." not in name for name in made.files)
    new = snapshot(tmp_path) - before
    inside = work.folder.relative_to(tmp_path).as_posix()
    allowed = (f"{inside}/site/", f"{inside}/work/render/", f"{inside}/work/findings.json")
    assert [name for name in new if not name.startswith(allowed)] == []


def snapshot(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_feed_and_sitemap_are_well_formed(attacked: FakeWork) -> None:
    feed = ET.fromstring((attacked.folder / "site/feed.xml").read_bytes())
    assert len(feed.findall("./channel/item")) == 3
    ET.fromstring((attacked.folder / "site/sitemap.xml").read_bytes())


def test_markdown_carries_no_html_and_no_dead_schemes(attacked: FakeWork) -> None:
    import markdown as python_markdown

    for path in (attacked.folder / "site/markdown").glob("*.md"):
        html = python_markdown.markdown(path.read_text(), extensions=["fenced_code", "tables"])
        page = BeautifulSoup(html, "html.parser")
        assert not page.find_all(["script", "iframe", "svg", "object", "style", "form"]), path
        for tag in page.find_all("a"):
            scheme = urlsplit(re.sub(r"[\x00-\x20]", "", str(tag.get("href", "")))).scheme
            assert scheme in ("", "http", "https", "mailto"), (path, tag)


@pytest.mark.parametrize("path", ["../x.png", "/etc/passwd", "a/../../x", "a\\b", ""])
def test_paths_that_leave_the_folder_are_refused_by_the_models(path: str) -> None:
    with pytest.raises(ValidationError):
        SourceVideo(
            id="x", url=None, moment_url=None, title="x", duration_s=1, media=path, sha256="0" * 64,
            has_video=True, has_audio=True,
        )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="<>[](){}!&;:#$`*_\"'=\\/\n\t -jsaon3\x02\x03\u2028"))
def test_no_markdown_makes_an_element_or_attribute_off_the_list(text: str) -> None:
    for html in (markdown.inline(text), markdown.inline(text, curl=True), markdown.block(text)):
        for tag in BeautifulSoup(html, "html.parser").find_all(True):
            assert tag.name in markdown.BLOCK_TAGS | {"div"}, html
            assert not any(name.startswith("on") for name in tag.attrs), html
            if "href" in tag.attrs:
                assert safe_url(tag["href"]), html
