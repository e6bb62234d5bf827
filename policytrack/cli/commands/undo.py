"""`undo`: retracts all events of one import; events that it superseded are in force again."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import DRY_RUN, YES
from policytrack.cli.recording import show_events, write_events
from policytrack.cli.unseen import echo
from policytrack.errors import NotFound, Refused, counted

if TYPE_CHECKING:
    from policytrack.ledger import Ledger
    from policytrack.store.transactions import Transaction


@click.command()
@click.argument("import_id", metavar="IMPORT")
@click.option("--reason", metavar="TEXT", help="Reason for undoing it. [default: import IMPORT is undone]")
@click.option("--cascade", is_flag=True, help="Retract also later events that refer to its events.")
@DRY_RUN
@YES
@pass_context
def undo(context: Context, import_id: str, reason: str | None, cascade: bool, dry_run: bool, yes: bool) -> None:
    """Undo an import: retract all its events in one transaction.

    Events that the import corrected or retracted are in force again. IMPORT is the id that `import` printed, such as
    i17; `show e20` and `log --imports` print it too. Afterwards you can import the corrected file.

    Examples:

        policytrack undo i17 --dry-run

        policytrack undo i17 --reason "the table was in kt, not in t" --yes
    """
    ledger = context.ledger()
    transaction = _transaction(ledger, import_id)
    name = transaction.name
    with ledger.application() as application:
        undoing = application.undoing(
            transaction.first, transaction.last, reason or f"import {name} is undone", cascade=cascade
        )
        if undoing.later and undoing.events:
            from policytrack.decide.dependents import named

            depend = "depends" if len(undoing.later) == 1 else "depend"
            raise Refused(
                f"{counted(len(undoing.later), 'later event')} {depend} on import {name}: {named(undoing.later)}",
                hint=f"retract {'it' if len(undoing.later) == 1 else 'them'} too: policytrack undo {name} --cascade",
            )
        count = transaction.last - transaction.first + 1
        echo(f"import {name} of {transaction.recorded_at.isoformat(sep=' ')}Z: {counted(count, 'event')}")
        if not undoing.events:
            echo("nothing to undo: none of its events is in force", err=True)
            return
        positions = range(transaction.first, transaction.last + 1)
        _show_types("retracted", [one.event.TOPIC for one in undoing.retracted if one.position in positions])
        if others := [one for one in undoing.retracted if one.position not in positions]:
            show_events(others, "also retracted, since they depend on it")
        if undoing.restored:
            show_events(undoing.restored, "in force again")
        recorded = "e{first}" if len(undoing.events) == 1 else "e{first}–e{last}"
        done = f"recorded {recorded}: import {name} is undone"
        write_events(context, ledger, undoing.events, done, dry_run=dry_run, yes=yes)


def _show_types(what: str, topics: list[str]) -> None:
    for topic, number in Counter(topics).most_common():
        echo(f"{what}: {number:,} {topic}")


def _transaction(ledger: Ledger, name: str) -> Transaction:

    if not (match := re.fullmatch("i?([0-9]{1,18})", name.lower())):
        raise NotFound(
            f"{name!r} is not the id of an import",
            hint="use an id such as i17; list them with `policytrack log --imports`",
        )
    position = int(match[1])
    transaction = ledger.store.transaction_of(position)
    if transaction is None:
        raise NotFound(f"there is no import {name}", hint="list the imports with `policytrack log --imports`")
    if transaction.first != position:
        raise NotFound(
            f"there is no import i{position}; e{position} was recorded by import {transaction.name}",
            hint=f"policytrack undo {transaction.name}",
        )
    return transaction
