"""Runs one Python program where it can do no harm; started by `sandbox.py`, never imported by the program.

    python -I -S -B sandbox_child.py FOLDER LIMITS

shuts itself in and then runs `FOLDER/program.py`. Four walls, none of which needs a privilege:

- resource limits: processor time, memory, size of a file, open files;
- Landlock: of the file system, the folder may be read and written, Python's own library read, and nothing else;
- seccomp: only system calls that a lone calculating process needs. No sockets, no processes, no programs, no
  signals to others, no tracing, no mounts; what is not listed is refused;
- an empty environment and no open files, which the parent sees to.

Standard library only: this file runs before, and without, any installed package.

Sources: landlock(7), seccomp(2), the kernel's `syscall_64.tbl` and `unistd.h`.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import resource
import struct
import sys
import sysconfig

EXIT_NO_WALLS = 71
"""The walls could not be put up; the program was not run."""

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446

# Landlock's rights by the version of its interface that brought them: bits of `handled_access_fs`.
_RIGHTS_BY_VERSION = {1: 13, 2: 14, 3: 15, 5: 16}
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG, _MAKE_SYM, _TRUNCATE = 16, 32, 128, 256, 4096, 1 << 14
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_WRITE = _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _MAKE_SYM

_ARCHES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
"""Machine → what seccomp calls it, and the column of `_CALLS`."""

# Name → numbers on x86_64 and aarch64 (-1: not there).
_CALLS = {
    "read": (0, 63), "write": (1, 64), "open": (2, -1), "close": (3, 57), "stat": (4, -1), "fstat": (5, 80),
    "lstat": (6, -1), "poll": (7, -1), "lseek": (8, 62), "mmap": (9, 222), "mprotect": (10, 226),
    "munmap": (11, 215), "brk": (12, 214), "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139), "pread64": (17, 67), "pwrite64": (18, 68), "readv": (19, 65), "writev": (20, 66),
    "access": (21, -1), "select": (23, -1), "sched_yield": (24, 124), "mremap": (25, 216), "madvise": (28, 233),
    "dup": (32, 23), "dup2": (33, -1), "nanosleep": (35, 101), "getpid": (39, 172), "exit": (60, 93),
    "uname": (63, 160), "fcntl": (72, 25), "fsync": (74, 82), "ftruncate": (77, 46), "getcwd": (79, 17),
    "chdir": (80, 49), "rename": (82, -1), "mkdir": (83, -1), "rmdir": (84, -1), "unlink": (87, -1),
    "symlink": (88, -1), "readlink": (89, -1), "gettimeofday": (96, 169), "sysinfo": (99, 179), "times": (100, 153),
    "getuid": (102, 174), "getgid": (104, 176), "geteuid": (107, 175), "getegid": (108, 177), "getppid": (110, 173),
    "sigaltstack": (131, 132), "arch_prctl": (158, -1), "gettid": (186, 178), "futex": (202, 98),
    "sched_getaffinity": (204, 123), "getdents64": (217, 61), "set_tid_address": (218, 96),
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "exit_group": (231, 94),
    "openat": (257, 56), "mkdirat": (258, 34), "newfstatat": (262, 79), "unlinkat": (263, 35),
    "renameat": (264, 38), "symlinkat": (266, 36), "readlinkat": (267, 78), "faccessat": (269, 48),
    "pselect6": (270, 72), "ppoll": (271, 73), "set_robust_list": (273, 99), "dup3": (292, 24),
    "pipe2": (293, 59), "getrandom": (318, 278), "membarrier": (324, 283), "statx": (332, 291),
    "rseq": (334, 293), "renameat2": (316, 276), "faccessat2": (439, 439),
}  # fmt: skip
_CLONE = (56, 220)
_CLONE3 = 435
_CLONE_THREAD = 0x00010000

_ERRNO, _ALLOW, _KILL = 0x00050000, 0x7FFF0000, 0x80000000
_EPERM, _ENOSYS = 1, 38


class NoWalls(Exception):
    """This machine cannot shut a program in; says why."""


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(number: int, *arguments: object) -> int:
    libc = _libc()
    libc.syscall.restype = ctypes.c_long
    return int(libc.syscall(ctypes.c_long(number), *arguments))


# -------------------------------------------------------------------------------------------------- walls


def limit(limits: dict[str, int]) -> None:
    """Processor seconds, bytes of memory and of a file, open files; no core dumps."""
    for kind, most in (
        (resource.RLIMIT_CPU, limits["cpu_s"]),
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_FSIZE, limits["file"]),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def restrict_files(folder: str) -> None:
    """The folder may be read and written, Python's library read, nothing else."""
    version = _call(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < 1:
        raise NoWalls("the kernel has no Landlock (Linux 5.13 or newer, switched on)")
    rights = max(bits for since, bits in _RIGHTS_BY_VERSION.items() if since <= version)
    handled = (1 << rights) - 1
    attributes = struct.pack("=Q", handled)
    if version >= 4:  # binding and connecting of TCP sockets
        attributes = struct.pack("=QQ", handled, 3)
    if version >= 6:  # abstract sockets and signals out of here
        attributes = struct.pack("=QQQ", handled, 3, 3)
    ruleset = _call(
        _LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0)
    )
    if ruleset < 0:
        raise NoWalls(f"Landlock refuses a rule set (error {ctypes.get_errno()})")
    for path, wanted in _allowed(folder):
        _allow(ruleset, path, wanted & handled)
    _no_new_privileges()
    if _call(_LANDLOCK_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)) != 0:
        raise NoWalls(f"Landlock does not restrict (error {ctypes.get_errno()})")
    os.close(ruleset)


