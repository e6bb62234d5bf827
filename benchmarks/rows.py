"""What the measurements share: a row of the results, and how time is taken."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One row of the results: what was measured, against what, and whether the figure to reach is reached."""

    what: str
    ours: str
    yardstick: str = "–"
    ratio: str = "–"
    reach: str = "–"
    reached: bool | None = None
    note: str = ""
    """Where the time goes."""

    def markdown(self) -> str:
        """The row as a line of the table."""
        mark = {True: "yes", False: "no", None: "–"}[self.reached]
        return f"| {self.what} | {self.ours} | {self.yardstick} | {self.ratio} | {self.reach} | {mark} |"


def timed(action: Callable[[], object]) -> float:
    """Seconds that an action takes, the collector kept out."""
    gc.collect()
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def median_ratio(ours: list[float], theirs: list[float]) -> float:
    """How much longer ours takes, pair by pair: what disturbs the machine disturbs both of a pair."""
    return statistics.median(mine / yard for mine, yard in zip(ours, theirs, strict=True))


def share(parts: dict[str, float], most: int = 4) -> str:
    """The largest parts of a time, in percent."""
    total = sum(parts.values())
    largest = sorted(parts.items(), key=lambda part: -part[1])[:most]
    return ", ".join(f"{name} {100 * seconds / total:.0f} %" for name, seconds in largest)
