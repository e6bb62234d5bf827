"""What explanations say: the events behind a figure, those that do not count and why, and how a change came about."""

from __future__ import annotations

from datetime import date

import pytest

from policytrack.errors import NotFound
from policytrack.ledger import Ledger
from policytrack.questions import ask
from policytrack.questions.why_holding import explain_holding
from policytrack.questions.why_national import FIGURES, explain
from policytrack.questions.why_project import explain_project
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.questions.conftest import TODAY, some_coordinates
from tests.thinning import one_in


def at(demo: Ledger, as_of: date, known_at: date) -> Session:
    return Session(demo.generation(notes=lambda _: None), Coordinates(as_of, known_at))


def test_every_leaf_names_an_event_that_stands_or_the_reason_it_needs_none(demo: Ledger) -> None:
    with at(demo, TODAY, TODAY) as session:
        found = explain(session, "pending_net", "CN", "rare-earth-separation")
        standing = {row["position"] for row in ask(session, "log").to_pylist() if row["superseded_by"] is None}
    assert all(leaf["position"] in standing if leaf["position"] else leaf["reason"] for leaf in found.leaves)
    assert all(leaf["sources"] for leaf in found.leaves)
    reasons = {other["reason"] for other in found.not_counted}
    assert "restated since" in reasons


def test_the_figures_that_are_sums_of_steps_are_those_of_the_national_table(demo: Ledger) -> None:
    sums = [figure for figure in FIGURES if figure != "planned_retirement"]
    for as_of, known_at in some_coordinates(7):
        with at(demo, as_of, known_at) as session:
            for row in ask(session, "capacity").to_pylist():
                cell = {"country_code": row["country_code"], "activity_id": row["activity_id"]}
                assert ask(session, "national_sum", cell).to_pylist() == [{name: row[name] for name in ("unit", *sums)}]


@pytest.mark.parametrize("figure", one_in(3, FIGURES))
def test_a_shortened_explanation_has_what_adds_most_as_the_whole_one_has_it(demo: Ledger, figure: str) -> None:
    with at(demo, TODAY, TODAY) as session:
        whole = explain(session, figure, "CN", "rare-earth-separation")
        short = explain(session, figure, "CN", "rare-earth-separation", most=2)
    parts = {part.row["thing"]: part for part in whole.tree() if any(one.counts for one in part.parts)}
    largest = sorted(parts.values(), key=lambda part: -abs(part.row["amount"]))
    if len(parts) <= 2:
        assert short == whole
        return
    assert short.rest is not None
    assert short.tree() == [parts[part.row["thing"]] for part in short.tree()]
    assert [part.row["amount"] for part in short.tree()] == [part.row["amount"] for part in largest[:2]]
    assert short.rest == (len(parts) - 2, sum(part.row["amount"] for part in largest[2:]))
    assert short.total == whole.total == short.reported


def test_of_many_chains_of_shares_those_that_add_most_are_shown(demo: Ledger) -> None:
    with at(demo, TODAY, TODAY) as session:
        whole = explain_holding(session, "shenghe-resources", "rare-earth-separation", "attributable", "operating")
    short = whole.shortened(1)
    assert [leaf["amount"] for leaf in short.leaves] == [3268]
    assert short.rest == (1, 1540)
    assert short.total == whole.total == 4808


def test_events_that_do_not_count_yet_are_shown_with_the_reason(demo: Ledger) -> None:
    with at(demo, date(2025, 10, 20), date(2025, 10, 20)) as session:
        found = explain(session, "pending_gross", "CN", "rare-earth-separation")
    reasons = {
        (other["thing"], other["type"], other["reason"])
        for other in found.not_counted
        if other["thing"] == "project:northern-jinlong-separation"
    }
    assert ("project:northern-jinlong-separation", "project_approved", "known only later") in reasons


