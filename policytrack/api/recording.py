"""Records and imports for the Python API, and reports what the checks find about the new events."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, get_args
from uuid import UUID, uuid4

from policytrack.api.arguments import one_of
from policytrack.api.importing import registered, table_options
from policytrack.errors import MalformedInput, NotFound, Place, PolicytrackError, RejectedImport, UsageError, shortened
from policytrack.importing.formats import Format
from policytrack.local_day import today
from policytrack.plugins import importers

if TYPE_CHECKING:
    from policytrack.events import Event
    from policytrack.importing.bulk.record import Imported
    from policytrack.importing.preparing import Preparing
    from policytrack.importing.tables.table_options import TableOptions
    from policytrack.ledger import Ledger

Notes = Callable[[str], None]
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recording or an import did: how many events it read, and how many are new.

    `positions` are those of the first and the last new event, None when nothing was written. `warnings` are about the
    event store, `findings` are what the checks find about the new events, as `policytrack check` does.
    """

    events: int
    new: int
    positions: tuple[int, int] | None
    already: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
    findings: tuple[dict[str, Any], ...] = ()
    is_dry_run: bool = False


class TableArguments(TypedDict, total=False):
    """How to read CSV and XLSX files, as the options of `policytrack import` say."""

    sheet: str | None
    event_type: str | None
    known_on: date | None
    decimal: str | None
    date_form: str | None
    fiscal_year: str | None
    encoding: str | None


def stored_event(ledger: Ledger, name: str) -> tuple[int, dict[str, Any]]:
    """Return position and stored fields of an event, by `e14`, `14` or its event id. Raises `NotFound`."""
    number = name.lower().removeprefix("e")
    top = ledger.store.head().position
    if number.isdecimal():
        if len(number) > _MOST_DIGITS or not 1 <= int(number) <= top:
            raise NotFound(
                f"there is no event e{shortened(number)}; the last is e{top}",
                hint="list the events with `policytrack log`",
            )
        position: int | None = int(number)
    else:
        position = _position_of_id(ledger, name)
    if position is None:
        raise NotFound(f"there is no event {shortened(name)!r}", hint="use a position such as e14, or an event id")
    batch = next(iter(ledger.batches(position - 1, position)))
    fields: dict[str, Any] = json.loads(batch["data"][0].as_py())
    return position, fields


def _position_of_id(ledger: Ledger, name: str) -> int | None:
    try:
        event_id = UUID(name)
    except ValueError:
        return None
    with ledger.application() as application:
        return application.position(event_id)


def events_of(ledger: Ledger, given: Iterable[Mapping[str, Any] | Event]) -> list[Event]:
    """Return validated events. Raises the error, with the place of its field, or `RejectedImport` for several."""
    from policytrack.events import Event

    events: list[Event] = []
    findings: list[PolicytrackError] = []
    number = 0
    for number, one in enumerate(given, 1):
        if isinstance(one, Event):
            events.append(one)
            continue
        try:
            events.append(_event(ledger, one, number))
        except RejectedImport as rejected:
            findings += rejected.findings
    if len(findings) == 1:
        raise findings[0]
    if findings:
        raise RejectedImport(findings, number)
    return events


def _event(ledger: Ledger, given: Mapping[str, Any], number: int) -> Event:
    from policytrack.importing.event_row import Row
    from policytrack.importing.validate import validate

    def locate(path: tuple[str | int, ...]) -> Place:
        return Place(".".join((f"event {number}", *map(str, path))))

    def known_on_of(event_id: UUID) -> date | None:
        with ledger.application() as application:
            return application.known_on(event_id)

    fields = {name: _plain(value, name) for name, value in given.items() if value is not None}
    fields["type"] = str(fields.get("type", "")).replace("-", "_")
    row = Row(fields, locate(()), locate)
    with ledger.application() as application, application.own_units():
        return validate(row, today=today(), known_on_of=known_on_of, new_id=lambda event: uuid4())


def _plain(value: Any, name: str) -> Any:
    """Return a value as the importer reads it from YAML. Raises `MalformedInput` for a float, which is not exact."""
    if isinstance(value, float):
        raise MalformedInput(f"{name} is the float {value}", hint="use a Decimal, an int or text: a float is not exact")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {part: _plain(one, f"{name}.{part}") for part, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, name) for one in value]
    return value if isinstance(value, str | int | bool | Decimal) or value is None else str(value)


