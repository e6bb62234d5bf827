"""Random answers of every type of the engine, and readers of every format that accept nothing that is not of it."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from random import Random
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as parquet

from policytrack.output.formats import STREAMED, Rows
from policytrack.readmodel.arrow_types import exact, marked

SCALARS: dict[str, tuple[str, ...]] = {
    "BOOLEAN": ("true", "false"),
    "TINYINT": ("-128", "127"),
    "UBIGINT": ("0", "18446744073709551615"),
    "HUGEINT": ("-170141183460469231731687303715884105728", "7"),
    "UHUGEINT": ("340282366920938463463374607431768211455", "0"),
    "BIGNUM": ("9" * 60, "-" + "1" * 45),
    "DECIMAL(38,10)": ("9999999999999999999999999999.9999999999", "-0.0000000001", "0"),
    "DECIMAL(18,3)": ("-123456789012345.678", "1.500"),
    "FLOAT": ("0.1", "nan", "-inf", "1e30"),
    "DOUBLE": ("nan", "inf", "-inf", "-0.0", "1e-300", "0.1"),
    "VARCHAR": ("", "a,b|c\td\ne\r\n\"f'", "=1+1", "-x", "宝钢 \U0001f986", "x\\y", "\x1b[31m\u202e\x7f"),
    "DATE": ("infinity", "-infinity", "2026-02-28", "0044-03-15 (BC)", "290000-01-01"),
    "TIME": ("00:00:00", "24:00:00", "10:00:00.000001"),
    "TIME_NS": ("23:59:59.999999999",),
    "TIMETZ": ("10:00:00+05:30",),
    "TIMESTAMP": ("infinity", "2026-01-01 10:00:00.5", "0001-01-01 (BC) 00:00:00"),
    "TIMESTAMP_S": ("2026-01-01 10:00:00", "-infinity"),
    "TIMESTAMP_MS": ("2026-01-01 10:00:00.25", "infinity"),
    "TIMESTAMP_NS": ("2026-01-01 10:00:00.123456789", "infinity"),
    "TIMESTAMPTZ": ("2026-01-01 10:00:00+02", "-infinity"),
    "INTERVAL": ("1 year 2 months", "-3 days 04:05:06", "0 days"),
    "BLOB": ('\\xFF\\x00a"', ""),
    "BIT": ("10101", "0"),
    "UUID": ("00000000-0000-0000-0000-00000000000f",),
    "JSON": ('{"a": [1, null]}', "null"),
    "VARIANT": ("1",),
    "ENUM('x', 'a,b', '')": ("a,b", ""),
    'UNION(num INTEGER, "t" VARCHAR)': ("7",),
    "TUPLE(INTEGER, VARCHAR)": ("(1, a)",),
}
NESTABLE = [name for name in SCALARS if name not in {"VARIANT", "TUPLE(INTEGER, VARCHAR)"}]


def column(random: Random, depth: int = 0) -> tuple[str, list[str]]:
    """A random type, and SQL of values of it."""
    shape = random.choice(["scalar"] * 3 + ["list", "array", "struct", "map"]) if depth < 3 else "scalar"
    if shape == "scalar":
        kind = random.choice(list(SCALARS) if depth == 0 else NESTABLE)
        return kind, ["NULL", *(f"{_quoted(text)}::{kind}" for text in SCALARS[kind])]
    kind, values = column(random, depth + 1)
    pick = random.choice
    if shape == "list":
        return f"{kind}[]", ["NULL", "[]", *(f"[{pick(values)}, {pick(values)}]" for _ in range(3))]
    if shape == "array":
        return f"{kind}[2]", ["NULL", *(f"[{pick(values)}, {pick(values)}]" for _ in range(3))]
    if shape == "struct":
        name = pick(["a", "A b", 'q"t', "宝"])
        fields = f'"{name.replace(chr(34), chr(34) * 2)}"'
        return f"STRUCT({fields} {kind}, z INTEGER)", [
            "NULL", *(f"struct_pack({fields} := {pick(values)}, z := NULL)" for _ in range(3))
        ]  # fmt: skip
    return f"MAP(VARCHAR, {kind})", ["NULL", "MAP {}", *(f"MAP {{'k': {pick(values)}, 'l|,': NULL}}" for _ in range(2))]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def answer(random: Random, connection: duckdb.DuckDBPyConnection) -> tuple[str, pa.Table]:
    """The SQL of a random answer, and what the process of a query would send of it."""
    columns = [column(random) for _ in range(random.randint(1, 4))]
    names = [random.choice(["a b", "c,d", "e|f", "g\nh", "ü", "plain"]) + str(place) for place in range(len(columns))]
    rows = random.choice([0, 1, 3])
    selects = [
        ", ".join(
            f'({random.choice(values)})::{kind} AS "{name}"'
            for name, (kind, values) in zip(names, columns, strict=True)
        )
        for _ in range(max(rows, 1))
    ]
    sql = " UNION ALL ".join(f"SELECT {select}" for select in selects) + ("" if rows else " LIMIT 0")
    relation, numbers = exact(connection.sql(sql))
    table = relation.to_arrow_table()
    return sql, table.cast(marked(table.schema, numbers))


def written(table: pa.Table, format_: str) -> bytes:
    """The table in a format."""
    return b"".join(STREAMED[format_](Rows(table.schema, table.to_batches(), "as of today")))


def check_formats(table: pa.Table) -> None:
    """Every format is one that its strict reader takes, with all rows and columns."""
    rows, names = table.num_rows, table.column_names
    whole = _strict(written(table, "json").decode())
    lines = [_strict(line) for line in written(table, "jsonl").decode().split("\n")[:-1]]
    assert whole == lines and len(whole) == rows and all(list(row) == names for row in whole)
    read = list(csv.reader(io.StringIO(written(table, "csv").decode(), newline=""), strict=True))
    assert len(read) == rows + 1 and {len(row) for row in read} == {len(names)}
    tabbed = written(table, "tsv").decode().split("\n")[:-1]
    assert len(tabbed) == rows + 1 and {line.count("\t") for line in tabbed} == {len(names) - 1}
    marked_down = written(table, "markdown").decode().split("\n")
    assert len(marked_down) == rows + 5 and all(line.startswith("| ") for line in marked_down[: rows + 2])
    for found in (
        parquet.read_table(io.BytesIO(written(table, "parquet"))),
        pa.ipc.open_file(io.BytesIO(written(table, "arrow"))).read_all(),
    ):
        assert (found.num_rows, found.column_names) == (rows, names)
        assert found.schema.metadata[b"policytrack"] == b"as of today"


def check_workbook(content: bytes, rows: int, names: list[str]) -> None:
    """A workbook opens, with its heading; absent values make no cells."""
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert [cell.value for cell in sheet[1]] == names and sheet.max_row <= rows + 1


def _strict(text: str) -> Any:
    def no_number(word: str) -> Any:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(text, parse_constant=no_number, parse_float=Decimal)
