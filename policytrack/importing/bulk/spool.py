"""Stores the validated drafts of an import in a temporary file, and the findings in memory."""

from __future__ import annotations

import struct
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Final
from uuid import UUID

from policytrack.decide.repetition import id_of_repetition
from policytrack.errors import LocateField, Place, PolicytrackError, RejectedImport
from policytrack.events import EVENT_TYPES, Event
from policytrack.importing.bulk.drafts import Drafted, drafts_in, place_in
from policytrack.importing.bulk.fast_path import Draft, Id, Registration

_HEAD: Final = struct.Struct(">IQ")
"""The header of a part: the number of its file, and the length of the part in bytes."""


class Spool:
    """The drafts of an import, in an unnamed temporary file that ends with the process. Use as a context manager.

    Drafts are stored even after findings, so that errors of decisions are reported together with the findings.
    `max_errors` is the number of findings after which reading stops.
    """

    def __init__(self, folder: Path, max_errors: int | None = None) -> None:
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 # closed with the spool
        self.max_errors = max_errors
        self._sources: list[str] = []
        self._order: dict[str, int] = {}
        self.end = 0
        """The offset of the next part in the file."""
        self.rows = 0
        """The number of rows read, with or without errors."""
        self.count = 0
        """The number of drafts."""
        self.findings: list[PolicytrackError] = []
        self.claimed: set[Id] = set()
        """Ids that rows with errors would register; that they are unknown is not reported as a second error."""
        self.keys = array("Q")
        """Pairs of 8 bytes of a draft's id and 8 bytes of its content."""
        self.accounts = array("Q")
        """Pairs of 8 bytes of an account and 8 bytes of the figure that a draft states for it."""
        self.about: Counter[str] = Counter()
        """The number of drafts that refer to each event, by the event's tag."""
        self.registrations: list[Registration] = []
        """The ids that the drafts register, in order."""

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Delete the file."""
        self._file.close()

    @property
    def is_cut_short(self) -> bool:
        """Return whether the number of findings has reached `max_errors`."""
        return self.max_errors is not None and len(self.findings) >= self.max_errors

    def add(self, source: str, drafted: Drafted) -> None:
        """Add the next part of a file. Raises `OSError` when the disk is full."""
        before = self.rows
        for place in drafted.sources:
            self._order.setdefault(place, len(self._order))
        for rows, finding in drafted.findings:
            self.rows = before + rows
            self.findings.append(finding)
            if self.is_cut_short:
                return
        self.rows = before + drafted.rows
        self.claimed.update(drafted.claimed)
        if not drafted.sound:
            return
        if not self._sources or self._sources[-1] != source:
            self._sources.append(source)
        self._file.seek(self.end)
        self._file.write(_HEAD.pack(len(self._sources) - 1, len(drafted.drafts)) + drafted.drafts)
        self.end = self._file.tell()
        self.count += drafted.sound
        self.keys.frombytes(drafted.keys)
        self.accounts.frombytes(drafted.accounts)
        self.about.update(drafted.about)
        self.registrations.extend(Registration(*found) for found in drafted.registrations)  # type: ignore[arg-type] # plain data of its making

    def parts(self, after: int = 0) -> Iterator[tuple[str, list[Draft]]]:
        """Yield the drafts in order, in parts, with the name of their file; `after` is an earlier value of `end`."""
        while after < self.end:
            self._file.seek(after)
            number, length = _HEAD.unpack(self._file.read(_HEAD.size))
            yield self._sources[number], drafts_in(self._file.read(length))
            after += _HEAD.size + length

    def place(self, source: str, draft: Draft, field: str | None = None) -> Place:
        """Return the place of a draft, or of one of its fields by dotted path."""
        return place_in(source, draft, field)

    def events(self) -> tuple[list[Event], dict[UUID, LocateField]]:
        """Return all events in memory, and a function to locate the fields of each."""
        events: list[Event] = []
        places: dict[UUID, LocateField] = {}
        repeated: Counter[UUID] = Counter()
        for source, drafts in self.parts():
            for draft in drafts:
                event = EVENT_TYPES[draft.type].model_validate_json(draft.data)
                if not draft.has_own_id and event.event_id in places:
                    # Equal rows get the same derived id. Give the repetition its own, so that the decision sees both.
                    repeated[event.event_id] += 1
                    number = repeated[event.event_id] + 1
                    event = event.model_copy(update={"event_id": id_of_repetition(event.event_id, number)})
                events.append(event)
                places.setdefault(event.event_id, partial(place_in, source, draft))
        return events, places

    def data(self, is_wanted: Iterable[int]) -> Iterator[tuple[str, str]]:
        """Yield type and stored form of the drafts whose flag in `is_wanted` is set (one flag per draft, in order)."""
        flags = iter(is_wanted)
        for _, drafts in self.parts():
            yield from ((draft.type, draft.data) for draft in drafts if next(flags))

    def raise_findings(self, refusals: Iterable[PolicytrackError] = ()) -> None:
        """Raise `RejectedImport` if there are findings or refusals, in the order of files.

        An error that many events share, such as one in a table of sources, is reported once. A refusal that follows
        from a finding (an id whose registration has errors, a text that could not be read) is left out.
        """
        refused = [one for one in refusals if not self.findings or getattr(one, "wanted", None) not in self.claimed]
        unread = {finding.place for finding in self.findings if finding.is_unread}
        found = [one for one in (*self.findings, *refused) if one.is_unread or one.place not in unread]
        once = {(finding.what, finding.place): finding for finding in found}
        if once:
            raise RejectedImport(sorted(once.values(), key=self._place_in_order)[: self.max_errors], self.rows)

    def _place_in_order(self, finding: PolicytrackError) -> tuple[int, int, int]:
        place = finding.place or Place("")
        return self._order.get(place.source, len(self._order)), place.line or 0, place.column or 0
