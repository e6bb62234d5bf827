"""The commands of policy and the checks, on a small ledger of their own."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from policytrack.cli.main import cli
from policytrack.ledger import Ledger
from tests.cli.conftest import DAY, Run, policytrack
from tests.projections.policy_world import lot, rule, swap
from tests.projections.world import event, facility, firm, project, stated

MINING = {"jurisdiction": "CN", "activity_id": "rare-earth-mining-quota", "stage": "mining"}
SEPARATION = ("--activity", "rare-earth-separation", "--country", "CN")


def quota(id_: str, holder: str | None, amount: str, day: str, material: str = "light", batch: str = "B1") -> Any:
    given = {"quota_id": id_, "holder_id": holder, "amount": amount, "material": material, "batch": batch, **MINING}
    return event("quota_issued", day, year=int(day[:4]), **given)


def planned(id_: str, capacity: str, **fields: Any) -> list[Any]:
    return [
        project(id_, "plant", "builder"),
        event("project_announced", "2026-01-01", project_id=id_, capacity=capacity, **fields),
    ]


ACKNOWLEDGED = {"check": "completion_beyond_plan", "reason": "it runs above its nameplate"}
DONOR = {"facility_id": "donor", "capacity": "400", "retire_by": "2027-03"}
EVENTS = [
    *(firm(name) for name in ("builder", "owner", "other", "creg", "guangsheng")),
    *(facility(name, "builder", region="CN-GX") for name in ("works", "plant", "donor")),
    stated("plant", "1000", "2020-01-01"),
    # Quotas: what China Rare Earth Group held in 2023, and Guangsheng, which it took over before 2024.
    quota("creg-2023-light", "creg", "30000", "2023-03-24"),
    quota("creg-2023-ionic", "creg", "5548", "2023-03-24", "ionic"),
    quota("guangsheng-2023", "guangsheng", "3509", "2023-03-24", "ionic"),
    quota("creg-2023-b2", "creg", "1000", "2023-09-25", batch="B2"),
    event("firm_merged", "2023-12-29", firm_id="guangsheng", into_firm_id="creg"),
    quota("creg-2024-light", "creg", "40420", "2024-02-06"),
    quota("nation-2024", None, "withheld", "2024-02-06"),
    # Rules, a lot and swaps.
    rule("steel-ratio", "replacement_ratio", "2021-06-01", ratio_min="1.25", title="Measures for steel"),
    rule("export-notice", "export_control", "2025-10-09", "rare-earth-separation"),
    event("rule_suspended", "2025-11-07", rule_id="export-notice", until="2026-11-10"),
    lot("furnaces", "donor", "100", "2020-01-01", holder_id="owner"),
    lot("old-furnaces", "donor", "100", "2010-01-01", expires_on="2018-12-31"),
    *swap("unnamed", "100", [{"undisclosed": True, "capacity": "125"}], "2022-01-01", ratio="1.25"),
    *swap("named", "80", [{"lot_id": "furnaces", "capacity": "100"}], "2022-01-01", ratio="1.25"),
    event("capacity_swap_revoked", "2022-06-01", swap_id="named", reason="counted twice"),
    event("support_awarded", "2026-02-01", support_id="grant", jurisdiction="CN", recipient_id="builder", instrument="grant",
          stage="awarded", amount="CNY 10 M", programme="A fund"),
    # What is to come: a vague date, a date that has passed, none, and a retirement with a date of its own.
    *planned("vague", "300", due="2027"),
    *planned("slipped", "200", due="2026-06"),
    *planned("undated", "100"),
    *planned("replacing", "500", due="2027-06"),
    event("capacity_swap_announced", "2026-02-01", swap_id="replacement", project_id="replacing", activity_id="rare-earth-separation",
          build_capacity="500", ratio="1", legs=[DONOR, {"undisclosed": True, "capacity": "100"}]),
    # Wrong: shares above 100. Wrong, and acknowledged: a line that made more than was planned.
    *(event("stake_stated", "2026-03-01", owned_id="other", owner_id=name, stake_pct="60", kind="issued") for name in ("owner", "builder")),
    *planned("above", "50"),
    event("project_completed", "2026-04-01", project_id="above", capacity="60", acknowledged=[ACKNOWLEDGED]),
]  # fmt: skip


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger of these events."""
    folder = tmp_path_factory.mktemp("policy")
    Ledger.create(folder).record(EVENTS)
    return folder


def rows(folder: Path, *words: str) -> list[dict[str, Any]]:
    """The rows of an answer, asked in this process: what differs between two of these is not the command line."""
    run = CliRunner().invoke(cli, ["-C", str(folder), *words, "--json"], env={"POLICYTRACK_TODAY": DAY})
    assert run.exit_code in (0, 1), run.output
    answer: list[dict[str, Any]] = json.loads(run.stdout, parse_float=Decimal)
    return answer


