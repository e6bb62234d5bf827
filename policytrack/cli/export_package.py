"""`export DIR`: writes a data package (Frictionless), file by file, with `datapackage.json` last."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from policytrack.api.files import refuse_file_of_a_ledger
from policytrack.cli.output.write import write_file
from policytrack.cli.run_question import rebuilding_if_damaged
from policytrack.errors import StorageTrouble, UsageError
from policytrack.input_files import check_folder, read_input
from policytrack.ledger_settings import SETTINGS
from policytrack.output.answer import Answer
from policytrack.output.encoding import encoded
from policytrack.output.measured import Measured
from policytrack.questions.citation import Citation, head_of
from policytrack.questions.data_package import (
    DESCRIPTOR,
    PackageFile,
    citation_text,
    descriptor,
    is_ours,
    readme,
    sources_of,
    views_of,
)

if TYPE_CHECKING:
    from policytrack.cli.context import Context
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import ColumnInfo

FORMATS: Final = ("csv", "parquet")
_EVENTS_MEANING: Final = "One row per event, as stored; `policytrack import` reads it."
_DICTIONARY_MEANING: Final = "One row per column of a file: its type and its meaning."
_SOURCES_MEANING: Final = "One row per event and source of it, also for events that are superseded."
_LARGEST_DESCRIPTOR: Final = 16 << 20
_VIEW_FILE: Final = re.compile(r"data/[a-z0-9_]+\.(?:csv|parquet)")


def export_package(context: Context, target: Path, coordinates: Coordinates, format_: str, *, force: bool) -> None:
    """Write the data package of the ledger at these coordinates into a folder.

    Files of views of an older package in the folder are removed if the new one does not have them. Raises `UsageError`
    for a format other than `FORMATS`, and for a folder with other files unless `force`.
    """
    if format_ not in FORMATS:
        raise UsageError(f"a data package has no {format_} files", hint=f"use --format {' or '.join(FORMATS)}")
    old = _files_before(target, force=force)
    citation, files = rebuilding_if_damaged(context, lambda: _write_rows(context, target, coordinates, format_))
    texts = {"README.md": readme(citation, files), "CITATION.txt": citation_text(citation)}
    # The descriptor is written last: a folder that has it is a complete package.
    for name, text in {**texts, DESCRIPTOR: descriptor(citation, files)}.items():
        write_file(target / name, [text.encode()])
    for path in old - {file.path for file in files}:
        (target / path).unlink(missing_ok=True)
    context.say(f"package written to {target}, head e{citation.position}")


def _files_before(target: Path, *, force: bool) -> set[str]:
    """Create the folder, and return the view files of an older package in it. Raises `UsageError` for other files."""
    try:
        if (target / SETTINGS).exists():
            raise UsageError(f"{target} is a ledger", hint="choose a folder outside it, for instance ../package")
        check_folder(target)
        refuse_file_of_a_ledger(Path(os.path.realpath(target / DESCRIPTOR)))
        target.mkdir(parents=True, exist_ok=True)
        if (target / "data").is_symlink():
            raise UsageError(
                f"{target / 'data'} is a link: files elsewhere would be replaced or removed", hint="remove the link"
            )
        (target / "data").mkdir(exist_ok=True)
        before = target / DESCRIPTOR
        is_package = before.is_file() and is_ours(read_input(before, _LARGEST_DESCRIPTOR).decode(errors="replace"))
        data_files = {path.relative_to(target).as_posix() for path in (target / "data").iterdir() if path.is_file()}
        others = [path.name for path in target.iterdir() if path.name != "data"] or data_files
        if others and not is_package and not force:
            raise UsageError(
                f"{target} holds other files", hint="choose an empty folder, or use --force to write there"
            )
    except OSError as cause:
        raise StorageTrouble(f"cannot write to {target}: {cause.strerror}", hint="choose another folder") from cause
    return {path for path in data_files if is_package and _VIEW_FILE.fullmatch(path)}


def _write_rows(
    context: Context, target: Path, coordinates: Coordinates, format_: str
) -> tuple[Citation, list[PackageFile]]:
    """Write the files of views, sources, dictionary and events; return their citation and descriptions."""
    ledger, files = context.ledger(), []
    described: list[tuple[str, ColumnInfo]] = []
    with ledger.ask(coordinates, notes=context.note, progress=context.progress("catching up")) as session:
        citation = Citation(ledger.root.name, coordinates, *head_of(session))
        for view, table in views_of(session):
            described += [(view.name, column) for column in view.columns]
            path = f"data/{view.name}.{format_}"
            files.append(_write_table(target, view.name, path, view.comment, view.columns, table))
        sources, columns = sources_of(session)
    described += [("sources", column) for column in columns]
    files.append(_write_table(target, "sources", "sources.csv", _SOURCES_MEANING, columns, sources))
    files.append(_write_dictionary(target, described))
    lines = (line.encode() for line in ledger.lines(citation.position))
    events = PackageFile("events", "events.jsonl", _EVENTS_MEANING, (), citation.position, 0, "")
    return citation, [*files, _write(target, events, lines)]


def _write_dictionary(target: Path, described: list[tuple[str, ColumnInfo]]) -> PackageFile:
    import pyarrow as pa

    from policytrack.readmodel.session import ColumnInfo

    rows = [
        {"file": name, "column": column.name, "type": column.type, "meaning": column.comment}
        for name, column in described
    ]
    meanings = {"file": "name of the view or file", "column": "name of the column", "type": "its type in DuckDB"}
    columns = tuple(
        ColumnInfo(name, "VARCHAR", meanings.get(name, "what the column means"))
        for name in ("file", "column", "type", "meaning")
    )
    table = pa.Table.from_pylist(rows)
    return _write_table(target, "dictionary", "dictionary.csv", _DICTIONARY_MEANING, columns, table)


def _write_table(
    target: Path, name: str, path: str, meaning: str, columns: tuple[ColumnInfo, ...], table: Any
) -> PackageFile:
    file = PackageFile(name, path, meaning, columns, table.num_rows, 0, "")
    return _write(target, file, iter([encoded(Answer(table), path.rsplit(".", 1)[-1])]))


def _write(target: Path, file: PackageFile, parts: Iterator[bytes]) -> PackageFile:
    """Write a file, and return its description with size (bytes) and SHA-256 filled in."""
    measured = Measured(parts)
    write_file(target / file.path, measured)
    return replace(file, size=measured.size, sha256=measured.sha256)
