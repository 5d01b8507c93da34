"""Markdown that a model or a person wrote, as HTML that cannot do harm.

Raw HTML is not Markdown here: `<s>` in a lecture about tokens is text, so it is printed, not dropped. Mathematics
between dollar signs becomes MathML. What comes out goes through nh3 all the same.
"""

from __future__ import annotations

import re
import threading
from typing import Any
from xml.etree.ElementTree import Element

import markdown
import nh3
from latex2mathml.converter import convert as latex_to_mathml
from markdown.extensions import Extension
from markdown.extensions.smarty import SmartyExtension
from markdown.inlinepatterns import InlineProcessor
from markupsafe import Markup

from pipeline.site.links import SAFE_SCHEMES, safe_url
from pipeline.site.memo import Memo
from pipeline.site.text import printable

_MATHML = {
    "math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "msup", "msub", "msubsup", "mfrac", "msqrt",
    "mroot", "munder", "mover", "munderover", "mmultiscripts", "mprescripts", "mtable", "mtr", "mtd", "mstyle",
    "mpadded", "mphantom", "menclose",
}  # fmt: skip
_MATHML_ATTRIBUTES = {"display", "mathvariant", "stretchy", "fence", "form", "separator", "lspace", "rspace",
                      "linethickness", "columnalign", "rowspacing", "columnspacing", "accent", "movablelimits",
                      "minsize", "maxsize", "largeop", "width", "height", "depth", "notation"}  # fmt: skip

INLINE_TAGS = {"a", "em", "strong", "code", "br", "sub", "sup", "del", "kbd"} | _MATHML
BLOCK_TAGS = INLINE_TAGS | {
    "p", "ul", "ol", "li", "pre", "blockquote", "table", "thead", "tbody", "tr", "th", "td", "h4", "h5", "h6", "hr",
}  # fmt: skip
_ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "title"},
    "th": {"align"},
    "td": {"align"},
    "ol": {"start"},
} | {tag: set(_MATHML_ATTRIBUTES) for tag in _MATHML}

# As pandoc has it: no space inside the dollars, no digit after the closing one, so that prices stay prices.
_MATH = r"(?<![\\$])(\$\$?)(?=\S)((?:\\.|[^$\\])+?)(?<=\S)\1(?![\d$])"
_MATH_BRACKETS = r"\\([(\[])(.+?)\\[)\]]"


def inline(text: str, *, curl: bool = False, memo: Memo | None = None) -> Markup:
    """A paragraph's text: emphasis, code, links, mathematics, and nothing that makes a block.

    `curl` sets straight quotation marks as English print does.

    >>> inline("the `<s>` token *is* <b>not</b> bold")
    Markup('the <code>&lt;s&gt;</code> token <em>is</em> &lt;b&gt;not&lt;/b&gt; bold')
    """
    convert = _convert_curling if curl else _convert_inline
    return Markup(_INLINE.clean((memo or Memo()).get(convert.__name__, printable(text).strip(), convert)))


def block(text: str, *, memo: Memo | None = None) -> Markup:
    """Markdown of several paragraphs: lists, tables, fenced code besides.

    >>> block("Try it:\\n\\n- one\\n- two")
    Markup('<p>Try it:</p>\\n<ul>\\n<li>one</li>\\n<li>two</li>\\n</ul>')
    """
    html = _BLOCK.clean((memo or Memo()).get("block", printable(text), _convert_block))
    html = html.replace("<table>", '<div class="scroll" tabindex="0"><table>').replace(
        "</table>", "</table></div>"
    )
    return Markup(html.replace("<pre>", '<pre tabindex="0">'))


def listing(html: str) -> Markup:
    """Highlighted code: spans with classes, and no other element."""
    return Markup(_LISTING.clean(html))


def _convert_inline(text: str) -> str:
    return _bare(_converters().inline.convert(text))


def _convert_curling(text: str) -> str:
    return _bare(_converters().curling.convert(text))


