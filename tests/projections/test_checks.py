"""The checks: for every file one case that trips it and one close by that does not."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Final

import pytest

from policytrack.events import Event
from policytrack.readmodel import checks, sql_text
from policytrack.readmodel.catalogue import Catalogue
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from policytrack.resources import PROJECTIONS
from tests.oracles.histories import history
from tests.oracles.questions import coordinates
from tests.projections.test_policy import CLINKER, OPEN, draws, lot, rule, swap
from tests.projections.world import (
    claim,
    corrected,
    event,
    facility,
    firm,
    moved,
    project,
    read_model,
    retracted,
    rows,
    stated,
)

MINING = {"jurisdiction": "CN", "activity_id": "rare-earth-mining-quota", "stage": "mining"}
XINHUA = {"title": "Approved", "publisher": "Xinhua", "class": "state-media"}
NOTICE = {"title": "Notice", "publisher": "the ministry", "class": "regulator"}


def donor(capacity: str, where: str = "donor", **fields: Any) -> dict[str, Any]:
    return {"facility_id": where, "capacity": capacity, **fields}


def plan(id_: str, day: str, capacity: str = "100", **fields: Any) -> list[Event]:
    """A separation project and its announcement."""
    return [
        project(id_, "works", "builder"),
        event("project_announced", day, project_id=id_, capacity=capacity, **fields),
    ]


def step(kind: str, id_: str, day: str, known_on: str | None = None, **fields: Any) -> Event:
    return event(kind, day, known_on, project_id=id_, **fields)


def quota(id_: str, year: int, amount: str, batch: str = "B1", **fields: Any) -> Event:
    given = {"material": "light", **MINING, "quota_id": id_, "year": year, "batch": batch, "amount": amount, **fields}
    return event("quota_issued", f"{year}-03-01", **given)


def share(owned: str, owner: str, percent: str, day: str = "2020-01-01") -> Event:
    return event("stake_stated", day, owned_id=owned, owner_id=owner, stake_pct=percent, kind="issued")


def sold(owned: str, seller: str, percent: str, day: str = "2021-01-01") -> Event:
    given = {"owned_id": owned, "from_id": seller, "to_id": "buyer", "stake_pct": percent, "kind": "sale"}
    return event("stake_transferred", day, **given)


RULES = [
    rule("ratio-rule", "replacement_ratio", "2021-06-01", ratio_min="1.25"),
    rule("pause", "moratorium", "2024-08-23"),
    rule("whole-lots", "no_split", "2024-11-01", "cement-clinker"),
]
_REVOKED = {"reason": "counted twice"}
CONTESTED = quota("contested", 2019, "60", holder_id="owner", jurisdiction="AR")
AGREED = quota("agreed", 2019, "60", holder_id="buyer", jurisdiction="AR")
TAKEN_OVER = quota("taken-over", 2018, "60", holder_id="buyer", jurisdiction="AR")
CASES: Final[dict[str, tuple[list[Event], set[str], set[str]]]] = {
    "lot_overdrawn": (
        [
            lot("furnaces", "donor", "100", "2020-01-01"),
            *swap("drawn-first", "60", [draws("furnaces", "60")], "2020-06-01", ratio="1"),
            *swap("drawn-beyond", "60", [draws("furnaces", "60")], "2020-07-01", ratio="1"),
            lot("kept", "donor", "100", "2020-01-01"),
            *swap("drawn-full", "100", [draws("kept", "100")], "2020-06-01", ratio="1"),
        ],
        {"swap:drawn-beyond"},
        {"swap:drawn-first", "swap:drawn-full"},
    ),
    "legs_below_required": (
        [
            *swap("short", "7000", [donor("300"), donor("4000")], "2020-02-01", ratio="1"),
            *swap("enough", "7000", [donor("3000"), donor("4000")], "2020-02-01", ratio="1"),
        ],
        {"swap:short"},
        {"swap:enough"},
    ),
    "ratio_below_rule": (
        [
            *swap("too-low", "100", [donor("120")], "2022-01-01", ratio="1.2"),
            *swap("just-so", "100", [donor("125")], "2022-01-01", ratio="1.25"),
        ],
        {"swap:too-low"},
        {"swap:just-so"},
    ),
    "swap_in_moratorium": (
        [
            *swap("in-the-pause", "100", [donor("125")], "2024-09-01", ratio="1.25"),
            *swap("day-before", "100", [donor("125")], "2024-08-22", ratio="1.25"),
        ],
        {"swap:in-the-pause"},
        {"swap:day-before"},
    ),
    "lot_split": (
        [
            lot("kiln", "donor", "2000", "2020-01-01", **CLINKER),
            *swap("splits", "500", [draws("kiln", "1000")], "2025-03-01", ratio="2", **CLINKER),
            *swap("split-before", "500", [draws("kiln", "1000")], "2022-03-01", ratio="2", **CLINKER),
        ],
        {"swap:splits"},
        {"swap:split-before"},
    ),
    "lot_expired": (
        [
            lot("old-lot", "donor", "100", "2017-01-01", expires_on="2018-12-31"),
            *swap("too-late", "40", [draws("old-lot", "40")], "2019-01-01", ratio="1"),
            *swap("last-day", "40", [draws("old-lot", "40")], "2018-12-31", ratio="1"),
        ],
        {"swap:too-late"},
        {"swap:last-day"},
    ),
    "completion_beyond_plan": (
        [
            *plan("too-much", "2020-01-01"),
            step("project_completed", "too-much", "2021-01-01", capacity="60"),
            step("project_completed", "too-much", "2022-01-01", capacity="60"),
            *plan("all-of-it", "2020-01-01"),
            step("project_completed", "all-of-it", "2021-01-01", capacity="100"),
        ],
        {"project:too-much"},
        {"project:all-of-it"},
    ),
    "completion_of_cancelled": (
        [
            *plan("built-anyway", "2020-01-01"),
            step("project_cancelled", "built-anyway", "2021-01-01"),
            step("project_completed", "built-anyway", "2022-01-01", capacity="100"),
            *plan("resumed-first", "2020-01-01"),
            step("project_cancelled", "resumed-first", "2021-01-01"),
            step("project_resumed", "resumed-first", "2021-06-01"),
            step("project_completed", "resumed-first", "2022-01-01", capacity="100"),
        ],
        {"project:built-anyway"},
        {"project:resumed-first"},
    ),
    "retirement_beyond_installed": (
        [
            stated("small-plant", "100", "2020-01-01"),
            moved("retired", "small-plant", "150", "2021-01-01"),
            stated("small-plant", "40", "2022-01-01"),
            stated("right-plant", "100", "2020-01-01"),
            moved("retired", "right-plant", "100", "2021-01-01"),
            stated("vague-plant", "unknown", "2020-01-01"),
            moved("retired", "vague-plant", "100", "2021-01-01"),
            moved("retired", "unstated-plant", "100", "../2021-01-01", "2021-01-01"),
            stated("unstated-plant", "100", "2016-01-01", "2024-01-01"),
        ],
        {"facility:small-plant"},
        {"facility:right-plant", "facility:vague-plant", "facility:unstated-plant"},
    ),
    "donor_undisclosed": (
        [
            *swap("nobody", "100", [{**OPEN, "capacity": "125"}], "2022-01-01", ratio="1.25"),
            *swap("somebody", "100", [donor("125")], "2022-01-01", ratio="1.25"),
        ],
        {"swap:nobody"},
        {"swap:somebody"},
    ),
    "swap_unverified": (
        [
            *swap("vague-leg", "100", [donor(">= 50")], "2022-01-01", ratio="1.25"),
            *swap("exact-leg", "100", [donor("125")], "2022-01-01", ratio="1.25"),
            *swap("vague-day", "100", [donor("125")], "2024-08", known_on="2024-08-31", ratio="1.25"),
            *swap("vague-day-after", "100", [donor("125")], "2021-07", known_on="2021-07-31", ratio="1.25"),
        ],
        {"swap:vague-leg", "swap:vague-day"},
        {"swap:exact-leg", "swap:vague-day-after"},
    ),
    "credit_returned_project_goes_on": (
        [
            lot("given-back", "donor", "100", "2020-01-01"),
            *swap("without-credit", "100", [draws("given-back", "100")], "2020-06-01", ratio="1"),
            event("credit_lot_returned", "2021-01-01", lot_id="given-back", swap_id="without-credit", capacity="100"),
            lot("not-needed", "donor", "100", "2020-01-01"),
            *swap("not-built", "100", [draws("not-needed", "100")], "2020-06-01", ratio="1"),
            event("credit_lot_returned", "2021-01-01", lot_id="not-needed", swap_id="not-built", capacity="100"),
            step("project_cancelled", "not-built-line", "2021-01-01"),
            lot("too-much", "donor", "200", "2020-01-01"),
            *swap("enough-left", "100", [draws("too-much", "120")], "2020-06-01", ratio="1"),
            event("credit_lot_returned", "2021-01-01", lot_id="too-much", swap_id="enough-left", capacity="20"),
        ],
        {"swap:without-credit"},
        {"swap:not-built", "swap:enough-left"},
    ),
    "replacement_without_swap": (
        [
            *plan("replaces", "2020-01-01"),
            step("project_approved", "replaces", "2020-02-01", replacement="equal"),
            *plan("adds", "2020-01-01"),
            step("project_approved", "adds", "2020-02-01", replacement="none"),
        ],
        {"project:replaces"},
        {"project:adds"},
    ),
    "project_overdue": (
        [*plan("late", "2020-01-01", due="2025-12"), *plan("due-today", "2020-01-01", due="2026-01-01")],
        {"project:late"},
        {"project:due-today"},
    ),
    "donor_still_running": (
        [
            *swap("runs-on", "100", [donor("125")], "2022-01-01", ratio="1.25"),
            step("project_completed", "runs-on-line", "2023-01-01", capacity="100"),
            stated("donor", "5000", "2015-01-01", activity_id="crude-steel"),
            *swap("went", "100", [donor("125")], "2022-01-01", ratio="1.25"),
            step("project_completed", "went-line", "2023-01-01", capacity="100"),
            moved("retired", "donor", "125", "2023-01-01", swap_id="went", activity_id="crude-steel"),
        ],
        {"swap:runs-on"},
        {"swap:went"},
    ),
    "swap_revoked_project_goes_on": (
        [
            *swap("taken-back", "100", [donor("125")], "2022-01-01", ratio="1.25"),
            event("capacity_swap_revoked", "2022-03-01", swap_id="taken-back", **_REVOKED),
            project("never-announced", "works", "builder", activity_id="crude-steel"),
            event("capacity_swap_announced", "2022-01-01", swap_id="of-nothing", project_id="never-announced",
                  activity_id="crude-steel", build_capacity="unknown"),
            event("capacity_swap_revoked", "2022-03-01", swap_id="of-nothing", **_REVOKED),
            *swap("given-up", "100", [donor("125")], "2022-01-01", ratio="1.25"),
            event("capacity_swap_revoked", "2022-03-01", swap_id="given-up", **_REVOKED),
            step("project_cancelled", "given-up-line", "2022-04-01"),
        ],
        {"project:taken-back-line", "project:never-announced"},
        {"project:given-up-line"},
    ),
    "shares_above_100": (
        [
            *(firm(name) for name in ("crowded", "exact")),
            share("crowded", "owner", "60"),
            share("crowded", "buyer", "50"),
            share("exact", "owner", "60"),
            share("exact", "buyer", "40"),
        ],
        {"firm:crowded"},
        {"firm:exact"},
    ),
    "owner_sold_more_than_held": (
        [
            *(firm(name) for name in ("short-seller", "seller", "target")),
            share("target", "short-seller", "10"),
            sold("target", "short-seller", "15"),
            share("target", "seller", "10"),
            sold("target", "seller", "10"),
        ],
        {"firm:short-seller"},
        {"firm:seller"},
    ),
    "holder_merged_away": (
        [
            *(firm(name) for name in ("gone", "merged-after", "whole")),
            event("firm_merged", "2021-01-01", firm_id="gone", into_firm_id="owner"),
            share("whole", "gone", "10", "2022-01-01"),
            share("whole", "merged-after", "10", "2022-01-01"),
            event("firm_merged", "2022-06-01", firm_id="merged-after", into_firm_id="owner"),
        ],
        {"firm:gone"},
        {"firm:merged-after"},
    ),
    "statistic_out_of_tolerance": (
        [
            event("capacity_reported", "2020-06-01", region="CN-HE", activity_id="alumina", capacity="900", tolerance_pct="5"),
            event("capacity_reported", "2020-06-01", country="CN", activity_id="alumina", capacity="1000", tolerance_pct="5"),
            stated("hebei-works", "960", "2020-01-01", activity_id="alumina"),
        ],
        {"region:CN-HE"},
        {"country:CN"},
    ),
    "construction_before_approval": (
        [
            *plan("early-ground", "2020-01-01"),
            step("construction_started", "early-ground", "2023-05-24"),
            step("project_approved", "early-ground", "../2023-05-30", "2023-05-30"),
            *plan("ground-after", "2020-01-01"),
            step("project_approved", "ground-after", "2023-05-20"),
            step("construction_started", "ground-after", "2023-05-24"),
        ],
        {"project:early-ground"},
        {"project:ground-after"},
    ),
    "suspension_lapsed": (
        [
            rule("back-again", "export_control", "2025-10-09", "rare-earth-separation"),
            event("rule_suspended", "2025-11-07", rule_id="back-again", until="2025-12-31"),
            rule("still-off", "export_control", "2025-10-09", "rare-earth-separation"),
            event("rule_suspended", "2025-11-07", rule_id="still-off", until="2026-01-01"),
        ],
        {"rule:back-again"},
        {"rule:still-off"},
    ),
    "quota_sum_off": (
        [
            quota("short-a", 2020, "60", holder_id="owner"),
            quota("short-b", 2020, "30", holder_id="buyer"),
            quota("short-nation", 2020, "100"),
            quota("right-a", 2021, "60", holder_id="owner", jurisdiction="US"),
            quota("right-b", 2021, "40", holder_id="buyer", jurisdiction="US"),
            quota("right-nation", 2021, "100", jurisdiction="US"),
            quota("withheld-a", 2022, "60", holder_id="owner", jurisdiction="US"),
            quota("withheld-b", 2022, "withheld", holder_id="buyer", jurisdiction="US"),
            quota("withheld-nation", 2022, "100", jurisdiction="US"),
            quota("all-light", 2023, "60", holder_id="owner", jurisdiction="AU"),
            quota("all-ionic", 2023, "30", holder_id="owner", jurisdiction="AU", material="ionic"),
            quota("all-nation", 2023, "100", jurisdiction="AU", material="all"),
            quota("sum-light", 2023, "60", holder_id="owner", jurisdiction="CA"),
            quota("sum-ionic", 2023, "30", holder_id="owner", jurisdiction="CA", material="ionic"),
            quota("sum-all", 2023, "10", holder_id="buyer", jurisdiction="CA", material="all"),
            quota("sum-part", 2023, "4", holder_id="buyer", jurisdiction="CA", material="ionic"),
            quota("sum-nation", 2023, "100", jurisdiction="CA", material="all"),
            quota("part-light", 2023, "60", holder_id="owner", jurisdiction="CL"),
            quota("part-nation", 2023, "60", jurisdiction="CL"),
            quota("part-nation-all", 2023, "100", jurisdiction="CL", material="all"),
        ],
        {"country:CN", "country:AU"},
        {"country:US", "country:CA", "country:CL"},
    ),
    "claim_contradicted": (
        [
            CONTESTED, AGREED, TAKEN_OVER,
            claim(CONTESTED, "contradicts", "2020-01-01", amount="70"),
            claim(AGREED, "corroborates", "2020-01-01"),
            claim(TAKEN_OVER, "contradicts", "2020-01-01", amount="70"),
            corrected(TAKEN_OVER, "revision", "2020-02-01", amount="70"),
        ],
        {f"event:{CONTESTED.event_id}"},
        {f"event:{AGREED.event_id}", f"event:{TAKEN_OVER.event_id}"},
    ),
    "quota_year_off": (
        [
            quota("half", 2020, "60", holder_id="year-off"),
            quota("other-half", 2020, "30", "B2", holder_id="year-off"),
            quota("whole-year", 2020, "100", "FY", holder_id="year-off"),
            quota("first", 2020, "60", holder_id="year-right"),
            quota("second", 2020, "40", "B2", holder_id="year-right"),
            quota("year", 2020, "100", "FY", holder_id="year-right"),
        ],
        {"firm:year-off"},
        {"firm:year-right"},
    ),
}  # fmt: skip
STATE_MEDIA = [
    stated("right-plant", "1", "2020-01-01", activity_id="rare-earth-metal", sources=[XINHUA]),
    stated("right-plant", "2", "2021-01-01", activity_id="rare-earth-metal", sources=[XINHUA, NOTICE]),
]
REASON = {"check": "completion_beyond_plan", "reason": "the line runs above its nameplate"}
ABOVE = step("project_completed", "above-nameplate", "2021-01-01", capacity="120", acknowledged=[REASON])
NOT_SO = step("project_completed", "not-so", "2021-01-01", capacity="120")
ACKNOWLEDGED = [
    *plan("above-nameplate", "2020-01-01"),
    ABOVE,
    corrected(ABOVE, "revision", "2022-01-01", capacity="110", acknowledged=[]),
    *plan("not-so", "2020-01-01"),
    NOT_SO,
    retracted(NOT_SO, "error", "2022-01-01"),
]
APART: Final = {"national_sum_off", "state_media_uncorroborated"}
"""Checks with a test of their own."""
EVENTS = [
    *(firm(name) for name in ("builder", "owner", "buyer", "year-off", "year-right")),
    *(
        facility(name, "builder")
        for name in ("works", "donor", "small-plant", "right-plant", "vague-plant", "unstated-plant")
    ),
    facility("hebei-works", "builder", region="CN-HE"),
    *RULES,
    *(one for given, _, _ in CASES.values() for one in given),
    *STATE_MEDIA,
    *ACKNOWLEDGED,
]
NAMES: Final = sorted(path.stem for path in (PROJECTIONS / "checks").glob("*.sql"))


@pytest.fixture(scope="module")
def findings(world: Path) -> list[dict[str, Any]]:
    """What all checks find on New Year's Day 2026."""
    return rows(world, "FROM check_result", "2026-01-01")


