"""The site in headless Chromium: what the reader's browser makes of it, with and without JavaScript."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from fakes import FakeWork
from lecture_fixture import chips, make_lecture

from pipeline import render
from pipeline.site.library import write_library
from pipeline.site.serve import make_server

pytestmark = pytest.mark.browser

CLIP = Path(__file__).parents[3] / "shared/data/media/ari-five-slides-38s.mp4"
AXE_VERSION = "4.14.1"
PAGES = ("index", "ch01", "ch02", "ch03", "whole", "glossary", "references", "checks")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> FakeWork:
    if not CLIP.is_file():
        pytest.skip("the shared clips are not here")
    work = make_lecture(
        tmp_path_factory.mktemp("output") / "my-lecture", media=CLIP, options={"search": True}
    )
    render.run(work, chips=chips)
    assert len(work.recorded) == 1, work.recorded
    write_library(work.folder.parent)
    return work


@pytest.fixture(scope="module")
def served(built: FakeWork) -> Iterator[str]:
    server = make_server(built.folder)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


def until(page: Any, condition: str) -> None:
    """Waits for a condition on the page; Playwright's own way needs an `eval` that the policy forbids."""
    for _ in range(160):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never true: {condition}")


def every_page(built: FakeWork) -> list[str]:
    pages = [built.folder / f"site/{name}.html" for name in PAGES]
    return [page.as_uri() for page in (*pages, built.folder.parent / "index.html")]


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens pages, and fails the test if one of them said anything on the console."""
    said: list[str] = []
    contexts = []

    def opened(address: str, **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30000)
        page.on("console", lambda message: said.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert said == []


def test_no_page_scrolls_sideways(built: FakeWork, open_page: Callable[..., Any]) -> None:
    page = open_page((built.folder / "site/index.html").as_uri())
    for address in every_page(built):
        page.goto(address, wait_until="domcontentloaded")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for width in (360, 768, 1440):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (address, scheme)


def test_lines_are_60_to_75_characters_long(built: FakeWork, open_page: Callable[..., Any]) -> None:
    page = open_page((built.folder / "site/ch02.html").as_uri())
    lengths = page.evaluate(
        """() => {
          const text = document.querySelector('#s0005 p'), range = document.createRange(), lines = {};
          const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode())
            for (let at = 0; at < (node.parentElement.closest('sup') ? 0 : node.length); at++) {
              range.setStart(node, at); range.setEnd(node, at + 1);
              const line = Math.round(range.getBoundingClientRect().bottom / 12);
              lines[line] = (lines[line] || 0) + 1;
            }
          return Object.values(lines);
        }"""
    )
    assert len(lengths) >= 3
    assert all(60 <= length <= 75 for length in lengths[:-1]), lengths


def test_a_click_on_a_time_seeks_to_the_second(open_page: Callable[..., Any], served: str) -> None:
    page = open_page(f"{served}ch01.html")
    page.click("#s0003 a.time")
    until(page, "document.querySelector('#media').currentTime >= 19")
    assert 19 <= page.evaluate("document.querySelector('#media').currentTime") < 20.5
    assert page.evaluate("document.querySelector('#media').paused") is False
    page.wait_for_selector("#s0003.speaking")
    assert page.url == f"{served}ch01.html"


def test_following_along_scrolls_to_what_is_said(open_page: Callable[..., Any], served: str) -> None:
    page = open_page(f"{served}whole.html", viewport={"width": 1440, "height": 400}, reduced_motion="reduce")
    page.check("#follow")
    page.evaluate("document.querySelector('#media').currentTime = 20")
    page.wait_for_selector("#s0003.speaking")
    until(page, "scrollY > 300")


def test_the_player_works_from_a_file_too(built: FakeWork, open_page: Callable[..., Any]) -> None:
    page = open_page((built.folder / "site/ch01.html").as_uri())
    page.click("#s0003 a.time")
    until(page, "document.querySelector('#media').currentTime >= 19")


def test_a_time_shows_its_frame_and_its_sentence(open_page: Callable[..., Any], served: str) -> None:
    page = open_page(f"{served}ch01.html")
    page.focus("#s0003 a.time")
    peek = page.locator("#peek")
    assert "It sees integers" in peek.inner_text()
    assert peek.locator("img").get_attribute("src") == "figures/f001-thumb.webp"
    page.evaluate("document.activeElement.blur()")
    assert peek.is_hidden()


def test_search_finds_prose_code_and_glossary_with_their_times(
    open_page: Callable[..., Any], served: str
) -> None:
    page = open_page(f"{served}ch01.html")
    for words, href, time in (
        ("weirdness", "ch01.html#s0003", "0:19"),
        ("counts.get", "ch02.html#s0009", "2:30"),
        ("piece number", "glossary.html#term-token", "1:06:00"),
    ):
        page.keyboard.press("/")
        page.fill("#search-field", words)
        link = page.locator(f"#results a[href='{href}']").first
        link.wait_for(timeout=30000)
        assert (
            page.locator("#results li", has=page.locator(f"a[href='{href}']"))
            .first.locator(".time")
            .inner_text()
            == time
        )
        page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.fill("#search-field", "weirdness traces")
    page.locator("#results a").first.click()
    page.wait_for_url("**/ch01.html#s0003")


def test_what_is_typed_while_the_index_loads_is_searched_for_too(
    open_page: Callable[..., Any], served: str
) -> None:
    page = open_page(f"{served}ch01.html")
    held: list[Any] = []
    page.route("**/pagefind.js", lambda route: held.append(route))
    page.keyboard.press("/")
    page.fill("#search-field", "weirdness")
    assert page.locator("#results li").count() == 0
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()
    page.locator("#results a[href='ch01.html#s0003']").first.wait_for()


def test_search_says_that_it_needs_a_server(built: FakeWork, open_page: Callable[..., Any]) -> None:
    page = open_page((built.folder / "site/ch01.html").as_uri())
    page.keyboard.press("/")
    assert "make serve" in page.locator("#search-status").inner_text()


def test_keys_turn_pages_and_play(open_page: Callable[..., Any], served: str) -> None:
    page = open_page(f"{served}ch01.html")
    page.keyboard.press("j")
    page.wait_for_url("**/ch02.html")
    page.keyboard.press("k")
    page.wait_for_url("**/ch01.html")
    page.keyboard.press("t")
    until(page, "!document.querySelector('#media').paused")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()


def test_everything_is_reached_by_tab_and_focus_is_seen(open_page: Callable[..., Any], served: str) -> None:
    page = open_page(f"{served}ch03.html")
    wanted = page.evaluate(
        "[...document.querySelectorAll('a[href], button, summary, input')].filter(e => e.checkVisibility({visibilityProperty: true})).length"
    )
    reached = set()
    for _ in range(wanted + 30):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "(() => { const e = document.activeElement; e.dataset.k ??= Math.random();"
                "return e.matches('a[href], button, summary, input') ? e.dataset.k + '|' + getComputedStyle(e).outlineStyle : '' })()"
            )
        )
    reached.discard("")
    assert len(reached) >= wanted
    assert all(not one.endswith("|none") for one in reached)


def test_the_theme_is_kept(open_page: Callable[..., Any], served: str) -> None:
    page = open_page(f"{served}ch01.html", color_scheme="light")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    assert page.get_attribute("#theme", "aria-pressed") == "true"


def test_contents_follow_the_reader(open_page: Callable[..., Any], served: str) -> None:
    page = open_page(f"{served}ch02.html", reduced_motion="reduce")
    page.evaluate("document.querySelector('#ch02-counting-in-code').scrollIntoView()")
    page.wait_for_selector(".rail a[aria-current=location]")
    assert page.locator(".rail a[aria-current=location]").inner_text() == "Counting in code"


def test_a_figure_is_enlarged_and_code_is_copied(open_page: Callable[..., Any], served: str) -> None:
    page = open_page(f"{served}ch02.html", permissions=["clipboard-read", "clipboard-write"])
    page.click("a.enlarge")
    until(page, "document.querySelector('#light img').naturalWidth === 1280")
    page.keyboard.press("Escape")
    page.locator(".copy").first.click()
    until(page, "document.querySelector('.copy').textContent === 'copied'")
    assert page.evaluate("navigator.clipboard.readText()").startswith("def get_stats(ids):")


def test_without_javascript_times_are_plain_links(built: FakeWork, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 768, "height": 900})
    page = context.new_page()
    page.goto((built.folder / "site/ch01.html").as_uri())
    assert page.locator("#s0003 a.time").get_attribute("href") == "media/lecture.mp4#t=19"
    page.click("#menu summary")
    assert page.locator("#menu a[href='glossary.html']").is_visible()
    assert page.locator("video").is_visible()
    assert not page.locator("#theme").is_visible()
    assert page.locator(".turn a").first.is_visible()
    for address in every_page(built):
        page.goto(address, wait_until="domcontentloaded")
        for width in (360, 768, 1440):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    context.close()


def test_the_policy_stops_a_script_that_is_not_ours(built: FakeWork, browser: Any, tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(built.folder / "site", site)
    page_file = site / "ch01.html"
    page_file.write_text(
        page_file.read_text().replace(
            "</main>", "<script>window.broken = 1</script><img src=x onerror='window.broken = 1'></main>"
        )
    )
    context = browser.new_context()
    page = context.new_page()
    page.goto(page_file.as_uri())
    page.wait_for_timeout(200)
    assert page.evaluate("window.broken") is None
    assert page.evaluate("document.documentElement.classList.contains('js')")
    context.close()


def test_axe_finds_no_violation(built: FakeWork, open_page: Callable[..., Any]) -> None:
    axe = (npm_package("axe-core", AXE_VERSION) / "axe.min.js").read_text()
    page = open_page((built.folder / "site/index.html").as_uri(), bypass_csp=True)
    for address in every_page(built):
        page.goto(address, wait_until="domcontentloaded")
        page.evaluate(axe)
        for scheme, width in (("light", 1440), ("dark", 390)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 800})
            found = page.evaluate(
                "axe.run({resultTypes: ['violations'], rules: {'target-size': {enabled: true}}})"
            )
            told = [
                (one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found["violations"]
            ]
            assert told == [], (address, scheme)


def test_pages_are_valid_html(built: FakeWork) -> None:
    tool = npm_package("html-validate", "10.17.0") / "bin/html-validate.mjs"
    rules = built.folder / "html-validate.json"
    rules.write_text(
        json.dumps(
            {
                "extends": ["html-validate:standard"],
                "elements": ["html5"],
                # Matters of taste: our attributes' order and case are Jinja's and pandoc's.
                "rules": {"no-inline-style": "error", "require-sri": "off", "long-title": "off"},
            }
        )
    )
    pages = [*sorted((built.folder / "site").glob("*.html")), built.folder.parent / "index.html"]
    done = subprocess.run(
        ["node", str(tool), "--config", str(rules), "--formatter", "text", *map(str, pages)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def npm_package(name: str, version: str) -> Path:
    """A package from the npm registry, fetched once into the user's cache; skips where it cannot be had."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm on this machine")
    home = Path(platformdirs.user_cache_dir("lecturebook")) / "npm" / f"{name}-{version}"
    package = home / "node_modules" / name
    if not (package / "package.json").is_file():
        home.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [
                npm,
                "install",
                "--prefix",
                str(home),
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                f"{name}@{version}",
            ],
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        if done.returncode != 0:
            pytest.skip(f"npm could not install {name}@{version}: {done.stderr.strip()[-200:]}")
    return package


