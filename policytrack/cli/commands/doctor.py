"""`doctor`: what of this machine and this ledger keeps policytrack from working, and what to do about it."""

from __future__ import annotations

import locale
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import rich_click as click
from click.exceptions import Exit

from policytrack.cli.context import Context, pass_context
from policytrack.cli.output.answer import Answer
from policytrack.cli.output.write import write
from policytrack.errors import IntegrityTrouble, NotFound, PolicytrackError

if TYPE_CHECKING:
    from policytrack.ledger import Ledger

OK, NOTE, TROUBLE = "ok", "note", "trouble"
_PACKAGES: Final = ("eventsourcing", "pydantic", "duckdb", "pyarrow", "click", "rich")
_REQUIREMENT: Final = re.compile(r"([A-Za-z0-9._-]+).*;.*extra\s*==\s*['\"]([^'\"]+)['\"]")
_NOT_FOR_USERS: Final = frozenset({"dev"})
_LEAST_ROOM: Final = 100 << 20
"""Bytes that should be free at least, whatever the size of the ledger."""
_SLACK: Final = timedelta(minutes=1)
"""How far clocks of two machines may be apart without a word."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: ok, a note, or trouble, and the cure."""

    check: str
    state: str
    found: str
    cure: str = ""


@click.command()
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "csv", "tsv", "json", "jsonl", "markdown"]),
    help="[default: table on a terminal, tsv on a pipe]",
)
@click.option("--json", "as_json", is_flag=True, help="Same as --format json.")
@pass_context
def doctor(context: Context, format_: str | None, as_json: bool) -> None:
    """Check this machine and this ledger: versions, permissions, durability, read model, room, clock, extras.

    Exit 0 when nothing is in the way (notes are for information), 6 when something is. `verify` checks the record.

    Example:

        policytrack doctor
    """
    import pyarrow as pa

    findings = [*_machine(), *_ledger(context)]
    rows = pa.Table.from_pylist([asdict(finding) for finding in findings])
    write(Answer(rows, "Doctor"), context, "json" if as_json else format_, None)
    if any(finding.state == TROUBLE for finding in findings):
        raise Exit(IntegrityTrouble.exit_code)


def _machine() -> Iterator[Finding]:
    import platform
    import sqlite3
    from importlib.metadata import version

    import policytrack

    yield Finding("policytrack", OK, f"{policytrack.__version__} on Python {platform.python_version()}, {sys.platform}")
    versions = [f"{name} {version(name)}" for name in _PACKAGES]
    yield Finding("packages", OK, ", ".join([*versions, f"SQLite {sqlite3.sqlite_version}"]))
    yield from _extras()
    streams = {sys.stdout.encoding or "?", locale.getpreferredencoding(False)}
    if all(encoding.lower().replace("-", "").replace("_", "") == "utf8" for encoding in streams):
        yield Finding("encoding", OK, "UTF-8")
    else:
        yield Finding("encoding", NOTE, ", ".join(sorted(streams)), "set LC_ALL=C.UTF-8 or PYTHONUTF8=1")
    if fixed := os.environ.get("POLICYTRACK_TODAY"):
        yield Finding("today", NOTE, f"POLICYTRACK_TODAY says {fixed}", "unset it to use the clock")


def _extras() -> Iterator[Finding]:
    """What may be installed beside, as the package itself says."""
    from importlib.metadata import requires

    wanted: dict[str, list[str]] = {}
    for line in requires("policytrack") or ():
        if (match := _REQUIREMENT.match(line)) and match[2] not in _NOT_FOR_USERS:
            wanted.setdefault(match[2], []).append(match[1])
    for extra, packages in sorted(wanted.items()):
        missing = [name for name in packages if not _is_installed(name)]
        if missing:
            cure = f"pip install 'policytrack[{extra}]' if you want it"
            yield Finding(f"extra {extra}", NOTE, f"not installed: {', '.join(missing)}", cure)
        else:
            yield Finding(f"extra {extra}", OK, ", ".join(packages))


def _is_installed(package: str) -> bool:
    from importlib.metadata import PackageNotFoundError, version

    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def _ledger(context: Context) -> Iterator[Finding]:
    try:
        ledger = context.ledger()
    except NotFound as missing:
        yield Finding("ledger", NOTE, missing.what, missing.hint)
        return
    except PolicytrackError as trouble:
        yield Finding("ledger", TROUBLE, str(trouble), trouble.hint)
        return
    yield Finding("ledger", OK, str(ledger.root))
    for name, check in _CHECKS.items():
        try:
            yield check(ledger)
        except PolicytrackError as trouble:
            yield Finding(name, TROUBLE, str(trouble), trouble.hint)
        except OSError as trouble:
            yield Finding(name, TROUBLE, f"{trouble.filename}: {trouble.strerror}", "look at the permissions")


