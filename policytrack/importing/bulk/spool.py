"""The validated drafts of an import in a temporary file, with what was found wrong while they were read."""

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
"""Before each part: the number of its file, and how many bytes the part has."""


class Spool:
    """The drafts of an import, in a file without a name that is gone with the process. Use as a context manager.

    Drafts are added also when there are findings, so that the decisions on them can be reported together with the
    findings. With `max_errors`, reading stops at so many.
    """

    def __init__(self, folder: Path, max_errors: int | None = None) -> None:
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 # closed with the spool
        self.max_errors = max_errors
        self._sources: list[str] = []
        self._order: dict[str, int] = {}
        self.end = 0
        """Where the next part goes in the file."""
        self.rows = 0
        """Events read, sound or not."""
        self.count = 0
        """Sound events."""
        self.findings: list[PolicytrackError] = []
        self.claimed: set[Id] = set()
        """Ids that events in error were to register: that they are missing follows from the findings."""
        self.keys = array("Q")
        """Alternately 8 bytes of the id of a draft and 8 of its content."""
        self.accounts = array("Q")
        """Alternately 8 bytes of the account of a figure that a draft states and 8 of the figure."""
        self.about: Counter[str] = Counter()
        """Tags of the events that drafts refer to, with the number of these drafts."""
        self.registrations: list[Registration] = []
        """The ids that the drafts register, in their order."""

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Deletes the file."""
        self._file.close()

    @property
    def is_cut_short(self) -> bool:
        """Whether reading stopped because there are too many findings."""
        return self.max_errors is not None and len(self.findings) >= self.max_errors

    def add(self, source: str, drafted: Drafted) -> None:
        """Adds the next part of a file. Raises `OSError` when the disk is full."""
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
        """Yields the drafts in their order, part by part, with the name of their file; `after` is an earlier `end`."""
        while after < self.end:
            self._file.seek(after)
            number, length = _HEAD.unpack(self._file.read(_HEAD.size))
            yield self._sources[number], drafts_in(self._file.read(length))
            after += _HEAD.size + length

    def place(self, source: str, draft: Draft, field: str | None = None) -> Place:
        """The place of a draft, or of one of its fields by its dotted path."""
        return place_in(source, draft, field)

    def events(self) -> tuple[list[Event], dict[UUID, LocateField]]:
        """All events, in memory, and the way to the places of each."""
        events: list[Event] = []
        places: dict[UUID, LocateField] = {}
        repeated: Counter[UUID] = Counter()
        for source, drafts in self.parts():
            for draft in drafts:
                event = EVENT_TYPES[draft.type].model_validate_json(draft.data)
                if not draft.has_own_id and event.event_id in places:
                    # A row that says the same as another: the decision needs both, and their places.
                    repeated[event.event_id] += 1
                    number = repeated[event.event_id] + 1
                    event = event.model_copy(update={"event_id": id_of_repetition(event.event_id, number)})
                events.append(event)
                places.setdefault(event.event_id, partial(place_in, source, draft))
        return events, places

    def data(self, is_wanted: Iterable[int]) -> Iterator[tuple[str, str]]:
        """Yields type and stored form of those drafts for which the flag is set."""
        flags = iter(is_wanted)
        for _, drafts in self.parts():
            yield from ((draft.type, draft.data) for draft in drafts if next(flags))

    def raise_findings(self, refusals: Iterable[PolicytrackError] = ()) -> None:
        """Raises `RejectedImport` with what was found, and with what was refused of the sound events, in the order of
        the files. A mistake that many events share, such as one in a table of sources, is reported once."""
        refused = [one for one in refusals if not self.findings or getattr(one, "wanted", None) not in self.claimed]
        once = {(finding.what, finding.place): finding for finding in (*self.findings, *refused)}
        if once:
            found = sorted(once.values(), key=self._place_in_order)[: self.max_errors]
            raise RejectedImport(found, self.rows)

    def _place_in_order(self, finding: PolicytrackError) -> tuple[int, int, int]:
        place = finding.place or Place("")
        return self._order.get(place.source, len(self._order)), place.line or 0, place.column or 0
