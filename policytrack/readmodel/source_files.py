"""Whether the SQL files and reference tables are those of which the fingerprint is known, found without reading them.

Most commands need the fingerprint only to see that the read model is current, and need none of the 140 files otherwise.
So the fingerprint is stored beside the read model, with the size, inode and times of change of each file, as Git does
in its index. If any of these differs, the files are read again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

import policytrack
from policytrack.input_files import open_input
from policytrack.readmodel.generation import FORMAT, Fingerprint, duckdb_version
from policytrack.readmodel.sql_files import Catalogue
from policytrack.unfinished import unfinished

STORED: Final = "FINGERPRINT"
_LINE: Final = re.compile(r"([0-9a-f]{64}) ([0-9a-f]{64}) ([0-9a-f]{64})\n")
_LONGEST: Final = 1024
_SETTLED_NS: Final = 2_000_000_000
"""Age that a file must have. One changed twice within a tick of the file system's clock may look unchanged."""


def fingerprint(folder: Path, catalogue: Catalogue, reference: Path) -> Fingerprint:
    """Return the fingerprint of the files: the one stored in the read model's folder, if no file changed since.

    Otherwise the files are read, and the fingerprint is stored where that is possible. Raises `QueryFailed` for a SQL
    file that cannot be read.
    """
    try:
        signature, changed_at = _signature(catalogue, reference)
    except OSError:
        return Fingerprint.of(catalogue, reference)  # it names the file
    stored = folder / STORED
    with suppress(OSError, UnicodeDecodeError):
        with open_input(stored) as file:
            known = _LINE.fullmatch(file.read(_LONGEST).decode("ascii"))
        if known is not None and known[1] == signature:
            return Fingerprint(known[2], known[3])
    made_by = Fingerprint.of(catalogue, reference)
    with suppress(OSError):
        is_settled = changed_at + _SETTLED_NS < time.time_ns()
        if (
            is_settled
            and folder.is_dir()
            and not folder.is_symlink()
            and _signature(catalogue, reference)[0] == signature
        ):
            with unfinished(stored) as written:
                written.write_text(f"{signature} {made_by.facts} {made_by.views}\n", encoding="ascii")
                written.replace(stored)
    return made_by


def _signature(catalogue: Catalogue, reference: Path) -> tuple[str, int]:
    """What the files look like from outside, and the instant (ns) of the last change. Raises `OSError`."""
    signature = sha256(f"{FORMAT}\n{policytrack.__version__}\n{duckdb_version()}\n{catalogue.own_digest}\n".encode())
    last = 0
    for path in _files(catalogue, reference):
        found = path.stat()
        last = max(last, found.st_mtime_ns, found.st_ctime_ns)
        parts = (found.st_size, found.st_ino, found.st_mtime_ns, found.st_ctime_ns)
        signature.update(f"{path}\0{' '.join(map(str, parts))}\n".encode())
    return signature.hexdigest(), last


def _files(catalogue: Catalogue, reference: Path) -> Iterator[Path]:
    yield catalogue.functions.path
    for file in (*catalogue.fact_files, *catalogue.step_files, *catalogue.view_files, *catalogue.check_files):
        yield file.path
    yield from sorted(reference.glob("*.csv"))
