"""`import --snapshot`: compares a tracker's complete table with the ledger, and records only the changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from policytrack.cli.context import Context, today
from policytrack.cli.import_events import preview, read, write_new_events
from policytrack.cli.recording import check_clock, finish_recording
from policytrack.errors import LocateField, NeedsAcknowledgement, Place, Refused, RejectedImport, UsageError, counted
from policytrack.events import Event
from policytrack.importing.bulk.record import FUTURE_HINT, future_words
from policytrack.importing.event_row import Row
from policytrack.importing.snapshot.changes import Comparison
from policytrack.importing.snapshot.state import Current, Fields, State, current_of, state_of
from policytrack.importing.validate import validate

if TYPE_CHECKING:
    from policytrack.importing.snapshot.edition import Absent
    from policytrack.importing.tables.table_options import TableOptions
    from policytrack.ledger import Ledger
    from policytrack.readmodel.session import Session

_QUESTIONS = ("registration", "capacity", "project", "stake", "since")
_SHOWN = 10
_ROUNDS = 3
"""Attempts to correct differences that are left after the changes: a correction may uncover an older statement."""


def import_snapshot(
    context: Context, ledger: Ledger, files: tuple[str, ...], options: TableOptions, given: dict[str, Any]
) -> None:
    """Compare a table with the ledger as known on the table's day, and record the events by which they differ.

    Raises `RejectedImport` with every error, `Refused` for a table that is older than a recorded one of its source, and
    `UsageError` for a map without a source: the source identifies what the tracker listed before.
    """
    source = options.map.source if options.map is not None else None
    who = (source or {}).get("publisher") or (source or {}).get("title")
    if not who:
        raise UsageError(
            "--snapshot needs a source in the map: it identifies what the tracker listed before",
            hint="add [source] with title, publisher and class to the map",
        )
    day = options.known_on
    if day > today() and not given["yes"]:
        raise UsageError(future_words(day.isoformat(), today().isoformat()), hint=FUTURE_HINT)
    events, places = read(context, ledger, files, given["format_"], day, given["max_errors"], options, given["prepare"])
    check_clock(context, ledger, is_confirmed=given["yes"] or given["dry_run"])
    known = _known(context, ledger, events, day, str(who))
    drafting = _Drafting(day, source)
    listed = _listed(context, events, places, known, drafting, str(who))
    comparison = Comparison(known, listed, events, day, absent=_absent(given))
    changes, needed = _changes(context, ledger, comparison, drafting, str(who))
    if needed and not (given["dry_run"] and given["output"]):
        raise _refused(needed, len(changes))
    outcomes = ledger.record(changes, dry_run=given["dry_run"])
    new = [outcome.event for outcome in outcomes if outcome.is_new]
    _report(context, len(events), new, comparison)
    for finding in needed:
        context.warn([f"acknowledged in {given['output']}; check it before you import the file: {finding.what}"])
    if given["dry_run"] and given["output"] is not None:
        lines = ((event.TOPIC, event.to_json()) for event in new)
        write_new_events(context, len(new), lines, given["output"])
    elif given["dry_run"]:
        preview(context, ledger, partial(_record, changes))
    elif new:
        positions = [outcome.position for outcome in outcomes if outcome.is_new]
        first, last = min(positions), max(positions)
        message = f"recorded {counted(len(new), 'event')} in one transaction: import i{first}"
        topics = {event.TOPIC for event in new}
        finish_recording(context, ledger, message, (first, last), topics, shows_progress=True)
    else:
        context.say("nothing to do: the table agrees with the ledger")


def _record(changes: list[Event], ledger: Ledger) -> list[str]:
    """Record the changes, and return the types of the new events."""
    return sorted({outcome.event.TOPIC for outcome in ledger.record(changes) if outcome.is_new})


def _absent(given: dict[str, Any]) -> Absent:
    return "retired" if given["retire_absent"] else "retracted" if given["retract_absent"] else "left"


def _known(context: Context, ledger: Ledger, events: list[Event], day: date, who: str) -> State:
    """Return what is known on the day, with the events in force. Raises `Refused` for a table that is too old."""
    from policytrack.questions import ask
    from policytrack.readmodel.coordinates import Coordinates

    subjects = sorted({f"{kind}:{id_}" for event in events for kind, id_, _ in event.ids() if kind != "activity"})
    with ledger.ask(Coordinates(as_of=day, known_at=day), notes=context.note) as session:
        _refuse_older(ask(session, "snapshot_later", {"who": who}).to_pylist(), set(subjects), day, who)
        rows = ask(session, "snapshot_current", {"who": who, "subjects": subjects}).to_pylist()
        in_force = ledger.events_at([position for row in rows for position in (row["position"], *row["corrected"])])
        return _answers(session, who, current_of(rows, in_force))


def _refuse_older(later: list[Fields], subjects: set[str], day: date, who: str) -> None:
    """Raise `Refused` if a later statement of the source about a subject of the table is recorded.

    The changes of the later edition were computed without this table, so they would be wrong after it.
    """
    newer = sorted((row["known_on"], row["position"], row["subject"]) for row in later if row["subject"] in subjects)
    if newer:
        known_on, position, subject = newer[0]
        raise Refused(
            f"the table of {day} is older than the statement of {who} of {known_on} about {subject} (e{position}),"
            " which is already recorded",
            hint="import editions in the order of their days: `policytrack undo` the later one first, or use a new"
            " ledger",
        )


def _changes(
    context: Context, ledger: Ledger, comparison: Comparison, drafting: _Drafting, who: str
) -> tuple[list[Event], list[NeedsAcknowledgement]]:
    """Return the events by which the table differs, and the refusals that need an acknowledgement.

    The changes are recorded in a copy of the ledger, and the result is compared with the table again, at most `_ROUNDS`
    times.
    """
    from policytrack.api.preview import what_if

    changes = drafting.events(comparison.changes())
    needed: list[NeedsAcknowledgement] = []
    after = comparison.edition.known
    for _ in range(_ROUNDS):
        if changes:
            changes, refusals = _acknowledged(ledger, changes, comparison.edition.day)
            needed += refusals
            with what_if(ledger, partial(_record, changes), notes=context.note) as path:
                after = _asked(path, comparison.edition.day, who)
        more = drafting.events(comparison.corrections(after))
        if not more:
            break
        changes = [*changes, *more]
    return changes, needed


def _acknowledged(ledger: Ledger, changes: list[Event], day: date) -> tuple[list[Event], list[NeedsAcknowledgement]]:
    """Return the events with an acknowledgement where a check refuses one, and these refusals."""
    places = {event.event_id: Place(f"{event.TOPIC} {number}") for number, event in enumerate(changes)}
    located = {event_id: partial(_same, place) for event_id, place in places.items()}
    try:
        outcomes = ledger.record(changes, dry_run=True, places=located)
    except RejectedImport as rejected:
        needed = [finding for finding in rejected.findings if isinstance(finding, NeedsAcknowledgement)]
        if len(needed) < len(rejected.findings):
            raise
        reason = f"as the table of {day} says"
        by_place = {finding.place: finding.checks for finding in needed}
        changed = [_with_acknowledgement(one, by_place.get(places[one.event_id], ()), reason) for one in changes]
        return _acknowledged(ledger, changed, day)[0], needed
    known = [outcome.is_new for outcome in outcomes]
    return [event if new else _of_edition(event, day) for event, new in zip(changes, known, strict=True)], []


def _same(place: Place, _: str | None) -> Place:
    return place


def _of_edition(event: Event, day: date) -> Event:
    """Return an event with the edition in its sources.

    Without it, an event that repeats an older statement, which was revised in between, would be its duplicate.
    """
    fields = event.model_dump(by_alias=True, exclude_none=True, exclude={"event_id"})
    fields["sources"] = [{"locator": f"edition of {day}", **source} for source in fields["sources"]]
    place = Place("snapshot")
    return validate(Row(fields, place, lambda _: place), today=day, known_on_of=lambda _: None)


def _with_acknowledgement(event: Event, checks: tuple[str, ...], reason: str) -> Event:
    if not checks:
        return event
    items = [one.model_dump() for one in event.acknowledged] + [{"check": check, "reason": reason} for check in checks]
    return type(event).model_validate({**event.model_dump(by_alias=True, exclude_none=True), "acknowledged": items})


def _refused(needed: list[NeedsAcknowledgement], count: int) -> RejectedImport:
    rejected = RejectedImport(list(needed), count)
    rejected.hint = (
        "write the events with --dry-run -o changes.yaml, in which each is acknowledged; check them; import that file"
    )
    return rejected


def _state(context: Context, ledger: Ledger, day: date, who: str) -> State:
    from policytrack.readmodel.coordinates import Coordinates

    with ledger.ask(Coordinates(as_of=day, known_at=day), notes=context.note) as session:
        return _answers(session, who)


def _asked(path: Path, day: date, who: str) -> State:
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

    with Session(path, Coordinates(as_of=day, known_at=day)) as session:
        return _answers(session, who)


def _answers(session: Session, who: str, current: tuple[Current, ...] = ()) -> State:
    from policytrack.questions import ask

    return state_of({name: ask(session, f"snapshot_{name}", {"who": who}).to_pylist() for name in _QUESTIONS}, current)


def _listed(
    context: Context, events: list[Event], places: dict[UUID, LocateField], known: State, drafting: _Drafting, who: str
) -> State:
    """Return the state of a temporary ledger with only the table's events and the registrations they need."""
    from policytrack.ledger import Ledger
    from policytrack.unfinished import temporary_folder

    with temporary_folder() as folder:
        alone = Ledger.create(folder / "table", is_temporary=True)
        alone.record([*_referred_to(events, known, drafting), *events], places=places)
        return _state(context, alone, drafting.day, who)


