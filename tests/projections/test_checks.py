"""The checks: for every file one case that trips it and one close by that does not."""

from __future__ import annotations

import contextlib
import shutil
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from policytrack.decide.objections import CHECKS, DOUBTS
from policytrack.questions import ask
from policytrack.readmodel import checks, sql_tokens
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session, connect
from policytrack.readmodel.sql_files import Catalogue
from policytrack.resources import PROJECTIONS
from tests.oracles.histories import history
from tests.oracles.questions import coordinates
from tests.projections.check_cases_building import BUILDING, RULES, plan, step
from tests.projections.check_cases_owners_and_policy import OWNERS_AND_POLICY
from tests.projections.check_cases_repeats import REPEATS
from tests.projections.world import (
    claim,
    corrected,
    facility,
    firm,
    found_by,
    moved,
    read_model,
    retracted,
    rows,
    stated,
)

XINHUA = {"title": "Approved", "publisher": "Xinhua", "class": "state-media"}
NOTICE = {"title": "Notice", "publisher": "the ministry", "class": "regulator"}
CASES: Final = {**BUILDING, **OWNERS_AND_POLICY, **REPEATS}
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
APART: Final = {
    "support_does_not_add_up",
    "event_without_source",
    "event_from_the_future",
    "national_sum_off",
    "state_media_uncorroborated",
}
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


@pytest.mark.soak
def test_checks_that_run_one_after_the_other_find_what_the_view_finds(
    world: Path, findings: list[dict[str, Any]]
) -> None:
    day = date(2026, 1, 1)
    order = ("severity", "check_name", "subject", "message")
    expected = sorted(findings, key=lambda row: [row[name] for name in order])
    with Session(world, Coordinates(day, day)) as session:
        found = ask(session, "check")
        assert found.select(order).to_pylist() == [{name: row[name] for name in order} for row in expected]
        assert ask(session, "concerns").num_rows == sum(row["acknowledged"] is None for row in findings)
        for name in ("names_alike",):
            of_one = [row for row in found.to_pylist() if row["check_name"] == name]
            assert of_one
            assert ask(session, "check", {"check_name": [name]}).to_pylist() == of_one
        listed = session.query("SELECT unnest(check_names) AS name FROM check_part")["name"].to_pylist()
    assert sorted(listed) == NAMES


def subjects(found: list[dict[str, Any]], name: str) -> set[str]:
    return {one["subject"] for one in found if one["check_name"] == name}


def test_every_check_has_a_case() -> None:
    assert sorted({*CASES, *APART}) == NAMES


def test_the_checks_that_are_asked_at_recording_are_doubts_and_impossible_figures_that_no_decision_refuses() -> None:
    asked = {file.name for file in Catalogue.load(PROJECTIONS).checks if checks.is_asked_at_recording(file.comment)}
    of_figures = {"idle_beyond_installed", "owner_sold_more_than_held", "shares_above_100"}
    # A retirement beyond a known figure is refused; one of capacity that nobody stated is only asked about.
    assert asked == set(DOUBTS) | of_figures | {"retirement_beyond_installed"}
    assert asked & set(CHECKS) == {"retirement_beyond_installed"}
    assert set(CHECKS) <= set(NAMES)


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


def test_events_without_a_source_are_one_finding_a_type_until_a_claim_supports_them(tmp_path: Path) -> None:
    bare, supported = stated("works", "1", "2020-01-01"), stated("works", "2", "2020-02-01")
    named = step("project_suspended", "p", "2020-01-01", sources=[NOTICE])
    given = [facility("works"), bare, supported, named, claim(supported, "corroborates", "2020-03-01", [NOTICE])]
    model = read_model(tmp_path / "bare.duckdb", given)
    for day, positions in (("2020-02-01", [2, 3]), ("2020-04-01", [2])):
        (found,) = found_by(model, "event_without_source", day)
        assert (found["subject"], found["positions"]) == ("type:capacity_stated", positions)
    assert (
        found["message"] == "1 capacity_stated event names no source, the first e2; add one with `claim` or `correct`"
    )


def test_an_event_known_after_it_was_recorded_is_found_until_that_day(tmp_path: Path) -> None:
    late = stated("works", "2", "2020-06-01", known_on="2062-06-10")
    given = [firm("builder"), facility("works", "builder"), stated("works", "1", "2020-01-01"), late]
    model = read_model(tmp_path / "late.duckdb", given)
    name = "event_from_the_future"
    for day in ("2021-01-01", "2062-06-09"):
        assert [(one["subject"], one["positions"]) for one in found_by(model, name, day)] == [("facility:works", [4])]
    assert found_by(model, name, "2062-06-10") == []
    mended = read_model(tmp_path / "mended.duckdb", [*given, corrected(late, "error", "2020-06-10")])
    assert found_by(mended, name, "2021-01-01") == []


