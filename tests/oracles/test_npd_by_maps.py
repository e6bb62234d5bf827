"""Shareholdings of the Norwegian Petroleum Directorate, imported by the maps of the guide and by nothing else.

The table of shareholdings as statements, and the areas with their transfers, each against the publisher's own spans on
each of 197 dates. The data is not part of the repository: see `tests.oracles.npd.oracles`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from policytrack.importing.tables.shipped_maps import located
from policytrack.ledger import Ledger
from tests.cli.conftest import Run, policytrack
from tests.oracles.gem_steel import EXAMPLES
from tests.oracles.npd import RESTATED, Files
from tests.oracles.test_npd import FOLDER, TODAY, compare, on_each_date

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"the data of the publisher is not in {FOLDER}; POLICYTRACK_ORACLES names its parent"
)
SPANS, TRANSFERS = "bsns_arr_area_licensee_hst.csv", "bsns_arr_area_transfer_hst.csv"


@pytest.fixture(scope="module")
def files() -> Files:
    return Files.read(FOLDER)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A ledger beside the maps and the files of the publisher."""
    for file in (*EXAMPLES.glob("npd-*.toml"), *FOLDER.glob("*.csv")):
        shutil.copy(file, tmp_path)
    Ledger.create(tmp_path / "ledger")
    return tmp_path / "ledger"


def imported(ledger: Path, file: str, map_: str, *words: str) -> Run:
    return policytrack(ledger, "import", f"../{file}", "--map", f"../{map_}", *words)


@pytest.mark.soak
def test_the_table_of_shareholdings_gives_the_shares_on_every_date(ledger: Path, files: Files) -> None:
    run = policytrack(ledger, "import", f"../{SPANS}", "--map", "npd-shareholdings")
    assert run.code == 0, run.err
    assert "4474 events read · 4474 new" in run.err
    with Ledger(ledger).ask(TODAY, notes=print) as session:
        checks, differing = compare(session, on_each_date(files))
    print(f"\n{checks} shares on {len(files.days())} dates, {len(differing)} differ")
    assert (checks, differing) == (29_372, [])


@pytest.mark.soak
def test_two_statements_of_one_day_are_refused_with_the_lines_that_join_them(ledger: Path) -> None:
    map_ = ledger.parent / "npd-shareholdings.toml"
    text = (
        located(Path("npd-shareholdings"))
        .read_text(encoding="utf-8")
        .replace('"cmpNpdidCompany", "day"]', '"cmpNpdidCompany", "day", "held"]')
    )
    map_.write_text(text, encoding="utf-8")
    run = imported(ledger, SPANS, map_.name)
    assert run.code == 3
    assert "row 65 states stake_pct" in run.err and "but row 52 states another value" in run.err


@pytest.mark.soak
def test_areas_and_transfers_give_the_shares_but_for_a_digit_that_the_publisher_rounded(
    ledger: Path, files: Files
) -> None:
    for file, map_ in ((SPANS, "npd-areas.toml"), (TRANSFERS, "npd-transfers.toml")):
        run = imported(ledger, file, map_)
        assert run.code == 0, run.err
    assert "stake_legs_unbalanced: firm:area-41105: on 2001-05-10" in run.err
    with Ledger(ledger).ask(TODAY, notes=print) as session:
        checks, differing = compare(session, on_each_date(files))
    print(f"\n{checks} shares on {len(files.days())} dates, {len(differing)} differ")
    restated = [f"{span.area} of {span.company}" for span in RESTATED]
    assert checks == 29_372
    assert {one.partition(" on ")[0] for one in differing} == set(restated)
