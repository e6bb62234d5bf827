"""Declares `--min-sources` and `--verified`, which hide rows with less evidence."""

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
    help="Show only rows whose events all have N independent sources or more. Totals do not change.",
)
_VERIFIED = click.option(
    "--verified", is_flag=True, help="Show only rows whose events are all verified by a claim. Totals do not change."
)


def evidence_options(function: F) -> F:
    """Add the two options to a command, which is called with them as `evidence`."""

    @functools.wraps(function)
    def command(*args: Any, min_sources: int | None, verified: bool, **given: Any) -> Any:
        return function(*args, evidence=Evidence(min_sources or 0, verified), **given)

    return _MIN_SOURCES(_VERIFIED(command))  # type: ignore[return-value] # click's decorators keep the callable
