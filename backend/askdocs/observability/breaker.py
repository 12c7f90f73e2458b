"""A circuit breaker for what we can do without."""

from __future__ import annotations

import time
from collections.abc import Callable

from askdocs.observability.logging import log


class CircuitBreaker:
    """Opens for `rest` seconds after a failure of a helper such as Redis, so that few requests wait for its
    time-out, and says once a minute that it did."""

    def __init__(self, name: str, *, rest: float = 2.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._rest, self._clock = name, rest, clock
        self._open_until = self._silent_until = float("-inf")

    @property
    def is_open(self) -> bool:
        """Whether to do without the helper for now."""
        return self._clock() < self._open_until

    def failed(self, error: BaseException) -> None:
        now = self._clock()
        self._open_until = now + self._rest
        if now >= self._silent_until:
            self._silent_until = now + 60
            log.warning("doing_without", what=self._name, error=f"{type(error).__name__}: {error}")