def _referred_to(events: list[Event], known: State, drafting: _Drafting) -> list[Event]:
    """Return registrations of the ids to which the table refers without registering them, as known in the ledger."""
    from policytrack.events.envelope import Refers, Registers

    registered = {(kind, id_) for event in events for kind, id_, _ in event.ids(Registers)}
    wanted = {(kind, id_) for event in events for kind, id_, _ in event.ids(Refers)} - registered
    registrations: list[Event] = []
    while missing := sorted(key for key in wanted if key in known.registered and key not in registered):
        made = drafting.events(_registration(key, known) for key in missing)
        registrations += made
        registered |= set(missing)
        wanted |= {(kind, id_) for event in made for kind, id_, _ in event.ids(Refers)}
    return registrations


def _registration(key: tuple[str, str], known: State) -> Fields:
    kind, id_ = key
    content = {name: value for name, value in known.registered[key][1].items() if value is not None}
    return {"type": f"{kind}_registered", f"{kind}_id": id_, **content}


class _Drafting:
    """Makes events from fields, with the day of the table as `known_on` and the source of its map."""

    def __init__(self, day: date, source: dict[str, Any] | None) -> None:
        self.day, self._source = day, source

    def events(self, drafts: Iterable[Fields]) -> list[Event]:
        """Return the drafts as events."""
        place = Place("snapshot")
        events = []
        for fields in drafts:
            filled = {"known_on": self.day, **fields}
            if self._source is not None:
                filled.setdefault("sources", [self._source])
            row = Row(filled, place, lambda _: place)
            events.append(validate(row, today=self.day, known_on_of=lambda _: None))
        return events


