"""`verify`: checks the digest chain of the event store, and compares the read model with a rebuild."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.errors import IntegrityTrouble

if TYPE_CHECKING:
    from policytrack.store.verify import ChainReport


@click.command()
@click.option("--quick", is_flag=True, help="Only the digest chain; do not rebuild the read model.")
@click.option(
    "--cited",
    nargs=2,
    multiple=True,
    metavar="EVENT DIGEST",
    help="Prove that this head is in the chain: --cited e428 sha256:…  [several times: several heads]",
)
@click.option("--against", multiple=True, metavar="TEXT", help="The same for the head in a citation or a footer.")
@pass_context
def verify(context: Context, quick: bool, cited: tuple[tuple[str, str], ...], against: tuple[str, ...]) -> None:
    """Recompute the digest chain, and compare the read model with a rebuild.

    Silent on stdout and exit 0 when all is well, exit 6 when not. The digests in a store prove that it is whole. They
    do not prove that it is the store that was cited: a user who can write the file can compute them again. A head that
    was written down elsewhere proves it, for the events up to that head.

    Examples:

        policytrack verify

        policytrack verify --quick --cited e428 sha256:1b5746a311cc…
    """
    import tempfile

    from policytrack.store.cited import check_cited, read_cited
    from policytrack.store.verify import verify_chain

    heads = [read_cited(f"{name} {digest}") for name, digest in cited] + [read_cited(text) for text in against]
    ledger = context.ledger()
    report = verify_chain(ledger.store, context.progress("verifying"))
    if report.first_bad_position is not None:
        raise IntegrityTrouble(
            f"the event store is damaged or was changed at e{report.first_bad_position}: {report.reason}",
            hint="keep the file as it is, and restore a backup; events before that position are as they were recorded",
        )
    _check_anchor_file(ledger.store, report)
    context.say(f"events: {report.events:,} verified, head e{report.position} sha256:{report.digest_hex}")
    for head in heads:
        check_cited(ledger.store, head)
        context.say(f"cited: {head} is in the chain")
    if quick:
        return
    path = ledger.generation(notes=context.note, progress=context.progress("catching up"))
    with tempfile.TemporaryDirectory(prefix="policytrack-") as folder:
        fresh = ledger.fresh_read_model(Path(folder), progress=context.progress("rebuilding"))
        differing = ledger.read_model.compare(path, fresh)
    if differing:
        raise IntegrityTrouble(
            f"the read model differs from a rebuild in {', '.join(differing)}",
            hint="`policytrack rebuild` replaces it; please report how this came about",
        )
    context.say("read model: equal to a rebuild")


def _check_anchor_file(store: Path, report: ChainReport) -> None:
    """Raise `IntegrityTrouble` when `ledger.head` is damaged: other commands send the user here for what to do."""
    from policytrack.store.anchor import head_file_beside, read_anchor

    try:
        read_anchor(head_file_beside(store))
    except IntegrityTrouble as damage:
        raise IntegrityTrouble(
            f"{damage.what}; the events are complete up to e{report.position} sha256:{report.digest_hex}",
            hint=f"if no later event was acknowledged, remove {head_file_beside(store)}: the next recording writes it"
            " again; else restore the ledger from a backup",
        ) from damage
