"""National nuclear capacity, as known at each of 25 real revisions, against a direct computation on that revision's file.

The rule, here in plain words and in `direct` in plain code: a reactor counts on a day when the file says that it was
built (Operational, Suspended Operation or Shutdown) with a capacity, it had begun by that day, and had not ended by it.
A day that is left out counts from the last day it may be (`--dates latest`) or from the first (`earliest`); both are
compared. One in suspended operation is installed and does not operate, from its unknown day of suspension. Starts and
ends after the commit day have not happened.

known_on is a day: of several revisions of one day the last stands, and is compared as known at that day. Those before
it are compared as well, in a read model that ends where their events end: the head tells apart what a day cannot.
Dates before the first commit and the commit day are compared, not those between: the record remembers from an earlier
revision that a reactor without a date ran by then, while the later file alone says only "by now".
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa
import pytest

from policytrack.events import Event
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.folder import ReadModelFolder
from policytrack.readmodel.session import Session
from policytrack.readmodel.sql_files import Catalogue
from policytrack.resources import EVENTS, PROJECTIONS
from tests.oracles.geonuclear import BUILT, COUNTRIES, Revision, Row, country, events_by_revision, revisions
from tests.projections.world import Dates, batches, read_model

FIXED: Final = tuple(date.fromisoformat(day) for day in ("1975-06-30", "1990-06-30", "2005-06-30", "2016-12-31"))
BOTH: Final[tuple[Dates, ...]] = ("latest", "earliest")
_CHECKOUT: Final = Path(__file__).parents[2]
_QUESTION: Final = """
SELECT as_of_day, known_day, country_code, operating, installed, facility_count
FROM (SELECT unnest($as_of::DATE[]) AS as_of_day, unnest($known_at::DATE[]) AS known_day),
     national_capacity_at(as_of_day, known_day)
