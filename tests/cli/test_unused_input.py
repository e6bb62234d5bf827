"""What an import by a map does not use is reported on standard error, also by a dry run; a snapshot refuses it."""

from __future__ import annotations

from pathlib import Path

import pytest

from policytrack.ledger import Ledger
from tests.cli.conftest import Run, policytrack

MAP = """\
[source]
title = "A tracker"
class = "aggregator"
[[event]]
type = "facility_registered"
unless = { Status = "shelved" }
fields = { facility_id = { id = "{Plant}" }, name = { column = "Plant" }, country = { column = "Country", country = true } }
[[event]]
type = "capacity_stated"
when = { Status = ["operating", "idle"] }
[event.fields]
facility_id = { id = "{Plant}" }
activity_id = "crude-steel"
capacity = { column = "Capacity", unit = "kt/yr" }
"""
TABLE = """\
Unit,Plant,Country,Status,Capacity,Remarks
u1,Alpha,DE,operating,100,
u2,Beta,DE,Operating,200,
u3,Gamma,DE,operating (to close),300,
u4,Delta,DE,Operating,400,
u5,Epsilon,DE,shelved,500,
u6,Zeta,DE,,600,
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    Ledger.create(tmp_path / "ledger")
    return tmp_path / "ledger"


def by_map(ledger: Path, *words: str, map_: str = MAP, table: str = TABLE) -> Run:
    (ledger / "m.toml").write_text(map_, encoding="utf-8")
    (ledger / "t.csv").write_text(table, encoding="utf-8")
    return policytrack(ledger, "import", "t.csv", "--map", "m.toml", "--known-on", "2024-04-15", *words)


@pytest.mark.parametrize("words", [(), ("--dry-run",)])
def test_words_that_no_event_takes_are_named_with_their_rows(ledger: Path, words: tuple[str, ...]) -> None:
    run = by_map(ledger, *words)
    assert run.code == 0
    assert (
        "no condition names Status 'Operating' (rows 3, 5): add it to a `when` of the map (similar: 'operating')"
        in run.err
    )
    assert "no condition names Status 'operating (to close)' (row 4)" in run.err
    assert "no condition names Status '' (row 7)" in run.err
    assert "Status 'shelved'" not in run.err.partition("made no event")[0].rpartition("\n")[0]
    assert "t.csv: 1 row made no event (row 6); Status 'shelved'" in run.err
    assert "t.csv: 2 columns not used: Unit, Remarks" in run.err


def test_words_to_ignore_and_rows_to_skip_have_a_reason(ledger: Path) -> None:
    more = """\
[[ignore]]
column = "Status"
words = ["operating (to close)", ""]
reason = "not built"
[[skip]]
when = { Status = "Operating" }
reason = "counted twice"
"""
    run = by_map(ledger, map_=MAP + more)
    assert run.code == 0 and "no condition names" not in run.err
    assert "t.csv: 2 rows skipped (rows 3, 5): counted twice" in run.err
    everything = '[[ignore]]\ncolumn = "Status"\nwords = ["*"]\nreason = "x"\n'
    assert "no condition names" not in by_map(ledger, map_=MAP + everything).err


@pytest.mark.soak
def test_a_snapshot_with_an_unknown_word_is_refused_with_its_cell(ledger: Path) -> None:
    known = (
        TABLE.replace("operating (to close)", "idle").replace("Operating", "idle").replace("Zeta,DE,,", "Zeta,DE,idle,")
    )
    assert by_map(ledger, "--snapshot", "Unit", table=known).code == 0
    retired = known.replace("Alpha,DE,operating", "Alpha,DE,Retired").replace("Beta,DE,idle", "Beta,DE,Retired")
    run = by_map(ledger, "--snapshot", "Unit", "--known-on", "2025-04-15", table=retired)
    assert run.code == 3
    assert run.err.count("error PT201: no condition of the map names Status 'Retired'") == 1 and "t.csv:2:13" in run.err
    ignore = '[[ignore]]\ncolumn = "Status"\nwords = ["Retired"]\nreason = "kept as installed"\n'
    assert by_map(ledger, "--snapshot", "Unit", "--known-on", "2025-04-15", table=retired, map_=MAP + ignore).code == 0


def test_only_the_cell_that_keeps_a_row_from_an_event_is_named(ledger: Path) -> None:
    two = MAP.replace('"idle"] }', '"idle"], Kind = "BF" }')
    table = "Plant,Country,Status,Kind,Capacity\nA,DE,closed,BF,1\nB,DE,operating,EAF,1\nC,DE,closed,EAF,1\n"
    run = by_map(ledger, map_=two, table=table)
    assert "no condition names Status 'closed' (rows 2, 4)" in run.err
    assert "no condition names Kind 'EAF' (rows 3, 4)" in run.err


def test_items_without_a_share_are_named_unless_the_map_excludes_them(ledger: Path) -> None:
    owners = """\
[source]
title = "A tracker"
class = "aggregator"
[[event]]
type = "firm_registered"
unless = { owner = "unknown" }
each = { columns = { owner = "Owners" } }
fields = { firm_id = { column = "owner", as_id = true }, name = { column = "owner" } }
[[event]]
type = "stake_stated"
unless = { owner = "unknown", share = "" }
each = { columns = { owner = "Owners" } }
fields = { owned_id = "big-corp", owner_id = { column = "owner", as_id = true }, stake_pct = { column = "share" } }
"""
    run = by_map(ledger, map_=owners, table="Owners\nBig Corp; Small Fund [30%]; unknown\n")
    assert run.code == 0, run.err
    assert "warning: t.csv: 1 item of Owners without a share: 'Big Corp' (row 2)" in run.err
    assert "unknown" not in run.err


@pytest.mark.soak
def test_the_report_is_bounded_however_many_words_there_are(ledger: Path) -> None:
    rows = "".join(f"u{number},P{number},DE,status {number},1,\n" for number in range(1_200))
    run = by_map(ledger, "-n", table=TABLE + rows)
    lines = [line for line in run.err.splitlines() if "condition names" in line]
    assert len(lines) == 21 and "more words that no condition names" in lines[-1]


@pytest.mark.soak
def test_a_table_that_has_a_registered_plant_in_another_country_is_refused(ledger: Path) -> None:
    table = TABLE.splitlines(keepends=True)[0] + "u1,Alpha,{country},operating,{capacity},\n"
    map_ = MAP.replace('"capacity_stated"', '"capacity_retired"')
    assert by_map(ledger, table=table.format(country="DE", capacity=1)).code == 0
    run = by_map(ledger, table=table.format(country="CL", capacity=2), map_=map_)
    assert run.code == 3 and "the row registers alpha in CL, but in the ledger it is in DE" in run.err
    named = map_.replace('name = { column = "Plant" }', 'name = { text = "{Plant} works" }')
    run = by_map(ledger, table=table.format(country="DE", capacity=1), map_=named)
    assert run.code == 0
    assert "warning: facility alpha is 'Alpha' in the ledger and 'Alpha works' in the table" in run.err
