"""Public keys of seals, written as signed notes write them: ``NAME+1a2b3c4d+BASE64``."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from policytrack.errors import MalformedInput, NotFound, StorageTrouble, shortened
from policytrack.input_files import read_input
from policytrack.seals.ed25519 import is_valid

NAME: Final = re.compile(r"[A-Za-z0-9._/-]{1,100}")
_WRITTEN: Final = re.compile(rf"({NAME.pattern})\+([0-9a-f]{{8}})\+([A-Za-z0-9+/=]{{44,48}})")
_ED25519: Final = b"\x01"
_LARGEST: Final = 4096


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key: the name of its owner, and 32 bytes."""

    name: str
    raw: bytes

    @property
    def identifier(self) -> bytes:
        """Return the four bytes by which signatures name the key: the start of sha256 over name, newline, 1 and key."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.raw).digest()[:4]

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Return whether the signature over the message was made with this key."""
        return is_valid(signature, message, self.raw)

    def __str__(self) -> str:
        return f"{self.name}+{self.identifier.hex()}+{base64.b64encode(_ED25519 + self.raw).decode('ascii')}"


def parse_key(text: str) -> PublicKey:
    """Return the public key that a text is. Raises `MalformedInput`."""
    found = _WRITTEN.fullmatch(text.strip())
    try:
        raw = base64.b64decode(found[3], validate=True) if found else b""
    except binascii.Error:
        raw = b""
    key = PublicKey(found[1], raw[1:]) if found else None
    if key is None or len(raw) != 33 or raw[:1] != _ED25519 or str(key) != text.strip():
        raise MalformedInput(
            f"{shortened(text.strip())!r} is not a public key of seals",
            hint="use the file KEY.pub that `policytrack seal --new-key KEY` wrote, or its line: NAME+1a2b3c4d+…",
        )
    return key


def read_key(given: str) -> PublicKey:
    """Return the public key in a file, or that a text itself is.

    Raises `MalformedInput`, `NotFound` and `StorageTrouble`.
    """
    if _WRITTEN.fullmatch(given.strip()):
        return parse_key(given)
    try:
        content = read_input(Path(given), _LARGEST)
    except FileNotFoundError as cause:
        raise NotFound(f"there is no public key {given}", hint="check the path of the file KEY.pub") from cause
    except (OSError, ValueError) as cause:
        reason = cause.strerror if isinstance(cause, OSError) else cause
        raise StorageTrouble(f"cannot read {given}: {reason}", hint="check the path of the file KEY.pub") from cause
    return parse_key(content.decode(errors="replace"))
