"""The plan: what writing will take, before a model is called; and what it did take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from book import Silent, lay, make
from chat_server import Answer, ChatServer, asked_text
from faithful import faithful

from pipeline.config import Config, OpenAIOptions
from pipeline.errors import ConfigError, CostLimit
from pipeline.plan import Plan, by_hand, compared, in_words, make_plan
from pipeline.replies import Usage
from pipeline.runner import Run
from pipeline.stages import STAGES
from pipeline.text.tokens import estimate
from pipeline.toolbox import Toolbox

TO_VERIFIED = STAGES[4:7]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return lay(tmp_path / "tokens")


def run_over(folder: Path, base_url: str, **openai: Any) -> Run:
    config = Config.model_validate(
        {
            "openai": {"base_url": base_url, "model": "m", "retries": 0, "sees": False, **openai},
            "write": {"writer": "openai"},
        }
    )
    return Run("https://video.example/tokens", folder, config, Silent(), stages=TO_VERIFIED)


PRICES = {"price_in": 2.0, "price_out": 8.0}


def test_a_plan_calls_nobody_and_comes_true(server: ChatServer, folder: Path) -> None:
    server.respond = faithful
    plan = make_plan(run_over(folder, server.base_url, **PRICES))
    assert server.requests == []
    assert (plan.chapters, plan.calls, plan.outline_calls) == (3, 4, 1)
    assert plan.price is not None
    tokens_in, tokens_out = plan.tokens_in + plan.repair_tokens_in, plan.tokens_out + plan.repair_tokens_out
    assert plan.price == pytest.approx((tokens_in * 2 + tokens_out * 8) / 1e6)
    assert plan.repairs == 3
    assert 0 < plan.repair_tokens_out < plan.tokens_out / 5
    run = run_over(folder, server.base_url, **PRICES)
    run.run()
    usage = run.toolbox.usage()
    assert usage is not None
    assert usage.calls == plan.calls
    assert plan.tokens_in == pytest.approx(usage.tokens_in, rel=0.15)
    said = compared(plan, usage, run.config.openai)
    assert f"{tokens_in:,}" in said
    assert f"{usage.tokens_in:,}" in said


def test_only_what_is_out_of_date_is_planned(server: ChatServer, folder: Path) -> None:
    server.respond = faithful
    make(folder, server.base_url, TO_VERIFIED)
    assert make_plan(run_over(folder, server.base_url)).calls == 0
    (folder / "work" / "drafts" / "ch02.json").unlink()
    plan = make_plan(run_over(folder, server.base_url))
    # Its reply is kept, so that nothing has to be paid for.
    assert (plan.chapters, plan.calls, plan.kept) == (1, 0, 1)
    for reply in (folder / "work" / "llm").glob("*.json"):
        reply.unlink()
    plan = make_plan(run_over(folder, server.base_url))
    assert (plan.chapters, plan.calls, plan.kept) == (1, 1, 0)
    assert "1 chapter to write with m" in in_words(plan, OpenAIOptions(), 4)


def test_pictures_are_counted(server: ChatServer, folder: Path) -> None:
    blind, seeing = (make_plan(run_over(folder, server.base_url, sees=sees)) for sees in (False, True))
    assert (blind.images, seeing.images) == (0, 1)
    assert seeing.tokens_in - blind.tokens_in == OpenAIOptions().image_tokens


def test_no_price_is_invented(server: ChatServer, folder: Path) -> None:
    plan = make_plan(run_over(folder, server.base_url, price_in=2.0))
    assert plan.price is None
    text = in_words(plan, OpenAIOptions(price_in=2.0), 4)
    assert "not known" in text
    assert "openai.price_out" in text


def test_a_plan_above_the_limit_says_so(server: ChatServer, folder: Path) -> None:
    options = {**PRICES, "max_cost": 0.001}
    plan = make_plan(run_over(folder, server.base_url, **options))
    assert "more than openai.max_cost" in in_words(plan, OpenAIOptions.model_validate(options), 4)


def test_a_cached_price_makes_it_cheaper() -> None:
    from pipeline.writers.endpoint_budget import cost

    options = OpenAIOptions(price_in=10.0, price_cached=1.0, price_out=0.0)
    assert cost(options, 1_000_000, 600_000, 0) == pytest.approx(4.6)
    assert cost(OpenAIOptions(price_in=10.0, price_out=0.0), 1_000_000, 600_000, 0) == pytest.approx(10.0)


def test_a_limit_without_prices_refuses_before_anything_is_done(tmp_path: Path) -> None:
    """Not only when the first call is due: fetching and listening to the lecture would have been for nothing."""
    config = Config.model_validate(
        {"openai": {"base_url": "http://127.0.0.1:9", "max_cost": 1.0}, "write": {"writer": "openai"}}
    )
    run = Run("https://video.example/tokens", tmp_path / "tokens", config, Silent())
    with pytest.raises(ConfigError, match=r"price_in and openai\.price_out"):
        run.run()
    assert not (tmp_path / "tokens").exists()


def test_the_limit_is_held_and_the_next_run_goes_on(server: ChatServer, folder: Path) -> None:
    server.respond = faithful
    prices = {"price_in": 0.0, "price_out": 1e6, "max_output_tokens": 600}
    with pytest.raises(CostLimit):
        make(folder, server.base_url, TO_VERIFIED, openai={**prices, "max_cost": 599.0})
    assert server.requests == []
    report = make(
        folder, server.base_url, TO_VERIFIED, openai={**prices, "max_cost": 1_000.0}, write={"parallel": 1}
    )
    spent = sum(one["completion_tokens"] for one in server.usage)
    assert spent <= 1_000
    assert report.failures
    assert all(isinstance(error, CostLimit) for error in report.failures)
    report = make(folder, server.base_url, TO_VERIFIED, openai={**prices, "max_cost": 9_000.0})
    assert not report.failures
    assert len(server.requests) == 4, "nothing is paid for twice"


def test_a_writer_without_an_endpoint_costs_nothing(folder: Path) -> None:
    config = Config.model_validate({"write": {"writer": "local"}})
    text = by_hand(Run("https://video.example/tokens", folder, config, Silent(), stages=TO_VERIFIED))
    assert "3 chapters to write with the local writer" in text
    assert "no endpoint is asked" in text


def test_usage_of_a_run_without_an_endpoint_is_none(tmp_path: Path) -> None:
    assert Toolbox("x", Config(), tmp_path, lambda text: None).usage() is None
    assert Usage().images == 0


def test_the_unchanging_part_comes_first_and_is_sent_once_before_it_is_shared(
    server: ChatServer, folder: Path
) -> None:
    """Sixteen chapters at once, and the beginning that they share is paid for once."""
    server.respond = lambda body: Answer(text=faithful(body).text, first_s=0.2)
    server.count = estimate
    make(folder, server.base_url, TO_VERIFIED, write={"parallel": 16})
    texts = [(asked_text(body), used) for body, used in zip(server.requests, server.usage, strict=True)]
    cached = [used["cached_tokens"] for text, used in texts if "The chapter is" in text]
    assert sorted(cached)[0] == 0
    assert all(tokens >= 1024 for tokens in sorted(cached)[1:])


def test_a_plans_time_is_that_of_the_longest_where_all_go_side_by_side() -> None:
    from pipeline.plan import _side_by_side

    assert _side_by_side([5.0, 1.0, 1.0], 16) == 5.0
    assert _side_by_side([5.0, 1.0, 1.0], 1) == 7.0
    assert _side_by_side([], 4) == 0.0


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        # Counted with cl100k_base.
        ("We merge the pair that comes most often, and give it token 256.", 15),
        ("def merge(ids, pair, idx):\n    newids = []\n    return newids\n", 20),
        ("Die Tokenisierung zerlegt den Text in häufige Stücke.", 17),
        ("我们把文本编码成字节，然后合并最常见的字节对。", 32),
    ],
)
def test_tokens_are_estimated_within_a_third(text: str, tokens: int) -> None:
    assert estimate(text) == pytest.approx(tokens, rel=0.34)


def test_a_plan_is_a_value() -> None:
    assert Plan("openai", "m", 1, 2, 1, 10, 0, 5, 0, None, 1.0).kept == 0
