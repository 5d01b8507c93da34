"""Installs the extra openai-whisper into the environment that runs this: `python tools/openai_whisper.py LOCK`.

On Linux the package index's torch is the CUDA build, which draws in gigabytes of libraries and does not even
import without them. So where there is no NVIDIA GPU, torch's CPU build is taken (about 200 MB): from whatever
indexes pip is set up with if one has it, else from PyTorch's own. Everything else is pinned by the lock, with
hashes; of torch's CPU build the lock knows the version, and the hash is the one that its index states.

    TORCH=cuda    takes the CUDA build all the same
    TORCH=cpu     takes the CPU build although there is a GPU
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

PYTORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
ONLY_CUDA = ("torch", "triton", "nvidia-", "cuda-")
"""What the lock holds for the CUDA build: names, and beginnings of names."""
NOT_INSTALLED = 8


def main(lock: Path) -> int:
    text = lock.read_text(encoding="utf-8")
    cpu = wants_cpu_build(platform.system(), has_gpu(), os.environ)
    if cpu and (failed := _install_cpu_torch(torch_version(text))):
        return failed
    kept = "".join(without_cuda(text)) if cpu else text
    with tempfile.TemporaryDirectory() as folder:
        pinned = Path(folder) / "requirements.txt"
        pinned.write_text(kept, encoding="utf-8")
        # The lock is complete, so nothing has to be looked up; openai-whisper is built with the lock's setuptools.
        common = ("--no-deps", "--require-hashes")
        first = Path(folder) / "build.txt"
        first.write_text("".join(_blocks_of(kept, "setuptools")), encoding="utf-8")
        for arguments in ((*common, "-r", first), (*common, "--no-build-isolation", "-r", pinned)):
            if failed := _pip(*map(str, arguments)):
                return failed
    return 0


def wants_cpu_build(system: str, gpu: bool, environment: Mapping[str, str]) -> bool:
    """Whether torch has to come from elsewhere; outside Linux the package index has the CPU build itself."""
    chosen = environment.get("TORCH", "")
    return system == "Linux" and (chosen == "cpu" or (chosen != "cuda" and not gpu))


def has_gpu() -> bool:
    """Whether NVIDIA's driver lists a GPU."""
    if (program := shutil.which("nvidia-smi")) is None:
        return False
    listed = subprocess.run([program, "-L"], capture_output=True, text=True, check=False)
    return listed.returncode == 0 and "GPU " in listed.stdout


def torch_version(lock: str) -> str:
    """The version of torch in a lock.

    >>> torch_version("sympy==1.0 \\\\\\n    --hash=sha256:00\\ntorch==2.13.0 \\\\\\n    --hash=sha256:01\\n")
    '2.13.0'
    """
    found = re.search(r"^torch==([\w.]+)", lock, re.MULTILINE)
    if found is None:
        raise SystemExit("setup: the lock holds no torch; make lock makes it anew")
    return found[1]


def without_cuda(lock: str) -> Iterator[str]:
    """The lock's blocks (a requirement, its hashes and comments) that the CPU build needs."""
    for name, block in _blocks(lock):
        if not name.startswith(ONLY_CUDA):
            yield block


def _blocks_of(lock: str, wanted: str) -> Iterator[str]:
    return (block for name, block in _blocks(lock) if name == wanted)


def _blocks(lock: str) -> Iterator[tuple[str, str]]:
    for block in re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE):
        if block.strip():
            yield re.split(r"[=\[; ]", block, maxsplit=1)[0], block


def _install_cpu_torch(version: str) -> int:
    wanted = f"torch=={version}+cpu"
    if _installed("torch") == f"{version}+cpu":
        return 0
    print(f"setup: there is no NVIDIA GPU: installing {wanted} (about 200 MB) ...", file=sys.stderr)
    # An index may lack it, and PyTorch's own may be out of reach: the first that has it serves.
    for more in ((), ("--index-url", PYTORCH_CPU_INDEX, "--retries", "1")):
        if _pip("--no-deps", *more, wanted, quiet=True) == 0:
            return 0
    print(
        f"setup: no index that pip is set up with has {wanted}, and PyTorch's own did not serve it either\n"
        "  kept: the environment as it was; the engine faster-whisper works\n"
        "  fix: name an index that has it in pip's configuration, or take the CUDA build, several gigabytes, with"
        " TORCH=cuda make article ENGINE=openai-whisper URL=...",
        file=sys.stderr,
    )
    return NOT_INSTALLED


def _installed(name: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _pip(*arguments: str, quiet: bool = False) -> int:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, check=False, stdout=sys.stderr, stderr=subprocess.PIPE, text=True)
    if done.returncode and not quiet:
        print(done.stderr.strip(), file=sys.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
