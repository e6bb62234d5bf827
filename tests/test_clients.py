"""One question in each client: the same figure, with the same dates and head.

The clients are no part of policytrack: those that can be had are installed by `make soak` and in CI, and R by the distribution.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import policytrack
from tests.cli.conftest import DAY, environment
from tests.cli.conftest import policytrack as command

FOLDER = Path(sys.prefix) / "oracles"
AS_OF = "2025-10-31"
DATES = ("--as-of", AS_OF, "--known-at", AS_OF)
CELL = {"country": "CN", "activity": "rare-earth-separation"}
WORDS = ("capacity", "--country", "CN", "--activity", "rare-earth-separation", *DATES)
Answer = tuple[Decimal, str, str, int]
"""The operating capacity, the two dates and the position of the head."""


@pytest.fixture
def expected(demo_ledger: Path) -> Answer:
    answer = json.loads(command(demo_ledger, *WORDS, "--envelope").out, parse_float=Decimal)
    (row,) = answer["rows"]
    return Decimal(row["operating"]), answer["as_of"], answer["known_at"], answer["head"]


def answered(words: list[str], text: str = "", **more: str) -> str:
    """What a client prints. It finds policytrack, and the clients, as the tests do."""
    paths = os.pathsep.join([str(Path(policytrack.__file__).parents[1]), str(FOLDER)])
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        words, input=text, capture_output=True, text=True, check=False, timeout=120,
        env=environment(PYTHONPATH=paths, PATH=path, **more),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def needs(package: str) -> None:
    if not (FOLDER / package).exists():
        pytest.skip(f"{package} is not installed: this client is not tried (make soak)")


def test_python_gets_the_figure(demo_ledger: Path, expected: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLICYTRACK_TODAY", DAY)
    with policytrack.open(demo_ledger) as ledger:
        found = ledger.capacity(**CELL, as_of=AS_OF, known_at=AS_OF)
        (row,) = found.rows()
        parts = found.to_dict()
    assert (row["operating"], parts["as_of"], parts["known_at"], parts["head"]) == expected


def test_the_duckdb_shell_gets_the_figure(demo_ledger: Path, expected: Answer) -> None:
    needs("duckdb_cli")
    model = demo_ledger / "readmodel"
    query = f"""
        SET VARIABLE as_of = DATE '{AS_OF}'; SET VARIABLE known_at = DATE '{AS_OF}';
        SELECT operating, as_of() AS as_of, known_at() AS known_at, (SELECT max(position) FROM event) AS head
        FROM national_capacity WHERE country_code = 'CN' AND activity_id = 'rare-earth-separation'
    """
    file = model / (model / "CURRENT").read_text().strip()
    shell = [sys.executable, "-m", "duckdb_cli", "-readonly", "-json", str(file), "-c", query]
    (row,) = json.loads(answered(shell), parse_float=Decimal)
    assert (Decimal(row["operating"]), row["as_of"], row["known_at"], row["head"]) == expected


def test_a_notebook_gets_the_figure(demo_ledger: Path, expected: Answer, tmp_path: Path) -> None:
    needs("nbclient")
    cells = [
        "import policytrack",
        f"found = policytrack.open({str(demo_ledger)!r}).capacity(**{CELL!r}, as_of={AS_OF!r}, known_at={AS_OF!r})",
        "found",  # the table that a notebook shows
        "print(found.to_json())",
    ]
    blank: dict[str, Any] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    notebook = {
        "nbformat": 4, "nbformat_minor": 5, "metadata": {},
        "cells": [{**blank, "id": f"c{number}", "source": source} for number, source in enumerate(cells)],
    }  # fmt: skip
    file = tmp_path / "question.ipynb"
    file.write_text(json.dumps(notebook), encoding="utf-8")
    execute = (
        "import sys, nbformat; from nbclient import NotebookClient;"
        "book = nbformat.read(sys.argv[1], as_version=4); NotebookClient(book, timeout=100).execute();"
        "nbformat.write(book, sys.argv[1])"
    )
    answered([sys.executable, "-c", execute, str(file)], IPYTHONDIR=str(tmp_path), JUPYTER_DATA_DIR=str(tmp_path))
    shown, printed = (cell["outputs"][0] for cell in json.loads(file.read_text(encoding="utf-8"))["cells"][2:])
    assert "<table" in "".join(shown["data"]["text/html"])
    answer = json.loads("".join(printed["text"]), parse_float=Decimal)
    (row,) = answer["rows"]
    assert (Decimal(row["operating"]), answer["as_of"], answer["known_at"], answer["head"]) == expected


def test_r_gets_the_figure(demo_ledger: Path, expected: Answer) -> None:
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed: this client is not tried")
    script = f"""
        found <- read.csv(pipe("policytrack -C '{demo_ledger}' {" ".join(WORDS)} --format csv"))
        cited <- system2("policytrack", c("-C", "{demo_ledger}", "{'", "'.join(WORDS)}", "--cite", "-o", "/dev/null",
                         "--format", "csv"), stderr = TRUE)
        cat(format(found$operating, scientific = FALSE), "\\n", paste(cited, collapse = " "))
    """
    figure, _, cited = answered(["Rscript", "--vanilla", "-e", script]).partition("\n")
    amount, as_of, known_at, head = expected
    assert Decimal(figure.strip()) == amount
    assert f"as of {as_of}, known at {known_at}, head e{head} " in cited


def test_an_assistant_gets_the_figure(demo_ledger: Path, expected: Answer) -> None:
    mcp = pytest.importorskip("mcp", reason="mcp is not installed: this client is not tried")

    async def talk() -> dict[str, Any]:
        started = mcp.StdioServerParameters(
            command=sys.executable, args=["-m", "policytrack", "-C", str(demo_ledger), "mcp"], env=environment()
        )
        async with mcp.Client(started) as client:
            given = {"question": "capacity", "arguments": CELL, "as_of": AS_OF, "known_at": AS_OF}
            (text,) = (await client.call_tool("ask", given)).content
            found: dict[str, Any] = json.loads(text.text, parse_float=Decimal)
            return found

    answer = asyncio.run(asyncio.wait_for(talk(), 100))
    (row,) = answer["rows"]
    assert (Decimal(row["operating"]), answer["as_of"], answer["known_at"], answer["head"]) == expected