def record(
    ledger: Ledger,
    given: Sequence[Mapping[str, Any] | Event],
    *,
    dry_run: bool,
    allow_later: bool,
    notes: Notes,
) -> Recorded:
    """Record events in one transaction; with `dry_run` only decide.

    Raises `UsageError` for a date after today or a doubtful clock without `allow_later`, and what `Ledger.record`
    raises.
    """
    events = events_of(ledger, given)
    if not events:
        raise UsageError("there is no event to record", hint="pass at least one")
    with ledger.application():
        _check_later(ledger, max(event.known_on for event in events), allow_later=allow_later or dry_run)
        outcomes = ledger.record(events, dry_run=dry_run, renews=False)
    new = [outcome for outcome in outcomes if outcome.is_new]
    already = tuple(outcome.position for outcome in outcomes if not outcome.is_new)
    if dry_run or not new:
        return Recorded(len(events), len(new), None, already, tuple(ledger.warnings), is_dry_run=dry_run)
    positions = new[0].position, new[-1].position
    warnings, findings = _after_storing(ledger, positions, {one.event.TOPIC for one in new}, notes)
    return Recorded(len(events), len(new), positions, already, warnings, findings)


def _check_later(ledger: Ledger, known_on: date, *, allow_later: bool) -> None:
    if allow_later:
        return
    hint = "if it is right, pass allow_later=True"
    if known_on > today():
        from policytrack.importing.bulk.record import future_words

        raise UsageError(future_words(known_on.isoformat(), today().isoformat()), hint=f"check the year; {hint}")
    if ledger.clock_doubt is not None:
        raise UsageError(ledger.clock_doubt, hint=f"set the clock; {hint}")


def import_files(
    ledger: Ledger,
    files: Sequence[str | Path],
    *,
    map_file: Path | None,
    format_: str,
    source: Mapping[str, Any] | None,
    register_missing: bool,
    dry_run: bool,
    allow_later: bool,
    max_errors: int | None,
    notes: Notes,
    tables: TableArguments,
) -> Recorded:
    """Import the events of files in one transaction. Raises `RejectedImport` with every error, and `UsageError`."""

    form: Any = one_of("format", format_, [*get_args(Format), *importers()])
    options = table_options([str(file) for file in files], map_file=map_file, format_=form, **tables)
    prepare = _preparing(ledger, options, source, notes, register=register_missing)
    named = [(str(file), Path(file)) for file in files]
    with (
        ledger.application(),
        ledger.read_files(
            named, today=options.known_on, format_=form, tables=options, prepare=prepare, max_errors=max_errors
        ) as spool,
    ):
        _check_later(ledger, date.min, allow_later=allow_later or dry_run)
        done = ledger.record_drafts(spool, dry_run=dry_run, known_by=today(), allow_later=allow_later)
    for line in (*(prepare.lines() if prepare else ()), *options.unused.lines()):
        notes(line)
    return _imported(ledger, done, dry_run=dry_run, notes=notes)


def _preparing(
    ledger: Ledger, options: TableOptions, source: Mapping[str, Any] | None, notes: Notes, *, register: bool
) -> Preparing | None:
    from policytrack.importing.preparing import Preparing

    is_mapped = options.map is not None and bool(options.map.event)
    if not (is_mapped or register or source):
        return None
    rows = registered(ledger, notes=notes)
    fields = None if source is None else {name: _plain(value, name) for name, value in source.items()}
    prepare = Preparing(rows, options.map, source=fields, register=register)
    prepare.passes_over_registered = is_mapped
    return prepare


def _imported(ledger: Ledger, done: Imported, *, dry_run: bool, notes: Notes) -> Recorded:
    already = tuple(done.already)
    if dry_run or not done.new:
        return Recorded(done.count, done.new, None, already, tuple(ledger.warnings), is_dry_run=dry_run)
    positions = done.first, done.last
    warnings, findings = _after_storing(ledger, positions, done.types, notes)
    return Recorded(done.count, done.new, positions, already, warnings, findings)


def _after_storing(
    ledger: Ledger, positions: tuple[int, int], types: Iterable[str], notes: Notes
) -> tuple[tuple[str, ...], tuple[dict[str, Any], ...]]:
    """Catch the read model up, and return the warnings and what the checks find about the new events.

    The events are stored: an error here becomes a warning, since the caller would record them again.
    """
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

    warnings = list(ledger.warnings)
    try:
        path = ledger.generation(notes=notes)
        with Session(path, Coordinates(as_of=today(), known_at=today())) as session:
            findings = session.doubts(positions[0] - 1, sorted(types)).to_pylist()
    except PolicytrackError as failed:
        stored = f"stored as e{positions[0]}–e{positions[1]}; the checks were not run"
        return (*warnings, f"{stored}: {failed.what}; {failed.hint}"), ()
    return tuple(warnings), tuple(findings)