def subjects(found: list[dict[str, Any]], name: str) -> set[str]:
    return {one["subject"] for one in found if one["check_name"] == name}


def test_every_check_has_a_case() -> None:
    assert sorted({*CASES, *APART}) == NAMES


@pytest.mark.parametrize("name", CASES)
def test_a_check_finds_what_is_wrong_and_not_what_is_close_by(findings: list[dict[str, Any]], name: str) -> None:
    _, trips, near = CASES[name]
    found = subjects(findings, name)
    assert trips <= found
    assert not near & found


def test_what_rests_on_words_of_the_state_alone_is_one_finding_a_source(findings: list[dict[str, Any]]) -> None:
    (one,) = [one for one in findings if one["check_name"] == "state_media_uncorroborated"]
    assert one["positions"] == [EVENTS.index(STATE_MEDIA[0]) + 1]
    assert one["message"] == "nothing else confirms the event that rests on “Approved” (Xinhua)"


def test_a_nation_that_counts_a_plant_twice_is_found(findings: list[dict[str, Any]], tmp_path: Path) -> None:
    projections = tmp_path / "projections"
    shutil.copytree(PROJECTIONS, projections)
    account = projections / "_capacity_account.sql"
    once = "FROM _facility_figure_at(p_as_of, p_known_at)"
    assert once in account.read_text()
    twice = f"FROM (SELECT figure.* {once} AS figure, (VALUES (1), (2)))"
    account.write_text(account.read_text().replace(once, twice))
    given = [firm("builder"), facility("works", "builder"), stated("works", "100", "2020-01-01")]
    path = read_model(tmp_path / "twice.duckdb", given, projections=projections)
    assert subjects(rows(path, "FROM check_result", "2026-01-01"), "national_sum_off") == {"country:CN"}
    assert not subjects(findings, "national_sum_off")


