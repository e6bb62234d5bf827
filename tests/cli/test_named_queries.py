"""Named queries and the user's own views: files in the ledger, asked by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import policytrack

BY_REGION = """/* One row per region with pending projects
   of at least a size. */
SELECT region_code, sum(net) AS net -- $not_this is in a comment
FROM pending_project
WHERE country_code = $country AND net >= $least::DECIMAL(18, 3) AND due_latest <= coalesce(due_latest, $as_of)
  AND name <> '$nor_this' AND $country <> ''
GROUP BY region_code ORDER BY region_code
"""


@pytest.fixture
def asked(demo_ledger: Path) -> Iterator[Path]:
    """The demo ledger with a query and nothing else; taken away afterwards."""
    query = demo_ledger / "queries" / "pipeline_by_region.sql"
    query.write_text(BY_REGION)
    yield demo_ledger
    for path in (demo_ledger / "queries").iterdir():
        path.unlink()


def test_a_named_query_takes_parameters_of_the_type_it_casts_to(asked: Path) -> None:
    run = policytrack(asked, "sql", "--named", "pipeline_by_region", "-p", "country=CN", "-p", "least=2000", "--json")
    assert run.code == 0, run.err
    rows = json.loads(run.out)
    assert {row["region_code"] for row in rows} >= {"CN-NM"}
    more = policytrack(asked, "sql", "--named", "pipeline_by_region", "-p", "country=CN", "-p", "least=9e9", "--json")
    assert json.loads(more.out) == []
    wrong = policytrack(
        asked, "sql", "--named", "pipeline_by_region", "-p", "country=CN", "-p", "least='; DROP TABLE event"
    )
    assert wrong.code == 1
    assert "DROP" in wrong.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-p", "country=CN"), "no value is given for $least"),
        (("-p", "country=CN", "-p", "least=1", "-p", "most=2"), "the query has no $most; its parameters: $as_of, $country, $least"),
        (("-p", "country"), "is not NAME=VALUE"),
        (("-p", "country=CN", "FROM firm"), "exactly one query is needed"),
    ],
)  # fmt: skip
def test_a_parameter_too_few_or_too_many_is_named(asked: Path, words: tuple[str, ...], said: str) -> None:
    run = policytrack(asked, "sql", "--named", "pipeline_by_region", *words)
    assert run.code == 2
    assert said in run.err


def test_the_list_says_what_each_query_answers(asked: Path) -> None:
    (asked / "queries" / "bare.sql").write_text("SELECT 1 AS one")
    rows = json.loads(policytrack(asked, "sql", "--list", "--json").out)
    assert rows == [
        {"name": "bare", "parameters": [], "meaning": ""},
        {
            "name": "pipeline_by_region",
            "parameters": ["country", "least"],
            "meaning": "One row per region with pending projects of at least a size.",
        },
    ]


def test_an_unknown_or_unreadable_query_is_named(asked: Path) -> None:
    missing = policytrack(asked, "sql", "--named", "pipeline_by_regoin")
    assert missing.code == 4
    assert "similar: pipeline_by_region" in missing.err
    outside = policytrack(asked, "sql", "--named", "../queries/pipeline_by_region")
    assert outside.code == 4
    (asked / "queries" / "broken.sql").write_bytes(b"SELECT '\xff'")
    broken = policytrack(asked, "sql", "--named", "broken")
    assert broken.code == 1
    assert "broken.sql" in broken.err


WAITING = """/* One row per activity that waits. */
SELECT
  activity_id, -- what
  count(*) AS projects -- how many
FROM pending_project_at(p_as_of, p_known_at) GROUP BY activity_id
"""


@pytest.mark.soak
def test_a_view_of_the_users_own_is_a_view_like_any_other(ledger: Path) -> None:
    (ledger / "projections" / "waiting.sql").write_text(WAITING)
    exported = policytrack(ledger, "export", "waiting", "--as-of", "2025-01-31", "--known-at", "2025-01-31", "--json")
    asked = policytrack(
        ledger, "sql", "FROM waiting ORDER BY ALL", "--as-of", "2025-01-31", "--known-at", "2025-01-31", "--json"
    )
    assert exported.code == 0, exported.err
    assert json.loads(exported.out) == json.loads(asked.out) != []
    assert "One row per activity that waits." in policytrack(ledger, "schema").out


@pytest.mark.soak
def test_a_view_of_the_users_own_is_in_a_package(ledger: Path, tmp_path: Path) -> None:
    (ledger / "projections" / "waiting.sql").write_text(WAITING)
    assert policytrack(ledger, "export", str(tmp_path / "package")).code == 0
    package = json.loads((tmp_path / "package" / "datapackage.json").read_text())
    described = next(resource for resource in package["resources"] if resource["name"] == "waiting")
    assert described["schema"]["fields"][1] == {"name": "projects", "type": "integer", "description": "how many"}
