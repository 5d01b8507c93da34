"""Claims about tokens: found in prose, and decided without a single false alarm on the labelled set."""

from __future__ import annotations

import json
import time
from pathlib import Path

import markdown
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpe_reference.claims import check, main

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "data"
LABELLED = [
    json.loads(line) for line in (HERE / "claims_labelled.jsonl").read_text(encoding="utf-8").splitlines()
]


def verdicts(text: str, **how: bool) -> list[str]:
    return [claim.verdict for claim in check(text, **how)]


def test_the_labelled_set_is_what_it_should_be() -> None:
    labels = [row["label"] for row in LABELLED]
    assert len(labels) >= 60
    assert 0.4 <= labels.count("false") / len(labels) <= 0.6
    assert len({row["text"] for row in LABELLED}) == len(LABELLED)


def test_precision_and_recall_on_the_labelled_set() -> None:
    flagged = {row["text"] for row in LABELLED if "false" in verdicts(row["text"])}
    wrong = {row["text"] for row in LABELLED if row["label"] == "false"}
    assert flagged - wrong == set(), "false alarms"
    recall = len(flagged & wrong) / len(wrong)
    assert recall >= 0.94, sorted(wrong - flagged)


def test_right_prose_is_recognized_as_right() -> None:
    right = {row["text"] for row in LABELLED if row["label"] == "true"}
    found = {text for text in right if "true" in verdicts(text)}
    assert len(found) / len(right) >= 0.96, sorted(right - found)


WRITTEN = [
    json.loads(line) for line in (HERE / "claims_written.jsonl").read_text(encoding="utf-8").splitlines()
]
"""As language models write: lists, tables, arrows, code. `report` was written after the patterns were made."""


def test_what_language_models_write() -> None:
    found = {row["text"]: verdicts(row["text"], html=row["text"].startswith("<")) for row in WRITTEN}
    alarms = [row["text"] for row in WRITTEN if row["label"] != "false" and "false" in found[row["text"]]]
    assert alarms == []
    for part, least in (("tune", 0.92), ("report", 0.8)):
        wrong = [row["text"] for row in WRITTEN if (row["part"], row["label"]) == (part, "false")]
        missed = [text for text in wrong if "false" not in found[text]]
        assert len(missed) <= (1 - least) * len(wrong), missed


@pytest.mark.parametrize("name", ["karpathy-sample.md", "whisper-large.vtt"])
def test_the_lecturers_own_words_raise_no_alarm(name: str) -> None:
    path = SHARED / "lecture-zduSFxRajkE" / name
    if not path.exists():
        pytest.skip(f"the measurement data is not here: shared/data/lecture-zduSFxRajkE/{name}")
    claims = check(path.read_text(encoding="utf-8"))
    assert [claim for claim in claims if claim.verdict == "false"] == []
    assert sum(claim.verdict == "true" for claim in claims) >= 3


def test_other_courses_raise_no_alarm() -> None:
    files = sorted((SHARED / "hf-course" / "en").glob("*.srt"))
    if not files:
        pytest.skip("the measurement data is not here: shared/data/hf-course")
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    about_tokens = {path: text for path, text in texts.items() if text.lower().count("token") >= 5}
    assert len(about_tokens) > 10
    for path, text in about_tokens.items():
        claims = check(text)
        assert [claim for claim in claims if claim.verdict == "false"] == [], path.name


# -- who it is about -----------------------------------------------------------------------------------------


def test_a_claim_is_about_the_tokenizer_last_named() -> None:
    text = '# GPT-2\n\n" the" is token 262.\n\nNow select cl100k_base.\n\n" the" is token 262. " the" is token 279.\n'
    assert [(c.verdict, c.tokenizer, c.line) for c in check(text)] == [
        ("true", "gpt2", 3),
        ("false", "cl100k_base", 7),
        ("true", "cl100k_base", 7),
    ]


def test_without_a_name_nothing_can_be_told() -> None:
    assert verdicts('" the" is token 263.') == ["unknown"]
    assert [c.verdict for c in check('" the" is token 263.', tokenizer="gpt2")] == ["false"]


def test_code_names_the_tokenizer_of_its_own_calls() -> None:
    code = '```\nenc = tiktoken.get_encoding("{}")\nenc.encode("hello world")\n[15339, 1917]\n```\n'
    assert verdicts(code.format("cl100k_base")) == ["true"]
    assert verdicts(code.format("gpt2")) == ["false"]
    assert verdicts(code.format("o200k_base")) == ["unknown"]
    assert verdicts(
        'GPT-2:\n\n```\nencode("hello world") # [1, 2]\nour.encode("hi") # [104, 105]\n```\n'
    ) == ["unknown"]