YOUTUBE = """<!doctype html><script>
const tell = (info) => parent.postMessage(JSON.stringify({event: "infoDelivery", info}), "*");
let now = Number(new URL(location).searchParams.get("start"));
addEventListener("message", (event) => {
  const message = JSON.parse(event.data);
  if (message.event === "listening") tell({currentTime: now, playerState: 1});
  if (message.func === "seekTo") { now = message.args[0]; tell({currentTime: now, playerState: 1}); }
});
</script>"""


def test_youtube_is_asked_for_nothing_until_a_click_and_then_seeks(
    browser: Any, tmp_path: Path, open_page: Callable[..., Any]
) -> None:
    url = "https://www.youtube.com/watch?v=zduSFxRajkE"
    work = make_lecture(
        tmp_path / "my-lecture",
        url=url,
        moment_url=url + "&t={seconds}",
        site="youtube",
        video_key="zduSFxRajkE",
    )
    render.run(work)
    asked: list[str] = []
    server = make_server(work.folder)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        page = open_page("about:blank")
        page.route(
            re.compile("^https:"),
            lambda route: (
                asked.append(route.request.url),
                route.fulfill(body=YOUTUBE, content_type="text/html"),
            ),
        )
        page.goto(f"http://127.0.0.1:{server.server_address[1]}/ch03.html")
        page.wait_for_timeout(200)
        assert asked == []
        page.click("#s0013 a.time")
        page.wait_for_selector("#s0013.speaking")
        assert len(asked) == 1
        assert asked[0].startswith("https://www.youtube-nocookie.com/embed/zduSFxRajkE?")
        assert "start=3960" in asked[0]
        page.click("#s0014 a.time")
        page.wait_for_selector("#s0014.speaking")
        assert page.locator("#now").inner_text() == "1:06:50"
        assert len(asked) == 1
        page.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_menu_leads_everywhere_and_closes_again(built: FakeWork, open_page: Callable[..., Any]) -> None:
    page = open_page((built.folder / "site/ch02.html").as_uri(), viewport={"width": 360, "height": 780})
    page.click("#menu summary")
    assert page.locator("#menu a[href='glossary.html']").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#menu a[href='glossary.html']").is_hidden()
    page.click("#menu summary")
    page.click("#menu a[href='ch03.html']")
    page.wait_for_url("**/ch03.html")


