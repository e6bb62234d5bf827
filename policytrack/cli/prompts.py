"""Prompts on a terminal for the fields that the flags did not set. Every prompt has a flag too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import rich_click as click

from policytrack.cli.context import Context, today
from policytrack.cli.unseen import echo
from policytrack.errors import MalformedInput
from policytrack.events.envelope import Refers
from policytrack.events.fields import USUAL

if TYPE_CHECKING:
    from policytrack.cli.event_options import FieldOption
    from policytrack.ledger import Ledger

FaultOf = Callable[[dict[str, Any]], str | None]
"""Returns what is wrong with the answers so far, with the hint; None if nothing is."""


def choose_type(types: list[str]) -> str:
    """Prompt for the event type, by number or by name, and return its name."""
    for number, name in enumerate(types, start=1):
        echo(f"  {number:>2}  {name}", err=True)
    names = {str(number): name for number, name in enumerate(types, start=1)} | {name: name for name in types}

    def read(answer: str) -> str:
        if answer.strip() not in names:
            raise click.BadParameter(f"{answer.strip()!r} is not in the list. Use a number or a name of the list")
        return names[answer.strip()]

    return str(click.prompt("Event type", value_proc=read, err=True))


def ask_fields(
    context: Context, ledger: Ledger, options: list[FieldOption], given: dict[str, Any], fault_of: FaultOf
) -> None:
    """Prompt for each required or usual field that `given` does not have, and add the answers to `given`.

    An answer with a fault is refused at once, and the prompt is repeated.
    """
    known = _registered(context, ledger)
    echo("Press Enter to skip an optional field, Ctrl-C to cancel; nothing is written until the end.", err=True)
    for option in options:
        if given.get(option.parameter) not in (None, ()):
            continue
        if option.required or option.name in USUAL:
            while (answer := _ask(option, known)) is not None:
                given[option.parameter] = (answer,) if option.many and not isinstance(answer, tuple) else answer
                fault = fault_of(given)
                if fault is None:
                    break
                del given[option.parameter]
                echo(fault, err=True)


def _ask(option: FieldOption, known: dict[str, dict[str, str]]) -> Any:
    label = option.name.replace("_", " ")
    if option.choices:
        kind = click.Choice(option.choices)
        default = None if option.required else str(option.default or "")
        return click.prompt(label, type=kind if option.required else str, default=default, err=True) or None
    if option.many:
        return _ask_many(option, label)
    refers = option.mark.kind if isinstance(option.mark, Refers) else None
    hint = f" [{today()}]" if option.name == "known_on" else ""
    while True:
        answer = click.prompt(label + hint, default="", show_default=False, err=True).strip()
        if not answer and not option.required:
            return None
        if not answer:
            echo("required", err=True)
        elif refers is None or answer in known.get(refers, {}):
            return answer
        elif (chosen := _offer(refers, answer, known.get(refers, {}))) is not None:
            return chosen


def _offer(kind: str, answer: str, known: dict[str, str]) -> str | None:
    """Offer near matches of an unregistered id one by one. Returns the one that the user accepts, or None."""
    from policytrack.values.ids import near_matches

    # Ids last: the name of one thing must not hide the id of another.
    names = {name: id_ for id_, name in known.items()} | {id_: id_ for id_ in known}
    close = list(dict.fromkeys(names[match] for match in near_matches(answer, names)))
    if not close:
        echo(f"no {kind} {answer!r}; {_way_to(kind)}", err=True)
        return None
    for candidate in close:
        if click.confirm(f"no {kind} {answer!r}. Is it {candidate} ({known[candidate]})?", default=False, err=True):
            return candidate
    return None


def _way_to(kind: str) -> str:
    """Return the hint how an id of this kind is registered or listed."""
    from policytrack.decide.boundary import REGISTERED_BY

    if kind not in REGISTERED_BY:
        return f"list the known ones with `policytrack sql 'FROM {kind}'`"
    if kind == "activity":
        return "list them with `policytrack help activities`, or record an activity_registered event first"
    return f"record a {REGISTERED_BY[kind].TOPIC} event first"


def _ask_many(option: FieldOption, label: str) -> tuple[str, ...] | None:
    from policytrack.cli.event_options import read_parts

    answers: list[str] = []
    form = f" ({option.help})" if option.part else ""
    while True:
        answer = click.prompt(f"{label}{form}, empty to end", default="", show_default=False, err=True).strip()
        if not answer:
            if option.required and not answers:
                echo("required: enter at least one", err=True)
                continue
            return tuple(answers) or None
        try:
            if option.part is not None:
                read_parts(option, option.part, answer)
        except MalformedInput as problem:
            echo(f"{problem.what}; {problem.hint}", err=True)
            continue
        answers.append(answer)


def _registered(context: Context, ledger: Ledger) -> dict[str, dict[str, str]]:
    """Return the names of everything registered, by kind and id."""
    from policytrack.questions import ask
    from policytrack.readmodel.coordinates import Coordinates

    known: dict[str, dict[str, str]] = {}
    with ledger.ask(Coordinates(as_of=today(), known_at=today()), notes=context.note) as session:
        for row in ask(session, "registered").to_pylist():
            known.setdefault(row["kind"], {})[row["id"]] = row["name"]
    return known
