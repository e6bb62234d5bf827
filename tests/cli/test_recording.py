"""Recording and importing, as a user does it: flags, questions, preview, files."""

from __future__ import annotations

import json
import re
import shlex
import signal
import sys
import time
from pathlib import Path

import pexpect
import pytest

from policytrack.events import EVENT_TYPES
from tests.cli.conftest import environment, head_of, policytrack

SOURCE = ("--source", "title=A notice, with a comma,class=regulator,published_on=2026-11")
BY_FLAGS: dict[str, tuple[str, ...]] = {
    "firm_registered": ("--firm-id", "new-firm", "--name", "New Firm", "--name-in", "zh=新公司", "--country", "CN"),
    "firm_renamed": ("--firm-id", "solvay", "--name", "Solvay Again", "--effective", "2026-11-01"),
    "firm_merged": ("--firm-id", "jamr", "--into-firm-id", "shenghe-resources", "--effective", "2026-11-01"),
    "firm_alias_registered": ("--firm-id", "solvay", "--name", "索尔维", "--language", "zh"),
    "facility_registered": ("--facility-id", "new-plant", "--name", "New Plant", "--country", "FR", "--region", "FR-NAQ",
                            "--operator-id", "solvay", "--coordinates", "latitude=46.16,longitude=-1.15"),
    "facility_moved": ("--facility-id", "silmet", "--region", "EE-37", "--effective", "2026-10-01"),
    "facility_merged": ("--facility-id", "new-plant", "--into-facility-id", "solvay-la-rochelle", "--capacity",
                        "activity_id=rare-earth-separation,capacity=unknown", "--reason", "one site", "--effective", "2026-11-01"),
    "facility_split": ("--facility-id", "solvay-la-rochelle", "--part", "facility_id=new-plant,activity_id=rare-earth-separation,capacity=>= 5,idle=2",
                       "--effective", "2026-11-02"),
    "activity_registered": ("--activity-id", "new-activity", "--name", "New", "--unit", "t REO/a", "--part-of",
                            "rare-earth-separation", "--codes", "hs=2846.90,isic=2011"),
    "field_declared": ("--field-id", "node", "--applies-to", "facility", "--applies-to", "project", "--value-type", "integer",
                       "--unit", "nm"),
    "unit_registered": ("--symbol", "short ton", "--dimension", "mass", "--factor", "0.90718474", "--alias", "short tons"),
    "project_registered": ("--project-id", "new-project", "--name", "New", "--facility-id", "northern-jinlong-baotou",
                           "--activity-id", "rare-earth-metal", "--firm-id", "northern-jinlong"),
    "joint_venture_agreed": ("--venture-id", "northern-jinlong", "--partner", "firm_id=solvay", "--agreement", "framework",
                             "--effective", "2026-10"),
    "joint_venture_formed": ("--venture-id", "northern-jinlong", "--partner", "firm_id=solvay,stake_pct=60",
                             "--partner", "firm_id=jamr,stake_pct=40", "--registered-capital", "CNY 300 M", "--effective", "2026-10"),
    "stake_stated": ("--owned-id", "solvay", "--owner-id", "jamr", "--stake-pct", "12.5 %", "--kind", "option",
                     "--effective", "2026-Q3"),
    "stake_transferred": ("--owned-id", "solvay", "--to-id", "jamr", "--stake-pct", "1", "--kind", "capital_increase",
                          "--price", "€1 M", "--effective", "2026"),
    "facility_transferred": ("--facility-id", "northern-jinlong-baotou", "--operator-id", "solvay", "--effective", "2026-06"),
    "facility_stake_stated": ("--facility-id", "northern-jinlong-baotou", "--owner-id", "jamr", "--stake-pct", "40",
                              "--effective", "2026-Q3"),
    "facility_stake_transferred": ("--facility-id", "northern-jinlong-baotou", "--from-id", "jamr", "--to-id", "solvay",
                                   "--stake-pct", "15", "--effective", "2026-11-01"),
    "control_asserted": ("--controlled-id", "solvay", "--controller-id", "jamr", "--rationale", "appoints the board",
                         "--effective", "2026-10"),
    "control_ended": ("--controlled-id", "solvay", "--controller-id", "jamr", "--rationale", "the contract ran out",
                      "--effective", "2026-11-01"),
    "capacity_stated": ("--facility-id", "northern-jinlong-baotou", "--activity-id", "rare-earth-separation",
                        "--capacity", "0.5万吨/年", "--basis", "filed", "--idle-share-pct", "20", "--effective", "2026"),
    "capacity_idled": ("--facility-id", "northern-jinlong-baotou", "--activity-id", "rare-earth-separation",
                       "--capacity", "1 kt/a", "--effective", "2026"),
    "capacity_restarted": ("--facility-id", "northern-jinlong-baotou", "--activity-id", "rare-earth-separation",
                           "--capacity", "1000", "--effective", "2026"),
    "capacity_retired": ("--facility-id", "northern-jinlong-baotou", "--activity-id", "rare-earth-separation", "--capacity",
                         ">= 100", "--swap-id", "northern-jinlong-swap", "--was-idle", "--not-dismantled", "--effective", "2026"),
    "facility_renamed": ("--facility-id", "northern-jinlong-baotou", "--name", "Jinlong Baotou II", "--name-in", "zh=包头二厂",
                         "--effective", "2026-10"),
    "project_renamed": ("--project-id", "northern-jinlong-separation", "--name", "Jinlong separation, phase 1", "--effective", "2026-10"),
    "project_moved": ("--project-id", "northern-jinlong-separation", "--facility-id", "silmet", "--reason", "subsidy", "--effective",
                      "2026-10"),
    "project_transferred": ("--project-id", "northern-jinlong-separation", "--firm-id", "solvay", "--reason", "sale",
                            "--effective", "2026-10"),
    "joint_venture_dissolved": ("--venture-id", "northern-jinlong", "--reason", "by contract", "--effective", "2026-11"),
    "retirement_announced": ("--facility-id", "northern-jinlong-baotou", "--activity-id", "rare-earth-separation", "--phase",
                             "capacity=500,due=2030-06,name=line 1", "--phase", "capacity=700,due=2032", "--effective", "2026-10"),
    "retirement_withdrawn": ("--facility-id", "northern-jinlong-baotou", "--activity-id", "rare-earth-separation",
                             "--reason", "demand", "--effective", "2026-11"),
    "project_announced": ("--project-id", "northern-jinlong-separation", "--capacity", "5,000 t REO/yr", "--product", "La2O3",
                          "--product", "CeO2", "--investment", "4.7亿元", "--due", "end-2027", "--effective", "2026"),
    "project_approved": ("--project-id", "northern-jinlong-separation", "--replacement", "equal", "--effective", "2026"),
    "construction_started": ("--project-id", "northern-jinlong-separation", "--effective", "2026-11"),
    "construction_completed": ("--project-id", "northern-jinlong-separation", "--due", "2027", "--reason", "no power line", "--effective",
                               "2026-11"),
    "trial_production_started": ("--project-id", "northern-jinlong-separation", "--effective", "2026-11"),
    "schedule_revised": ("--project-id", "northern-jinlong-separation", "--due", "2027-Q2", "--effective", "2026-11"),
    "scope_revised": ("--project-id", "northern-jinlong-separation", "--capacity", "6000", "--effective", "2026-11"),
    "project_suspended": ("--project-id", "northern-jinlong-separation", "--effective", "2026-11", "--reason", "prices"),
    "project_resumed": ("--project-id", "northern-jinlong-separation", "--effective", "2026-11"),
    "project_cancelled": ("--project-id", "northern-jinlong-separation", "--effective", "2026-11"),
    "project_completed": ("--project-id", "northern-jinlong-separation", "--capacity", "2000", "--is-final",
                          "--effective", "2026-11-20"),
    "capacity_swap_announced": ("--swap-id", "new-swap", "--project-id", "northern-jinlong-separation", "--activity-id",
                                "rare-earth-separation", "--build-capacity", "5000", "--ratio", "1.5:1", "--leg",
                                "facility_id=silmet,capacity=5,000,retire_by=2027", "--leg", "undisclosed=true,capacity=2500",
                                "--effective", "2026-11"),
    "capacity_swap_amended": ("--swap-id", "new-swap", "--leg", "facility_id=silmet,capacity=7500", "--effective", "2026-11"),
    "swap_objection_lodged": ("--swap-id", "new-swap", "--objector", "a neighbour", "--reason", "sold twice", "--effective", "2026-11"),
    "capacity_swap_revoked": ("--swap-id", "new-swap", "--reason", "to avoid double replacement", "--effective", "2026-11"),
    "credit_lot_recognised": ("--lot-id", "new-lot", "--facility-id", "silmet", "--activity-id", "rare-earth-separation",
                              "--capacity", "1000", "--holder-id", "solvay", "--expires-on", "2027", "--effective", "2026-11"),
    "credit_lot_transferred": ("--lot-id", "new-lot", "--from-id", "solvay", "--to-id", "jamr", "--capacity", "500",
                               "--price", "€1 M", "--effective", "2026-11"),
    "credit_lot_returned": ("--lot-id", "new-lot", "--swap-id", "new-swap", "--capacity", "500", "--effective", "2026-11"),
    "capacity_reported": ("--country", "FR", "--activity-id", "rare-earth-separation", "--capacity", "4000",
                          "--tolerance-pct", "5", "--effective", "2026"),
    "quota_issued": ("--quota-id", "new-quota", "--jurisdiction", "CN", "--activity-id", "rare-earth-mining-quota", "--stage",
                     "mining", "--material", "light", "--year", "2026", "--batch", "B1", "--amount", "withheld", "--holder-id", "solvay",
                     "--include", "jamr", "--effective", "2026"),
    "rule_enacted": ("--rule-id", "new-rule", "--title", "Measures", "--jurisdiction", "CN", "--region", "CN-NM", "--region",
                     "CN-HE", "--activity-id", "rare-earth-separation", "--kind", "replacement_ratio", "--ratio-min", "1.25",
                     "--exception", "condition=in Tibet,ratio_min=1", "--in-force-from", "2027", "--effective", "2026-11"),
    "rule_suspended": ("--rule-id", "new-rule", "--until", "2027-11-10", "--effective", "2026-11"),
    "rule_repealed": ("--rule-id", "new-rule", "--effective", "2026-11-20"),
    "support_awarded": ("--support-id", "new-support", "--jurisdiction", "EU", "--recipient-id", "solvay", "--instrument", "grant",
                        "--stage", "awarded", "--amount", "EUR 18.7 M", "--effective", "2026-11"),
    "exchange_rate_stated": ("--currency", "EUR", "--in-currency", "USD", "--rate", "1.08", "--effective", "2026-11-20"),
    "claim_recorded": ("--target", "e168", "--stance", "contradicts", "--differing", "field=capacity,value=5100",
                       "--differing", "field=due,value=2027"),
    "event_retracted": ("--target", "e166", "--because", "revision", "--reason", "the source took it back"),
}  # fmt: skip


