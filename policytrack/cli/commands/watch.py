"""`watch`: reports what is new since the last time by saved filters: on stdout, in a file, or to a command."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from policytrack.cli.commands.news import NEWS_SHOWN
from policytrack.cli.context import Context, pass_context, today
from policytrack.cli.options import Day
from policytrack.cli.output.write import write
from policytrack.cli.run_question import footer, run_query
from policytrack.errors import IntegrityTrouble, NotFound, QueryFailed, StorageTrouble, UsageError, counted
from policytrack.ledger_settings import SETTINGS
from policytrack.output.answer import Answer
from policytrack.questions.watch_filters import read_filters

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.ledger import Ledger
    from policytrack.questions.watching import Told
    from policytrack.readmodel.session import Session

Filters = dict[str, dict[str, list[str]]]


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME…]")
@click.option("--since", type=Day(), metavar="DATE", help="Report everything known since this day, also again.")
@click.option(
    "--append",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Append the news to a file, as JSON Lines.",
)
@click.option("--run", "command", metavar="COMMAND", help="Run a command with the news on its stdin, if there are any.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "csv", "tsv", "json", "jsonl", "markdown"]),
    help="Format of the news. [default: table on a terminal, tsv on a pipe]",
)
@click.option("--json", "as_json", is_flag=True, help="Same as --format json; errors are JSON on stderr too.")
@pass_context
def watch(
    context: Context,
    names: tuple[str, ...],
    since: date | None,
    append: Path | None,
    command: str | None,
    format_: str | None,
    as_json: bool,
) -> None:
    """Report what is new since the last time, by the filters that are saved in the settings of the ledger.

    A filter is a table in `policytrack.toml`: [watch.steel], with country, activity and what, as of `news`. Without
    NAME, all are used. The first report of a filter begins now, or at --since. Nothing is printed if nothing is new.

    The news count as reported only after they were written, or after the command succeeded. If it fails, the next run
    reports them again.

    Examples:

        policytrack watch

        policytrack watch steel --append steel.jsonl

        policytrack watch --format markdown --run "sendmail ana@example.org"

    Next: policytrack news, policytrack show e14.
    """
    if append is not None and command is not None:
        raise UsageError("--append and --run exclude each other", hint="run the command twice, with two filters")
    if append is not None and (format_ or as_json):
        raise UsageError("--append writes JSON Lines; it has no format", hint="leave out --format and --json")
    from policytrack.questions.watching import watching

    ledger = context.ledger()
    filters = _chosen(read_filters(ledger.root / SETTINGS), names)
    with watching(ledger.root):
        table, states = _news(context, ledger, filters, since)
        line = footer(context, _now())
        answer = Answer(table, f"News of {', '.join(filters)}", line, ("watch", *NEWS_SHOWN), "nothing is new")
        if table.num_rows or as_json:
            _deliver(context, answer, append, command, "json" if as_json else format_)
        _store(ledger, states)


def _chosen(saved: Filters, names: tuple[str, ...]) -> Filters:
    """Return the filters of these names, all without one. Raises `NotFound`."""
    from policytrack.values.ids import near_matches

    if not saved:
        raise NotFound(
            f"no filter is saved in {SETTINGS}",
            hint='add one: [watch.steel], then activity = ["crude-steel"] in the next line',
        )
    for name in names:
        if name not in saved:
            close = tuple(near_matches(name, saved)) or tuple(saved)
            raise NotFound(f"no filter {name!r} is saved", hint=f"use {', '.join(close)}", candidates=close)
    return {name: saved[name] for name in dict.fromkeys(names)} if names else saved


def _now() -> Any:
    from policytrack.readmodel.coordinates import Coordinates

    return Coordinates(as_of=today(), known_at=today())


def _news(context: Context, ledger: Ledger, filters: Filters, since: date | None) -> tuple[pa.Table, dict[Path, Told]]:
    """Return the news of the filters with a column `watch`, and the state of each after they are delivered."""
    import pyarrow as pa

    from policytrack.questions.watching import from_day, moved, news_since, read_told, state_file

    told = {name: read_told(state_file(ledger.root, name)) for name in filters}
    for name, state in told.items():
        if state is not None and ledger.store.digest_at(state.head) != state.digest:
            raise IntegrityTrouble(
                f"the filter {name} was reported up to e{state.head} of another ledger",
                hint=f"check the ledger with `policytrack verify`; then remove {state_file(ledger.root, name)}",
            )

    def question(session: Session) -> tuple[pa.Table, dict[Path, Told]]:
        position, digest = context.answered_head or (0, "")
        tables, states = [], {}
        for name, state in told.items():
            start = state or moved(None, position, digest, today())
            if since is not None:
                start = from_day(state, since, position, digest)
            elif state is None:
                context.say(f"{name}: reports begin after e{position}; to report older news, use --since DATE")
            rows = news_since(session, start, filters[name])
            tables.append(rows.add_column(0, "watch", pa.array([name] * rows.num_rows, pa.string())))
            states[state_file(ledger.root, name)] = moved(state, position, digest, today())
        return pa.concat_tables(tables), states

    return run_query(context, _now(), question)


def _deliver(context: Context, answer: Answer, append: Path | None, command: str | None, format_: str | None) -> None:
    """Write the news; return only if they arrived. Raises `StorageTrouble` and `QueryFailed`."""
    from policytrack.output.encoding import encoded

    if append is not None:
        _append(append, encoded(answer, "jsonl"))
        context.say(f"{counted(answer.table.num_rows, 'row')} appended to {append}")
    elif command is not None:
        if answer.table.num_rows:
            _run(command, encoded(answer, format_ or "tsv"))
            context.say(f"{counted(answer.table.num_rows, 'row')} passed to {command}")
    else:
        write(answer, context, format_, None)
        sys.stdout.flush()


def _append(path: Path, lines: bytes) -> None:
    """Append lines durably: all or none. A part of them that was written before the disk was full is removed.

    Raises `UsageError` for a file of a ledger and for a file that is not JSON Lines, since it may be an event store of
    another name, and `StorageTrouble`.
    """
    import errno
    import os

    from policytrack.api.files import is_special, refuse_file_of_a_ledger

    try:
        if is_special(path):
            raise OSError(errno.EINVAL, "it is not a regular file")  # noqa: TRY301 # with the errors of writing
        refuse_file_of_a_ledger(Path(os.path.realpath(path)))
        with path.open("a+b") as file:
            file.seek(0)
            if file.read(1) not in (b"", b"{"):
                raise UsageError(f"{path} is not a file of JSON Lines", hint="choose another name")
            start = file.seek(0, os.SEEK_END)
            try:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                os.ftruncate(file.fileno(), start)
                raise
    except OSError as cause:
        raise StorageTrouble(
            f"cannot write {path}: {cause.strerror}; the news were not reported",
            hint="choose another file, or use --run to pass the news to a program",
        ) from cause


def _run(command: str, content: bytes) -> None:
    """Run a command with the news on its standard input. Raises `QueryFailed` unless it exits with 0."""
    import shlex

    try:
        words = shlex.split(command)
        done = subprocess.run(words, input=content, check=False)
    except (OSError, ValueError, IndexError) as cause:
        raise QueryFailed(
            f"cannot run {command!r}: {cause}; the news were not reported", hint="check the command, and try again"
        ) from cause
    if done.returncode:
        raise QueryFailed(
            f"{command!r} ended with {done.returncode}; the news were not reported",
            hint="the next run reports them again",
        )


def _store(ledger: Ledger, states: dict[Path, Told]) -> None:
    from policytrack.questions.watching import write_told

    for path, told in states.items():
        write_told(path, told)