def test_check_prints_findings_with_their_events_and_exits_1_for_an_error(policy: Path) -> None:
    run = policytrack(policy, "check", "shares_above_100")
    header, finding = run.out.splitlines()
    assert header.split("\t")[:5] == ["severity", "check_name", "subject", "message", "events"]
    positions = [EVENTS.index(one) + 1 for one in EVENTS if one.type == "stake_stated"]
    assert finding.split("\t")[:5] == [
        "error", "shares_above_100", "firm:other", "the issued shares of 2 owners add up to 120 %",
        ", ".join(f"e{position}" for position in positions),
    ]  # fmt: skip
    assert run.code == 1


@pytest.mark.soak
def test_check_says_nothing_and_exits_0_when_nothing_is_found(policy: Path) -> None:
    assert policytrack(policy, "check", "lot_split", "lot-expired") == Run(0, "", "")
    assert rows(policy, "check", "--as-of", "1999", "--known-at", "1999") == []


def test_warnings_exit_1_only_when_strict(policy: Path) -> None:
    warnings = policytrack(policy, "check", "project_overdue", "donor_undisclosed", "--severity", "warning")
    assert (warnings.code, len(warnings.out.splitlines())) == (0, 4)
    assert policytrack(policy, "check", "project_overdue", "--strict").code == 1


@pytest.mark.soak
def test_what_was_acknowledged_is_said_quietly_and_is_no_error(policy: Path) -> None:
    quiet = policytrack(policy, "check", "completion_beyond_plan", "--strict")
    assert (quiet.code, quiet.out) == (0, "")
    assert "1 acknowledged" in quiet.err
    (shown,) = rows(policy, "check", "completion_beyond_plan", "--acknowledged")
    assert (shown["acknowledged"], shown["subject"]) == (ACKNOWLEDGED["reason"], "project:above")


def test_checks_are_listed_and_a_mistyped_one_is_named(policy: Path) -> None:
    listed = {one["check_name"]: one for one in rows(policy, "check", "--list")}
    assert listed["lot_overdrawn"]["sentence"] == "A credit lot is drawn beyond its capacity."
    mistyped = policytrack(policy, "check", "lot_overdrwn")
    assert mistyped.code == 4
    assert "lot_overdrawn" in mistyped.err


def test_swaps_and_lots_show_verdict_reasons_and_what_is_left(policy: Path) -> None:
    (unnamed,) = rows(policy, "swaps", "--verdict", "unverified", "--activity", "crude-steel")
    assert (unnamed["swap_id"], unnamed["reasons"], unnamed["rule_id"]) == (
        "unnamed",
        ["donor_undisclosed"],
        "steel-ratio",
    )
    assert [one["status"] for one in rows(policy, "swaps", "named")] == ["revoked"]
    assert {one["swap_id"] for one in rows(policy, "swaps", "--firm", "builder", "--country", "CN")} == {
        "unnamed", "named", "replacement"
    }  # fmt: skip
    (left,) = rows(policy, "lots", "--open")
    assert (left["lot_id"], left["remaining"], left["returned"]) == ("furnaces", 100, 100)
    assert [one["lot_id"] for one in rows(policy, "lots", "--firm", "owner")] == ["furnaces"]
    assert policytrack(policy, "swaps", "nowhere").code == 4


def test_a_quota_grows_less_when_the_perimeter_is_the_same(policy: Path) -> None:
    question = ("quotas", "--by", "holder", "--holder", "creg", "--year", "2024")
    (reported,) = rows(policy, *question)
    assert (reported["amount"], reported["year_before"], reported["change_pct"]) == (40_420, 35_548, Decimal("13.7"))
    (constant,) = rows(policy, *question, "--perimeter", "constant")
    assert (constant["amount"], constant["year_before"], constant["change_pct"]) == (40_420, 39_057, Decimal("3.5"))


def test_quotas_by_notice_and_by_year(policy: Path) -> None:
    notices = rows(policy, "quotas", "--year", "2024")
    assert [(one["holder_id"], one["amount"], one["is_withheld"]) for one in notices] == [
        (None, None, True),
        ("creg", 40_420, False),
    ]
    on_screen = CliRunner().invoke(cli, ["-C", str(policy), "quotas", "--format", "table"]).stdout
    assert "2024" in on_screen and "2,024" not in on_screen
    years = {(one["year"], one["holder_id"]): one for one in rows(policy, "quotas", "--by", "year")}
    assert (years[2023, "creg"]["amount"], years[2023, "creg"]["notices"]) == (36_548, 2)
    # 2023 has two batches and 2024 only the first: a change between them would say nothing.
    assert (years[2024, "creg"]["year_before"], years[2024, "creg"]["change_pct"]) == (36_548, None)
    first = {one["year"]: one for one in rows(policy, "quotas", "--by", "holder", "--holder", "creg", "--year", "2024")}
    assert first[2024]["change_pct"] == Decimal("13.7")
    assert (years[2024, None]["amount"], years[2024, None]["unknown_count"]) == (None, 1)


