"""The reading path: its examples run, its links lead somewhere, and no file is left out."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import bpe_reference

FOLDER = Path(bpe_reference.__file__).parent
README = (FOLDER / "README.md").read_text(encoding="utf-8")


def test_its_examples_run() -> None:
    code = "\n".join(re.findall(r"```python\n(.*?)```", README, re.S))
    test = doctest.DocTestParser().get_doctest(code, {}, "README.md", "README.md", 0)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0


def test_its_links_lead_somewhere() -> None:
    for page in (FOLDER / "README.md", FOLDER / "exercise" / "README.md"):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), target


def test_the_path_names_every_concept_in_the_order_of_the_files() -> None:
    numbered = {}
    for path in FOLDER.glob("*.py"):
        match = re.match(r'(?:#.*\n)*"""(\d)\. ', path.read_text(encoding="utf-8"))
        if match:
            numbered[int(match[1])] = path.name
    listed = re.findall(r"^\| (\d) \| \[`(\w+\.py)`\]", README, re.M)
    assert listed == [(str(number), numbered[number]) for number in sorted(numbered)]


def test_the_exercise_gives_the_pattern_that_the_package_has() -> None:
    page = (FOLDER / "exercise" / "README.md").read_text(encoding="utf-8")
    match = re.search(r'GPT4_SPLIT_PATTERN = r"""(.*?)"""', page)
    assert match is not None
    assert match[1] == bpe_reference.split.GPT4_SPLIT_PATTERN
