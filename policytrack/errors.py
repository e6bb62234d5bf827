"""Defines the errors of policytrack: one root class, and a stable code, a message, a place and a hint for each error.

The command line prints an error as one line on stderr, ``policytrack: error CODE: what (where)``, then ``hint: …``, and
exits with its `exit_code`. The first paragraph of a class's docstring is its text in `policytrack help CODE`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

INTERRUPTED: Final = "policytrack: interrupted; no partial data was written"
_NOTED: Final = 20
"""Findings of an import that Python prints below a traceback."""
INTERRUPTED_CODE: Final = 130
"""Exit code after an interrupt: 128 + SIGINT, as in shells."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the user's input: a file, and a line and column counted from 1."""

    source: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.source, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True)
class CellPlace(Place):
    """A cell of a spreadsheet, shown as ``book.xlsx[Sheet]!B7``; `source` is the file with its sheet."""

    def __str__(self) -> str:
        if self.line is None:
            return self.source
        letters, column = "", self.column or 1
        while column:
            column, rest = divmod(column - 1, 26)
            letters = chr(65 + rest) + letters
        return f"{self.source}!{letters}{self.line}"


LocateField = Callable[[str | None], Place]
"""Returns the place of a field of an event, by its dotted path; for None, the place of the event."""


class PolicytrackError(Exception):
    """Root of all errors that a user may see.

    `code` is stable and names the kind of error; `exit_code` is the exit code of the command line. `what` says what is
    wrong in one sentence, `hint` what to do. `candidates` are near matches of an unknown name. `field` is the dotted
    path of the refused field of an event, if there is one: the importer turns it into a place. If `is_unread`, the text
    at the place could not be read: other errors at the same place follow from this one.
    """

    code: ClassVar[str] = "PT000"
    exit_code: ClassVar[int] = 1

    def __init__(
        self, what: str, *, hint: str = "", place: Place | None = None, candidates: tuple[str, ...] = ()
    ) -> None:
        super().__init__(what)
        self.what, self.hint, self.place, self.candidates = what, hint, place, candidates
        if hint:
            self.add_note(f"hint: {hint}")  # what Python prints below a traceback
        self.field: str | None = None
        self.is_unread = False

    def __str__(self) -> str:
        where = f" ({self.place})" if self.place else ""
        return f"{self.what}{where}"


class UsageError(PolicytrackError):
    """Invalid command line: nothing was read or written."""

    code, exit_code = "PT100", 2


class MalformedInput(PolicytrackError):
    """Invalid value: a field is missing, unknown or of the wrong form."""

    code, exit_code = "PT201", 3


class InvalidDate(MalformedInput):
    """Invalid date: the text has none of the accepted forms (`policytrack help dates`)."""

    code = "PT202"


class InvalidQuantity(MalformedInput):
    """Invalid quantity: not a capacity, an amount of money or a share, or the unit has another dimension."""

    code = "PT203"


class InvalidId(MalformedInput):
    """Invalid id: wrong form, or the check digit does not match."""

    code = "PT204"


class UnknownId(MalformedInput):
    """Unknown id: no event registers it. `candidates` lists near matches; none is chosen for you.

    `wanted` is the kind and the id, for the caller that can search the whole ledger for candidates.
    """

    code = "PT301"

    def __init__(self, what: str, *, wanted: tuple[str, str] | None = None, **about: Any) -> None:
        super().__init__(what, **about)
        self.wanted = wanted


class Refused(PolicytrackError):
    """Refused: the event conflicts with events in the ledger."""

    code, exit_code = "PT302", 3


class AlreadyRegistered(Refused):
    """The id is already registered."""

    code = "PT303"


class NeedsAcknowledgement(Refused):
    """A check refuses the event. To record it all the same, acknowledge the check with a reason.

    `checks` are the names of the checks.
    """

    code = "PT305"

    def __init__(self, what: str, *, checks: tuple[str, ...] = (), **about: Any) -> None:
        super().__init__(what, **about)
        self.checks = checks


class AlreadySuperseded(Refused):
    """The event is already corrected or retracted. The message names the newer event."""

    code = "PT304"


@dataclass
class RejectedImport(PolicytrackError):
    """Import refused: every error is listed with its place; nothing was written."""

    findings: list[PolicytrackError] = field(default_factory=list)
    checked: int = 0
    code: ClassVar[str] = "PT200"
    exit_code: ClassVar[int] = 3

    def __post_init__(self) -> None:
        errors, events = counted(len(self.findings), "error"), counted(self.checked, "event")
        super().__init__(f"{errors} in {events}; nothing was written")
        for finding in self.findings[:_NOTED]:
            self.add_note(f"{finding}{f' ({finding.hint})' if finding.hint else ''}")


def findings_of(error: PolicytrackError) -> list[PolicytrackError]:
    """Return the errors that an import lists, or the one error itself."""
    return error.findings if isinstance(error, RejectedImport) else [error]


class NotFound(PolicytrackError):
    """Not found: no such ledger, event, firm, project, view or file."""

    code, exit_code = "PT401", 4


class Busy(PolicytrackError):
    """Locked by another process, or too many events were appended meanwhile: try again."""

    code, exit_code = "PT501", 5


class StorageTrouble(PolicytrackError):
    """Disk full, read-only or failing. The message says whether the event was stored."""

    code, exit_code = "PT502", 5


class ServerUnreachable(StorageTrouble):
    """The server of the event store cannot be reached, or has ended the connection."""

    code, exit_code = "PT503", 5


class IntegrityTrouble(PolicytrackError):
    """Integrity check failed: an event was changed, is missing or cannot be read."""

    code, exit_code = "PT601", 6


class QueryFailed(PolicytrackError):
    """Query refused, failed, or stopped at a limit."""

    code, exit_code = "PT101", 1


class QueryLimit(QueryFailed):
    """Query stopped at its limit of time, memory or size."""


class DamagedReadModel(IntegrityTrouble):
    """The read model's file is damaged. `policytrack rebuild` rebuilds it from the events."""

    code = "PT602"


class MissingExtra(PolicytrackError):
    """An optional dependency is not installed."""

    code, exit_code = "PT701", 7


def shortened(text: str) -> str:
    """Return a value as messages quote it: at most its first 60 characters."""
    return text if len(text) <= 60 else f"{text[:60]}…"


def field_name(topic: str, path: Sequence[str | int]) -> str:
    """Return the name of a field in a message: ``joint_venture_formed.partners[1].firm_id``.

    Items count from 1, as lines and the columns of tables do.
    """
    return topic + "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path)


def steps_of(dotted: str) -> tuple[str | int, ...]:
    """Return the steps of a dotted path, such as ``partners.0.firm_id``. Items in it count from 0."""
    return tuple(int(step) if step.isdecimal() else step for step in dotted.split("."))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 event``, ``2 events``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
