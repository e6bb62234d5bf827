"""Every `policytrack …` that a message, a hint or a help page tells the user to type is a command with these options."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import policytrack
from policytrack.cli.main import cli

ROOT = Path(policytrack.__file__).parent
QUOTED = re.compile(r"`policytrack ([^`]+)`")
PLAIN = re.compile(r"\bpolicytrack((?: (?!policytrack\b)[^\s`,;·…]+)+)")


def texts(path: Path) -> Iterator[str]:
    """Every text of a file of Python, its comments left out; what is filled in is an X."""
    if path.suffix == ".md":
        yield path.read_text(encoding="utf-8")
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def lines() -> Iterator[tuple[str, list[str], bool]]:
    """Where a command line is written, its words, and whether it is in quotes, so that it can be nothing else."""
    for path in sorted([*ROOT.rglob("*.py"), *(ROOT / "topics").glob("*.md")]):
        for text in texts(path):
            quoted = [match[1] for match in QUOTED.finditer(text)]
            for found in quoted:
                yield path.name, found.split(), True
            for match in PLAIN.finditer(QUOTED.sub("", text)):
                yield path.name, match[1].split(), False


def trouble(words: list[str], *, is_quoted: bool) -> str:
    """What is wrong with a command line; empty when nothing is, or when it is no command line but a sentence."""
    command: click.Command = cli
    known = {text for parameter in cli.params for text in (*parameter.opts, "--help")}
    skips = 0
    for place, written in enumerate(words):
        word = written.strip(".():'\"")
        if skips or word in {"", "X", "…", "=", "|"}:
            skips = 0
            continue
        if word.startswith("-") and re.fullmatch(r"--?[a-z][a-z-]*(=.*)?|-C", word):
            option = word.partition("=")[0]
            if option not in known:
                return f"no option {option}"
            skips = int(command is cli and option == "-C")
        elif isinstance(command, click.Group):
            found = _part(command, word)
            if found is None:
                is_sentence = (not is_quoted and place == 0) or command is not cli
                return "" if is_sentence else f"no command {word}"
            command = found
            # `record --from e7` finds the type by itself and then takes the options of every type.
            for takes in (command, _part(command, "firm-registered") if isinstance(command, click.Group) else None):
                if takes is not None:
                    known |= {text for parameter in takes.params for text in parameter.opts}
    return ""


def _part(group: click.Group, name: str) -> click.Command | None:
    with click.Context(group) as context:
        try:
            found = group.get_command(context, name)
        except Exception:  # noqa: BLE001 # `record` refuses what is no event type in its own way
            return None
    load = getattr(found, "load", None)
    return load() if load is not None else found


def test_there_are_command_lines_to_check() -> None:
    assert len({" ".join(words) for _, words, _ in lines()}) > 100


def test_every_command_line_in_a_message_or_a_help_page_is_one() -> None:
    wrong = {
        f"{name}: policytrack {' '.join(words)}: {what}"
        for name, words, is_quoted in lines()
        if (what := trouble(words, is_quoted=is_quoted))
    }
    assert not wrong, "\n".join(sorted(wrong))


@pytest.mark.parametrize("line", ["nosuch", "capacity --nosuch", "sql --named x --where y"])
def test_a_command_line_that_is_none_is_found(line: str) -> None:
    assert trouble(line.split(), is_quoted=True)
