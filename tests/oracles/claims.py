"""Claims put at random on a random history, and what they come to, computed event by event in plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from policytrack.decide.claims import claimable, written
from policytrack.events import Event
from policytrack.events.meta import ClaimRecorded
from tests.oracles.oracle import Answer, Record
from tests.oracles.questions import Asked, Rows
from tests.projections.world import claim, corrected, retracted

PUBLISHERS = ("Xinhua", "xinhua ", "Ministry", "Daily Paper", None)
SPOKEN_OF = ("capacity", "effective", "due", "stake_pct", "ratio", "replacement")


def with_claims(events: Sequence[Event], seed: int, count: int) -> list[Event]:
    """The history with claims on its events among it, some of them corrected or retracted, and sources for all."""
    dice = Random(seed)
    found: list[Event] = []
    claims: list[Event] = []
    for one in events:
        found.append(one.model_copy(update={"sources": tuple(_sources(dice, one))}))
        while dice.random() < count / (len(events) + count):
            if claims and dice.random() < 0.2:
                found.append(_other_word(dice, claims.pop(dice.randrange(len(claims)))))
            else:
                found.append(_claim(dice, dice.choice([old for old in found if old.type != "claim_recorded"])))
                claims.append(found[-1])
    return found


def _sources(dice: Random, one: Event) -> Sequence[Any]:
    from policytrack.events.envelope import Source

    return [Source.model_validate(source) for source in _some_sources(dice, 0)] or one.sources


def _some_sources(dice: Random, least: int) -> list[dict[str, Any]]:
    return [
        {
            "title": f"Title {dice.randrange(6)}",
            "publisher": dice.choice(PUBLISHERS),
            "class": dice.choice(("state-media", "analyst", "regulator")),
            "state_affiliated": dice.random() < 0.2,
        }
        for _ in range(dice.randrange(least, 3))
    ]


def _claim(dice: Random, target: Event) -> Event:
    known = (target.known_on + timedelta(days=dice.choice((-10, 0, 0, 15, 60)))).isoformat()
    stance = dice.choice(("corroborates", "contradicts", "contradicts", "verifies"))
    differing: dict[str, str] = {}
    if stance == "contradicts":
        fields = [name for name in claimable(type(target)) if name in SPOKEN_OF]
        values = {"effective": ("2021-01-05", "2021-03"), "replacement": ("none", "equal"), "due": ("2021", "2021-06")}
        for name in dice.sample(fields, dice.randrange(min(2, len(fields)) + 1)):
            differing[name] = dice.choice(values.get(name, ("100", "7200", "0.5")))
    return claim(target, stance, known, _some_sources(dice, 1) or [{"title": "One", "class": "analyst"}], **differing)


def _other_word(dice: Random, target: Event) -> Event:
    because = dice.choice(("error", "revision"))
    day = (target.known_on + timedelta(days=dice.randrange(40))).isoformat()
    if dice.random() < 0.5:
        return retracted(target, because, day)
    fields: dict[str, Any] = {"stance": "contradicts", "differing": [{"field": "effective", "value": "2021-02"}]}
    return corrected(target, because, day if because == "revision" else None, **fields)


class Attestation:
    """What is known of every event at a coordinate."""

    def __init__(self, record: Record, asked: Asked) -> None:
        self.record = record
        self.answer = Answer(record, asked.as_of, asked.known_at, asked.dates)
        self.positions = {event.event_id: position for position, event in record.events}
        self.claims = [
            (position, event)
            for position, event in record.events
            if isinstance(event, ClaimRecorded) and record.stands(position, asked.known_at)
        ]
        self.shown = [(position, event) for position, event in record.events if self._is_shown(event, asked)]
        self.standing = [(position, event) for position, event in self.shown if record.stands(position, asked.known_at)]

    def _is_shown(self, event: Event, asked: Asked) -> bool:
        first = event.effective.earliest or date.min
        day = first if asked.dates == "earliest" else event.effective.latest_by(event.known_on)
        return event.known_on <= asked.known_at and day <= asked.as_of

    def conflicts(self) -> Rows:
        """By position of the event, position of the claim and field: what is recorded and what is claimed."""
        found: Rows = {}
        for position, event in self.standing:
            for claim_position, one in self.claims:
                target = self.positions[one.target]
                if one.stance != "contradicts" or target > position:
                    continue
                if self.record.first[target] != self.record.first[position]:
                    continue
                for field, claimed in [(each.field, each.value) for each in one.differing] or [(None, None)]:
                    recorded = _exact(getattr(event, field)) if field else None
                    if field is None or recorded != claimed:
                        found[position, claim_position, field] = (recorded, claimed)
        return found

    def verification(self) -> Rows:
        """By position of the event: its counts and marks."""
        doubted = {(position, claim_position) for position, claim_position, _ in self.conflicts()}
        found: Rows = {}
        for position, event in self.shown:
            mine = [one for _, one in self.claims if one.target == event.event_id and one.stance != "contradicts"]
            sources = [*event.sources, *(source for one in mine for source in one.sources)]
            named = {source.publisher.strip().lower() for source in sources if source.publisher}
            state = [source for source in sources if source.state_affiliated or source.source_class == "state-media"]
            checks = [one for one in mine if one.stance == "verifies"]
            against = sum(1 for doubt in doubted if doubt[0] == position)
            found[(position,)] = (
                *(len(event.sources), max(len(named), 1) if sources else 0),
                *(len(mine) - len(checks), against, against > 0, bool(checks)),
                sorted({source.publisher or source.title for one in checks for source in one.sources}),
                *(len(state), bool(sources) and len(state) == len(sources)),
            )
        return found


def _exact(value: Any) -> str | None:
    if value is None or getattr(value, "bound", "exact") != "exact":
        return None
    return written(value)
