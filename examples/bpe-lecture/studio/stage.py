"""The screens: HTML filled from `screens.toml`, rendered by Chromium one state at a time."""

from __future__ import annotations

import io
import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

WIDTH, HEIGHT = 1280, 720
Picture = npt.NDArray[np.uint8]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
]

# Wraps every character of `.typed` in a span, so that the code can be shown up to the n-th one. Blanks at the
# beginning of a line and the line break cost no key press: editors put them there.
_PREPARE = """() => {
  window.keys = [];
  for (const box of document.querySelectorAll('.typed')) {
    const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    const nodes = []; while (walker.nextNode()) nodes.push(walker.currentNode);
    let leading = true;
    for (const node of nodes) {
      const group = document.createDocumentFragment();
      for (const c of node.data) {
        const s = document.createElement('span'); s.className = 'key'; s.textContent = c;
        if (c !== ' ') leading = false;
        if (!leading) window.keys.push(s);
        group.append(s);
      }
      node.replaceWith(group);
    }
  }
  return window.keys.length;
}"""

_SET_STATE = """([step, typed, scroll]) => {
  for (const e of document.querySelectorAll('[data-step]'))
    e.style.visibility = step >= +e.dataset.step ? 'visible' : 'hidden';
  for (const e of document.querySelectorAll('[data-until]'))
    e.style.visibility = step < +e.dataset.until ? 'inherit' : 'hidden';
  window.keys.forEach((s, i) => s.style.visibility = i < typed ? 'inherit' : 'hidden');
  const lines = [...document.querySelectorAll('.ln')];
  const reached = typed ? lines.findIndex(line => line.contains(window.keys[typed - 1])) : 0;
  lines.forEach((line, i) => line.querySelector('.lineno').style.visibility = i <= reached ? 'visible' : 'hidden');
  const page = document.querySelector('[data-scroll]');
  if (page) page.scrollTop = scroll * (page.scrollHeight - page.clientHeight);
  if (!window.keys.length) return null;
  const r = window.keys[Math.max(0, typed - 1)].getBoundingClientRect();
  return [typed ? r.right : r.left, r.top, r.height];
}"""

_SHOWN = """() => {
  for (const e of document.querySelectorAll('[data-chrome]')) e.remove();
  return document.body.innerText;
}"""


@dataclass(frozen=True)
class State:
    """What a screen shows: its step, the number of keys typed, and how far it is scrolled (0 to 1)."""

    step: int = 0
    typed: int = 0
    scroll: float = 0.0


@dataclass(frozen=True)
class Caret:
    """Where the next character would go, in pixels."""

    x: int
    y: int
    height: int


@dataclass(frozen=True)
class CodeShown:
    """A piece of code as it stands on a screen, and the output under it ("" if none)."""

    language: str
    text: str
    output: str


class Stage:
    """A browser that shows one screen at a time. Use it as a context manager."""

    def __init__(self, folder: Path, chromium: str) -> None:
        self._folder = folder
        self.screens: dict[str, dict[str, Any]] = tomllib.loads((folder / "screens.toml").read_text("utf-8"))
        self._env = Environment(loader=FileSystemLoader(folder / "screens"), undefined=StrictUndefined)
        self._chromium = chromium
        self._current = ""
        self._keys = 0

    def __enter__(self) -> Stage:
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=self._chromium, args=CHROMIUM_FLAGS)
        self._page: Page = self._browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._browser.close()
        self._playwright.stop()

    def open(self, screen: str) -> int:
        """Bring a screen up; return how many keys have to be pressed for its code (0 if none is typed)."""
        if screen != self._current:
            self._page.set_content(self._html(screen))
            self._page.evaluate("() => document.fonts.ready.then(() => 0)")
            self._keys = int(self._page.evaluate(_PREPARE))
            self._current = screen
        return self._keys

    def shoot(self, screen: str, state: State) -> tuple[Picture, Caret | None]:
        """Render a state as an RGB array of shape (720, 1280, 3); the caret's place where code is typed."""
        self.open(screen)
        caret = self._page.evaluate(_SET_STATE, [state.step, state.typed, state.scroll])
        with Image.open(io.BytesIO(self._page.screenshot(type="png"))) as image:
            picture = np.asarray(image.convert("RGB"))
        return picture, Caret(*(round(v) for v in caret)) if caret else None

    def lines(self, screen: str, state: State) -> list[str]:
        """The lines of text a viewer can read, without the window's own lettering (tabs, menus, line numbers)."""
        self.open(screen)
        self._page.evaluate(_SET_STATE, [state.step, state.typed, state.scroll])
        text = str(self._page.evaluate(_SHOWN)).replace("\xa0", " ")
        self._current = ""
        return [line.replace("\t", "  ").rstrip() for line in text.splitlines() if line.strip()]

    def code(self, screen: str) -> list[CodeShown]:
        """The code on a screen, exactly as shown."""
        spec = self.screens[screen]
        if spec["kind"] == "code":
            return [CodeShown("python", "\n".join(self._source(spec)), "")]
        if spec["kind"] == "notebook":
            return [CodeShown("python", cell["code"], cell["output"]) for cell in spec["cells"]]
        if spec["kind"] == "terminal":
            return [_session(spec["items"])]
        return []

    def _source(self, spec: dict[str, Any]) -> list[str]:
        first, last = spec["lines"]
        return (self._folder / "code" / "bpe.py").read_text("utf-8").splitlines()[first - 1 : last]

    def _html(self, screen: str) -> str:
        spec = self.screens[screen]
        theme = (self._folder / "screens" / "theme.css").read_text("utf-8")
        return f"<!doctype html><meta charset=utf-8><style>{theme}</style><body>{self._body(spec)}</body>"

    def _body(self, spec: dict[str, Any]) -> str:
        if spec["kind"] == "code":
            numbered = enumerate(_highlighted(self._source(spec)), start=spec["lines"][0])
            style = HtmlFormatter(style="one-dark").get_style_defs(".code .typed")  # type: ignore[no-untyped-call]
            return self._fill("editor.html.j2", lines=list(numbered), size=spec["size"], pygments_css=style)
        if spec["kind"] == "notebook":
            cells = [
                {"result": False} | cell | {"html": "\n".join(_highlighted(cell["code"].splitlines()))}
                for cell in spec["cells"]
            ]
            style = HtmlFormatter(style="default").get_style_defs(".in")  # type: ignore[no-untyped-call]
            return self._fill(
                "notebook.html.j2", cells=cells, size=spec["size"], title=spec["title"], pygments_css=style
            )
        if spec["kind"] == "terminal":
            items = [{"prompt": "", "step": 0, "typed": False} | item for item in spec["items"]]
            return self._fill("terminal.html.j2", items=items, size=spec["size"])
        return (self._folder / "screens" / str(spec["file"])).read_text("utf-8")

    def _fill(self, template: str, **values: object) -> str:
        filled: str = self._env.get_template(template).render(**values)
        return filled


def _highlighted(lines: list[str]) -> list[str]:
    """Each line as highlighted HTML; tokens are highlighted in the context of all lines."""
    marked = highlight("\n".join(lines), PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))
    return marked.rstrip("\n").split("\n")


def _session(items: list[dict[str, Any]]) -> CodeShown:
    """What is typed at Python's prompt in a terminal, without the prompts, and what comes out."""
    typed = [item["text"] for item in items if item.get("prompt") == ">>> " and item["text"]]
    return CodeShown(
        "python", "\n".join(typed), "\n".join(item["text"] for item in items if item.get("output"))
    )
