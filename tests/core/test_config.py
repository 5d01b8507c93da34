"""config.yaml and its types say the same; every mistake is reported at once."""

from pathlib import Path

import pytest
import yaml

from pipeline import config
from pipeline.errors import ConfigError


def test_config_yaml_lists_every_option_with_its_default(root: Path) -> None:
    listed = yaml.safe_load((root / "config.yaml").read_text())
    defaults = config.Config().model_dump(mode="json")
    assert listed == defaults
    assert list(listed) == list(defaults), "sections stand in the order of the code"


def test_every_option_has_a_comment_unless_its_name_says_all(root: Path) -> None:
    lines = [line for line in (root / "config.yaml").read_text().splitlines() if line.startswith("  ")]
    bare = [line.split(":")[0].strip() for line in lines if "#" not in line]
    assert set(bare) <= {"model", "temperature"}


def test_every_mistake_is_reported_with_the_nearest_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("screen: {}\nscreens: {orc: none, min_duration_s: -1}\ntranscribe: {beam_size: five}\n")
    with pytest.raises(ConfigError) as caught:
        config.load(path, ["write.wirter=editor", "nonsense"], {})
    text = str(caught.value)
    assert "5 mistakes" in text or "6 mistakes" in text
    for expected in (
        "screen: no such option; did you mean screens?",
        "screens.orc: no such option; did you mean screens.ocr?",
        "screens.min_duration_s:",
        "transcribe.beam_size:",
        "write.wirter: no such option; did you mean write.writer?",
        "--set nonsense",
    ):
        assert expected in text
    assert caught.value.exit_code == 2


def test_an_option_in_the_wrong_section_is_found_where_it_belongs() -> None:
    with pytest.raises(ConfigError, match=r"did you mean screens\.detector"):
        config.load(None, ["render.detector=content"], {})


@pytest.mark.parametrize(
    "text",
    [
        "screens: [",
        "- a list",
        "\x00",
        "screens: 3",
        "&a [*a]",
        "just text",
        "transcribe: {sources: whisper}",
    ],
)
def test_what_is_not_a_config_is_a_clear_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        config.load(path, (), {})
    assert str(caught.value).count("\n") >= 2


def test_the_command_line_wins_over_the_environment_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("write: {writer: local}\n")
    assert config.load(path, (), {}).write.writer == "local"
    assert config.load(path, (), {"WRITER": "openai"}).write.writer == "openai"
    assert config.load(path, ["write.writer=editor"], {"WRITER": "openai"}).write.writer == "editor"
    assert config.load(path, (), {"WRITER": ""}).write.writer == "local", "an empty make variable is none"


def test_an_option_that_changes_nothing_that_comes_out_is_not_in_the_key() -> None:
    fast = config.TranscribeOptions(threads=1)
    assert fast.key() == config.TranscribeOptions(threads=2).key()
    assert fast.key() != config.TranscribeOptions(threads=1, beam_size=5).key()