def _report(context: Context, count: int, new: list[Event], comparison: Comparison) -> None:
    by_type = Counter(f"{event.TOPIC} (revised)" if event.supersedes else event.TOPIC for event in new)
    context.say(f"{counted(count, 'statement')} compared with the ledger · {counted(len(new), 'new event')}")
    for name, number in sorted(by_type.items()):
        context.say(f"  {number:>6,} {name}")
    what = {
        "left": "left unchanged; --retire-absent records the end",
        "retired": "recorded as ended",
        "retracted": "retracted",
    }[comparison.edition.absent]
    for one, many, absent in (
        ("facility is", "facilities are", comparison.absent_facilities),
        ("unit is", "units are", comparison.absent_units),
        ("project is", "projects are", comparison.absent_projects),
    ):
        if absent:
            shown = ", ".join(absent[:_SHOWN]) + (" …" if len(absent) > _SHOWN else "")
            context.say(f"{len(absent)} {one if len(absent) == 1 else many} no longer listed, {what}: {shown}")
    absent_things = (comparison.absent_facilities, comparison.absent_units, comparison.absent_projects)
    if comparison.edition.absent == "left" and any(absent_things):
        context.say("if they were listed by mistake, such as duplicates, retract them with --retract-absent")
    _report_left(context, comparison)


def _report_left(context: Context, comparison: Comparison) -> None:
    """Print the events that the import does not change, with the reason."""
    left = [f"{one.name}: {what}" for one, what in comparison.edition.left.values()]
    unlisted = [f"{one.name}: {one.event.effective}" for one in comparison.edition.unlisted]
    for what, lines in (
        ("left unchanged, since this table cannot revise it; use `policytrack correct` or `retract`", left),
        ("left unchanged, a statement that the table no longer lists", unlisted),
    ):
        for line in lines[:_SHOWN]:
            context.say(f"{what}: {line}")
        if len(lines) > _SHOWN:
            context.say(f"… and {len(lines) - _SHOWN} more")
