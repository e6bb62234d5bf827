"""The read model of a ledger: nothing is done when nothing is to do, own views, and events of old schema versions."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pyarrow as pa
import pytest
from ledger_support import event, ledger_with, opening, python, stated

from policytrack import resources
from policytrack.errors import IntegrityTrouble, QueryFailed
from policytrack.events import EVENT_TYPES, Event
from policytrack.events.capacity import CapacityStated
from policytrack.ledger import Ledger
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.folder import ReadModelFolder
from policytrack.readmodel.session import Session
from policytrack.readmodel.sql_files import Catalogue
from policytrack.store.sqlite.reading import arrow_batches, digest_at, head
from policytrack.store.upcasts import upcast_batch

NOW = Coordinates(date(2026, 1, 31), date(2026, 1, 31))
GENERATION = """
import sys
from pathlib import Path
from policytrack.ledger import Ledger
notes = []
print(Ledger.find(Path(sys.argv[1])).generation(notes=notes.append).name)
print(sorted({"duckdb", "pyarrow"} & sys.modules.keys()), notes)
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return ledger_with(tmp_path / "ledger", opening())


def _built(ledger: Ledger) -> tuple[Path, list[str]]:
    """The generation as a process that comes new to the ledger finds or makes it, and what it says and warns of."""
    notes: list[str] = []
    opened = Ledger(ledger.root)
    opened.warn = notes.append
    return opened.generation(notes=notes.append), notes


def _answer(path: Path, sql: str) -> list[dict[str, Any]]:
    with Session(path, NOW) as session:
        rows: list[dict[str, Any]] = session.query(sql).to_pylist()
    return rows


@pytest.mark.soak
def test_when_there_is_nothing_to_do_neither_duckdb_nor_arrow_is_imported(ledger: Ledger) -> None:
    path, notes = _built(ledger)
    assert notes == []
    before = path.stat()
    assert python(GENERATION, str(ledger.root)).splitlines() == [path.name, "[] []"]
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    ledger.record([stated(9, "baotou", 5000, effective="2025-11", known_on="2025-12-01")])
    assert python(GENERATION, str(ledger.root)).splitlines()[1] == "['duckdb', 'pyarrow'] []"


def test_a_folder_of_a_read_model_that_was_deleted_is_made_again_without_a_word(ledger: Ledger) -> None:
    path, _ = _built(ledger)
    for file in path.parent.iterdir():
        file.unlink()
    path.parent.rmdir()
    assert _built(ledger) == (path, [])


@pytest.mark.soak
def test_another_ledger_put_in_place_of_the_store_is_noticed(ledger: Ledger, tmp_path: Path) -> None:
    _built(ledger)
    other = ledger_with(tmp_path / "other", [*opening(), stated(9, "baotou", 7)])
    for name in ("events.db", "ledger.head"):
        (ledger.root / name).write_bytes((other.root / name).read_bytes())
    # The first four events were recorded at another instant: the digests are others.
    with pytest.raises(IntegrityTrouble, match="e4 in the event store is not the event from which the read model was"):
        _built(ledger)
    ledger.rebuild(notes=lambda _: None)
    path, notes = _built(ledger)
    assert notes == []
    assert _answer(path, "SELECT count(*) AS n FROM event") == [{"n": 5}]


def _changing_own_files(ledger: Ledger) -> Path:
    """Write, change and remove own views and a check; the read model without them."""
    own = ledger.projections / "doubled.sql"
    own.write_text(
        "/* Twice. */ SELECT country_code, installed * 2 AS twice -- twice the capacity\nFROM national_capacity"
    )
    (ledger.projections / "since.sql").write_text(
        "SELECT p_as_of AS day, sum(installed) AS total FROM national_capacity_at(p_as_of, p_known_at)"
    )
    check = ledger.projections / "checks" / "odd.sql"
    check.write_text(
        "/* It is odd. Severity: warning. Asked at recording. One row. */"
        " SELECT 'firm:a' AS subject, 'odd' AS message, [1] AS positions"
    )
    findings = "SELECT count(*) AS n FROM check_result WHERE check_name = 'odd'"
    first, notes = _built(ledger)
    assert notes == []
    assert _answer(first, findings) == [{"n": 1}]
    assert _answer(first, "SELECT twice FROM doubled ORDER BY 1") == [{"twice": 8000}, {"twice": 16000}]
    sql = "SELECT day, total FROM since_at(DATE '2025-10-31', DATE '2025-10-31')"
    assert _answer(first, sql) == [{"day": date(2025, 10, 31), "total": Decimal(12000)}]
    own.write_text(own.read_text().replace("* 2", "* 3"))
    second, _ = _built(ledger)
    assert second != first
    assert _answer(second, "SELECT twice FROM doubled ORDER BY 1") == [{"twice": 12000}, {"twice": 24000}]
    own.unlink()
    check.unlink()
    third, _ = _built(ledger)
    assert _answer(third, findings) == [{"n": 0}]
    with pytest.raises(QueryFailed):
        _answer(third, "FROM doubled")
    return third


