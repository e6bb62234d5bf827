"""The ledger, key and seal of the test vectors: always the same."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eventsourcing.dcb.api import DCBEvent

from policytrack.ledger import Ledger
from policytrack.seals.in_ledger import make_seal
from policytrack.seals.private_key import PrivateKey
from policytrack.seals.public_key import PublicKey
from policytrack.seals.seal import Seal
from policytrack.store.anchor import head_file_beside
from policytrack.store.sqlite.recorder import SQLiteDCBRecorder
from policytrack.store.sqlite.verify import verify_chain

SECRET = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
"""The secret key of test 1 in RFC 8032, section 7.1."""
SEALED_AT = datetime(2025, 11, 27, 12)  # noqa: DTZ001 # UTC without zone, as seals take it


def key(secret: bytes = SECRET, name: str = "example") -> PrivateKey:
    private = Ed25519PrivateKey.from_private_bytes(secret)
    return PrivateKey(PublicKey(name, private.public_key().public_bytes_raw()), private)


def events(first: int, last: int) -> list[DCBEvent]:
    return [DCBEvent("example", f'{{"n":{n}}}'.encode(), [f"n:{n}"]) for n in range(first, last + 1)]


def append(ledger: Ledger, first: int, last: int) -> None:
    """Append numbered events, all recorded on 2025-11-25 at 20:00 UTC or a little later."""
    clock = lambda: 1_764_100_800_000_000  # noqa: E731
    with closing(
        SQLiteDCBRecorder(ledger.store.path, head_file=head_file_beside(ledger.store.path), clock=clock)
    ) as recorder:
        recorder.append(events(first, last))


def of_events(folder: Path, count: int) -> Ledger:
    ledger = Ledger.create(folder)
    append(ledger, 1, count)
    return ledger


def sealed(ledger: Ledger, by: PrivateKey | None = None) -> Seal:
    return make_seal(ledger.store, verify_chain(ledger.store.path), by or key(), SEALED_AT)
