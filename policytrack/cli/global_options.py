"""Lets the global options follow a command too: `policytrack capacity -C demo` means `policytrack -C demo capacity`.

The copies are hidden, so that help pages list each option once.
"""

from __future__ import annotations

import os
from typing import Any, Final

import rich_click as click
from click.core import ParameterSource

from policytrack.cli.context import Context
from policytrack.cli.paths import FolderPath

COLORS: Final = ("auto", "always", "never")
_SWITCHES: Final = {
    "global_quiet": ("-q", "--quiet"),
    "global_verbose": ("-v", "--verbose"),
    "global_no_input": ("--no-input",),
    "global_trust": ("--trust",),
    "global_debug": ("--debug",),  # declared only to be accepted: `main` searches the whole command line for it
}


def color_of(choice: str) -> bool | None:
    """Return whether to colour, for click's `Context.color`; None lets click decide by the stream."""
    return {"always": True, "never": False}.get(choice, False if "NO_COLOR" in os.environ else None)


def accept_anywhere(command: click.Command) -> click.Command:
    """Add the global options to a command and its subcommands, and return it.

    A global option that the command uses for another purpose, such as -q, is left out.
    """
    own = {text for parameter in command.params for text in parameter.opts}
    for option in _options():
        if own.isdisjoint(option.opts):
            command.params.append(option)
    if isinstance(command, click.Group):
        for subcommand in command.commands.values():
            accept_anywhere(subcommand)
    return command


def _options() -> list[click.Option]:
    folder = FolderPath()
    about: dict[str, Any] = {"expose_value": False, "hidden": True, "is_eager": True, "callback": _set}
    return [
        click.Option(["-C", "--ledger", "global_ledger"], type=folder, **about),
        click.Option(["--color", "global_color"], type=click.Choice(COLORS), **about),
        *(click.Option([*names, name], is_flag=True, **about) for name, names in _SWITCHES.items()),
    ]


def _set(run: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Apply a global option to the `Context`, if it was given on the command line: defaults must not overwrite it."""
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
        case "global_trust":
            context.trusts = True
