"""A program that is run is shut in: it calculates and prints, and gets at nothing else, however it tries."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import sandbox
from pipeline.sandbox import Limits

SECRET = "the-key-is-4711"


@pytest.fixture(autouse=True, scope="module")
def _shut_in() -> None:
    if (why := sandbox.unavailable()) is not None:
        from components import absent

        absent(f"what shuts a program in ({why})")


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    path = tmp_path / "canary.txt"
    path.write_text(SECRET)
    return path


@pytest.fixture
def port() -> Iterator[int]:
    """A server that would answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)

        def answer() -> None:
            try:
                while True:
                    server.accept()[0].close()
            except OSError:
                return

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


# Each prints ESCAPED where it gets what it wants. {canary}, {port}, {parent} and {fd} are filled in.
ESCAPES = {
    "read a file": "print(open('{canary}').read()); print('ESCAPED')",
    "read the users": "print(open('/etc/passwd').read()); print('ESCAPED')",
    "list the root": "import os; print(os.listdir('/'), 'ESCAPED')",
    "list by walking up": "import os; os.chdir('..'); print(os.listdir('.'), 'ESCAPED')",
    "overwrite a file": "open('{canary}', 'w').write('x'); print('ESCAPED')",
    "append to a file": "open('{canary}', 'a').write('x'); print('ESCAPED')",
    "truncate a file": "import os; os.truncate('{canary}', 0); print('ESCAPED')",
    "delete a file": "import os; os.remove('{canary}'); print('ESCAPED')",
    "rename a file away": "import os; os.rename('{canary}', 'mine'); print('ESCAPED')",
    "make a file beside it": "open('{canary}.new', 'w'); print('ESCAPED')",
    "read through a symbolic link": "import os; os.symlink('{canary}', 'l'); print(open('l').read(), 'ESCAPED')",
    "read through a hard link": "import os; os.link('{canary}', 'l'); print(open('l').read(), 'ESCAPED')",
    "change a file's mode": "import os; os.chmod('{canary}', 0); print('ESCAPED')",
    "read the parent's environment": "print(open('/proc/{parent}/environ').read(), 'ESCAPED')",
    "read its memory": "print(open('/proc/self/mem', 'rb').read(1), 'ESCAPED')",
    "read an open file of the parent": "import os; print(os.pread({fd}, 99, 0), 'ESCAPED')",
    "connect by TCP": "import socket; socket.create_connection(('127.0.0.1', {port}), 5); print('ESCAPED')",
    "send by UDP": "import socket; socket.socket(2, 2).sendto(b'x', ('127.0.0.1', 53)); print('ESCAPED')",
    "pair up sockets": "import socket; socket.socketpair(); print('ESCAPED')",
    "start a program": "import subprocess; print(subprocess.run(['/bin/echo', 'ESCAPED'], capture_output=True).stdout)",
    "start a program as posix_spawn": "import os; os.posix_spawn('/bin/echo', ['echo', 'ESCAPED'], {{}})",
    "become a program": "import os; os.execv('/bin/echo', ['echo', 'ESCAPED'])",
    "fork": "import os; os.fork(); print('ESCAPED')",
    "fork by a bare system call": (
        "import ctypes, platform; c = ctypes.CDLL(None); n = 57 if platform.machine() == 'x86_64' else 220\n"
        "print('ESCAPED' if c.syscall(n, 17, 0, 0, 0, 0) >= 0 else 'no')"
    ),
    "open a socket by a bare system call": (
        "import ctypes, platform; c = ctypes.CDLL(None); n = 41 if platform.machine() == 'x86_64' else 198\n"
        "print('ESCAPED' if c.syscall(n, 2, 1, 0) >= 0 else 'no')"
    ),
    "kill the parent": "import os; os.kill({parent}, 0); print('ESCAPED')",
    "kill the parent by a signal of its group": "import os; os.killpg(os.getpgid({parent}), 0); print('ESCAPED')",
    "trace the parent": (
        "import ctypes, platform; c = ctypes.CDLL(None)\n"
        "print('ESCAPED' if c.ptrace(16, {parent}, 0, 0) >= 0 else 'no')"
    ),
    "mount": "import ctypes; print('ESCAPED' if ctypes.CDLL(None).mount(b'n', b'.', b'tmpfs', 0, None) == 0 else 'no')",
    "make namespaces": "import ctypes; print('ESCAPED' if ctypes.CDLL(None).unshare(0x10000000) == 0 else 'no')",
    "raise its limits": (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1)); b = bytearray(1 << 30); print('ESCAPED')"
    ),
    "take memory": "b = bytearray(2 << 30); print('ESCAPED')",
    "write a huge file": "f = open('f', 'wb'); f.write(b'x' * (8 << 20)); f.flush(); print('ESCAPED')",
    "see what the environment says": "import os; print([k for k in os.environ if 'KEY' in k] and 'ESCAPED')",
    "ask for input": "print(input(), 'ESCAPED')",
}
OPEN_TO_ANYBODY = ("read a file", "list the root", "overwrite a file", "read through a symbolic link", "connect by TCP",
                   "start a program", "become a program", "fork", "fork by a bare system call", "kill the parent",
                   "open a socket by a bare system call", "see what the environment says", "pair up sockets",
                   "read the parent's environment")  # fmt: skip


