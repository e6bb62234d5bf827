"""`sql`: runs the user's query on the views, in a sandboxed worker process that can only read them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import rich_click as click

from policytrack.cli.context import Context, pass_context, today
from policytrack.cli.options import query_options
from policytrack.cli.output.write import chosen_for, write, write_rows
from policytrack.cli.run_question import Output, footer, rebuilding_if_damaged
from policytrack.cli.shell_completion import names, queries
from policytrack.errors import QueryFailed, UsageError, counted
from policytrack.input_files import read_input
from policytrack.output.answer import Answer
from policytrack.output.formats import STREAMED, Rows

if TYPE_CHECKING:
    from policytrack.ledger import Ledger
    from policytrack.readmodel.coordinates import Coordinates

LARGEST_WHOLE: Final = 64 << 20
"""Largest result, in bytes, of a format that needs all rows in memory: a terminal table or a spreadsheet."""


@click.command()
@click.argument("query", required=False)
@click.option(
    "-f",
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Read the query from a file.",
)
@click.option(
    "--named", metavar="NAME", shell_complete=names(queries), help="Run the query in queries/NAME.sql of the ledger."
)
@click.option("--list", "listing", is_flag=True, help="List the named queries, with meaning and parameters.")
@click.option(
    "-p", "--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="Bind parameter $NAME of the query."
)
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="Print at most N rows, and a note if there are more."
)
@click.option(
    "--timeout",
    type=click.IntRange(1, 3600),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="Stop the query after this time.",
)
@query_options(include=True)
@pass_context
def sql(
    context: Context,
    query: str | None,
    file: Path | None,
    named: str | None,
    listing: bool,
    parameters: tuple[str, ...],
    limit: int | None,
    timeout: int,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Run an SQL query on the views, read-only. `-` reads the query from stdin.

    Examples:

        policytrack sql "FROM national_capacity" --as-of 2025-10-31 --known-at 2025-10-31

        policytrack sql "SELECT * FROM project WHERE due_latest < $day::DATE" -p day=2027-01-01

        policytrack sql --named pipeline_by_region -p country=CN

    Parameters are text: cast them in the query. List the views and their columns with: policytrack schema.
    """
    from policytrack.readmodel.sandbox import stream_sql

    del filters  # sql has none
    ledger = context.ledger()
    if listing:
        write(_listed(context, ledger), context, *output)
        return
    text = _query_text(ledger, query, file, named)
    bound = _bound(parameters)

    format_, target = chosen_for(*output), output[1]
    needs_all = format_ not in STREAMED or context.envelope

    with ExitStack() as running:

        def start_query() -> Rows:
            path = ledger.file_at(coordinates, notes=context.note, progress=context.progress("catching up"))
            context.answered_head = ledger.head_of_file(path)
            result = running.enter_context(
                stream_sql(
                    path,
                    coordinates,
                    text,
                    parameters=bound,
                    limit=None if limit is None else limit + 1,  # one more, to know whether the limit cuts the result
                    timeout_seconds=timeout,
                    answer_bytes=LARGEST_WHOLE if needs_all else None,
                    today=today(),
                )
            )
            # Wait for the first rows before anything is written: most errors, also a damaged read model that
            # `rebuilding_if_damaged` rebuilds, show by then.
            first = next(result.batches, None)
            batches = chain([] if first is None else [first], result.batches)
            return Rows(result.schema, batches, footer(context, coordinates))

        rows = rebuilding_if_damaged(context, start_query)
        counting = _Counting(rows.batches, limit)
        rows = replace(rows, batches=counting)
        if needs_all:
            import pyarrow as pa

            table = pa.Table.from_batches(rows.batches, rows.schema)
            write(Answer(table, "", rows.footer), context, format_, target)
        else:
            write_rows(rows, format_, target)
            if target is not None:
                context.say(f"{counted(counting.rows, 'row')} written to {target}")
        if counting.is_cut:
            context.say(f"note: more than {limit} rows; the others are not printed (--limit)")


class _Counting:
    """Iterates over batches, counts their rows and stops at a limit."""

    def __init__(self, batches: Iterable[Any], limit: int | None) -> None:
        self._batches, self._limit = batches, limit
        self.rows = 0
        self.is_cut = False

    def __iter__(self) -> Iterator[Any]:
        for batch in self._batches:
            left = batch.num_rows if self._limit is None else self._limit - self.rows
            self.is_cut = self.is_cut or batch.num_rows > left
            self.rows += min(left, batch.num_rows)
            yield batch.slice(0, left)


def _bound(parameters: tuple[str, ...]) -> dict[str, object]:
    bound: dict[str, object] = {}
    for parameter in parameters:
        name, equals, value = parameter.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(
                f"-p {parameter!r} is not NAME=VALUE",
                hint="use -p country=CN, for instance, and $country in the query",
            )
        bound[name] = value
    return bound


def _query_text(ledger: Ledger, query: str | None, file: Path | None, named: str | None) -> str:
    if len([way for way in (query, file, named) if way]) != 1:
        raise UsageError(
            "exactly one query is needed: as an argument, with --file or with --named",
            hint=f'for instance policytrack sql "FROM national_capacity"; or open {_file(ledger)} read-only in DuckDB',
        )
    if named:
        return ledger.own_sql.query(named)
    if file:
        try:
            from policytrack.questions.saved_queries import LARGEST_QUERY

            return read_input(file, LARGEST_QUERY).decode()
        except (OSError, UnicodeDecodeError) as cause:
            reason = cause.strerror if isinstance(cause, OSError) else cause
            raise QueryFailed(
                f"cannot read {file}: {reason}", hint="check the path, and save the file in UTF-8"
            ) from cause
    return sys.stdin.read() if query == "-" else str(query)


def _file(ledger: Ledger) -> Path:
    """Return the file of the read model, for queries with another client."""
    current = ledger.read_model.current()
    return current.path if current else ledger.root / "readmodel"


def _listed(context: Context, ledger: Ledger) -> Answer:
    import pyarrow as pa

    found, unreadable = ledger.own_sql.named_queries()
    context.warn(unreadable)
    rows = [{"name": query.name, "parameters": list(query.parameters), "meaning": query.meaning} for query in found]
    kinds = pa.schema([("name", pa.string()), ("parameters", pa.list_(pa.string())), ("meaning", pa.string())])
    return Answer(
        pa.Table.from_pylist(rows, schema=kinds),
        "Named queries",
        empty=f"no named query; write one to {ledger.queries}/NAME.sql",
    )
