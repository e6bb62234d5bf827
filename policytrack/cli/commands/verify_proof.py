"""`verify-proof`: checks the proof of an event, without the ledger."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from policytrack.cli.context import Context, pass_context


@click.command(name="verify-proof")
@click.argument("proof", type=click.Path(path_type=Path, dir_okay=False), metavar="PROOF")
@click.option("--key", required=True, metavar="PUBLIC", help="The public key: a file KEY.pub, or its line.")
@pass_context
def verify_proof(context: Context, proof: Path, key: str) -> None:
    """Check the proof of an event with the public key of the person who sealed the ledger. No ledger is needed.

    Prints the event as it was recorded. Exits 0 if the event is in the sealed head and the signature is valid, else 6.

    Example:

        policytrack verify-proof proof.json --key seal.key.pub
    """
    from policytrack.cli.output.write import write_text
    from policytrack.seals.proof import check_proof, read_proof
    from policytrack.seals.public_key import read_key

    public = read_key(key)
    proven = check_proof(read_proof(proof), public)
    context.done = {
        "event": proven.data.decode(errors="backslashreplace"), "position": proven.position, "type": proven.type,
        "recorded_at": f"{proven.recorded_at}Z",
        "sealed_head": str(proven.seal.head), "sealed": str(proven.seal.sealed),
        "sealed_by": f"{public.name}+{public.identifier.hex()}",
    }  # fmt: skip
    if context.output is None:
        write_text(proven.data.decode(errors="backslashreplace") + "\n")
    context.say(
        f"proved: e{proven.position}, a {proven.type} recorded at {proven.recorded_at}Z, is in {proven.seal.head},"
        f" sealed by {public.name}+{public.identifier.hex()} on {proven.seal.sealed}"
    )
