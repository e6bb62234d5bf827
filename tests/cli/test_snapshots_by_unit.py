"""A tracker with one row per furnace, at two dates: each unit of a plant is compared by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from policytrack.ledger import Ledger
from tests.cli.conftest import Run, policytrack, rows_of

MAP = """\
source = { title = "Furnaces", publisher = "The Trackers", class = "aggregator" }
[[event]]
type = "facility_registered"
fields = { facility_id = { id = "{plant}" }, name = { column = "plant" }, country = "DE" }
[[event]]
type = "capacity_stated"
[event.fields]
facility_id = { id = "{plant}" }
activity_id = "ironmaking-blast-furnace"
unit_id = { column = "furnace", as_id = true }
capacity = { column = "capacity", unit = "kt/yr" }
effective = { column = "start", otherwise = "../{known_on}" }
[[event]]
type = "capacity_idled"
when = { status = "idle" }
[event.fields]
facility_id = { id = "{plant}" }
activity_id = "ironmaking-blast-furnace"
unit_id = { column = "furnace", as_id = true }
capacity = { column = "capacity", unit = "kt/yr" }
[[event]]
type = "capacity_retired"
when = { status = "retired" }
[event.fields]
facility_id = { id = "{plant}" }
activity_id = "ironmaking-blast-furnace"
unit_id = { column = "furnace", as_id = true }
capacity = { column = "capacity", unit = "kt/yr" }
"""
FIRST = """\
id,plant,furnace,status,capacity,start
u1,Emden,BF 1,operating,1000,1970
u2,Emden,BF 2,operating,2000,1985
u3,Emden,BF 3,idle,500,
u4,Leer,,operating,700,
u5,Aurich,A,operating,300,1990
u6,Aurich,B,operating,400,1991
"""
SECOND = """\
id,plant,furnace,status,capacity,start
u1,Emden,BF 1,retired,1000,1970
u2,Emden,BF 2,operating,2200,1985
u3,Emden,BF 3,operating,500,
u7,Emden,BF 4,operating,950,2025-02
u8,Leer,L 1,operating,450,
u9,Leer,L 2,operating,350,
u5,Aurich,A,operating,300,1990
"""
UNITS = (
    "SELECT facility_id, unit_id, installed / 1000 AS installed, idle / 1000 AS idle FROM unit_capacity"
    " ORDER BY facility_id, unit_id"
)


class Furnaces:
    """A ledger, and the tables that go into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        Ledger.create(folder)
        (folder / "map.toml").write_text(MAP, encoding="utf-8")

    def take(self, day: str, text: str, *flags: str) -> Run:
        (self.folder / f"{day}.csv").write_text(text, encoding="utf-8")
        words = ("import", f"{day}.csv", "--map", "map.toml", "--snapshot", "id", "--known-on", day, *flags)
        run = policytrack(self.folder, *words)
        assert run.code == 0, run.err
        return run

    def units(self, as_of: str, known_at: str) -> dict[str, dict[str | None, tuple[float, float]]]:
        found: dict[str, dict[str | None, tuple[float, float]]] = {}
        for one in rows_of(self.folder, UNITS, as_of, known_at):
            figures = (float(one["installed"]), float(one["idle"]))
            found.setdefault(one["facility_id"], {})[one["unit_id"]] = figures
        return found


@pytest.fixture(scope="module")
def furnaces(tmp_path_factory: pytest.TempPathFactory) -> Furnaces:
    furnaces = Furnaces(tmp_path_factory.mktemp("furnaces") / "ledger")
    furnaces.take("2024-06-30", FIRST)
    return furnaces


BEFORE = {
    "emden": {"bf-1": (1000, 0), "bf-2": (2000, 0), "bf-3": (500, 500)},
    "leer": {None: (700, 0)},
    "aurich": {"a": (300, 0), "b": (400, 0)},
}


def test_each_furnace_is_compared_by_itself_and_one_that_is_no_longer_listed_is_left(furnaces: Furnaces) -> None:
    assert furnaces.units("2024-07-01", "2024-07-01") == BEFORE
    run = furnaces.take("2025-06-30", SECOND)
    assert "1 unit is no longer listed, left unchanged; --retire-absent records the end: aurich b" in run.err
    assert furnaces.units("2025-07-01", "2025-07-01") == {
        "emden": {"bf-1": (0, 0), "bf-2": (2200, 0), "bf-3": (500, 0), "bf-4": (950, 0)},
        "leer": {"l-1": (450, 0), "l-2": (350, 0)},
        "aurich": {"a": (300, 0), "b": (400, 0)},
    }
    assert furnaces.units("2024-07-01", "2024-07-01") == BEFORE, "what was known before stays known"
    run = furnaces.take("2025-12-31", SECOND, "--retire-absent")
    assert furnaces.units("2026-01-02", "2026-01-02")["aurich"] == {"a": (300, 0), "b": (0, 0)}
    assert "1 new event" in run.err and "capacity_retired" in run.err
