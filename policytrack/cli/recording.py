"""Validates, previews, confirms, writes and reports events, for all commands that record."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

import rich_click as click

from policytrack.cli.context import Context, today
from policytrack.cli.recording_warnings import warn_of_doubts
from policytrack.cli.unseen import echo
from policytrack.errors import Place, PolicytrackError, RejectedImport, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policytrack.application import RecordEvents
    from policytrack.decide.state import RecordedEvent
    from policytrack.events import Event
    from policytrack.ledger import Ledger


SHOWN = 20
"""Events that a preview lists."""
NOT_CARRIED_OVER = ("event_id", "known_on", "supersedes", "acknowledged", "recorded_by", "note")
"""Fields that `record --from` does not copy: they belong to one event."""
ACKNOWLEDGE: Final[dict[str, Any]] = {
    "type": (str, str),
    "multiple": True,
    "metavar": "CHECK REASON",
    "help": "Record it although this check refuses it, and give the reason (repeat for several checks).",
}


def acknowledged(given: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the field `acknowledged` of an event from pairs of check and reason; no field without any."""
    items = [{"check": check.replace("-", "_"), "reason": reason} for check, reason in given]
    return {"acknowledged": items} if items else {}


def validated(ledger: Ledger, event_type: type[Event], fields: dict[str, Any], flags: Mapping[str, str]) -> Event:
    """Return the event of these fields. An error names the flag of its field.

    `flags` are the flags by field name. Raises the error, or `RejectedImport` for several.
    """
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
    """Record events in one transaction. On a terminal, unless `yes`, show their effect and prompt first.

    They are decided once: the preview shows the decision, and it is appended if no event on which it depends was
    recorded meanwhile. Otherwise they are decided and shown again. `done` is the message afterwards, with `{first}` and
    `{last}` for the positions. Returns the position of the first event; None when nothing was recorded.

    Raises `UsageError` for a date after today or a doubtful clock that the user has not confirmed, and what
    `PolicyTrack.record` raises.
    """
    from policytrack.application import ATTEMPTS, too_busy

    is_prompting = context.interactive and not yes
    with ledger.application() as application:
        for attempt in range(ATTEMPTS):
            decision = application.decide(events, renews=False)
            if not decision.new_decisions:
                known = next(outcome.position for outcome in decision.outcomes if outcome is not None)
                context.done |= {"stored": 0, "already": [known]}
                echo(f"already recorded as e{known}; nothing was written", err=True)
                return None
            if attempt == 0:
                _warn_of_future(context, events, may_ask=is_prompting or yes or dry_run)
                check_clock(context, ledger, is_confirmed=is_prompting or yes or dry_run)
            if not _is_confirmed(context, ledger, decision, is_prompting=is_prompting, dry_run=dry_run):
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
        is_checked=is_prompting,  # the preview has already run the checks
    )
    return first


def _is_confirmed(
    context: Context, ledger: Ledger, decision: RecordEvents, *, is_prompting: bool, dry_run: bool
) -> bool:
    """Show the effect of a decision and prompt, if asked to. Returns False when nothing is to be written."""
    if dry_run or is_prompting:
        from policytrack.cli.preview import show_effect

        show_effect(context, ledger, lambda copy: copy.record_decided(decision))
    if dry_run:
        context.done |= {"stored": 0, "is_dry_run": True}
        echo("dry run: nothing was written", err=True)
    elif is_prompting and not click.confirm("Record it?" if len(decision.events) == 1 else "Record them?", err=True):
        echo("nothing was written", err=True)
    else:
        return True
    return False


def _report_recorded_meanwhile(context: Context, events: Sequence[RecordedEvent]) -> None:
    """Print the events of other processes that were appended between a decision and its recording."""
    named = ", ".join(f"{one.name} {one.event.TOPIC}" for one in events[:SHOWN])
    more = f" and {len(events) - SHOWN} more" if len(events) > SHOWN else ""
    context.say(f"recorded meanwhile: {named}{more}; checking again")


def check_clock(context: Context, ledger: Ledger, *, is_confirmed: bool) -> None:
    """Warn of a clock that is probably wrong; raise `UsageError` if the user has not confirmed it.

    Uses the result of `Ledger.clock_doubt`, which is set when the ledger opens its application: call this afterwards.
    """
    if ledger.clock_doubt is None:
        return
    if not is_confirmed:
        raise UsageError(ledger.clock_doubt, hint="set the clock (`date` shows it); if it is right, use --yes")
    context.warn([ledger.clock_doubt])


def finish_recording(
    context: Context,
    ledger: Ledger,
    message: str,
    positions: tuple[int, int],
    types: Iterable[str],
    *,
    is_checked: bool = False,
    shows_progress: bool = False,
) -> None:
    """Report stored events, catch the read model up and, unless `is_checked`, warn of findings of the checks.

    Every command that stores events ends with this. `message` is printed first, before anything that can fail.
    `positions` are those of the first and the last event, `types` their types.
    """
    first, last = positions
    context.done |= {"stored": last - first + 1, "first": first, "last": last, "types": sorted(types)}
    context.say(message)
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
    """Turn an error inside into a warning that names the stored events, since they are safe.

    An exit code other than 0 would mean that nothing is stored, and the user would record the events again. `what` says
    what was not done.
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
    """Return the name of an event or of a range of events: ``e17``, ``e17–e20``."""
    return f"e{first}" if first == last else f"e{first}–e{last}"


def _warn_of_future(context: Context, events: Sequence[Event], *, may_ask: bool) -> None:
    """Warn of events with a `known_on` after today; raise `UsageError` if the user has not confirmed it."""
    latest = max(event.known_on for event in events)
    if latest > today():
        from policytrack.importing.bulk.record import FUTURE_HINT, future_words

        words = future_words(latest.isoformat(), today().isoformat())
        if not may_ask:
            raise UsageError(words, hint=FUTURE_HINT)
        context.warn([words])


def show_events(events: list[RecordedEvent], what: str) -> None:
    """Print the number of events by type, then the first `SHOWN` of them, under the heading `what`."""
    from collections import Counter

    by_type = Counter(one.event.TOPIC for one in events)
    echo(f"{what}: {', '.join(f'{number} {name}' for name, number in by_type.most_common())}")
    for one in events[:SHOWN]:
        echo(f"  {one.name} {one.event.TOPIC} of {one.event.effective}")
    if len(events) > SHOWN:
        echo(f"  and {len(events) - SHOWN} more")
