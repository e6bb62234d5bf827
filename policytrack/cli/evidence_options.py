"""`--min-sources` and `--verified`: the options, and what is said of the rows that are not shown."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import rich_click as click

from policytrack.questions.evidence import Evidence

F = TypeVar("F", bound=Callable[..., Any])

_MIN_SOURCES = click.option(
    "--min-sources",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show only rows all of whose events have N independent sources. No total changes.",
)
_VERIFIED = click.option(
    "--verified", is_flag=True, help="Show only rows all of whose events somebody has verified. No total changes."
)


def attested(function: F) -> F:
    """Decorates a command that asks: the two options, handed over as `evidence`."""

    @functools.wraps(function)
    def command(*args: Any, min_sources: int | None, verified: bool, **given: Any) -> Any:
        return function(*args, evidence=Evidence(min_sources or 0, verified), **given)

    return _MIN_SOURCES(_VERIFIED(command))  # type: ignore[return-value] # click's decorators keep the callable


def left_out(count: int, of: int, evidence: Evidence) -> str:
    """What is said of rows that are not shown."""
    return f"{count} of {of} rows not shown ({evidence}); figures and totals are unchanged"
