"""`seal`: signs the head of the ledger, and attaches timestamps to seals."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.errors import StorageTrouble, UsageError

if TYPE_CHECKING:
    from policytrack.ledger import Ledger

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--key", type=_FILE, metavar="FILE", help="Sign the head of the ledger with this private key.")
@click.option("--new-key", type=_FILE, metavar="FILE", help="Create a private key, and FILE.pub with the public one.")
@click.option("--name", default="policytrack", show_default=True, metavar="NAME", help="Name of the new key's owner.")
@click.option("--encrypt", is_flag=True, help="Prompt for a passphrase and encrypt the new key with it.")
@click.option("--passphrase-file", type=_FILE, metavar="FILE", help="Read the passphrase of the key from this file.")
@click.option("--request", type=_FILE, metavar="FILE.tsq", help="Write a timestamp request for a seal.")
@click.option("--timestamp", type=_FILE, metavar="FILE.tsr", help="Store an authority's answer with its seal.")
@click.option("--seal", "chosen", type=_FILE, metavar="SEAL", help="The seal to timestamp. [default: the newest]")
@pass_context
def seal(
    context: Context,
    key: Path | None,
    new_key: Path | None,
    name: str,
    encrypt: bool,
    passphrase_file: Path | None,
    request: Path | None,
    timestamp: Path | None,
    chosen: Path | None,
) -> None:
    """Sign the head of the ledger, so that its events can be proved to others.

    The seal is stored in seals/ and covers every event up to the head. The whole chain is verified before it is signed.
    Publish the public key and keep the private one outside the ledger. A timestamp authority (RFC 3161) can confirm
    when a seal existed: send it the file of --request by any means, and store its answer with --timestamp.

    Examples:

        policytrack seal --new-key seal.key

        policytrack seal --key seal.key

        policytrack seal --request e428.tsq

    Next: policytrack verify --seal, policytrack prove.
    """
    given = [option for option in (key, new_key, request, timestamp) if option is not None]
    if len(given) != 1:
        raise UsageError(
            "choose one of --key, --new-key, --request and --timestamp",
            hint="create a key with --new-key FILE, then sign with --key FILE",
        )
    if encrypt and new_key is None:
        raise UsageError(
            "--encrypt applies only to --new-key", hint="omit --encrypt; you are prompted when it is needed"
        )
    if new_key is not None:
        _create_key(context, new_key, name, encrypt, passphrase_file)
    elif key is not None:
        _sign(context, key, passphrase_file)
    elif request is not None:
        _request(context, request, chosen)
    elif timestamp is not None:
        _store_timestamp(context, timestamp, chosen)


def _create_key(context: Context, path: Path, name: str, encrypt: bool, passphrase_file: Path | None) -> None:
    from policytrack.api.files import refuse_file_of_a_ledger
    from policytrack.seals.private_key import create_key

    refuse_file_of_a_ledger(Path(os.path.realpath(path)))
    passphrase = _passphrase(context, passphrase_file, is_new=True) if encrypt or passphrase_file else None
    create_key(path, name, passphrase)
    context.say(f"created {path}: keep it secret, outside the ledger; publish {path}.pub")


def _sign(context: Context, path: Path, passphrase_file: Path | None) -> None:
    from policytrack.errors import IntegrityTrouble
    from policytrack.seals.in_ledger import make_seal, store_seal
    from policytrack.seals.private_key import is_readable_by_others, read_private_key
    from policytrack.store.clock import clock_doubt, microseconds_of, utc_microseconds

    ledger = context.ledger()
    key = read_private_key(path, lambda: _passphrase(context, passphrase_file))
    if is_readable_by_others(path):
        context.warn([f"other users may read the key {path}; run: chmod 600 {path}"])
    ledger.check_not_rolled_back()
    report = ledger.store.verify(context.progress("verifying"))
    if report.first_bad_position is not None:
        raise IntegrityTrouble(
            f"the event store is damaged or was changed at e{report.first_bad_position}: {report.reason}",
            hint="restore the ledger from a backup; nothing was signed",
        )
    made = make_seal(ledger.store, report, key, datetime.now(UTC).replace(tzinfo=None))
    if doubt := clock_doubt(microseconds_of(datetime.fromisoformat(made.recorded)), utc_microseconds()):
        context.warn([f"{doubt}; the seal says that it was made on {made.sealed}"])
    stored = store_seal(ledger.root, made, ledger.store.permissions())
    context.say(f"sealed {made.head} with the key {key.public.name}+{key.public.identifier.hex()}")
    click.echo(stored.relative_to(ledger.root).as_posix())


def _request(context: Context, target: Path, chosen: Path | None) -> None:
    from policytrack.cli.output.write import write_file
    from policytrack.seals.seal import read_seal
    from policytrack.seals.timestamp import request_for

    path = chosen_seal(context.ledger(), chosen)
    write_file(target, [request_for(read_seal(path).text)])
    context.say(f"wrote {target}: send it to a timestamp authority as application/timestamp-query, then --timestamp")


def _store_timestamp(context: Context, answer: Path, chosen: Path | None) -> None:
    from policytrack.input_files import read_input
    from policytrack.seals.in_ledger import store_timestamp
    from policytrack.seals.seal import read_seal
    from policytrack.seals.timestamp import LARGEST, check_timestamp

    path = chosen_seal(context.ledger(), chosen)
    try:
        content = read_input(answer, LARGEST)
    except OSError as cause:
        raise StorageTrouble(f"cannot read {answer}: {cause.strerror}", hint="check the path") from cause
    timestamp = check_timestamp(content, read_seal(path).text)
    stored = store_timestamp(path, content)
    context.say(
        f"stored {stored}: {path.name} existed on {timestamp}, by the authority's clock; its signature was not checked"
    )


def chosen_seal(ledger: Ledger, chosen: Path | None) -> Path:
    """Return the seal that was chosen, or the newest of the ledger. Raises `NotFound` without one."""
    from policytrack.errors import NotFound
    from policytrack.seals.in_ledger import newest_seal

    path = chosen or newest_seal(ledger.root)
    if path is None:
        raise NotFound("the ledger has no seal", hint="make one with `policytrack seal --key FILE`")
    return path


def _passphrase(context: Context, file: Path | None, *, is_new: bool = False) -> bytes:
    from policytrack.input_files import read_input

    if file is not None:
        try:
            passphrase = read_input(file, 4096).splitlines()[:1]
        except OSError as cause:
            raise StorageTrouble(f"cannot read {file}: {cause.strerror}", hint="check the path") from cause
        if not passphrase or not passphrase[0]:
            raise UsageError(f"{file} has no passphrase in its first line", hint="write the passphrase there")
        return passphrase[0]
    if not context.interactive:
        raise UsageError("the key needs a passphrase", hint="give it with --passphrase-file FILE, or use a terminal")
    answer: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=is_new, err=True)
    return answer.encode()
