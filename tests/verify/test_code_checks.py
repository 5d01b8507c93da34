"""Code on the page: well formed, as the screen shows it, as the reference has it; and run only where asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeWork
from verify_pages import chapter_of, outline_of

from bpe_reference.snippets import all_snippets, get
from pipeline import languages, reference, sandbox, verify
from pipeline.checks.code_running import wrong_outputs
from pipeline.checks.subject import SubjectChecks
from pipeline.config import VerifyOptions
from pipeline.models import Block, BlockFinding, Code, Draft, Outcome, Paragraph, Tokens
from pipeline.sandbox import Ran
from pipeline.verify import problems_of
from pipeline.writers.editor import EditorWriter

BPE = reference.load("bpe_reference")
SCREEN = ("def get_stats(ids):", "    counts = {}", "    for pair in zip(ids, ids[1:]):",
          "        counts[pair] = counts.get(pair, 0) + 1", "    return counts")  # fmt: skip
SAID = ("So here I count the pairs of ids, and I keep the counts in a dictionary.",)


def code(text: str, language: str = "python", **more: Any) -> Code:
    fields = {
        "id": "ch01-b002",
        "sentences": ("s0000",),
        "screens": ("f001",),
        "writer": "openai",
        "origin": "screen",
    }
    return Code.model_validate({**fields, "code": text, "language": language, **more})


def told_of(block: Block, shown: Sequence[str] = SCREEN) -> list[str]:
    chapter = chapter_of(SAID, shown)
    found = problems_of(block, chapter, outline_of(chapter), VerifyOptions())
    return [problem.message for problem in found if problem.check in ("code", "token")]


# -- well formed -------------------------------------------------------------------------------------------------

GOOD = {
    "a function": ("python", "def f(x):\n    return x\n"),
    "shown indented": ("python", "    def f(x):\n        return x"),
    "the rest of a block": ("python", "    x = 1\n    return x\ndef g():\n    pass"),
    "a notebook": (
        "python",
        'text = "café"\nlen(text)\n4\nlist(text.encode("utf-8"))\n[99, 97, 102]\n(97, 97) -> 256 leaves 9',
    ),
    "prompts": ("pycon", "$ python\n>>> import re\n>>> for x in [1]:\n...     print(x)\n1\n>>>"),
    "magic": ("python", "%timeit f(1)\nx = 1"),
    "json": ("json", '{"a": [1, 2]}'),
    "toml": ("toml", "[a]\nb = 1"),
    "yaml": ("yaml", "a:\n  - b"),
    "a shell": ("bash", "for f in *; do echo $f; done"),
    "a shell with output": ("bash", "$ ls\nsome (file"),
    "another language": ("rust", "fn main() {"),
    "text": ("text", "import this, that (and"),
}
BAD = {
    "a letter lost": ("python", "def f(x)\n    return x"),
    "a space lost": ("python", "x = 1\nforpair in ids:\n    print(pair)"),
    "a bracket lost": ("python", "x = f(1\ny = 2"),
    "an assignment after output": ("python", "x = 1\nprint(x)\n1\ny = x = = 2"),
    "at prompts": ("pycon", ">>> x = (1\n>>> y = 2"),
    "json": ("json", '{"a": 1,}'),
    "toml": ("toml", "a = "),
    "yaml": ("yaml", "a: [1, 2"),
    "a shell": ("bash", "if true; then echo"),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_code_has_no_fault(name: str) -> None:
    language, text = GOOD[name]
    assert languages.fault(text, language) is None


@pytest.mark.parametrize("name", BAD)
def test_a_fault_is_told_with_its_line(name: str) -> None:
    language, text = BAD[name]
    assert languages.fault(text, language)


def test_every_snippet_is_well_formed() -> None:
    assert [one.name for one in all_snippets() if languages.fault(one.code, one.language)] == []


def test_a_language_that_is_not_told_is_found() -> None:
    draft = Draft(chapter="ch01", title="T", writer="editor", blocks=(code("\n".join(SCREEN), ""),))
    chapter = chapter_of(SAID, SCREEN)
    work = FakeWork(Path(), chapter, outline_of(chapter), draft)
    (block,) = verify.run(work, make_writer=lambda name: EditorWriter()).draft.blocks
    assert isinstance(block, Code)
    assert block.language == "python"


# -- as the screen has it ------------------------------------------------------------------------------------------


def test_a_copy_to_the_letter_passes() -> None:
    assert told_of(code("\n".join(SCREEN))) == []
    assert told_of(code("\n".join(SCREEN[1:4]).replace("    ", "  "))) == [], (
        "white space is not read off surely"
    )


@pytest.mark.parametrize(
    ("was", "becomes"),
    [("counts.get(pair, 0)", "counts.get(pair, 1)"), ("ids[1:]", "ids[2:]"), ("return counts", "return count"),
     ("zip(ids", "enumerate(ids"), ("+ 1", "- 1")],
)  # fmt: skip
@pytest.mark.parametrize("origin", ["screen", "writer"])
def test_an_altered_copy_is_told(was: str, becomes: str, origin: str) -> None:
    altered = "\n".join(SCREEN).replace(was, becomes)
    (message,) = told_of(code(altered, origin=origin))
    assert "the screen has" in message or "is not on the screen" in message


def test_what_is_read_doubtfully_is_not_held_against_the_writer() -> None:
    chapter = chapter_of(SAID, ["counts = {}", "for pair in z1p(ids, ids[l:]):", "    count += 1"])
    screen = chapter.screens[0]
    lines = tuple(line.model_copy(update={"confidence": 0.6}) for line in screen.lines)
    chunk = chapter.chunks[0].model_copy(update={"screens": (screen.model_copy(update={"lines": lines}),)})
    chapter = chapter.model_copy(update={"chunks": (chunk,)})
    block = code("counts = {}\nfor pair in zip(ids, ids[1:]):\n    count += 1", origin="writer")
    found = problems_of(block, chapter, outline_of(chapter), VerifyOptions())
    assert [one for one in found if one.check == "code"] == []


def test_code_that_was_neither_shown_nor_spoken_of_is_told() -> None:
    invented = "import torch\nmodel = torch.nn.Transformer(layers=12)\noptimizer = torch.optim.Adam(model.parameters())"
    assert told_of(code(invented, screens=(), origin="writer")) == [
        "this code was neither shown nor spoken of"
    ]
    assert (
        told_of(code("counts = {}\nfor pair in pairs: counts[pair] += 1", screens=(), origin="writer")) == []
    )


# -- as the reference has it ---------------------------------------------------------------------------------------


def verified(**changes: Any) -> Code:
    one = get("merge_pair")
    fields = {"origin": "reference", "snippet": one.name, "output": one.output, **changes}
    return code(fields.pop("code", one.code), **fields)


@pytest.mark.parametrize(
    ("block", "passes"),
    [
        (verified(), True),
        (verified(code=get("merge_pair").code.replace("ids", "idz", 1)), False),
        (verified(output="[1]\n"), False),
        (verified(snippet="no_such_snippet"), False),
    ],
)
def test_a_snippet_is_the_verified_text_to_the_letter(block: Code, passes: bool) -> None:
    draft = Draft(chapter="ch01", title="T", writer="openai", blocks=(block,))
    assert (SubjectChecks(BPE, draft).problems(block) == ()) == passes


# -- statements about tokens ---------------------------------------------------------------------------------------


def written(number: int, text: str) -> Paragraph:
    return Paragraph(id=f"ch01-b{number:03d}", sentences=("s0000",), writer="openai", text=text)


def test_a_false_statement_fails_its_block_and_the_truth_is_told() -> None:
    blocks = (written(1, "GPT-2 cuts text into tokens."), written(2, '"hello world" is 31373, 318, 984.'),
              written(3, '"hello world" is two tokens.'))  # fmt: skip
    checks = SubjectChecks(BPE, Draft(chapter="ch01", title="T", writer="openai", blocks=blocks))
    assert [len(checks.problems(block)) for block in blocks] == [0, 1, 0]
    (problem,) = checks.problems(blocks[1])
    assert problem.check == "token"
    assert "31373, 995" in problem.message
    mended = written(2, '"hello world" is 31373, 995.')
    assert checks.problems(mended) == ()
    still = mended.model_copy(update={"text": '"hello world" is 31373, 996.', "id": "ch01-b00201"})
    assert len(checks.problems(still)) == 1, "read after what stands before it"
    assert SubjectChecks(None, checks_draft(blocks)).problems(blocks[1]) == ()


def checks_draft(blocks: tuple[Block, ...]) -> Draft:
    return Draft(chapter="ch01", title="T", writer="openai", blocks=blocks)


def test_code_before_it_names_the_tokenizer() -> None:
    blocks = (
        code('enc = tiktoken.get_encoding("cl100k_base")\nprint(1)\nprint(2)'),
        written(3, '"hello world" is 31373, 995.'),
    )
    assert len(SubjectChecks(BPE, checks_draft(blocks)).problems(blocks[1])) == 1


def test_a_false_statement_is_replaced_by_what_was_said() -> None:
    said = ("In GPT-2, hello world is two tokens, 31373 and 995, and that is all there is to it.",)
    chapter = chapter_of(said)
    block = written(
        1, 'In GPT-2, "hello world" is two tokens, 31373 and 996, and that is all there is to it.'
    )
    work = FakeWork(Path(), chapter, outline_of(chapter), checks_draft((block,)), verify={"repair": False})
    made = verify.run(work, make_writer=lambda name: EditorWriter(), reference=BPE)
    (finding,) = made.findings.blocks
    assert finding.outcome is Outcome.REPLACED
    assert any(problem.check == "token" and "995" in problem.message for problem in finding.problems)
    assert "995" in getattr(made.draft.blocks[0], "text", "")


def test_what_is_false_as_it_was_said_is_marked() -> None:
    said = ("In GPT-2, hello world is two tokens, 31373 and 996, and that is all there is to it.",)
    chapter = chapter_of(said)
    block = written(
        1, 'In GPT-2, "hello world" is two tokens, 31373 and 996, and that is all there is to it.'
    )
    work = FakeWork(Path(), chapter, outline_of(chapter), checks_draft((block,)), verify={"repair": False})
    made = verify.run(work, make_writer=lambda name: EditorWriter(), reference=BPE)
    (finding,) = made.findings.blocks
    assert finding.outcome is Outcome.UNVERIFIED
    assert any(problem.check == "token" and "995" in problem.message for problem in finding.problems)
    assert [one.what for one in work.recorded] == ["1 of 1 blocks could not be verified"]


# -- texts in tokens -----------------------------------------------------------------------------------------------


def tokens(text: str) -> Tokens:
    return Tokens(id="ch01-b003", sentences=("s0000",), writer="openai", tokenizer="gpt2", text=text)


def test_a_text_in_tokens_was_said_or_shown() -> None:
    assert told_of(tokens("pairs of ids")) == []
    assert told_of(tokens("get_stats(ids)")) == []
    (message,) = told_of(tokens("SolidGoldMagikarp"))
    assert "neither said nor shown" in message


def test_one_that_was_not_is_taken_away() -> None:
    chapter = chapter_of(SAID)
    blocks = (
        Paragraph(id="ch01-b001", sentences=("s0000",), writer="openai", text=SAID[0]),
        tokens("Magikarp"),
    )
    made = verify.run(
        FakeWork(Path(), chapter, outline_of(chapter), checks_draft(blocks), verify={"repair": False}),
        make_writer=lambda name: EditorWriter(),
    )
    assert [block.kind for block in made.draft.blocks] == ["paragraph"]
    assert [finding.outcome for finding in made.findings.blocks] == [Outcome.SUPPORTED, Outcome.REPLACED]


# -- running -------------------------------------------------------------------------------------------------------

RUNS = (
    code("def double(x):\n    return 2 * x", id="ch01-b001"),
    code("print(double(21))", id="ch01-b002", output="42"),
    code("print(double(21))", id="ch01-b003", output="43"),
    code(">>> double(2)\n4\n>>> double(3)\n7", "pycon", id="ch01-b004"),
    code("import numpy\nprint(numpy.pi)", id="ch01-b005", output="3"),
    code("while True: pass", id="ch01-b006", output="done"),
    code("print(1)", id="ch01-b007"),
    code("1 / 0", id="ch01-b008", output="Traceback ...\nZeroDivisionError: division by zero"),
)


def test_what_is_run_has_to_print_what_is_shown() -> None:
    if sandbox.unavailable() is not None:
        from components import absent

        absent("what shuts a program in")
    limits = sandbox.Limits(time_s=20, cpu_s=2)
    wrong = dict(wrong_outputs(RUNS, lambda program: sandbox.run(program, limits)))
    assert set(wrong) == {"ch01-b003", "ch01-b004", "ch01-b006"}
    assert "'42'" in wrong["ch01-b003"].message
    assert "prints '6'; the page shows '7'" in wrong["ch01-b004"].message


def checked(run_code: bool) -> tuple[FakeWork, list[BlockFinding]]:
    chapter = chapter_of(SAID, ["print(6 * 7)", "43"])
    block = code("print(6 * 7)", output="43", writer="editor")
    work = FakeWork(
        Path(), chapter, outline_of(chapter), checks_draft((block,)), verify={"run_code": run_code}
    )
    return work, list(verify.run(work, make_writer=lambda name: EditorWriter()).findings.blocks)


def test_nothing_is_run_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> Ran:
        raise AssertionError("code was run")

    monkeypatch.setattr(sandbox, "run", fail)
    monkeypatch.setattr(sandbox, "unavailable", fail)
    assert not VerifyOptions().run_code
    work, findings = checked(run_code=False)
    assert findings[0].outcome is Outcome.SUPPORTED
    assert work.recorded == []


def test_asked_for_it_is_run_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "unavailable", lambda: None)
    monkeypatch.setattr(sandbox, "run", lambda program: Ran("42\n", "", 0))
    _, findings = checked(run_code=True)
    assert findings[0].outcome is Outcome.UNVERIFIED
    assert "it prints '42'; the page shows '43'" in findings[0].problems[-1].message


def test_where_it_cannot_be_shut_in_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "unavailable", lambda: "no Landlock")
    work, findings = checked(run_code=True)
    assert findings[0].outcome is Outcome.SUPPORTED
    (fell_short,) = work.recorded
    assert "no Landlock" in fell_short.what
    assert "no code was run" in fell_short.consequence
