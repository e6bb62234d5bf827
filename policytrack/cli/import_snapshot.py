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

from policytrack.cli.context import Context, today
from policytrack.cli.import_events import finish_dry_run, read
from policytrack.cli.preview import what_if
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


def import_snapshot(
    context: Context, ledger: Ledger, files: tuple[str, ...], options: TableOptions, given: dict[str, Any]
) -> None:
    """Compare the table with what is known at its day, and record by which events they differ.

    Raises `RejectedImport` with every finding, `Refused` for a table older than one that is recorded already, and
    `UsageError` for a map that names no source: by the source it is known what the tracker listed before.
    """
    source = options.map.source if options.map is not None else None
    who = (source or {}).get("publisher") or (source or {}).get("title")
    if not who:
        raise UsageError(
            "a snapshot is a source's: the map says whose", hint="[source] with title, publisher and class"
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
        context.warn([f"acknowledged in {given['output']}, for you to check before importing it: {finding.what}"])
    if given["dry_run"]:
        lines = ((event.TOPIC, event.to_json()) for event in new)
        types = sorted({event.TOPIC for event in new})
        finish_dry_run(context, ledger, len(new), types, lines, given["output"], partial(_record, changes))
    elif new:
        positions = [outcome.position for outcome in outcomes if outcome.is_new]
        first, last = min(positions), max(positions)
        said = f"recorded {counted(len(new), 'event')} in one transaction: import i{first}"
        topics = {event.TOPIC for event in new}
        finish_recording(context, ledger, said, (first, last), topics, shows_progress=True)
    else:
        context.say("nothing to do: the table says what is known")


def _record(changes: list[Event], ledger: Ledger) -> None:
    ledger.record(changes)


def _absent(given: dict[str, Any]) -> Absent:
    return "retired" if given["retire_absent"] else "retracted" if given["retract_absent"] else "left"


def _known(context: Context, ledger: Ledger, events: list[Event], day: date, who: str) -> State:
    """What is known at the day, with the events in force."""
    from policytrack.questions import ask
    from policytrack.readmodel.coordinates import Coordinates

    subjects = sorted({f"{kind}:{id_}" for event in events for kind, id_, _ in event.ids() if kind != "activity"})
    with ledger.ask(Coordinates(as_of=day, known_at=day), notes=context.note) as session:
        _refuse_older(ask(session, "snapshot_later", {"who": who}).to_pylist(), set(subjects), day, who)
        rows = ask(session, "snapshot_current", {"who": who, "subjects": subjects}).to_pylist()
        found = ledger.events_at([position for row in rows for position in (row["position"], *row["corrected"])])
        return _answers(session, who, current_of(rows, found))


def _refuse_older(later: list[Fields], subjects: set[str], day: date, who: str) -> None:
    """Refuse a table older than what its source has said since: that was recorded without knowing it."""
    found = sorted((row["known_on"], row["position"], row["subject"]) for row in later if row["subject"] in subjects)
    if found:
        known_on, position, subject = found[0]
        raise Refused(
            f"the table of {day} is older than what {who} said on {known_on} (e{position}, of {subject}), which is"
            " recorded already",
            hint="Import editions by their days: `policytrack undo` the later one first, or use a new ledger",
        )


def _changes(
    context: Context, ledger: Ledger, comparison: Comparison, drafting: _Drafting, who: str
) -> tuple[list[Event], list[NeedsAcknowledgement]]:
    """The events by which the table differs, and what has to be acknowledged of them."""
    changes = drafting.events(comparison.changes())
    needed: list[NeedsAcknowledgement] = []
    after = comparison.edition.known
    for _ in range(_ROUNDS):
        if changes:
            changes, found = _acknowledged(ledger, changes, comparison.edition.day)
            needed += found
            with what_if(ledger, partial(_record, changes), notes=context.note) as path:
                after = _asked(path, comparison.edition.day, who)
        more = drafting.events(comparison.corrections(after))
        if not more:
            break
        changes = [*changes, *more]
    return changes, needed


def _acknowledged(ledger: Ledger, changes: list[Event], day: date) -> tuple[list[Event], list[NeedsAcknowledgement]]:
    """The events as they can be recorded, those that a check refuses with an acknowledgement of it; and what the checks
    say."""
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
        said = [_with_acknowledgement(one, by_place.get(places[one.event_id], ()), reason) for one in changes]
        return _acknowledged(ledger, said, day)[0], needed
    known = [outcome.is_new for outcome in outcomes]
    return [event if new else _of_edition(event, day) for event, new in zip(changes, known, strict=True)], []


def _same(place: Place, _: str | None) -> Place:
    return place


def _of_edition(event: Event, day: date) -> Event:
    """An event that repeats one which was revised since: the same words of another edition, which its source names."""
    fields = event.model_dump(by_alias=True, exclude_none=True, exclude={"event_id"})
    fields["sources"] = [{"locator": f"edition of {day}", **source} for source in fields["sources"]]
    place = Place("snapshot")
    return validate(Row(fields, place, lambda _: place), today=day, known_on_of=lambda _: None)


def _with_acknowledgement(event: Event, checks: tuple[str, ...], reason: str) -> Event:
    if not checks:
        return event
    said = [one.model_dump() for one in event.acknowledged] + [{"check": check, "reason": reason} for check in checks]
    return type(event).model_validate({**event.model_dump(by_alias=True, exclude_none=True), "acknowledged": said})


def _refused(needed: list[NeedsAcknowledgement], count: int) -> RejectedImport:
    rejected = RejectedImport(list(needed), count)
    rejected.hint = (
        "Write the events with --dry-run -o changes.yaml, where each is acknowledged, check them, and import that file"
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
    """What the table says by itself: its events in a ledger of their own, with what they refer to."""
    from policytrack.ledger import Ledger

    with tempfile.TemporaryDirectory(prefix="policytrack-") as folder:
        alone = Ledger.create(Path(folder) / "table")
        alone.record([*_referred_to(events, known, drafting), *events], places=places)
        return _state(context, alone, drafting.day, who)


def _referred_to(events: list[Event], known: State, drafting: _Drafting) -> list[Event]:
    """Registrations of what the table refers to and does not register, as it is known."""
    from policytrack.events.envelope import Refers, Registers

    registered = {(kind, id_) for event in events for kind, id_, _ in event.ids(Registers)}
    wanted = {(kind, id_) for event in events for kind, id_, _ in event.ids(Refers)} - registered
    found: list[Event] = []
    while missing := sorted(key for key in wanted if key in known.registered and key not in registered):
        made = drafting.events(_registration(key, known) for key in missing)
        found += made
        registered |= set(missing)
        wanted |= {(kind, id_) for event in made for kind, id_, _ in event.ids(Refers)}
    return found


def _registration(key: tuple[str, str], known: State) -> Fields:
    kind, id_ = key
    content = {name: value for name, value in known.registered[key][1].items() if value is not None}
    return {"type": f"{kind}_registered", f"{kind}_id": id_, **content}


class _Drafting:
    """Makes events of fields: known at the day, said by the source."""

    def __init__(self, day: date, source: dict[str, Any] | None) -> None:
        self.day, self._source = day, source

    def events(self, drafts: Iterable[Fields]) -> list[Event]:
        """The drafts as events."""
        place = Place("snapshot")
        found = []
        for fields in drafts:
            filled = {"known_on": self.day, **fields}
            if self._source is not None:
                filled.setdefault("sources", [self._source])
            row = Row(filled, place, lambda _: place)
            found.append(validate(row, today=self.day, known_on_of=lambda _: None))
        return found


def _report(context: Context, count: int, new: list[Event], comparison: Comparison) -> None:
    by_type = Counter(f"{event.TOPIC} (revised)" if event.supersedes else event.TOPIC for event in new)
    context.say(f"{counted(count, 'statement')} compared with what is known · {counted(len(new), 'new event')}")
    for name, number in sorted(by_type.items()):
        context.say(f"  {number:>6,} {name}")
    what = {
        "left": "left as they are; --retire-absent ends them",
        "retired": "ended, as told",
        "retracted": "retracted, as told",
    }[comparison.edition.absent]
    for one, many, absent in (
        ("facility is", "facilities are", comparison.absent_facilities),
        ("project is", "projects are", comparison.absent_projects),
    ):
        if absent:
            shown = ", ".join(absent[:_SHOWN]) + (" …" if len(absent) > _SHOWN else "")
            context.say(f"{len(absent)} {one if len(absent) == 1 else many} no longer listed, {what}: {shown}")
    if comparison.edition.absent == "left" and (comparison.absent_facilities or comparison.absent_projects):
        context.say("what was listed by mistake, such as a duplicate: --retract-absent retracts it")
    _report_left(context, comparison)


def _report_left(context: Context, comparison: Comparison) -> None:
    """Name the events that are left as they are."""
    left = [f"{one.name}: {what}" for one, what in comparison.edition.left.values()]
    unlisted = [f"{one.name}: {one.event.effective}" for one in comparison.edition.unlisted]
    for what, found in (
        ("not this table's to revise, left as it is; `policytrack correct` or `retract` changes it", left),
        ("a statement that the table no longer lists, left as it is", unlisted),
    ):
        for line in found[:_SHOWN]:
            context.say(f"{what}: {line}")
        if len(found) > _SHOWN:
            context.say(f"… and {len(found) - _SHOWN} more")
