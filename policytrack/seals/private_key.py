"""Creates and reads the private keys that sign seals. It needs the extra `seal`; nothing else of seals does."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

from policytrack.durable_files import replace_file, sync_folder
from policytrack.errors import MalformedInput, MissingExtra, NotFound, Refused, StorageTrouble, UsageError
from policytrack.input_files import read_input
from policytrack.seals.public_key import NAME, PublicKey
from policytrack.seals.seal import Signature
from policytrack.unfinished import unfinished

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_NAMED: Final = re.compile(rf"Name: ({NAME.pattern})\n")
_LARGEST: Final = 16 << 10


@dataclass(frozen=True, slots=True, repr=False)
class PrivateKey:
    """A private key, with the public key that belongs to it."""

    public: PublicKey
    _key: Ed25519PrivateKey

    def sign(self, body: str) -> Signature:
        """Sign the body of a seal."""
        return Signature(self.public.name, self.public.identifier, self._key.sign(body.encode()))


def create_key(path: Path, name: str, passphrase: bytes | None) -> PublicKey:
    """Create a key: the private one at `path`, with mode 0600, the public one beside it, as ``PATH.pub``.

    With a passphrase, the private key is encrypted. Raises `Refused` when a file exists, `UsageError` for the name,
    `MissingExtra`, and `StorageTrouble`.
    """
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be the name of a key", hint="use letters, digits, dots, hyphens and slashes")
    ed25519, serialization = _cryptography()
    key = ed25519.Ed25519PrivateKey.generate()
    encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    content = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    public = PublicKey(name, key.public_key().public_bytes_raw())
    beside = path.with_name(f"{path.name}.pub")
    taken = Refused(f"{path} or {beside} exists already", hint="choose another name; a key is never replaced")
    if path.exists() or beside.exists():
        raise taken
    try:
        with unfinished(path, mode=0o600) as new:
            with new.open("wb") as file:
                file.write(f"Name: {name}\n".encode() + content)
                file.flush()
                os.fsync(file.fileno())
            path.hardlink_to(new)  # unlike a rename, it replaces no key
        replace_file(beside, f"{public}\n".encode())
        sync_folder(path.parent)
    except FileExistsError as cause:
        raise taken from cause
    except OSError as cause:
        raise StorageTrouble(
            f"cannot write {path}: {cause.strerror}", hint="check the folder and its permissions"
        ) from cause
    return public


def read_private_key(path: Path, passphrase: Callable[[], bytes]) -> PrivateKey:
    """Return the private key in a file; `passphrase` is called if it is encrypted.

    Raises `MissingExtra`, `NotFound`, `StorageTrouble`, and `MalformedInput` when it is no key or the passphrase is
    wrong.
    """
    ed25519, serialization = _cryptography()
    try:
        content = read_input(path, _LARGEST)
    except FileNotFoundError as cause:
        raise NotFound(f"there is no key {path}", hint="create one with `policytrack seal --new-key FILE`") from cause
    except OSError as cause:
        raise StorageTrouble(f"cannot read {path}: {cause.strerror}", hint="check the path of the key") from cause
    found = _NAMED.match(content.decode(errors="replace"))
    secret = passphrase() if b"BEGIN ENCRYPTED PRIVATE KEY" in content else None
    try:
        key = serialization.load_pem_private_key(content, secret)
    except (ValueError, TypeError) as cause:
        what = "its passphrase is wrong, or it is damaged" if secret else "it is not a private key"
        raise MalformedInput(f"cannot read the key {path}: {what}", hint="check the file and the passphrase") from cause
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise MalformedInput(f"{path} is not an Ed25519 key", hint="create one with `policytrack seal --new-key FILE`")
    return PrivateKey(PublicKey(found[1] if found else "policytrack", key.public_key().public_bytes_raw()), key)


def is_readable_by_others(path: Path) -> bool:
    """Return whether other users may read a key."""
    return os.name != "nt" and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _cryptography() -> tuple[ModuleType, ModuleType]:
    """Return the modules `ed25519` and `serialization`. Raises `MissingExtra`."""
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as cause:
        raise MissingExtra(
            "signing needs the package cryptography, which is not installed", hint="pip install 'policytrack[seal]'"
        ) from cause
    return ed25519, serialization
