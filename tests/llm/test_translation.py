"""An article in another language: what its checks hold, and what happens to a block that fails them twice."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from book import TEXTS, lay, make
from chat_server import Answer, ChatServer, asked_text, request_text
from faithful import faithful

from pipeline.config import VerifyOptions
from pipeline.models import (
    Chapter,
    ChapterOutline,
    Chunk,
    Draft,
    Outline,
    OutlineChapter,
    Paragraph,
    Sentence,
    Term,
)
from pipeline.store import Store
from pipeline.verify import problems_of

# What a good translator makes of the lecture's sentences, in order.
GERMAN = (
    "Heute sehen wir uns an, wie aus Text Zahlen für ein Sprachmodell werden.",
    "Der Text wird zuerst in UTF-8 kodiert, und das ergibt Bytes, Zahlen zwischen 0 und 255.",
    "Eine einzelne dieser Zahlen nennt man eine Codeeinheit.",
    "Es gibt einen Aufsatz mit dem Titel Neural Machine Translation of Rare Words with Subword Units.",
    "Rico Sennrich und andere haben ihn geschrieben, und er brachte die Bytepaarkodierung zu den Modellen.",
    "Nun zählen wir die Paare von Bytes, die nebeneinander stehen.",
    "Das häufigste Paar bekommt ein neues Token, Nummer 256.",
    "Dieser Schritt heißt Verschmelzung, und wir machen ihn wieder und wieder.",
    "Nach 20 Verschmelzungen hat das Vokabular 276 Einträge.",
    "Wenn Sie das Video hier anhalten, schreiben Sie die Funktion merge selbst.",
    "GPT-4 hat etwa 100.000 Token in seinem Vokabular, und jede Verschmelzung wurde aus Daten gelernt.",
    "Es zerlegt den Text zuerst mit einem regulären Ausdruck, damit keine Verschmelzung von Wort zu Wort reicht.",
    "Darum ist ein führendes Leerzeichen so wichtig, es gehört zum Token.",
    "Und eine Codeeinheit steht dort nie allein, denn häufige Wörter haben ihre eigenen Token.",
)


def translator(body: dict[str, Any], wrong: dict[str, str] | None = None) -> Answer:
    asked = asked_text(body)
    if "<parts>" in asked:
        reply = json.loads(faithful(body).text or "")
        reply["chapters"] = [
            {"id": f"ch{n:02d}", "title": title, "summary": ""}
            for n, title in enumerate(("Vom Text zu Bytes", "Paare verschmelzen", "Was GPT-4 tut"), 1)
        ]
        reply["translations"] = [{"term": "code unit", "translation": "Codeeinheit"}]
        return Answer(text=json.dumps(reply))
    if "## ch" in asked:
        reply = json.loads(faithful(body).text or "")
        for chapter, summary in zip(
            reply["chapters"], ("Text wird zu Bytes.", "Paare verschmelzen.", "GPT-4."), strict=True
        ):
            chapter["summary"], chapter["terms"] = summary, []
        reply["chapters"][0]["terms"] = [
            {"term": "code unit", "definition": "Eine einzelne dieser Zahlen.", "sentence": "s0003"}
        ]
        return Answer(text=json.dumps(reply))
    if "<blocks>" in asked:
        blocks = json.loads(asked.rpartition("<blocks>\n")[2].partition("\n</blocks>")[0])
        return Answer(text=json.dumps({"blocks": blocks}))
    names = re.findall(r"^(s\d{4}) ", asked.rpartition("<transcript>")[2], re.MULTILINE)
    blocks = [
        {
            "kind": "paragraph",
            "text": (wrong or {}).get(name) or GERMAN[int(name[1:]) - 1],
            "sentences": [name],
        }
        for name in names
    ]
    return Answer(text=json.dumps({"blocks": blocks}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return lay(tmp_path / "tokens")


def test_an_article_in_german(server: ChatServer, folder: Path) -> None:
    server.respond = translator
    report = make(folder, server.base_url, write={"writer": "openai", "output_language": "de"})
    assert not report.failures
    assert [one.what for one in report.degradations if "failed their check" in one.what] == []
    page = (folder / "site" / "ch01.html").read_text()
    assert '<html lang="de">' in page
    assert "Vom Text zu Bytes" in page
    assert GERMAN[2] in page
    assert "Codeeinheit (code unit)" in (folder / "site" / "glossary.html").read_text()
    asked = [asked_text(body) for body in server.requests]
    assert all('Write in the language "de"' in text for text in asked)
    assert any("Term defined in ch01: code unit, written Codeeinheit" in text for text in asked)
    (terms,) = Store(folder).read(Outline).terms
    assert terms.translation == "Codeeinheit"


def test_what_fails_twice_is_shown_as_it_was_spoken(server: ChatServer, folder: Path) -> None:
    wrong = {
        "s0007": "Das häufigste Paar bekommt ein neues Token, Nummer 257.",
        "s0014": "Und ein Code-Ding steht dort nie allein, denn häufige Wörter haben ihre eigenen Token.",
    }
    server.respond = lambda body: translator(body, wrong)
    report = make(folder, server.base_url, write={"writer": "openai", "output_language": "de"})
    told = [one for one in report.degradations if "failed their check" in one.what]
    assert {one.chapter for one in told} == {"ch02", "ch03"}
    page = (folder / "site" / "ch02.html").read_text()
    assert "257" not in page.partition("<main")[2].partition("</main>")[0]
    assert 'lang="en"' in page
    assert "as spoken" in page
    repairs = [text for body in server.requests if "<blocks>" in (text := request_text(body))]
    assert any("257 was neither said" in text and 'in the language "de"' in text for text in repairs)
    assert any("this book calls it" in text and "code unit: Codeeinheit" in text for text in repairs)


def view(*terms: Term) -> ChapterOutline:
    part = OutlineChapter(id="ch01", title="Tokens", summary="")
    return ChapterOutline(
        title="Tokens", author=None, language="en", chapter=part, chapter_titles=("Tokens",), terms=terms,
        references=(),
    )  # fmt: skip


def kinds(said: str, text: str, language: str, *terms: Term) -> set[str]:
    sentence = Sentence(id="s0001", start_s=0, end_s=9, text=said)
    chunk = Chunk(id="ch01-01", start_s=0, end_s=9, sentences=(sentence,), screens=())
    chapter = Chapter(id="ch01", title="Tokens", start_s=0, end_s=9, boundary="author", chunks=(chunk,))
    block = Paragraph(id="ch01-b001", sentences=("s0001",), writer="openai", text=text)
    found = problems_of(block, chapter, view(*terms), VerifyOptions(), language, [block])
    return {problem.check for problem in found}


SAID = (
    "The vocabulary of GPT-4 has 100,000 tokens, of GPT-2 it had 50,257, and each merge makes one more, as you can "
    "read at https://x.example/merge for yourself."
)
CHINESE = "GPT-4 的词表有10万个词元，GPT-2 有 50,257 个，每次合并再多一个，详见 https://x.example/merge 。"


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        (CHINESE, "zh", set()),
        (CHINESE.replace("10万", "十万"), "zh", set()),
        (CHINESE.replace("10万", "100,000"), "zh", set()),
        (CHINESE.replace("10万", "11万"), "zh", {"number", "number lost"}),
        (CHINESE.replace("GPT-2", "GPT-3"), "zh", {"name"}),
        (CHINESE.replace("x.example/merge", "y.example/merge"), "zh", {"name"}),
        ("有 10万，50,257。", "zh", {"length"}),
        (CHINESE * 7, "zh", {"length"}),
        (SAID, "zh", {"language"}),
        (SAID, "de", {"language"}),
        (
            "Das Vokabular von GPT-4 hat 100.000 Token, das von GPT-2 hatte 50.257, und jede Verschmelzung bringt "
            "eines mehr, wie man unter https://x.example/merge nachlesen kann.", "de", set(),
        ),
        (
            "Le vocabulaire de GPT-4 compte 100 000 jetons, celui de GPT-2 en avait 50 257, et chaque fusion en ajoute "
            "un, comme on le lit sur https://x.example/merge.".replace("100 000", "100\u202f000").replace(
                "50 257", "50\u202f257"), "fr", set(),
        ),
    ],
)  # fmt: skip
def test_what_crosses_languages(text: str, language: str, found: set[str]) -> None:
    assert found <= kinds(SAID, text, language)
    if not found:
        assert kinds(SAID, text, language) == set()


def test_code_stays_as_it_is() -> None:
    said = "So we call get_stats on the ids, and that gives us all the pairs with their counts."
    assert (
        kinds(said, "Wir rufen `get_stats` für die ids auf und bekommen alle Paare mit ihrer Anzahl.", "de")
        == set()
    )
    assert "name" in kinds(said, "Wir rufen `hole_statistik` für die ids auf und bekommen alle Paare.", "de")


def test_a_table_term_is_called_what_the_table_says() -> None:
    term = Term(term="merge", definition="", chapter="ch01", sentence="s0001", translation="Verschmelzung")
    said = "Each merge makes one token more out of two that were there before it."
    good = "Jede Verschmelzung macht aus zwei Token, die vorher da waren, eines mehr."
    assert kinds(said, good, "de", term) == set()
    assert kinds(said, good.replace("Verschmelzung", "Fusion"), "de", term) == {"term"}


def test_the_fixture_speaks_for_every_sentence() -> None:
    assert len(GERMAN) == sum(len(texts) for texts in TEXTS)
    assert Draft(chapter="ch01", title="x", writer="openai", blocks=()).language is None
