"""A lecture that is not in English, end to end: detected, heard with the multilingual model, set as German pages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from components import absent, fetch_weights

from pipeline.adapters.media import ffmpeg_binary
from pipeline.models import Transcript

SAID = (
    "Guten Tag und willkommen zu dieser Vorlesung.",
    "Heute sprechen wir über die Sprache und über die Zeit.",
    "Zuerst sehen wir uns einen kurzen Text an.",
    "Danach zählen wir, wie oft ein Wort in diesem Text steht.",
    "Am Ende kennen wir die häufigsten Wörter und wissen, was sie bedeuten.",
)


@pytest.fixture(scope="module")
def lecture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A slide, and espeak-ng speaking German."""
    if (espeak := shutil.which("espeak-ng")) is None:
        absent("espeak-ng, which speaks German here,")
    fetch_weights("base")
    folder = tmp_path_factory.mktemp("vorlesung")
    speech = folder / "speech.wav"
    subprocess.run([espeak, "-v", "de", "-s", "140", "-w", speech, " ".join(SAID)], check=True)
    picture = ("-f", "lavfi", "-i", "color=c=white:size=640x360:rate=5")
    target = folder / "vorlesung.mp4"
    encoded = ("-shortest", "-c:v", "mpeg4", "-c:a", "aac")
    command = [ffmpeg_binary(), "-nostdin", "-loglevel", "error", *picture, "-i", speech, *encoded, target]
    subprocess.run(command, check=True)
    return target


@pytest.mark.weights
@pytest.mark.slow
def test_german_lecture_end_to_end(lecture: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    settings = (f"output.folder={lecture.parent / 'out'}", "screens.ocr=none")
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", "article", str(lecture), *(x for s in settings for x in ("--set", s))],
        capture_output=True, text=True, timeout=500, env=environment | {"WRITER": "editor"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    site = Path(done.stdout.strip()).parent
    transcript = Transcript.model_validate_json((site.parent / "work" / "transcript.json").read_bytes())
    assert transcript.language == "de"
    heard = _bare(" ".join(sentence.text for sentence in transcript.sentences))
    assert SequenceMatcher(None, heard.split(), _bare(" ".join(SAID)).split()).ratio() > 0.65, heard
    page = next(site.glob("ch*.html")).read_text()
    assert '<html lang="de"' in page
    # Umlauts of what was heard stand on the page.
    spoken = [word for word in heard.split() if re.search("[äöüß]", word)]
    assert spoken
    assert any(word in page.lower() for word in spoken)


def _bare(text: str) -> str:
    return " ".join(re.sub(r"[^\w ]", " ", text.lower()).split())
