"""Runs what stands in the pages, so that no page shows what nobody saw.

A page is run from top to bottom in a folder of its own, with nothing but `examples/` in it:

* ```` ```console ````: each line after `$ ` is a command; its output is put under it. `cd DIR` by itself moves. What
  is meant to fail says so: ``# exit 3``.
* ```` ```sql ````: run on the ledger of the folder, at the coordinates of the day, as any DuckDB client would.
* ```` ```python ````: run by this Python. One that imports what is not installed is skipped, and says so.
* ```` ```KIND NAME ````, for instance ```` ```yaml october.yaml ````: written to a file of that name.
* ```` ```text ```` directly after SQL or Python holds its output; elsewhere it is a drawing.

Any other block is in need of a comment before it, ``<!-- not run: why -->``.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import forked

from policytrack.trust import MADE, Trust

_EXAMPLES: Final = Path(__file__).resolve().parents[2] / "docs" / "examples"
DAY: Final = "2026-11-23"
"""The day on which the pages are run, whenever that really is."""
_STATE: Final = tempfile.mkdtemp()
atexit.register(shutil.rmtree, _STATE, ignore_errors=True)
ENVIRONMENT: Final = {
    **os.environ,
    "XDG_STATE_HOME": _STATE,
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "POLICYTRACK_TODAY": DAY,
    "COLUMNS": "110",
    "NO_COLOR": "1",
    "LC_ALL": "C.UTF-8",
}
_HOME: Final = "/home/ana"
"""Shown instead of the temporary folder in which a page is run."""
_BLOCK: Final = re.compile(
    r"(?P<why><!-- not run: [^\n]* -->\n)?```(?P<kind>\w+)(?: (?P<file>\S+))?\n(?P<body>.*?)```"
    r"(?:(?P<gap>\s*)```text\n(?P<shown>.*?)```)?",
    re.DOTALL,
)
_CHANGING: Final = re.compile(
    r"(?P<kept>sha256:)[0-9a-f]{8,}|(?P<key>policytrack\+)[0-9a-f]{8}\b|"
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z"
)
"""What differs in each run: digests, identifiers of keys, and instants."""
_COMMAND: Final = re.compile(r"^\$ ((?:.*\\\n)*.*)$", re.MULTILINE)
_FOR_A_SHELL: Final = re.compile(r"[$`*~;&|<>]")
_MEANT: Final = re.compile(r"# exit (\d+)$")
_DEMO: Final = ["-q", "init", "demo", "--demo"]
"""The words with which many pages begin. The ledger is created once and copied, which saves 2 s a page."""


@dataclass
class Page:
    """The text of a page after it was run, and what of it was not."""

    text: str
    skipped: list[str] = field(default_factory=list)


@dataclass
class _Folder:
    """Where a page is run: the empty folder, and where its commands have moved to."""

    root: Path
    here: Path


def run_page(text: str) -> Page:
    """The page with the output of everything that can be run put in.

    Raises `ValueError` for a block of no known kind, and for what ends in a mistake of ours.
    """
    with tempfile.TemporaryDirectory() as name:
        shutil.copytree(_EXAMPLES, Path(name, "examples"))
        folder = _Folder(Path(name), Path(name))
        page = Page("")

        def rerun(match: re.Match[str]) -> str:
            return _run_block(match, folder, page)

        page.text = _BLOCK.sub(rerun, text)
        return page


def _run_block(match: re.Match[str], folder: _Folder, page: Page) -> str:
    kind, body = match["kind"], match["body"]
    if match["why"] or kind == "text":
        return match[0]
    if match["file"]:
        (folder.here / match["file"]).write_text(body, encoding="utf-8")
        return match[0]
    if kind == "console":
        shown = [f"$ {command}\n{_run_line(command, folder)}" for command in _COMMAND.findall(body)]
        ran = "```console\n" + "\n".join(part.rstrip("\n") + "\n" for part in shown) + "```"
        return ran + match[0][match.end("body") - match.start() + 3 :]
    if kind == "sql":
        output = _run_sql(body, folder)
    elif kind == "python":
        if missing := [name for name in imported(body) if importlib.util.find_spec(name) is None]:
            page.skipped.append(f"a block of Python was not run: {', '.join(missing)} is not installed")
            return match[0]
        code, output = _started([sys.executable, "-c", body], folder.here)
        if code or "Traceback" in output:
            raise ValueError(f"{body}\n{output}")
    else:
        raise ValueError(f"a block of {kind!r} is neither run nor marked <!-- not run: why -->:\n{body}")
    if match["shown"] is None:
        return match[0]
    return match[0][: match.start("shown") - match.start()] + output + "```"


def imported(code: str) -> list[str]:
    """The packages that a piece of Python imports."""
    return sorted({name.split(".")[0] for name in re.findall(r"^(?:import|from) ([\w.]+)", code, re.MULTILINE)})


def _run_line(command: str, folder: _Folder) -> str:
    words = shlex.split(command.replace("\\\n", " "), comments=True)
    if words[0] == "cd":
        folder.here = folder.here / words[1]
        return ""
    # Messages name whole paths, and the folder of the page has another one in each run.
    return run(command, folder.here).replace(str(folder.root.resolve()), _HOME)


def run(command: str, folder: Path) -> str:
    """What a command prints, on both streams; what differs from run to run is left out.

    Raises `ValueError` when it does not end with 0, or with what it is meant to.
    """
    words = shlex.split(command.replace("\\\n", " "), comments=True)
    if words == ["policytrack", *_DEMO] and not (folder / "demo").exists():
        made, printed = _demo()
        shutil.copytree(made, folder / "demo")
        with patch.dict(os.environ, ENVIRONMENT):
            Trust(folder / "demo" / "policytrack.toml").remember(MADE)  # else its read model is built again
        return printed
    is_plain = words[0] == "policytrack" and not _FOR_A_SHELL.search(command) and hasattr(os, "fork")
    code, output = _copied(words[1:], folder) if is_plain else _started(command, folder)
    meant = _MEANT.search(command)
    if code != (int(meant[1]) if meant else 0) or "Traceback" in output or "PT999" in output:
        raise ValueError(f"it ended with {code}: {command}\n{output}")
    return output


@cache
def _demo() -> tuple[Path, str]:
    """A ledger made by `_DEMO`, to be copied, and what the command printed."""
    place = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    code, printed = _copied(_DEMO, place)
    if code:
        raise ValueError(f"it ended with {code}: policytrack {' '.join(_DEMO)}\n{printed}")
    return place / "demo", printed


def _started(command: str | list[str], folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        command,
        shell=isinstance(command, str),
        cwd=folder,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, _tidy(done.stdout)


def _tidy(output: str) -> str:
    lines = (_CHANGING.sub(_masked, line).rstrip() for line in output.splitlines())
    return "\n".join(lines) + "\n" if output else ""


def _masked(found: re.Match[str]) -> str:
    return f"{found['kept'] or found['key'] or ''}…"


def _copied(words: list[str], folder: Path) -> tuple[int, str]:
    """Run the command with both streams as one, in a copy of a process that has imported everything already."""
    code, printed, _ = forked.policytrack(words, folder, ENVIRONMENT, joined=True)
    return code, _tidy(printed.decode())


def _run_sql(statements: str, folder: _Folder) -> str:
    """The answer to the last statement, in columns."""
    import duckdb

    (ledger,) = {
        path.parent for path in (*folder.here.glob("policytrack.toml"), *folder.here.glob("*/policytrack.toml"))
    }
    model = ledger / "readmodel"
    name = (model / "CURRENT").read_text(encoding="ascii").strip()
    with duckdb.connect(str(model / name), read_only=True) as client:
        client.execute("SET file_search_path = '" + str(folder.here).replace("'", "''") + "'")
        for variable in ("as_of", "known_at"):
            client.execute(f"SET VARIABLE {variable} = DATE '{date.fromisoformat(DAY)}'")
        result = client.execute(statements)
        names = [column[0] for column in result.description or ()]
        return "".join(_columns(names, result.fetchall()))


def _columns(names: list[str], rows: list[tuple[Any, ...]]) -> Iterator[str]:
    from policytrack.output.pretty import pretty

    cells = [names, *([pretty(value) for value in row] for row in rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(names))]
    figures = [
        any(isinstance(row[index], int | float) or hasattr(row[index], "quantize") for row in rows)
        for index in range(len(names))
    ]
    for row in cells:
        padded = (
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, figures, strict=True)
        )
        yield "  ".join(padded).rstrip() + "\n"
