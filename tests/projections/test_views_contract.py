"""The views as a contract: their columns, their comments, and the same answers in whatever way they are asked."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import duckdb
import pytest

from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from policytrack.resources import PROJECTIONS
from tests.oracles.histories import history
from tests.projections.policy_world import EVENTS as POLICY
from tests.projections.test_seed_story import EVENTS as SEED
from tests.projections.world import claim, event, hold, stated
from tests.thinning import one_in

_FIGURES: Final = (
    "unit installed idle operating owed_retirement net pending_gross pending_retiring pending_net facility_count"
    " project_count unknown_count"
)
_PROJECT: Final = (
    "project_id name firm_id facility_id country_code region_code activity_id unit status capacity_planned"
    " capacity_completed capacity_remaining products investment_amount investment_currency approved_earliest"
    " approved_latest authority first_due due due_earliest due_latest slip_days is_overdue retiring net swap_verdict"
)
COLUMNS: Final = {
    "national_capacity": f"country_code activity_id {_FIGURES}",
    "regional_capacity": f"country_code region_code activity_id {_FIGURES}",
    "facility_capacity": "facility_id name operator_id country_code region_code activity_id unit installed idle operating last_stated_on",
    "unit_capacity": "facility_id name operator_id country_code region_code activity_id unit_id unit installed idle operating last_stated_on unknown_count installed_low installed_high positions",
    "firm_holding": "firm_id firm_name activity_id unit basis status capacity",
    "stake": "owned_id owner_id stake_pct kind since",
    "shareholding": "owned_kind owned_id holder_count stated_pct unknown_pct excess_pct oversold_pct",
    "firm_control": "controller_id controlled_id basis stake_pct group_stake_pct rationale",
    "ownership_path": "root_id owned_id path stake_pct",
    "ultimate_parent": "firm_id parent_id parent_name is_circular",
    "unattributed_capacity": "thing_kind thing_id facility_id country_code activity_id unit status capacity attributed_pct unattributed reason",
    "planned_retirement": "facility_id name operator_id country_code region_code activity_id part unit announced remaining remaining_low remaining_high due due_earliest due_latest is_overdue reason position",
    "project": _PROJECT,
    "pending_project": _PROJECT,
    "capacity_swap": "swap_id project_id activity_id build_capacity ratio ratio_basis required named undisclosed retired owed status verdict",
    "credit_lot": "lot_id facility_id holder_id activity_id recognised drawn returned remaining expires_on is_expired",
    "quota": "quota_id jurisdiction stage material year batch holder_id amount is_withheld",
    "policy_in_force": "rule_id title kind jurisdiction activity_id ratio_min in_force_from in_force_to",
    "support": "support_id recipient_id instrument stage amount currency",
    "support_figure": "support_id recipient_id project_id country_code activity_id instrument jurisdiction programme currency announced awarded disbursed clawed_back outstanding unknown_count",
    "exchange_rate": "currency in_currency rate since position",
    "custom_field": "field_id name applies_to value_type allowed unit description position",
    "custom_field_value": "kind id field_id name value number day unit value_type position",
    "unit_of_measure": "symbol name dimension base_unit factor aliases position",
    "statistic_reconciliation": "scope_id activity_id reported computed difference tolerance is_within",
    "national_evidence": "country_code activity_id unit figure amount on_rumour on_inference on_no_source on_one_source on_state_media",
    "national_coverage": "country_code activity_id unit recorded published_kind published published_for coverage_pct published_position",
    "check_result": "check_name severity subject message positions",
    "event_log": "position event_id type effective effective_earliest effective_latest known_on recorded_at subjects summary assertion source_count superseded_by because",
    "firm": "firm_id name",
    "facility": "facility_id name",
    "activity": "activity_id name unit",
    "source": "source_id",
    "claim_conflict": "event_id field recorded claimed source position type summary claim_position known_on publishers is_state_affiliated is_carried_over",
    "event_verification": "position event_id source_count independent_source_count corroborations contradictions is_contradicted is_verified verified_by state_affiliated_count only_state_affiliated",
}
"""The contract: these columns, in this order, before any others."""
VIEWS: Final = sorted(path.stem for path in PROJECTIONS.glob("[a-z]*.sql") if path.stem != "functions")
FACTS: Final = sorted(path.stem for path in (PROJECTIONS / "facts").glob("*.sql"))
FILES: Final = sorted(PROJECTIONS.rglob("*.sql"))
APPROVAL = next(event for event in SEED if event.type == "project_approved")
NOTICE = {"title": "A notice", "publisher": "the province", "class": "regulator"}
EVENTS = [
    *SEED,
    stated("baotou", "1", "2020-01-01", activity_id="rare-earth-metal", sources=[NOTICE]),
    stated(
        "baotou",
        "2",
        "2021-01-01",
        activity_id="rare-earth-metal",
        sources=[NOTICE, {"title": "A report", "class": "analyst"}],
    ),
    *POLICY,
    claim(APPROVAL, "contradicts", "2025-10-30", investment="CNY 457000000"),
    claim(APPROVAL, "verifies", "2025-10-30"),
    *history(18),
    event("facility_registered", "2020-06-30", facility_id="unheld", name="Unheld", country="CN"),
    stated("unheld", "7", "2020-01-01", activity_id="rare-earth-metal"),
    event("unit_registered", "2020-06-30", symbol="lb", dimension="mass", factor="0.00045359237", aliases=["lbs"]),
    event(
        "field_declared", "2020-06-30", field_id="jobs", applies_to=["facility"], value_type="integer", unit="people"
    ),
    event("facility_registered", "2020-06-30", facility_id="staffed", name="S", country="CN", fields={"jobs": 7}),
    event("exchange_rate_stated", "2020-06-30", currency="EUR", in_currency="USD", rate="1.12"),
]


DATES: Final = [
    (date(2021, 3, 1), date(2021, 3, 1)),
    (date(2021, 4, 15), date(2021, 6, 30)),
    (date(2025, 10, 31), date(2025, 10, 31)),
    (date(2027, 3, 1), date(2027, 3, 1)),
]


Ask = Callable[[str, date, date], list[str]]


@pytest.fixture(scope="module")
def plain(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Any client of DuckDB that opens the file, read-only; a copy, so that it shares nothing with the sessions."""
    copy = shutil.copy(world, tmp_path_factory.mktemp("plain"))
    with duckdb.connect(str(copy), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def through_session(world: Path) -> Iterator[Ask]:
    """The rows of a view at one of the `DATES`; each is asked once."""
    with ExitStack() as opened:
        sessions = {days: opened.enter_context(Session(world, Coordinates(*days))) for days in DATES}

        @cache
        def rows(view: str, as_of: date, known_at: date) -> list[str]:
            table = sessions[as_of, known_at].query(f"FROM {view}")
            return comparable([tuple(one.values()) for one in table.to_pylist()])

        yield rows


def comparable(found: list[tuple[Any, ...]]) -> list[str]:
    """Rows in an order of their own; Arrow hands over an id as text."""
    return sorted(repr([str(value) if isinstance(value, UUID) else value for value in one]) for one in found)


def test_every_view_of_the_folder_is_part_of_the_contract() -> None:
    assert set(COLUMNS) == set(VIEWS)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_begins_with_the_columns_of_the_contract(world: Path, view: str) -> None:
    hold(world)
    with Session(world, Coordinates(*DATES[0])) as session:
        columns = [column.name for column in session.view_columns(view)]
    wanted = COLUMNS[view].split()
    assert columns[: len(wanted)] == wanted


def test_no_figure_is_a_binary_fraction(plain: duckdb.DuckDBPyConnection) -> None:
    inexact = (
        "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND data_type IN ('DOUBLE', 'FLOAT')"
    )
    assert plain.execute(inexact).fetchall() == []


def test_every_view_and_fact_table_says_what_a_row_is(plain: duckdb.DuckDBPyConnection) -> None:
    sql = (
        "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal"
        " UNION ALL SELECT table_name, comment FROM duckdb_tables() WHERE NOT internal"
    )
    comments = dict(plain.execute(sql).fetchall())
    assert set(VIEWS) | set(FACTS) <= set(comments)
    assert [name for name in (*VIEWS, *FACTS) if not comments[name]] == []


def test_every_column_of_every_view_and_fact_table_says_what_it_is(plain: duckdb.DuckDBPyConnection) -> None:
    sql = "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"
    found = [one for one in plain.execute(sql).fetchall() if one[0] in {*VIEWS, *FACTS}]
    assert len(found) > 200
    assert [one[:2] for one in found if not one[2]] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PROJECTIONS)))
