"""Requests a timestamp for a seal, and reads the answer of a timestamp authority (RFC 3161).

policytrack checks that the answer is granted and that its imprint is the sha256 of the seal's file. It does not check
the signature and the certificate of the authority: `openssl ts -verify` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from policytrack.errors import IntegrityTrouble, MalformedInput
from policytrack.seals.der import (
    BOOLEAN,
    CONTEXT_0,
    INTEGER,
    NULL,
    OCTETS,
    OID,
    SEQUENCE,
    SET,
    TIME,
    elements,
    encoded,
    oid_text,
    parts,
)

LARGEST: Final = 1 << 20
_SHA256: Final = bytes.fromhex("608648016503040201")
_SIGNED_DATA: Final = bytes.fromhex("2a864886f70d010702")
_TST_INFO: Final = bytes.fromhex("2a864886f70d0109100104")
_GRANTED: Final = (b"\x00", b"\x01")


@dataclass(frozen=True, slots=True)
class Timestamp:
    """The answer of an authority: when it saw the seal (``20261127210000Z``, UTC), and under which policy."""

    time: str
    policy: str
    imprint: bytes

    def __str__(self) -> str:
        day = f"{self.time[:4]}-{self.time[4:6]}-{self.time[6:8]}"
        return f"{day} {self.time[8:10]}:{self.time[10:12]}:{self.time[12:]}"


def request_for(seal: str) -> bytes:
    """Return a timestamp request for a seal, with a request for the authority's certificate."""
    algorithm = encoded(SEQUENCE, encoded(OID, _SHA256), encoded(NULL))
    imprint = encoded(SEQUENCE, algorithm, encoded(OCTETS, sha256(seal.encode()).digest()))
    return encoded(SEQUENCE, encoded(INTEGER, b"\x01"), imprint, encoded(BOOLEAN, b"\xff"))


def read_timestamp(answer: bytes) -> Timestamp:
    """Return what an answer says. Raises `MalformedInput` when it is no granted answer with a sha256 imprint."""
    try:
        return _read(answer)
    except (ValueError, IndexError) as cause:
        raise MalformedInput(
            f"the file is not a timestamp for a seal: {cause}",
            hint="send the file of --request to the authority, and give its answer unchanged (RFC 3161, .tsr)",
        ) from cause


def check_timestamp(answer: bytes, seal: str) -> Timestamp:
    """Return what an answer says, if its imprint is that of the seal.

    Raises what `read_timestamp` raises, and `IntegrityTrouble`.
    """
    timestamp = read_timestamp(answer)
    if timestamp.imprint != sha256(seal.encode()).digest():
        raise IntegrityTrouble(
            "the timestamp is for other content than this seal", hint="choose the seal that was sent, with --seal FILE"
        )
    return timestamp


def _read(answer: bytes) -> Timestamp:
    (response,) = _only(answer, SEQUENCE)
    status, *token = elements(response)
    (code,) = parts(status[1], INTEGER)
    if code not in _GRANTED:
        raise ValueError(f"the authority refused it (status {int.from_bytes(code, 'big')})")
    if len(token) != 1 or token[0][0] != SEQUENCE:
        raise ValueError("it has no token")
    kind, content = parts(token[0][1], OID, CONTEXT_0)
    if kind != _SIGNED_DATA:
        raise ValueError("its token is not signed data")
    (signed,) = _only(content, SEQUENCE)
    _, _, encapsulated = parts(signed, INTEGER, SET, SEQUENCE)
    kind, wrapped = parts(encapsulated, OID, CONTEXT_0)
    if kind != _TST_INFO:
        raise ValueError("its token has no timestamp")
    (info,) = _only(_only(wrapped, OCTETS)[0], SEQUENCE)
    _, policy, imprint, _, time = parts(info, INTEGER, OID, SEQUENCE, INTEGER, TIME)
    algorithm, digest = parts(imprint, SEQUENCE, OCTETS)
    if parts(algorithm, OID) != [_SHA256] or len(digest) != 32:
        raise ValueError("its imprint is not a sha256")
    shown = time.decode("ascii")
    if not (15 <= len(shown) <= 30 and shown[:14].isdigit() and shown.endswith("Z")):
        raise ValueError("its time is not in UTC")
    return Timestamp(shown, oid_text(policy), digest)


def _only(content: bytes, tag: int) -> list[bytes]:
    """Return the content of the only element, in a list. Raises `ValueError`."""
    if len(elements(content)) != 1:
        raise ValueError("it has more than one part, or none")
    return parts(content, tag)
