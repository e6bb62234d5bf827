"""Scenarios of decisions: ``given(*events).when(event).then_recorded()``, in memory.

Each is decided twice: by somebody who has read the whole record, and by somebody who has read only the event's
consistency boundary, as the application does. Both must come to the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from policytrack.decide import AlreadyRecorded, Boundary, Known, boundary_beyond, boundary_of, decide_all, tags_of
from policytrack.decide.state import RecordedEvent, RegionListed
from policytrack.errors import PolicytrackError
from policytrack.events import Event

UNITS = {
    "rare-earth-separation": "t REO/yr",
    "rare-earth-magnets": "t/yr",
    "coal-power": "MW",
    "crude-steel": "t/yr",
    "cement-clinker": "t/yr",
}
REGION_SETS = {"key-regions": (RegionListed("CN-HE", is_whole=True), RegionListed("CN-GD", is_whole=False))}

Answer = AlreadyRecorded | PolicytrackError | None


def given(*events: Event) -> Scenario:
    """The record holds these events, at the positions 1, 2, 3 …"""
    known = Known(dict(UNITS))
    for position, event in enumerate(events, 1):
        known.learn(position, event, tags_of(event, known))
    return Scenario(list(known.events.values()))


def decided(events: Sequence[Event], record: Iterable[RecordedEvent], head: int) -> list[Answer]:
    """What becomes of events that are recorded together by somebody who has read this much of the record."""
    known = _read(record)
    refused: dict[int, PolicytrackError] = {}
    outcomes = iter(decide_all(events, known, head, lambda event, refusal: refused.update({id(event): refusal})))
    return [refused[id(event)] if id(event) in refused else next(outcomes) for event in events]


def _read(record: Iterable[RecordedEvent]) -> Known:
    known = Known(dict(UNITS), region_sets=REGION_SETS)
    for recorded in record:
        known.learn(recorded.position, recorded.event, recorded.tags)
    return known


@dataclass(frozen=True)
class Scenario:
    """A record, to which something is added."""

    record: list[RecordedEvent]

    def when(self, *events: Event) -> Outcome:
        """These are recorded together; the outcome is that of the last."""
        boundary = dict.fromkeys(boundary_of(events))
        within = self._within(boundary)
        while more := [part for part in boundary_beyond(events, _read(within)) if part not in boundary]:
            boundary |= dict.fromkeys(more)
            within = self._within(boundary)
        by_all = decided(events, self.record, len(self.record))
        by_boundary = decided(events, within, len(self.record))
        assert list(map(in_words, by_boundary)) == list(map(in_words, by_all)), "the boundary is too narrow"
        return Outcome(by_boundary)

    def _within(self, boundary: Iterable[Boundary]) -> list[RecordedEvent]:
        return [
            recorded
            for recorded in self.record
            if any(
                part.tag in recorded.tags and (not part.types or type(recorded.event) in part.types)
                for part in boundary
            )
        ]


def in_words(answer: Answer) -> str:
    """An answer that can be compared."""
    return f"{answer!r} · {answer.hint}" if isinstance(answer, PolicytrackError) else repr(answer)


@dataclass(frozen=True)
class Outcome:
    """What became of the events."""

    answers: list[Answer]

    def then_recorded(self) -> None:
        """Every one of them is new."""
        assert self.answers == [None] * len(self.answers)

    def then_already(self, position: int) -> None:
        """The last says what stands at this position."""
        assert self.answers[-1] == AlreadyRecorded(position)

    def refused(self, error: type[PolicytrackError], part: str) -> PolicytrackError:
        """The last is refused, by just this class of error and in words that hold the part; gives the error."""
        answer = self.answers[-1]
        assert type(answer) is error, answer
        assert part in str(answer), answer
        return answer
