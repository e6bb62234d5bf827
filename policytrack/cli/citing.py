"""`--cite`: prints a citation of an answer to standard error; standard output holds only the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from policytrack.cli.unseen import echo

if TYPE_CHECKING:
    from policytrack.cli.context import Context
    from policytrack.ledger import Ledger
    from policytrack.questions.citation import Citation
    from policytrack.readmodel.coordinates import Coordinates

_NOT_CITED: Final = frozenset(
    {
        *("as_of", "known_at", "dates", "include", "perimeter", "head", "recorded_at"),
        *("assertions", "min_sources_folded"),
        *("format_", "as_json", "envelope", "output", "cite", "timeout"),
    }
)
"""Parameters for when and where output goes. A citation names the coordinates separately."""


def head_of_store(ledger: Ledger, coordinates: Coordinates) -> tuple[int, str]:
    """Return the position and digest (hex) of the last event in the event store at these coordinates."""

    if coordinates.head is None:
        top = ledger.store.head()
        return top.position, top.digest_hex
    return coordinates.head, ledger.store.digest_at(coordinates.head) or ""


def head_answered(context: Context, coordinates: Coordinates) -> tuple[int, str]:
    """Return the position and digest (hex) of the last event that the answer of this run includes."""
    return context.answered_head or head_of_store(context.ledger(), coordinates)


def citation_of(context: Context, coordinates: Coordinates) -> Citation:
    """Return the citation of the answer of this run at these coordinates."""
    from policytrack.questions.citation import Citation

    return Citation(context.ledger().root.name, coordinates, *head_answered(context, coordinates))


def print_citation(context: Context, coordinates: Coordinates) -> None:
    """Print the citation of the running command's answer, also with -q: the user asked for it."""
    from policytrack.cli.context import today

    citation = citation_of(context, context.answered or coordinates)
    echo(f"{citation.line(query_of(click.get_current_context()))}, retrieved {today()}", err=True)


def coordinates_of_answer(context: Context) -> dict[str, Any]:
    """Return the coordinates of the answer of this run by name, for --envelope. Raises `UsageError` without any."""
    from policytrack.errors import UsageError
    from policytrack.questions.envelope import coordinates_part

    if context.answered is None:
        raise UsageError("--envelope does not apply to this list: it has no dates", hint="use --json")
    part = coordinates_part(citation_of(context, context.answered), query_of(click.get_current_context()))
    if context.defaults:  # absent without any: the API and `serve` have none
        part["defaults"] = {
            option: {"value": default.value, "source": default.source} for option, default in context.defaults.items()
        }
    return part


def query_of(run: click.Context) -> str:
    """Return the query as text: ``capacity (country CN)``. Options with their default value are left out."""
    arguments, options = [], []
    for parameter in run.command.params:
        name, value = str(parameter.name), run.params.get(str(parameter.name))
        # A default adds nothing to a citation: the command implies it.
        if name in _NOT_CITED or value in (None, (), False) or value == parameter.default:
            continue
        if isinstance(parameter, click.Argument):
            arguments.append(_shown(value))
        else:
            options.append(parameter.opts[-1].lstrip("-") + ("" if value is True else f" {_shown(value)}"))
    command = " ".join((*run.command_path.split()[1:], *arguments))
    return f"{command} ({', '.join(options)})" if options else command


def _shown(value: Any) -> str:
    return " and ".join(map(str, value)) if isinstance(value, tuple) else " ".join(str(value).split())
