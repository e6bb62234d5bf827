"""The global options may follow the command: `policytrack capacity -C demo --color never`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policytrack.cli.main import cli
from tests.cli.conftest import policytrack
from tests.cli.test_options_fuzzed import commands


def test_every_command_takes_every_global_option() -> None:
    wanted = {text for option in cli.params for text in option.opts} - {"--version"}
    for words, command in commands(cli):
        taken = {text for option in getattr(command, "load", lambda c=command: c)().params for text in option.opts}
        assert wanted <= taken, words


@pytest.mark.parametrize(
    "words",
    [
        ("status", "--json", "-C", "ledger"),
        ("-C", "elsewhere", "status", "--json", "--ledger=ledger", "--color", "never", "--no-input", "-q"),
    ],
)
def test_the_ledger_may_be_named_after_the_command(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert policytrack(tmp_path, "init", "ledger").code == 0
    done = policytrack(tmp_path, *words)
    assert done.code == 0 and json.loads(done.out)["ledger"] == str(tmp_path / "ledger") and done.err == ""


def test_subcommands_and_event_types_take_them_too(tmp_path: Path) -> None:
    assert policytrack(tmp_path, "init", "ledger").code == 0
    new = ("record", "firm-registered", "--firm-id", "a", "--name", "A", "-C", "ledger", "--quiet")
    assert policytrack(tmp_path, *new).err == ""
    assert "A" in policytrack(tmp_path, "firm", "list", "-C", "ledger").out


def test_the_end_of_a_chart_that_names_no_format_names_those_of_charts(tmp_path: Path) -> None:
    assert policytrack(tmp_path, "init", "ledger").code == 0
    done = policytrack(tmp_path, "plot", "pending", "-o", "x.pdf", "-C", "ledger")
    assert done.code == 2 and ".svg or .png for the chart" in done.err
