"""The Python API: the same rows and coordinates as the command line, exact values, and the documented errors."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import policytrack
from policytrack.errors import (
    InvalidDate,
    MalformedInput,
    MissingExtra,
    NotFound,
    QueryFailed,
    Refused,
    RejectedImport,
    UnknownId,
    UsageError,
)
from policytrack.output.values import to_json
from tests.cli.conftest import DAY, environment, forked
from tests.cli.conftest import policytrack as command
from tests.copies import copied
from tests.thinning import one_in

OCTOBER = {"as_of": "2025-10-31", "known_at": "2025-10-31"}
OF_OCTOBER = ("--as-of", "2025-10-31", "--known-at", "2025-10-31")
SOURCE = {"title": "A note", "class": "trade-press", "publisher": "A paper"}
RARE_EARTH = "rare-earth-separation"
Ask = Callable[[policytrack.OpenLedger], policytrack.Result]

SAME: dict[tuple[str, ...], Ask] = {
    ("capacity", "--country", "CN"): lambda of: of.capacity(country="CN", **OCTOBER),
    ("capacity", "--by", "region", "--region", "CN-NM"): lambda of: of.capacity("region", region="CN-NM", **OCTOBER),
    ("capacity", "--by", "facility", "--min-sources", "1"): lambda of: of.capacity("facility", min_sources=1, **OCTOBER),
    ("capacity", "--by", "unit"): lambda of: of.capacity("unit", **OCTOBER),
    ("holdings", "Baogang Group", "--basis", "attributable", "--include", "planned"): lambda of: of.holdings(
        "Baogang Group", basis="attributable", include="planned", **OCTOBER
    ),
    ("pending", "--country", "CN", "--country", "AU", "--overdue"): lambda of: of.pending(
        country=["CN", "AU"], overdue=True, **OCTOBER
    ),
    ("pending", "--by", "year"): lambda of: of.pending("year", **OCTOBER),
    ("pending", "--retirements"): lambda of: of.planned_retirements(**OCTOBER),
    ("swaps", "--verdict", "fail", "--verdict", "unverified"): lambda of: of.swaps(
        verdict=("fail", "unverified"), **OCTOBER
    ),
    ("lots", "--open"): lambda of: of.lots(only_open=True, **OCTOBER),
    ("quotas", "--by", "year", "--stage", "mining", "--year", "2023"): lambda of: of.quotas(
        "year", stage="mining", year=2023, **OCTOBER
    ),
    ("policies", "--activity", "crude-steel", "--all"): lambda of: of.policies(
        activity="crude-steel", also_not_in_force=True, **OCTOBER
    ),
    ("support", "--firm", "mp-materials"): lambda of: of.support(firm="mp-materials", **OCTOBER),
    ("series", "--from", "2023", "--every", "quarter", "--vintage", "real-time", "--activity", RARE_EARTH):
        lambda of: of.series("2023", every="quarter", vintage="real-time", activity=RARE_EARTH, **OCTOBER),
    ("forecast", "--to", "2028", "--every", "year"): lambda of: of.forecast("2028", every="year", **OCTOBER),
    ("diff", "--from", "2025-01-31", "--known-from", "2025-01-31", "--figure", "pending-net"): lambda of: of.diff(
        "2025-01-31", known_from="2025-01-31", figures="pending-net", **OCTOBER
    ),
    ("diff", "--from", "2025-01-31", "--stat"): lambda of: of.diff("2025-01-31", stat=True, **OCTOBER),
    ("news", "--since", "2025-10-01", "--what", "new-project"): lambda of: of.news(
        "2025-10-01", what="new-project", **OCTOBER
    ),
    ("log", "--type", "project-approved", "--since", "2025-01-01"): lambda of: of.log(
        type="project-approved", since=date(2025, 1, 1), **OCTOBER
    ),
    ("check", "--acknowledged"): lambda of: of.check(**OCTOBER),
    ("sql", "FROM national_capacity WHERE country_code = $c", "-p", "c=CN"): lambda of: of.sql(
        "FROM national_capacity WHERE country_code = $c", {"c": "CN"}, **OCTOBER
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLICYTRACK_TODAY", DAY)


@pytest.fixture(scope="module")
def demo(demo_ledger: Path) -> Iterator[policytrack.OpenLedger]:
    with policytrack.open(demo_ledger) as ledger:
        yield ledger


@pytest.fixture
def own(demo_ledger: Path, tmp_path: Path) -> policytrack.OpenLedger:
    return policytrack.open(copied(demo_ledger, tmp_path / "own"))


@pytest.mark.parametrize("words", one_in(3, SAME, of_one=True), ids=" ".join)
def test_a_method_returns_what_the_command_prints(
    demo_ledger: Path, demo: policytrack.OpenLedger, words: tuple[str, ...]
) -> None:
    run = command(demo_ledger, *words, "--json", "--cite", *OF_OCTOBER)
    result = SAME[words](demo)
    assert json.loads(to_json(result.rows()), parse_float=str) == json.loads(run.out, parse_float=str)
    position = run.err.partition("head e")[2]
    assert (f"{result.head} ({result.digest})") == position[: position.index(",")]
    assert (result.as_of, result.known_at, result.dates) == (date(2025, 10, 31), date(2025, 10, 31), "latest")


def test_a_citation_is_that_of_the_command_line(demo_ledger: Path, demo: policytrack.OpenLedger) -> None:
    words = ("quotas", "--by", "year", "--country", "CN", "--stage", "mining", "--cite", *OF_OCTOBER)
    err = command(demo_ledger, *words).err
    cited = demo.quotas("year", country="CN", stage="mining", **OCTOBER).cite()
    printed = err.strip().rpartition(", retrieved")[0]
    assert set(re.split(r", | \(|\)", cited)) == set(re.split(r", | \(|\)", printed))


def test_figures_are_decimals_and_days_are_dates(demo: policytrack.OpenLedger) -> None:
    (row,) = demo.capacity(country="CN", activity=RARE_EARTH, **OCTOBER).rows()
    assert row["pending_net"] == Decimal(3000)
    assert isinstance(row["pending_net"], Decimal)
    project = next(iter(demo.pending(project="northern-jinlong-separation", **OCTOBER)))
    assert project["due_latest"] == date(2026, 12, 31)


def test_an_explanation_adds_up_and_is_that_of_the_command_line(
    demo_ledger: Path, demo: policytrack.OpenLedger
) -> None:
    found = demo.why("pending-net", country="CN", activity=RARE_EARTH, **OCTOBER)
    assert sum(leaf["amount"] for leaf in found.rows()) == found.total == found.figure == Decimal(3000)
    of = ("--country", "CN", "--activity", RARE_EARTH, *OF_OCTOBER)
    tree = command(demo_ledger, "why", "pending-net", *of, "--format", "table", COLUMNS="400").out
    without_marks = [line.lstrip("│├└─ ").rstrip() for line in tree.splitlines()]
    assert [line.strip() for line in str(found).splitlines()] == without_marks
    assert "<ul><li>project:" in found._repr_html_()


def test_each_kind_of_explanation_is_that_of_the_command_line(demo_ledger: Path, demo: policytrack.OpenLedger) -> None:
    steel = {"country": "CN", "activity": "crude-steel"}
    same = {
        ("net", "--country", "CN", "--activity", "crude-steel"): demo.why("net", **steel, **OCTOBER),
        ("project", "northern-jinlong-separation", "due"): demo.why_project(
            "northern-jinlong-separation", "due", **OCTOBER
        ),
        ("holdings", "baogang-group", RARE_EARTH, "--status", "pending"): demo.why_holdings(
            "baogang-group", RARE_EARTH, status="pending", **OCTOBER
        ),
        ("quota", "2023", "--stage", "mining"): demo.why_quota(2023, stage="mining", **OCTOBER),
    }
    for words, found in same.items():
        run = command(demo_ledger, "why", *words, "--json", *OF_OCTOBER)
        assert run.code == 0, run.err
        printed = json.loads(run.out, parse_float=str)
        assert printed.items() <= json.loads(found.to_json(), parse_float=str).items()
        assert repr(found).startswith(f"<why {words[0]}")
        assert found.result().columns


def test_coordinates_can_be_set_once(demo: policytrack.OpenLedger) -> None:
    then = demo.asof("2025-01")
    assert then.pending().coordinates == demo.pending(as_of=date(2025, 1, 31), known_at="2025-01-31").coordinates
    assert then.pending(known_at=datetime(2025, 2, 1, 12)).known_at == date(2025, 2, 1)  # noqa: DTZ001 # as pandas has it
    early = demo.at(head="e100").log()
    assert (early.head, len(early)) == (100, 100)
    assert demo.log(recorded_at="2020-01-01").head == 0


def test_other_libraries_read_a_result(demo: policytrack.OpenLedger) -> None:
    import duckdb
    import pyarrow as pa

    result = demo.capacity(country="CN", activity=[RARE_EARTH, "crude-steel"], **OCTOBER)
    assert pa.table(result).equals(result.to_arrow())
    assert result.units == ["t REO/yr", "t/yr"]
    with duckdb.connect() as connection:
        sums = connection.sql("SELECT unit, sum(pending_net) FROM result GROUP BY unit ORDER BY unit").fetchall()
    assert sums[0] == ("t REO/yr", Decimal(3000))


def test_a_file_has_the_bytes_of_the_command_line(
    demo_ledger: Path, demo: policytrack.OpenLedger, tmp_path: Path
) -> None:
    demo.capacity(**OCTOBER).write(tmp_path / "api.csv")
    forked.policytrack(("-C", str(demo_ledger), "capacity", "-o", "cli.csv", *OF_OCTOBER), tmp_path, environment())
    assert (tmp_path / "api.csv").read_bytes() == (tmp_path / "cli.csv").read_bytes()


def test_html_of_a_strangers_text_is_escaped(own: policytrack.OpenLedger) -> None:
    name = "<script>alert(1)</script> & Co"
    firm = {"type": "firm_registered", "firm_id": "odd-firm", "country": "DE", "name": name, "sources": [SOURCE]}
    assert own.record(firm).new == 1
    page = own.sql("SELECT name FROM firm WHERE firm_id = 'odd-firm'")._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co" in page


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda of: of.capacity(activity="rare-earth-seperation"), NotFound, "no activity 'rare-earth-seperation'"),
        (lambda of: of.capacity(by="county"), UsageError, "by has 'county'"),
        (lambda of: of.capacity(region="CN-NM"), UsageError, "--region does not apply to --by country"),
        (lambda of: of.pending(status="done"), UsageError, "status has 'done'"),
        (lambda of: of.holdings(basis=["owned"]), UsageError, "basis has 'owned'"),
        (lambda of: of.news("2027-01-01"), UsageError, "is after --known-at"),
        (lambda of: of.log(type="project_aproved"), UsageError, "no event type"),
        (lambda of: of.check("project_late"), NotFound, "there is no check"),
        (lambda of: of.capacity(as_of="31.10.2025x"), InvalidDate, "31.10.2025x"),
        (lambda of: of.capacity(as_of=2025), UsageError, "as_of is a int"),
        (lambda of: of.capacity(asof="2025"), UsageError, "there is no argument 'asof'"),
        (lambda of: of.capacity(dates="first"), UsageError, "dates is 'first'"),
        (lambda of: of.capacity(include="preferred"), UsageError, "include has 'preferred'"),
        (lambda of: of.capacity(head="x"), UsageError, "'x' is not an event position"),
        (lambda of: of.capacity(head=10**6), NotFound, "there is no event e1000000"),
        (lambda of: of.capacity(head=1, recorded_at="2025-01-01"), UsageError, "cannot be combined"),
        (lambda of: of.why("gross", country="CN", activity=RARE_EARTH), UsageError, "figure has 'gross'"),
        (lambda of: of.view("nation_capacity"), NotFound, "there is no view"),
        (lambda of: of.sql("COPY (SELECT 1) TO 'x'"), QueryFailed, "SELECT"),
        (lambda of: of.event("e9999"), NotFound, "there is no event e9999"),
        (lambda of: of.import_(), UsageError, "no file to import"),
        (lambda of: of.import_("none.yaml"), NotFound, "none.yaml"),
        (lambda of: of.record(), UsageError, "no event to record"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_refused(
    demo: policytrack.OpenLedger, ask: Callable[[policytrack.OpenLedger], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words.replace("(", "\\(")):
        ask(demo)


def test_events_are_recorded_decided_and_refused_as_by_the_command(own: policytrack.OpenLedger) -> None:
    before = own.head
    cancelled = {
        "type": "project-cancelled",
        "project_id": "nolans-ndpr",
        "effective": "2026-10",
        "known_on": date(2026, 11, 1),
    }
    tried = own.record(cancelled, dry_run=True)
    assert (tried.new, tried.positions, own.head) == (1, None, before)
    done = own.record(cancelled)
    assert done.positions == (before + 1, before + 1)
    assert own.event(f"e{before + 1}")["type"] == "project_cancelled"
    assert not own.pending(project="nolans-ndpr").rows()
    with pytest.raises((Refused, UnknownId)):
        own.record({**cancelled, "project_id": "nolans-ndpq"})
    with pytest.raises(UsageError, match="allow_later=True"):
        own.record({**cancelled, "known_on": "2027-01-01"})
    with pytest.raises(MalformedInput, match="a float is not exact"):
        own.record({"type": "capacity_stated", "capacity": 1.5})
    with pytest.raises(RejectedImport) as wrong:
        own.record({**cancelled, "effective": "2026-13"}, {"type": "project_cancelled"})
    places = {str(one.place) for one in wrong.value.findings}
    assert "event 1.effective" in places
    assert any(place.startswith("event 2") for place in places)
    assert own.head == before + 1


def test_findings_about_new_events_and_notes_on_figures_are_returned(own: policytrack.OpenLedger) -> None:
    (known,) = own.sql("SELECT name FROM firm WHERE firm_id = 'baogang-group'").rows()
    alike = {"type": "firm_registered", "firm_id": "baogang-again", "name": known["name"].replace(" ", "  ")}
    assert "names_alike" in {finding["check_name"] for finding in own.record(alike).findings}
    facility = own.capacity("facility", activity="crude-steel").rows()[0]
    acknowledged = [{"check": "retirement_beyond_installed", "reason": "the source has no earlier figure"}]
    retired = {
        "type": "capacity_retired", "facility_id": facility["facility_id"], "activity_id": "crude-steel",
        "capacity": facility["installed"] * 3, "effective": "2026-10-01", "sources": [SOURCE],
    }  # fmt: skip
    with pytest.raises(Refused, match="only 1,150,000 is installed"):
        own.record(retired)
    assert own.record({**retired, "acknowledged": acknowledged}).new == 1
    assert any("below zero" in note for note in own.capacity("facility", activity="crude-steel").notes)


def test_files_are_imported_all_or_none_and_once(own: policytrack.OpenLedger, tmp_path: Path) -> None:
    lines = [
        {"type": "firm_registered", "firm_id": f"api-firm-{number}", "country": "DE",
         "name": f"API {number}", "sources": [SOURCE], "known_on": "2026-01-01"}
        for number in range(3)
    ]  # fmt: skip
    file = tmp_path / "firms.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    before = own.head
    assert own.import_(file, dry_run=True).new == 3
    assert own.head == before
    done = own.import_(file)
    assert (done.events, done.new, done.positions) == (3, 3, (before + 1, before + 3))
    assert (own.import_(file).new, own.head) == (0, before + 3)
    file.write_text(json.dumps({**lines[0], "firm_id": "api-firm-4", "country": "Germoney"}))
    with pytest.raises(RejectedImport):
        own.import_(file)
    with pytest.raises(UsageError, match="not a table"):
        own.import_(file, decimal=",")


def test_a_table_is_imported_by_a_map(own: policytrack.OpenLedger) -> None:
    examples = Path(__file__).parents[2] / "docs" / "examples"
    done = own.import_(examples / "reactors-2017.csv", map=examples / "reactors.toml", dry_run=True)
    assert done.new == done.events > 5


def test_a_damaged_read_model_is_rebuilt(own: policytrack.OpenLedger) -> None:
    expected = own.capacity().rows()
    own.close()
    (current,) = (own.folder / "readmodel").glob("*.duckdb")
    with current.open("r+b") as file:
        file.truncate(5000)
    assert own.capacity().rows() == expected


def test_a_ledger_is_created_and_a_missing_one_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no ledger"):
        policytrack.open(tmp_path)
    created = policytrack.create(tmp_path / "new")
    assert (created.head, len(created.capacity()), created.log().columns[0]) == (0, 0, "position")
    assert len(policytrack.open(tmp_path / "new").views()) > 20


def test_the_import_is_cheap() -> None:
    code = "import policytrack, sys; print(*{'pyarrow', 'duckdb', 'pydantic', 'click'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_stub_names_what_the_module_has() -> None:
    folder = Path(policytrack.__file__).parent
    assert (folder / "py.typed").is_file()
    stub = ast.parse((folder / "__init__.pyi").read_text(encoding="utf-8"))
    named = {alias.asname for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert named | {"__version__"} == set(policytrack.__all__) == set(dir(policytrack))
    for name in policytrack.__all__:
        assert getattr(policytrack, name) is not None
    with pytest.raises(AttributeError):
        policytrack.opens  # noqa: B018 # the access is the test


@pytest.mark.parametrize(("method", "package"), [("df", "pandas"), ("pl", "polars")])
def test_a_data_frame_needs_its_package(
    demo: policytrack.OpenLedger, monkeypatch: pytest.MonkeyPatch, method: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra, match=f"{package} is not installed"):
        getattr(demo.capacity(), method)()