def filled(name: str, canary: Path, port: int, fd: int) -> str:
    return ESCAPES[name].format(canary=canary, port=port, parent=os.getpid(), fd=fd)


@pytest.mark.parametrize("name", ESCAPES)
def test_no_escape(name: str, canary: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    with canary.open() as held:
        os.set_inheritable(held.fileno(), True)
        ran = sandbox.run(filled(name, canary, port, held.fileno()))
    assert "ESCAPED" not in ran.output
    assert SECRET not in ran.output + ran.errors
    assert canary.read_text() == SECRET
    assert sorted(path.name for path in canary.parent.iterdir()) == ["canary.txt"]


@pytest.mark.parametrize("name", OPEN_TO_ANYBODY)
def test_the_same_attempts_succeed_outside(
    name: str, canary: Path, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the tests above can fail."""
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    program = filled(name, canary, port, 0)
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, timeout=60
    )
    assert "ESCAPED" in ran.stdout


@pytest.mark.parametrize(
    ("program", "stopped"),
    [
        ("while True: pass", None),
        ("import time; time.sleep(99)", "time"),
        ("while True: print('x' * 1000)", "output"),
        ("for n in range(99999): open(str(n), 'wb').write(b'x' * 100000)", "disk"),
        (
            "import os; os.close(1); os.close(2)\nfor n in range(99999): open(str(n), 'wb').write(b'x' * 100000)",
            "disk",
        ),
    ],
    ids=["processor", "clock", "output", "disk", "disk in silence"],
)
def test_what_does_not_end_is_ended(program: str, stopped: str | None) -> None:
    start_s = time.monotonic()
    ran = sandbox.run(program, Limits(time_s=2.0 if stopped == "time" else 20.0, cpu_s=2))
    assert ran.stopped == stopped
    assert stopped is not None or ran.code not in (0, None)
    assert time.monotonic() - start_s < 25
    assert len(ran.output) <= 64 << 10


def test_what_calculates_runs() -> None:
    ran = sandbox.run(
        "import json, re, threading\n"
        "open('own.txt', 'w').write('kept')\n"
        "thread = threading.Thread(target=lambda: print('in a thread'))\nthread.start(); thread.join()\n"
        "print(json.dumps(sorted({'b', 'a'})), open('own.txt').read(), 'é👋')\n"
    )
    assert (ran.output, ran.errors, ran.code) == ('in a thread\n["a", "b"] kept é👋\n', "", 0)


def test_errors_are_told() -> None:
    ran = sandbox.run("print('so far')\n1 / 0")
    assert (ran.output, ran.code) == ("so far\n", 1)
    assert "ZeroDivisionError" in ran.errors


def test_where_nothing_can_be_shut_in_nothing_is_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sandbox, "unavailable", lambda: "no Landlock")
    mark = tmp_path / "ran"
    with pytest.raises(RuntimeError, match="no Landlock"):
        sandbox.run(f"open({str(mark)!r}, 'w')")
    assert not mark.exists()


def test_a_wall_that_cannot_be_put_up_is_noticed() -> None:
    """The child refuses by itself: here, without Landlock's system calls, as on an old kernel."""
    code = (
        "from pipeline import sandbox_child as child\n"
        "child._LANDLOCK_CREATE_RULESET = 9999\n"
        "import os, sys, tempfile; folder = tempfile.mkdtemp()\n"
        "open(folder + '/program.py', 'w').write('print(\"ran\")')\n"
        "sys.exit(child.main(folder, dict(cpu_s=5, memory=1 << 29, file=1 << 20)))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout) == (71, "")
    assert "Landlock" in ran.stderr
