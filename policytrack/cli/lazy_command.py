"""Loads each command's module only when the command runs: `policytrack --help` imports none of them."""

from __future__ import annotations

import importlib
import keyword
from typing import Any

import rich_click as click

from policytrack.cli.global_options import accept_anywhere
from policytrack.cli.json_result import REPORTING, add_json


class LazyCommand(click.RichCommand):
    """A command whose module is imported when it is run or when its help is printed.

    Command `name` is the function `name` in ``policytrack/cli/commands/name.py``; `import` is `import_` there, since it
    is a Python keyword, and hyphens are underscores. `summary` is the first paragraph of its help; a test compares the
    two.
    """

    def __init__(self, name: str, summary: str) -> None:
        super().__init__(name=name, help=summary)
        self._loaded: click.Command | None = None

    def load(self) -> click.Command:
        """Import the module of the command and return the command."""
        if self._loaded is None:
            name = f"{self.name}_" if keyword.iskeyword(str(self.name)) else str(self.name).replace("-", "_")
            self._loaded = getattr(importlib.import_module(f"policytrack.cli.commands.{name}"), name)
            accept_anywhere(self._loaded)
            if self.name in REPORTING:
                add_json(self._loaded)
        return self._loaded

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Load the command and make its context, to run it or to print its help."""
        return self.load().make_context(info_name, args, parent, **extra)
