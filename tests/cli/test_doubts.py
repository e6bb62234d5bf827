"""Warnings about what was recorded: repeats, statements that disagree, shares that do not add up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, policytrack
from tests.copies import copied

BASE = """events:
  - {type: firm_registered, firm_id: north, name: North Metals, country: DE, known_on: 2020-01-01}
  - {type: firm_registered, firm_id: south, name: South Metals, country: DE, known_on: 2020-01-01}
  - {type: facility_registered, facility_id: works, name: Works, country: DE, operator_id: north, known_on: 2020-01-01}
  - {type: capacity_stated, facility_id: works, activity_id: crude-steel, capacity: 10000, effective: 2019-12-31, known_on: 2020-01-01}
  - {type: capacity_retired, facility_id: works, activity_id: crude-steel, capacity: 2000, effective: 2021-06, known_on: 2021-07-01,
     sources: [{title: Shop closes, publisher: First Paper, class: trade-press}]}
"""
SECOND = {
    "type": "capacity_retired", "facility_id": "works", "activity_id": "crude-steel", "capacity": "2 kt/yr",
    "effective": "2021-06-15", "known_on": "2021-07-03",
    "sources": [{"title": "Works shuts a shop", "publisher": "Second Paper", "class": "trade-press"}],
}  # fmt: skip
CLOSURE = (
    "record", "capacity-retired", "--facility-id", "works", "--activity-id", "crude-steel", "--capacity", "2000",
    "--effective", "2021-06-15", "--known-on", "2021-07-03", "--source", "title=Works shuts a shop,class=trade-press",
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger of `BASE`, to be copied."""
    folder = tmp_path_factory.mktemp("base")
    assert policytrack(folder, "init", "works").code == 0
    run = imported(folder / "works", "base.yaml", BASE)
    assert (run.code, "warning" in run.err) == (0, False)
    return folder / "works"


@pytest.fixture
def works(made: Path, tmp_path: Path) -> Path:
    return copied(made, tmp_path / "works")


def imported(ledger: Path, name: str, text: str, *words: str) -> Run:
    (ledger / name).write_text(text, encoding="utf-8")
    return policytrack(ledger, "import", name, *words)


IMPOSSIBLE = """events:
  - {type: facility_registered, facility_id: mill, name: Mill, country: SE, known_on: 2020-01-01}
  - {type: capacity_retired, facility_id: mill, activity_id: crude-steel, capacity: 16000, effective: 2019, known_on: 2020-01-01}
  - {type: capacity_idled, facility_id: works, activity_id: crude-steel, capacity: 11000, effective: 2022, known_on: 2023-01-01}
  - {type: stake_stated, owned_id: north, owner_id: south, stake_pct: 70, effective: 2020, known_on: 2021-01-01}
  - {type: firm_registered, firm_id: west, name: West Metals, country: DE, known_on: 2020-01-01}
  - {type: stake_stated, owned_id: north, owner_id: west, stake_pct: 60, effective: 2020, known_on: 2021-01-01}
"""


def test_figures_that_cannot_be_are_warned_of_before_and_after_an_import(works: Path) -> None:
    expected = [
        "warning: idle_beyond_installed: facility:works: 11,000 t/yr of crude-steel idle; 8,000 is installed",
        "warning: retirement_beyond_installed: facility:mill: 16,000 t/yr of crude-steel retired (2019), and nothing"
        " known says what was installed by then",
        "warning: shares_above_100: firm:north: the issued shares of 2 owners add up to 130 %",
    ]
    dry = imported(works, "impossible.yaml", IMPOSSIBLE, "--dry-run")
    assert [line for line in dry.err.splitlines() if line.startswith("warning")] == expected
    run = imported(works, "impossible.yaml", IMPOSSIBLE)
    assert (run.code, [line for line in run.err.splitlines() if line.startswith("warning")]) == (0, expected)
    assert "hint: retirement_beyond_installed: record what was installed, with its day" in run.err


@pytest.mark.parametrize("name", ["second.yaml", "second.jsonl"])
def test_an_import_warns_of_an_event_that_another_source_reported_and_says_what_to_do(works: Path, name: str) -> None:
    text = json.dumps({"events": [SECOND]} if name.endswith("yaml") else SECOND)
    run = imported(works, name, text)
    assert run.code == 0
    assert run.err.splitlines()[-2:] == [
        "warning: reported_twice: facility:works: “2 kt/yr retired at works” (2021-06-15, e6) may repeat"
        " “2000 retired at works” (2021-06, e5); both count",
        "hint: reported_twice: if both are one event: policytrack retract e6 --because error --reason TEXT, then"
        ' policytrack claim e5 --corroborates --source "title=…,class=…"; if nothing is wrong:'
        ' policytrack correct e6 --because error --acknowledge reported_twice "reason"',
    ]
    again = imported(works, name, text)
    assert "warning" not in again.err