WHERE activity_id = 'nuclear-power'
"""


class Figures(NamedTuple):
    """What a country has: MW that operate, MW that are installed, and the reactors that these are."""

    operating: Decimal = Decimal(0)
    installed: Decimal = Decimal(0)
    reactors: int = 0


class Cell(NamedTuple):
    """A date, the day as known at, and a country."""

    as_of: date
    known_at: date
    country_code: str


Answers = dict[Cell, Figures]


class World(NamedTuple):
    """The revisions, the events of each, and a read model of them all."""

    found: list[Revision]
    added: list[list[Event]]
    path: Path

    def last_of_each_day(self) -> list[Revision]:
        return list({revision.day: revision for revision in self.found}.values())

    def events(self) -> list[Event]:
        return [event for added in self.added for event in added]


def snapshots() -> Path:
    """Where the revisions lie: outside of the repository, since their licence is another."""
    given = os.environ.get("POLICYTRACK_ORACLES")
    folders = [Path(given)] if given else []
    folders.append(_CHECKOUT.parent / "shared" / "data")
    for folder in folders:
        found = folder / "geonuclear-revisions" / "snapshots"
        if found.is_dir():
            return found
    told = " or ".join(str(folder) for folder in folders)
    pytest.skip(f"no geonuclear-revisions in {told}: set POLICYTRACK_ORACLES to the folder that holds it")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    found = revisions(snapshots())
    added = events_by_revision(found)
    path = tmp_path_factory.mktemp("geonuclear") / "at_once.duckdb"
    return World(found, added, read_model(path, [event for events in added for event in events]))


def runs(row: Row, on: str, by: str, dates: Dates) -> tuple[bool, bool]:
    """Whether a reactor is installed and whether it operates on a day, by what a file of the day `by` says of it."""
    status, began, ended = row["Status"], row["OperationalFrom"], row["OperationalTo"]
    if status not in BUILT or not row["Capacity"] or began > by:
        return False, False
    is_shut = status == "Shutdown" and not ended > by
    early = dates == "earliest"
    has_begun = (began or ("0001-01-01" if early else ended if is_shut and ended else by)) <= on
    end_of_unknown_day = (began or "0001-01-01") if early else by
    has_ended = is_shut and (ended or end_of_unknown_day) <= on
    is_idle = status == "Suspended Operation" and end_of_unknown_day <= on
    return has_begun and not has_ended, has_begun and not has_ended and not is_idle


def direct(revision: Revision, on: date, dates: Dates) -> Answers:
    """The figures of every country that the file names, from the file alone."""
    known_at = revision.day
    answers = {Cell(on, known_at, country(row)): Figures() for row in revision.rows}
    for row in revision.rows:
        installed, operating = runs(row, on.isoformat(), known_at.isoformat(), dates)
        if installed:
            cell, capacity = Cell(on, known_at, country(row)), Decimal(row["Capacity"])
            before = answers[cell]
            more = capacity if operating else 0
            answers[cell] = Figures(before.operating + more, before.installed + capacity, before.reactors + 1)
    return answers


def answered(path: Path, days: Sequence[tuple[date, date]], dates: Dates) -> Answers:
    """What the read model says, for pairs of a date and a day as known at."""
    as_of, known_at = ([pair[side] for pair in days] for side in (0, 1))
    with Session(path, Coordinates(max(as_of), max(known_at), dates, ())) as session:
        rows = session.query(_QUESTION, {"as_of": as_of, "known_at": known_at}).to_pylist()
    found = {
        Cell(row["as_of_day"], row["known_day"], row["country_code"]): Figures(
            row["operating"], row["installed"], row["facility_count"]
        )
        for row in rows
    }
    assert len(found) == len(rows), "a country has two rows for one date"
    return found


def days_of(revision: Revision) -> list[tuple[date, date]]:
    """The dates that are asked about as known at a revision."""
    return [(on, revision.day) for on in (*FIXED, revision.day)]


def compare(path: Path, asked: Sequence[Revision], conventions: Sequence[Dates] = BOTH) -> tuple[int, list[str]]:
    """All countries and dates at these revisions: the number of comparisons, and what differs."""
    compared, wrong = 0, []
    for dates in conventions:
        answers = answered(path, [days for revision in asked for days in days_of(revision)], dates)
        expected: Answers = {}
        for revision in asked:
            for on, _ in days_of(revision):
                expected.update(direct(revision, on, dates))
        # A country that only one of the two names has nothing in the other.
        for cell in sorted(expected.keys() | answers.keys()):
            compared += 1
            ours, theirs = answers.get(cell, Figures()), expected.get(cell, Figures())
            if ours != theirs:
                wrong.append(f"{cell} ({dates}): read model {ours}, file {theirs}")
    return compared, wrong


def test_every_country_at_every_revision_has_the_capacity_that_the_file_gives(world: World) -> None:
    asked = world.last_of_each_day()
    compared, wrong = compare(world.path, asked)
    print(f"\n{compared} comparisons at {len(asked)} of {len(world.found)} revisions, {len(wrong)} differ")
    assert not wrong, f"{len(wrong)} of {compared} differ; the first:\n" + "\n".join(wrong[:5])
    assert compared >= len(asked) * len(BOTH) * (len(FIXED) + 1) * 35


@pytest.mark.soak
def test_the_head_tells_apart_the_revisions_of_one_day_and_batches_change_nothing(world: World, tmp_path: Path) -> None:
    def source(after: int) -> Iterator[pa.Table]:
        return (batch.slice(max(0, after + 1 - batch["position"][0].as_py())) for batch in parts)

    def digest(position: int) -> str:
        return hashlib.sha256(str(position).encode()).hexdigest()

    parts = list(batches(world.events(), (500, 7)))
    last = world.last_of_each_day()
    heads = list(accumulate(map(len, world.added)))
    folder = ReadModelFolder(tmp_path, Catalogue.load(PROJECTIONS), EVENTS / "reference")
    compared = 0
    for revision, head in zip(world.found, heads, strict=True):
        if revision not in last:
            number, wrong = compare(folder.catch_up((head, digest(head)), digest, source), [revision], ["latest"])
            assert not wrong, f"{revision.name}: {wrong[:5]}"
            compared += number
    print(f"\n{compared} comparisons at the {len(world.found) - len(last)} revisions that the same day replaced")
    assert compared
    caught_up = folder.catch_up((heads[-1], digest(heads[-1])), digest, source)
    assert compare(caught_up, last)[1] == []


def test_the_revision_triangle_of_the_end_of_2016_is_that_of_the_files(world: World) -> None:
    on, first = FIXED[-1], world.found[0].day
    monthly = {first + timedelta(days=number) for number in range(-2, (world.found[-1].day - first).days + 32, 31)}
    days = sorted(monthly | {revision.day - timedelta(days=before) for revision in world.found for before in (0, 1)})
    series = answered(world.path, [(on, day) for day in days], "latest")
    distinct: dict[str, list[Decimal]] = {}
    for day in days:
        ours = {cell.country_code: figures for cell, figures in series.items() if cell.known_at == day}
        known = [revision for revision in world.found if revision.day <= day]
        expected = direct(known[-1], on, "latest") if known else {}
        theirs = {cell.country_code: figures for cell, figures in expected.items()}
        for code in ours.keys() | theirs.keys():
            assert ours.get(code, Figures()) == theirs.get(code, Figures()), f"{code} as known at {day}"
            steps = distinct.setdefault(code, [])
            operating = theirs.get(code, Figures()).operating
            if operating not in steps[-1:]:
                steps.append(operating)
    moved = {code: steps for code, steps in distinct.items() if len(steps) > 1}
    print(f"\n{len(series)} figures as known at {len(days)} days; revised: {' '.join(sorted(moved))}")
    assert len(moved) > 5, "hardly any figure was ever revised: the triangle says too little"


def test_every_country_of_the_files_has_its_code_and_every_kind_of_change_occurs(world: World) -> None:
    assert {row["Country"] for revision in world.found for row in revision.rows} == COUNTRIES.keys()
    kinds = Counter((event.TOPIC, event.supersedes is not None) for event in world.events())
    assert kinds.keys() >= {
        ("facility_registered", False),
        ("facility_registered", True),
        ("capacity_stated", True),
        ("capacity_idled", False),
        ("capacity_retired", True),
        ("event_retracted", False),
    }


COLUMNS: Final = ("Id", "Name", "Country", "Status", "OperationalFrom", "OperationalTo", "Capacity")


def written(folder: Path, name: str, *rows: tuple[str, ...]) -> None:
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([COLUMNS, *rows])


def test_plans_closures_and_reactors_that_vanish_count_as_in_a_file_of_few_lines(tmp_path: Path) -> None:
    written(
        tmp_path,
        "2020-01-10T100000_a",
        ("1", "Runs", "France", "Operational", "1980-01-01", "", "900"),
        ("2", "Is to start", "France", "Operational", "2020-03-01", "", "1000"),
        ("3", "Is to close", "Germany", "Shutdown", "1985-01-01", "2020-02-01", "800"),
        ("4", "Closed some day", "Germany", "Shutdown", "1970-01-01", "", "300"),
        ("5", "Vanishes", "Italy", "Operational", "1978-01-01", "", "200"),
        ("6", "Stands still", "Japan", "Suspended Operation", "1990-01-01", "", "500"),
        ("7", "Began by the day it closed", "Spain", "Shutdown", "", "1992-01-01", "100"),
    )
    written(
        tmp_path,
        "2020-06-01T090000_b",
        ("1", "Runs", "France", "Shutdown", "1980-01-01", "2020-05-01", "900"),
        ("6", "Stands still", "Japan", "Suspended Operation", "", "", "500"),
        ("7", "Began by the day it closed", "Spain", "Shutdown", "", "1992-01-01", "100"),
    )
    written(
        tmp_path,
        "2020-06-01T110000_c",
        ("1", "Runs", "France", "Operational", "1981-01-01", "", "950"),
        ("2", "Is to start", "France", "Operational", "2020-03-01", "", "1000"),
        ("3", "Is to close", "Germany", "Shutdown", "1985-01-01", "2020-02-01", "800"),
        ("4", "Closed some day", "Germany", "Shutdown", "1970-01-01", "1999-01-01", "300"),
        ("6", "Stands still", "Japan", "Operational", "1990-01-01", "", "500"),
        ("7", "Began on the day it closed", "Spain", "Shutdown", "1992-01-01", "1992-01-01", "100"),
    )
    found = revisions(tmp_path)
    events = [event for added in events_by_revision(found) for event in added]
    path = read_model(tmp_path / "few.duckdb", events, (15, 4))
    january, june = date(2020, 1, 10), date(2020, 6, 1)
    answers = answered(path, [(january, january), (january, june), (june, june)], "latest")
    operating = {cell: figures.operating for cell, figures in answers.items() if figures.operating}
    assert operating == {
        Cell(january, january, "FR"): 900,
        Cell(january, january, "DE"): 800,
        Cell(january, january, "IT"): 200,
        Cell(january, june, "FR"): 950,
        Cell(january, june, "DE"): 800,
        Cell(january, june, "JP"): 500,
        Cell(june, june, "FR"): 1950,
        Cell(june, june, "JP"): 500,
    }
    assert answers[Cell(january, january, "JP")].installed == 500
    assert compare(path, [found[0], found[2]])[1] == []
