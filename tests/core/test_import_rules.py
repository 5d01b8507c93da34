"""Who may import whom: stages never each other, foreign libraries only in adapters, nothing heavy at start."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

STAGES = {"download", "screens", "transcribe", "segment", "outline", "write", "verify", "render"}
ADAPTERS_ONLY = {
    "yt_dlp", "faster_whisper", "ctranslate2", "whisper", "scenedetect", "av", "openai", "xllamacpp", "rapidocr",
    "pytesseract", "ffmpeg", "imageio_ffmpeg", "torch",
}  # fmt: skip
HEAVY = ADAPTERS_ONLY | {"cv2", "onnxruntime", "wordfreq", "huggingface_hub"}


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def modules(root: Path) -> list[Path]:
    return sorted((root / "pipeline").rglob("*.py"))


def test_stages_do_not_import_each_other(root: Path) -> None:
    for name in STAGES:
        found = imports(root / "pipeline" / f"{name}.py")
        others = {f"pipeline.{other}" for other in STAGES - {name}}
        assert not found & others, f"{name} imports {found & others}"


def test_only_adapters_import_foreign_libraries(root: Path) -> None:
    for path in modules(root):
        if path.parent.name == "adapters":
            continue
        foreign = {name for name in imports(path) if name.split(".")[0] in ADAPTERS_ONLY}
        assert not foreign, f"{path.name} imports {foreign}"


def test_stages_do_not_import_adapters(root: Path) -> None:
    for name in STAGES:
        found = {
            one for one in imports(root / "pipeline" / f"{name}.py") if one.startswith("pipeline.adapters")
        }
        assert not found, f"{name} imports {found}"


def test_the_reference_does_not_know_the_pipeline(root: Path) -> None:
    for path in (root / "bpe_reference").rglob("*.py"):
        assert not {name for name in imports(path) if name.split(".")[0] == "pipeline"}, path.name


@pytest.mark.parametrize("module", ["pipeline.cli", "pipeline.runner"])
def test_nothing_heavy_is_imported_at_start(module: str) -> None:
    code = f"import sys, {module}; print(sorted({HEAVY!r} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
