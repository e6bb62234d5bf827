"""Holds the global options of a run, opens its ledger, and prints messages to standard error."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

import rich_click as click

from policytrack.cli.unseen import visible
from policytrack.local_day import today
from policytrack.values.own_units import OwnUnit, using_own_units

if TYPE_CHECKING:
    from collections.abc import Callable

    from policytrack.ledger import Ledger
    from policytrack.readmodel.coordinates import Coordinates

__all__ = ["Context", "pass_context", "today"]
TO_TRUST: Final = "read the files; to use them as they are now, run any command once with --trust"


@dataclass(frozen=True)
class Default:
    """The value of one option that the user did not give on the command line, as text, and its source."""

    value: str
    source: str
    is_filter: bool


@dataclass
class Context:
    """The global options of one run."""

    folder: Path = field(default_factory=Path)
    no_input: bool = False
    color: str = "auto"
    verbosity: int = 0
    debug: bool = False
    trusts: bool = False
    output: TextIO | None = None
    """Standard output, while --json of a command that writes redirects what people read to standard error."""
    done: dict[str, Any] = field(default_factory=dict)
    """What the command did, for that --json."""
    messages: list[str] = field(default_factory=list)
    """The messages of the run, for that --json."""
    envelope: bool = False
    """Whether to write the rows in one JSON object with their coordinates, for --envelope."""
    columns: tuple[str, ...] = ()
    """The columns to write, of --columns; all when empty."""
    unit: str | None = None
    """The unit of the figures to write, of --unit."""
    defaults: dict[str, Default] = field(default_factory=dict)
    """The options of the query whose value comes from the settings or the environment."""
    answered: Coordinates | None = None
    """The coordinates of the last answer, for --cite."""
    answered_head: tuple[int, str] | None = None
    """The position and digest (hex) of the last event in the read model that gave the last answer.

    A footer or citation must use this and not the head of the event store: other processes may record events between
    the answer and its citation.
    """
    _ledger: Ledger | None = field(default=None, init=False, repr=False)
    _warned: set[str] = field(default_factory=set, init=False, repr=False)
    _is_progress_line_open: bool = field(default=False, init=False, repr=False)

    def ledger(self) -> Ledger:
        """Return the ledger of this run. Warns once when `ledger.head` is missing. Raises what `Ledger.find` does."""
        # Imported on use: help pages and completion need no ledger, and start faster without it.
        from policytrack.ledger import Ledger

        if self._ledger is None:
            self._ledger = Ledger.find(self.folder, trusts_server=self.trusts)
            self._ledger.warn = lambda text: self.warn([text])
            if (run := click.get_current_context(silent=True)) is not None:
                run.find_root().with_resource(self._ledger.kept_open())
                run.find_root().with_resource(using_own_units(self._registered_units))
            if self._ledger.is_without_anchor():
                self.say(
                    "warning: ledger.head is missing, so a loss of the last events would not be noticed; the next"
                    " recording writes it again, for the events in the event store"
                )
            self.consider_own_sql(self._ledger)
        return self._ledger

    def _registered_units(self) -> list[OwnUnit]:
        with self.ledger().application() as application:
            return application.registered_units()

    def consider_own_sql(self, ledger: Ledger) -> None:
        """With --trust, trust the ledger's own SQL as it is now. Else warn of files that the user does not trust."""
        if not ledger.own_sql.files():  # most ledgers have none
            return
        if self.trusts:
            names, is_remembered = ledger.own_sql.trust_all()
            if names:
                self.say(f"trusted as {'they are' if len(names) > 1 else 'it is'} now: {', '.join(names)}")
            if not is_remembered:
                self.say("warning: that cannot be remembered; set XDG_STATE_HOME to a folder that only you can write")
        elif names := list(ledger.own_sql.untrusted()):
            self.say(
                f"warning: not used: {', '.join(names)}; {'they' if len(names) > 1 else 'it'} came with the ledger,"
                f" or changed since you trusted {'them' if len(names) > 1 else 'it'}. {TO_TRUST.capitalize()}"
            )

    @property
    def has_opened(self) -> bool:
        """Whether the command has opened the ledger."""
        return self._ledger is not None

    @property
    def interactive(self) -> bool:
        """Whether commands may prompt: standard input is a terminal, without --no-input and without --json."""
        return not self.no_input and self.output is None and sys.stdin.isatty()

    def use_color(self, *, to_stdout: bool) -> bool:
        """Return whether to colour a stream, by --color, then NO_COLOR, TERM and whether it is a terminal."""
        if self.color != "auto":
            return self.color == "always"
        stream = sys.stdout if to_stdout else sys.stderr
        return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"

    def say(self, text: str) -> None:
        """Print a message to standard error; nothing with -q."""
        self.messages.append(text)
        if self.verbosity >= 0:
            click.echo(visible(text), err=True)

    def warn(self, warnings: list[str]) -> None:
        """Print warnings to standard error, one per line, each text once per run; nothing with -q."""
        for text in warnings:
            if text not in self._warned:
                self._warned.add(text)
                self.say(f"warning: {text}")

    def note(self, text: str) -> None:
        """Print a note to standard error if it is a terminal, or with -v; nothing with -q."""
        if self.verbosity > 0 or (self.verbosity == 0 and sys.stderr.isatty()):
            click.echo(visible(f"note: {text}"), err=True)

    def progress(self, what: str) -> Callable[..., None] | None:
        """Return a function that shows a progress line: count, total if known, events per second, time left.

        Returns None when standard error is not a terminal, or with -q.
        """
        if self.verbosity < 0 or not sys.stderr.isatty():
            return None
        started = datetime.now(UTC)

        def show(done: int, total: int | None = None) -> None:
            seconds = (datetime.now(UTC) - started).total_seconds()
            rate = done / seconds if seconds > 0 else 0
            known = "" if total is None else f" of {total:,}"
            left = f", {round((total - done) / rate)} s left" if total and rate and done < total else ""
            end = "\n" if total is not None and done >= total else ""
            # \x1b[K erases the rest of a longer line before.
            click.echo(f"\r{what}: {done:,}{known} events, {rate:,.0f}/s{left}\x1b[K{end}", nl=False, err=True)
            self._is_progress_line_open = not end

        return show

    def end_progress(self) -> None:
        """End a progress line that did not reach its total, so that the next message starts on a line of its own."""
        if self._is_progress_line_open:
            click.echo(err=True)
            self._is_progress_line_open = False


pass_context = click.make_pass_decorator(Context, ensure=True)
