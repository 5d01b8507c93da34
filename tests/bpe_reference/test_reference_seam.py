"""The seam between the program and a subject: two modules pass it, broken ones are refused with a reason."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import bpe_reference
from pipeline import reference as seam
from pipeline.errors import ConfigError

HERE = Path(__file__).parent


@pytest.fixture(params=["bpe_reference", "rhyme_reference"])
def loaded(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> seam.Reference:
    monkeypatch.syspath_prepend(str(HERE))
    reference = seam.load(request.param)
    assert reference is not None
    return reference


KINDS = {"bpe_reference": "gpt2", "rhymes": "words"}


def test_every_subject_offers_the_same(loaded: seam.Reference) -> None:
    kind = KINDS[loaded.name]
    pieces = loaded.pieces(kind, "a cat")
    assert pieces is not None
    assert "".join(text for text, _ in pieces).replace(" ", "") == "acat"
    assert loaded.pieces("no such kind", "a cat") is None
    assert loaded.example("no such kind", "a cat", "html") is None
    for form in ("html", "markdown", "text"):
        assert "cat" in (loaded.example(kind, "a cat", form) or "")
    name = loaded.snippets()[0].name
    found = seam.find_snippet(loaded, name)
    assert found is not None
    assert found.code
    assert seam.find_snippet(loaded, "no such snippet") is None


def test_claims_come_with_verdicts(loaded: seam.Reference) -> None:
    text = {
        "rhymes": "cat rhymes with hat.\n\ncat rhymes with dog.\n",
        "bpe_reference": 'In GPT-2, "hello world" is two tokens.\n\n"hello world" is 31373, 318.\n',
    }[loaded.name]
    assert [(claim.verdict, claim.line) for claim in loaded.claims(text)] == [("true", 1), ("false", 3)]


def test_what_a_text_was_about_is_handed_on() -> None:
    reference = seam.load("bpe_reference")
    assert reference is not None
    first = reference.claims("In GPT-2, 127 is a single token.")
    assert [c.verdict for c in reference.claims('" the" is token 263.', about=first[-1].about)] == ["false"]


def test_no_module_is_no_reference() -> None:
    assert seam.load(None) is None


class Good:
    name = version = "x"

    def snippets(self) -> list[Any]:
        return []

    def pieces(self, kind: str, text: str) -> None:
        return None

    def example(self, kind: str, text: str, form: str) -> None:
        return None

    def claims(self, text: str, *, html: bool = False, about: str | None = None) -> list[Any]:
        return []


SNIPPET = dict.fromkeys(("name", "title", "code", "output", "language", "lecture", "version"), "x")
SNIPPET |= {"moment_s": None, "keywords": ()}


def snippets(*fields: dict[str, Any]) -> Any:
    good = Good()
    good.snippets = lambda: [SimpleNamespace(**one) for one in fields]  # type: ignore[method-assign]
    return good


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "it has no object REFERENCE"),
        (SimpleNamespace(), "REFERENCE.name is not text; .*snippets is not a method; .*pieces is not"),
        (type("NoVersion", (Good,), {"version": 3})(), "REFERENCE.version is not text"),
        (
            type("Narrow", (Good,), {"claims": lambda self, text: []})(),
            "REFERENCE.claims takes other arguments",
        ),
        (
            type("Fails", (Good,), {"snippets": lambda self: 1 // 0})(),
            r"snippets\(\) fails with ZeroDivisionError",
        ),
        (snippets({**SNIPPET, "output": None}), "snippet 'x' lacks output"),
        (snippets({"title": "t"}), "snippet 0 lacks name, code"),
        (snippets({**SNIPPET, "moment_s": "soon"}), "lacks moment_s"),
        (snippets(SNIPPET, SNIPPET), "snippet 'x' is there twice"),
    ],
)
def test_a_module_that_does_not_fit_is_refused(
    content: Any, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("subject_under_test")
    if content is not None:
        module.REFERENCE = content  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "subject_under_test", module)
    with pytest.raises(ConfigError, match=why) as caught:
        seam.load("subject_under_test")
    assert "reference.module 'subject_under_test'" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("no_such_module_here", None, "there is no such module"),
        ("broken_subject", "import no_such_dependency\n", "it needs no_such_dependency"),
        (
            "failing_subject",
            "raise RuntimeError('on purpose')\n",
            "fails on import with RuntimeError: on purpose",
        ),
        ("../evil", None, "not the name of a Python module"),
        ("os; import sys", None, "not the name of a Python module"),
    ],
)
def test_a_module_that_cannot_be_imported_is_refused(
    name: str, content: str | None, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    if content is not None:
        (tmp_path / f"{name}.py").write_text(content)
    with pytest.raises(ConfigError, match=why):
        seam.load(name)


def test_snippets_are_matched_by_moment_and_by_words() -> None:
    reference = seam.load("bpe_reference")
    assert reference is not None
    at = seam.match_snippets(reference, "", lecture="zduSFxRajkE", start_s=1715, end_s=1836)
    assert [snippet.name for snippet in at] == ["pair_counts"]
    elsewhere = seam.match_snippets(
        reference, "We call ord to get the Unicode code point of each.", lecture="other"
    )
    assert elsewhere[0].name == "code_points"
    assert seam.match_snippets(reference, "Nothing of the kind is said here.") == []


def test_the_reference_does_not_know_the_program() -> None:
    folder = Path(bpe_reference.__file__).parent
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            assert not [name for name in names if name.split(".")[0] == "pipeline"], path.name
