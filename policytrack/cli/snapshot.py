"""`import --snapshot`: a tracker's whole table, of which only what changed is recorded."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from policytrack.cli.bring import finish_dry_run, read
from policytrack.cli.context import Context
from policytrack.cli.doubts import warn_of_doubts
from policytrack.cli.preview import what_if
from policytrack.errors import LocateField, Place, UsageError, counted
from policytrack.events import Event
from policytrack.journal.rows import Row
from policytrack.journal.snapshot import Comparison
from policytrack.journal.snapshot_state import Fields, State, state_of
from policytrack.journal.validation import validate

if TYPE_CHECKING:
    from policytrack.journal.tabular import TableOptions
    from policytrack.ledger import Ledger
    from policytrack.readmodel.session import Session

_QUESTIONS = ("registration", "capacity", "project", "stake", "since")
_SHOWN = 10


def bring_snapshot(
    context: Context, ledger: Ledger, files: tuple[str, ...], options: TableOptions, given: dict[str, Any]
) -> None:
    """Compare the table with what is known at its day, and record by which events they differ.

    Raises `RejectedImport` with every finding, and `UsageError` for a map that names no source: by the source it is
    known what the tracker listed before.
    """
    source = options.map.source if options.map is not None else None
    who = (source or {}).get("publisher") or (source or {}).get("title")
    if not who:
        raise UsageError(
            "a snapshot is a source's: the map says whose", hint="[source] with title, publisher and class"
        )
    day = options.known_on
    events, places = read(context, ledger, files, given["format_"], day, given["max_errors"], options, given["prepare"])
    known = _state(context, ledger, day, str(who))
    listed = _listed(context, events, places, known, day, str(who))
    comparison = Comparison(known, listed, events, day, retire_absent=given["retire_absent"])
    changes = _as_events(comparison.changes(), day, source)
    for _ in range(2 if changes else 0):
        with what_if(ledger, partial(_record, changes), notes=context.note) as path:
            after = _asked(path, day, str(who))
        more = _as_events(comparison.corrections(after), day, source)
        if not more:
            break
        changes = [*changes, *more]
    outcomes = ledger.record(changes, dry_run=given["dry_run"])
    new = [outcome.event for outcome in outcomes if outcome.is_new]
    _report(context, len(events), new, comparison, retired=given["retire_absent"])
    if given["dry_run"]:
        lines = ((event.TOPIC, event.to_json()) for event in new)
        types = sorted({event.TOPIC for event in new})
        finish_dry_run(context, ledger, len(new), types, lines, given["output"], partial(_record, changes))
    elif new:
        ledger.generation(notes=context.note, progress=context.progress("catching up"))
        first = min(outcome.position for outcome in outcomes if outcome.is_new)
        context.say(f"recorded {counted(len(new), 'event')} in one transaction: import i{first}")
        warn_of_doubts(context, ledger, first - 1, sorted({event.TOPIC for event in new}))
    else:
        context.say("nothing to do: the table says what is known")


def _record(changes: list[Event], ledger: Ledger) -> None:
    ledger.record(changes)


def _state(context: Context, ledger: Ledger, day: date, who: str) -> State:
    from policytrack.readmodel.coordinates import Coordinates

    with ledger.ask(Coordinates(as_of=day, known_at=day), notes=context.note) as session:
        return _answers(session, who)


def _asked(path: Path, day: date, who: str) -> State:
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

    with Session(path, Coordinates(as_of=day, known_at=day)) as session:
        return _answers(session, who)


def _answers(session: Session, who: str) -> State:
    from policytrack.questions import ask

    return state_of({name: ask(session, f"snapshot_{name}", {"who": who}).to_pylist() for name in _QUESTIONS})


def _listed(
    context: Context, events: list[Event], places: dict[UUID, LocateField], known: State, day: date, who: str
) -> State:
    """What the table says by itself: its events in a ledger of their own, with what they refer to."""
    from policytrack.ledger import Ledger

    with tempfile.TemporaryDirectory(prefix="policytrack-") as folder:
        alone = Ledger.create(Path(folder) / "table")
        alone.record([*_referred_to(events, known, day), *events], places=places)
        return _state(context, alone, day, who)


def _referred_to(events: list[Event], known: State, day: date) -> list[Event]:
    """Registrations of what the table refers to and does not register, as it is known."""
    from policytrack.events.envelope import Refers, Registers

    registered = {(kind, id_) for event in events for kind, id_, _ in event.ids(Registers)}
    wanted = {(kind, id_) for event in events for kind, id_, _ in event.ids(Refers)} - registered
    found: list[Event] = []
    while missing := sorted(key for key in wanted if key in known.registered and key not in registered):
        made = _as_events((_registration(key, known) for key in missing), day, None)
        found += made
        registered |= set(missing)
        wanted |= {(kind, id_) for event in made for kind, id_, _ in event.ids(Refers)}
    return found


def _registration(key: tuple[str, str], known: State) -> Fields:
    kind, id_ = key
    content = {name: value for name, value in known.registered[key][1].items() if value is not None}
    return {"type": f"{kind}_registered", f"{kind}_id": id_, **content}


def _as_events(drafts: Iterable[Fields], day: date, source: dict[str, Any] | None) -> list[Event]:
    """The drafts as events that were known at the day, of the source."""
    place = Place("snapshot")
    found = []
    for fields in drafts:
        filled = {"known_on": day, **fields}
        if source is not None:
            filled["sources"] = [source]
        found.append(validate(Row(filled, place, lambda _: place), today=day, known_on_of=lambda _: None))
    return found


def _report(context: Context, count: int, new: list[Event], comparison: Comparison, *, retired: bool) -> None:
    by_type = Counter(f"{event.TOPIC} (revised)" if event.supersedes else event.TOPIC for event in new)
    context.say(f"{counted(count, 'statement')} compared with what is known · {counted(len(new), 'new event')}")
    for name, number in sorted(by_type.items()):
        context.say(f"  {number:>6,} {name}")
    for one, many, absent in (
        ("facility is", "facilities are", comparison.absent_facilities),
        ("project is", "projects are", comparison.absent_projects),
    ):
        if absent:
            shown = ", ".join(absent[:_SHOWN]) + (" …" if len(absent) > _SHOWN else "")
            what = "ended, as told" if retired else "left as they are; --retire-absent ends them"
            context.say(f"{len(absent)} {one if len(absent) == 1 else many} no longer listed, {what}: {shown}")
