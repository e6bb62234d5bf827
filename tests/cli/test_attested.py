"""`--min-sources`, `--verified` and `why project`, as a user sees them."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest

from tests.cli.conftest import Run, policytrack
from tests.thinning import one_in

Ask = Callable[..., Run]
SEED = "northern-jinlong-separation"
OCTOBER = ("--as-of", "2025-10-31", "--known-at", "2025-10-31")


def rows(run: Run) -> list[dict[str, Any]]:
    assert run.code == 0, run.err
    answer: list[dict[str, Any]] = json.loads(run.out, parse_float=Decimal)
    return answer


@pytest.mark.parametrize("words", one_in(3, [("log",), ("pending",), ("capacity", "--by", "facility")], of_one=True))
def test_rows_below_the_bar_are_left_out_and_counted(ask: Ask, words: tuple[str, ...]) -> None:
    everything, some = ask(*words, "--json"), ask(*words, "--min-sources", "2", "--json")
    assert all(row in rows(everything) for row in rows(some))
    hidden = len(rows(everything)) - len(rows(some))
    assert hidden
    note = f"{hidden} of {len(rows(everything))} rows not shown (--min-sources 2); figures and totals are unchanged"
    assert (everything.err, some.err) == ("", f"note: {note}\n")
    assert len(rows(ask(*words, "--min-sources", "1", "--json"))) >= len(rows(some))


def test_a_project_is_shown_when_every_event_that_its_row_rests_on_reaches_the_bar(ask: Ask) -> None:
    shown = {row["project_id"] for row in rows(ask("pending", "--min-sources", "2", "--json"))}
    sql = (
        "SELECT project_id, min(independent_source_count) AS least FROM pending_project"
        " JOIN _project_setting_at(as_of(), known_at()) USING (project_id) JOIN event_verification USING (position)"
        " WHERE field IN ('status', 'capacity_remaining', 'retiring', 'net', 'due', 'investment_amount') GROUP BY ALL"
    )
    least = {row["project_id"]: row["least"] for row in rows(ask("sql", sql, "--json"))}
    assert len(least) == 14
    assert shown == {project for project, count in least.items() if count >= 2}


@pytest.mark.parametrize(
    "format_", one_in(3, ["table", "csv", "tsv", "json", "jsonl", "markdown", "parquet", "arrow", "xlsx"])
)
def test_every_format_leaves_out_the_same_rows(demo_ledger: Path, tmp_path: Path, format_: str) -> None:
    target = tmp_path / "answer"
    run = policytrack(demo_ledger, "pending", "--min-sources", "2", "--format", format_, "-o", str(target))
    assert run.code == 0, run.err
    assert "10 of 14 rows not shown (--min-sources 2)" in run.err
    assert "4 rows written" in run.err
    if format_ == "parquet":
        table = parquet.read_table(target)
        assert table.num_rows == 4
        assert b"10 of 14 rows not shown" in table.schema.metadata[b"policytrack"]


@pytest.mark.soak
def test_what_nobody_has_verified_is_not_shown_with_verified(ledger: Path) -> None:
    assert rows(policytrack(ledger, "pending", "--verified", "--json")) == []
    log = rows(policytrack(ledger, "log", "--project", SEED, "--json"))
    before = policytrack(ledger, "capacity", "--json").out
    for row in log:
        if row["type"] in {"project_announced", "project_approved", "capacity_swap_announced"}:
            source = ("--source", "title=Images,class=analyst,publisher=Satellites")
            assert policytrack(ledger, "claim", f"e{row['position']}", "--verifies", *source).code == 0
    assert [row["project_id"] for row in rows(policytrack(ledger, "pending", "--verified", "--json"))] == [SEED]
    assert rows(policytrack(ledger, "pending", "--verified", "--min-sources", "3", "--json")) == []
    assert policytrack(ledger, "capacity", "--json").out == before


def test_a_total_is_not_filtered_by_what_it_rests_on(ask: Ask) -> None:
    for by in ("country", "region"):
        run = ask("capacity", "--by", by, "--min-sources", "2")
        assert (run.code, "a total includes all its events" in run.err) == (2, True)
    assert ask("pending", "--min-sources", "0").code == 2


def test_why_a_project_is_approved_and_what_came_before_and_after(ask: Ask) -> None:
    found = json.loads(ask("why", "project", SEED, "status", *OCTOBER, "--json").out)
    assert (found["reported"], [leaf["type"] for leaf in found["leaves"]]) == ("approved", ["project_approved"])
    assert [other["reason"] for other in found["not_counted"]] == ["not the furthest step, nor the last word"]
    early = json.loads(ask("why", "project", SEED, "status", "--as-of", "2025-10-20", "--json").out)
    assert [(other["type"], other["reason"]) for other in early["not_counted"]] == [
        ("project_approved", "effective only later")
    ]
    january = ("--as-of", "2025-10-31", "--known-at", "2025-01-31")
    unknown = json.loads(ask("why", "project", SEED, "investment-amount", *january, "--json").out)
    assert (unknown["reported"], unknown["sum_of_leaves"], unknown["unit"]) == (457_000_000, 457_000_000, "CNY")
    assert unknown["not_counted"][0]["reason"] == "known only later"


@pytest.mark.soak
def test_why_shows_sources_what_no_longer_stands_and_the_check(ledger: Path) -> None:
    approval = next(
        row
        for row in rows(policytrack(ledger, "log", "--project", SEED, "--json"))
        if row["type"] == "project_approved"
    )
    assert (
        policytrack(ledger, "correct", f"e{approval['position']}", "--set", "capacity=5200", "--because", "error").code
        == 0
    )
    shown = policytrack(ledger, "why", "project", SEED, "net", "--format", "table").out
    assert "−5,000" in shown and "5,200" in shown
    assert f"superseded by e{rows(policytrack(ledger, 'log', '--json'))[-1]['position']}" in shown
    assert "sum of leaves 200 = reported 200 ✓" in shown
    assert "Northern Gold Dragon" in shown
    assert "as of 2026-11-23" in shown
    lines = policytrack(ledger, "why", "project", SEED, "net", "--format", "tsv").out.splitlines()
    assert len(lines) == 3


def test_an_unknown_figure_is_said_to_be_unknown(ask: Ask) -> None:
    shown = ask("why", "project", "mp-10x-magnets", "capacity-remaining", "--format", "table").out
    assert "capacity_remaining mp-10x-magnets  unknown" in shown
    assert "unknown: no event that counts states it" in shown
    assert "made by" in ask("why", "project", "mp-10x-magnets", "due", "--format", "table").out


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (("project", "northern-jinlon", "due"), 4, "similar: northern-jinlong-separation"),
        (("project", SEED, "colour"), 2, "colour"),
        (("project", SEED, "due", "--as-of", "1990", "--known-at", "1990"), 4, "nothing is known of project"),
        (("nett",), 2, "nett"),
        (("net",), 2, "one --country and one --activity"),
    ],
)  # fmt: skip
def test_a_question_that_names_nothing_is_refused(ask: Ask, words: tuple[str, ...], code: int, what: str) -> None:
    run = ask("why", *words, "--format", "table")
    assert run.code == code
    assert what in run.err


def test_filters_of_what_is_folded_change_the_figure_and_are_named_with_it(ask: Ask) -> None:
    words = ("capacity", "--country", "US", "--activity", "rare-earth-separation", "--format", "csv", "--cite")
    every, sure = (
        ask(*words, "--columns", "operating"),
        ask(*words, "--columns", "operating", "--assertion", "reported,confirmed"),
    )
    assert (every.out.split(), sure.out.split()) == (["operating", "20000"], ["operating", "0"])
    assert ", only confirmed and reported events, head e" in sure.err


@pytest.mark.soak
def test_a_least_number_of_sources_is_named_too(ask: Ask) -> None:
    two = ask("pending", "--min-sources-folded", "2", "--format", "table")
    assert "only events with 2 independent sources or more" in " ".join(two.out.split())


@pytest.mark.parametrize("given", ["sure", "", "confirmed,", "confirmed;reported"])
def test_an_unknown_assertion_is_refused_with_those_there_are(ask: Ask, given: str) -> None:
    run = ask("capacity", "--assertion", given)
    assert run.code == 2
    assert "Allowed: confirmed, reported, inferred, rumour" in run.err


def test_capacity_compares_itself_with_published_totals(ask: Ask) -> None:
    china = " ".join(
        ask("capacity", "--country", "CN", "--activity", "rare-earth-separation", "--format", "table").out.split()
    )
    assert "CN rare-earth-separation 45,800 of 254,000 t REO/yr = 18 % (quota of 2024, a permission)" in china
    america = ask("capacity", "--country", "US", "--format", "table").out
    assert "a floor, not the nation" in " ".join(america.split())
