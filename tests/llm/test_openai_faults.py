"""Every way an endpoint fails, over a real socket, streaming and not."""

from __future__ import annotations

import threading

import openai
import pytest
from chat_server import Answer, ChatServer

from pipeline.adapters.openai_api import EndpointModel
from pipeline.config import OpenAIOptions
from pipeline.errors import ModelError
from pipeline.interfaces import Message, Reply, Request

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
HELLO = Request(messages=(Message("system", "be brief"), Message("user", "hello")), max_tokens=50)


class Clock:
    """Records the waits asked for instead of waiting."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


def model_for(server: ChatServer, clock: Clock, *, stream: bool = True, **options: object) -> EndpointModel:
    chosen = OpenAIOptions.model_validate({"model": "m", "stream": stream, "retries": 2, **options})
    return EndpointModel(
        chosen, base_url=server.base_url, key="sk-secret-123", sleep=clock.sleep, jitter=lambda: 0.5
    )


@pytest.fixture(params=[True, False], ids=["stream", "whole"])
def stream(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_a_reply_arrives_with_its_usage(server: ChatServer, stream: bool) -> None:
    server.enqueue(Answer(text="Hello there, lecturer."))
    reply = model_for(server, Clock(), stream=stream).complete(HELLO)
    assert reply == Reply("Hello there, lecturer.", finished=True, tokens_in=3, tokens_out=5)
    assert server.headers[0]["authorization"] == "Bearer sk-secret-123"
    assert [message["content"] for message in server.requests[0]["messages"]] == ["be brief", "hello"]


def test_a_cut_reply_says_so(server: ChatServer, stream: bool) -> None:
    server.enqueue(Answer(text="half a", finish="length"))
    assert model_for(server, Clock(), stream=stream).complete(HELLO).finished is False


def test_a_refusal_is_no_text(server: ChatServer, stream: bool) -> None:
    server.enqueue(Answer(text=None, refusal="I cannot help"), Answer(text="x", finish="content_filter"))
    model = model_for(server, Clock(), stream=stream)
    first, second = model.complete(HELLO), model.complete(HELLO)
    assert first.text == second.text == ""
    assert "cannot help" in first.refusal
    assert "content filter" in second.refusal


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_passing_faults_are_tried_again_with_growing_waits(
    server: ChatServer, stream: bool, status: int
) -> None:
    clock = Clock()
    server.enqueue(
        Answer(status=status, error="busy"), Answer(status=status, error="busy"), Answer(text="at last")
    )
    assert model_for(server, clock, stream=stream).complete(HELLO).text == "at last"
    assert clock.waits == [0.75, 1.5]


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_tries_are_bounded(server: ChatServer, status: int) -> None:
    clock = Clock()
    server.respond = lambda body: Answer(status=status, error="busy as ever")
    with pytest.raises(ModelError, match=f"{status}.*busy as ever.*tried 3 times"):
        model_for(server, clock).complete(HELLO)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("status", "fix"), [(401, "OPENAI_API_KEY"), (403, "OPENAI_API_KEY"), (404, "openai.model")]
)
def test_lasting_faults_are_not_tried_again(server: ChatServer, status: int, fix: str) -> None:
    server.respond = lambda body: Answer(status=status, error="no: sk-secret-123")
    with pytest.raises(ModelError) as caught:
        model_for(server, Clock()).complete(HELLO)
    assert len(server.requests) == 1
    assert fix in caught.value.fix
    assert "sk-secret" not in str(caught.value)


def test_retry_after_is_obeyed(server: ChatServer) -> None:
    clock = Clock()
    server.enqueue(Answer(status=429, headers={"retry-after": "7"}), Answer(text="yes"))
    assert model_for(server, clock).complete(HELLO).text == "yes"
    assert clock.waits == [7.125]


def test_an_hour_of_retry_after_is_not_waited_for(server: ChatServer) -> None:
    clock = Clock()
    server.enqueue(Answer(status=429, error="slow down", headers={"retry-after": "3600"}))
    with pytest.raises(ModelError, match="slow down"):
        model_for(server, clock).complete(HELLO)
    assert clock.waits == []


def test_a_spent_account_is_not_asked_again(server: ChatServer) -> None:
    server.enqueue(Answer(status=429, error="quota", code="insufficient_quota"))
    with pytest.raises(ModelError) as caught:
        model_for(server, Clock()).complete(HELLO)
    assert "credit" in caught.value.fix
    assert len(server.requests) == 1


def test_a_connection_reset_is_tried_again(server: ChatServer, stream: bool) -> None:
    server.enqueue(Answer(reset=True), Answer(text="back"))
    assert model_for(server, Clock(), stream=stream).complete(HELLO).text == "back"


def test_a_stream_that_breaks_off_is_no_reply(server: ChatServer) -> None:
    server.enqueue(
        Answer(text="a long text that breaks", cut_after=3),
        Answer(text="ends without a reason", finish=None),
        Answer(text="whole"),
    )
    assert model_for(server, Clock()).complete(HELLO).text == "whole"


def test_a_stall_is_given_up(server: ChatServer, stream: bool) -> None:
    server.enqueue(*[Answer(text="slow and steady", stall_s=0.8)] * 3)
    with pytest.raises(ModelError, match="no answer for"):
        model_for(server, Clock(), stream=stream, timeout_s=0.2).complete(HELLO)


def test_nobody_listens() -> None:
    with ChatServer() as server:
        model = model_for(server, Clock())
    with pytest.raises(ModelError, match="cannot be reached") as caught:
        model.complete(HELLO)
    assert "base_url" in caught.value.fix


@pytest.mark.parametrize("raw", [b"<html>gateway</html>", b"{}", b'{"choices": []}', b'{"error": "x"}', b"{"])
def test_nonsense_with_status_200_is_no_reply(server: ChatServer, raw: bytes) -> None:
    server.respond = lambda body: Answer(raw=raw)
    with pytest.raises(ModelError):
        model_for(server, Clock(), stream=False).complete(HELLO)
    assert len(server.requests) == 3


def test_a_rejected_schema_is_left_out_step_by_step(server: ChatServer, stream: bool) -> None:
    def picky(body: dict[str, object]) -> Answer:
        if "response_format" in body:
            return Answer(status=400, error="response_format is not supported")
        return Answer(text='{"a": "b"}')

    server.respond = picky
    model = model_for(server, Clock(), stream=stream)
    asking = Request(messages=HELLO.messages, max_tokens=50, schema=SCHEMA)
    assert model.complete(asking).text == '{"a": "b"}'
    formats = [(body.get("response_format") or {}).get("type") for body in server.requests]
    assert formats == ["json_schema", "json_object", None]
    model.complete(asking)
    assert len(server.requests) == 4, "what was rejected once is not sent again"


def test_rejected_parameters_are_left_out(server: ChatServer) -> None:
    def picky(body: dict[str, object]) -> Answer:
        for name in ("temperature", "seed", "max_tokens", "stream_options"):
            if name in body:
                return Answer(status=400, error=f"Unsupported parameter: '{name}'")
        return Answer(text="fine")

    server.respond = picky
    assert model_for(server, Clock()).complete(HELLO).text == "fine"
    assert server.requests[-1]["max_completion_tokens"] == 50


def test_a_400_about_anything_else_is_final(server: ChatServer) -> None:
    server.respond = lambda body: Answer(status=400, error="context length exceeded")
    with pytest.raises(ModelError) as caught:
        model_for(server, Clock()).complete(HELLO)
    assert "call_words" in caught.value.fix
    assert len(server.requests) == 1


def test_many_threads_share_one_model(server: ChatServer) -> None:
    server.respond = lambda body: Answer(text=body["messages"][-1]["content"].upper(), stall_s=0.05)
    model = model_for(server, Clock())
    replies: dict[int, str] = {}

    def ask(number: int) -> None:
        replies[number] = model.complete(
            Request(messages=(Message("user", f"number {number}"),), max_tokens=9)
        ).text

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert replies == {number: f"NUMBER {number}" for number in range(8)}
    assert server.busiest > 1


def _subclasses(kind: type) -> set[type]:
    return {kind}.union(*(_subclasses(sub) for sub in kind.__subclasses__()))


def test_every_exception_of_the_package_is_known() -> None:
    """Fails when the package adds one, so that somebody decides what it means to a reader."""
    known = {
        "OpenAIError", "APIError", "APIResponseValidationError", "APIStatusError", "BadRequestError",
        "AuthenticationError", "OAuthError", "PermissionDeniedError", "NotFoundError", "ConflictError",
        "UnprocessableEntityError", "RateLimitError", "InternalServerError", "APIConnectionError",
        "APITimeoutError", "LengthFinishReasonError", "ContentFilterFinishReasonError",
        "WebSocketConnectionClosedError", "WebSocketQueueFullError", "SubjectTokenProviderError",
        "StreamAlreadyConsumed", "MutuallyExclusiveAuthError", "APIRemovedInV1",
        "_AmbiguousModuleClientUsageError",
    }  # fmt: skip
    found = {kind.__name__ for kind in _subclasses(openai.OpenAIError)}
    assert found <= known, f"decide about {found - known} in the adapter"


@pytest.mark.parametrize(
    "kind",
    # Sorted: workers that run the tests side by side have to find them in the same order.
    sorted(_subclasses(openai.OpenAIError) - _subclasses(openai.APIError), key=lambda kind: kind.__name__),
)
def test_no_exception_of_the_package_gets_out(kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    error = kind.__new__(kind)
    model = EndpointModel(OpenAIOptions(retries=0))

    def fail(request: Request) -> Reply:
        raise error

    monkeypatch.setattr(model, "_call", fail)
    with pytest.raises(ModelError):
        model.complete(HELLO)
