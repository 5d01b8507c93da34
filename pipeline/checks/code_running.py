"""Run the code of a chapter, shut in, and compare what it prints with what the page shows.

Only asked for (`verify.run_code`), only Python, and only blocks that show their output: lines under prompts, or an
output of their own. What stands before in the chapter is run first, since a block may need it. Code that cannot be
run by itself (a package that is not here, a name from elsewhere) is told nothing of.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator, Sequence

from pipeline import languages
from pipeline.models import Block, Code, Problem
from pipeline.sandbox import Ran

__all__ = ["wrong_outputs"]

Run = Callable[[str], Ran]

_NEEDS_MORE = ("ModuleNotFoundError", "ImportError", "NameError", "PermissionError", "FileNotFoundError")

_BEFORE = """
import contextlib as _contextlib, io as _io
with _contextlib.redirect_stdout(_io.StringIO()), _contextlib.redirect_stderr(_io.StringIO()):
    for _source in {sources}:
        try:
            exec(compile(_source, "before", "exec"), globals())
        except BaseException:
            pass
"""

_AT_PROMPTS = """
import doctest, json
_said = []
class _Checker(doctest.OutputChecker):
    def check_output(self, want, got, flags):
        return super().check_output(want, got, flags | doctest.NORMALIZE_WHITESPACE)
class _Runner(doctest.DocTestRunner):
    def report_failure(self, out, test, example, got):
        _said.append([example.source, example.want, got])
    def report_unexpected_exception(self, out, test, example, info):
        _said.append([example.source, example.want, info[0].__name__])
_examples = [doctest.Example(source, want) for source, want in {examples}]
_test = doctest.DocTest(_examples, globals(), "block", None, 0, None)
_Runner(checker=_Checker(), verbose=False).run(_test, clear_globs=False)
print(json.dumps(_said))
"""


def wrong_outputs(blocks: Sequence[Block], run: Run) -> Iterator[tuple[str, Problem]]:
    """Blocks that print something else than they show: id, and what.

    Args:
        blocks: a chapter's.
        run: runs a program, shut in.
    """
    before: list[str] = []
    for block in blocks:
        if not isinstance(block, Code) or not languages.is_python(languages.told(block.code, block.language)):
            continue
        typed = languages.examples(block.code)
        # What the reference module ships was run by its own tests.
        if block.origin != "reference" and (typed or block.output is not None):
            check = _at_prompts if typed else _as_script
            if (message := check(block, before, run)) is not None:
                yield block.id, Problem(check="code", message=message)
                continue
        before += [one.source for one in typed] or [block.code]


def _at_prompts(block: Code, before: Sequence[str], run: Run) -> str | None:
    examples = [(one.source, one.want) for one in languages.examples(block.code)]
    ran = run(_BEFORE.format(sources=repr(list(before))) + _AT_PROMPTS.format(examples=repr(examples)))
    try:
        said = json.loads(ran.output.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return _ended(ran)
    for source, shown, printed in said:
        if printed in _NEEDS_MORE:
            return None  # what comes after it may be wrong for this reason alone
        return f"{source.strip()!r} prints {printed.strip()!r}; the page shows {shown.strip()!r}"
    return None


def _as_script(block: Code, before: Sequence[str], run: Run) -> str | None:
    shown = _plain(block.output or "")
    ran = run(_BEFORE.format(sources=repr(list(before))) + "\n" + _with_last_value(block.code))
    if ran.code != 0:
        last = ran.errors.strip().splitlines()[-1:] or [""]
        name = last[0].partition(":")[0]
        if name in _NEEDS_MORE or (name and name in shown):
            return None
        return _ended(ran) or f"it ends with {last[0]!r}"
    printed = _plain(ran.output)
    return None if printed == shown else f"it prints {printed[:300]!r}; the page shows {shown[:300]!r}"


def _with_last_value(code: str) -> str:
    """The code with its last expression shown, as notebooks do: "len(text)" gives 4.

    >>> print(_with_last_value("x = 2\\nx + 1").splitlines()[1])
    _last = x + 1
    """
    try:
        body = ast.parse(code).body
    except SyntaxError:
        return code
    if not body or not isinstance(body[-1], ast.Expr):
        return code
    last = body[-1]
    before = "\n".join(code.splitlines()[: last.lineno - 1])
    return f"{before}\n_last = {ast.unparse(last)}\nif _last is not None:\n    print(repr(_last))\n"


def _ended(ran: Ran) -> str | None:
    if ran.stopped is not None:
        return f"it does not end within its bounds ({ran.stopped})"
    return None


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
