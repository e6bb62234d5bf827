"""`doctor`: checks the installation and the ledger, and prints what to do about each problem."""

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

from policytrack.cli.context import TO_TRUST, Context, pass_context
from policytrack.cli.output.write import write
from policytrack.errors import IntegrityTrouble, MalformedInput, NotFound, PolicytrackError
from policytrack.output.answer import Answer

if TYPE_CHECKING:
    from policytrack.ledger import Ledger

OK, NOTE, TROUBLE = "ok", "note", "trouble"
_PACKAGES: Final = ("eventsourcing", "pydantic", "duckdb", "pyarrow", "click", "rich")
# A requirement in the package metadata: altair>=5; extra == 'charts'
_REQUIREMENT: Final = re.compile(r"([A-Za-z0-9._-]+).*;.*extra\s*==\s*['\"]([^'\"]+)['\"]")
_NOT_FOR_USERS: Final = frozenset({"dev"})
_LEAST_FREE: Final = 100 << 20
"""Bytes that should be free, however small the ledger is."""
_SLACK: Final = timedelta(minutes=1)
"""Tolerated difference between the clocks of two machines that record in one ledger."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: its state (`ok`, `note` or `trouble`), what it found, and what to do."""

    check: str
    state: str
    found: str
    cure: str = ""


