"""A second edition of a table restates the past: figures, starts, closures and completions count from the days it gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from policytrack.ledger import Ledger
from tests.cli.conftest import Run, head_of, policytrack, rows_of

MAP = """\
source = { title = "Register", class = "aggregator" }
[[event]]
type = "firm_registered"
fields = { firm_id = "firm", name = "Firm" }
[[event]]
type = "facility_registered"
fields = { facility_id = { id = "r{Id}" }, name = { column = "Id" }, country = "FR" }
[[event]]
type = "capacity_stated"
when = { Kind = "stated" }
fields = { facility_id = { id = "r{Id}" }, activity_id = "nuclear-power", capacity = { column = "MW", unit = "MW" }, effective = { column = "From" } }
[[event]]
type = "capacity_retired"
unless = { To = "" }
fields = { facility_id = { id = "r{Id}" }, activity_id = "nuclear-power", capacity = { column = "MW", unit = "MW" }, effective = { column = "To" } }
[[event]]
type = "project_registered"
when = { Kind = ["planned", "built", "given up"] }
fields = { project_id = { id = "p{Id}" }, name = { column = "Id" }, facility_id = { id = "r{Id}" }, activity_id = "nuclear-power", firm_id = "firm" }
[[event]]
type = "project_announced"
when = { Kind = ["planned", "given up"] }
fields = { project_id = { id = "p{Id}" }, capacity = { column = "MW", unit = "MW" } }
[[event]]
type = "project_cancelled"
when = { Kind = "given up" }
fields = { project_id = { id = "p{Id}" } }
[[event]]
type = "project_completed"
when = { Kind = "built" }
fields = { project_id = { id = "p{Id}" }, capacity = { column = "MW", unit = "MW" }, effective = { column = "From" } }
"""
FIRST, SECOND, THIRD = "2017-02-27", "2018-09-25", "2020-04-18"


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    Ledger.create(tmp_path / "ledger")
    (tmp_path / "ledger" / "m.toml").write_text(MAP, encoding="utf-8")
    return tmp_path / "ledger"


def take(ledger: Path, day: str, rows: str, *words: str, code: int = 0) -> Run:
    """Record an edition of rows ``id kind from to MW``; a dot is an empty cell."""
    lines = [
        "Id,Kind,From,To,MW",
        *(row.replace(" ", ",").replace(",.", ",").replace("_", " ") for row in rows.split("|")),
    ]
    (ledger / "t.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    run = policytrack(ledger, "import", "t.csv", "--map", "m.toml", "--snapshot", "Id", "--known-on", day, *words)
    assert run.code == code, run.err
    return run


def installed(ledger: Path, as_of: str, known_at: str) -> dict[str, int]:
    query = "SELECT facility_id, installed::BIGINT AS mw FROM facility_capacity WHERE installed <> 0"
    return {row["facility_id"]: row["mw"] for row in rows_of(ledger, query, as_of, known_at)}


@pytest.mark.soak
def test_figures_closures_and_starts_count_from_the_days_that_the_edition_gives(ledger: Path) -> None:
    first = "1 stated 1985-01-01 . 900|2 stated 1985-01-01 . 500|3 stated 1985-01-01 . 300|4 planned . . 990|5 built 1985-01-01 . 310|6 given_up . . 400|7 planned . . 100"
    second = "1 stated 1985-01-01 . 950|2 stated 1985-01-01 2017-06-18 500|3 stated 2017-01-15 . 300|4 built 2018-02-14 . 1060|5 built 1995-01-01 . 310|6 built 2018-05-01 . 410|7 built 2010-01-01 . 90"
    take(ledger, FIRST, first)
    run = take(ledger, SECOND, second)
    assert "capacity_stated (revised)" in run.err and "scope_revised" in run.err
    assert installed(ledger, "1990-12-31", FIRST) == {"r1": 900, "r2": 500, "r3": 300, "r5": 310}
    assert installed(ledger, "1990-12-31", SECOND) == {"r1": 950, "r2": 500}
    assert installed(ledger, "2016-12-31", SECOND) == {"r1": 950, "r2": 500, "r5": 310, "r7": 90}
    assert installed(ledger, "2018-03-01", SECOND) == {"r1": 950, "r3": 300, "r4": 1060, "r5": 310, "r7": 90}
    assert installed(ledger, SECOND, SECOND) == {"r1": 950, "r3": 300, "r4": 1060, "r5": 310, "r6": 410, "r7": 90}
    query = "SELECT string_agg(DISTINCT status) AS s, sum(capacity_remaining)::INT AS r FROM project"
    assert rows_of(ledger, query) == [{"s": "completed", "r": 0}]
    assert policytrack(ledger, "check", "--as-of", "2018-03-01").code == 0
    assert "nothing to do" in take(ledger, SECOND, second).err
    # The closure is withdrawn, a row turns out to be a duplicate; later both come back.
    third = second.replace("2017-06-18", ".").removeprefix("1 stated 1985-01-01 . 950|")
    told = take(ledger, THIRD, third, "--retract-absent").err
    assert "1 facility is no longer listed, retracted: r1" in told
    assert installed(ledger, "2018-03-01", THIRD) == {"r2": 500, "r3": 300, "r4": 1060, "r5": 310, "r7": 90}
    take(ledger, "2021-01-01", second)
    assert installed(ledger, "2018-03-01", "2021-01-01") == installed(ledger, "2018-03-01", SECOND)


@pytest.mark.soak
def test_what_others_said_and_what_was_corrected_by_hand_is_left_and_named(ledger: Path) -> None:
    take(ledger, FIRST, "1 stated 1985-01-01 . 900|2 stated 1985-01-01 . 500|3 stated 1990-01-01 . 300")
    of_others = ("--effective", "2016-05-01", "--known-on", "2016-06-01", "--source", "title=News,class=trade-press")
    about = ("--facility-id", "r1", "--activity-id", "nuclear-power")
    assert policytrack(ledger, "record", "capacity-stated", *about, "--capacity", "940 MW", *of_others).code == 0
    assert policytrack(ledger, "correct", "e7", "--set", "capacity=310 MW", "--because", "error").code == 0
    assert installed(ledger, FIRST, FIRST) == {"r1": 940, "r2": 500, "r3": 310}
    run = take(ledger, SECOND, "1 stated 1985-01-01 . 910|2 stated 1985-01-01 . 510|3 stated 1990-01-01 . 300")
    assert "(News): the table adds up to 910" in run.err
    assert "e9 (Register): the table says 300 MW, 1990-01-01, which was corrected as an error" in run.err
    assert installed(ledger, SECOND, SECOND) == {"r1": 940, "r2": 510, "r3": 310}
    assert installed(ledger, "2000-01-01", SECOND) == {"r1": 910, "r2": 510, "r3": 310}


@pytest.mark.soak
def test_an_edition_older_than_one_that_is_recorded_is_refused(ledger: Path) -> None:
    take(ledger, SECOND, "1 stated 1985-01-01 . 900")
    head = head_of(ledger)
    run = take(ledger, FIRST, "1 stated 1985-01-01 . 900", code=3)
    assert f"the table of {FIRST} is older than the statement of Register of {SECOND} about facility:r1 (e2)" in run.err
    assert head_of(ledger) == head
    take(ledger, FIRST, "9 stated 1985-01-01 . 700")


@pytest.mark.soak
def test_what_a_check_refuses_is_acknowledged_in_the_file_of_a_dry_run(ledger: Path) -> None:
    take(ledger, FIRST, "1 stated 1985-01-01 . 500")
    by_hand = (
        "--facility-id",
        "r1",
        "--activity-id",
        "nuclear-power",
        "--capacity",
        "200 MW",
        "--effective",
        "2016-01-01",
    )
    source = ("--known-on", "2016-02-01", "--source", "title=News,class=trade-press")
    assert policytrack(ledger, "record", "capacity-retired", *by_hand, *source).code == 0
    rows = "1 stated 1985-01-01 2017-06-18 500"
    refused = take(ledger, SECOND, rows, code=3)
    assert "retirement_beyond_installed" in refused.err and "--dry-run -o changes.yaml" in refused.err
    shown = take(ledger, SECOND, rows, "--dry-run", "-o", "changes.yaml").err
    assert "acknowledged in changes.yaml; check it before" in shown
    assert policytrack(ledger, "import", "changes.yaml").code == 0
    assert "as the table of 2018-09-25 says" in (ledger / "changes.yaml").read_text(encoding="utf-8")


NAMED = """\
source = { title = "Register", class = "aggregator" }
[[event]]
type = "firm_registered"
fields = { firm_id = { column = "By", as_id = true }, name = { column = "By" } }
[[event]]
type = "facility_registered"
fields = { facility_id = { id = "r{Id}" }, name = { column = "Name" }, country = "FR" }
[[event]]
type = "project_registered"
[event.fields]
project_id = { id = "p{Id}" }
name = "Unit of {Name}"
facility_id = { id = "r{Id}" }
activity_id = "nuclear-power"
firm_id = { column = "By", as_id = true }
[[event]]
type = "project_announced"
fields = { project_id = { id = "p{Id}" }, capacity = { column = "MW", unit = "MW" } }
"""


PLACED = """\
source = { title = "Register", class = "aggregator" }
[[event]]
type = "facility_registered"
[event.fields]
facility_id = { id = "r{Id}" }
name = { column = "Id" }
country = { column = "Country" }
region = { column = "Region" }
"""


@pytest.mark.soak
def test_another_region_is_a_move_between_two_editions_and_another_country_a_revision(ledger: Path) -> None:
    (ledger / "m.toml").write_text(PLACED, encoding="utf-8")
    editions = ("FR,FR-NAQ", "FR,FR-ARA", "FR,FR-ARA", "BE,BE-VLG")
    told = ""
    for day, text in zip((FIRST, SECOND, THIRD, "2020-09-25"), editions, strict=True):
        (ledger / "t.csv").write_text(f"Id,Country,Region\n1,{text}\n", encoding="utf-8")
        done = policytrack(ledger, "import", "t.csv", "--map", "m.toml", "--snapshot", "Id", "--known-on", day)
        assert done.code == 0, done.err
        assert ("1 facility_moved" in done.err) == (day == SECOND), done.err
        told = done.err
        if day == THIRD:
            query = "SELECT country_code, region_code FROM facility WHERE facility_id = 'r1'"
            for as_of, region in ((FIRST, "FR-NAQ"), (THIRD, "FR-ARA")):
                assert rows_of(ledger, query, as_of) == [{"country_code": "FR", "region_code": region}]
    assert "facility_registered" in told


AT_A_SITE = """\
source = { title = "Register", class = "aggregator" }
[[event]]
type = "facility_registered"
fields = { facility_id = { column = "Site", as_id = true }, name = { column = "Site" }, country = { column = "Country" } }
[[event]]
type = "project_registered"
[event.fields]
project_id = { id = "p{Id}" }
name = "Unit {Id}"
facility_id = { column = "Site", as_id = true }
activity_id = "nuclear-power"
[[event]]
type = "project_announced"
fields = { project_id = { id = "p{Id}" }, capacity = { column = "MW", unit = "MW" } }
"""


@pytest.mark.soak
def test_another_site_of_a_project_is_a_move_between_two_editions(ledger: Path) -> None:
    (ledger / "m.toml").write_text(AT_A_SITE, encoding="utf-8")
    editions = ("FR,Here", "BE,There", "BE,There", "FR,Here")
    for day, text in zip((FIRST, SECOND, THIRD, "2020-09-25"), editions, strict=True):
        (ledger / "t.csv").write_text(f"Id,Country,Site,MW\n1,{text},1000\n", encoding="utf-8")
        done = policytrack(ledger, "import", "t.csv", "--map", "m.toml", "--snapshot", "Id", "--known-on", day)
        assert done.code == 0, done.err
        assert ("1 project_moved" in done.err) == (day not in (FIRST, THIRD)), done.err
    query = "SELECT facility_id, country_code FROM project"
    for as_of, place in ((FIRST, "here FR"), (SECOND, "there BE"), (THIRD, "there BE"), ("2020-09-26", "here FR")):
        assert [f"{row['facility_id']} {row['country_code']}" for row in rows_of(ledger, query, as_of)] == [place]


@pytest.mark.soak
def test_a_new_name_and_a_new_builder_are_changes_between_two_editions(ledger: Path) -> None:
    (ledger / "m.toml").write_text(NAMED, encoding="utf-8")
    editions = ("Old name,Maker", "New name,Buyer", "New name,Buyer")
    for day, text in zip((FIRST, SECOND, THIRD), editions, strict=True):
        (ledger / "t.csv").write_text(f"Id,Name,By,MW\n1,{text},1000\n", encoding="utf-8")
        told = policytrack(ledger, "import", "t.csv", "--map", "m.toml", "--snapshot", "Id", "--known-on", day)
        assert told.code == 0, told.err
        assert ("1 facility_renamed" in told.err) == ("1 project_transferred" in told.err) == (day == SECOND), told.err
    query = "SELECT facility.name, project.firm_id FROM project JOIN facility USING (facility_id)"
    assert rows_of(ledger, query, FIRST) == [{"name": "Old name", "firm_id": "maker"}]
    assert rows_of(ledger, query, THIRD) == [{"name": "New name", "firm_id": "buyer"}]


CLOSING = """\
source = { title = "Register", class = "aggregator" }
[[event]]
type = "facility_registered"
fields = { facility_id = { id = "r{Id}" }, name = { column = "Id" }, country = "FR" }
[[event]]
type = "capacity_stated"
fields = { facility_id = { id = "r{Id}" }, activity_id = "nuclear-power", capacity = { column = "MW", unit = "MW" } }
[[event]]
type = "retirement_announced"
when = { not = { Closes = "" } }
[event.fields]
facility_id = { id = "r{Id}" }
activity_id = "nuclear-power"
capacity = { column = "MW", unit = "MW" }
due = { column = "Closes" }
"""


@pytest.mark.soak
def test_a_planned_retirement_that_moves_or_goes_blank_changes_between_two_editions(ledger: Path) -> None:
    (ledger / "m.toml").write_text(CLOSING, encoding="utf-8")
    # Moved, withdrawn, unchanged; then moved back, and planned again.
    editions = ("2030|2031|2032", "2033||2032", "2030|2031|2032")
    told = []
    for day, text in zip((FIRST, SECOND, THIRD), editions, strict=True):
        rows = "".join(f"{id_},900,{due}\n" for id_, due in enumerate(text.split("|")))
        (ledger / "t.csv").write_text(f"Id,MW,Closes\n{rows}", encoding="utf-8")
        run = policytrack(ledger, "import", "t.csv", "--map", "m.toml", "--snapshot", "Id", "--known-on", day)
        assert run.code == 0, run.err
        told.append(run.err)
    assert "1 retirement_announced" in told[1] and "1 retirement_withdrawn" in told[1]
    assert "2 retirement_announced" in told[2] and "withdrawn" not in told[2]
    query = "SELECT facility_id, due FROM planned_retirement ORDER BY facility_id"
    found = {
        day: {row["facility_id"]: row["due"] for row in rows_of(ledger, query, day, day)}
        for day in (FIRST, SECOND, THIRD)
    }
    first = {"r0": "2030", "r1": "2031", "r2": "2032"}
    assert found == {FIRST: first, SECOND: {"r0": "2033", "r2": "2032"}, THIRD: first}
    assert {row["facility_id"]: row["due"] for row in rows_of(ledger, query, FIRST, THIRD)} == first


OPERATED = """\
source = { title = "Register", class = "aggregator" }
[[event]]
type = "firm_registered"
fields = { firm_id = { column = "From", as_id = true }, name = { column = "From" } }
[[event]]
type = "facility_registered"
fields = { facility_id = { id = "r{Id}" }, name = { column = "Id" }, country = "FR", operator_id = { column = "From", as_id = true } }
[[event]]
type = "capacity_stated"
fields = { facility_id = { id = "r{Id}" }, activity_id = "nuclear-power", capacity = { column = "MW", unit = "MW" } }
"""


def test_an_edition_that_revises_a_firm_keeps_its_identifiers(tmp_path: Path) -> None:
    Ledger.create(tmp_path / "own")
    own = tmp_path / "own"
    columns = "\n".join(f'{name} = {{ column = "{name}" }}' for name in ("firm_id", "name", "country"))
    (own / "m.toml").write_text(
        f'[source]\ntitle = "A tracker"\nclass = "aggregator"\n[[event]]\ntype = "firm_registered"\n[event.fields]\n{columns}\n',
        encoding="utf-8",
    )
    for day, country in (("2024-01-01", "CN"), ("2024-06-01", "SG")):
        (own / f"{day}.csv").write_text(f"firm_id,name,country\nmaker,Maker,{country}\n", encoding="utf-8")
    taken = ("--map", "m.toml", "--yes", "--known-on")
    assert policytrack(own, "import", "2024-01-01.csv", *taken, "2024-01-01").code == 0
    listed = ("correct", "e1", "--set", "identifiers.ticker=600111.XSHG", "--because", "error", "--yes")
    assert policytrack(own, *listed).code == 0
    edition = policytrack(own, "import", "2024-06-01.csv", *taken, "2024-06-01", "--snapshot", "firm_id")
    assert edition.code == 0, edition.err
    assert rows_of(own, "SELECT country_code, ticker, lei FROM firm") == [
        {"country_code": "SG", "ticker": "600111.XSHG", "lei": None}
    ]


def test_a_plant_that_was_sold_between_two_editions_had_its_old_operator_before(ledger: Path) -> None:
    (ledger / "m.toml").write_text(OPERATED, encoding="utf-8")
    take(ledger, FIRST, "1 . Old . 1000|2 . Old . 500")
    told = take(ledger, THIRD, "1 . New . 1000|2 . Old . 500").err
    assert "1 facility_transferred" in told and "revised" not in told
    query = "SELECT facility_id, operator_id FROM facility ORDER BY facility_id"
    for day, operator in (("2019-12-31", "old"), (THIRD, "new")):
        assert [row["operator_id"] for row in rows_of(ledger, query, day)] == [operator, "old"]
