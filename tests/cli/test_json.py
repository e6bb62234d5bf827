"""JSON for programs: answers with their coordinates, what a command did, and errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import policytrack
from tests.cli.conftest import DAY, head_of
from tests.cli.conftest import policytrack as run
from tests.thinning import one_in

OCTOBER = ("--as-of", "2025-10-31", "--known-at", "2025-10-31")
CANCELLED = ("record", "project-cancelled", "--project-id", "nolans-ndpr", "--effective", "2026-10")


def loaded(text: str) -> Any:
    return json.loads(text, parse_float=str)


@pytest.mark.parametrize(
    "words",
    one_in(5, [
        ("capacity", "--country", "CN"), ("capacity", "--by", "facility"), ("holdings", "baogang-group"), ("pending",),
        ("series", "--from", "2024"), ("diff", "--from", "2025-01-31"), ("news", "--since", "2025-10-01"), ("swaps",),
        ("check", "--acknowledged"), ("asof",), ("show", "e14"), ("firm", "list"), ("sql", "FROM national_capacity ORDER BY ALL"),
        ("holdings", "baogang-group", "--tree"),
    ], of_one=True),
    ids=" ".join,
)  # fmt: skip
def test_an_envelope_holds_the_coordinates_and_the_rows(demo_ledger: Path, words: tuple[str, ...]) -> None:
    plain, whole = run(demo_ledger, *words, *OCTOBER, "--json"), run(demo_ledger, *words, *OCTOBER, "--envelope")
    found = loaded(whole.out)
    assert found["rows"] == loaded(plain.out)
    assert (found["as_of"], found["known_at"], found["dates"]) == ("2025-10-31", "2025-10-31", "latest")
    assert (found["head"], found["count"]) == (head_of(demo_ledger), len(found["rows"]))
    assert found["digest"].startswith("sha256:") and found["digest"] in found["citation"]
    assert [column["name"] for column in found["columns"]] == list(found["rows"][0])
    units = {row.get("unit") for row in found["rows"]} - {None}
    assert units <= set(found["units"])


def test_the_envelope_is_that_of_the_python_api(demo_ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLICYTRACK_TODAY", DAY)
    october = {"as_of": "2025-10-31", "known_at": "2025-10-31"}
    ledger = policytrack.open(demo_ledger)
    words = ("capacity", "--country", "CN", *OCTOBER, "--envelope")
    assert loaded(run(demo_ledger, *words).out) == loaded(ledger.capacity(country="CN", **october).to_json())
    of = ("--country", "CN", "--activity", "crude-steel")
    explained = loaded(run(demo_ledger, "why", "net", *of, *OCTOBER, "--envelope").out)
    assert explained == loaded(ledger.why("net", country="CN", activity="crude-steel", **october).to_json())


def test_an_envelope_is_written_to_a_file_and_in_no_other_format(demo_ledger: Path, tmp_path: Path) -> None:
    target = tmp_path / "answer.json"
    assert run(demo_ledger, "pending", "--envelope", "-o", str(target)).code == 0
    assert loaded(target.read_text())["query"] == "pending"
    refused = run(demo_ledger, "pending", "--envelope", "--format", "csv")
    assert (refused.code, refused.out) == (2, "")
    assert "--envelope does not apply to --format csv" in loaded(refused.err)["what"]
    assert run(demo_ledger, "sql", "--list", "--envelope").code == 2


@pytest.mark.parametrize(
    ("words", "code", "error", "place"),
    [
        (("capacity", "--activity", "rare-earth-seperation"), 4, "PT401", None),
        (("capacity", "--as-of", "soon"), 2, "PT100", None),
        (("capcity",), 2, "PT100", None),
        (("sql", "SELECT nothing FROM project"), 1, "PT101", None),
        ((*CANCELLED[:-1], "2026-13-40"), 3, "PT202", "--effective"),
        (("record",), 2, "PT100", None),
    ],
)
def test_an_error_is_one_object_with_code_place_and_hint(
    demo_ledger: Path, words: tuple[str, ...], code: int, error: str, place: str | None
) -> None:
    done = run(demo_ledger, *words, "--json")
    found = loaded(done.err)
    assert (done.code, done.out) == (code, "")
    assert (found["error"], found["place"]) == (error, place)
    assert found["what"] and found["hint"]
    assert found.keys() == {"error", "what", "place", "hint", "candidates"}


def test_a_refused_import_lists_its_findings(demo_ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("- type: project_cancelled\n  project_id: nolans-ndpr\n  effective: 2026-13\n")
    done = run(demo_ledger, "import", str(tmp_path / "bad.yaml"), "--json")
    (finding,) = loaded(done.err)["findings"]
    assert (done.code, finding["place"]) == (3, f"{tmp_path / 'bad.yaml'}:3:14")


def test_each_command_that_writes_reports_what_it_did(ledger: Path, tmp_path: Path) -> None:
    def done(*words: str) -> dict[str, Any]:
        ran = run(ledger, *words, "--json")
        assert ran.code == 0, ran.err
        found: dict[str, Any] = loaded(ran.out)
        return found

    top = head_of(ledger)
    dry = done(*CANCELLED, "--dry-run")
    assert (dry["stored"], dry["is_dry_run"], dry["head"]) == (0, True, top)
    assert {row["figure"] for row in dry["effect"]} >= {"pending_gross"}
    stored = done(*CANCELLED)
    assert (stored["stored"], stored["first"], stored["last"], stored["head"]) == (1, top + 1, top + 1, top + 1)
    assert stored["types"] == ["project_cancelled"]
    assert stored["digest"] == f"sha256:{stored['digest'][7:]}"
    corrected = done("correct", f"e{top + 1}", "--set", "effective=2026-09", "--because", "error")
    assert corrected["first"] == top + 2
    retracted = done("retract", f"e{top + 2}", "--because", "error", "--reason", "x")
    assert retracted["first"] == top + 3
    (tmp_path / "one.yaml").write_text("- type: project_cancelled\n  project_id: nolans-ndpr\n  effective: 2026-08\n")
    imported = done("import", str(tmp_path / "one.yaml"))
    assert (imported["events"], imported["new"], imported["stored"]) == (1, 1, 1)
    again = done("import", str(tmp_path / "one.yaml"))
    assert (again["new"], again["already"], again["stored"]) == (0, 1, 0)
    assert any("verified" in message for message in done("verify", "--quick")["messages"])
    assert done("rebuild")["head"] == top + 4
    assert loaded(run(tmp_path, "init", "new", "--json").out)["head"] == 0
