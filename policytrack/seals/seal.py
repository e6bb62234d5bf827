"""The text of a seal: a head of a ledger and the root of its Merkle tree, signed.

It is a signed note whose first three lines are those of a checkpoint of a transparency log (c2sp.org/tlog-checkpoint)::

    policytrack/ledger/0f3a5b1c2d4e6f70
    428
    yoURSGx1ZzFvEphxVYdbgcPHdNYqSdGexSKFUyASVPM=
    head e428 sha256:1b2fb12b923abc1daaa0c85c8b97eec0246555f9fa2fe13c5e20213c8399c4fe
    recorded 2026-11-27T20:29:09.213226Z
    sealed 2026-11-27T21:00:00Z

    — policytrack 1a2b3c4dAbCd…

The first line identifies the ledger by the digest of its first event. The second is the number of events, the third the
root in base64. The signature is over all lines before the empty one, with their line ends.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from policytrack.errors import IntegrityTrouble, MalformedInput, NotFound, StorageTrouble
from policytrack.input_files import read_input
from policytrack.seals.public_key import NAME, PublicKey

_BODY: Final = re.compile(
    r"policytrack/ledger/(?P<origin>[0-9a-f]{16})\n"
    r"(?P<size>[1-9][0-9]{0,17})\n"
    r"(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"head e(?P<position>[1-9][0-9]{0,17}) sha256:(?P<digest>[0-9a-f]{64})\n"
    r"recorded (?P<recorded>[0-9T:.-]{19,26}Z)\n"
    r"sealed (?P<sealed>[0-9T:.-]{19,26}Z)\n"
)
_SIGNATURE: Final = re.compile(rf"— ({NAME.pattern}) ([A-Za-z0-9+/]{{91}}=)")
_LARGEST: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature of a seal: the name and identifier of its key, and 64 bytes."""

    name: str
    identifier: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal: what it says (`body`), and its signatures, which are not checked yet."""

    body: str
    origin: str
    """The first 16 hexadecimal digits of the digest of the first event."""
    size: int
    """The number of events; the position of the head."""
    root: bytes
    digest_hex: str
    recorded: str
    sealed: str
    signatures: tuple[Signature, ...]

    @property
    def head(self) -> str:
        """Return the sealed head, as citations write it."""
        return f"e{self.size} sha256:{self.digest_hex}"

    @property
    def text(self) -> str:
        """Return the seal as its file holds it."""
        return text_of(self.body, self.signatures)

    def check_signed_by(self, key: PublicKey) -> None:
        """Raise `IntegrityTrouble` unless the seal has a valid signature by this key."""
        ours = [one for one in self.signatures if (one.name, one.identifier) == (key.name, key.identifier)]
        if not ours:
            names = ", ".join(f"{one.name}+{one.identifier.hex()}" for one in self.signatures)
            raise IntegrityTrouble(
                f"the seal is not signed by {key.name}+{key.identifier.hex()}, but by {names}",
                hint="get the public key from the person who sealed the ledger",
            )
        if not any(key.verifies(one.signature, self.body.encode()) for one in ours):
            raise IntegrityTrouble(
                f"the signature by {key.name}+{key.identifier.hex()} is not valid: the seal was changed",
                hint="get the seal again from the person who made it",
            )


def body_of(first_digest: bytes, head: tuple[int, bytes], root: bytes, recorded: datetime, sealed: datetime) -> str:
    """Return the text that a seal signs. Instants are UTC, without zone."""
    position, digest = head
    return (
        f"policytrack/ledger/{first_digest.hex()[:16]}\n{position}\n{base64.b64encode(root).decode('ascii')}\n"
        f"head e{position} sha256:{digest.hex()}\n"
        f"recorded {recorded.isoformat()}Z\nsealed {sealed.isoformat()}Z\n"
    )


def text_of(body: str, signatures: Sequence[Signature]) -> str:
    """Return the text of a seal."""
    lines = (f"— {one.name} {base64.b64encode(one.identifier + one.signature).decode('ascii')}\n" for one in signatures)
    return f"{body}\n{''.join(lines)}"


def parse_seal(text: str) -> Seal:
    """Return the seal that a text is. Raises `MalformedInput`."""
    body, gap, rest = text.partition("\n\n")
    found = _BODY.fullmatch(body + "\n")
    signatures = _signatures(rest) if gap else ()
    if found is None or found["size"] != found["position"] or not signatures:
        raise MalformedInput("the text is not a seal of policytrack", hint="use the file unchanged, as it was made")
    seal = Seal(
        body + "\n", found["origin"], int(found["size"]), base64.b64decode(found["root"]), found["digest"],
        found["recorded"], found["sealed"], signatures,
    )  # fmt: skip
    if seal.text != text:
        raise MalformedInput("the seal is not in its plain form", hint="use the file unchanged, as it was made")
    return seal


def read_seal(path: Path) -> Seal:
    """Return the seal in a file. Raises `MalformedInput`, `NotFound` and `StorageTrouble`."""
    try:
        content = read_input(path, _LARGEST)
    except FileNotFoundError as cause:
        raise NotFound(f"there is no seal {path}", hint="name a file of the folder seals/") from cause
    except OSError as cause:
        raise StorageTrouble(f"cannot read {path}: {cause.strerror}", hint="check the path of the seal") from cause
    try:
        return parse_seal(content.decode())
    except (UnicodeDecodeError, MalformedInput) as cause:
        raise MalformedInput(
            f"{path} is not a seal of policytrack", hint="use the file unchanged, as it was made"
        ) from cause


def _signatures(text: str) -> tuple[Signature, ...]:
    signatures = []
    for line in text.splitlines():
        found = _SIGNATURE.fullmatch(line)
        if found is None:
            return ()
        try:
            raw = base64.b64decode(found[2], validate=True)
        except binascii.Error:
            return ()
        signatures.append(Signature(found[1], raw[:4], raw[4:]))
    return tuple(signatures)
