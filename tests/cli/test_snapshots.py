"""A tracker's table at two dates: what became of each thing is recorded as the event that it is, and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import head_of, policytrack
from tests.cli.tracker import MAP, Tracker, brief, table


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Tracker:
    """The first table, recorded; tests only ask what a second would change."""
    tracker = Tracker(tmp_path_factory.mktemp("tracker") / "ledger")
    run = tracker.take("2024-06-30", table())
    assert run.code == 0, run.err
    return tracker


SINCE = "2024-06-30/2025-06-30"


CHANGES: dict[str, tuple[dict[str, str], list[tuple[str, ...]]]] = {
    "o1": ({"status": "idle"}, [("capacity_idled", "o1", "100000", SINCE)]),
    "o2": ({"status": "retired"}, [("capacity_retired", "o2", "101000", SINCE)]),
    "o3": ({"capacity": "120"}, [("project_completed*", "o3", "120000", "1990")]),
    "o4": ({"capacity": "55"}, [("project_completed*", "o4", "55000", "../2024-06-30")]),
    "o5": ({"country": "PK"}, [("facility_registered*", "o5", "", "../2025-06-30")]),
    "k1": ({"status": "operating"}, [("capacity_restarted", "k1", "30000", SINCE)]),
    "k2": ({"status": "retired"}, [("capacity_retired", "k2", "31000", SINCE)]),
    "n1": ({"status": "construction"}, [("construction_started", "n1", "", SINCE)]),
    "n2": ({"status": "cancelled"}, [("project_cancelled", "n2", "", SINCE)]),
    "n3": ({"capacity": "250"}, [("scope_revised", "n3", "250000", SINCE)]),
    "n4": ({"start": "2032"}, [("schedule_revised", "n4", "", SINCE)]),
    "c1": ({"status": "operating", "start": "2025-02"}, [("project_completed", "c1", "300000", "2025-02")]),
    "c2": ({"status": "operating", "start": ""}, [("project_completed", "c2", "301000", SINCE)]),
    "x1": ({"status": "announced"}, [("project_resumed", "x1", "", SINCE)]),
}
NEW = {
    "unit": "d1", "plant": "Delta", "country": "BR", "owner": "Delta Ltd", "status": "announced", "capacity": "10",
}  # fmt: skip
SHARES = {"parent": "Big Corp [55.5%]; New Corp [44.5%]"}


def changed() -> list[dict[str, str]]:
    """The table a year later: a change to each unit of `CHANGES`, a step taken back, a new unit, other shares."""
    changes = {unit: change for unit, (change, _) in CHANGES.items()}
    return table(**changes, c3={"status": "announced"}, d1=NEW, a1=SHARES, a2=SHARES, a3=SHARES)


@pytest.fixture(scope="module")
def recorded(first: Tracker) -> list[dict[str, Any]]:
    """What the table of a year later would record."""
    return first.changes(changed())


@pytest.mark.parametrize("unit", CHANGES)
def test_each_change_is_recorded_as_what_it_is(recorded: list[dict[str, Any]], unit: str) -> None:
    assert [one for one in brief(recorded) if one[1] == unit] == CHANGES[unit][1]


def test_every_event_is_the_source_s_and_was_known_on_the_day_of_the_table(recorded: list[dict[str, Any]]) -> None:
    assert {event["known_on"] for event in recorded} == {"2025-06-30"}
    assert {event["sources"][0]["publisher"] for event in recorded} == {"The Trackers"}
    others = Counter(kind for kind, subject, _, _ in brief(recorded) if subject not in CHANGES)
    assert others == {
        "event_retracted": 1, "firm_registered": 2, "facility_registered": 1, "project_registered": 1,
        "project_announced": 1, "stake_stated": 3,
    }  # fmt: skip


def test_idle_capacity_that_retires_is_idle_no_more_and_a_step_not_taken_is_retracted(
    recorded: list[dict[str, Any]],
) -> None:
    idle = {event["facility_id"]: event["was_idle"] for event in recorded if event["type"] == "capacity_retired"}
    assert idle == {"o2": False, "k2": True}
    (retracted,) = [event for event in recorded if event["type"] == "event_retracted"]
    assert retracted["because"] == "revision"


def test_shares_change_pair_by_pair(recorded: list[dict[str, Any]]) -> None:
    stated = {event["owner_id"]: event["stake_pct"] for event in recorded if event["type"] == "stake_stated"}
    assert stated == {"big-corp": "55.5", "new-corp": "44.5", "small-corp": "0"}


@pytest.mark.soak
def test_what_is_no_longer_listed_is_reported_and_ends_only_when_told(first: Tracker) -> None:
    without = table(a2=None, o6=None, n1=None, n2={"plant": "N1"}, x1=None)
    run = first.take("2025-06-30", without, "-n", "-o", "-")
    assert "2 facilities are no longer listed, left unchanged; --retire-absent records the end: n2, o6" in run.err
    assert "3 projects are no longer listed, left unchanged; --retire-absent records the end: a2, n1, o6" in run.err
    # The project has the name of its plant, N1.
    assert {json.loads(line)["type"] for line in run.out.splitlines()} == {"project_registered", "project_renamed"}
    about_ids = ("project_registered*", "project_renamed")
    told = [one[:3] for one in brief(first.changes(without, "--retire-absent")) if one[0] not in about_ids]
    assert sorted(told) == [
        ("capacity_retired", "alpha", "50000"),
        ("capacity_retired", "o6", "70000"),
        ("scope_revised", "n1", "0"),
    ]


@pytest.mark.soak
def test_recorded_changes_make_what_is_known_equal_to_the_table(first: Tracker, tmp_path: Path) -> None:
    tracker = Tracker(tmp_path / "ledger", like=first)
    run = tracker.take("2025-06-30", changed())
    assert run.code == 0, run.err
    head = head_of(tracker.folder)
    assert " 0 new events" in tracker.take("2025-06-30", changed()).err
    assert head_of(tracker.folder) == head
    alone = Tracker(tmp_path / "alone")
    assert alone.take("2025-06-30", changed()).code == 0
    asked = ("capacity", "--as-of", "2025-06-30", "--known-at", "2025-06-30", "--json")
    assert policytrack(tracker.folder, *asked).out == policytrack(alone.folder, *asked).out
    before = policytrack(tracker.folder, "capacity", "--as-of", "2024-06-30", "--known-at", "2024-06-30", "--json").out
    assert {row["country_code"]: float(row["operating"]) for row in json.loads(before)} == {
        "AU": 150_000, "BR": 0, "CN": 303_000, "IN": 173_000,
    }  # fmt: skip


STATEMENTS = """\
source = { title = "Tracker", publisher = "The Trackers", class = "aggregator" }
ignore = [{ column = "status", words = ["operating"], reason = "it is stated" }]
[[event]]
type = "facility_registered"
fields = { facility_id = { id = "{plant}" }, name = { column = "plant" }, country = { column = "country" } }
[[event]]
type = "capacity_stated"
per = ["plant"]
fields = { facility_id = { id = "{plant}" }, activity_id = "alumina", capacity = { sum = "capacity", unit = "kt/yr" } }
[[event]]
type = "capacity_retired"
when = { status = "retired" }
per = ["plant"]
fields = { facility_id = { id = "{plant}" }, activity_id = "alumina", capacity = { sum = "capacity", unit = "kt/yr" } }
"""


@pytest.mark.soak
def test_more_may_be_retired_than_was_known_to_stand_there(tmp_path: Path) -> None:
    tracker = Tracker(tmp_path / "ledger")
    (tracker.folder / "m.toml").write_text(STATEMENTS, encoding="utf-8")
    units = {
        "g1": {"unit": "g1", "plant": "gone", "country": "AU", "status": "retired", "capacity": "39.98"},
        "s1": {"unit": "s1", "plant": "still", "country": "AU", "status": "operating", "capacity": "50"},
    }
    assert tracker.take("2024-06-30", list(units.values())).code == 0
    units["g1"]["capacity"] = "40"
    units["s1"] |= {"status": "retired", "capacity": "51"}
    units["s2"] = {"unit": "s2", "plant": "still", "country": "AU", "status": "operating", "capacity": "7"}
    told = tracker.take("2025-06-30", list(units.values()), "-n", "-o", "-")
    assert told.code == 0, told.err
    assert brief([json.loads(line) for line in told.out.splitlines()]) == [
        ("capacity_stated", "gone", "20", SINCE),
        ("capacity_retired", "gone", "20", SINCE),
        ("capacity_stated", "still", "58000", SINCE),
        ("capacity_retired", "still", "51000", SINCE),
    ]
    assert tracker.take("2025-06-30", list(units.values())).code == 0
    assert " 0 new events" in tracker.take("2025-06-30", list(units.values())).err
    asked = ("capacity", "--as-of", "2025-06-30", "--known-at", "2025-06-30", "--json")
    assert [row["operating"] for row in json.loads(policytrack(tracker.folder, *asked).out)] == [7000]


@pytest.mark.parametrize(
    ("rows", "words", "code", "what"),
    [
        (table() + table()[:1], (), 3, "row 2 has the key 'a1' too"),
        (table(a1={"unit": ""}), (), 3, "the row has no key"),
    ],
)
def test_a_table_that_cannot_be_a_snapshot_is_refused(
    first: Tracker, rows: list[dict[str, str]], words: tuple[str, ...], code: int, what: str
) -> None:
    head = head_of(first.folder)
    run = first.take("2025-06-30", rows, *words)
    assert run.code == code and what in run.err
    assert head_of(first.folder) == head


def test_a_snapshot_needs_a_map_and_its_source(first: Tracker) -> None:
    assert "--snapshot needs --map" in policytrack(first.folder, "import", "t.csv", "--snapshot", "unit").err
    (first.folder / "n.toml").write_text(MAP.partition("\n")[2], encoding="utf-8")
    run = policytrack(first.folder, "import", "t.csv", "--map", "n.toml", "--snapshot", "unit")
    assert run.code == 2 and "--snapshot needs a source in the map" in run.err
    assert "--retire-absent needs --snapshot" in policytrack(first.folder, "import", "t.csv", "--retire-absent").err