@pytest.mark.soak
def test_a_dry_run_and_a_recording_warn_too_and_quiet_ones_do_not(works: Path) -> None:
    dry = policytrack(works, *CLOSURE, "--dry-run")
    assert "reported_twice" in dry.err
    assert "record instead: policytrack claim e5 --corroborates" in dry.err
    assert "reported_twice" in imported(works, "second.yaml", json.dumps({"events": [SECOND]}), "--dry-run").err
    assert policytrack(works, "-q", *CLOSURE).err == ""
    assert "e6" in policytrack(works, "check").out


@pytest.mark.soak
def test_an_acknowledgement_answers_the_warning_at_recording_and_afterwards(works: Path) -> None:
    told = policytrack(works, *CLOSURE, "--acknowledge", "reported-twice", "the second of two shops")
    assert (told.code, told.err) == (0, "recorded e6 capacity_retired\n")
    assert policytrack(works, "check").out == ""
    third = policytrack(works, *[word.replace("06-15", "06-20").replace("shuts", "closes") for word in CLOSURE])
    assert "reported_twice" in third.err
    answered = policytrack(works, "correct", "e7", "--because", "error", "--acknowledge", "reported_twice", "the third")
    assert (answered.code, answered.out) == (0, "acknowledged: reported_twice: the third\n")
    assert answered.err == "recorded e8 capacity_retired\n"
    assert policytrack(works, "check").out == ""


@pytest.mark.soak
def test_a_claim_in_place_of_the_repeat_leaves_no_finding(works: Path) -> None:
    policytrack(works, *CLOSURE)
    policytrack(works, "retract", "e6", "--because", "error", "--reason", "e5 reports it")
    run = policytrack(works, "claim", "e5", "--corroborates", "--source", "title=Works shuts a shop,class=trade-press")
    assert run.code == 0
    assert policytrack(works, "check").out == ""


def test_many_doubts_are_counted(works: Path) -> None:
    shares = [
        {
            "type": "stake_stated",
            "owned_id": "north",
            "owner_id": "south",
            "stake_pct": f"{share}",
            "effective": f"20{year}-01-01",
        }
        for year in range(10, 22)
        for share in (30, 40)
    ]
    text = "\n".join(json.dumps({**one, "known_on": f"2022-01-{day + 1:02}"}) for day, one in enumerate(shares))
    run = imported(works, "shares.jsonl", text)
    assert run.err.count("warning: statements_disagree") == 8
    assert "warning: 4 more; list them with `policytrack check`" in run.err


@pytest.mark.soak
def test_own_checks_may_be_asked_at_recording(works: Path) -> None:
    opening = "/* A closure is large. Severity: warning. Asked at recording. One row per closure. */"
    query = (
        "SELECT 'facility:' || facility_id AS subject, 'large' AS message, [position] AS positions FROM capacity_move"
    )
    (works / "projections" / "checks" / "large.sql").write_text(f"{opening}\n{query} WHERE capacity >= 2000")
    run = policytrack(works, *CLOSURE)
    assert "warning: large: facility:works: large\n" in run.err
    assert "hint: large: correct or retract what is wrong\n" in run.err


def test_a_firm_that_is_named_like_another_is_warned_of_with_the_id_that_exists(works: Path) -> None:
    run = policytrack(works, "record", "firm-registered", "--firm-id", "north-metals", "--name", "North  metals")
    assert run.code == 0
    assert "names_alike: firm:north-metals: is named like firm:north: “North Metals” and “North␣␣metals”" in run.err
    assert "“North␣␣metals” has several spaces in a row" in run.err
    assert "hint: names_alike: if both are one thing, use the id that exists: policytrack retract e6" in run.err


def test_what_cannot_be_is_refused_with_its_place(works: Path) -> None:
    words = ("record", "facility-registered", "--facility-id", "mill", "--name", "Mill", "--country", "CN")
    run = policytrack(works, *words, "--region", "US-TX")
    assert (run.code, run.err.splitlines()) == (
        3,
        [
            "policytrack: error PT201: facility_registered.region: region US-TX is not in country CN (--region)",
            "hint: use a region of CN, or country US",
        ],
    )
    table = "type,owned_id,owner_id,stake_pct,effective\nstake_stated,north,north,5,2020-01-01\n"
    refused = imported(works, "own.csv", table)
    assert refused.code == 3
    assert "own.csv:2:20: error PT201: stake_stated.owner_id: north cannot hold a stake in itself" in refused.err


