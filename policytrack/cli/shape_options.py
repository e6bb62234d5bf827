"""Declares `--columns` and `--unit`, which choose how the rows of an answer are written."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click as plain_click
import rich_click as click

from policytrack.cli.context import Context
from policytrack.cli.shell_completion import ids

F = TypeVar("F", bound=Callable[..., Any])

_COLUMNS = click.option(
    "--columns", metavar="A,B,…", help="Only these columns, in this order, in every format: country_code,net,unit."
)
_UNIT = click.option(
    "--unit",
    metavar="UNIT",
    help="Show figures in this unit: GWh, Mt, wafers/month. Other dimensions keep theirs.",
    shell_complete=ids("unit"),
)


def shape_options(function: F) -> F:
    """Add the two options to a command; `write` applies them to what the command writes."""

    @functools.wraps(function)
    def command(*args: Any, columns: str | None, unit: str | None, **given: Any) -> Any:
        context = plain_click.get_current_context().ensure_object(Context)
        context.columns = tuple(name for part in (columns or "").split(",") if (name := part.strip()))
        context.unit = unit
        return function(*args, **given)

    return _COLUMNS(_UNIT(command))  # type: ignore[return-value] # click's decorators keep the callable
