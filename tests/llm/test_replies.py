"""The store of replies: kept the moment they arrive, read back, moved aside when they cannot be used."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ModelError
from pipeline.interfaces import Message, Reply, Request
from pipeline.replies import Asker, Replies, Unusable, identity

ASKED = Request(messages=(Message("system", "be brief"), Message("user", "hello")), max_tokens=50)


class Queue:
    """A model that answers from a queue and remembers what it was asked."""

    name = "queue"
    sees = False
    takes_grammar = False
    context_tokens = 1000

    def __init__(self, *answers: str | BaseException) -> None:
        self.answers = deque(answers)
        self.asked: list[Request] = []

    def complete(self, request: Request) -> Reply:
        self.asked.append(request)
        answer = self.answers.popleft()
        if isinstance(answer, BaseException):
            raise answer
        return Reply(answer, finished=True, tokens_in=10, tokens_out=len(answer))


def accept(reply: Reply) -> str:
    if reply.text.startswith("bad"):
        raise Unusable(f"{reply.text} is bad")
    return reply.text


def test_a_reply_is_read_back_by_the_next_run(tmp_path: Path) -> None:
    first, second = Queue("good"), Queue()
    assert Asker(first, Replies(tmp_path)).ask(ASKED, accept, "write ch01") == "good"
    later = Asker(second, Replies(tmp_path))
    assert later.ask(ASKED, accept, "write ch01") == "good"
    assert second.asked == []
    assert (later.usage.calls, later.usage.read_back) == (0, 1)


def test_a_bad_reply_is_moved_aside_and_the_good_one_found_again(tmp_path: Path) -> None:
    model = Queue("bad 1", "good")
    asker = Asker(model, Replies(tmp_path))
    assert asker.ask(ASKED, accept, "write ch01") == "good"
    correction = model.asked[1].messages
    assert correction[-2] == Message("assistant", "bad 1")
    assert "bad 1 is bad" in correction[-1].text
    assert model.asked[1].seed != ASKED.seed
    assert asker.usage.calls == 2
    assert Asker(Queue(), Replies(tmp_path)).ask(ASKED, accept, "write ch01") == "good"
    assert sum(reply.tokens_out for reply in Replies(tmp_path).usage()) == len("bad 1") + len("good")


def test_after_bounded_attempts_the_next_run_asks_anew(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"write ch03: bad 3 is bad \(asked 3 times\)") as caught:
        Asker(Queue("bad 1", "bad 2", "bad 3"), Replies(tmp_path)).ask(ASKED, accept, "write ch03")
    assert "rejected-3" in caught.value.kept
    assert len(list(tmp_path.glob("*.rejected-*.json"))) == 3
    assert Asker(Queue("good"), Replies(tmp_path)).ask(ASKED, accept, "write ch03") == "good"


def stop_at(fatal: int) -> Callable[[Reply], str]:
    """A check that refuses what is bad, in a run that is killed at the `fatal`-th reply it looks at."""
    looked = 0

    def check(reply: Reply) -> str:
        nonlocal looked
        looked += 1
        if looked == fatal:
            raise KeyboardInterrupt
        return accept(reply)

    return check


@pytest.mark.parametrize("refused", [1, 2])
def test_killed_after_a_refused_reply_the_next_run_asks_what_this_one_would_have(
    tmp_path: Path, refused: int
) -> None:
    answers = ("bad 1", "bad 2", "good")
    undisturbed = Queue(*answers)
    Asker(undisturbed, Replies(tmp_path / "undisturbed")).ask(ASKED, accept, "write ch01")
    # Killed while the next call is under way, so that the refused reply is the last thing on disk.
    killed = Queue(*answers[:refused])
    killed.answers.append(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        Asker(killed, Replies(tmp_path / "own")).ask(ASKED, accept, "write ch01")
    again = Queue(*answers[refused:])
    assert Asker(again, Replies(tmp_path / "own")).ask(ASKED, accept, "write ch01") == "good"
    assert again.asked == undisturbed.asked[refused:]
    made = [
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("undisturbed", "own")
    ]
    assert made[0] == made[1]


@pytest.mark.parametrize("fatal", [1, 2, 3])
def test_killed_before_a_reply_is_refused_nothing_is_asked_twice(tmp_path: Path, fatal: int) -> None:
    answers = ("bad 1", "bad 2", "good")
    killed, again = Queue(*answers), Queue(*answers[fatal:])
    with pytest.raises(KeyboardInterrupt):
        Asker(killed, Replies(tmp_path)).ask(ASKED, stop_at(fatal), "write ch01")
    assert Asker(again, Replies(tmp_path)).ask(ASKED, accept, "write ch01") == "good"
    seeds = [request.seed for request in killed.asked + again.asked]
    assert len(seeds) == len(set(seeds)) == len(answers)


def test_a_refused_reply_that_is_accepted_now_is_taken_back(tmp_path: Path) -> None:
    """A newer version's check knows better: nothing is paid for."""
    failing = Queue("bad 1", ModelError("down", fix="later"))
    with pytest.raises(ModelError, match="down"):
        Asker(failing, Replies(tmp_path)).ask(ASKED, accept, "write ch01")
    for _ in range(2):
        assert Asker(Queue(), Replies(tmp_path)).ask(ASKED, lambda reply: reply.text, "write ch01") == "bad 1"
    assert [path.name.count(".rejected") for path in tmp_path.iterdir()] == [0]


