"""`claim`: what another source says of an event, from the command line, and where it shows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.cli.conftest import head_of, policytrack, rows_of
from tests.thinning import one_in

REPORT = ("--source", "title=Report,class=analyst,publisher=SMM")
APPROVAL = "project_approved"


def approval(ledger: Path) -> str:
    query = "SELECT position FROM event_log WHERE type = 'project_approved' AND list_contains(subjects, 'project:northern-jinlong-separation')"
    (row,) = rows_of(ledger, query)
    return f"e{row['position']}"


def test_a_contradiction_is_a_conflict_and_changes_no_figure(ledger: Path) -> None:
    before, event = policytrack(ledger, "capacity", "--json").out, approval(ledger)
    run = policytrack(
        ledger, "claim", event, "--contradicts", "investment=4.57亿元", "--contradicts", "capacity=0.6万吨/年", *REPORT
    )
    assert (run.code, run.err) == (0, f"recorded e{head_of(ledger)} claim_recorded\n")
    here = f"FROM claim_conflict WHERE position = {event[1:]}"
    found = rows_of(ledger, f"SELECT field, recorded, claimed, source {here} ORDER BY field")
    assert found == [
        {"field": "capacity", "recorded": "5000", "claimed": "6000", "source": "Report"},
        {"field": "investment", "recorded": "CNY 470000000", "claimed": "CNY 457000000", "source": "Report"},
    ]
    assert policytrack(ledger, "capacity", "--json").out == before
    assert "Claims about it" in policytrack(ledger, "show", event).out
    assert rows_of(ledger, here, known_at="2026-11-22") == []
    by_flags = ("record", "claim-recorded", "--target", event, "--stance", "contradicts", "--differing",
                "field=investment,value=CNY 457000000", "--differing", "field=capacity,value=6000", *REPORT)  # fmt: skip
    assert "already recorded" in policytrack(ledger, *by_flags).err


@pytest.mark.soak
def test_a_claim_can_be_retracted_and_support_is_counted_and_named(ledger: Path) -> None:
    event = approval(ledger)
    for words in (("--corroborates",), ("--verifies", "--note", "by satellite"), ("--denies",)):
        run = policytrack(ledger, "claim", event, *words, *REPORT)
        assert run.code == 0, run.err
    query = f"SELECT corroborations, contradictions, is_verified, verified_by FROM event_verification WHERE position = {event[1:]}"
    (found,) = rows_of(ledger, query)
    assert found == {"corroborations": 1, "contradictions": 1, "is_verified": True, "verified_by": ["SMM"]}
    gone = policytrack(ledger, "retract", f"e{head_of(ledger)}", "--because", "error", "--reason", "another project")
    assert gone.code == 0, gone.err
    assert rows_of(ledger, query)[0]["contradictions"] == 0
    assert policytrack(ledger, "verify").code == 0


@pytest.mark.soak
def test_support_of_what_no_longer_stands_is_said_to_be_so(ledger: Path) -> None:
    event = approval(ledger)
    assert policytrack(ledger, "correct", event, "--set", "capacity=5100", "--because", "error").code == 0
    newer = head_of(ledger)
    run = policytrack(ledger, "claim", event, "--verifies", *REPORT)
    assert f"note: {event} is superseded by e{newer}" in run.err
    assert "note" not in policytrack(ledger, "claim", event, "--contradicts", "capacity=5200", *REPORT).err


@pytest.mark.parametrize(
    ("words", "code", "what"),
    one_in(
        3,
        [
            ((), 2, "exactly one of --corroborates"),
            (("--verifies", "--contradicts", "capacity=1"), 2, "exactly one of --corroborates"),
            (("--contradicts", "capacity"), 2, "FIELD=VALUE"),
            (("--contradicts", "colour=red"), 3, "use one of effective, project_id, capacity"),
            (("--contradicts", "capacity=five"), 3, "'five' is not a capacity"),
            (("--contradicts", "capacity=600 MW"), 3, "another dimension"),
            (("--contradicts", "capacity=5,000"), 3, "record a claim that corroborates the event"),
        ],
    ),
)
def test_a_claim_that_says_nothing_sound_is_refused(ledger: Path, words: tuple[str, ...], code: int, what: str) -> None:
    before = head_of(ledger)
    run = policytrack(ledger, "claim", approval(ledger), *words, *REPORT)
    assert (run.code, head_of(ledger)) == (code, before)
    assert what in run.err
    assert policytrack(ledger, "claim", "e9999", "--verifies", *REPORT).code == 4
    assert "--source" in policytrack(ledger, "claim", "e1", "--verifies").err


def test_claims_are_imported_from_a_file_with_figures_as_they_are_written_there(ledger: Path) -> None:
    target = rows_of(ledger, f"SELECT event_id FROM event_log WHERE position = {approval(ledger)[1:]}")[0]["event_id"]
    story = ledger / "claims.yaml"
    story.write_text(
        "sources: {n: {title: Report, class: analyst}}\n"
        "defaults: {known_on: 2026-11-01, sources: [n]}\n"
        "events:\n"
        f"- {{type: claim_recorded, target: {target}, stance: contradicts, differing: [{{field: capacity, value: 5100}}]}}\n"
    )
    assert policytrack(ledger, "import", "claims.yaml").code == 0
    assert rows_of(ledger, f"SELECT claimed, known_on FROM claim_conflict WHERE event_id = '{target}'") == [
        {"claimed": "5100", "known_on": date(2026, 11, 1)}
    ]
    story.write_text(story.read_text().replace("contradicts", "verifies").replace("[n]", "[]"))
    refused = policytrack(ledger, "import", "claims.yaml")
    assert refused.code == 3
    assert "claims.yaml:2:" in refused.err and "sources" in refused.err
    story.write_text(story.read_text().replace("[]", "[n]"))
    refused = policytrack(ledger, "import", "claims.yaml")
    assert (
        "a claim that verifies an event cannot have differing values (record what differs as a claim of its own"
        in refused.err
    )
