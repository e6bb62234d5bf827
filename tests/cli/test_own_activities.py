"""An activity of the ledger, from nothing: recorded, listed, completed, offered in templates, exported and imported."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.cli.conftest import policytrack
from tests.cli.test_completing import completed

CASTINGS = ("record", "activity-registered", "--activity-id", "body-castings", "--name", "Body castings",
            "--unit", "t/a", "--sector", "vehicles", "--codes", "hs=8708.29")  # fmt: skip


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    assert policytrack(folder, "init", "ledger").code == 0
    ledger = folder / "ledger"
    assert policytrack(ledger, *CASTINGS).err == "recorded e1 activity_registered\n"
    policytrack(ledger, "record", "facility-registered", "--facility-id", "works", "--name", "Works", "--country", "SE")
    figure = ("--facility-id", "works", "--activity-id", "body-castings", "--effective", "2026-01-01")
    assert policytrack(ledger, "record", "capacity-stated", *figure, "--capacity", "5 kt").code == 0
    return ledger


def test_a_unit_of_the_ledger_is_entered_displayed_and_completed(tmp_path: Path) -> None:
    assert policytrack(tmp_path, "init", "ledger").code == 0
    ledger = tmp_path / "ledger"
    pound = ("--symbol", "lb", "--dimension", "mass", "--factor", "0.00045359237", "--alias", "lbs")
    assert policytrack(ledger, "record", "unit-registered", *pound).err == "recorded e1 unit_registered\n"
    policytrack(ledger, "record", "facility-registered", "--facility-id", "works", "--name", "Works", "--country", "US")
    figure = ("--facility-id", "works", "--activity-id", "rare-earth-separation", "--effective", "2026-01-01")
    assert policytrack(ledger, "record", "capacity-stated", *figure, "--capacity", "2 million lbs REO/yr").code == 0
    shown = policytrack(ledger, "capacity", "--columns", "installed,unit").out
    assert shown == "installed\tunit\n907.185\tt REO/yr\n"
    shown = policytrack(ledger, "capacity", "--columns", "installed,unit", "--unit", "lb").out
    assert shown.endswith("\tlb REO/yr\n")
    assert "lb" in completed(ledger, "bash", "capacity", "--unit", "l").out
    listed = policytrack(ledger, "news", "--since", "2000-01-01").out
    assert "unit lb: 0.00045359237 base units of mass" in listed
    assert policytrack(ledger, "retract", "e1", "--because", "error", "--reason", "typing", "--yes").code == 0
    refused = policytrack(ledger, "capacity", "--unit", "lb")
    assert (refused.code, refused.out) == (2, "")


@pytest.mark.soak
def test_it_is_listed_completed_and_offered(own: Path, tmp_path: Path) -> None:
    shown = policytrack(own, "help", "activities").out
    assert shown.endswith(
        "registered in this ledger\n\n    body-castings                      t/yr              Body castings\n"
    )
    assert "body-castings  " not in policytrack(tmp_path, "help", "activities").out
    assert "body-castings" in completed(own, "bash", "capacity", "--activity", "body").out
    file = tmp_path / "t.xlsx"
    assert policytrack(own, "template", "capacity-stated", "-o", str(file)).code == 0
    offered = {cell.value for column in openpyxl.load_workbook(file)["lists"].columns for cell in column}
    assert {"body-castings", "crude-steel"} <= offered


def test_the_help_is_printed_also_in_a_damaged_ledger(tmp_path: Path) -> None:
    policytrack(tmp_path, "init", "ledger")
    (tmp_path / "ledger" / "events.db").write_bytes(b"not a database" * 100)
    run = policytrack(tmp_path / "ledger", "help", "activities")
    assert run.code == 0
    assert "crude-steel" in run.out
    assert "warning: the activities of the ledger are not listed: " in run.err


@pytest.mark.soak
def test_it_is_shown_with_its_figures(own: Path) -> None:
    assert "activity Body castings in t/yr" in policytrack(own, "show", "e1").out
    figures = policytrack(own, "capacity", "--activity", "body-castings", "--format", "csv").out
    assert "SE,body-castings,t/yr,5000," in figures
    assert (
        "5,000 t/yr"
        in policytrack(
            own, "why", "operating", "--country", "SE", "--activity", "body-castings", "--format", "table"
        ).out
    )
    assert policytrack(own, "verify").code == 0


def test_a_mistyped_id_is_compared_with_it(own: Path) -> None:
    figure = ("--facility-id", "works", "--activity-id", "body-casting", "--effective", "2026-02", "--capacity", "5")
    refused = policytrack(own, "record", "capacity-stated", *figure)
    assert refused.code == 3
    assert "similar: body-castings" in refused.err
    assert "or record an activity_registered event first" in refused.err


@pytest.mark.soak
def test_what_is_exported_is_imported_and_another_definition_is_refused_with_its_place(
    own: Path, tmp_path: Path
) -> None:
    exported = policytrack(own, "export", "events", "--format", "jsonl").out
    for folder in ("other", "third"):
        policytrack(tmp_path, "init", folder)
    assert policytrack(tmp_path / "other", "import", "-", given=exported.encode()).code == 0
    assert policytrack(tmp_path / "other", "capacity").out == policytrack(own, "capacity").out
    policytrack(tmp_path / "third", *[word.replace("t/a", "units/yr") for word in CASTINGS])
    refused = policytrack(tmp_path / "third", "import", "-", given=exported.encode())
    assert refused.code == 3
    assert "already registered by e1 in units/yr, not in t/yr" in refused.err
    assert "stdin:1" in refused.err


MAP = """\
[source]
title = "Tracker"
class = "aggregator"
published_on = "DAY"
[[event]]
type = "activity_registered"
fields = { activity_id = { id = "{Product}" }, name = { column = "Product" }, unit = { column = "Unit" }, codes.hs = "8708.29" }
[[event]]
type = "facility_registered"
fields = { facility_id = { id = "{Plant}" }, name = { column = "Plant" }, country = "SE" }
[[event]]
type = "capacity_stated"
[event.fields]
facility_id = { id = "{Plant}" }
activity_id = { id = "{Product}" }
capacity = { column = "Capacity" }
effective = "../2025"
"""


@pytest.mark.soak
def test_a_map_registers_it_and_the_next_edition_of_the_table_does_not_again(tmp_path: Path) -> None:
    policytrack(tmp_path, "init", "ledger")
    ledger = tmp_path / "ledger"
    first, second = ledger / "2025.csv", ledger / "2026.csv"
    first.write_text("Plant,Product,Unit,Capacity\nLulea,Body castings,t/yr,5 kt\n")
    second.write_text("Plant,Product,Unit,Capacity\nLulea,Body castings,t/yr,6 kt\nKiruna,Wheels,units/yr,100\n")
    for file, day in ((first, "2025-12-31"), (second, "2026-06-30")):
        (ledger / "map.toml").write_text(MAP.replace("DAY", day))
        run = policytrack(ledger, "import", str(file), "--map", "map.toml", "--snapshot", "Plant")
        assert run.code == 0, run.err
    counted = policytrack(ledger, "sql", "SELECT type, count(*) AS n FROM event_log GROUP BY type ORDER BY type").out
    assert "activity_registered\t2" in counted
    assert "5000" not in policytrack(ledger, "capacity").out
    assert (
        "body-castings,6000"
        in policytrack(ledger, "sql", "SELECT activity_id, installed FROM national_capacity", "--format", "csv").out
    )
