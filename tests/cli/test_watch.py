"""`watch`: each new event is reported once, and none is lost when the report fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run, head_of, policytrack
from tests.thinning import one_in

STEEL = '\n[watch.steel]\nactivity = ["crude-steel"]\nwhat = "capacity"\n'
PLANT = """events:
  - {type: firm_registered, firm_id: north, name: North Metals, country: DE, known_on: 2020-01-01}
  - {type: facility_registered, facility_id: works, name: Works, country: DE, operator_id: north, known_on: 2020-01-01}
"""


def stated(ledger: Path, capacity: int, known_on: str, activity: str = "crude-steel", day: str = "2026-11-23") -> None:
    event = {"type": "capacity_stated", "facility_id": "works", "activity_id": activity, "capacity": capacity}
    line = json.dumps({**event, "effective": known_on, "known_on": known_on}).encode()
    done = policytrack(ledger, "import", "-", given=line, POLICYTRACK_TODAY=day)
    assert done.code == 0, done.err


def watch(ledger: Path, *words: str, day: str = "2026-11-23") -> Run:
    return policytrack(ledger, "watch", *words, POLICYTRACK_TODAY=day)


def told(ledger: Path, *words: str, day: str = "2026-11-23") -> list[str]:
    run = watch(ledger, *words, "--json", day=day)
    assert run.code == 0, run.err
    return [row["summary"].split(" ")[0] for row in json.loads(run.out)]


@pytest.fixture
def works(tmp_path: Path) -> Path:
    assert policytrack(tmp_path, "init", "works").code == 0
    ledger = tmp_path / "works"
    (ledger / "plant.yaml").write_text(PLANT, encoding="utf-8")
    assert policytrack(ledger, "import", "plant.yaml").code == 0
    with (ledger / "policytrack.toml").open("a", encoding="utf-8") as settings:
        settings.write(STEEL)
    return ledger


def test_each_event_is_reported_once_also_one_about_an_old_date(works: Path) -> None:
    stated(works, 100, "2026-11-01")
    first = watch(works)
    assert (first.code, first.out) == (0, "")
    assert f"steel: reports begin after e{head_of(works)}" in first.err
    stated(works, 200, "2026-11-20")
    stated(works, 300, "2021-05-01")
    stated(works, 9, "2026-11-20", activity="ironmaking")
    assert told(works) == ["300", "200"]
    assert told(works) == []
    quiet = watch(works)
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    stated(works, 400, "2026-11-23")
    assert told(works, day="2026-11-24") == ["400"]
    assert told(works, "--since", "2026-11-20", day="2026-11-24") == ["200", "400"]
    assert told(works, day="2026-11-24") == []


@pytest.mark.soak
def test_an_event_that_was_not_public_yet_is_reported_when_it_is(works: Path) -> None:
    assert told(works, day="2026-11-20") == []
    stated(works, 500, "2026-11-23")
    assert told(works, day="2026-11-21") == []  # recorded, but not public on that day
    assert told(works, day="2026-11-23") == ["500"]
    assert told(works, day="2026-11-24") == []


@pytest.mark.soak
def test_nothing_is_lost_when_the_command_or_the_file_fails(works: Path, tmp_path: Path) -> None:
    watch(works)
    stated(works, 600, "2026-11-22")
    failed = watch(works, "--run", "false")
    assert (failed.code, failed.out) == (1, "")
    assert "'false' ended with 1; the news were not reported" in failed.err
    assert watch(works, "--run", "no-such-program").code == 1
    assert watch(works, "--append", str(tmp_path / "no" / "folder")).code == 5
    full = Path("/dev/full")
    if full.exists():
        assert watch(works, "--append", str(full)).code == 5
    file = tmp_path / "news.jsonl"
    assert watch(works, "--append", str(file)).code == 0
    (row,) = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert (row["watch"], row["what"], row["known_on"]) == ("steel", "capacity", "2026-11-22")
    stated(works, 700, "2026-11-23")
    assert watch(works, "--run", f"tee {tmp_path / 'posted'}", "--format", "markdown").code == 0
    assert "| 4 | capacity_stated |" in (tmp_path / "posted").read_text(encoding="utf-8")
    assert told(works) == []


@pytest.mark.parametrize(
    ("settings", "code", "said"),
    one_in(3, [
        ("", 4, "no filter is saved"),
        ("\n[watch.Steel]\n", 6, "'Steel' is not a name of a filter"),
        ("\n[watch.a]\nfirm = 'x'\n", 6, "unknown key 'firm'"),
        ("\n[watch.a]\ncountry = 3\n", 6, "country of the filter a is not a list of texts"),
        ("\n[watch.a]\nwhat = 'gossip'\n", 6, "'gossip' is not a kind of news"),
        ("\nwatch = 1\n", 6, "the setting watch is not a table"),
        ("\n[watch.a]\nactivity = 'crude-stel'\n", 4, "crude-stel"),
    ]),
)  # fmt: skip
def test_a_filter_that_is_wrong_is_refused_with_its_place(works: Path, settings: str, code: int, said: str) -> None:
    file = works / "policytrack.toml"
    file.write_text(file.read_text(encoding="utf-8").replace(STEEL, "") + settings, encoding="utf-8")
    run = watch(works)
    assert (run.code, run.out) == (code, "")
    assert said in run.err and "hint: " in run.err
    assert policytrack(works, "status").code == 0  # only `watch` needs the filters


def test_names_states_and_ledgers_that_do_not_fit_are_refused(works: Path) -> None:
    assert watch(works, "stel").code == 4
    assert watch(works, "--append", "x", "--run", "true").code == 2
    watch(works)
    state = works / "watch" / "steel.json"
    stored: dict[str, Any] = json.loads(state.read_text(encoding="utf-8"))
    state.write_text(json.dumps({**stored, "digest": "0" * 64}), encoding="utf-8")
    assert watch(works).code == 6
    state.write_text("{", encoding="utf-8")
    damaged = watch(works)
    assert damaged.code == 6 and "steel.json" in damaged.err


@pytest.mark.soak
def test_what_changed_of_a_project_is_shown_also_when_it_is_recorded_days_later(works: Path) -> None:
    file = works / "policytrack.toml"
    file.write_text(file.read_text(encoding="utf-8").replace(STEEL, "\n[watch.all]\n"), encoding="utf-8")
    project = {"project_id": "mill", "facility_id": "works", "name": "Mill", "activity_id": "crude-steel"}
    lines = [
        {"type": "project_registered", **project, "known_on": "2026-01-01"},
        {"type": "project_announced", "project_id": "mill", "capacity": 5000, "due": "2027", "effective": "2026-01-01", "known_on": "2026-01-01"},
    ]  # fmt: skip
    late = {
        "type": "schedule_revised",
        "project_id": "mill",
        "due": "2028",
        "effective": "2026-11-19",
        "known_on": "2026-11-20",
    }
    assert policytrack(works, "import", "-", given=b"\n".join(json.dumps(line).encode() for line in lines)).code == 0
    watch(works)
    assert policytrack(works, "import", "-", given=json.dumps(late).encode()).code == 0
    (row,) = json.loads(watch(works, "--json").out)
    assert row["change"] == "due 2027 → 2028 (+366 days)"
