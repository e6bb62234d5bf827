"""The maps that policytrack has for published tables: found by name, valid, and documented."""

from __future__ import annotations

from pathlib import Path

import pytest

from policytrack.errors import NotFound
from policytrack.importing.tables.map_file import load_map
from policytrack.importing.tables.shipped_maps import located, shipped_names
from tests.cli.conftest import policytrack, rows_of

DOCS = Path(__file__).resolve().parents[2] / "docs" / "import.md"
REACTORS = (
    "Id,Name,Latitude,Longitude,Country,Status,ReactorType,ReactorModel,ConstructionStartAt,OperationalFrom,OperationalTo,Capacity\n"
    "1,North,50,10,Germany,Operational,PWR,,1970-01-01,1975-06-01,,1200\n"
    "2,South,49,10,Germany,Shutdown,PWR,,1960-01-01,1966-01-01,1977-01-01,250\n"
    "3,East,49,12,Germany,Planned,PWR,,,,,900\n"
)


@pytest.mark.parametrize("name", shipped_names())
def test_a_map_is_valid_found_by_name_and_documented(name: str) -> None:
    assert load_map(Path(name)).event
    assert f"| `{name}` |" in DOCS.read_text(encoding="utf-8")


def test_a_file_of_that_name_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "geonuclear").write_text("", encoding="utf-8")
    assert located(Path("geonuclear")) == Path("geonuclear")
    assert located(Path("./folder/geonuclear")) == Path("./folder/geonuclear")


def test_a_wrong_name_lists_the_right_ones() -> None:
    with pytest.raises(NotFound) as refused:
        load_map(Path("gem-stel"))
    assert "gem-steel, gem-steel-plants, geonuclear, npd-shareholdings" in refused.value.hint


def test_a_table_of_reactors_is_imported_by_the_name_of_its_map(tmp_path: Path) -> None:
    (tmp_path / "reactors.csv").write_text(REACTORS, encoding="utf-8")
    assert policytrack(tmp_path, "init", "ledger").code == 0
    ledger = tmp_path / "ledger"
    done = policytrack(ledger, "import", "../reactors.csv", "--map", "geonuclear", "--known-on", "2018-03-10")
    assert done.code == 0, done.err
    figures = "SELECT country_code, operating, installed FROM national_capacity WHERE activity_id = 'nuclear-power'"
    assert [(row["country_code"], int(row["operating"])) for row in rows_of(ledger, figures)] == [("DE", 1200)]
    assert [int(row["operating"]) for row in rows_of(ledger, figures, as_of="1976-01-01")] == [1450]
