"""What an import keeps of its events, so that objections can be asked of them when all have been read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from policytrack.decide.chronicle import WEIGHED
from policytrack.decide.objections import OBJECTED_TO
from policytrack.decide.plain import Draft
from policytrack.events import EVENT_TYPES, Event

MOST_WEIGHED: Final = 50_000
"""Events that objections may be about, in one import: of more, none is weighed; see docs/decisions.md."""
_OBJECTED_TO: Final = frozenset(event_type.TOPIC for event_type in OBJECTED_TO)


@dataclass(slots=True)
class Weighing:
    """The new events that objections are about, with their positions and places; none when there are too many."""

    _taken: list[tuple[int, Draft, str]] = field(default_factory=list)
    _too_many: bool = False
    _has_cause: bool = False

    @property
    def was_given_up(self) -> bool:
        """Whether there were too many, and one at least that something may be held against."""
        return self._too_many and self._has_cause

    def take(self, position: int, draft: Draft, source: str) -> None:
        """Keep an event that an objection may look at."""
        self._has_cause = self._has_cause or draft.type in _OBJECTED_TO
        if self._too_many or not (draft.type in WEIGHED or '"acknowledged":[{' in draft.data):
            return
        if len(self._taken) == MOST_WEIGHED:
            self._taken.clear()
            self._too_many = True
            return
        self._taken.append((position, draft, source))

    def events(self) -> list[tuple[int, Event, str, Draft]]:
        """Those kept, read back."""
        return [
            (position, EVENT_TYPES[draft.type].model_validate_json(draft.data), source, draft)
            for position, draft, source in self._taken
        ]