def test_policies_are_those_in_force_unless_all_are_asked_for(policy: Path) -> None:
    in_summer = ("--as-of", "2026-06-01", "--known-at", "2026-06-01")
    assert [one["rule_id"] for one in rows(policy, "policies", *in_summer)] == ["steel-ratio"]
    every = {one["rule_id"]: one["status"] for one in rows(policy, "policies", "--all", *in_summer)}
    assert every == {"steel-ratio": "in force", "export-notice": "suspended"}
    (back,) = rows(policy, "policies", "--kind", "export_control")
    assert (back["status"], back["suspended_until"]) == ("in force", "2026-11-10")
    assert [one["subject"] for one in rows(policy, "check", "suspension_lapsed")] == ["rule:export-notice"]


def test_support_is_in_the_currency_stated(policy: Path) -> None:
    (grant,) = rows(policy, "support", "--firm", "builder", "--stage", "awarded")
    assert (grant["amount"], grant["currency"], grant["programme"]) == (10_000_000, "CNY", "A fund")


def forecast(policy: Path, to: str, *more: str) -> list[dict[str, Any]]:
    return rows(policy, "forecast", "--to", to, *SEPARATION, *more)


def test_a_forecast_spans_vague_dates_and_keeps_low_and_high_apart(policy: Path) -> None:
    by_day = {one["day"]: one for one in forecast(policy, "2027-12-31", "--every", "quarter")}
    march, half, all_of_it = by_day["2027-03-31"], by_day["2027-06-30"], by_day["2027-12-31"]
    assert list(by_day) == ["2026-12-31", "2027-03-31", "2027-06-30", "2027-09-30", "2027-12-31"]
    assert all(one["operating"] == 1060 for one in by_day.values())
    spans = [tuple(one[name] for name in ("added_low", "added_high", "retiring_low", "retiring_high", "net_low", "net_high"))
             for one in (by_day["2026-12-31"], march, half, all_of_it)]  # fmt: skip
    assert spans == [
        (0, 0, 0, 0, 1060, 1060),
        (0, 300, 400, 400, 660, 960),
        (500, 800, 500, 500, 1060, 1360),
        (800, 800, 500, 500, 1360, 1360),
    ]


def test_a_forecast_names_what_it_does_not_count(policy: Path) -> None:
    (one,) = forecast(policy, "2028")
    assert one["not_counted"] == ["slipped (slipped: was due 2026-06)", "undated (no due date)"]
    assert one["not_counted_gross"] == 300
    said = policytrack(policy, "forecast", "--to", "2028", *SEPARATION).err
    assert "not counted: slipped (slipped: was due 2026-06), undated (no due date)" in said
    past = policytrack(policy, "forecast", "--to", "2020")
    assert (past.code, "policytrack capacity" in past.err) == (2, True)


@pytest.mark.soak
def test_show_and_the_page_know_lots_rules_quotas_and_findings(policy: Path) -> None:
    assert "Measures for steel" in policytrack(policy, "show", "steel-ratio", "furnaces").out
    assert rows(policy, "show", "creg-2024-light")[0]["amount"] == 40_420
    page = policytrack(policy, "asof").out
    assert "shares above 100" in page
    assert "nameplate" not in page


@pytest.mark.parametrize("command", ["check", "swaps", "lots", "quotas", "policies", "support", "forecast"])
def test_help_ends_with_examples(command: str) -> None:
    run = CliRunner().invoke(cli, [command, "--help"])
    assert run.exit_code == 0
    assert f"policytrack {command}" in run.stdout.split("Examples:")[1]


def test_why_a_quota_of_a_year_is_what_it_is(demo_ledger: Path) -> None:
    def ask(*words: str) -> Run:
        return policytrack(demo_ledger, *words)

    shown = ask("why", "quota", "2024", "--stage", "mining", "--format", "table").out
    assert "quota nation CN mining rare-earth-mining-quota 2024  270,000 t REO" in shown
    assert "sum of leaves 270,000 = reported 270,000 ✓" in shown
    assert "China issues its second batch of rare earths quotas for 2024" in shown
    withheld = ask("why", "quota", "2025", "--stage", "mining", "--format", "table")
    assert "unknown: an event that counts gives no exact figure" in withheld.out
    named = ask(
        "why", "quota", "2024", "--stage", "mining", "--holder", "northern-rare-earth", "--batch", "B1", "--json"
    )
    found = json.loads(named.out)
    assert (found["holder_id"], found["batch"], found["sum_of_leaves"]) == ("northern-rare-earth", "B1", 94580)
    several = ask("why", "quota", "2024")
    assert (several.code, several.out) == (2, "")
    assert "give --stage" in several.err
