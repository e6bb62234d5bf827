"""Seals of a ledger: makes one of its head, stores it in `seals/`, and checks one against the digest chain."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policytrack.durable_files import sync_folder
from policytrack.errors import IntegrityTrouble, NotFound, PolicytrackError, StorageTrouble
from policytrack.ledger_settings import SEALS
from policytrack.seals.merkle import root_of
from policytrack.seals.seal import Seal, body_of, parse_seal, read_seal, text_of
from policytrack.unfinished import remove_left_behind, unfinished

if TYPE_CHECKING:
    from policytrack.seals.private_key import PrivateKey
    from policytrack.store.chain import ChainReport
    from policytrack.store.store import Store

_NAME: Final = re.compile(r"e([1-9][0-9]{0,17})(?:-[1-9][0-9]{0,3})?\.seal")


def make_seal(store: Store, report: ChainReport, key: PrivateKey, now: datetime) -> Seal:
    """Return a seal of the last event of a verified chain. `now` is in UTC, without zone.

    Raises `NotFound` for an empty ledger, `IntegrityTrouble` if the event store was changed after it was verified.
    """
    first, last = store.digest_at(1), store.transaction_of(report.position)
    if first is None or last is None:
        raise NotFound("the ledger has no events to seal", hint="record or import events first")
    digest = b""

    def seen() -> Iterator[bytes]:
        nonlocal digest
        for digest in store.digests(report.position):  # noqa: UP028 # the last one is compared below
            yield digest

    root = root_of(seen())
    if digest.hex() != report.digest_hex:
        raise IntegrityTrouble("the event store was changed while it was sealed", hint="run `policytrack verify`")
    body = body_of(bytes.fromhex(first), (report.position, digest), root, last.recorded_at, now.replace(microsecond=0))
    return parse_seal(text_of(body, [key.sign(body)]))


def store_seal(root: Path, seal: Seal, permissions: int) -> Path:
    """Write a seal to a new file of the ledger's `seals/`, and return its path. A seal is never replaced.

    It has at most these permissions, those of the event store. Raises `StorageTrouble`.
    """
    folder = root / SEALS
    try:
        folder.mkdir(exist_ok=True)
        remove_left_behind(folder)
        for number in range(1, 10_000):
            path = folder / (f"e{seal.size}.seal" if number == 1 else f"e{seal.size}-{number}.seal")
            if path.exists():
                continue
            try:
                return _write_new(path, seal.text.encode(), permissions)
            except FileExistsError:  # another process has just written it
                continue
    except OSError as cause:
        raise StorageTrouble(
            f"cannot write to {folder}: {cause.strerror}", hint="check the permissions and the free space of the folder"
        ) from cause
    raise StorageTrouble(f"{folder} has too many seals of e{seal.size}", hint="move some of them to another folder")


def store_timestamp(seal: Path, answer: bytes) -> Path:
    """Write the timestamp of a seal beside it, as ``e428.tsr``. Raises `StorageTrouble`; a timestamp is never
    replaced."""
    path = seal.with_suffix(".tsr")
    try:
        return _write_new(path, answer, stat.S_IMODE(seal.stat().st_mode) & 0o666)
    except FileExistsError as cause:
        raise StorageTrouble(f"{path} exists already", hint="move it to another folder first") from cause
    except OSError as cause:
        raise StorageTrouble(f"cannot write {path}: {cause.strerror}", hint="check the folder's permissions") from cause


def newest_seal(root: Path) -> Path | None:
    """Return the seal in `seals/` with the most events, the latest of several; None without one."""
    found = []
    try:
        with os.scandir(root / SEALS) as entries:
            for entry in entries:
                if match := _NAME.fullmatch(entry.name):
                    found.append((int(match[1]), len(entry.name), entry.name))
    except OSError:  # there are none
        return None
    return root / SEALS / max(found)[2] if found else None


def check_in_chain(store: Store, seal: Seal) -> None:
    """Raise `IntegrityTrouble` unless the sealed head and root are those of the event store.

    The digests must have been verified before: this compares them.
    """
    _check_head(store, seal)
    if root_of(store.digests(seal.size)) != seal.root:
        raise IntegrityTrouble(
            f"the seal of e{seal.size} has another Merkle root than the events",
            hint="the seal was not made by policytrack from this ledger; get another one",
        )


def check_not_rolled_back(root: Path, store: Store) -> None:
    """Raise `IntegrityTrouble` if the newest seal in `seals/` is of a head that the event store does not have.

    A file there that cannot be read as a seal is ignored: `verify --seal` reports it.
    """
    if (path := newest_seal(root)) is None:
        return
    try:
        seal = read_seal(path)
    except PolicytrackError:
        return
    _check_head(store, seal, f", sealed in {path},")


def _check_head(store: Store, seal: Seal, where: str = "") -> None:
    digest = store.digest_at(seal.size)
    if digest == seal.digest_hex and (store.digest_at(1) or "").startswith(seal.origin):
        return
    if digest is None:
        what = f"{seal.head}{where} is not in the event store, which ends at e{store.head().position}"
    else:
        what = f"{seal.head}{where} is not in the event store, which has sha256:{digest} there"
    raise IntegrityTrouble(
        f"{what}: an older event store was restored, or it is another ledger",
        hint="restore the newest events.db and ledger.head; if the seal is of another ledger, move it away",
    )


def _write_new(path: Path, content: bytes, permissions: int) -> Path:
    """Write a file that must not exist. Raises `OSError`."""
    with unfinished(path, mode=permissions) as new:
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(new)
        sync_folder(path.parent)
    return path
