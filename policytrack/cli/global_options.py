"""The global options, which may also follow a command.

`policytrack capacity -C demo` and `policytrack -C demo capacity` mean the same. Help pages list the options once.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import rich_click as click
from click.core import ParameterSource

from policytrack.cli.context import Context

COLORS: Final = ("auto", "always", "never")
_SWITCHES: Final = {
    "global_quiet": ("-q", "--quiet"),
    "global_verbose": ("-v", "--verbose"),
    "global_no_input": ("--no-input",),
    "global_debug": ("--debug",),  # `main` looks for it on the whole command line
}


def color_of(choice: str) -> bool | None:
    """Whether to colour, as click wants to know it; None lets the terminal decide."""
    return {"always": True, "never": False}.get(choice, False if "NO_COLOR" in os.environ else None)


def accept_anywhere(command: click.Command) -> click.Command:
    """Let a command, and what belongs to it, take the global options; an option of its own goes before. Returns it."""
    taken = {text for parameter in command.params for text in parameter.opts}
    for option in _options():
        if taken.isdisjoint(option.opts):
            command.params.append(option)
    if isinstance(command, click.Group):
        for part in command.commands.values():
            accept_anywhere(part)
    return command


def _options() -> list[click.Option]:
    folder = click.Path(path_type=Path, file_okay=False)
    about: dict[str, Any] = {"expose_value": False, "hidden": True, "is_eager": True, "callback": _set}
    return [
        click.Option(["-C", "--ledger", "global_ledger"], type=folder, **about),
        click.Option(["--color", "global_color"], type=click.Choice(COLORS), **about),
        *(click.Option([*names, name], is_flag=True, **about) for name, names in _SWITCHES.items()),
    ]


def _set(run: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Set what a global option sets, if it was given on the command line."""
    if parameter.name is None or run.get_parameter_source(parameter.name) is not ParameterSource.COMMANDLINE:
        return
    context, root = run.ensure_object(Context), run.find_root()
    match parameter.name:
        case "global_ledger":
            context.folder = root.params["folder"] = value
        case "global_color":
            context.color = value
            for each in (run, root):
                each.color = color_of(value)
        case "global_quiet":
            context.verbosity = -1
        case "global_verbose":
            context.verbosity = 1
        case "global_debug":
            context.debug = True
        case "global_no_input":
            context.no_input = True
