"""`status`: prints the state of the event store and the read model."""

from __future__ import annotations

from typing import Any

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.output.write import write_text
from policytrack.cli.unseen import echo
from policytrack.errors import IntegrityTrouble
from policytrack.output.values import to_json


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_context
def status(context: Context, as_json: bool) -> None:
    """Show the state of the ledger: events, head, read model.

    Example:

        policytrack status --json

    Next: policytrack check, policytrack verify, policytrack doctor.
    """
    ledger = context.ledger()
    top = ledger.store.head()
    current = ledger.read_model.current()
    try:
        ledger.check_not_rolled_back()
    except IntegrityTrouble as trouble:  # a warning: users run `status` to see what is wrong
        context.warn([f"{trouble.what}; {trouble.hint}"])
    behind = top.position - (current.position if current else 0)
    facts: dict[str, Any] = {
        "ledger": str(ledger.root),
        "events": top.position,
        "head": f"e{top.position}",
        "digest": f"sha256:{top.digest_hex}",
        "last_recorded_at": top.recorded_at.isoformat() + "Z" if top.recorded_at else None,
        "store_bytes": ledger.store.size(),
        "read_model": str(current.path.name) if current else None,
        "read_model_behind": behind,
        "read_model_bytes": current.path.stat().st_size if current else 0,
        "untrusted_sql": len(ledger.own_sql.untrusted()),
    }
    if as_json:
        write_text(to_json(facts) + "\n")
        return
    widest = max(map(len, facts))
    for name, value in facts.items():
        shown = f"{value:,}" if isinstance(value, int) else value
        echo(f"{name.replace('_', ' '):<{widest}}  {shown if value is not None else '–'}")