def test_a_file_opens_with_a_comment_and_is_one_select(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("/* ")
    kinds = [statement.type for statement in duckdb.extract_statements(text)]
    if path.name == "functions.sql":
        assert set(kinds) == {duckdb.StatementType.CREATE}
    else:
        assert kinds == [duckdb.StatementType.SELECT]
        assert "One row per " in text.split("*/")[0]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("question.as_of", "question.known_at"),
        pytest.param("day", "date", marks=pytest.mark.soak),
        pytest.param("as_of", "known_at", marks=pytest.mark.soak),
        pytest.param("d", "asked", marks=pytest.mark.soak),
    ],
)
@pytest.mark.parametrize(
    # What all checks find at four dates takes longer than all other views.
    "view",
    one_in(3, [pytest.param(view, marks=pytest.mark.soak) if view == "check_result" else view for view in VIEWS]),
)
def test_a_macro_over_several_dates_gives_the_rows_of_the_view_at_each(
    plain: duckdb.DuckDBPyConnection, through_session: Ask, view: str, first: str, second: str
) -> None:
    # The engine puts the words of a caller into the text of a macro: no name in it may be one that callers use.
    dates = DATES[2:] if first == "question.as_of" else DATES  # the soak has all of them
    found = plain.execute(
        "SELECT question.number, answer.* FROM (SELECT unnest($numbers) AS number,"
        f" unnest($as_of) AS {first.removeprefix('question.')},"
        f" unnest($known_at) AS {second.removeprefix('question.')}) AS question,"
        f" LATERAL (FROM {view}_at({first}, {second})) AS answer",
        {
            "numbers": list(range(len(dates))),
            "as_of": [as_of for as_of, _ in dates],
            "known_at": [known_at for _, known_at in dates],
        },
    ).fetchall()
    for number, (as_of, known_at) in enumerate(dates):
        at_one = comparable([one[1:] for one in found if one[0] == number])
        assert at_one == through_session(view, as_of, known_at)
    assert found


