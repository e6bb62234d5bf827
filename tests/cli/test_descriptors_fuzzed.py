"""Whatever the bytes of a descriptor in a folder (data package, lake, backup), it is read or refused with a code."""

from __future__ import annotations

from datetime import date
from itertools import chain
from pathlib import Path
from random import Random

import pytest

from policytrack.backups.back_up import back_up
from policytrack.backups.manifest import MANIFEST as BACKUP
from policytrack.backups.manifest import read_manifest as read_backup
from policytrack.errors import IntegrityTrouble, NotFound
from policytrack.lake.manifest import MANIFEST as LAKE
from policytrack.lake.manifest import LakeFile
from policytrack.lake.manifest import Manifest as LakeManifest
from policytrack.lake.manifest import read_manifest as read_lake
from policytrack.ledger import Ledger
from policytrack.questions.citation import Citation
from policytrack.questions.data_package import PackageFile, descriptor, is_ours
from policytrack.readmodel.coordinates import Coordinates
from tests import fuzzing
from tests.backups.support import append, numbered

INSERTED = (
    b"null", b"-1", b"1e999", b"NaN", b"9" * 5_000, b"[" * 2_000, b"{}", b"[]", b'""', b"\x00", b"\xff", b"\xed\xa0\x80", b"\\ud800",
    b'"../../x"', b'"/etc/passwd"', b"true", b",", b'"', b"0.5", "\u202e".encode(), b"\\u0000", b'"sha256:"', b'{"policytrack":{}}',
)  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The descriptors that policytrack writes, by kind."""
    place = tmp_path_factory.mktemp("descriptors")
    ledger = Ledger.create(place / "L")
    append(ledger, numbered(1, 3))
    back_up(ledger.root, ledger.store, place / "backup")
    day, digest = date(2026, 11, 23), "ab" * 32
    citation = Citation("L", Coordinates(as_of=day, known_at=day), 3, digest)
    files = [PackageFile("firm", "data/firm.csv", "A firm", (), 3, 100, digest)]
    lake = LakeManifest(
        ledger="L", position=3, digest=digest, tables="x", files=(LakeFile(path="a.parquet", rows=1, size=9, sha256=digest),)
    )  # fmt: skip
    return {
        "package": descriptor(citation, files).encode(),
        "lake": lake.text().encode(),
        "backup": (place / "backup" / BACKUP).read_bytes(),
    }


def mutated(raw: bytes, random: Random) -> bytes:
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(raw) + 1)
        end = min(len(raw), at + random.choice((0, 1, 1, 2, 10, 50)))
        raw = raw[:at] + random.choice((b"", raw[at:end] * 2, *INSERTED)) + raw[end:]
    return raw


def is_refused(kind: str, raw: bytes, folder: Path) -> bool:
    """Read a descriptor as the commands do. Any error that is not one of ours ends the test."""
    if kind == "package":
        return not is_ours(raw.decode(errors="replace"))
    name, read = (LAKE, read_lake) if kind == "lake" else (BACKUP, read_backup)
    (folder / name).write_bytes(raw)
    try:
        read(folder)
    except (IntegrityTrouble, NotFound):
        return True
    return False


@pytest.mark.parametrize("times", [600, pytest.param(40_000, marks=pytest.mark.soak)])
def test_any_descriptor_is_read_or_refused(written: dict[str, bytes], tmp_path: Path, times: int) -> None:
    random = Random(20261128)
    kinds = sorted(written)
    made = (
        [kind, mutated(written[kind], random).hex()] for kind in (random.choice(kinds) for _ in fuzzing.rounds(times))
    )
    assert not any(is_refused(kind, raw, tmp_path) for kind, raw in written.items())
    tried = refused = 0
    for kind, raw in chain(fuzzing.saved("descriptors"), made):
        with fuzzing.saving("descriptors", [kind, raw]):
            refused += is_refused(kind, bytes.fromhex(raw), tmp_path)
        tried += 1
    assert refused > tried // 10, "hardly anything was refused: the inputs are too tame"