def _convert_block(text: str) -> str:
    # The page has its headings; inside a block there are only those below.
    return re.sub(r"<(/?)h[1-6]>", r"<\1h4>", _converters().block.convert(text))


def _bare(html: str) -> str:
    return html.removeprefix("<p>").removesuffix("</p>").replace("</p>\n<p>", "<br>")


def plain(html: str) -> str:
    """The words of HTML that `inline` or `block` made, for search, descriptions and counting.

    >>> plain(inline("see [the `encode` **function**](https://x.org)"))
    'see the encode function'
    """
    bare = re.sub(r"<(?!/?(?:em|strong|code|a|sub|sup|del|kbd|m)\b)[^>]*>", " ", html)
    return " ".join(Markup(re.sub(r"<[^>]*>", "", bare)).unescape().split())


def mathml(latex: str, *, display: bool = False) -> str | None:
    """LaTeX as MathML, or None where it is not understood."""
    try:
        made: str = latex_to_mathml(latex, display="block" if display else "inline")
    except Exception:  # latex2mathml raises whatever it stumbles over; the source is printed instead
        return None
    return made


class _Math(InlineProcessor):
    """`$x^2$`, `$$...$$`, `\\(...\\)` and `\\[...\\]`."""

    # Python-Markdown takes two groups: the delimiter and what stands between.
    def handleMatch(  # type: ignore[override]  # noqa: N802
        self, m: re.Match[str], data: str
    ) -> tuple[Any, int, int]:
        made = mathml(m.group(2), display=m.group(1) in ("$$", "["))
        if made is None:
            code = Element("code")
            code.text = markdown.util.AtomicString(m.group(0))
            return code, m.start(0), m.end(0)
        return self.md.htmlStash.store(made), m.start(0), m.end(0)


class _Converters(threading.local):
    """Python-Markdown's objects hold state while they convert: one of each kind a thread."""

    def __init__(self) -> None:
        self.inline = _inline_converter([])
        self.curling = _inline_converter([SmartyExtension(smart_dashes=False)])
        self.block = _converter(["fenced_code", "tables", "sane_lists"])


def _inline_converter(extensions: list[str | Extension]) -> markdown.Markdown:
    made = _converter(extensions)
    for name in (
        "indent",
        "code",
        "hashheader",
        "setextheader",
        "hr",
        "olist",
        "ulist",
        "quote",
        "reference",
    ):
        made.parser.blockprocessors.deregister(name)
    return made


def _converter(extensions: list[str | Extension]) -> markdown.Markdown:
    made = markdown.Markdown(extensions=extensions, output_format="html")
    if "html_block" in made.preprocessors:
        made.preprocessors.deregister("html_block")
    made.inlinePatterns.deregister("html")
    # Pictures come from the lecture, as figures; one that a text names would be fetched from elsewhere.
    for name in ("image_link", "image_reference", "short_image_ref"):
        made.inlinePatterns.deregister(name)
    made.inlinePatterns.register(_Math(_MATH, made), "math", 185)
    made.inlinePatterns.register(_Math(_MATH_BRACKETS, made), "math-brackets", 184)
    return made


_local: _Converters | None = None


def _converters() -> _Converters:
    global _local
    if _local is None:
        _local = _Converters()
    return _local


def _keep_attribute(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return safe_url(value)
    return value


def _cleaner(tags: set[str], attributes: dict[str, set[str]]) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=tags,
        clean_content_tags=set(),
        attributes=attributes,
        attribute_filter=_keep_attribute,
        url_schemes=set(SAFE_SCHEMES),
        link_rel="noopener noreferrer",
    )


_INLINE = _cleaner(INLINE_TAGS, _ATTRIBUTES)
_BLOCK = _cleaner(BLOCK_TAGS, _ATTRIBUTES)
_LISTING = _cleaner({"span"}, {"span": {"class"}})