def test_there_is_a_case_for_every_event_type() -> None:
    assert set(BY_FLAGS) == set(EVENT_TYPES)


SOME = [
    *("joint_venture_formed", "capacity_stated", "capacity_swap_announced", "quota_issued", "event_retracted"),
]
"""One of each part of the vocabulary, none of which needs another."""


@pytest.mark.parametrize(
    ("names", "how"),
    [(SOME, ["--quick"]), pytest.param(list(BY_FLAGS), [], marks=pytest.mark.soak)],
    ids=["some", "all"],
)
def test_every_event_type_can_be_recorded_by_flags_and_only_once(
    ledger: Path, names: list[str], how: list[str]
) -> None:
    for name in names:
        flags = BY_FLAGS[name]
        words = ("record", name.replace("_", "-"), *flags, *SOURCE, "--yes")
        before = head_of(ledger)
        run = policytrack(ledger, *words)
        assert run.code == 0, (name, run.err)
        assert f"recorded e{before + 1} {name}" in run.err
        again = policytrack(ledger, *words)
        assert again.code == 0, (name, again.err)
        assert f"already recorded as e{before + 1}" in again.err
        assert head_of(ledger) == before + 1
    shown = json.loads(policytrack(ledger, "show", f"e{head_of(ledger)}", "--json").out)[0]
    assert (shown["source_count"], shown["because"]) == (1, None)
    assert policytrack(ledger, "verify", *how).code == 0


