"""Writes a manual page for each command: ``python tools/man_pages.py FOLDER``.

The text is that of the help pages. click-man 0.6 was tried: it finds only an entry point that is a click command, and
that of policytrack is a function, which turns errors into exit codes.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

import policytrack
from policytrack.cli.lazy_command import LazyCommand
from policytrack.cli.main import cli


def main() -> int:
    """Write the pages to the folder named on the command line."""
    if len(sys.argv) != 2:
        print("usage: man_pages.py FOLDER", file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for name, text in pages():
        (folder / f"{name}.1").write_text(text, encoding="utf-8")
        count += 1
    print(f"wrote {count} manual pages to {folder}")
    return 0


def pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each page, of subcommands too."""
    yield from _pages(cli, click.Context(cli, info_name="policytrack"))


def _pages(command: click.Command, run: click.Context) -> Iterator[tuple[str, str]]:
    yield run.command_path.replace(" ", "-"), _page(command, run)
    for name, inner in _subcommands(command):
        yield from _pages(inner, click.Context(inner, parent=run, info_name=name))


def _subcommands(command: click.Command) -> list[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        return []
    run = click.Context(command)
    found = [(name, one) for name in command.list_commands(run) if (one := command.get_command(run, name)) is not None]
    loaded = [(name, one.load() if isinstance(one, LazyCommand) else one) for name, one in found]
    return sorted((name, one) for name, one in loaded if not one.hidden)


def _page(command: click.Command, run: click.Context) -> str:
    """Return a page in the macros of man(7)."""
    name = run.command_path.replace(" ", "-")
    # The day of the sources, so that two builds are equal.
    day = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())), UTC).date()
    first, *rest = inspect.cleandoc(command.help or "").split("\n\n")
    lines = [
        f'.TH "{name.upper()}" "1" "{day}" "policytrack {policytrack.__version__}" "policytrack"',
        ".ad l",
        ".SH NAME",
        f"{_text(name)} \\- {_text(' '.join(first.split()).rstrip('.'))}",
        ".SH SYNOPSIS",
        f".B {_text(run.command_path)}",
        _text(" ".join(command.collect_usage_pieces(run))),
    ]
    if rest:
        lines += [".SH DESCRIPTION", *_paragraphs(rest)]
    options = [record for parameter in command.params if (record := parameter.get_help_record(run)) is not None]
    if options:
        lines.append(".SH OPTIONS")
        for flags, says in options:
            lines += [".TP", f"\\fB{_text(flags)}\\fR", _text(says)]
    inner = _subcommands(command)
    if inner:
        lines.append(".SH COMMANDS")
        for title, one in inner:
            lines += [".TP", f"\\fB{_text(title)}\\fR", _text(one.get_short_help_str(200))]
    others = [f"{name}-{title}" for title, _ in inner] or [(run.parent or run).command_path.replace(" ", "-")]
    lines += [".SH SEE ALSO", ", ".join(f"\\fB{_text(other)}\\fR(1)" for other in others)]
    return "\n".join(line for line in lines if line) + "\n"


def _paragraphs(texts: list[str]) -> Iterator[str]:
    """Yield paragraphs; those that are indented in the help, such as examples, are printed as they are."""
    for text in texts:
        if text.startswith("    "):
            yield from (".PP", ".RS 4", ".nf", *(_text(line.strip()) for line in text.splitlines()), ".fi", ".RE")
        else:
            yield from (".PP", _text(" ".join(text.replace("\b", "").split())))


def _text(text: str) -> str:
    """Return a text of one line in which no character is a command of roff."""
    escaped = re.sub(r"[\\]", r"\\e", text.strip()).replace("-", r"\-").replace("'", r"\(aq")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    sys.exit(main())
