"""An endpoint that does what the prompts ask, by rules: it edits what it is given and invents nothing.

Behind `ChatServer` it stands for a good model, so that whole books can be made and measured without one.
"""

from __future__ import annotations

import json
import re
from typing import Any

from chat_server import Answer, asked_text

from pipeline.models import Sentence
from pipeline.text import words
from pipeline.writers.editor import edit_text, markdown

_PARAGRAPH_WORDS = 90


def faithful(body: dict[str, Any]) -> Answer:
    """The answer to any request of the `openai` writer."""
    asked = asked_text(body)
    if "<parts>" in asked:
        return _answer(_whole(asked))
    if "## ch" in _fenced(asked, "transcript"):
        return _answer(_outline(asked))
    if "<blocks>" in asked:
        return _answer({"blocks": json.loads(_fenced(asked, "blocks"))})
    return _answer({"blocks": _blocks(asked)})


def _answer(data: dict[str, Any]) -> Answer:
    return Answer(text=json.dumps(data, ensure_ascii=False))


def _fenced(text: str, name: str) -> str:
    return text.rpartition(f"<{name}>\n")[2].partition(f"\n</{name}>")[0] if f"<{name}>" in text else ""


def _said(text: str) -> list[Sentence]:
    found = re.findall(r"^(s\d{4,}) (.*)$", text, re.MULTILINE)
    return [Sentence(id=name, start_s=n, end_s=n + 1, text=said) for n, (name, said) in enumerate(found)]


# ------------------------------------------------------------------------------------------------ outlines


def _outline(asked: str) -> dict[str, Any]:
    parts = re.split(r"^## (?=ch\d)", _fenced(asked, "transcript"), flags=re.MULTILINE)[1:]
    return {"chapters": [_outlined(part) for part in parts]}


def _outlined(part: str) -> dict[str, Any]:
    head, _, text = part.partition("\n")
    said = _said(text)
    long_ones = [one for one in said if 8 <= words.count(one.text) <= 30] or said
    named = "(to be named)" in head
    title = " ".join(words.content(long_ones[0].text)[:4]).capitalize() if named else head[5:-9]
    every = max(len(said) // max(sum(words.count(one.text) for one in said) // 380, 1), 1)
    sections = [
        {"title": " ".join(words.content(one.text)[:4]).capitalize(), "sentence": one.id}
        for one in said[every:-1:every]
        if len(words.content(one.text)) >= 3
    ]
    defined = [
        {"term": match[1], "definition": one.text, "sentence": one.id}
        for one in said
        if (
            match := re.search(
                r"\b(?:called|call this|call it) (?:an? |the )?([a-z]{5,}(?: [a-z]{5,})?)", one.text
            )
        )
    ]
    return {
        "id": head[:4], "title": title, "summary": edit_text(long_ones[:2]) or title, "sections": sections,
        "terms": defined, "notation": [], "references": [],
    }  # fmt: skip


def _whole(asked: str) -> dict[str, Any]:
    chapters = []
    for line in _fenced(asked, "parts").splitlines():
        if match := re.match(r"(ch\d+) \((title|summary|title, summary)\) (.*)", line):
            chapters.append({"id": match[1], "title": match[3] if "title" in match[2] else "", "summary": ""})
        elif chapters and line.startswith("  ") and not chapters[-1]["summary"]:
            chapters[-1]["summary"] = line.strip()
    return {"chapters": chapters, "same": [], "translations": []}


# -------------------------------------------------------------------------------------------------- blocks


def _blocks(asked: str) -> list[dict[str, Any]]:
    headings = dict(re.findall(r"^Heading before (s\d+): (.*)$", _fenced(asked, "plan"), re.MULTILINE))
    screens = _screens(_fenced(asked, "screens"))
    blocks: list[dict[str, Any]] = []
    run: list[Sentence] = []

    def close() -> None:
        if run:
            text = markdown(edit_text(run)) or run[0].text
            blocks.append(_block("paragraph", [one.id for one in run], text=text))
            if screens:
                blocks.append(_shown(*screens.pop(0), run[-1].id))
            run.clear()

    for sentence in _said(_fenced(asked, "transcript")):
        if sentence.id in headings:
            close()
            blocks.append(_block("heading", [sentence.id], text=headings[sentence.id]))
        run.append(sentence)
        if sum(words.count(one.text) for one in run) >= _PARAGRAPH_WORDS:
            close()
    close()
    return blocks


def _screens(text: str) -> list[tuple[str, str, str]]:
    """`(id, kind, text)` of each."""
    return re.findall(r"^(f\d+) \((\w+), [^)]*\)\n?((?:(?!f\d+ \().*\n?)*)", text, re.MULTILINE)


def _shown(name: str, kind: str, text: str, sentence: str) -> dict[str, Any]:
    lines = text.strip("\n").splitlines()
    if kind == "code":
        return _block("code", [sentence], screens=[name], code="\n".join(lines), language="python")
    first = lines[0].strip() if lines else "What is on screen"
    return _block("figure", [sentence], screens=[name], text=markdown(first), alt=first)


def _block(kind: str, sentences: list[str], **fields: Any) -> dict[str, Any]:
    empty = {"text": "", "items": [], "ordered": False, "code": "", "language": "", "alt": "", "screens": []}
    return {"kind": kind, **empty, "sentences": sentences, **fields}
