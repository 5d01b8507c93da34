"""What an endpoint's calls may cost. Prices come from the config; none is invented."""

from __future__ import annotations

import threading

from pipeline.config import ImagesOptions, OpenAIOptions
from pipeline.errors import ConfigError, CostLimit
from pipeline.interfaces import Reply, Request
from pipeline.text.tokens import estimate

__all__ = ["Budget", "cost", "refuse_without_prices"]

_SAFETY = 1.15
"""How far the estimate of what goes in may be off."""


class Budget:
    """Stops a run before `openai.max_cost` would be passed. Threads may share it.

    Each call first reserves the most it can cost: its words and pictures in, and a reply of full length. What it
    did cost takes the reservation's place when the reply is there, so calls under way are counted too.

    Raises:
        ConfigError: there is a limit, but a price is not known.
    """

    def __init__(self, options: OpenAIOptions) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._reserved: dict[int, list[float]] = {}
        self.spent = 0.0
        """In the prices' currency, this run."""
        refuse_without_prices(options)

    def before(self, request: Request) -> None:
        """Reserve the most the call can cost.

        Raises:
            CostLimit: with it, the limit could be passed.
        """
        limit = self._options.max_cost
        if limit is None:
            return
        most = self._most(request)
        with self._lock:
            taken = self.spent + sum(sum(held) for held in self._reserved.values())
            if taken + most > limit:
                raise CostLimit(
                    f"write: the next call may cost {most:.4f}; with the {taken:.4f} of this run that passes "
                    f"openai.max_cost ({limit})",
                    kept="every reply so far, in work/llm/",
                    fix="raise openai.max_cost and run the same command again; it goes on from here",
                )
            self._reserved.setdefault(id(request), []).append(most)

    def spend(self, price: float) -> None:
        """Pay for something that has a price of its own: a picture.

        Raises:
            CostLimit: with it, the limit would be passed.
        """
        limit = self._options.max_cost
        with self._lock:
            taken = self.spent + sum(sum(held) for held in self._reserved.values())
            if limit is not None and taken + price > limit:
                raise CostLimit(
                    f"write: a picture costs {price:.4f}; with the {taken:.4f} of this run that passes "
                    f"openai.max_cost ({limit})",
                    kept="every reply so far, in work/llm/",
                    fix="raise openai.max_cost and run the same command again; it goes on from here",
                )
            self.spent += price

    def give_back(self, price: float) -> None:
        """Take back what was spent on something that did not come."""
        with self._lock:
            self.spent -= price

    def after(self, request: Request, reply: Reply | None) -> None:
        """Put what the call did cost in its reservation's place; None for a call that failed."""
        with self._lock:
            held = self._reserved.get(id(request))
            if held:
                held.pop()
                if not held:
                    del self._reserved[id(request)]
            if reply is not None:
                self.spent += self._cost(reply.tokens_in, reply.tokens_cached, reply.tokens_out)

    def _most(self, request: Request) -> float:
        text = _SAFETY * sum(estimate(message.text) for message in request.messages)
        pictures = sum(len(message.images) for message in request.messages)
        tokens_in = text + pictures * self._options.image_tokens
        return self._cost(tokens_in, 0, request.max_tokens)

    def _cost(self, tokens_in: float, cached: float, tokens_out: float) -> float:
        return cost(self._options, tokens_in, cached, tokens_out) or 0.0


def cost(options: OpenAIOptions, tokens_in: float, cached: float, tokens_out: float) -> float | None:
    """What tokens cost, in the prices' currency; None where a price is not known.

    Args:
        tokens_in: all of them, those that the provider's cache served included.
    """
    if options.price_in is None or options.price_out is None:
        return None
    price_cached = options.price_in if options.price_cached is None else options.price_cached
    return (
        (tokens_in - cached) * options.price_in + cached * price_cached + tokens_out * options.price_out
    ) / 1e6


def refuse_without_prices(options: OpenAIOptions, images: ImagesOptions | None = None) -> None:
    """Stop where a limit is set that cannot be held.

    Raises:
        ConfigError: there is a limit, but a price is not known.
    """
    unknown = [f"openai.{name}" for name in ("price_in", "price_out") if getattr(options, name) is None]
    if images is not None and images.model is not None and images.price is None:
        unknown.append("images.price")
    if options.max_cost is not None and unknown:
        names = " and ".join(unknown)
        raise ConfigError(
            f"write: openai.max_cost is {options.max_cost}, but {names} is not set",
            kept="no call was made",
            fix=f"set {names} to what your provider charges, or take max_cost out",
        )
