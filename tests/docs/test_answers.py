"""The JSON Schemas of answers in `docs/answers/`: fresh, kept for ever, and true of what the commands print."""

from __future__ import annotations

import json
from pathlib import Path

import answers  # in tools/docs
import pytest

from tests.cli.conftest import ledger, policytrack
from tests.thinning import one_in

__all__ = ["ledger"]
FOLDER = Path(__file__).resolve().parent.parent.parent / "docs" / "answers"
FROZEN = FOLDER / "FROZEN"


def lines_of(name: str) -> set[str]:
    """The contract of an answer, as the lines of `FROZEN` have it."""
    schema = json.loads((FOLDER / answers.file_name(name)).read_text(encoding="utf-8"))
    return {f"{name}{line}" for line in answers.contract(schema)}


def test_what_programs_rely_on_is_never_removed_or_changed() -> None:
    frozen = set(FROZEN.read_text(encoding="utf-8").splitlines())
    found = set().union(*(lines_of(name) for name in answers.NAMES))
    assert sorted(frozen - found) == [], "a property is missing or has another type: give the answer a new version"
    assert sorted(found - frozen) == [], "a property was added: append these lines to docs/answers/FROZEN"


def test_each_schema_is_of_an_answer() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == {answers.file_name(name) for name in answers.NAMES}


@pytest.mark.parametrize("name", one_in(11, answers.NAMES))
def test_a_schema_is_fresh(name: str) -> None:
    written = (FOLDER / answers.file_name(name)).read_text(encoding="utf-8")
    assert answers.schema_text(name) == written, "run `make docs` and read the difference"


@pytest.mark.parametrize("name", one_in(5, [*answers.ANSWERS, *answers.EXPLAINED]))
def test_an_answer_is_as_its_schema_says(demo_ledger: Path, name: str) -> None:
    checker = pytest.importorskip("jsonschema", reason="jsonschema is not installed: answers are not validated")
    schema = json.loads((FOLDER / answers.file_name(name)).read_text(encoding="utf-8"))
    words = answers.ANSWERS.get(name) or ("why", *answers.EXPLAINED[name])
    printed = policytrack(demo_ledger, *words, "--envelope")
    checker.Draft202012Validator(schema).validate(json.loads(printed.out))
    plain = json.loads(policytrack(demo_ledger, *words, "--json").out)
    if name in answers.ANSWERS:
        checker.Draft202012Validator(schema["properties"]["rows"]).validate(plain)
        assert plain or name == "pending_retirements"  # the demo has none


@pytest.mark.parametrize("words", [("sql", "SELECT 1 AS a", "--envelope"), ("status", "--json")])
def test_a_query_and_the_status_are_as_their_schemas_say(demo_ledger: Path, words: tuple[str, ...]) -> None:
    checker = pytest.importorskip("jsonschema", reason="jsonschema is not installed: answers are not validated")
    schema = json.loads((FOLDER / answers.file_name(words[0])).read_text(encoding="utf-8"))
    printed = json.loads(policytrack(demo_ledger, *words).out)
    checker.Draft202012Validator(schema).validate(printed)
    assert set(printed) == set(schema["required"])


def test_errors_and_what_was_done_are_as_their_schemas_say(ledger: Path) -> None:
    checker = pytest.importorskip("jsonschema", reason="jsonschema is not installed: answers are not validated")
    (ledger / "bad.yaml").write_text("- {type: firm_registered, firm_id: Not An Id, name: x}\n", encoding="utf-8")
    refused, done = (policytrack(ledger, *words, "--json") for words in (("import", "bad.yaml"), ("verify", "--quick")))
    for name, text in (("error", refused.err), ("done", done.out)):
        schema = json.loads((FOLDER / answers.file_name(name)).read_text(encoding="utf-8"))
        checker.Draft202012Validator(schema).validate(json.loads(text))