def test_a_dry_run_shows_the_effect_and_writes_nothing(ledger: Path) -> None:
    before = head_of(ledger)
    run = policytrack(ledger, "record", *("project-cancelled", *BY_FLAGS["project_cancelled"]), "--dry-run")
    assert run.code == 0
    changes = [line.split("\t") for line in run.out.splitlines()]
    assert ["CN", "rare-earth-separation", "pending_gross", "15000", "10000", "-5000", "t REO/yr"] in changes
    assert ["CN", "rare-earth-separation", "pending_retiring", "12000", "7000", "-5000", "t REO/yr"] in changes
    assert not any("pending_net" in line for line in changes)
    assert head_of(ledger) == before


def test_importing_twice_is_a_no_op_and_says_so(ledger: Path) -> None:
    story = ledger / "story.yaml"
    story.write_text(
        "sources: {n: {title: Notice, class: regulator}}\n"
        "defaults: {known_on: 2026-11-01, sources: [n]}\n"
        "events:\n"
        "- {type: project_suspended, project_id: northern-jinlong-separation, effective: 2026-10}\n"
        "- {type: project_resumed, project_id: northern-jinlong-separation, effective: 2026-11-01}\n"
    )
    before = head_of(ledger)
    trial = policytrack(ledger, "import", "story.yaml", "--dry-run")
    assert (trial.code, head_of(ledger)) == (0, before)
    assert "2 new" in trial.err
    first = policytrack(ledger, "import", "story.yaml")
    assert f"recorded e{before + 1}–e{before + 2} in one transaction" in first.err
    second = policytrack(ledger, "import", "-", given=story.read_bytes())
    assert second.code == 0, second.err
    assert "0 new · 2 already recorded" in second.err
    assert "nothing to do" in second.err
    assert head_of(ledger) == before + 2


