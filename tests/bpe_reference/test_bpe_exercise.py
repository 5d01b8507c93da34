"""The exercise's tests: our own tokenizers pass them, and each mistake that readers make fails its step."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import tiktoken

import bpe_reference
from bpe_reference.exercise.__main__ import main
from bpe_reference.exercise.steps import GPT4_IDS, STEPS

OURS = "from bpe_reference import BasicTokenizer, RegexTokenizer, GPT4Tokenizer\n"

MISTAKES = {
    "decode raises on bytes that are not text": (
        1, "class B(BasicTokenizer):\n    def decode(self, ids):\n        return self.decode_bytes(ids).decode()\nBasicTokenizer = B\n",
    ),
    "the rarest pair is merged first": (
        1, "import bpe_reference.merging as m\nclass B(BasicTokenizer):\n    def encode(self, text):\n"
        "        ids = list(text.encode())\n        from bpe_reference.textbook import merge\n"
        "        for pair, idx in reversed(self.merges.items()):\n            ids = merge(ids, pair, idx)\n        return ids\n"
        "BasicTokenizer = B\n",
    ),
    "no pattern at all": (2, "class R(RegexTokenizer):\n    def __init__(self, p=None):\n        super().__init__('(?s).+')\nRegexTokenizer = R\n"),
    "GPT-2's table for GPT-4's": (3, "from bpe_reference import GPT2Tokenizer as GPT4Tokenizer\n"),
    "special tokens are always obeyed": (
        4, "class R(RegexTokenizer):\n    def encode(self, text, allowed_special='all'):\n        return super().encode(text, 'all')\n"
        "RegexTokenizer = R\n",
    ),
    "the compiled pattern is not restored": (
        5, "class R(RegexTokenizer):\n    def load(self, file):\n        old = self.compiled_pattern\n        super().load(file)\n"
        "        self.compiled_pattern = old\nRegexTokenizer = R\n",
    ),
    "special tokens are not restored": (
        5, "class R(RegexTokenizer):\n    def load(self, file):\n        super().load(file)\n        self.special_tokens = {}\n"
        "RegexTokenizer = R\n",
    ),
}  # fmt: skip


def solution(tmp_path: Path, code: str) -> str:
    path = tmp_path / "solution.py"
    path.write_text(code, encoding="utf-8")
    return str(path)


def test_our_own_tokenizers_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([solution(tmp_path, OURS)]) == 0
    out = capsys.readouterr().out
    assert "FAIL" not in out
    assert out.count("  ok   ") == sum(len(tests) for _, tests in STEPS.values())


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_fails_its_step_and_no_earlier_one(
    mistake: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    step, code = MISTAKES[mistake]
    path = solution(tmp_path, OURS + code)
    for number in range(1, step):
        assert main([path, "--step", str(number)]) == 0, number
    assert main([path, "--step", str(step)]) == 1
    assert "FAIL" in capsys.readouterr().out


def test_a_solution_half_written_is_told_what_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main([solution(tmp_path, "class BasicTokenizer:\n    def train(self, text, vocab_size): pass\n")])
        == 1
    )
    out = capsys.readouterr().out
    assert "AttributeError" in out
    assert "encode" in out
    assert "RegexTokenizer" in out


def test_a_file_that_cannot_be_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([solution(tmp_path, "class (:\n")]) == 2
    assert "SyntaxError" in capsys.readouterr().err
    assert main([str(tmp_path / "missing.py")]) == 2


def test_it_runs_from_a_shell(tmp_path: Path) -> None:
    root = Path(bpe_reference.__file__).parents[1]
    ran = subprocess.run(
        [sys.executable, "-m", "bpe_reference.exercise", solution(tmp_path, OURS), "--step", "1"],
        capture_output=True, text=True, cwd=root, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("Step 1: BasicTokenizer\n  ok   the encyclopedia's worked example\n")


def test_the_ids_it_expects_are_tiktokens(tiktoken_gpt4: tiktoken.Encoding) -> None:
    for text, ids in GPT4_IDS.items():
        assert tiktoken_gpt4.encode(text) == ids