@click.command()
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "csv", "tsv", "json", "jsonl", "markdown"]),
    help="Format of the rows. [default: table on a terminal, tsv on a pipe]",
)
@click.option("--json", "as_json", is_flag=True, help="Same as --format json.")
@pass_context
def doctor(context: Context, format_: str | None, as_json: bool) -> None:
    """Check the installation and the ledger: versions, permissions, event store, read model, disk space, clock.

    Exits 0 without a problem (notes are for information), 6 with one. To check the stored events, use `verify`.

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
        yield Finding("today", NOTE, f"POLICYTRACK_TODAY is {fixed}", "unset it to use the clock")


def _extras() -> Iterator[Finding]:
    """Check the optional dependencies that the package metadata lists, by extra."""
    from importlib.metadata import requires

    packages_by_extra: dict[str, list[str]] = {}
    for line in requires("policytrack") or ():
        if (match := _REQUIREMENT.match(line)) and match[2] not in _NOT_FOR_USERS:
            packages_by_extra.setdefault(match[2], []).append(match[1])
    for extra, packages in sorted(packages_by_extra.items()):
        missing = [name for name in packages if not _is_installed(name)]
        if missing:
            cure = f"to use it: pip install 'policytrack[{extra}]'"
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
            yield Finding(name, TROUBLE, f"{trouble.filename}: {trouble.strerror}", "check the permissions")


def _permissions(ledger: Ledger) -> Finding:
    needed = (ledger.root, *ledger.store.files(), ledger.root / "readmodel")
    closed = [path.name for path in needed if path.exists() and not os.access(path, os.R_OK | os.W_OK)]
    if closed:
        return Finding(
            "permissions", TROUBLE, f"no permission to write {', '.join(closed)}", f"chmod -R u+rw {ledger.root}"
        )
    return Finding("permissions", OK, "the folder, the event store and the read model are writable")


def _durability(ledger: Ledger) -> Finding:
    return Finding("store", OK, ledger.store.condition())


def _head(ledger: Ledger) -> Finding:
    from policytrack.store.clock import clock_doubt, microseconds_of, utc_microseconds

    top = ledger.store.head()
    now = datetime.now(UTC).replace(tzinfo=None)
    if top.recorded_at is not None and top.recorded_at > now + _SLACK:
        return Finding(
            "clock",
            TROUBLE,
            f"e{top.position} was recorded at {top.recorded_at}Z; this machine's clock shows {now:%Y-%m-%d %H:%M}Z",
            "set this machine's clock; until it is right, new events get the time of the last event",
        )
    last = None if top.recorded_at is None else microseconds_of(top.recorded_at)
    if doubt := clock_doubt(last, utc_microseconds()):
        return Finding("clock", TROUBLE, doubt, "set this machine's clock; if it is right, record with --yes")
    return Finding("head", OK, f"e{top.position} sha256:{top.digest_hex[:12]}, recorded before now")


def _read_model(ledger: Ledger) -> Finding:
    from policytrack.readmodel.generation import read_pointer

    current, damage = read_pointer(ledger.root / "readmodel")
    if current is None:
        return Finding(
            "read model", NOTE, f"missing ({damage})" if damage else "not built yet", "the next query builds it"
        )
    top = ledger.store.head().position
    if current.position > top or not current.agrees_with(ledger.store.digest_at(current.position)):
        return Finding(
            "read model",
            TROUBLE,
            f"{current.path.name} was built from other events than those of the event store, which ends at e{top}",
            "restore the newest events.db and ledger.head; if the event store is right: policytrack rebuild",
        )
    behind = top - current.position
    _open(current.path)
    if behind:
        found = f"{current.path.name} agrees with the event store, {behind} events behind"
        return Finding("read model", NOTE, found, "the next query catches up")
    return Finding("read model", OK, f"{current.path.name} agrees with the event store, up to e{top}")


def _seals(ledger: Ledger) -> Finding:
    from policytrack.seals.in_ledger import check_in_chain, newest_seal
    from policytrack.seals.seal import read_seal

    if (path := newest_seal(ledger.root)) is None:
        return Finding("seals", OK, "no seals")
    try:
        check_in_chain(ledger.store, read_seal(path))
    except MalformedInput as damage:
        return Finding("seals", TROUBLE, str(damage), "restore the seal from a backup, or remove it")
    return Finding("seals", OK, f"{path.name} is in the chain")


def _open(path: Path) -> None:
    """Open a file of the read model as a query does. Raises `DamagedReadModel` when it cannot be opened."""
    from policytrack.cli.context import today
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import connect

    with closing(connect(path, Coordinates(today(), today()))):
        pass


def _own_sql(ledger: Ledger) -> Finding:
    queries, unreadable = ledger.own_sql.named_queries()
    catalogue = ledger.read_model.catalogue
    untrusted = {file.path for file in catalogue.untrusted}
    left_out = [str(left) for left in catalogue.left_out if left.path not in untrusted] + unreadable
    if left_out := left_out or _not_made(ledger):
        return Finding("own SQL", TROUBLE, "; ".join(left_out), "correct the file, then run doctor again")
    if names := list(ledger.own_sql.untrusted()):
        return Finding("own SQL", NOTE, f"not trusted, so not used: {', '.join(names)}", TO_TRUST)
    own = len(catalogue.own_files)
    return Finding("own SQL", OK, f"{own} views in projections/, {len(queries)} queries in queries/")


def _not_made(ledger: Ledger) -> list[str]:
    """Return why DuckDB rejected views or checks of the user that parse: creating them is the only test."""
    from policytrack.cli.context import today
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.sql_files import UNTRUSTED

    catalogue = ledger.read_model.catalogue
    if not (catalogue.own_files or catalogue.own_check_files):
        return []
    with ledger.ask(Coordinates(today(), today()), notes=lambda _: None) as session:
        reasons = session.query("SELECT reason FROM left_out_view", {})["reason"].to_pylist()
    return [reason for reason in reasons if not reason.endswith(UNTRUSTED)]


def _disk_space(ledger: Ledger) -> Finding:
    free = shutil.disk_usage(ledger.root).free
    used = sum(path.stat().st_size for path in ledger.root.rglob("*") if path.is_file())
    # A rebuild writes a second read model before it removes the first, and a backup is a copy of the event store.
    needed = max(_LEAST_FREE, 2 * used)
    space = f"{free >> 20:,} MiB free, the ledger uses {used >> 20:,} MiB"
    if free < needed:
        return Finding("disk space", TROUBLE, space, f"free disk space: a rebuild needs {needed >> 20:,} MiB")
    return Finding("disk space", OK, space)


_CHECKS: Final[dict[str, Callable[[Ledger], Finding]]] = {
    "permissions": _permissions,
    "store": _durability,
    "head": _head,
    "read model": _read_model,
    "seals": _seals,
    "own SQL": _own_sql,
    "disk space": _disk_space,
}