@pytest.mark.soak
def test_a_nation_that_counts_a_plant_twice_is_found(findings: list[dict[str, Any]], tmp_path: Path) -> None:
    projections = tmp_path / "projections"
    shutil.copytree(PROJECTIONS, projections)
    nation = projections / "_national_sum.sql"
    once = "FROM capacity_step"
    assert once in nation.read_text()
    nation.write_text(nation.read_text().replace(once, "FROM (FROM capacity_step UNION ALL FROM capacity_step)"))
    given = [firm("builder"), facility("works", "builder"), stated("works", "100", "2020-01-01")]
    path = read_model(tmp_path / "twice.duckdb", given, projections=projections)
    assert {one["subject"] for one in found_by(path, "national_sum_off", "2026-01-01")} == {"country:CN"}
    assert not subjects(findings, "national_sum_off")


def test_a_finding_names_its_events_and_says_how_much(findings: list[dict[str, Any]]) -> None:
    (one,) = [one for one in findings if (one["check_name"], one["subject"]) == ("lot_overdrawn", "swap:drawn-beyond")]
    assert one["message"] == "draws 60 t/yr of credit lot furnaces, which held 100: 20 too much"
    assert [EVENTS[position - 1].type for position in one["positions"]] == [
        "credit_lot_recognised", "capacity_swap_announced", "capacity_swap_announced"
    ]  # fmt: skip
    assert (one["severity"], one["sentence"], one["acknowledged"]) == (
        "error", "A credit lot is drawn beyond its capacity.", None
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
    before, known_before = ("2022-02-28", "2022-02-28"), ("2026-01-01", "2022-02-28")
    assert found_by(world, "swap_revoked_project_goes_on", "2026-01-01")
    for days in (before, known_before):
        assert not found_by(world, "swap_revoked_project_goes_on", *days)
    assert "project:late" in {one["subject"] for one in found_by(world, "project_overdue", *known_before)}
    assert "project:late" not in {one["subject"] for one in found_by(world, "project_overdue", *before)}


def test_a_retirement_known_before_any_statement_is_found_until_the_statement_is_known(world: Path) -> None:
    name = "retirement_beyond_installed"
    figure = "SELECT installed FROM facility_capacity WHERE facility_id = 'unstated-plant'"
    as_of = "2021-01-01"
    for day in (as_of, "2026-01-01"):
        assert rows(world, figure, day, "2023-12-31") == [{"installed": -100}]
    found = found_by(world, name, as_of, "2023-12-31")
    assert [one["message"] for one in found if one["subject"] == "facility:unstated-plant"] == [
        "100 t REO/yr of rare-earth-separation retired (../2021-01-01), and nothing known says what was installed by then"
    ]
    assert rows(world, figure, as_of, "2024-01-01") == [{"installed": 0}]
    assert "facility:unstated-plant" not in {one["subject"] for one in found_by(world, name, as_of, "2024-01-01")}


@pytest.mark.soak
def test_the_check_of_retirements_needs_little_memory_for_many_at_one_facility(tmp_path: Path) -> None:
    retired = [moved("retired", "mine", "1", "2021-01-01") for _ in range(9_000)]
    events = [firm("miner"), facility("mine", "miner"), stated("mine", "8999", "2020-01-01"), *retired]
    path = read_model(tmp_path / "mine.duckdb", events)
    year = Coordinates(date(2022, 1, 1), date(2022, 1, 1))
    # The positions of each retirement's predecessors would be 40 million, 320 MB.
    with contextlib.closing(connect(path, year, memory_limit="150MB")) as connection:
        question = checks.doubts(["retirement_beyond_installed"])
        ((_, subject, message, positions),) = connection.execute(question, {"since": 0}).fetchall()
    assert subject == "facility:mine"
    assert "1 more than was installed" in message
    assert positions == list(range(3, 9_004))


@pytest.mark.soak
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
        events = history(seed, 100)
        path = read_model(tmp_path / f"{seed}.duckdb", events, own=own)
        asked = coordinates(events, seed, 40)
        days = {"as_of": [one.as_of for one in asked], "known_at": [one.known_at for one in asked]}
        with Session(path, Coordinates(asked[0].as_of, asked[0].known_at)) as session:
            below += session.query(question, days).to_pylist()
    assert len(below) > 10
    assert [row for row in below if row["is_silent"]] == []


@pytest.mark.soak
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
             stated("works", "100", "2020-01-01", sources=[NOTICE]),
             stated("shed", "10", "2020-01-01", sources=[NOTICE])]  # fmt: skip
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
    comment = sql_tokens.opening_comment((PROJECTIONS / "checks" / f"{name}.sql").read_text(encoding="utf-8"))
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