def test_a_finding_names_its_events_and_says_how_much(findings: list[dict[str, Any]]) -> None:
    (one,) = [one for one in findings if (one["check_name"], one["subject"]) == ("lot_overdrawn", "swap:drawn-beyond")]
    assert one["message"] == "draws 60 t/yr of credit lot furnaces, which held 100: 20 too much"
    assert [EVENTS[position - 1].type for position in one["positions"]] == [
        "credit_lot_recognised", "capacity_swap_announced", "capacity_swap_announced"
    ]  # fmt: skip
    assert (one["severity"], one["sentence"], one["acknowledged"]) == (
        "error", "A credit lot is drawn beyond what it holds.", None
    )  # fmt: skip


def test_what_cannot_be_judged_names_the_rules_that_may_have_governed_it(findings: list[dict[str, Any]]) -> None:
    (one,) = [one for one in findings if (one["check_name"], one["subject"]) == ("swap_unverified", "swap:vague-day")]
    assert one["message"] == "from its day and place it is not certain which of these rules governed it: pause"
    assert [EVENTS[position - 1].type for position in one["positions"]] == ["rule_enacted", "capacity_swap_announced"]


def test_what_is_contradicted_is_told_with_both_figures(findings: list[dict[str, Any]]) -> None:
    (one,) = [one for one in findings if one["check_name"] == "claim_contradicted"]
    assert one["message"] == "amount is 70 by “A note”; recorded is: AR 2019 B1 mining light quota of owner: 60"
    assert [EVENTS[position - 1].type for position in one["positions"]] == ["quota_issued", "claim_recorded"]