@pytest.mark.soak
def test_own_views_follow_their_files(ledger: Ledger) -> None:
    _changing_own_files(ledger)


@pytest.mark.soak
def test_own_views_that_came_and_went_leave_nothing(ledger: Ledger) -> None:
    left = _changing_own_files(ledger)
    assert ReadModelFolder.compare(left, ledger.fresh_read_model(ledger.root / "fresh")) == []


def test_an_own_view_with_a_mistake_is_told_once_and_nothing_else_breaks(ledger: Ledger) -> None:
    (ledger.projections / "wrong.sql").write_text("SELECT instaled FROM national_capacity")
    (ledger.projections / "sound.sql").write_text("SELECT installed FROM national_capacity")
    path, notes = _built(ledger)
    assert len(notes) == 1
    assert "wrong.sql is left out" in notes[0]
    assert _answer(path, "SELECT sum(installed) AS n FROM sound") == [{"n": 12000}]
    assert _built(ledger) == (path, [])


class Stated2(CapacityStated):
    """A later version of a stated capacity: the figure, once in thousands, is in whole units."""

    type: Literal["capacity_stated"] = "capacity_stated"
    schema_version: int = 2


def _in_whole_units(raw: dict[str, Any]) -> dict[str, Any]:
    amount = raw["capacity"]
    return {**raw, "capacity": {**amount, "value": str(Decimal(amount["value"]) * 1000)}}


def test_events_of_an_old_schema_version_reach_the_read_model_in_todays_shape(ledger: Ledger, tmp_path: Path) -> None:
    types: dict[str, type[Event]] = {**EVENT_TYPES, "capacity_stated": Stated2}
    upcasts = {"capacity_stated": {1: _in_whole_units}}

    def batches(after: int) -> Iterator[pa.Table]:
        for batch in arrow_batches(ledger.store.path, after, 3):
            yield upcast_batch(batch, types, upcasts)

    catalogue = Catalogue.load(resources.PROJECTIONS)
    folder = ReadModelFolder(tmp_path / "readmodel", catalogue, resources.EVENTS / "reference")
    top = head(ledger.store.path)
    path = folder.catch_up(
        (top.position, top.digest_hex), lambda position: digest_at(ledger.store.path, position), batches
    )
    rows = _answer(path, "SELECT country_code, installed FROM national_capacity ORDER BY 1")
    assert rows == [
        {"country_code": "CN", "installed": Decimal(4_000_000)},
        {"country_code": "FR", "installed": Decimal(8_000_000)},
    ]


@pytest.mark.soak
def test_corrections_and_retractions_in_later_catch_ups_equal_one_build(ledger: Ledger, tmp_path: Path) -> None:
    first = stated(20, "baotou", 4100, effective="2025-11-01", known_on="2025-11-05")
    steps = [
        [first],
        [stated(21, "baotou", 4200, effective="2025-11-01", known_on="2025-12-01",
                supersedes={"event_id": first.event_id, "because": "revision"})],
        [stated(22, "baotou", 4300, effective="2025-11-01", known_on="2025-12-02",
                supersedes={"event_id": UUID(int=21), "because": "error"})],
        [event(23, "event_retracted", target=UUID(int=4), because="error", reason="not so",
               effective="2025-12-03", known_on="2025-12-03")],
    ]  # fmt: skip
    for events in steps:
        _built(ledger)
        ledger.record(events)
    path, _ = _built(ledger)
    assert ReadModelFolder.compare(path, ledger.fresh_read_model(tmp_path / "fresh")) == []
    rows = _answer(path, "SELECT country_code, installed FROM national_capacity ORDER BY 1")
    assert rows[0] == {"country_code": "CN", "installed": Decimal(4300)}


def test_an_older_store_is_noticed_though_head_and_pointer_are_as_old(ledger: Ledger, tmp_path: Path) -> None:
    _built(ledger)
    older = ("events.db", "ledger.head", "readmodel/CURRENT")
    for number, name in enumerate(older):
        shutil.copyfile(ledger.root / name, tmp_path / f"old-{number}")
    ledger.record([stated(90, "baotou", 9000)])
    _built(ledger)
    for number, name in enumerate(older):
        shutil.copyfile(tmp_path / f"old-{number}", ledger.root / name)
    for command in (lambda: _built(ledger), lambda: ledger.record([stated(91, "baotou", 9001)])):
        with pytest.raises(IntegrityTrouble, match="was built from events up to e5"):
            command()
    ledger.rebuild(notes=lambda _: None)
    assert _answer(_built(ledger)[0], "SELECT count(*) AS n FROM event") == [{"n": 4}]
