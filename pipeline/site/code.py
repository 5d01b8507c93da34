"""Code with its syntax marked by classes; the colours are in the page's style."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup
from pygments import highlight as pygments_highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from pipeline.site.markdown import listing
from pipeline.site.memo import Memo
from pipeline.site.text import printable

_FORMATTER = HtmlFormatter[str](nowrap=True, classprefix="p-")


def highlight(code: str, language: str, *, memo: Memo | None = None) -> Markup:
    """The code as spans with classes `p-…`, to stand inside `<pre><code>`."""
    lexer = _lexer(language)
    text = printable(code).rstrip("\n")
    return listing(
        (memo or Memo()).get(
            f"code {lexer.name}", text, lambda text: pygments_highlight(text, lexer, _FORMATTER).rstrip("\n")
        )
    )


def language_name(language: str) -> str:
    """The language as people write it ("Python 3" → "Python"), or "" for plain text."""
    name: str = _lexer(language).name
    return "" if name == "Text only" else name


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer:
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return get_lexer_by_name("text", stripnl=False, ensurenl=False)
