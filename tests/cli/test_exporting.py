"""`export`: what goes out comes back, says where it stands in time, and spoils nothing that is in its way."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from policytrack.output.xlsx import LONGEST_TEXT, workbook
from tests.cli.conftest import Run, policytrack, rows_of
from tests.thinning import one_in

Ask = Callable[..., Run]
JANUARY = ("--as-of", "2025-01-31", "--known-at", "2025-01-31")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def sheets(data: bytes) -> dict[str, list[list[str]]]:
    """The sheets of a workbook as text: a number as it is written, a text in quotes."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        strings = book.read("xl/sharedStrings.xml").decode()
        texts = [re.sub("<[^>]+>", "", item) for item in re.findall(r"<si>(.*?)</si>", strings, re.DOTALL)]
        names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
        found = {}
        for number, name in enumerate(names, start=1):
            sheet = book.read(f"xl/worksheets/sheet{number}.xml").decode()
            assert "<f>" not in sheet
            found[name] = [
                [f'"{texts[int(value)]}"' if ' t="s"' in how else value for how, value in cells]
                for row in re.findall(r"<row .*?</row>", sheet)
                if (cells := re.findall(r"<c ([^>]*)><v>(.*?)</v></c>", row))
            ]
    return found


@pytest.fixture(scope="module")
def january(demo_ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of the demo ledger as it was in January 2025."""
    folder = tmp_path_factory.mktemp("january") / "package"
    run = policytrack(demo_ledger, "export", str(folder), *JANUARY)
    assert (run.code, run.out) == (0, "")
    return folder


@pytest.mark.soak
def test_a_record_with_corrections_imports_back_to_the_same_record_and_figures(tmp_path: Path) -> None:
    one, copy = tmp_path / "one", tmp_path / "copy"
    for ledger in (one, copy):
        assert policytrack(tmp_path, "init", str(ledger)).code == 0
    events = (
        {"type": "firm_registered", "firm_id": "a", "name": "A"},
        {"type": "facility_registered", "facility_id": "f", "name": "F", "country": "CN", "operator_id": "a"},
        {"type": "capacity_stated", "facility_id": "f", "activity_id": "crude-steel", "capacity": "100 t/yr"},
        {"type": "capacity_idled", "facility_id": "f", "activity_id": "crude-steel", "capacity": "10 t/yr"},
    )
    lines = [json.dumps({"effective": "2020-01-01", "known_on": "2020-02-01", **event}) for event in events]
    for words, given in (
        (("import", "-"), "\n".join(lines).encode()),
        (("correct", "e3", "--set", "capacity=120 t/yr", "--because", "revision"), b""),
        (("retract", "e4", "--because", "error", "--reason", "it is not so"), b""),
    ):
        assert policytrack(one, *words, given=given).code == 0
    record = policytrack(one, "export", "events").out
    imported = policytrack(copy, "import", "-", given=record.encode())
    assert imported.code == 0, imported.err
    assert policytrack(copy, "export", "events").out == record
    for view in ("national_capacity", "facility_capacity", "firm_holding", "event_verification"):
        rows = rows_of(one, f"FROM {view} ORDER BY ALL")
        assert rows
        assert rows_of(copy, f"FROM {view} ORDER BY ALL") == rows


@pytest.mark.soak
def test_the_record_imports_back_to_the_same_record_and_the_same_views(ledger: Path, tmp_path: Path) -> None:
    events = policytrack(ledger, "log", "--project", "northern-jinlong-separation", "--json").out
    at = {event["type"]: f"e{event['position']}" for event in json.loads(events)}
    for words in (
        ("correct", at["project_approved"], "--set", "investment=480 M CNY", "--because", "revision"),
        ("retract", at["project_announced"], "--because", "error", "--reason", "it is not so"),
    ):
        assert policytrack(ledger, *words).code == 0
    record = policytrack(ledger, "export", "events").out
    copy = tmp_path / "copy" / "ledger"
    copy.parent.mkdir()
    assert policytrack(copy.parent, "init", "ledger").code == 0
    imported = policytrack(copy, "import", "-", given=record.encode())
    assert imported.code == 0, imported.err
    assert policytrack(copy, "export", "events").out == record

    for folder in (ledger, copy):
        assert policytrack(folder, "export", "../package", "--format", "parquet").code == 0
    one, other = ledger.parent / "package" / "data", copy.parent / "package" / "data"
    names = sorted(path.name for path in one.iterdir())
    assert len(names) > 10
    for name in names:
        tables = [parquet.read_table(folder / name) for folder in (one, other)]
        if name == "event_log.parquet":
            tables = [table.drop_columns(["recorded_at"]) for table in tables]  # each ledger stamps its own
        assert tables[0].equals(tables[1]), name


def test_the_record_up_to_a_position(ask: Ask) -> None:
    whole, first = ask("export", "events").out.splitlines(), ask("export", "events", "--head", "e10").out.splitlines()
    assert first == whole[:10]
    assert ask("export", "events", "--head", "e9999").code == 4
    refused = ask("export", "events", "--as-of", "2025")
    assert refused.code == 2
    assert "--as-of" in refused.err


def test_a_package_says_what_it_holds_and_where_it_stands(demo_ledger: Path, january: Path) -> None:
    files = contents(january)
    package = json.loads(files["datapackage.json"])
    described = {resource["path"]: resource for resource in package["resources"]}
    assert set(described) == set(files) - {"datapackage.json", "README.md", "CITATION.txt"}
    for path, resource in described.items():
        assert resource["bytes"] == len(files[path])
        assert resource["hash"] == "sha256:" + hashlib.sha256(files[path]).hexdigest()
        if path.endswith(".csv"):
            names = next(csv.reader(io.StringIO(files[path].decode())))
            assert [field["name"] for field in resource["schema"]["fields"]] == names
            assert all(field["description"] for field in resource["schema"]["fields"]), path
    assert (package["policytrack"]["as_of"], package["policytrack"]["known_at"]) == ("2025-01-31", "2025-01-31")
    head = re.search(r"head (e\d+) \((sha256:[0-9a-f]{64})\)", files["CITATION.txt"].decode())
    assert head
    assert (package["policytrack"]["head"], package["policytrack"]["digest"]) == head.groups()
    assert head[2] in files["README.md"].decode()
    status = json.loads(policytrack(demo_ledger, "status", "--json").out)
    assert head.groups() == (status["head"], status["digest"])
    pending = csv.DictReader(io.StringIO(files["data/pending_project.csv"].decode()))
    seed = next(row for row in pending if row["project_id"] == "northern-jinlong-separation")
    assert (seed["status"], seed["net"], seed["approved_latest"]) == ("announced", "5000", "")


@pytest.mark.soak
def test_the_same_coordinates_give_the_same_bytes(demo_ledger: Path, tmp_path: Path, january: Path) -> None:
    assert policytrack(demo_ledger, "export", str(tmp_path / "again"), *JANUARY).code == 0
    assert contents(tmp_path / "again") == contents(january)


@pytest.mark.soak
def test_a_package_replaces_a_package_and_nothing_else_with_the_same_bytes(
    demo_ledger: Path, tmp_path: Path, january: Path
) -> None:
    target = tmp_path / "package"
    shutil.copytree(january, target)
    (target / "notes.txt").write_text("mine")
    (target / "data" / "notes.txt").write_text("mine too")
    as_parquet = ("--format", "parquet", *JANUARY)
    assert policytrack(demo_ledger, "export", str(target), *as_parquet).code == 0
    files = contents(target)
    assert (files.pop("notes.txt"), files.pop("data/notes.txt")) == (b"mine", b"mine too")
    assert {Path(name).suffix for name in files if name.startswith("data/")} == {".parquet"}

    other = tmp_path / "other"
    other.mkdir()
    (other / "datapackage.json").write_text("{}")
    refused = policytrack(demo_ledger, "export", str(other))
    assert refused.code == 2
    assert "--force" in refused.err
    assert contents(other) == {"datapackage.json": b"{}"}
    assert policytrack(demo_ledger, "export", str(other), "--force", *as_parquet).code == 0
    assert contents(other) == files
    refused = policytrack(demo_ledger, "export", ".", "--force")
    assert refused.code == 2
    assert "is a ledger" in refused.err


def test_a_folder_of_a_stranger_is_no_package(demo_ledger: Path, tmp_path: Path) -> None:
    target = tmp_path / "received"
    (tmp_path / "elsewhere").mkdir()
    target.mkdir()
    (target / "datapackage.json").write_text("[" * 200_000)
    refused = policytrack(demo_ledger, "export", str(target))
    assert refused.code == 2, refused.err
    assert "holds other files" in refused.err
    (target / "data").rmdir()
    (target / "data").symlink_to(tmp_path / "elsewhere")
    refused = policytrack(demo_ledger, "export", str(target), "--force")
    assert refused.code == 2, refused.err
    assert "is a link" in refused.err
    assert contents(tmp_path / "elsewhere") == {}


@pytest.mark.parametrize("name", one_in(3, ["x.csv", "x.json", "x.md", "x.parquet", "x.arrow", "x.xlsx"]))
def test_a_view_goes_out_in_every_format(demo_ledger: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    run = policytrack(demo_ledger, "export", "national_capacity", *JANUARY, "-o", str(target))
    assert run.code == 0, run.err
    assert b"rare-earth-carbonate" in target.read_bytes() or name.endswith(("parquet", "arrow", "xlsx"))
    if name.endswith("parquet"):
        table = parquet.read_table(target)
    elif name.endswith("arrow"):
        table = pa.ipc.open_file(target).read_all()
    else:
        return
    assert table.schema.field("net").metadata[b"comment"] == b"operating minus owed"
    expected = json.loads(
        policytrack(demo_ledger, "sql", "FROM national_capacity ORDER BY ALL", *JANUARY, "--json").out,
        parse_float=Decimal,
    )
    assert table.to_pylist() == expected


def test_the_sum_of_exported_steps_is_the_figure(demo_ledger: Path, tmp_path: Path) -> None:
    target = tmp_path / "steps.parquet"
    assert policytrack(demo_ledger, "export", "capacity_step", "-o", str(target)).code == 0
    figures = "SELECT country_code, activity_id, installed FROM national_capacity ORDER BY ALL"
    asked = json.loads(policytrack(demo_ledger, "sql", figures, *JANUARY, "--json").out, parse_float=Decimal)
    summed = duckdb.sql(
        f"SELECT country_code, activity_id, sum(installed)::VARCHAR FROM '{target}' WHERE effective_on <= DATE '2025-01-31'"  # a file of this test
        " AND known_on <= DATE '2025-01-31' AND dates <> 'earliest' GROUP BY ALL HAVING sum(accounts) > 0 ORDER BY ALL"
    ).fetchall()
    assert [(a, b, Decimal(c)) for a, b, c in summed] == [
        (row["country_code"], row["activity_id"], Decimal(row["installed"])) for row in asked
    ]


@pytest.mark.soak
def test_all_views_go_into_one_spreadsheet(demo_ledger: Path, tmp_path: Path) -> None:
    target = tmp_path / "ledger.xlsx"
    assert policytrack(demo_ledger, "export", "views", *JANUARY, "-o", str(target)).code == 0
    book = sheets(target.read_bytes())
    assert {"national_capacity", "pending_project", "event_log", "dictionary", "coordinates"} <= set(book)
    assert ['"pending_project"', '"net"', '"remaining minus retiring"'] in book["dictionary"]
    assert ['"known_at"', '"2025-01-31"'] in book["coordinates"]
    assert any('"northern-jinlong-separation"' in row and "5000" in row for row in book["pending_project"])
    refused = policytrack(demo_ledger, "export", "firm", "facility", "-o", str(tmp_path / "x.csv"))
    assert refused.code == 2
    assert "spreadsheet" in refused.err


def test_a_spreadsheet_keeps_every_digit_and_cuts_no_text_in_silence() -> None:
    table = pa.table(
        {
            "exact": pa.array([Decimal("123456789012.345"), Decimal("-0.001"), None], pa.decimal128(38, 3)),
            "beyond": pa.array(
                [Decimal("1234567890123.456"), Decimal("99999999999999999999999999999.900"), Decimal("1e20")],
                pa.decimal128(38, 3),
            ),
            "text": ["=1+1", "http://example.org", "x" * (LONGEST_TEXT + 1)],
        }
    )
    book = sheets(workbook([("a/b", table), ("A/B", table.slice(0, 0))], []))
    assert list(book) == ["a_b", "A_B_2"]
    rows = book["a_b"][1:]
    assert rows[0] == ["123456789012.345", '"1234567890123.456"', '"=1+1"']
    assert rows[1] == ["-0.001", '"99999999999999999999999999999.9"', '"http://example.org"']
    assert Decimal(rows[2][0]) == 10**20
    assert "[cut" in rows[2][1]
    assert len(rows[2][1]) == LONGEST_TEXT + 2


def test_a_mistyped_view_makes_no_folder(demo_ledger: Path) -> None:
    before = sorted(demo_ledger.iterdir())
    run = policytrack(demo_ledger, "export", "national_capcity")
    assert run.code == 4
    assert "national_capacity" in run.err
    assert sorted(demo_ledger.iterdir()) == before


def test_a_file_that_cannot_be_written_is_left_as_it_was(demo_ledger: Path, tmp_path: Path) -> None:
    run = policytrack(demo_ledger, "export", "events", "-o", str(tmp_path / "missing" / "events.jsonl"))
    assert run.code == 5
    assert "cannot write" in run.err
    if Path("/dev/full").exists():
        assert policytrack(demo_ledger, "export", "events", "-o", "/dev/full").code == 5


@pytest.mark.parametrize(
    ("words", "asked"),
    one_in(3, [
        (("capacity", "--country", "CN", *JANUARY), 'ledger "NAME", capacity (country CN), as of 2025-01-31, known at 2025-01-31, head e'),
        (("holdings", "baogang-group", "--include", "planned"), "holdings baogang-group, as of 2026-11-23, known at 2026-11-23, with stakes planned"),
        (("sql", "FROM  stake  ORDER BY ALL"), "sql FROM stake ORDER BY ALL, "),
        pytest.param(("asof", "2025-01"), "asof 2025-01, as of 2025-01-31, known at 2025-01-31", marks=pytest.mark.soak),
        (("export", "firm"), "export firm, "),
        (("pending", "--dates", "earliest", "--head", "e100"), "vague dates by their earliest day, head e100 (sha256:"),
    ]),
)  # fmt: skip
def test_an_answer_says_how_to_cite_it(ask: Ask, demo_ledger: Path, words: tuple[str, ...], asked: str) -> None:
    plain, cited = ask(*words), ask("-q", *words, "--cite")
    assert cited.out == plain.out
    (line,) = cited.err.splitlines()
    assert asked.replace("NAME", demo_ledger.name) in line
    assert re.search(r"head e\d+ \(sha256:[0-9a-f]{64}\), policytrack \S+, retrieved 2026-11-23$", line)


@pytest.mark.parametrize(
    "words",
    [
        ("export", "firm", "-o", "events.db", "--format", "csv"),
        ("capacity", "-o", "ledger.head", "--format", "csv"),
        ("export", "events", "-o", "policytrack.toml"),
        ("export", "events", "-o", "readmodel/CURRENT"),
        ("export", "events", "-o", "link.jsonl"),
    ],
)
def test_no_answer_replaces_a_file_of_a_ledger(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert policytrack(tmp_path, "init", ".").code == 0
    (tmp_path / "link.jsonl").symlink_to("events.db")
    before = {path: path.read_bytes() for path in (tmp_path / "events.db", tmp_path / "policytrack.toml")}
    run = policytrack(tmp_path, *words)
    assert run.code == 2, run.err
    assert "is a file of the ledger" in run.err
    assert before == {path: path.read_bytes() for path in before}