def test_a_reply_is_on_disk_before_it_is_looked_at(tmp_path: Path) -> None:
    def killed(reply: Reply) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Asker(Queue("good"), Replies(tmp_path)).ask(ASKED, killed, "write ch01")
    assert Asker(Queue(), Replies(tmp_path)).ask(ASKED, accept, "write ch01") == "good"


def test_a_failed_call_leaves_nothing_and_is_told_of(tmp_path: Path) -> None:
    told: list[Reply | None] = []
    error = ModelError("down", fix="later")
    asker = Asker(Queue(error), Replies(tmp_path), after=lambda request, reply: told.append(reply))
    with pytest.raises(ModelError, match="down"):
        asker.ask(ASKED, accept, "write ch01")
    assert told == [None]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "[]",
        lambda text: "",
        lambda text: text.replace("lecturebook-request-1", "lecturebook-request-0"),
        lambda text: text.replace('"finished"', '"ended"'),
    ],
)
def test_a_torn_file_is_asked_for_again(tmp_path: Path, spoil: Callable[[str], str]) -> None:
    Asker(Queue("old"), Replies(tmp_path)).ask(ASKED, accept, "write ch01")
    path = Replies(tmp_path).path(identity("queue", ASKED))
    path.write_text(spoil(path.read_text()))
    assert Asker(Queue("new"), Replies(tmp_path)).ask(ASKED, accept, "write ch01") == "new"


def test_what_is_kept_can_be_read_by_people(tmp_path: Path) -> None:
    Asker(Queue("good"), Replies(tmp_path)).ask(ASKED, accept, "write ch01")
    kept = json.loads(Replies(tmp_path).path(identity("queue", ASKED)).read_text())
    assert kept["request"]["messages"][1] == {"role": "user", "text": "hello", "images": []}
    assert kept["reply"]["text"] == "good"


@pytest.mark.parametrize(
    "changed",
    [
        replace(ASKED, messages=(*ASKED.messages, Message("user", "more"))),
        replace(ASKED, max_tokens=51),
        replace(ASKED, temperature=0.1),
        replace(ASKED, seed=1),
        replace(ASKED, schema={"type": "object"}),
        replace(ASKED, grammar='root ::= "a"'),
    ],
)
def test_whatever_can_change_the_reply_is_in_the_identity(changed: Request) -> None:
    assert identity("queue", changed) != identity("queue", ASKED)
    assert identity("other", ASKED) != identity("queue", ASKED)


def test_pictures_count_by_their_bytes(tmp_path: Path) -> None:
    one, same, other = (tmp_path / name for name in ("1.png", "2.png", "3.png"))
    for path, data in ((one, b"a"), (same, b"a"), (other, b"b")):
        path.write_bytes(data)
    by_path = {
        path: identity("m", Request((Message("user", "see", (path,)),), 9)) for path in (one, same, other)
    }
    assert by_path[one] == by_path[same] != by_path[other]


@given(st.text(), st.text())
def test_the_same_request_has_the_same_identity(first: str, second: str) -> None:
    def made(text: str) -> str:
        return identity("m", Request((Message("user", text),), 9, schema={"b": 1, "a": [text]}))

    assert (made(first) == made(second)) == (first == second)
