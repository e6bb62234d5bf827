"""Whatever is written after any option or argument of any command: an answer or an error with a code, never a mistake."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from random import Random

import click
import pytest
from click.testing import CliRunner

from policytrack.cli.main import cli
from policytrack.errors import PolicytrackError
from tests import fuzzing
from tests.copies import copied

NASTY = (
    "", " ", "-", "--", "e" + "9" * 5000, "9" * 5000, "-1", "0", "1e999", "NaN", "e0", "e1", "e-1", "0001-01-01",
    "9999-12-31", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", "2026-13", "2026-Q5", "../..", "/dev/full",
    "/proc/self/mem", "no/such/file.csv", "x" * 5000, "\udcff", "\u202e", "a\x01b", "宝钢", "'; DROP TABLE x", "a=b", "=",
    "[" * 3000, "{0}", "%s", "x.pdf", "x.xlsx", "é.json", "e1,e2", "firm:x", "..", "*", "?",
)  # fmt: skip
ALLOWED = (PolicytrackError, click.ClickException, click.Abort, click.exceptions.Exit, SystemExit, OSError)
NOT_TRIED = {"completion", "help"}


def commands(group: click.Group, words: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that name it."""
    found: list[tuple[tuple[str, ...], click.Command]] = []
    with click.Context(group) as context:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if isinstance(command, click.Group):
                found += commands(command, (*words, name))
            elif command is not None and name not in NOT_TRIED:
                found.append(((*words, name), command))
    return found


def line(random: Random, words: tuple[str, ...], command: click.Command) -> list[str]:
    """A command line with random values, most of them nonsense."""
    given: list[str] = list(words)
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            if random.random() < 0.8:
                given.append(random.choice(NASTY))
        elif isinstance(parameter, click.Option) and random.random() < min(0.5, 2 / len(command.params)):
            given.append(random.choice(parameter.opts))
            if not (parameter.is_flag or parameter.count):
                given.append(random.choice(NASTY))
    return given


@pytest.mark.parametrize(("seed", "lines"), [(1, 6), pytest.param(2, 4_000, marks=pytest.mark.soak)])
def test_any_value_of_any_option_is_answered_or_refused(
    demo_ledger: Path, tmp_path: Path, seed: int, lines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "ledger"
    copied(demo_ledger, folder)
    monkeypatch.chdir(tmp_path)
    random = Random(seed)
    known = [
        (words, command) for words, command in commands(cli) if words != ("serve",)
    ]  # it runs until it is interrupted
    for words in chain(fuzzing.saved("options"), (line(random, *random.choice(known)) for _ in fuzzing.rounds(lines))):
        with fuzzing.saving("options", words):
            given = ["-C", str(folder), "--no-input", *words]
            done = CliRunner().invoke(cli, given, standalone_mode=False, input="")
            assert done.exception is None or isinstance(done.exception, ALLOWED), (given, done.exception)