def _allowed(folder: str) -> list[tuple[str, int]]:
    libraries = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
        mapped = [line.split(None, 5)[5].strip() for line in maps if len(line.split(None, 5)) == 6]
    libraries |= {os.path.dirname(path) for path in mapped if path.startswith("/") and ".so" in path}
    return [
        (folder, _READ | _WRITE | _TRUNCATE),
        *((path, _READ) for path in sorted(libraries)),
        ("/etc/ld.so.cache", _READ_FILE),
    ]


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    rule = struct.pack("=Qi", rights, handle)
    if _call(_LANDLOCK_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(1), rule, ctypes.c_uint32(0)) != 0:
        raise NoWalls(f"Landlock refuses a rule (error {ctypes.get_errno()})")
    os.close(handle)


def _no_new_privileges() -> None:
    if _libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise NoWalls("the kernel does not let privileges be given up")


def restrict_calls() -> None:
    """Only the system calls listed; threads, but no processes."""
    machine = platform.machine()
    if machine not in _ARCHES or sys.maxsize < 2**32:
        raise NoWalls(f"system calls of this machine ({machine}) are not known here")
    arch, column = _ARCHES[machine]
    code = _filter(
        arch, sorted(pair[column] for pair in _CALLS.values() if pair[column] >= 0), _CLONE[column]
    )
    buffer = ctypes.create_string_buffer(code)
    # struct sock_fprog: a count, padding, a pointer.
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    _no_new_privileges()
    if _libc().prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, program, 0, 0) != 0:
        raise NoWalls(f"the kernel takes no filter of system calls (error {ctypes.get_errno()})")


def _filter(arch: int, allowed: list[int], clone: int) -> bytes:
    """The filter as a program for the kernel's packet filter; every jump goes to the next instruction or skips one."""

    def op(code: int, yes: int, no: int, value: int) -> bytes:
        return struct.pack("HBBI", code, yes, no, value)

    load, equal, at_least, bits, leave = 0x20, 0x15, 0x35, 0x45, 0x06
    refuse = op(leave, 0, 0, _ERRNO | _EPERM)
    steps = [
        op(load, 0, 0, 4), op(equal, 1, 0, arch), op(leave, 0, 0, _KILL),
        op(load, 0, 0, 0), op(at_least, 0, 1, 0x40000000), refuse,  # numbers of x32
        op(equal, 0, 1, _CLONE3), op(leave, 0, 0, _ERRNO | _ENOSYS),
        # A clone that is no thread is a process. Arguments begin at 16; the flags are the first.
        op(equal, 0, 4, clone), op(load, 0, 0, 16), op(bits, 0, 1, _CLONE_THREAD), op(leave, 0, 0, _ALLOW), refuse,
    ]  # fmt: skip
    for number in allowed:
        steps += [op(equal, 0, 1, number), op(leave, 0, 0, _ALLOW)]
    return b"".join([*steps, refuse])


# ---------------------------------------------------------------------------------------------------- run


def main(folder: str, limits: dict[str, int]) -> int:
    """Put up the walls, run the program.

    Returns:
        `EXIT_NO_WALLS`, the reason on standard error, where the walls cannot be put up.
    """
    with open(os.path.join(folder, "program.py"), encoding="utf-8") as file:
        source = file.read()
    os.chdir(folder)
    try:
        limit(limits)
        restrict_files(folder)
        restrict_calls()
    except (NoWalls, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return EXIT_NO_WALLS
    sys.argv[:] = ["program.py"]
    exec(compile(source, "program.py", "exec"), {"__name__": "__main__", "__builtins__": __builtins__})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], json.loads(sys.argv[2])))
