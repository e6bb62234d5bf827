"""A retirement that was known before anybody said what stood there: the figure is below zero, and never in silence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import policytrack
from tests.thinning import one_in

STORY = """\
sources: {notice: {title: Notice, class: regulator, publisher: The ministry}}
defaults: {sources: [notice]}
events:
- {type: firm_registered, firm_id: smelter, name: Smelter, known_on: 2017-03-01}
- {type: facility_registered, facility_id: works, name: Works, country: CN, operator_id: smelter, known_on: 2017-03-01}
- {type: capacity_retired, facility_id: works, activity_id: crude-steel, capacity: "1,100,000 t/yr",
   effective: 2017-03-01, known_on: 2017-03-01}
- {type: capacity_stated, facility_id: works, activity_id: crude-steel, capacity: "1,100,000 t/yr",
   effective: 2016, known_on: 2022-01-01}
"""
THEN, LATER = ("--as-of", "2018", "--known-at", "2018"), ("--as-of", "2018", "--known-at", "2022")
QUESTIONS = [
    ("capacity",),
    ("capacity", "--by", "region"),
    ("capacity", "--by", "facility"),
    ("series", "--from", "2018"),
    ("holdings", "--basis", "operated"),
    ("asof",),
]


@pytest.fixture(scope="module")
def known_late(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("late")
    (folder / "story.yaml").write_text(STORY)
    assert policytrack(folder, "init", "ledger").code == 0
    assert policytrack(folder / "ledger", "import", "../story.yaml").code == 0
    return folder / "ledger"


@pytest.mark.parametrize("words", one_in(2, QUESTIONS, of_one=True))
def test_a_figure_below_zero_is_said_with_where_to_look(known_late: Path, words: tuple[str, ...]) -> None:
    said = (
        "below zero in 1 row: more capacity is recorded as retired than as installed"
        " (run `policytrack check` for the same dates)"
    )
    raw = policytrack(known_late, *words, *THEN, "--format", "csv")
    assert (raw.code, raw.err) == (0, f"note: {said}\n")
    assert "-1100000" in raw.out
    assert policytrack(known_late, *words, *THEN, "--format", "table").out.rstrip().endswith(said)
    quiet = policytrack(known_late, *words, *LATER, "--format", "csv")
    assert (quiet.code, quiet.err) == (0, "")
    assert "-1100000" not in quiet.out


def test_the_check_finds_it_at_the_dates_at_which_it_is_so(known_late: Path) -> None:
    found = policytrack(known_late, "check", *THEN, "--json")
    (finding,) = json.loads(found.out)
    assert found.code == 1
    assert (finding["check_name"], finding["subject"], finding["events"]) == (
        "retirement_beyond_installed", "facility:works", "e3"
    )  # fmt: skip
    assert "nothing known says what was installed by then" in finding["message"]
    assert policytrack(known_late, "check", *LATER).code == 0


def test_a_chart_says_what_it_cannot_draw(known_late: Path) -> None:
    assert "0 operating, net −1,100,000" in policytrack(known_late, "plot", "capacity", *THEN).out
    assert "net" not in policytrack(known_late, "plot", "capacity", *LATER).out
