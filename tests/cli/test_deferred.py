"""Commands are loaded when they are run: what is said of them before is what they say themselves."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from policytrack.cli.deferred import Deferred
from policytrack.cli.main import cli

DEFERRED = {name: command for name, command in cli.commands.items() if isinstance(command, Deferred)}


@pytest.mark.parametrize("name", DEFERRED)
def test_the_summary_of_a_command_is_the_first_paragraph_of_its_help(name: str) -> None:
    command = DEFERRED[name].load()
    assert command.name == name
    first, _, _ = inspect.cleandoc(command.help or "").partition("\n\n")
    assert DEFERRED[name].help == " ".join(first.split())


def test_help_loads_none_of_what_an_answer_needs() -> None:
    program = (
        "import sys\nfrom policytrack.cli.main import main\nsys.argv[1:] = ['--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'duckdb', 'pyarrow', 'eventsourcing', 'pydantic', 'policytrack.cli.ask', 'policytrack.cli.record'}\n"
        "print(heavy & set(sys.modules), file=sys.stderr)"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stderr == "set()\n"
    assert "capacity" in shown.stdout
