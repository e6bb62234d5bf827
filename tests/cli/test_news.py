"""`news`: what became known since a day, and how projects changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run, policytrack

EVENTS = """events:
  - {type: firm_registered, firm_id: north, name: North Metals, country: DE, known_on: 2020-01-01}
  - {type: facility_registered, facility_id: works, name: Works, country: DE, operator_id: north, known_on: 2020-01-01}
  - {type: project_registered, project_id: mill, name: Mill, facility_id: works, activity_id: crude-steel, firm_id: north,
     known_on: 2020-01-01}
  - {type: project_announced, project_id: mill, capacity: 5000, due: 2022-12, effective: 2020-01-01, known_on: 2020-01-01}
  - {type: schedule_revised, project_id: mill, due: 2023-12, effective: 2021-03-01, known_on: 2021-03-02}
  - {type: scope_revised, project_id: mill, capacity: 7000, effective: 2021-04-01, known_on: 2021-04-02}
  - {type: project_approved, project_id: mill, replacement: none, effective: 2021-05-01, known_on: 2021-05-02}
  - {type: capacity_stated, facility_id: works, activity_id: crude-steel, capacity: 900, effective: 2021-01-01,
     known_on: 2021-06-01}
"""


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("news")
    policytrack(folder, "init", ".")
    (folder / "e.yaml").write_text(EVENTS, encoding="utf-8")
    assert policytrack(folder, "import", "e.yaml").code == 0
    return folder


def news(ledger: Path, *words: str) -> list[dict[str, Any]]:
    run = policytrack(ledger, "news", *words, "--json")
    assert run.code == 0, run.err
    rows: list[dict[str, Any]] = json.loads(run.out)
    return rows


def test_each_event_of_the_time_is_one_row_with_its_country_and_activity(works: Path) -> None:
    rows = news(works, "--since", "2021-03-02", "--known-at", "2021-05-02")
    assert [(row["what"], row["known_on"], row["country_code"], row["activity_id"]) for row in rows] == [
        ("schedule", "2021-03-02", "DE", "crude-steel"),
        ("scope", "2021-04-02", "DE", "crude-steel"),
        ("approval", "2021-05-02", "DE", "crude-steel"),
    ]
    assert [row["change"] for row in rows] == [
        None, None, "status announced → approved; due 2022-12 → 2023-12 (+365 days); planned 5,000 → 7,000 t/yr",
    ]  # fmt: skip


def test_what_was_known_before_and_later_is_no_news(works: Path) -> None:
    assert [row["position"] for row in news(works, "--since", "2021-05-03")] == [8]
    assert news(works, "--since", "2021-03-03", "--known-at", "2021-04-01") == []
    (first, *_) = news(works, "--since", "2020-01-01", "--known-at", "2020-12-31", "--what", "new-project")
    assert (first["subject"], first["change"]) == ("project:mill", None)


def test_a_correction_is_news_of_its_own_and_marks_what_it_corrects(works: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(works, tmp_path / "copy")
    policytrack(copy, "correct", "e8", "--set", "capacity=950", "--because", "revision", "--known-on", "2021-07-01")
    rows = news(copy, "--since", "2021-06-01")
    assert [(row["position"], row["what"], row["superseded_by"]) for row in rows] == [
        (8, "capacity", 9),
        (9, "correction", None),
    ]


def test_filters_and_a_day_after_the_knowledge_date(works: Path) -> None:
    assert news(works, "--since", "2021-03-02", "--country", "DE", "--what", "rule") == []
    run = policytrack(works, "news", "--since", "2021-03-02", "--known-at", "2020-01-01")
    assert (run.code, run.err.splitlines()[0]) == (
        2, "policytrack: error PT100: --since 2021-03-02 is after --known-at 2020-01-01",
    )  # fmt: skip


def test_the_story_of_october_2025_is_news_of_it(ask: Callable[..., Run]) -> None:
    words = ("--since", "2025-10-27", "--known-at", "2025-10-31", "--country", "CN", "--json")
    rows = json.loads(ask("news", *words).out)
    assert [(row["what"], row["subject"], row["change"]) for row in rows] == [
        ("approval", "project:northern-jinlong-separation", None),
        ("swap", "project:northern-jinlong-separation", "status announced → approved"),
    ]
    assert all(row["sources"] for row in rows)