def test_a_tap_seeks_without_words_laid_over_the_page(open_page: Callable[..., Any], served: str) -> None:
    page = open_page(
        f"{served}ch01.html", viewport={"width": 360, "height": 780}, has_touch=True, is_mobile=True
    )
    page.tap("#s0003 a.time")
    page.wait_for_selector("#s0003.speaking")
    assert page.locator("#peek").is_hidden()
    page.click("#hide-player")
    assert page.locator("#player").is_hidden()


def test_a_chapter_opens_at_its_beginning_with_nothing_marked(
    open_page: Callable[..., Any], served: str
) -> None:
    page = open_page(f"{served}ch01.html")
    until(page, "document.querySelector('#media').currentTime === 1")
    page.wait_for_timeout(300)
    assert page.locator(".speaking").count() == 0


def test_the_long_page_steps_from_chapter_to_chapter(built: FakeWork, open_page: Callable[..., Any]) -> None:
    page = open_page((built.folder / "site/whole.html").as_uri(), reduced_motion="reduce")
    at = "Math.round(document.querySelector('#{}').getBoundingClientRect().top)"
    for key, chapter in (("j", "ch01"), ("j", "ch02"), ("k", "ch01")):
        page.keyboard.press(key)
        assert 0 <= page.evaluate(at.format(chapter)) < 90
