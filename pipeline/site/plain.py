"""The book as Markdown, as GitHub renders it: relative pictures, fenced code, a link to the moment a paragraph."""

from __future__ import annotations

import re

from pipeline.models import BulletList, Code, Exercise, Figure, Heading, Paragraph, Quote, Tokens
from pipeline.site import markdown
from pipeline.site.links import safe_url
from pipeline.site.text import one_line, printable
from pipeline.site.views import BlockView, Book, ChapterView, Moment, ReferenceView, TermView

FOLDER = "markdown"


def markdown_files(book: Book) -> dict[str, bytes]:
    """The index and a file a chapter: path in the site → bytes."""
    files = {f"{FOLDER}/README.md": _index(book)}
    files |= {f"{FOLDER}/{chapter.id}.md": chapter_markdown(book, chapter) for chapter in book.chapters}
    return {name: text.encode() for name, text in files.items()}


def chapter_markdown(book: Book, chapter: ChapterView, to_root: str = "../") -> str:
    """A chapter. `to_root` leads from the file to the site's root, where pictures and the lecture are."""
    parts = [f"# {chapter.number}. {escape(chapter.title)}"]
    if chapter.summary:
        parts.append(f"*{escape(chapter.summary)}*")
    parts.append(
        f"{_link(chapter.moment, to_root)} · {chapter.length} of the lecture · {chapter.minutes} min to read"
    )
    parts += [_block(view, to_root) for view in chapter.blocks]
    parts.append(f"---\n\nWritten by {escape(chapter.writer)}. {_credit(book)}")
    return "\n\n".join(parts) + "\n"


def _index(book: Book) -> str:
    parts = [f"# {escape(book.title)}"]
    if book.author:
        parts.append(f"*{escape(book.author)}*")
    lines = []
    for chapter in book.chapters:
        summary = f"  \n  {escape(chapter.summary)}" if chapter.summary else ""
        lines.append(
            f"{chapter.number}. [{escape(chapter.title)}]({chapter.id}.md) ({_link(chapter.moment, '../')}){summary}"
        )
    parts.append("\n".join(lines))
    if book.terms:
        parts += ["## Glossary", "\n".join(_term(term) for term in book.terms)]
    for heading, references in book.references.items():
        parts += [f"## {heading}", "\n".join(_reference(one) for one in references)]
    if book.degradations:
        parts.append("## What fell short")
        parts.append(
            "\n".join(
                f"- **{escape(one.what)}**: {escape(one.consequence)}. To mend it: {escape(one.remedy)}."
                for one in book.degradations
            )
        )
    parts.append(_credit(book))
    return "\n\n".join(parts) + "\n"


def _term(term: TermView) -> str:
    place = term.href.replace(".html", ".md").partition("#")[0]
    return f"- **{escape(term.term)}**: {escape(markdown.plain(term.definition))} ([{escape(term.chapter)}]({place}))"


def _reference(one: ReferenceView) -> str:
    title = f"[{escape(one.title)}]({one.url})" if one.url else escape(one.title)
    moments = " ".join(_link(moment, "../") for moment in one.moments)
    return f"{one.number}. {title} {moments}".rstrip()


def _credit(book: Book) -> str:
    author = f" by {escape(book.author)}" if book.author else ""
    source = f", <{book.page}>" if book.page else ""
    licence = f"Its licence: {escape(book.licence)}." if book.licence else "Its licence is not known."
    return f"From the lecture “{escape(book.title)}”{author}{source}. {licence}"


def _block(view: BlockView, to_root: str) -> str:
    block = view.source
    link = _link(view.moment, to_root)
    mark = f" ({view.mark.label})" if view.mark else ""
    match block:
        case Heading():
            return f"{'#' * block.level} {_inline(one_line(block.text))}"
        case Paragraph():
            return f"{_inline(block.text)} {link}{mark}".strip()
        case Quote():
            quoted = "\n".join(f"> {line}".rstrip() for line in _inline(block.text).splitlines())
            return f"{quoted}\n>\n> {link}{mark}".rstrip()
        case Exercise():
            return f"**Try it.** {_inline(block.text)} {link}{mark}".strip()
        case BulletList():
            return _items(block) + f"\n\n{link}{mark}".rstrip()
        case Code():
            output = f"\n\nprints\n\n{_fence(block.output, 'text')}" if block.output else ""
            title = f"**{escape(view.title)}**\n\n" if view.title else ""
            return f"{title}{_fence(block.code, block.language)}{output}\n\n{link}{mark}".rstrip()
        case Figure():
            caption = _inline(one_line(block.caption))
            if view.picture is None:
                return f"*{caption}* {link}".strip()
            return f"![{escape(view.alt)}]({to_root}{view.picture.png})\n\n*{caption}* {link}".strip()
        case Tokens():
            ids = " ".join(str(chip.id) for chip in view.chips)
            cut = "|".join(chip.text for chip in view.chips) or block.text
            shown = f"{cut}\n{ids}" if ids else cut
            counts = f": {view.title}" if view.title else ""
            return f"{_fence(shown, 'text')}\n\n{escape(view.tokenizer)}{counts} {link}{mark}".strip()


def _items(block: BulletList) -> str:
    lines = []
    for number, item in enumerate(block.items, start=1):
        bullet = f"{number}. " if block.ordered else "- "
        lines.append(bullet + _inline(one_line(item)))
    return "\n".join(lines)


def _link(moment: Moment | None, to_root: str) -> str:
    if moment is None:
        return ""
    if moment.href is None:
        return f"[{moment.clock}]"
    href = moment.href if "://" in moment.href else to_root + moment.href
    return f"[{moment.clock}]({href})"


def _fence(code: str, language: str) -> str:
    code = printable(code).rstrip("\n")
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    name = re.sub(r"[^A-Za-z0-9_+.#-]", "", language)
    return f"{fence}{'' if name == 'text' else name}\n{code}\n{fence}"


def escape(text: str) -> str:
    """Plain text, so that Markdown and HTML print it as it is.

    >>> escape("a *b* <script> [x](y)")
    'a \\\\*b\\\\* &lt;script&gt; \\\\[x\\\\](y)'
    """
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]#|~])", r"\\\1", text)


_CODE_SPAN = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_DEFINITION = re.compile(r"^([ \t>*+-]*)\[(?=[^\]]*\]:)", re.MULTILINE)
_DESTINATION = re.compile(r"\]\(\s*<?([^)\s>]*)")


def _inline(text: str) -> str:
    """A writer's Markdown with HTML shown as text and dead links to unsafe addresses."""
    out, at = [], 0
    for span in _CODE_SPAN.finditer(text := printable(text).strip()):
        out += [_harmless(text[at : span.start()]), span.group(0)]
        at = span.end()
    return "".join([*out, _harmless(text[at:])])


def _harmless(text: str) -> str:
    text = text.replace("<", "&lt;").replace("![", "!\\[")
    text = _DEFINITION.sub(r"\1\\[", text)
    return _DESTINATION.sub(lambda m: m.group(0) if safe_url(m.group(1)) else "](#", text)
