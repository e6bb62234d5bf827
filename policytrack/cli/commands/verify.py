"""`verify`: verifies the digest chain of the event store, and compares the read model with a rebuild."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.errors import IntegrityTrouble, StorageTrouble, UsageError

if TYPE_CHECKING:
    from policytrack.seals.seal import Seal
    from policytrack.store.chain import ChainReport
    from policytrack.store.store import Store

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--quick", is_flag=True, help="Verify only the digest chain; skip the rebuild.")
@click.option(
    "--cited",
    nargs=2,
    multiple=True,
    metavar="EVENT DIGEST",
    help="Prove that this cited head is in the chain: --cited e428 sha256:… (repeat for several heads)",
)
@click.option("--against", multiple=True, metavar="TEXT", help="The same, for the head in a citation or a footer.")
@click.option(
    "--seal", "seals", multiple=True, type=_FILE, metavar="SEAL", help="Check that this sealed head is in the chain."
)
@click.option("--key", metavar="PUBLIC", help="With --seal: check that the seal is signed with this public key.")
@pass_context
def verify(
    context: Context,
    quick: bool,
    cited: tuple[tuple[str, str], ...],
    against: tuple[str, ...],
    seals: tuple[Path, ...],
    key: str | None,
) -> None:
    """Verify the digest chain of the events, and compare the read model with a rebuild.

    Prints nothing to stdout. Exits 0 if all checks pass, else 6. The digests prove that no stored event was damaged or
    lost. They do not prove that the ledger is the one that was cited: a user who can write its files can recompute all
    digests. A head that was noted elsewhere, such as in a citation, proves it for the events up to that head.

    Examples:

        policytrack verify

        policytrack verify --quick --cited e428 sha256:1b5746a311cc…

        policytrack verify --seal seals/e428.seal --key seal.key.pub
    """
    from policytrack.seals.in_ledger import check_in_chain
    from policytrack.store.cited import check_cited, read_cited
    from policytrack.unfinished import temporary_folder

    heads = [read_cited(f"{name} {digest}") for name, digest in cited] + [read_cited(text) for text in against]
    if key is not None and not seals:
        raise UsageError("--key applies only to --seal", hint="name a seal with --seal FILE")
    sealed = [_signed(context, path, key) for path in seals]
    ledger = context.ledger()
    report = ledger.store.verify(context.progress("verifying"))
    if report.first_bad_position is not None:
        raise IntegrityTrouble(
            f"the event store is damaged or was changed at e{report.first_bad_position}: {report.reason}",
            hint="all events are intact: run `policytrack backup` to a new folder, and restore it"
            if report.is_chain_intact
            else "keep a copy of the file, and restore a backup; the events before that position are unchanged",
        )
    _check_anchor_file(ledger.store, report)
    ledger.check_not_rolled_back()
    context.say(f"events: {report.events:,} verified, head e{report.position} sha256:{report.digest_hex}")
    for head in heads:  # after the chain: a damaged chain proves nothing about a cited head
        check_cited(ledger.store, head)
        context.say(f"cited: {head} is in the chain")
    for path, seal in zip(seals, sealed, strict=True):
        check_in_chain(ledger.store, seal)
        context.say(f"sealed: {seal.head}, sealed on {seal.sealed}, is in the chain")
        _report_timestamp(context, path, seal)
    if quick:
        return
    path = ledger.generation(notes=context.note, progress=context.progress("catching up"))
    with temporary_folder() as folder:
        # Built from the events alone, without the cache: a wrong cached file must show as a difference.
        fresh = ledger.fresh_read_model(folder, progress=context.progress("rebuilding"))
        differing = ledger.read_model.compare(path, fresh)
    if differing:
        raise IntegrityTrouble(
            f"the read model differs from a rebuild in {', '.join(differing)}",
            hint="run `policytrack rebuild`; please report what happened before",
        )
    context.say("read model: equal to a rebuild")


def _signed(context: Context, path: Path, key: str | None) -> Seal:
    """Return the seal in a file, its signature checked if a key is given."""
    from policytrack.seals.public_key import read_key
    from policytrack.seals.seal import read_seal

    seal = read_seal(path)
    if key is None:
        context.warn([f"the signature of {path} was not checked: give the public key with --key"])
    else:
        public = read_key(key)
        seal.check_signed_by(public)
        context.say(f"signature: {path} is signed by {public.name}+{public.identifier.hex()}")
    return seal


def _report_timestamp(context: Context, path: Path, seal: Seal) -> None:
    """Check the timestamp beside a seal, if there is one. Raises `IntegrityTrouble` when it is of another seal."""
    from policytrack.input_files import read_input
    from policytrack.seals.timestamp import LARGEST, check_timestamp

    answer = path.with_suffix(".tsr")
    if not answer.exists():
        return
    try:
        timestamp = check_timestamp(read_input(answer, LARGEST), seal.text)
    except OSError as cause:
        raise StorageTrouble(f"cannot read {answer}: {cause.strerror}", hint="check its permissions") from cause
    context.say(
        f"timestamp: {timestamp} by policy {timestamp.policy}; check the authority's signature with"
        f" openssl ts -verify -in {answer} -data {path}"
    )


def _check_anchor_file(store: Store, report: ChainReport) -> None:
    """Raise `IntegrityTrouble` when `ledger.head` is damaged. Errors of other commands point here for what to do."""
    from policytrack.store.anchor import read_anchor

    try:
        read_anchor(store.head_file)
    except IntegrityTrouble as damage:
        raise IntegrityTrouble(
            f"{damage.what}; the events are complete up to e{report.position} sha256:{report.digest_hex}",
            hint=f"if no command reported a later event as recorded, remove {store.head_file}: the next"
            " recording writes it again; otherwise restore the ledger from a backup",
        ) from damage
