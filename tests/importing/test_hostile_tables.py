"""Tables and maps mutated thousands of times: rows and errors with places, never a traceback, never a part of a file.

Some of them in the suite, many more in the soak runs.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from journal_support import TODAY
from test_maps import DAY, MAP, TRACKER
from test_tables import HEADER, SOUND, as_csv, book

from policytrack.errors import MalformedInput, Place, PolicytrackError, RejectedImport, UsageError
from policytrack.events import Event
from policytrack.importing.read import Format, load_events
from policytrack.importing.tables.map_file import load_map
from policytrack.importing.tables.table_options import TableOptions
from policytrack.ledger import Ledger
from policytrack.store.sqlite.reading import head
from tests import fuzzing

INSERTED = [
    *(
        b",",
        b'"',
        b'""',
        b"\n",
        b"\r",
        b"\t",
        b";",
        b"'",
        b"=1+1",
        b"@SUM(1)",
        b"-1",
        b">0",
        b"1e999",
        b"NaN",
        b"{",
        b"}",
    ),
    *(b"\x00", b"\xff", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"\xff\xfe", b"9" * 60, b"x" * 40_000),
    *(
        b"<f>1</f>",
        b"<v>",
        b"</row>",
        b"t='s'",
        b"r='A0'",
        b"r='XFE1'",
        b"&lt;",
        b"&x;",
        b"<!DOCTYPE a>",
        b"<is><t>x</t></is>",
    ),
]


OF_YAML = (
    b"&a ", b"*a", b"<<: *a", b"!!python/object:os.system x", b"!!binary x", b"? ", b"- - - ", b"--- ", b"...\n", b"| ", b">-\n",
    b"%YAML 9.9\n", b"{a: [", b"~", b"0o17", b"1_0", b"1:30", b".inf", b"2025-02-30", b"\t", b"#", b"\\x00", b"[" * 100, b"y: yes\n",
)  # fmt: skip
LOG = Path(__file__).parents[2] / "events" / "log"


def mutated(raw: bytes, chance: random.Random, more: tuple[bytes, ...] = ()) -> bytes:
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(raw) + 1)
        end = min(len(raw), at + chance.choice((0, 1, 1, 2, 10, 50)))
        new = chance.choice((b"", raw[at:end] * 2, chance.choice((*INSERTED, *more)), bytes([chance.randrange(256)])))
        raw = raw[:at] + new + raw[end:]
    return raw


def mutated_book(raw: bytes, chance: random.Random) -> bytes:
    """A book one or two of whose parts were changed before it was packed again."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        parts = {name: old.read(name) for name in old.namelist()}
        for name in chance.sample(sorted(parts), 2):
            parts[name] = mutated(parts[name], chance)
        for name, content in parts.items():
            new.writestr(name, content)
    return made.getvalue()


def checked(raw: bytes, format_: Format, tables: TableOptions) -> list[Event] | None:
    """The events of an input; None when it is refused, and then each finding is one of ours with a place."""
    stream: Any = io.BytesIO(raw)
    findings: list[PolicytrackError]
    try:
        return load_events([("f", stream)], today=TODAY, known_on_of=lambda _: None, format_=format_, tables=tables)[0]
    except UsageError as error:
        findings = [MalformedInput(error.what, place=Place("sheets"))]
    except RejectedImport as rejected:
        findings = rejected.findings
    assert findings
    for finding in findings:
        assert isinstance(finding, MalformedInput), finding
        assert finding.what and finding.place is not None, finding
        assert "Input should" not in finding.what
    return None


def run_through(
    make: Callable[[random.Random], bytes], format_: Format, tables: TableOptions, times: int, map_: str = ""
) -> None:
    chance = random.Random(20261123)
    tried = refused = 0
    for _ in fuzzing.rounds(times):
        raw = make(chance)
        tried += 1
        with fuzzing.saving("imports", [format_, raw.hex(), map_.encode().hex()]):
            refused += checked(raw, format_, tables) is None
    assert refused > tried // 10, "hardly anything was refused: the inputs are too tame"


def mapped(raw: bytes, format_: Format, map_: bytes, path: Path) -> list[PolicytrackError]:
    """Import an input by a map; the findings of a map that is refused."""
    path.write_bytes(map_)
    try:
        tables = TableOptions(DAY, map=load_map(path))
    except RejectedImport as rejected:
        return rejected.findings
    checked(raw, format_, tables)
    return []


