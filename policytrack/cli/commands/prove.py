"""`prove`: writes the proof that an event is in a sealed head."""

from __future__ import annotations

import json
import re
from pathlib import Path

import rich_click as click

from policytrack.cli import shell_completion
from policytrack.cli.commands.seal import chosen_seal
from policytrack.cli.context import Context, pass_context
from policytrack.errors import UsageError


@click.command()
@click.argument("event", metavar="EVENT", shell_complete=shell_completion.ids("event"))
@click.option(
    "--seal",
    "chosen",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="SEAL",
    help="The seal. [default: the newest]",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the proof to this file.",
)
@pass_context
def prove(context: Context, event: str, chosen: Path | None, output: Path | None) -> None:
    """Prove that an event is in a sealed head, without giving away the other events.

    The proof is a JSON file with the event, the seal and some hashes. Its reader needs neither the ledger nor trust in
    the sender: only the public key of the person who sealed the ledger, and `policytrack verify-proof`.

    Examples:

        policytrack prove e169 -o proof.json

        policytrack prove e169 --seal seals/e428.seal -o proof.json

    Next: policytrack verify-proof proof.json --key seal.key.pub.
    """
    from policytrack.cli.output.write import write_parts
    from policytrack.seals.proof import prove as proof_of_event
    from policytrack.seals.seal import read_seal

    if not re.fullmatch(r"e[1-9][0-9]{0,17}", event):
        raise UsageError(
            f"{event!r} is not an event", hint="write its position, such as e169; `policytrack log` lists them"
        )
    ledger = context.ledger()
    ledger.check_not_rolled_back()
    seal = read_seal(chosen_seal(ledger, chosen))
    proof = proof_of_event(ledger.store, int(event[1:]), seal)
    context.done = {"event": event, "file": None if output is None else str(output)}
    if output is None and context.output is not None:
        context.done["proof"] = json.loads(proof)
        return
    write_parts([proof.encode()], output)
    if output is not None:
        context.say(f"proof that {event} is in the sealed head {seal.head} written to {output}")
