"""What the recording commands share: naming an event, checking fields, preview, question, writing, reporting."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

import rich_click as click

from policytrack.cli.context import Context, today
from policytrack.cli.options import MOST_DIGITS
from policytrack.cli.recording_warnings import warn_of_doubts
from policytrack.errors import NotFound, Place, PolicytrackError, RejectedImport, UsageError, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policytrack.application import RecordEvents
    from policytrack.decide.state import RecordedEvent
    from policytrack.events import Event
    from policytrack.ledger import Ledger


SHOWN = 20
"""Events that a preview names."""
NOT_CARRIED_OVER = ("event_id", "known_on", "supersedes", "acknowledged", "recorded_by", "note")
ACKNOWLEDGE: Final[dict[str, Any]] = {
    "type": (str, str),
    "multiple": True,
    "metavar": "CHECK REASON",
    "help": "Record it although this check refuses it, and give the reason (repeat for several checks).",
}


def acknowledged(given: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The checks that are acknowledged, as fields of an event."""
    found = [{"check": check.replace("-", "_"), "reason": reason} for check, reason in given]
    return {"acknowledged": found} if found else {}


def stored_event(ledger: Ledger, name: str) -> tuple[int, dict[str, Any]]:
    """Position and stored fields of the event that `e14`, `14` or an id names. Raises `NotFound`."""
    from policytrack.store.reading import head

    number = name.lower().removeprefix("e")
    top = head(ledger.store).position
    if number.isdecimal():
        if len(number) > MOST_DIGITS or not 1 <= int(number) <= top:
            raise NotFound(
                f"there is no event e{shortened(number)}; the last is e{top}", hint="`policytrack log` lists them"
            )
        position: int | None = int(number)
    else:
        position = _position_of_id(ledger, name)
    if position is None:
        raise NotFound(f"{name!r} names no event", hint="name it as e14, or by its id")
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


def validated(ledger: Ledger, event_type: type[Event], fields: dict[str, Any], flags: Mapping[str, str]) -> Event:
    """The event of these fields; each error names its flag. Raises the error, or `RejectedImport` for several."""
    from policytrack.importing.event_row import Row
    from policytrack.importing.validate import validate

    def locate(path: tuple[str | int, ...]) -> Place:
        name = str(path[0]) if path else ""
        return Place(flags.get(name, "--" + name.replace("_", "-")) if name else event_type.TOPIC)

    def known_on_of(event_id: UUID) -> date | None:
        with ledger.application() as application:
            return application.known_on(event_id)

    row = Row(fields, Place(event_type.TOPIC), locate)
    try:
        return validate(row, today=today(), known_on_of=known_on_of, new_id=lambda event: uuid4())
    except RejectedImport as rejected:
        if len(rejected.findings) == 1:
            raise rejected.findings[0] from None
        raise


def write_event(context: Context, ledger: Ledger, event: Event, *, dry_run: bool, yes: bool) -> int | None:
    """Record an event as `write_events` does."""
    return write_events(context, ledger, [event], f"recorded e{{first}} {event.TOPIC}", dry_run=dry_run, yes=yes)


def write_events(
    context: Context, ledger: Ledger, events: Sequence[Event], done: str, *, dry_run: bool, yes: bool
) -> int | None:
    """Record events in one transaction after showing what they change and asking, where a user can answer.

    They are decided once: the preview shows what was decided, and it is appended if nothing that it depends on was
    recorded meanwhile. Otherwise they are decided again, and the preview is shown again. `done` is printed then, with
    `{first}` and `{last}` for the positions. Returns the position of the first; None when nothing was recorded.
    """
    from policytrack.application import ATTEMPTS, too_busy

    asking = context.interactive and not yes
    with ledger.application() as application:
        for attempt in range(ATTEMPTS):
            decision = application.decide(events, renews=False)
            if not decision.new_decisions:
                known = next(outcome.position for outcome in decision.outcomes if outcome is not None)
                click.echo(f"already recorded as e{known}; nothing was written", err=True)
                return None
            if attempt == 0:
                _warn_of_future(context, events, may_ask=asking or yes or dry_run)
                check_clock(context, ledger, is_confirmed=asking or yes or dry_run)
            if not _is_confirmed(context, ledger, decision, asking=asking, dry_run=dry_run):
                return None
            if outcomes := application.append(decision):
                break
            _report_recorded_meanwhile(context, application.recorded_since(decision))
        else:
            raise too_busy()
        ledger.warnings += application.warnings()
    first, last = outcomes[0].position, outcomes[-1].position
    finish_recording(
        context,
        ledger,
        done.format(first=first, last=last),
        (first, last),
        {event.TOPIC for event in events},
        is_checked=asking,  # by the preview, which has warned
    )
    return first


