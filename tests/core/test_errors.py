"""Errors: three lines, an exit code by kind, and they survive a process boundary."""

import pickle
import re

import pytest

from pipeline import errors


def every_error() -> list[type[errors.LecturebookError]]:
    found, waiting = [], [errors.LecturebookError]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return [kind for kind in found if kind.__module__ == "pipeline.errors"]


def test_all_errors_are_exported() -> None:
    assert {kind.__name__ for kind in every_error()} | {"Interrupted"} == set(errors.__all__)


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_an_error_is_three_lines_and_comes_back_from_a_worker(kind: type[errors.LecturebookError]) -> None:
    error = kind("it broke", kept="the rest", fix="mend it")
    assert str(error) == "it broke\n  kept: the rest\n  fix: mend it"
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error)


def test_the_tree_in_the_docstring_is_the_tree_in_the_code() -> None:
    told = dict(re.findall(r"^[ │├└─]*(\w+) +(\d+)\b", errors.__doc__ or "", re.MULTILINE))
    assert {kind.__name__: str(kind.exit_code) for kind in every_error()} | {"Interrupted": "130"} == told