@pytest.mark.parametrize("view", one_in(3, ["national_capacity", "firm_holding", "project"]))
def test_any_client_that_sets_the_variables_gets_the_same_answer(
    plain: duckdb.DuckDBPyConnection, through_session: Ask, view: str
) -> None:
    for as_of, known_at in DATES:
        expected = through_session(view, as_of, known_at)
        plain.execute(f"SET VARIABLE as_of = DATE '{as_of}'")
        plain.execute(f"SET VARIABLE known_at = DATE '{known_at}'")
        assert comparable(plain.execute(f"FROM {view}").fetchall()) == expected
        called = plain.execute(f"FROM {view}_at(DATE '{as_of}', DATE '{known_at}')").fetchall()
        assert comparable(called) == expected


def test_with_nothing_set_the_answer_is_that_of_today(world: Path) -> None:
    with duckdb.connect(str(world), read_only=True) as fresh:
        found = fresh.execute("FROM national_capacity").fetchall()
        assert found
        assert comparable(found) == comparable(
            fresh.execute("FROM national_capacity_at(current_date, current_date)").fetchall()
        )


def test_no_view_replaces_several_columns_of_a_star() -> None:
    """The engine keeps them in no order: two read models with the same views would differ in the text of the view."""
    for path in PROJECTIONS.glob("**/*.sql"):
        if path.parent.name in ("steps", "facts"):  # these are run, and not stored
            continue
        for replaced in re.findall(
            r"\* REPLACE \((.*?)\)\s*(?:,|FROM|\n)", path.read_text(encoding="utf-8"), re.DOTALL
        ):
            assert replaced.count(" AS ") <= 1, path.name