def _heeds_interrupts() -> None:
    """As a terminal's processes do, whoever runs the tests: a shell lets those that it starts in the background not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _terminal(ledger: Path, *words: str) -> pexpect.spawn[str]:
    return pexpect.spawn(
        sys.executable, ["-m", "policytrack", *words], cwd=str(ledger), env=environment(COLUMNS="100", TERM="xterm"),
        encoding="utf-8", timeout=20, dimensions=(40, 100), preexec_fn=_heeds_interrupts,
    )  # fmt: skip


def test_the_wizard_asks_offers_near_matches_and_prints_the_flags(ledger: Path, demo_ledger: Path) -> None:
    before = head_of(ledger)
    child = _terminal(ledger, "record")
    child.expect("Event type")
    child.sendline("stake-stated")
    child.expect("owned id")
    child.sendline("northern-jinlon")
    child.expect("Is it northern-jinlong ")
    child.sendline("y")
    child.expect("owner id")
    child.sendline("solvay")
    child.expect("stake pct")
    child.sendline("1.5")
    child.expect("effective")
    child.sendline("2026-10")
    child.expect("known on")
    child.sendline("")
    child.expect("source")
    child.sendline("title=Seen,class=company")
    child.expect("source")
    child.sendline("")
    child.expect("Record it")
    child.sendline("y")
    child.expect("the same with flags: (.*)\r\n")
    flags = shlex.split(str(child.match[1]))
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert head_of(ledger) == before + 1
    other = policytrack(ledger, *flags[1:])
    assert f"already recorded as e{before + 1}" in other.err


@pytest.mark.soak
def test_the_wizard_refuses_a_wrong_answer_at_once_and_prompts_again(ledger: Path) -> None:
    child = _terminal(ledger, "record", "stake-stated")
    for prompt, answer in (
        ("owned id: ", "northern-jinlong"),
        ("owner id: ", "solvay"),
        ("stake pct: ", "1,5,5"),
        ("stake_pct: '1,5,5'", ""),
        ("stake pct: ", "1.5"),
        ("effective: ", "2026-13"),
        ("there is no month 13", ""),
        ("effective: ", "2026-10"),
        ("known on .*: ", "2026-01-01"),
        ("effective 2026-10 begins after known_on 2026-01-01", ""),
        ("known on .*: ", "2026-11-01"),
        ("source 1 title, empty to end: ", ""),
        ("Record it", "y"),
        ("recorded e[0-9]+", ""),
    ):
        child.expect(prompt)
        if answer or prompt.startswith("source"):
            child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def _converse(child: pexpect.spawn[str], *steps: tuple[str, str]) -> None:
    """Wait for the end of each prompt, and answer it."""
    for prompt, answer in steps:
        child.expect(prompt)
        child.sendline(answer)


def test_what_is_missing_is_registered_on_the_way_and_all_is_recorded_in_one_transaction(tmp_path: Path) -> None:
    assert policytrack(tmp_path, "init", "L").code == 0
    ledger = tmp_path / "L"
    child = _terminal(ledger, "record", "capacity-stated")
    _converse(
        child,
        ("facility id: ", "Aarhus Stack"),
        ("no facility 'Aarhus Stack'. Register it now", "y"),
        ("facility_registered aarhus-stack:\r\ncountry: ", "DK"),
        ("region: ", ""),
        ("operator id: ", "Green Hydrogen"),
        ("no firm 'Green Hydrogen'. Register it now", "y"),
        ("firm_registered green-hydrogen:\r\ncountry: ", "<"),  # not after all
        ("operator id: ", "Green Hydrogen"),
        ("Register it now", "y"),
        ("country: ", "DK"),
        ("known on .*: ", "2025-06-30"),
        ("source 1 title, empty to end: ", "A list"),
        ("source 1 class .*: ", "somebody"),
        ("'somebody' is not one of .*\r\nsource 1 class .*: ", "analyst"),
        ("source 1 publisher: ", "<"),
        (r"source 1 class .* \[analyst\]: ", ""),
        ("source 1 publisher: ", ""),
        ("source 1 url: ", "example"),
        ("source 1 published on: ", ""),
        (r"sources\[1\].url: 'example' is not an http.*source 1 title, empty to end \[A list\]: ", ""),
        ("source 1 class .*: ", ""),
        ("source 1 publisher: ", ""),
        (r"source 1 url \[example\]: ", "-"),
        ("source 1 published on: ", ""),
        ("source 2 title, empty to end: ", ""),
        (r"green-hydrogen will be registered.*known on \[2025-06-30\]: ", ""),
        (r"source 1 title, empty to end \[A list\]: ", "title=A list,class=analyst,locator=page 3"),
        ("source 2 title, empty to end: ", ""),
        ("aarhus-stack will be registered.*activity id: ", "electrolyser-manufacturing"),
        ("capacity: ", "500 MW/yr"),
        ("effective: ", "2025"),
        ("known on .*: ", "<"),
        (r"effective \[2025\]: ", "2025-03"),
        ("known on .*: ", ""),
        (r"source 1 title, empty to end \[A list\]: ", ""),
        ("source 1 class .*: ", ""),
        ("source 1 publisher: ", ""),
        ("source 1 url: ", ""),
        ("source 1 published on: ", ""),
        ("source 2 title, empty to end: ", ""),
        ("Record them", "y"),
    )
    child.expect("recorded e1–e3: firm_registered, facility_registered, capacity_stated")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    commands = re.findall("the same with flags: (.*?)\r\n", str(child.before))
    assert [shlex.split(command)[2] for command in commands] == [
        "firm-registered", "facility-registered", "capacity-stated",
    ]  # fmt: skip
    events = [json.loads(line) for line in policytrack(ledger, "export", "events").out.splitlines()]
    assert {event["known_on"] for event in events} == {"2025-06-30"}
    assert [event["sources"][0].get("locator") for event in events] == [None, "page 3", "page 3"]
    assert events[2]["effective"]["edtf"] == "2025-03"
    for command in commands:
        assert "already recorded as e" in policytrack(ledger, *shlex.split(command)[1:]).err


def test_an_interrupted_wizard_leaves_nothing(ledger: Path) -> None:
    before = head_of(ledger)
    child = _terminal(ledger, "record", "project-cancelled")
    child.expect("project id: ")
    # An interrupt between the prompt and the first read is seen by Python only after the next key (readline).
    time.sleep(0.5)
    child.sendintr()
    child.expect("interrupted")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert head_of(ledger) == before


def test_no_input_means_no_questions(ledger: Path) -> None:
    child = _terminal(ledger, "--no-input", "record", "project-cancelled")
    child.expect("missing --project-id, --effective")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2


@pytest.mark.soak
def test_the_head_replays_exactly_what_our_file_said(ledger: Path) -> None:
    before, head = policytrack(ledger, "capacity", "--json").out, head_of(ledger)
    words = ("record", "project-completed", "--project-id", "northern-jinlong-separation", "--capacity", "5000",
             "--effective", "2026-11-20")  # fmt: skip
    assert policytrack(ledger, *words).code == 0
    assert policytrack(ledger, "capacity", "--json").out != before
    assert policytrack(ledger, "capacity", "--json", "--head", f"e{head}").out == before
    assert policytrack(ledger, "sql", "FROM national_capacity ORDER BY ALL", "--json", "--head", str(head)).code == 0
    assert policytrack(ledger, "capacity", "--json", "--recorded-at", "2020-01-01").out == "[]\n"
    too_far = policytrack(ledger, "capacity", "--head", "e9999")
    assert (too_far.code, f"the last is e{head + 1}" in too_far.err) == (4, True)


@pytest.mark.soak
def test_recording_importing_and_asking_do_not_load_pandas_where_it_is_installed(ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "pandas.py").write_text("raise SystemExit('pandas was imported')\n")
    path = {"fresh": True, "PYTHONPATH": str(tmp_path)}
    (ledger / "f.jsonl").write_text('{"type": "firm_registered", "firm_id": "f-2", "name": "F"}\n')
    for words in (
        ("record", "firm-registered", "--firm-id", "f-1", "--name", "F"),
        ("import", "f.jsonl"),
        ("capacity", "--country", "CN"),
    ):
        run = policytrack(ledger, *words, **path)  # type: ignore[arg-type] # as it takes them
        assert run.code == 0, run.err


@pytest.mark.parametrize("wrong", [False, pytest.param(True, marks=pytest.mark.soak)])
def test_what_is_said_after_an_import_begins_a_line_of_its_own(ledger: Path, wrong: bool) -> None:
    rows = "".join(f"firm_registered,f-{number},F {number}\n" for number in range(1_500))
    last = "firm_registered,no id,X\n" if wrong else ""
    (ledger / "f.csv").write_text(f"type,firm_id,name\n{rows}{last}")
    child = _terminal(ledger, "import", "f.csv")
    child.expect(pexpect.EOF)
    shown = str(child.before)
    assert "reading: 1,000 events" in shown
    assert "\r\n" + ("f.csv:1502:17" if wrong else "1500 events read") in shown.replace("\x1b[K", "")