def test_inputs_that_once_failed(tmp_path: Path) -> None:
    cases = fuzzing.saved("imports")
    assert cases, "the corpus is missing"
    for format_, raw, map_ in cases:
        if map_:
            mapped(bytes.fromhex(raw), format_, bytes.fromhex(map_), tmp_path / "m.toml")
        else:
            checked(bytes.fromhex(raw), format_, PLAIN)


@pytest.mark.parametrize("figure", ["NaN", "NaN999", "sNaN", "-Infinity"])
def test_what_is_no_number_is_neither_least_nor_most(tmp_path: Path, figure: str) -> None:
    (tmp_path / "m.toml").write_text(MAP, encoding="utf-8")
    tables = TableOptions(DAY, map=load_map(tmp_path / "m.toml"))
    assert checked(TRACKER.replace("1999", figure, 1).encode(), "csv", tables) is None


BOOK = book([HEADER, *SOUND])
PLAIN = TableOptions(TODAY)
LONG = pytest.mark.soak


@pytest.mark.parametrize("times", [500, pytest.param(40_000, marks=LONG)])
def test_mutated_csv(times: int) -> None:
    raw = as_csv([HEADER, *SOUND])
    run_through(lambda chance: mutated(raw, chance), "csv", PLAIN, times)


@pytest.mark.parametrize("times", [40, pytest.param(5_000, marks=LONG)])
@pytest.mark.parametrize("story", ["vital-saskatoon", "xinfeng-2013"])
def test_mutated_yaml(story: str, times: int) -> None:
    raw = (LOG / f"{story}.yaml").read_bytes()[:6_000].rpartition(b"\n  - type:")[0] + b"\n"
    assert checked(raw, "yaml", PLAIN), "the input is refused before it is changed"
    run_through(lambda chance: mutated(raw, chance, OF_YAML), "yaml", PLAIN, times)


@pytest.mark.parametrize("times", [200, pytest.param(40_000, marks=LONG)])
def test_mutated_csv_by_a_map(tmp_path: Path, times: int) -> None:
    (tmp_path / "m.toml").write_text(MAP, encoding="utf-8")
    tables = TableOptions(DAY, map=load_map(tmp_path / "m.toml"))
    raw = TRACKER.encode()
    run_through(lambda chance: mutated(raw, chance), "csv", tables, times, MAP)


@pytest.mark.parametrize("times", [150, pytest.param(10_000, marks=LONG)])
def test_mutated_books(times: int) -> None:
    run_through(lambda chance: mutated(BOOK, chance), "xlsx", PLAIN, times)


@pytest.mark.parametrize("times", [50, pytest.param(5_000, marks=LONG)])
def test_books_of_mutated_parts(times: int) -> None:
    run_through(lambda chance: mutated_book(BOOK, chance), "xlsx", PLAIN, times)


@pytest.mark.parametrize("times", [250, pytest.param(20_000, marks=LONG)])
def test_mutated_maps(tmp_path: Path, times: int) -> None:
    chance = random.Random(20261123)
    tried = refused = 0
    for _ in fuzzing.rounds(times):
        map_ = mutated(MAP.encode(), chance)
        tried += 1
        with fuzzing.saving("imports", ["csv", TRACKER.encode().hex(), map_.hex()]):
            findings = mapped(TRACKER.encode(), "csv", map_, tmp_path / "m.toml")
            refused += bool(findings)
            assert all(found.place is not None for found in findings)
    assert refused > tried // 4


def test_what_is_refused_leaves_nothing_and_what_is_not_leaves_all(tmp_path: Path) -> None:
    ledger = Ledger.create(tmp_path / "ledger")
    chance = random.Random(7)
    raw = as_csv([HEADER, *SOUND])
    recorded = refused = before = 0
    for _ in range(800):
        events = checked(mutated(raw, chance), "csv", PLAIN)
        if not events:
            continue
        try:
            new = sum(outcome.is_new for outcome in ledger.record(events, places={}))
            recorded += 1
        except RejectedImport:
            new = 0
            refused += 1
        now = head(ledger.store.path).position
        assert now - before == new
        before = now
    assert recorded and refused
