"""`map`: writes a first map of another publisher's table, for the user to finish."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import OutputFile
from policytrack.cli.output.write import write_parts
from policytrack.errors import MalformedInput, PolicytrackError, UsageError


@click.command(name="map")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sheet", metavar="NAME", help="Sheet of a workbook. [default: the only visible sheet]")
@click.option("-o", "--output", type=OutputFile(), metavar="FILE", help="Write to a new file. `-` is stdout.")
@pass_context
def map(context: Context, /, file: Path, sheet: str | None, output: Path | None) -> None:
    """Write a first map of a CSV or XLSX table, to finish and use with `import --map`.

    It finds the sheet, the header row, units in column names, date formats and status words. What it cannot decide is a
    line to fill in. Events are comments: an unfinished map imports nothing.

    Examples:

        policytrack map plants.xlsx --sheet Plants -o plants.toml

        policytrack import plants.xlsx --map plants.toml --dry-run
    """
    content = _first_map(file, sheet).encode()
    if output is None:
        write_parts([content], None)
        return
    try:
        with output.open("xb") as stream:  # x: never overwrite a map that the user has finished
            stream.write(content)
    except FileExistsError:
        raise UsageError(f"{output} already exists", hint="choose another name, or remove the file") from None
    except OSError as trouble:
        raise UsageError(f"cannot write {output}: {trouble.strerror}", hint="choose another folder") from trouble
    context.say(
        f"wrote {output}; complete the lines with FILL IN, then: policytrack import {file} --map {output} --dry-run"
    )


def _first_map(file: Path, sheet: str | None) -> str:
    from policytrack.importing.formats.csv import CsvFile
    from policytrack.importing.read_rows import format_of, opened
    from policytrack.importing.tables.first_map import first_map

    with opened(str(file), file) as stream:
        format_, stream = format_of(file, stream, "auto", None)
        if format_ == "xlsx":
            from policytrack.importing.formats.xlsx import read_xlsx

            item = next(iter(read_xlsx(stream, str(file), sheet, ())))
            if isinstance(item, PolicytrackError):
                raise item
            name, records, _ = item
            return first_map(records, file.name, name, None)
        if sheet is not None:
            raise UsageError("--sheet is for workbooks", hint="leave it out for CSV")
        if format_ == "jsonl" or file.suffix.lower() in (".yaml", ".yml", ".json"):
            raise MalformedInput(f"{file} is not a table of CSV or XLSX", hint="write its map by hand: docs/import.md")
        table = CsvFile(stream, str(file))
        rows = iter(table)
        first = next(rows)  # reading it finds the separator
        return first_map(chain([first], rows), file.name, None, table.separator)
