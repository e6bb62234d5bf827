"""From lines of JSONL to drafts: the part of an import that any number of processes can do at once.

A part of a file goes in, and comes out as drafts in their order, with what is wrong and with the few lines that only
the whole file can tell about. All of it is plain data, so that it can pass between processes and into a file.
"""

from __future__ import annotations

import io
import marshal
from array import array
from collections.abc import Callable
from datetime import date
from typing import NamedTuple
from uuid import UUID

from policytrack import errors
from policytrack.decide.plain import Draft, Registration, draft_of, key_of_id, key_of_statement
from policytrack.errors import Place, PolicytrackError, RejectedImport
from policytrack.journal.jsonl import read_lines
from policytrack.journal.validation import validate

Finding = tuple[str, str, str, tuple[str, int | None, int | None] | None, tuple[str, ...]]
"""An error as plain data: class, what, hint, place, candidates."""
KnownOnOf = Callable[[UUID], date | None]


class Drafted(NamedTuple):
    """What became of a part of a file."""

    rows: int
    """Events read, sound or not."""
    sound: int
    """Those of them that are sound."""
    drafts: bytes
    """Each of these as a `Draft`, marshalled."""
    waits: bool
    """Whether a line has to wait for what stands before it; then the others are worth nothing."""
    findings: list[tuple[int, list[Finding]]]
    """What is wrong, by the number of rows read before it."""
    keys: bytes
    """Of each draft, 8 bytes of its id and 8 of its content, to see what comes twice."""
    about: list[str]
    registrations: list[tuple[object, ...]]


class _Waits(Exception):  # not an error: the line needs to know of an earlier one
    pass


def draft_lines(part: bytes, source: str, after: int, today: date, known_on_of: KnownOnOf | None = None) -> Drafted:
    """The drafts of some lines of a file, which begins `after` so many.

    Without `known_on_of`, a correction of an error that does not say when it was known waits for it.
    """
    rows, waits = 0, False
    drafts: list[tuple[object, ...]] = []
    findings: list[tuple[int, list[Finding]]] = []
    keys = array("Q")
    about: list[str] = []
    registrations: list[tuple[object, ...]] = []
    here: dict[UUID, date] = {}

    def known_on_here(event_id: UUID) -> date | None:
        if known_on_of is None:
            raise _Waits
        return here.get(event_id) or known_on_of(event_id)

    for item in read_lines(io.BytesIO(part), source, after):
        if isinstance(item, PolicytrackError):
            findings.append((rows, [plain_finding(item)]))
            continue
        rows += 1
        try:
            event = validate(item, today=today, known_on_of=known_on_here)
        except _Waits:
            waits = True
            continue
        except RejectedImport as rejected:
            findings.append((rows, [plain_finding(finding) for finding in rejected.findings]))
            continue
        here[event.event_id] = event.known_on
        has_own_id = item.fields.get("event_id") is not None
        draft = draft_of(event, item.place.line or 0, item.place.column or 0, has_own_id=has_own_id)
        drafts.append(tuple(draft))
        keys.append(key_of_id(event.event_id))
        keys.append(key_of_statement(draft.statement_key))
        about.extend(draft.about)
        for kind, id_ in draft.registers:
            activity = draft.activity_id if kind == "project" else None
            found = Registration(kind, id_, draft.event_id, draft.statement_key, activity, bool(draft.about))
            registrations.append(tuple(found))
    content = marshal.dumps(drafts)
    return Drafted(rows, len(drafts), content, waits, findings, keys.tobytes(), about, registrations)


def drafts_in(content: bytes) -> list[Draft]:
    """The drafts of a part. Only what was marshalled here is read, never what a user gave."""
    return [Draft._make(draft) for draft in marshal.loads(content)]  # noqa: S302 # as the docstring says


def plain_finding(error: PolicytrackError) -> Finding:
    """An error as plain data."""
    place = (error.place.source, error.place.line, error.place.column) if error.place else None
    return type(error).__name__, error.what, error.hint, place, error.candidates


def error_of(finding: Finding) -> PolicytrackError:
    """The error that was made plain data."""
    name, what, hint, place, candidates = finding
    kind: type[PolicytrackError] = getattr(errors, name)
    return kind(what, hint=hint, place=Place(*place) if place else None, candidates=tuple(candidates))
