"""Holdings and firms at the command line: trees, reasons, perimeters, names in several scripts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run, head_of, policytrack

Ask = Callable[..., Run]
SEED = ("--as-of", "2025-10-31", "--known-at", "2025-10-31")


def test_a_tree_on_a_pipe_is_indented_text_with_shares_and_what_is_unknown(ask: Ask) -> None:
    run = ask("holdings", "baogang-group", "--tree", *SEED, "--format", "table")
    assert run.code == 0, run.err
    lines = run.out.splitlines()
    assert lines[0].startswith("baogang-group")
    assert "  northern-rare-earth  36.71 %" in lines
    assert "    unknown holders  63.29 %" in lines
    assert "    northern-jinlong  51 %, effective 18.7221 %" in lines
    assert "      project northern-jinlong-separation  rare-earth-separation pending 5,000 → 936.105 t REO/yr" in lines
    assert lines[-1].startswith("as of 2025-10-31")


def test_a_tree_in_a_format_is_rows(ask: Ask) -> None:
    rows = json.loads(ask("holdings", "xiamen-tungsten", "--tree", "--status", "pending", *SEED, "--json").out)
    leaf = next(row for row in rows if row["kind"] == "project" and row["id"] == "northern-jinlong-separation")
    assert leaf["path"] == [
        "xiamen-tungsten", "jinlong-rare-earth", "northern-jinlong", "northern-jinlong-separation",
    ]  # fmt: skip
    assert (leaf["attributable"], leaf["effective_pct"]) == (2450, 49)


def test_a_tree_needs_a_firm(ask: Ask) -> None:
    run = ask("holdings", "--tree")
    assert (run.code, run.out) == (2, "")
    assert "--tree needs a firm" in run.err


def test_why_holdings_goes_down_to_events_and_adds_up(ask: Ask) -> None:
    words = ("why", "holdings", "baogang-group", "rare-earth-separation", "--status", "pending", *SEED)
    run = ask(*words, "--format", "table")
    assert run.code == 0, run.err
    assert (
        "936.105  baogang-group → northern-rare-earth → northern-jinlong → project:northern-jinlong-separation"
        in run.out
    )
    assert "sum of leaves 936.105 = reported 936.105 ✓" in run.out
    found = json.loads(ask(*words, "--json").out)
    assert (found["reported"], found["sum_of_leaves"], found["unit"]) == (936.105, 936.105, "t REO/yr")
    assert {event["type"] for event in found["leaves"][0]["shares"]} == {"stake_stated", "joint_venture_formed"}
    rows = ask(*words, "--format", "csv").out.splitlines()
    assert rows[0] == "path,thing,capacity,share_pct,amount,reason"
    assert len(rows) == 2


def test_why_holdings_of_nothing_is_not_found(ask: Ask) -> None:
    run = ask("why", "holdings", "solvay", "crude-steel")
    assert run.code == 4
    assert "policytrack holdings solvay" in run.err


@pytest.mark.soak
def test_the_groups_of_another_day_are_named_under_the_figures(ask: Ask) -> None:
    now = ask("holdings", "baogang-group", "--as-of", "2025-01-31", "--format", "markdown")
    before = ask("holdings", "baogang-group", "--as-of", "2025-01-31", "--perimeter", "2020", "--format", "markdown")
    assert "attributable" in now.out
    assert "attributable" not in before.out
    assert "groups of 2020-12-31" in before.out
    sql = ("sql", "SELECT count(*) AS n FROM firm_holding WHERE firm_id = 'baogang-group'", "--as-of", "2025-01-31")
    assert ask(*sql, "--perimeter", "2020").out.splitlines()[1] == "0"
    assert ask(*sql).out.splitlines()[1] != "0"


def test_a_firm_is_found_by_any_of_its_names_and_it_is_said_which_was_taken(ask: Ask) -> None:
    by_name = ask("holdings", "北方稀土", *SEED)
    assert by_name.out == ask("holdings", "northern-rare-earth", *SEED).out
    assert "北方稀土 is northern-rare-earth" in by_name.err
    log = ask("log", "--firm", "甘肃稀土")
    assert log.code == 0
    assert len(log.out.splitlines()) > 3
    assert ask("show", "甘肃稀土").out.startswith("firm gansu-rare-earth")


def test_near_matches_in_any_script_are_offered_and_none_is_taken(ask: Ask) -> None:
    for name in ("北方稀士", "northern-rare-erth", "Nothern Rare Earth"):
        run = ask("holdings", name)
        assert (run.code, run.out) == (4, "")
        assert "northern-rare-earth" in run.err
        assert "nothing was chosen for you" in run.err


def test_firms_are_listed_by_part_of_any_name_or_identifier(ask: Ask) -> None:
    rows = json.loads(ask("firm", "list", "北方", "--json").out)
    assert {row["firm_id"] for row in rows} == {"northern-rare-earth", "northern-jinlong"}
    parents = {row["firm_id"]: row["parent_ids"] for row in rows}
    assert parents == {"northern-rare-earth": None, "northern-jinlong": ["northern-rare-earth"]}
    assert len(ask("firm", "list", "600111").out.splitlines()) == 2
    run = ask("firm", "list", "jinlogn")
    assert run.code == 4
    assert "similar:" in run.err


def test_a_firm_is_shown_with_its_unknown_holders_and_who_controls_it(ask: Ask) -> None:
    run = ask("firm", "show", "gansu-rare-earth")
    assert run.code == 0, run.err
    assert any("51.74" in line and "unknown" in line for line in run.out.splitlines())
    assert any("northern-rare-earth" in line and "asserted" in line for line in run.out.splitlines())
    assert ask("firm", "show", "northern-jinlong-separation").code == 4


def test_an_alias_is_recorded_once_and_finds_the_firm_from_then_on(ledger: Path) -> None:
    before = head_of(ledger)
    source = ("--source", "title=Annual report,class=filing")
    run = policytrack(ledger, "firm", "alias", "solvay", "索尔维", "--language", "zh", *source)
    assert run.code == 0, run.err
    assert f"recorded e{before + 1} firm_alias_registered" in run.err
    again = policytrack(ledger, "firm", "alias", "索尔维", "索尔维")
    assert (again.code, head_of(ledger)) == (0, before + 1)
    assert "already" in again.err
    assert "索尔维 is solvay" in policytrack(ledger, "holdings", "索尔维", "--as-of", "2015").err
    recorded = policytrack(
        ledger,
        *(
            "record",
            "stake-stated",
            "--owned-id",
            "jamr",
            "--owner-id",
            "索尔维",
            "--stake-pct",
            "1",
            "--effective",
            "2026",
        ),
    )
    assert recorded.code == 0, recorded.err
    mistyped = policytrack(
        ledger,
        *(
            "record",
            "stake-stated",
            "--owned-id",
            "jamr",
            "--owner-id",
            "solvya",
            "--stake-pct",
            "1",
            "--effective",
            "2026",
        ),
    )
    assert mistyped.code == 3
    assert "similar: solvay" in mistyped.err


@pytest.mark.soak
def test_a_name_of_two_firms_is_noted_and_finds_neither(ledger: Path) -> None:
    policytrack(ledger, "firm", "alias", "solvay", "The Works", "--language", "en")
    run = policytrack(ledger, "firm", "alias", "jamr", "the works", "--language", "en")
    assert run.code == 0
    assert "note: solvay has the name the works too" in run.err
    asked = policytrack(ledger, "holdings", "The  Works")
    assert asked.code == 4
    assert "jamr, solvay" in asked.err


def test_a_plant_that_is_sold_is_logged_shown_and_held_by_its_operator_of_the_day(ledger: Path) -> None:
    before = head_of(ledger)
    name = "gansu-rare-earth-plant"
    sold = ("--facility-id", name, "--operator-id", "jamr", "--effective", "2026-03-01", "--known-on", "2026-03-05")
    run = policytrack(ledger, "record", "facility-transferred", *sold, "--source", "title=A notice,class=filing")
    assert run.code == 0, run.err
    assert f"recorded e{before + 1} facility_transferred" in run.err
    assert f"{name} transferred: operator jamr" in policytrack(ledger, "log", "--facility", name).out
    operators = [
        json.loads(policytrack(ledger, "show", name, "--as-of", day, "--known-at", "2026-06-01", "--json").out)
        for day in ("2026-02-28", "2026-03-01")
    ]
    assert ["jamr" in str(one) for one in operators] == [False, True]
    held = {
        day: {
            row["firm_id"]
            for row in json.loads(policytrack(ledger, "holdings", "--basis", "operated", "--as-of", day, "--json").out)
        }
        for day in ("2026-02-28", "2026-03-01")
    }
    assert "gansu-rare-earth" in held["2026-02-28"] - held["2026-03-01"]
    refused = policytrack(ledger, "record", "facility-transferred", "--facility-id", name, "--effective", "2026-03-01")
    assert refused.code == 3
    assert "operator_id, owner_id, or both" in refused.err


def test_a_pipe_gets_the_tree_of_what_a_firm_owns_as_rows(ask: Ask) -> None:
    head, *lines = ask("holdings", "baogang-group", "--tree", *SEED).out.splitlines()
    assert head.split("\t")[:3] == ["root_id", "depth", "path"]
    assert lines == ask("holdings", "baogang-group", "--tree", *SEED, "--format", "tsv").out.splitlines()[1:]
