"""What every command shares: the ledger that was named, and how to speak on standard error."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from policytrack.errors import UsageError, shortened

if TYPE_CHECKING:
    from collections.abc import Callable

    from policytrack.ledger import Ledger
    from policytrack.readmodel.coordinates import Coordinates


@dataclass
class Context:
    """The global options of one run."""

    folder: Path = field(default_factory=Path)
    no_input: bool = False
    color: str = "auto"
    verbosity: int = 0
    debug: bool = False
    answered: Coordinates | None = None
    """The coordinates of the last answer, for --cite."""
    answered_head: tuple[int, str] | None = None
    """The position and digest (hex) of the last event in the read model that gave the last answer.

    A footer or citation must use this and not the head of the event store: other processes may record events between
    the answer and its citation.
    """
    _ledger: Ledger | None = field(default=None, init=False, repr=False)
    _warned: set[str] = field(default_factory=set, init=False, repr=False)
    _progress_stands: bool = field(default=False, init=False, repr=False)

    def ledger(self) -> Ledger:
        """The ledger of this run, warned of once when it is not whole; raises `NotFound` when there is none."""
        from policytrack.ledger import Ledger

        if self._ledger is None:
            self._ledger = Ledger.find(self.folder)
            if self._ledger.is_without_anchor():
                self.say(
                    "warning: ledger.head is missing: if the end of the record were lost, it would not be noticed; the"
                    " next recording writes it again, from what is there"
                )
        return self._ledger

    @property
    def interactive(self) -> bool:
        """Whether questions may be asked: standard input is a terminal and --no-input was not given."""
        return not self.no_input and sys.stdin.isatty()

    def use_color(self, *, to_stdout: bool) -> bool:
        """Whether to colour, by --color, NO_COLOR and whether the stream is a terminal."""
        if self.color != "auto":
            return self.color == "always"
        stream = sys.stdout if to_stdout else sys.stderr
        return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"

    def say(self, text: str) -> None:
        """Words for the person, on standard error; silent with -q."""
        if self.verbosity >= 0:
            click.echo(text, err=True)

    def warn(self, warnings: list[str]) -> None:
        """Print what was done all the same and needs a look, each text once in a run."""
        for text in warnings:
            if text not in self._warned:
                self._warned.add(text)
                self.say(f"warning: {text}")

    def note(self, text: str) -> None:
        """A note that only some want to read: on a terminal, or with -v."""
        if self.verbosity > 0 or (self.verbosity == 0 and sys.stderr.isatty()):
            click.echo(f"note: {text}", err=True)

    def progress(self, what: str) -> Callable[..., None] | None:
        """A progress line on standard error of a terminal: count, total if known, rate; None when nobody watches."""
        if self.verbosity < 0 or not sys.stderr.isatty():
            return None
        started = datetime.now(UTC)

        def show(done: int, total: int | None = None) -> None:
            seconds = (datetime.now(UTC) - started).total_seconds()
            rate = done / seconds if seconds > 0 else 0
            known = "" if total is None else f" of {total:,}"
            left = f", {round((total - done) / rate)} s left" if total and rate and done < total else ""
            end = "\n" if total is not None and done >= total else ""
            click.echo(f"\r{what}: {done:,}{known} events, {rate:,.0f}/s{left}\x1b[K{end}", nl=False, err=True)
            self._progress_stands = not end

        return show

    def end_progress(self) -> None:
        """End the line of a progress that did not come to its end, before anything else is said."""
        if self._progress_stands:
            click.echo(err=True)
            self._progress_stands = False


pass_context = click.make_pass_decorator(Context, ensure=True)


def today() -> date:
    """The day of the clock. Read here, at the edge, and passed in.

    POLICYTRACK_TODAY sets another day: for documentation and tests that must print the same every day.
    """
    fixed = os.environ.get("POLICYTRACK_TODAY")
    if not fixed:
        return datetime.now(UTC).astimezone().date()
    try:
        return date.fromisoformat(fixed)
    except ValueError:
        raise UsageError(
            f"POLICYTRACK_TODAY is {shortened(fixed)!r}, which is not a date",
            hint="set it to a date such as 2026-11-23, or unset it",
        ) from None
