"""Proves that one event is in a sealed ledger, without the other events.

A proof is a JSON object::

    {"format": "policytrack-proof/1",
     "event": {"position": 169, "recorded_at": 1795811349213226, "type": "…", "tags": "[…]", "data": "{…}"},
     "previous": "…",       the digest of the event before, in hex
     "path": ["…", …],      the hashes of the Merkle path from the leaf to the root, in hex
     "seal": "…"}           the text of the seal

The event is written as in a backup: its stored texts. Event and `previous` give the digest, the digest and `path` the
root, and the root is in the seal, which is signed.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from policytrack.errors import IntegrityTrouble, MalformedInput, NotFound, StorageTrouble
from policytrack.input_files import read_input
from policytrack.seals.merkle import leaf_hash, proof_of, root_from
from policytrack.seals.public_key import PublicKey
from policytrack.seals.seal import Seal, parse_seal
from policytrack.store.clock import instant_of
from policytrack.store.digest import FIRST_DIGEST, next_digest
from policytrack.store.store import Store

FORMAT: Final = "policytrack-proof/1"
_LARGEST: Final = 64 << 20
_KEYS: Final = frozenset({"format", "event", "previous", "path", "seal"})
_EVENT_KEYS: Final = frozenset({"position", "recorded_at", "type", "tags"})
_LONGEST_PATH: Final = 64


@dataclass(frozen=True, slots=True)
class Proven:
    """An event that a proof proves: its position, instant of recording (UTC), type and stored data, and the seal."""

    position: int
    recorded_at: datetime
    type: str
    data: bytes
    seal: Seal


def prove(store: Store, position: int, seal: Seal) -> str:
    """Return the proof, as JSON text, that the event at a position is in a sealed head.

    Raises `NotFound` when the event store or the seal does not have the event, `IntegrityTrouble` when the seal is not
    of this event store or the event does not match its digest.
    """
    last = store.head().position
    if not 1 <= position <= min(last, seal.size):
        covered = f"the last is e{last}" if position > last or position < 1 else f"the seal ends at e{seal.size}"
        raise NotFound(
            f"there is no event e{position} to prove: {covered}", hint="seal the ledger again, then prove it"
        )
    ((row,),) = store.checked_pages(position - 1, position)
    path, root = proof_of(position - 1, seal.size, store.digests(seal.size))
    if root != seal.root:
        raise IntegrityTrouble(
            f"the seal of e{seal.size} has another Merkle root than the events",
            hint="run `policytrack verify --seal FILE`",
        )
    _, event_type, data, tags, recorded_at, _ = row
    event: dict[str, Any] = {
        "position": position,
        "recorded_at": recorded_at,
        "type": event_type.decode(),
        "tags": tags.decode(),
    }
    try:
        event["data"] = data.decode()
    except UnicodeDecodeError:
        event["data_base64"] = base64.b64encode(data).decode("ascii")
    proof = {
        "format": FORMAT,
        "event": event,
        "previous": store.digest_at(position - 1),
        "path": [one.hex() for one in path],
        "seal": seal.text,
    }
    return json.dumps(proof, ensure_ascii=False, indent=1) + "\n"


def read_proof(path: Path) -> bytes:
    """Return the content of a proof's file. Raises `NotFound` and `StorageTrouble`."""
    try:
        return read_input(path, _LARGEST)
    except FileNotFoundError as cause:
        raise NotFound(f"there is no proof {path}", hint="check the path") from cause
    except OSError as cause:
        raise StorageTrouble(
            f"cannot read {path}: {cause.strerror}", hint="check the path and its permissions"
        ) from cause


def check_proof(content: bytes, key: PublicKey) -> Proven:
    """Return what a proof proves, if it does; `key` is the public key of the person who sealed the ledger.

    Raises `MalformedInput` when it is no proof, `IntegrityTrouble` when it proves nothing or the signature is not
    valid.
    """
    try:
        proof = _read(content)
        seal = parse_seal(proof.seal)
        recorded_at = instant_of(proof.recorded_at)
        digest = next_digest(proof.previous, proof.position, proof.type, proof.data, proof.tags, proof.recorded_at)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError, binascii.Error) as cause:
        raise MalformedInput(
            f"the file is not a proof of policytrack: {cause}", hint="use the file of `policytrack prove` unchanged"
        ) from cause
    position = proof.position
    try:
        root = root_from(position - 1, seal.size, leaf_hash(digest), proof.path)
    except ValueError as cause:
        raise _proves_nothing(position, str(cause)) from cause
    if root != seal.root:
        raise _proves_nothing(position, "event and path do not give the sealed root")
    seal.check_signed_by(key)
    return Proven(position, recorded_at, proof.type, proof.data, seal)


class _Proof(NamedTuple):
    position: int
    recorded_at: int
    type: str
    tags: str
    data: bytes
    previous: bytes
    path: list[bytes]
    seal: str


def _read(content: bytes) -> _Proof:
    """Return the parts of a proof. Raises `ValueError`, and what operations on other types raise."""
    proof = json.loads(content, object_pairs_hook=_without_repeats)
    if not isinstance(proof, dict) or proof.keys() != _KEYS or proof["format"] != FORMAT:
        raise ValueError(f"it has not the keys of {FORMAT}")
    event, path = proof["event"], [bytes.fromhex(one) for one in proof["path"]]
    if event.keys() - {"data", "data_base64"} != _EVENT_KEYS or len(event) != len(_EVENT_KEYS) + 1:
        raise ValueError("its event has other keys")
    data = event["data"].encode() if "data" in event else base64.b64decode(event["data_base64"], validate=True)
    position, recorded_at, previous = event["position"], event["recorded_at"], bytes.fromhex(proof["previous"])
    if type(position) is not int or type(recorded_at) is not int:
        raise TypeError("position and recorded_at must be whole numbers")
    if position == 1 and previous != FIRST_DIGEST:
        raise ValueError("its first event has another start")
    if len(path) > _LONGEST_PATH or any(len(one) != 32 for one in (previous, *path)):
        raise ValueError("its path or a digest is too long or too short")
    return _Proof(position, recorded_at, event["type"], event["tags"], data, previous, path, proof["seal"])


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _proves_nothing(position: int, why: str) -> IntegrityTrouble:
    return IntegrityTrouble(
        f"the proof does not prove e{position}: {why}", hint="it was changed; get it again from the person who made it"
    )
