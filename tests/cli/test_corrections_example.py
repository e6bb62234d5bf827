"""The worked example of corrections: 8,000 known in March, 7,200 since May, as a revision and as an error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import policytrack, rows_of
from tests.thinning import one_in

STORY = """\
sources: {report: {title: Half-year report, class: filing, publisher: The firm}}
defaults: {sources: [report]}
events:
- {type: firm_registered, firm_id: builder, name: Builder, known_on: 2026-01-01}
- {type: facility_registered, facility_id: site, name: Site, country: CN, operator_id: builder, known_on: 2026-01-01}
- {type: project_registered, project_id: line, name: Line, facility_id: site, firm_id: builder,
   activity_id: rare-earth-separation, known_on: 2026-01-01}
- {type: project_completed, project_id: line, capacity: 8000, is_final: true, effective: 2026-02-20, known_on: 2026-03-02}
"""
TWO_DAYS = (
    "SELECT national.installed FROM (VALUES (DATE '2026-04-01'), (DATE '2026-06-01')) AS day(known),"
    " LATERAL (FROM national_capacity_at(DATE '2026-12-31', day.known)) AS national ORDER BY day.known"
)


@pytest.mark.parametrize(("because", "april", "june"), one_in(2, [("revision", 8000, 7200), ("error", 7200, 7200)]))
def test_the_figure_of_april_and_of_june_by_the_kind_of_correction(
    tmp_path: Path, because: str, april: int, june: int
) -> None:
    ledger = tmp_path / "ledger"
    (tmp_path / "story.yaml").write_text(STORY)
    assert policytrack(tmp_path, "init", "ledger").code == 0
    assert policytrack(ledger, "import", "../story.yaml").code == 0
    correct = ("correct", "e4", "--set", "capacity=7200", "--because", because)
    assert (
        policytrack(ledger, *correct, "--known-on", "2026-05-18" if because == "revision" else "2026-03-02").code == 0
    )

    assert [row["installed"] for row in rows_of(ledger, TWO_DAYS)] == [april, june]
    before = policytrack(ledger, "sql", TWO_DAYS, "--json", "--head", "e4")
    assert [row["installed"] for row in json.loads(before.out)] == [8000, 8000]
    why = json.loads(policytrack(ledger, "why", "project", "line", "capacity-completed", "--json").out)
    assert (why["sum_of_leaves"], [leaf["position"] for leaf in why["leaves"]]) == (7200, [5])
    assert [(other["position"], other["reason"]) for other in why["not_counted"]] == [(4, "superseded by e5")]
