"""Prints what a recording would change."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from policytrack.cli.context import Context, today
from policytrack.cli.output.write import write
from policytrack.cli.recording_warnings import warn_of_possible_doubts
from policytrack.cli.unseen import echo
from policytrack.ledger import Ledger
from policytrack.output.answer import Answer


def show_effect(context: Context, ledger: Ledger, record: Callable[[Ledger], Sequence[str]]) -> None:
    """Print each national figure of today that `record` would change, and warn of doubts about the new events.

    `record` records in the ledger that it is given, a copy, and returns the types of the new events.
    """
    import pyarrow as pa

    from policytrack.api.preview import effect_of

    effect = effect_of(ledger, record, today(), notes=context.note)
    if effect is None:
        return
    warn_of_possible_doubts(context, effect.doubts, effect.since)
    context.done["effect"] = effect.changes
    if not effect.changes:
        echo("no national figure changes")
        return
    write(Answer(pa.Table.from_pylist(effect.changes), "Effect on national figures"), context, None, None)