@pytest.mark.soak
def test_an_id_of_a_facility_and_a_firm_shows_both(works: Path) -> None:
    policytrack(works, "record", "firm-registered", "--firm-id", "works", "--name", "Works Limited", "--country", "DE")
    first = policytrack(works, "show", "works")
    assert first.out.startswith("firm works")
    assert "note: works is also the id of a facility: policytrack show facility:works" in first.err
    assert policytrack(works, "show", "facility:works").out.startswith("facility works")
    assert policytrack(works, "show", "firm:works").out.startswith("firm works")
    assert policytrack(works, "show", "project:works").code == 4


UNITS = """type,facility_id,activity_id,capacity (kt/yr),effective,known_on,source.title,source.class
capacity_stated,works,crude-steel,100,2024-01-01,2024-04-15,A survey,aggregator
capacity_stated,works,crude-steel,200,2024-01-01,2024-04-15,A survey,aggregator
capacity_stated,works,crude-steel,300,2024-01-02,2024-04-15,A survey,aggregator
"""


def test_rows_of_one_source_that_contradict_each_other_are_refused_in_every_format(works: Path) -> None:
    table = imported(works, "units.csv", UNITS)
    assert table.code == 3
    assert (
        "units.csv:3:1: error PT305: statements_disagree: crude-steel at works for 2024-01-01 is 200 kt/yr here"
        in table.err
    )
    assert "100 kt/yr in units.csv:2:1" in table.err
    one = {
        "type": "stake_stated", "owned_id": "north", "owner_id": "south", "stake_pct": "60",
        "effective": "2024-01-01", "known_on": "2024-04-15",
    }  # fmt: skip
    two = [one, {**one, "stake_pct": "50"}]
    for name, text in (("s.jsonl", "\n".join(map(json.dumps, two))), ("s.yaml", json.dumps({"events": two}))):
        run = imported(works, name, text, "--dry-run")
        assert run.code == 3, run
        assert "the share of south in north for 2024-01-01 is 50 % here and 60 % in " in run.err
    assert (
        imported(works, "later.jsonl", "\n".join(map(json.dumps, [one, {**two[1], "known_on": "2024-05-01"}]))).code
        == 0
    )


@pytest.mark.soak
def test_what_is_acknowledged_or_exported_with_ids_goes_in(works: Path, tmp_path: Path) -> None:
    shared = {
        "type": "capacity_stated",
        "facility_id": "works",
        "activity_id": "crude-steel",
        "effective": "2024-01-01",
    }
    reason = [{"check": "statements_disagree", "reason": "as the survey prints them"}]
    rows = [{**shared, "capacity": "100"}, {**shared, "capacity": "200", "acknowledged": reason}]
    taken = imported(works, "units.jsonl", "\n".join(map(json.dumps, rows)))
    assert (taken.code, "warning" in taken.err) == (0, False), taken
    apart = imported(works, "apart.jsonl", json.dumps({**shared, "capacity": "300"}))
    assert (apart.code, "warning: statements_disagree" in apart.err) == (0, True)
    assert policytrack(works, "export", "events", "-o", "all.jsonl").code == 0
    assert policytrack(tmp_path, "init", "again").code == 0
    again = policytrack(tmp_path / "again", "import", str(works / "all.jsonl"))
    assert again.code == 0, again


def test_a_circle_of_mergers_is_refused_at_recording_and_import(works: Path) -> None:
    merger = {"type": "firm_merged", "effective": "2024-01-01", "known_on": "2024-01-02"}
    there, back = (
        {**merger, "firm_id": "north", "into_firm_id": "south"},
        {**merger, "firm_id": "south", "into_firm_id": "north"},
    )
    both = imported(works, "both.jsonl", "\n".join(map(json.dumps, [there, back])))
    assert (both.code, "circle" in both.err) == (3, True)
    assert imported(works, "there.jsonl", json.dumps(there)).code == 0
    refused = imported(works, "back.jsonl", json.dumps(back))
    assert refused.code == 3
    assert refused.err.startswith("back.jsonl:1:114: error PT302: firm_merged: the mergers would make a circle"), (
        refused.err
    )
    words = ("record", "firm-merged", "--firm-id", "south", "--into-firm-id", "north", "--effective", "2024-02-01")
    assert policytrack(works, *words).code == 3
