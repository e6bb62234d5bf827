"""Shareholdings by the `stake` view against those that the Norwegian Petroleum Directorate publishes.

On each date of the files, each area and company: 29,372 shares, of 49 areas and 140 companies, 1975 to 2013.
The data is not part of the repository: see `oracles` for where it is looked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pytest

from policytrack.events import Event
from policytrack.events.ownership import StakeStated, StakeTransferred
from policytrack.ledger import Ledger
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.oracles.npd import NEVER, SOURCE, Converted, Files, Shares, converted, oracles
from tests.projections.world import event, read_model

FOLDER: Final = oracles()
TODAY: Final = Coordinates(date(2013, 5, 8), date(2013, 5, 8))
ONE_DAY: Final = timedelta(days=1)
LATEST: Final = """
SELECT asked.as_of, asked.known_at, stake.owned_id, stake.owner_id, stake.stake_pct
FROM (SELECT unnest($as_of::DATE[]) AS as_of, unnest($known_at::DATE[]) AS known_at) AS asked,
  LATERAL (FROM stake_at(asked.as_of, asked.known_at)) AS stake
"""

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"the data of the publisher is not in {FOLDER}; POLICYTRACK_ORACLES names its parent"
)


@pytest.fixture(scope="module")
def files() -> Files:
    return Files.read(FOLDER)


@pytest.fixture(scope="module")
def made(files: Files) -> Converted:
    return converted(files)


@pytest.fixture(scope="module")
def session(made: Converted, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """Of a ledger that recorded the events, with every check that it makes."""
    ledger = Ledger.create(tmp_path_factory.mktemp("npd") / "ledger")
    assert all(outcome.is_new for outcome in ledger.record(made.events))
    with ledger.ask(TODAY, notes=print) as session:
        yield session


@contextmanager
def recorded(events: Sequence[Event], path: Path) -> Iterator[Session]:
    """A session on a read model of these events, in this order."""
    with Session(read_model(path, events), TODAY) as session:
        yield session


def shares(session: Session, days: Sequence[tuple[date, date]]) -> dict[tuple[date, date], Shares]:
    """What `stake` says as of the one date and known at the other, for each pair of them."""
    found: dict[tuple[date, date], Shares] = {pair: {} for pair in days}
    asked = {"as_of": [as_of for as_of, _ in days], "known_at": [known_at for _, known_at in days]}
    for row in session.query(LATEST, asked).to_pylist():
        of_day = found[row["as_of"], row["known_at"]]
        assert (row["owned_id"], row["owner_id"]) not in of_day, "one pair has two rows"
        of_day[row["owned_id"], row["owner_id"]] = row["stake_pct"]
    return found


def compare(session: Session, expected: dict[tuple[date, date], Shares]) -> tuple[int, list[str]]:
    """How many shares were compared, and each that differs, is missing, or is held by nobody for the publisher."""
    found = shares(session, list(expected))
    differing = [
        f"{area} of {company} on {as_of} known on {known_at}: {found[as_of, known_at].get((area, company))},"
        f" the publisher {published.get((area, company))}"
        for (as_of, known_at), published in expected.items()
        for area, company in sorted(published.keys() | found[as_of, known_at].keys())
        if found[as_of, known_at].get((area, company)) != published.get((area, company))
    ]
    return sum(map(len, expected.values())), differing


def on_each_date(files: Files) -> dict[tuple[date, date], Shares]:
    return {(day, day): files.shares(day) for day in files.days()}


def test_the_shares_on_every_date_are_those_of_the_publisher(session: Session, files: Files) -> None:
    checks, differing = compare(session, on_each_date(files))
    print(f"\n{checks} shares on {len(files.days())} dates, {len(differing)} differ")
    assert differing == []
    assert (checks, len(files.days())) == (29_372, 197)


def test_the_shares_on_the_day_before_every_date_are_those_of_the_publisher(session: Session, files: Files) -> None:
    eves = [day - ONE_DAY for day in files.days()]
    checks, differing = compare(session, {(eve, eve): files.shares(eve) for eve in eves})
    print(f"\n{checks} shares on {len(eves)} dates, {len(differing)} differ")
    assert differing == []
    assert checks == 29_211


def test_what_happens_on_a_date_is_not_known_on_the_day_before(session: Session, files: Files) -> None:
    expected = {(day, day - ONE_DAY): files.shares(day - ONE_DAY) for day in files.days()}
    checks, differing = compare(session, expected)
    assert differing == []
    assert checks == 29_211


def test_what_was_known_last_gives_the_shares_on_every_date(session: Session, files: Files) -> None:
    expected = {(day, TODAY.known_at): files.shares(day) for day in files.days()}
    assert compare(session, expected) == (29_372, [])


def test_the_legs_carry_the_shares_and_all_but_nothing_is_stated_anew(files: Files, made: Converted) -> None:
    assert (len(files.areas), len(files.companies), len(files.spans), len(files.legs)) == (49, 140, 3_715, 1_347)
    print(f"\n{dict(made.counts)}")
    assert made.counts["legs of both sides"] + made.counts["legs of one side"] == len(files.legs)
    assert made.counts["legs of one side"] < 330
    assert made.counts["formed"] == len(files.areas)
    # What no leg says: a last digit that the publisher rounded, and 12 areas that ended, with 51 shares.
    assert (made.counts["restated"], made.counts["ended"]) == (1, 51)
    assert sum(area.ends != NEVER for area in files.areas) == 12


def test_the_order_of_recording_does_not_matter(tmp_path: Path, files: Files, made: Converted) -> None:
    newest_first = sorted(made.events, key=lambda one: one.known_on, reverse=True)
    with recorded(newest_first, tmp_path / "backwards.duckdb") as session:
        assert compare(session, on_each_date(files)) == (29_372, [])


def test_an_area_that_ends_may_be_stated_as_a_venture_without_partners(
    tmp_path: Path, files: Files, made: Converted
) -> None:
    events = [one for one in made.events if not (isinstance(one, StakeStated) and one.stake_pct == 0)]
    assert len(made.events) - len(events) == made.counts["ended"]
    events += [
        event("joint_venture_formed", str(area.ends), venture_id=area.firm_id, partners=[], sources=[SOURCE])
        for area in files.areas
        if area.ends != NEVER
    ]
    with recorded(events, tmp_path / "ended.duckdb") as session:
        assert compare(session, on_each_date(files)) == (29_372, [])


@pytest.mark.soak
def test_transfers_that_are_left_out_are_noticed(tmp_path: Path, files: Files, made: Converted) -> None:
    transfers = [one for one in made.events if isinstance(one, StakeTransferred)]
    left_out = [transfers[place] for place in (0, 300, -1)]
    events = [one for one in made.events if one not in left_out]
    with recorded(events, tmp_path / "short.duckdb") as session:
        checks, differing = compare(session, on_each_date(files))
    assert checks == 29_372
    for transfer in left_out:
        for company in (transfer.from_id, transfer.to_id):
            assert any(one.startswith(f"{transfer.owned_id} of {company} on {transfer.known_on}") for one in differing)
    assert len({one.split(" of ")[0] for one in differing}) == len({transfer.owned_id for transfer in left_out})
