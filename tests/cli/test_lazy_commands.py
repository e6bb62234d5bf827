"""Commands are loaded when they are run: what is said of them before is what they say themselves."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import policytrack.cli.commands
from policytrack.cli.lazy_command import LazyCommand
from policytrack.cli.main import cli

LAZY = {name: command for name, command in cli.commands.items() if isinstance(command, LazyCommand)}


@pytest.mark.parametrize("name", LAZY)
def test_the_summary_of_a_command_is_the_first_paragraph_of_its_help(name: str) -> None:
    command = LAZY[name].load()
    assert command.name == name
    first, _, _ = inspect.cleandoc(command.help or "").partition("\n\n")
    assert LAZY[name].help == " ".join(first.split())


def test_help_loads_none_of_what_an_answer_needs() -> None:
    program = (
        "import sys\nfrom policytrack.cli.main import main\nsys.argv[1:] = ['--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'duckdb', 'pyarrow', 'eventsourcing', 'pydantic', 'policytrack.cli.ask', 'policytrack.cli.commands.record'}\n"
        "print(heavy & set(sys.modules), file=sys.stderr)"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stderr == "set()\n"
    assert "capacity" in shown.stdout


def test_each_command_lives_in_the_file_of_its_name() -> None:
    folder = Path(policytrack.cli.commands.__file__).parent
    files = {path.stem.rstrip("_").replace("_", "-") for path in folder.iterdir() if not path.stem.startswith("__")}
    assert files == set(LAZY) == set(cli.commands)
