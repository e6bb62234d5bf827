"""The errors of policytrack: one root, a stable code each, the place, the matter and the cure.

Every error becomes one line on stderr, ``policytrack: error CODE: what (where)``, then ``hint: cure``;
only `policytrack.cli` turns them into exit codes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

INTERRUPTED: Final = "policytrack: interrupted; nothing was left half-written"
INTERRUPTED_CODE: Final = 130
"""The exit code of what the user interrupted, as shells have it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the user's input something stands: a file, and a line and column counted from 1."""

    source: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.source, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True)
class CellPlace(Place):
    """A cell of a spreadsheet; `source` is the book with its sheet, and columns are shown as letters."""

    def __str__(self) -> str:
        if self.line is None:
            return self.source
        letters, column = "", self.column or 1
        while column:
            column, rest = divmod(column - 1, 26)
            letters = chr(65 + rest) + letters
        return f"{self.source}!{letters}{self.line}"


LocateField = Callable[[str | None], Place]
"""From the dotted path of a field of an event to its place; None for the event."""


class PolicytrackError(Exception):
    """Root of all errors that a user may see.

    `code` names the kind of error and is stable; `exit_code` is what the command line ends with;
    `what` is one sentence; `hint` says what to do next. `field` is the dotted path of the field that a refused event
    has it in, where it is in one: whoever read the event can point at it.
    """

    code: ClassVar[str] = "PT000"
    exit_code: ClassVar[int] = 1

    def __init__(
        self, what: str, *, hint: str = "", place: Place | None = None, candidates: tuple[str, ...] = ()
    ) -> None:
        super().__init__(what)
        self.what, self.hint, self.place, self.candidates = what, hint, place, candidates
        self.field: str | None = None

    def __str__(self) -> str:
        where = f" ({self.place})" if self.place else ""
        return f"{self.what}{where}"


class UsageError(PolicytrackError):
    """The command's words are wrong: exit 2, nothing was read or written."""

    code, exit_code = "PT100", 2


class MalformedInput(PolicytrackError):
    """A value that cannot be read: a field missing, unknown or of the wrong form."""

    code, exit_code = "PT201", 3


class InvalidDate(MalformedInput):
    """A text that is not a date of the accepted forms."""

    code = "PT202"


class InvalidQuantity(MalformedInput):
    """A text that is not a capacity, a sum of money or a share, or whose unit is of another dimension."""

    code = "PT203"


class InvalidId(MalformedInput):
    """An id of the wrong form, or an identifier whose check digit does not match."""

    code = "PT204"


class UnknownId(MalformedInput):
    """An id that nothing is registered under; `candidates` are near matches, never chosen silently.

    `wanted` is the kind and the id, so that whoever can see the whole record adds the candidates.
    """

    code = "PT301"

    def __init__(self, what: str, *, wanted: tuple[str, str] | None = None, **about: Any) -> None:
        super().__init__(what, **about)
        self.wanted = wanted


class Refused(PolicytrackError):
    """A decision said no: the record as it stands does not allow the event."""

    code, exit_code = "PT302", 3


class AlreadyRegistered(Refused):
    """The id is taken."""

    code = "PT303"


class NeedsAcknowledgement(Refused):
    """A check objects: the event is recorded only with an acknowledgement that names it and says why.

    `checks` are the names of the checks.
    """

    code = "PT305"

    def __init__(self, what: str, *, checks: tuple[str, ...] = (), **about: Any) -> None:
        super().__init__(what, **about)
        self.checks = checks


class AlreadySuperseded(Refused):
    """The event to correct or retract is corrected or retracted already; the newer one is named."""

    code = "PT304"


@dataclass
class RejectedImport(PolicytrackError):
    """An import was refused: every finding with its place; nothing was written."""

    findings: list[PolicytrackError] = field(default_factory=list)
    checked: int = 0
    code: ClassVar[str] = "PT200"
    exit_code: ClassVar[int] = 3

    def __post_init__(self) -> None:
        errors, events = counted(len(self.findings), "error"), counted(self.checked, "event")
        super().__init__(f"{errors} in {events}; nothing was written")


class NotFound(PolicytrackError):
    """What was asked for is not there: no ledger, no such event, firm, project or view."""

    code, exit_code = "PT401", 4


class Busy(PolicytrackError):
    """Somebody else holds the lock, or the record moved on too often: try again."""

    code, exit_code = "PT501", 5


class StorageTrouble(PolicytrackError):
    """The disk refused: full, read-only, or failing. Whether the event is stored is said in the message."""

    code, exit_code = "PT502", 5


class IntegrityTrouble(PolicytrackError):
    """The record is not what it was: a changed, missing or unreadable event."""

    code, exit_code = "PT601", 6


class QueryFailed(PolicytrackError):
    """A query was refused, failed, or ran past its limits."""

    code, exit_code = "PT101", 1


class DamagedReadModel(IntegrityTrouble):
    """The read model's file is damaged; it is derived, so it is built again from the events."""

    code = "PT602"


class MissingExtra(PolicytrackError):
    """An optional dependency is not installed."""

    code, exit_code = "PT701", 7


def shortened(text: str) -> str:
    """Return a value as a message quotes it: the first 60 characters of a longer one."""
    return text if len(text) <= 60 else f"{text[:60]}…"


def field_name(topic: str, path: Sequence[str | int]) -> str:
    """The name of a field in a message: ``joint_venture_formed.partners[1].firm_id``. Items count from 1, as lines and
    the columns of tables do."""
    return topic + "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path)


def steps_of(dotted: str) -> tuple[str | int, ...]:
    """The steps of a dotted path, in which items count from 0: ``partners.0.firm_id``."""
    return tuple(int(step) if step.isdecimal() else step for step in dotted.split("."))


def counted(number: int, noun: str) -> str:
    """So many of something: ``1 event``, ``2 events``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