def test_the_truth_is_told_with_the_verdict() -> None:
    (claim,) = check('In GPT-2 "hello world" is encoded as 31373, 318, 984.')
    assert (claim.verdict, claim.kind) == ("false", "ids")
    assert "31373, 995" in claim.truth


# -- kinds of text ---------------------------------------------------------------------------------------------

PAGE = """<!doctype html>
<html><head><title>GPT-2</title><style>p { margin: 31373 }</style>
<script>const ids = "hello world = 1, 2, 3"; // GPT-4</script></head>
<body><h1>GPT-2 &amp; its tokens</h1>
<p>The token <code> at</code> is
379 and <code> the</code> is token <b>226</b>.</p>
<figure class="tokens"><span>hello</span> = <span>1, 2</span></figure>
<p>&ldquo;hello world&rdquo; is encoded as 31373, 995.</p>
<pre><code>enc = tiktoken.get_encoding("gpt2")
enc.encode("hello world")
# [31373, 318]</code></pre>
</body></html>"""


def test_html_is_read_with_its_lines() -> None:
    claims = check(PAGE, html=True)
    assert [(c.verdict, c.line) for c in claims] == [("true", 5), ("false", 6), ("true", 8), ("false", 10)]


def test_markdown_and_html_of_the_same_text_agree() -> None:
    # Markdown loses code that is spaces alone, so there is nothing left to agree on.
    rows = [row for row in LABELLED if not any(part in row["text"] for part in ("```", "|", "`    `"))]
    for row in rows:
        page = markdown.markdown(row["text"])
        assert ("false" in verdicts(page, html=True)) == ("false" in verdicts(row["text"])), row["text"]


def test_ids_under_a_string() -> None:
    assert verdicts("GPT-2\n\n`hello world`\n\n31373, 995\n") == ["true"]
    assert verdicts('GPT-2\n\n"hello world"\n[31373, 318, 984]\n') == ["false"]
    assert verdicts("GPT-2\n\n```\nhello world\n[31373, 318, 984]\n```\n") == ["false"]


@given(st.text(st.sampled_from('ab1279 ,."`|[](){}<>*_\n#-=tokens is') | st.characters(), max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_is_survived(text: str) -> None:
    for html in (False, True):
        for claim in check("GPT-2 " + text, html=html):
            assert claim.verdict in ("true", "false", "unknown")
            assert 1 <= claim.line <= text.count("\n") + 1


ENDLESS = {
    "ids": 'GPT-2 "a" is ' + "1, " * 1500,
    "strings": "GPT-2 " + '"a" and ' * 700,
    "fillers": 'GPT-2 "a" is ' + "the " * 2000,
    "adverbs": '"a"' + " just" * 2000,
    "numbers": "GPT-2 " + "1 and " * 1000 + "are 3 tokens",
    "escapes": "```\nx.encode('" + "\\\\" * 3000,
    "calls": "```\n" + "x.encode('" * 1000,
    "digits": '"a" is [' + "1" * 3000,
    "brackets": '"a" ' + "(a" * 3000 + ")" * 3000,
    "marks": "`" * 5000 + "*" * 5000 + "<" * 5000,
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=list(ENDLESS))
def test_no_text_takes_long(text: str) -> None:
    """A model's reply is not trusted: it must not be able to hang the check."""
    start = time.process_time()
    check(text)
    check(text, html=True)
    assert time.process_time() - start < 10


# -- the command -------------------------------------------------------------------------------------------------


def test_the_command_prints_a_line_a_claim_and_exits_1_on_a_false_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad, page = tmp_path / "good.md", tmp_path / "bad.md", tmp_path / "page.html"
    good.write_text("In GPT-2, 127 is a single token.\n")
    bad.write_text('# GPT-2\n\n"Egg" is a single token.\n')
    page.write_text(PAGE)
    assert main([good]) == 0
    assert capsys.readouterr().out.startswith(f"true    {good}:1  127 is a single token [gpt2]")
    assert main([str(good), str(bad)]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[1].startswith(f'false   {bad}:3  "Egg" is a single token')
    assert '36, 1130 ("E" "gg")' in out[1]
    assert main([page]) == 1


def test_a_file_that_cannot_be_read_is_said_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "latin.md").write_bytes(b"\xff\xfe")
    for name in ("missing.md", "latin.md"):
        assert main([tmp_path / name]) == 2
        message = capsys.readouterr().err
        assert len(message.splitlines()) == 3
        assert name in message