def test_credit_that_went_back_is_told_with_what_is_missing(findings: list[dict[str, Any]]) -> None:
    (one,) = [one for one in findings if one["check_name"] == "credit_returned_project_goes_on"]
    assert one["message"] == (
        "100 t/yr of credit went back; project without-credit-line is announced, and 100 of 100 t/yr has no named donor"
    )


def test_a_message_has_figures_and_positions_are_events(findings: list[dict[str, Any]]) -> None:
    for one in findings:
        assert one["message"] and one["positions"], one
        assert one["positions"] == sorted(set(one["positions"]))
        assert all(1 <= position <= len(EVENTS) for position in one["positions"])
        assert "None" not in one["message"] and "  " not in one["message"]


def test_what_is_found_depends_on_both_dates(world: Path) -> None:
    before = rows(world, "FROM check_result", "2022-02-28")
    known_before = rows(world, "FROM check_result", "2026-01-01", "2022-02-28")
    assert not subjects(before, "swap_revoked_project_goes_on")
    assert not subjects(known_before, "swap_revoked_project_goes_on")
    assert "project:late" in subjects(known_before, "project_overdue")
    assert "project:late" not in subjects(before, "project_overdue")


def test_a_retirement_known_before_any_statement_is_found_until_the_statement_is_known(world: Path) -> None:
    question = "SELECT message FROM check_result WHERE subject = 'facility:unstated-plant'"
    figure = "SELECT installed FROM facility_capacity WHERE facility_id = 'unstated-plant'"
    for as_of in ("2021-01-01", "2026-01-01"):
        assert rows(world, figure, as_of, "2023-12-31") == [{"installed": -100}]
        assert rows(world, question, as_of, "2023-12-31") == [
            {
                "message": "100 t REO/yr of rare-earth-separation retired (../2021-01-01), and nothing known says what"
                " was installed by then"
            }
        ]
        assert rows(world, figure, as_of, "2024-01-01") == [{"installed": 0}]
        assert rows(world, question, as_of, "2024-01-01") == []


