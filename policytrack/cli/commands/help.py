"""`help`: prints topics, commands and error codes. The topics are the pages in `policytrack/topics/`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from itertools import groupby
from typing import Final

import click as plain_click
import rich_click as click

from policytrack import errors
from policytrack.cli import shell_completion
from policytrack.cli.context import Context, pass_context
from policytrack.cli.unseen import visible
from policytrack.errors import NotFound, PolicytrackError
from policytrack.output.encoding import FORMATS

_GENERATED: Final = re.compile(r"\{\{(\w+)\}\}")


def topic_names() -> list[str]:
    """Return the names of the topics, sorted."""
    pages = (entry.name for entry in files("policytrack").joinpath("topics").iterdir())
    return sorted(name.removesuffix(".md") for name in pages if name.endswith(".md"))


def topic_text(name: str) -> str:
    """Return a topic as Markdown, with its generated lists, such as ``{{errors}}``, filled in from the code."""
    text = files("policytrack").joinpath("topics", f"{name}.md").read_text(encoding="utf-8")
    return _GENERATED.sub(lambda match: _PARTS[match[1]](), text)


def error_classes() -> dict[str, type[PolicytrackError]]:
    """Return the error classes that a user may see, by code."""
    classes = (value for value in vars(errors).values() if isinstance(value, type))
    kinds = (kind for kind in classes if issubclass(kind, PolicytrackError) and kind is not PolicytrackError)
    return {kind.code: kind for kind in sorted(kinds, key=lambda kind: kind.code)}


def _errors() -> str:
    rows = (f"    {code}  exit {kind.exit_code}  {_sentence(kind)}" for code, kind in error_classes().items())
    return "\n".join(rows)


def _sentence(kind: type[PolicytrackError]) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())


def _activities() -> str:
    from policytrack.resources import reference_table

    rows = reference_table("activities")
    lines: list[str] = []
    for sector, of_sector in groupby(rows, key=lambda row: row["sector"]):
        lines += ["", sector, "", *map(_activity_line, of_sector)]
    return "\n".join(lines[1:])


def _activity_line(row: Mapping[str, str]) -> str:
    return f"    {row['activity_id']:<33}  {row['unit']:<16}  {row['name']}"


def _own_activities(context: Context) -> Iterator[str]:
    """Yield the lines that list the activities of the ledger; none outside a ledger. Warns if it cannot be read."""
    from policytrack.cli.context import today
    from policytrack.questions import ask
    from policytrack.readmodel.coordinates import Coordinates

    try:
        with context.ledger().ask(Coordinates(as_of=today(), known_at=today()), notes=context.note) as session:
            rows = ask(session, "own_activities").to_pylist()
    except NotFound:
        return
    except PolicytrackError as trouble:  # help is also for those whose ledger is damaged
        context.warn([f"the activities of the ledger are not listed: {trouble.what}"])
        return
    if rows:
        yield from ("", "registered in this ledger", "", *map(_activity_line, rows))


_PARTS: Final[dict[str, Callable[[], str]]] = {
    "errors": _errors,
    "activities": _activities,
    "formats": lambda: ", ".join(FORMATS),
}


@click.command(name="help")
@click.argument(
    "about",
    required=False,
    metavar="[TOPIC|COMMAND|PT…]",
    shell_complete=shell_completion.names(lambda _: topic_names()),
)
@pass_context
def help(context: Context, about: str | None) -> None:
    """Explain a topic, a command or an error code. Without an argument, list the topics.

    Examples:

        policytrack help time

        policytrack help PT302

    Next: policytrack COMMAND --help.
    """
    if about is None:
        topics = {name: topic_text(name).splitlines()[0].removeprefix("# ") for name in topic_names()}
        context.done = {"topics": topics}
        for name, title in topics.items() if context.output is None else ():
            click.echo(f"{name:<12}  {title}")
        return
    kind, text = _explained(context, about)
    context.done = {"about": about, "kind": kind, "text": plain_click.unstyle(text)}
    if context.output is None:
        click.echo(text, nl=False)


def _explained(context: Context, about: str) -> tuple[str, str]:
    """Return what `about` is (topic, error or command) and its explanation. Raises `NotFound` with near matches."""
    # A topic wins over a command of the same name, such as `sql`: the command's help is also at `sql --help`.
    group = plain_click.get_current_context().find_root()
    command = group.command.get_command(group, about) if isinstance(group.command, click.Group) else None
    if about in topic_names():
        own = _own_activities(context) if about == "activities" else ()
        return "topic", topic_text(about) + "".join(f"{visible(line)}\n" for line in own)
    if (kind := error_classes().get(about.upper())) is not None:
        listed = "All of them: policytrack help exit-codes"
        return "error", f"{kind.code}, exit {kind.exit_code}\n\n{_sentence(kind)}\n\n{listed}\n"
    if command is not None:
        # resilient_parsing: the command does not run, so its required arguments may be missing.
        with command.make_context(about, [], parent=group, resilient_parsing=True) as run:
            return "command", run.command.get_help(run) + "\n"
    raise _nothing(about, list(getattr(group.command, "commands", {})))


def _nothing(about: str, commands: list[str]) -> NotFound:
    from policytrack.values.ids import near_matches

    close = near_matches(about, [*topic_names(), *commands, *error_classes()])
    return NotFound(
        f"there is no help on {about!r}",
        hint=f"similar: {', '.join(close)}" if close else f"topics: {', '.join(topic_names())}",
        candidates=close,
    )
