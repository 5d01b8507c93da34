"""What language a piece of code is in, and whether it is well formed in it. Nothing is ever run here.

Code read off a screen is often a notebook: statements with what they printed between them. Lines of output are
passed over where statements of Python stand before them.

>>> fault("for x in range(3):\\n    print(x)", "python")
>>> fault("fori in range(3):\\n    print(i)", "python")
'line 1: invalid syntax'
>>> fault('{"a": 1,}', "json")
'line 1: Expecting property name enclosed in double quotes'
"""

from __future__ import annotations

import ast
import doctest
import json
import keyword
import re
import subprocess
import tomllib
import warnings
from collections.abc import Callable, Iterator
from shutil import which
from textwrap import dedent

__all__ = ["CHECKED", "examples", "fault", "is_python", "told"]

_ALIASES = {
    "py": "python", "python3": "python", "py3": "python", "python-console": "pycon", "ipython": "pycon",
    "sh": "bash", "shell": "bash", "zsh": "bash", "yml": "yaml",
}  # fmt: skip
_UNTOLD = frozenset({"", "text", "plain", "plaintext", "none", "output"})
_LONGEST_STATEMENT = 80
"""Lines."""
_CHECK_S = 5.0


def told(code: str, language: str) -> str:
    """The code's language: as it is told, or Python where it is not told and plainly that.

    >>> told("def f(x):\\n    return x", ""), told("hello there", "text"), told(">>> 1 + 1\\n2", "python")
    ('python', 'text', 'pycon')
    """
    name = _ALIASES.get(language.strip().lower(), language.strip().lower())
    if name in _UNTOLD or name == "python":
        if re.search(r"^\s*>>> ", code, re.MULTILINE):
            return "pycon"
        if name != "python" and _plainly_python(code):
            return "python"
    return name or "text"


def is_python(language: str) -> bool:
    return _ALIASES.get(language.lower(), language.lower()) in ("python", "pycon")


def fault(code: str, language: str) -> str | None:
    """What is wrong with the code as a text of its language, or None; None too where no checker is at hand."""
    checker = _CHECKERS.get(told(code, language))
    return checker(code) if checker and code.strip() else None


def _plainly_python(code: str) -> bool:
    marks = r"^(?:def \w+\(.*\).*:|class \w+.*:|from [\w.]+ import |import [\w.]+(?: as \w+)?$|for .+ in .+:$|print\()"
    return bool(re.search(marks, dedent(code), re.MULTILINE)) and _python(code) is None


# ------------------------------------------------------------------------------------------------- Python


def _python(code: str) -> str | None:
    text = dedent(code.expandtabs(4)).strip("\n")
    whole = _syntax_error(text)
    if whole is None:
        return None
    lines = text.split("\n")
    if lines[0][:1].isspace():
        # The lines before it have scrolled away: it is the rest of some block.
        depth = min(len(line) - len(line.lstrip()) for line in lines if line[:1].isspace())
        lines = [" " * (len(lines[0]) - len(lines[0].lstrip()) - depth) + "if True:", *lines]
        if _syntax_error("\n".join(lines)) is None:
            return None
    at = 0
    statements = 0
    while at < len(lines):
        length = _statement(lines, at)
        if length:
            statements += 1
        elif not statements or not _may_be_output(lines[at]):
            return whole
        at += length or 1
    return None


def _syntax_error(text: str) -> str | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except SyntaxError as error:
            return f"line {error.lineno}: {error.msg}"
        except (ValueError, RecursionError, MemoryError) as error:
            return f"it cannot be read ({type(error).__name__})"
    return None


def _statement(lines: list[str], at: int) -> int:
    """How many lines the statement has that begins here; 0 where none does."""
    if not lines[at].strip() or lines[at].lstrip().startswith(("#", "%", "!")):
        return 1
    for end in range(at + 1, min(at + _LONGEST_STATEMENT, len(lines)) + 1):
        goes_on = end < len(lines) and re.match(r"\s|(?:else|elif|except|finally)\b|[)\]}]", lines[end])
        if not goes_on and _syntax_error("\n".join(lines[at:end])) is None:
            return end - at
    return 0


def _may_be_output(line: str) -> bool:
    """Whether a line that is no Python may be what Python printed."""
    words = re.findall(r"[A-Za-z_]\w*", line)
    begins_statement = bool(words) and line.lstrip().startswith(words[0]) and (
        keyword.iskeyword(words[0]) or words[0] in ("print", "match")
    )  # fmt: skip
    assigns = re.match(r"\s*[\w.\[\]\"', ]+\s*(?:[-+*/|&]|//)?=(?!=)", line)
    return not (begins_statement or assigns or line.rstrip().endswith((":", "\\", "(", "[", "{", ",")))


def _pycon(code: str) -> str | None:
    for example in examples(code):
        if (wrong := _syntax_error(example.source)) is not None:
            line = int(re.search(r"\d+", wrong)[0]) if re.match(r"line \d", wrong) else 1  # type: ignore[index]
            return f"line {example.lineno + line}: {wrong.partition(': ')[2] or wrong}"
    return None


def examples(code: str) -> list[doctest.Example]:
    """What was typed at prompts, with what was printed; lines before the first prompt are no part of it."""
    text = "\n".join(_at_prompts(dedent(code.expandtabs(4)).split("\n")))
    try:
        return doctest.DocTestParser().get_examples(text)
    except ValueError:
        return []


def _at_prompts(lines: list[str]) -> Iterator[str]:
    """The lines as doctest takes them: a space behind prompts, no shell's prompts, none that wait for input."""
    for line in lines:
        bare = line.strip()
        if bare in (">>>", "...") or bare.startswith("$ "):
            yield ""
        else:
            yield re.sub(r"^(>>>|\.\.\.)(?=\S)", r"\1 ", bare) if bare.startswith((">>>", "...")) else line


# ------------------------------------------------------------------------------------------------- others


def _json(code: str) -> str | None:
    try:
        json.loads(code)
    except json.JSONDecodeError as error:
        return f"line {error.lineno}: {error.msg}"
    except RecursionError:
        return "it is nested too deeply"
    return None


def _toml(code: str) -> str | None:
    try:
        tomllib.loads(code)
    except tomllib.TOMLDecodeError as error:
        return str(error)
    return None


def _yaml(code: str) -> str | None:
    import yaml

    try:
        list(yaml.safe_load_all(code))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return f"line {mark.line + 1 if mark else 1}: {getattr(error, 'problem', None) or 'not YAML'}"
    return None


def _bash(code: str) -> str | None:
    """Parsed by bash itself, which runs nothing with -n."""
    program = which("bash")
    lines = [line[2:] if line.startswith("$ ") else line for line in code.splitlines()]
    if program is None or (
        lines != code.splitlines() and not all(line[:2] == "$ " for line in code.splitlines())
    ):
        return None  # output stands between what was typed
    try:
        ran = subprocess.run(
            [program, "-n"],
            input="\n".join(lines) + "\n",
            capture_output=True,
            text=True,
            timeout=_CHECK_S,
            env={},
        )
    except (subprocess.TimeoutExpired, OSError):
        return None
    said = re.sub(r"^[^:]*: ", "", ran.stderr.strip().split("\n")[0])
    return None if ran.returncode == 0 else said or "not a script"


_CHECKERS: dict[str, Callable[[str], str | None]] = {
    "python": _python, "pycon": _pycon, "json": _json, "toml": _toml, "yaml": _yaml, "bash": _bash,
}  # fmt: skip
CHECKED = frozenset(_CHECKERS)
"""Languages that a checker is at hand for."""