def test_a_verdict_rests_on_the_return_of_credit_with_its_source(demo: Ledger) -> None:
    with at(demo, TODAY, TODAY) as session:
        found = explain_project(session, "lianchuan-aluminium-200", "swap_verdict")
    assert found.reported == "unverified"
    assert [(leaf["type"], bool(leaf["sources"])) for leaf in found.leaves] == [
        ("capacity_swap_announced", True),
        ("credit_lot_returned", True),
    ]
    with at(demo, date(2020, 12, 31), TODAY) as session:
        found = explain_project(session, "lianchuan-aluminium-200", "swap_verdict")
    assert found.reported == "pass"
    assert [(other["type"], other["reason"]) for other in found.not_counted] == [
        ("credit_lot_returned", "effective only later")
    ]


def test_a_figure_of_nothing_yet_shows_what_will_make_it(demo: Ledger) -> None:
    with at(demo, date(2022, 12, 31), date(2023, 6, 30)) as session:
        found = explain(session, "pending_gross", "CN", "rare-earth-metal")
    assert (found.reported, found.leaves) == (0, [])
    assert [(other["thing"], other["type"], other["reason"]) for other in found.not_counted] == [
        ("project:jinmenghui-metal-expansion", "project_approved", "known only later")
    ]


@pytest.mark.parametrize("figure", one_in(3, FIGURES))
def test_what_does_not_count_speaks_of_the_same_activity(demo: Ledger, figure: str) -> None:
    with at(demo, TODAY, TODAY) as session:
        found = explain(session, figure, "CN", "crude-steel")
        said = {row["position"]: row["subjects"] for row in ask(session, "log").to_pylist()}
        projects = {
            f"project:{row['project_id']}"
            for row in session.query("FROM project WHERE activity_id = 'crude-steel'").to_pylist()
        }
    for other in found.not_counted:
        assert {"activity:crude-steel", *projects} & set(said[other["position"]]), other
    reasons = {(other["thing"], other["reason"]) for other in found.not_counted}
    wanted = {("swap:hezhou-zhaoxin-swap", "adds nothing")} if figure in ("net", "owed_retirement") else set()
    assert reasons == wanted


def test_a_figure_that_is_not_there_is_said_to_be_missing(demo: Ledger) -> None:
    with at(demo, TODAY, TODAY) as session, pytest.raises(NotFound):
        explain(session, "net", "ZW", "crude-steel")


def test_the_seed_is_learned_as_a_plan_and_then_as_a_replacement(demo: Ledger) -> None:
    january, october = date(2025, 1, 31), date(2025, 10, 31)
    with at(demo, TODAY, TODAY) as session:
        bounds = {"from_as_of": january, "to_as_of": october, "from_known_at": january, "to_known_at": october}
        rows = ask(
            session,
            "diff",
            {**bounds, "country": ["CN"], "activity": ["rare-earth-separation"], "figure_names": ["pending_net"]},
        ).to_pylist()
    assert sum(row["change"] for row in rows) == -5000
    assert {row["cause"] for row in rows} == {"learned"}
    # The approval says that old capacity is to go for it; the swap, announced with it, names which.
    assert [(row["thing"], row["change"]) for row in rows] == [("project:northern-jinlong-separation", -5000)]


def test_a_series_is_the_figure_at_each_of_its_days(demo: Ledger) -> None:
    days = [date(year, 12, 31) for year in range(2019, 2027)]
    known = [date(2025, 6, 30)] * len(days)
    with at(demo, TODAY, TODAY) as session:
        table = ask(session, "series", {"as_of_days": days, "known_at_days": known}).to_pylist()
    for day, known_at in zip(days, known, strict=True):
        with at(demo, day, known_at) as session:
            national = ask(session, "capacity")
        # What is planned to be retired, and the ends of what is pending, are not figures of steps, and not in a series.
        planned = ["planned_retirement", "planned_retirement_high"]
        ends = [f"pending_{figure}_{end}" for figure in ("gross", "retiring", "net") for end in ("low", "high")]
        expected = national.drop_columns(planned + ends).to_pylist()
        rows = [{name: row[name] for name in expected[0]} for row in table if row["as_of"] == day]
        assert rows == expected