def _is_confirmed(context: Context, ledger: Ledger, decision: RecordEvents, *, asking: bool, dry_run: bool) -> bool:
    """Show what a decision changes and ask whether to record it, where that is wanted. False: nothing is written."""
    if dry_run or asking:
        from policytrack.cli.preview import show_effect

        types = sorted({event.TOPIC for event in decision.events})
        show_effect(context, ledger, lambda copy: copy.record_decided(decision), types)
    if dry_run:
        click.echo("dry run: nothing was written", err=True)
    elif asking and not click.confirm("Record it?" if len(decision.events) == 1 else "Record them?", err=True):
        click.echo("nothing was written", err=True)
    else:
        return True
    return False


def _report_recorded_meanwhile(context: Context, events: Sequence[RecordedEvent]) -> None:
    """Name the events that came between a decision and its recording."""
    named = ", ".join(f"{one.name} {one.event.TOPIC}" for one in events[:SHOWN])
    more = f" and {len(events) - SHOWN} more" if len(events) > SHOWN else ""
    context.say(f"recorded meanwhile: {named}{more}; checking again")


def check_clock(context: Context, ledger: Ledger, *, is_confirmed: bool) -> None:
    """Warn of a clock that is probably wrong; raise `UsageError` where the user has not confirmed it.

    The clock is that of the last application that the ledger opened: call it after one was.
    """
    if ledger.clock_doubt is None:
        return
    if not is_confirmed:
        raise UsageError(ledger.clock_doubt, hint="set the clock (`date` shows it); if it is right, use --yes")
    context.warn([ledger.clock_doubt])


def finish_recording(
    context: Context,
    ledger: Ledger,
    said: str,
    positions: tuple[int, int],
    types: Iterable[str],
    *,
    is_checked: bool = False,
    shows_progress: bool = False,
) -> None:
    """Report stored events, then let the read model catch up and, unless `is_checked`, warn of what the checks find.

    `said` comes first, before anything that can fail; `positions` are those of the first and the last event, `types`
    their types. Every command that stores events ends with this.
    """
    first, last = positions
    context.say(said)
    context.warn(ledger.warnings)
    with after_storing(context, event_range(first, last), "the read model is behind"):
        path = ledger.generation(
            notes=context.note, progress=context.progress("catching up") if shows_progress else None
        )
        if not is_checked:
            with after_storing(context, event_range(first, last), "the checks were not run"):
                warn_of_doubts(context, path, first - 1, sorted(types))


@contextmanager
def after_storing(context: Context, stored: str, what: str) -> Iterator[None]:
    """Turn whatever fails inside into a warning that names the stored events: the command has done what it was for.

    An exit code other than 0 would say that nothing is stored, and the user would record it twice.
    """
    try:
        yield
    except Exception as failed:
        if context.debug:
            raise
        context.end_progress()
        cause = failed.what if isinstance(failed, PolicytrackError) else f"{type(failed).__name__}: {failed}"
        context.warn([f"stored as {stored}; {what}: {cause}"])
        cure = failed.hint if isinstance(failed, PolicytrackError) else ""
        context.say(f"hint: {cure or 'run `policytrack doctor`'}; the next command catches up")


def event_range(first: int, last: int) -> str:
    """The name of an event or of a range of events: ``e17``, ``e17–e20``."""
    return f"e{first}" if first == last else f"e{first}–e{last}"


def _warn_of_future(context: Context, events: Sequence[Event], *, may_ask: bool) -> None:
    """Warn of an event that is known only after today; raise `UsageError` where that cannot be confirmed."""
    latest = max(event.known_on for event in events)
    if latest > today():
        from policytrack.importing.bulk.record import FUTURE_HINT, future_words

        words = future_words(latest.isoformat(), today().isoformat())
        if not may_ask:
            raise UsageError(words, hint=FUTURE_HINT)
        context.warn([words])


def show_events(events: list[RecordedEvent], what: str) -> None:
    """Print how many events of each type there are, and the first of them."""
    from collections import Counter

    by_type = Counter(one.event.TOPIC for one in events)
    click.echo(f"{what}: {', '.join(f'{number} {name}' for name, number in by_type.most_common())}")
    for one in events[:SHOWN]:
        click.echo(f"  {one.name} {one.event.TOPIC} of {one.event.effective}")
    if len(events) > SHOWN:
        click.echo(f"  and {len(events) - SHOWN} more")
