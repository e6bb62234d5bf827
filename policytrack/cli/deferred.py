"""Commands whose modules are loaded when they are run: a help page, or another command, does not wait for them."""

from __future__ import annotations

import importlib
from typing import Any

import rich_click as click

from policytrack.cli.anywhere import accept_anywhere


class Deferred(click.RichCommand):
    """A command that is known by its name and the first paragraph of its help until somebody runs it.

    `target` is the module and the name in it: ``policytrack.cli.keep:init``. A test compares `summary` with the help
    of the command itself.
    """

    def __init__(self, name: str, target: str, summary: str) -> None:
        super().__init__(name=name, help=summary)
        self.target = target
        self._is_loaded = False

    def load(self) -> click.Command:
        """The command itself."""
        module, _, name = self.target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        if not self._is_loaded:
            accept_anywhere(command)
            self._is_loaded = True
        return command

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Whoever wants to run it, or ask it for help, gets the command itself."""
        return self.load().make_context(info_name, args, parent, **extra)
