"""`python -m bpe_reference.exercise FILE [--step N]`: check a solution of the exercise."""

from __future__ import annotations

import argparse
import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType

from .steps import STEPS, Test


def main(arguments: list[str] | None = None) -> int:
    """Check a solution; print a line a test.

    Returns:
        0 where every test passed, 1 where one failed, 2 where the file cannot be imported.
    """
    parser = argparse.ArgumentParser(prog="python -m bpe_reference.exercise", description="Check a solution.")
    parser.add_argument("file", type=Path, help="a Python file with your classes")
    parser.add_argument("--step", type=int, choices=list(STEPS), help="only this step")
    options = parser.parse_args(arguments)
    try:
        solution = _load(options.file)
    except Exception as error:  # the reader's own code: whatever is wrong with it, say so
        print(f"{options.file}: it cannot be imported: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    failed = False
    for number, (title, tests) in STEPS.items():
        if options.step in (None, number):
            print(f"Step {number}: {title}")
            results = [_passes(test, solution) for test in tests]
            failed |= not all(results)
    return 1 if failed else 0


def _load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("solution", file)
    if spec is None or spec.loader is None or not file.is_file():
        raise FileNotFoundError(f"no Python file {file}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _passes(test: Test, solution: ModuleType) -> bool:
    title = (test.__doc__ or test.__name__).strip()
    try:
        test(solution)
    except AssertionError as error:
        print(f"  FAIL {title}: {error}")
        return False
    except Exception as error:  # the reader's own code
        place = traceback.extract_tb(error.__traceback__)[-1]
        print(
            f"  FAIL {title}: {type(error).__name__}: {error} ({Path(place.filename).name}, line {place.lineno})"
        )
        return False
    print(f"  ok   {title}")
    return True


if __name__ == "__main__":
    sys.exit(main())
