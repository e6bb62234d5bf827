"""Whatever the engine answers goes out in every format and every encoding, as what the format's readers take."""

from __future__ import annotations

import io
import sys
from decimal import Decimal
from itertools import chain
from random import Random

import duckdb
import pyarrow as pa
import pytest

from policytrack.cli.context import Context
from policytrack.cli.output.streams import FALLBACK, prepare_fallback
from policytrack.cli.output.table import print_table
from policytrack.output.answer import Answer
from policytrack.output.encoding import encoded
from tests import fuzzing
from tests.cli.odd_values import answer, check_formats, check_workbook

ENCODINGS = ("utf-8", "ascii", "cp1252", "gbk", "utf-16")


@pytest.mark.parametrize(("seed", "cases"), [(1, 60), pytest.param(2, 2_000, marks=pytest.mark.soak)])
def test_any_answer_goes_out_in_every_format_and_encoding(
    seed: int, cases: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_fallback()
    with duckdb.connect() as connection:
        for number in chain(fuzzing.saved("outputs"), fuzzing.rounds(cases)):
            case = number if isinstance(number, int) else number[1]
            random = Random(f"{seed if isinstance(number, int) else number[0]} {case}")
            sql, table = answer(random, connection)
            try:
                check_formats(table)
                check_workbook(encoded(Answer(table), "xlsx"), table.num_rows, table.column_names)
                shown = io.TextIOWrapper(io.BytesIO(), encoding=random.choice(ENCODINGS), errors=FALLBACK)
                monkeypatch.setenv("COLUMNS", str(random.choice([20, 80, 300])))
                monkeypatch.setattr(sys, "stdout", shown)
                print_table(Answer(table, title="Antwort → 宝", footer="as of · today"), Context())
                shown.flush()
            except Exception as failure:
                with fuzzing.saving("outputs", [seed, case]):
                    raise AssertionError(f"seed {seed}: {sql}") from failure
            finally:
                monkeypatch.undo()


ODD = (
    "",
    "a",
    "ab cd ",
    "\t",
    "x\ny",
    "宝钢",
    "− – é",
    "  lead",
    "a" * 41,
    "text that wraps in a narrow column",
    "\x1b[31m",
    "e\u0301",
)


def printed(table: pa.Table, monkeypatch: pytest.MonkeyPatch, width: int) -> str:
    shown = io.StringIO()
    with monkeypatch.context() as patched:
        patched.setenv("COLUMNS", str(width))
        patched.setattr(sys, "stdout", shown)
        print_table(Answer(table, title="Answer", footer="as of"), Context())
    return shown.getvalue()


def test_rows_that_do_not_wrap_are_printed_as_rich_prints_them(monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(3)
    kinds = {"summary": [None, *ODD], "id": list(ODD), "capacity": [None, Decimal("-12345.60"), Decimal(7)],
             "year": [None, 2025], "message": list(ODD), "due": [None, "2025-10"]}  # fmt: skip
    for _ in range(60):
        names = random.sample(list(kinds), 4)
        table = pa.table({name: random.choices(kinds[name], k=5) for name in names})
        width = random.choice([40, 80, 300])
        fast = printed(table, monkeypatch, width)
        with monkeypatch.context() as patched:
            patched.setattr("policytrack.cli.output.table._is_one_line", lambda *_: False)
            assert printed(table, monkeypatch, width) == fast