def _permissions(ledger: Ledger) -> Finding:
    needed = (ledger.root, ledger.store, ledger.root / "readmodel")
    closed = [path.name for path in needed if path.exists() and not os.access(path, os.R_OK | os.W_OK)]
    if closed:
        return Finding("permissions", TROUBLE, f"may not write {', '.join(closed)}", f"chmod -R u+rw {ledger.root}")
    return Finding("permissions", OK, "the folder, the store and the read model may be written")


def _durability(ledger: Ledger) -> Finding:
    from policytrack.store.files import condition

    found = condition(ledger.store)
    said = f"journal {found['journal_mode']}, synchronous {found['synchronous']}, format {found['user_version']}"
    return Finding("store", OK, said)


def _head(ledger: Ledger) -> Finding:
    from policytrack.store.clock import clock_doubt, microseconds_of, utc_microseconds
    from policytrack.store.reading import head

    top = head(ledger.store)
    now = datetime.now(UTC).replace(tzinfo=None)
    if top.recorded_at is not None and top.recorded_at > now + _SLACK:
        return Finding(
            "clock",
            TROUBLE,
            f"e{top.position} was recorded at {top.recorded_at}Z, and it is {now:%Y-%m-%d %H:%M}Z now",
            "set this machine's clock; until then events are stamped as the last one",
        )
    last = None if top.recorded_at is None else microseconds_of(top.recorded_at)
    if doubt := clock_doubt(last, utc_microseconds()):
        return Finding("clock", TROUBLE, doubt, "set this machine's clock; if it is right, record with --yes")
    return Finding("head", OK, f"e{top.position} sha256:{top.digest_hex[:12]}, the clock is after it")


def _read_model(ledger: Ledger) -> Finding:
    from policytrack.readmodel.generation import read_pointer
    from policytrack.store.reading import digest_at, head

    current, damage = read_pointer(ledger.root / "readmodel")
    if current is None:
        said = f"there is none ({damage})" if damage else "there is none yet"
        return Finding("read model", NOTE, said, "the next question builds it")
    top = head(ledger.store).position
    if current.position > top or not current.agrees_with(digest_at(ledger.store, current.position)):
        return Finding(
            "read model", TROUBLE, f"{current.path.name} holds another record than the store", "policytrack rebuild"
        )
    behind = top - current.position
    _open(current.path)
    said = f"{current.path.name} agrees with the store"
    if behind:
        return Finding("read model", NOTE, f"{said}, {behind} events behind", "the next question catches up")
    return Finding("read model", OK, f"{said}, up to e{top}")


def _open(path: Path) -> None:
    """Open a generation as a question would. Raises `DamagedReadModel` when it cannot be."""
    from policytrack.cli.context import today
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import connect

    with closing(connect(path, Coordinates(today(), today()))):
        pass


def _own_sql(ledger: Ledger) -> Finding:
    from policytrack.questions.saved_queries import saved_queries

    queries = saved_queries(ledger.queries)
    catalogue = ledger.read_model.catalogue
    left_out = [str(left) for left in catalogue.left_out] or _not_made(ledger)
    if left_out:
        return Finding("own SQL", TROUBLE, "; ".join(left_out), "mend the file, then ask again")
    own = len(catalogue.own_files)
    return Finding("own SQL", OK, f"{own} views in projections/, {len(queries)} queries in queries/")


def _not_made(ledger: Ledger) -> list[str]:
    """Why views and checks of the user's that read well could not be made all the same: only making them tells."""
    from policytrack.cli.context import today
    from policytrack.readmodel.coordinates import Coordinates

    catalogue = ledger.read_model.catalogue
    if not (catalogue.own_files or catalogue.own_check_files):
        return []
    with ledger.ask(Coordinates(today(), today()), notes=lambda _: None) as session:
        return [row["reason"] for row in session.query("SELECT reason FROM left_out_view", {}).to_pylist()]


def _room(ledger: Ledger) -> Finding:
    free = shutil.disk_usage(ledger.root).free
    used = sum(path.stat().st_size for path in ledger.root.rglob("*") if path.is_file())
    # A new generation is built beside the one that stands, and a backup is a copy of the store.
    needed = max(_LEAST_ROOM, 2 * used)
    said = f"{free >> 20:,} MiB free, the ledger takes {used >> 20:,} MiB"
    if free < needed:
        return Finding("room", TROUBLE, said, f"make room: {needed >> 20:,} MiB are needed to rebuild")
    return Finding("room", OK, said)


_CHECKS: Final[dict[str, Callable[[Ledger], Finding]]] = {
    "permissions": _permissions,
    "store": _durability,
    "head": _head,
    "read model": _read_model,
    "own SQL": _own_sql,
    "room": _room,
}