def test_no_figure_that_is_exact_is_below_zero_without_a_finding(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    shutil.copy(PROJECTIONS / "checks" / "retirement_beyond_installed.sql", own / "beyond.sql")
    question = """
        SELECT figure.*, beyond.subject IS NULL AS is_silent
        FROM (SELECT unnest($as_of) AS as_of, unnest($known_at) AS known_at) AS asked,
          LATERAL (FROM facility_capacity_at(asked.as_of, asked.known_at)) AS figure
          LEFT JOIN LATERAL (SELECT DISTINCT subject, message FROM beyond_at(asked.as_of, asked.known_at)) AS beyond
          ON beyond.subject = 'facility:' || figure.facility_id AND contains(beyond.message, figure.activity_id)
        WHERE figure.installed < 0 AND figure.unknown_count = 0
    """
    below = []
    for seed in range(2):
        events = history(seed)
        path = read_model(tmp_path / f"{seed}.duckdb", events, own=own)
        asked = coordinates(events, seed, 40)
        days = {"as_of": [one.as_of for one in asked], "known_at": [one.known_at for one in asked]}
        with Session(path, Coordinates(asked[0].as_of, asked[0].known_at)) as session:
            below += session.query(question, days).to_pylist()
    assert len(below) > 50
    assert [row for row in below if row["is_silent"]] == []


def test_an_acknowledged_finding_is_listed_and_marked_while_the_acknowledgement_stands(world: Path) -> None:
    question = (
        "SELECT acknowledged FROM check_result"
        " WHERE check_name = 'completion_beyond_plan' AND subject = 'project:above-nameplate'"
    )
    assert rows(world, question, "2021-06-01") == [{"acknowledged": REASON["reason"]}]
    assert rows(world, question, "2023-01-01") == [{"acknowledged": None}]


def test_what_was_retracted_is_not_found(findings: list[dict[str, Any]]) -> None:
    assert "project:not-so" not in subjects(findings, "completion_beyond_plan")


def test_own_checks_count_and_those_with_a_mistake_are_left_out_with_a_reason(tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "checks").mkdir(parents=True)
    opening = "/* A plant is too small. Severity: warning. One row per plant. */\n"
    texts = {
        "small": f"{opening}SELECT 'facility:' || plant AS subject, 'small' AS message, [1] AS positions FROM tiny_at(p_as_of, p_known_at)",
        "misspelt": f"{opening}SELECT subject FROM nowhere",
        "silent": "SELECT 'a' AS subject, 'b' AS message, [1] AS positions",
        "circle": f"{opening}SELECT subject, message, positions FROM worried",
        "lot_split": f"{opening}SELECT 'a' AS subject, 'b' AS message, [1] AS positions",
        "incomplete": f"{opening}SELECT 'a' AS subject",
    }
    for name, text in texts.items():
        (own / "checks" / f"{name}.sql").write_text(text)
    (own / "tiny.sql").write_text(
        "/* Mine. */ SELECT facility_id AS plant FROM facility_capacity_at(p_as_of, p_known_at) WHERE installed < 50"
    )
    (own / "worried.sql").write_text("/* Mine. */ SELECT * FROM check_result")
    given = [firm("builder"), facility("works", "builder"), facility("shed", "builder"),
             stated("works", "100", "2020-01-01"), stated("shed", "10", "2020-01-01")]  # fmt: skip
    path = read_model(tmp_path / "world.duckdb", given, own=own, left_out=5)
    assert [
        (one["check_name"], one["severity"], one["subject"]) for one in rows(path, "FROM worried", "2021-01-01")
    ] == [("small", "warning", "facility:shed")]
    reasons = {one["name"]: one["reason"] for one in rows(path, "FROM left_out_view", "2021-01-01")}
    assert reasons.keys() == texts.keys() - {"small"}
    assert "policytrack has a check lot_split" in reasons["lot_split"]
    assert "cannot read what the checks find" in reasons["circle"]
    assert "Severity" in reasons["silent"]


@pytest.mark.parametrize("name", NAMES)
def test_a_check_opens_with_a_sentence_a_severity_and_what_a_row_is(name: str) -> None:
    comment = sql_text.opening_comment((PROJECTIONS / "checks" / f"{name}.sql").read_text(encoding="utf-8"))
    sentence, severity, row = checks.described(comment)
    assert sentence and severity
    assert row.startswith("One row per ")
    assert len(sentence) < 90


def test_a_check_of_policytrack_without_a_severity_names_the_file(tmp_path: Path) -> None:
    from policytrack.errors import QueryFailed

    projections = tmp_path / "projections"
    shutil.copytree(PROJECTIONS, projections)
    (projections / "checks" / "new.sql").write_text("/* One row per thing. */ SELECT 1 AS subject")
    with pytest.raises(QueryFailed, match=r"Severity.*new\.sql"):
        _ = Catalogue.load(projections).views
