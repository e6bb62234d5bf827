"""The ten checks that a release passes, one after another. The suite runs few cases of each; `make soak` runs many.

The ninth check, the time of a start, is measured by `make bench`: a busy machine must fail no test.
"""

from __future__ import annotations

import itertools
import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import duckdb
import generate  # in tools/docs
import pytest

import policytrack as package
from policytrack.cli.lazy_command import LazyCommand
from policytrack.cli.main import cli
from policytrack.ledger import Ledger
from policytrack.questions.why_national import FIGURES
from policytrack.readmodel.coordinates import Coordinates
from tests.browser import new_page
from tests.cli.conftest import DAY, head_of, ledger, rows_of
from tests.cli.conftest import policytrack as run
from tests.copies import copied
from tests.thinning import one_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["ledger", "new_page"]
ROOT: Final = Path(__file__).resolve().parent.parent
COUNTED: Final = (
    "installed", "idle", "operating", "owed_retirement", "net", "pending_gross", "pending_retiring", "pending_net",
)  # fmt: skip
"""The figures of a report."""
ON_PAGE: Final = """(pairs) => pairs.map(([asOf, knownAt]) => nation(data, dayOf(asOf), dayOf(knownAt)).map((row) =>
  [row.country, row.activity, ...FIGURES.map(([, , of]) => of(row.sum))]))"""
Pairs = list[tuple[str, str]]


def some_pairs(count: int) -> Pairs:
    """Pairs of as-of and known-at: today, the turns of the seed story, and days at random."""
    chance, last = random.Random(29), date.fromisoformat(DAY)
    found = [(DAY, DAY), ("2025-10-31", "2025-10-31"), ("2025-10-20", "2025-10-31")]
    while len(found) < count:
        as_of, known_at = (str(last - timedelta(chance.randrange(4_000))) for _ in range(2))
        found.append((as_of, known_at))
    return found[:count]


def loaded(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


@pytest.fixture(scope="module")
def own_day() -> Iterator[None]:
    """The day of the tests, also for the Python API in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLICYTRACK_TODAY", DAY)
        yield


@pytest.fixture(scope="module")
def report(demo_ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("acceptance") / "report.html"
    done = run(demo_ledger, "report", "-o", str(path))
    assert done.code == 0, done.err
    return path


# 1. `init --demo`, then a report that opens offline.


def test_1_the_report_of_the_demo_opens_offline(report: Path, new_page: Callable[[], Page]) -> None:
    text = report.read_text(encoding="utf-8")
    assert not re.search(r"""\b(?:src|href)\s*=\s*["']?https?://""", text)
    page, asked = new_page(), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())
    assert page.evaluate(ON_PAGE, [[DAY, DAY]])[0]
    assert asked == [report.as_uri()]


# 2. One figure, by five ways.


@pytest.mark.parametrize("count", [2, pytest.param(200, marks=pytest.mark.soak)])
def test_2_command_view_macro_report_and_replay_give_the_same_figures(
    demo_ledger: Path, report: Path, tmp_path: Path, new_page: Callable[[], Page], count: int
) -> None:
    pairs = some_pairs(count)
    page = new_page()
    page.goto(report.as_uri())
    on_page = page.evaluate(ON_PAGE, [list(pair) for pair in pairs])
    replayed = copied(demo_ledger, tmp_path / "replayed")
    assert run(replayed, "rebuild").code == 0  # from the first event
    macro = "FROM national_capacity_at(DATE '{}', DATE '{}') ORDER BY country_code, activity_id"
    for (as_of, known_at), shown in zip(pairs, on_page, strict=True):
        at = ("--as-of", as_of, "--known-at", known_at)
        by_command = loaded(run(demo_ledger, "capacity", *at, "--json").out)
        figures = [[row["country_code"], row["activity_id"], *(row[name] for name in COUNTED)] for row in by_command]
        view = "FROM national_capacity ORDER BY country_code, activity_id"
        for rows in (
            rows_of(demo_ledger, view, as_of, known_at),
            rows_of(demo_ledger, macro.format(as_of, known_at)),
            rows_of(replayed, view, as_of, known_at),
        ):
            assert [
                [row["country_code"], row["activity_id"], *(row[name] for name in COUNTED)] for row in rows
            ] == sorted(figures)
        assert sorted(shown) == sorted([row[:2] + [thousandths(one) for one in row[2:]] for row in figures])


def thousandths(figure: Decimal | None) -> int | None:
    return None if figure is None else int(figure * 1000)


# 3. Explanations add up.


@pytest.mark.parametrize(("count", "share"), [(2, 0.15), pytest.param(40, 1, marks=pytest.mark.soak)])
@pytest.mark.usefixtures("own_day")
def test_3_leaves_sum_to_every_figure_and_changes_to_every_difference(
    demo_ledger: Path, count: int, share: float
) -> None:
    pairs, chance, explained = some_pairs(count), random.Random(3), 0
    with package.open(demo_ledger) as ledger:
        states: list[dict[tuple[str, str], dict[str, Any]]] = []
        for as_of, known_at in pairs:
            at = ledger.at(as_of=as_of, known_at=known_at)
            rows = {(row["country_code"], row["activity_id"]): row for row in at.capacity()}
            states.append(rows)
            for (country, activity), row in rows.items():
                for figure in FIGURES:
                    if row.get(figure) and chance.random() < share:
                        found = at.why(figure, country=country, activity=activity)
                        assert found.total == found.figure == row[figure]
                        explained += 1
        for (start, end), (before, after) in zip(itertools.pairwise(pairs), itertools.pairwise(states), strict=True):
            stated = ledger.diff(start[0], end[0], known_from=start[1], known_to=end[1], figures="net", stat=True)
            changes = {(row["country_code"], row["activity_id"]): row["change"] for row in stated}
            for cell in before.keys() | after.keys():
                was, is_now = (rows.get(cell, {}).get("net") or Decimal(0) for rows in (before, after))
                assert changes.get(cell, Decimal(0)) == is_now - was, cell
    assert explained > 5


# 4. Planted errors.


@pytest.mark.parametrize("count", [12, pytest.param(2_000, marks=pytest.mark.soak)])
def test_4_each_planted_error_is_reported_at_its_line_and_nothing_is_written(ledger: Path, count: int) -> None:
    planted = sorted(random.Random(4).sample(range(2, count * 3), count))
    lines = ["type,firm_id,name,known_on"]
    lines += [f"firm_registered,planted-{n},{'' if n in planted else n},2026-01-01" for n in range(2, count * 3)]
    file = ledger / "planted.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    before = head_of(ledger)
    refused = run(ledger, "import", str(file), "--max-errors", str(count + 1))
    found = [int(match) for match in re.findall(r"planted\.csv:(\d+)(?::\d+)?: error", refused.err)]
    assert (refused.code, found, head_of(ledger)) == (3, planted, before)
    good = [line for n, line in enumerate(lines, 1) if n not in planted]
    file.write_text("\n".join(good) + "\n", encoding="utf-8")
    assert run(ledger, "import", str(file)).code == 0
    after = head_of(ledger)
    assert after == before + len(good) - 1
    assert run(ledger, "import", str(file)).code == 0
    assert head_of(ledger) == after


# 5. Every command.

CANCELLED: Final = ("project-cancelled", "--project-id", "nolans-ndpr", "--effective", "2026-10")
CASES: Final[dict[str, tuple[str, ...]]] = {
    "asof": (), "capacity": (), "holdings": ("baogang-group",), "pending": (), "news": ("--since", "2025-10-01"),
    "log": (), "watch": ("all",), "show": ("e14",), "firm list": (), "firm show": ("baogang-group",),
    "firm alias": ("baogang-group", "Another Name", "-n"), "sql": ("FROM firm",), "diff": ("--from", "2025-01-31"),
    "series": ("--from", "2024"), "swaps": (), "lots": (), "quotas": (), "policies": (), "support": (),
    "forecast": ("--to", "2028"), "check": (), "status": (), "config": (), "plugins": (), "doctor": (), "schema": (), "help": ("time",),
    "completion": ("bash",), "plot capacity": (), "plot pending": (), "plot holdings": (), "plot series": ("--from", "2024"),
    "why net": ("--country", "CN", "--activity", "crude-steel"),
    "why holdings": ("baogang-group", "rare-earth-separation"), "why quota": ("2024", "--stage", "mining"),
    "why project": ("northern-jinlong-separation", "due"), "why support": ("outstanding", "--support", "iluka-eneabba-loan"),
    "record": (*CANCELLED, "-n"), "correct": ("e14", "--set", "note=x", "--because", "error", "-n"),
    "retract": ("e428", "--because", "error", "--reason", "x", "-n"), "undo": ("i1", "--reason", "x", "-n"),
    "claim": ("e14", "--verifies", "--source", "title=A,class=analyst", "-n"), "verify": ("--quick",), "rebuild": (),
    "map": ("planted.csv",), "template": ("project-approved",), "report": ("-o", "r.html"), "init": ("../other",), "backup": ("../another",),
    "restore": ("../copy", "../restored"), "copy-store": (".", "../restored"), "export": ("national_capacity",),
    "import": ("planted.yaml", "-n"), "pull": ("../copy",),
    "seal": ("--new-key", "other"), "prove": ("e14",), "verify-proof": ("proof.json", "--key", "k.pub"),
}  # fmt: skip
"""Words with which each command succeeds."""
MAKES_ONCE: Final = {"init", "backup", "restore", "copy-store", "seal"}
"""They refuse to write over what they wrote."""
NO_JSON: Final = {"mcp", "serve"}
"""They run until they are stopped, and answer in JSON by a protocol."""


def commands() -> dict[str, click.Command]:
    """Every command that runs, by its words; the event types of `record` and the national figures are one each."""
    found: dict[str, click.Command] = {}
    for name, given in cli.commands.items():
        command = given.load() if isinstance(given, LazyCommand) else given
        if isinstance(command, click.Group) and name != "record":
            found |= {f"{name} {sub}": one for sub, one in command.commands.items() if f"{name} {sub}" not in AS_NET}
        else:
            found[name] = command
    return found


AS_NET: Final = {f"why {name.replace('_', '-')}" for name in FIGURES} - {"why net"}
"""Made by one function."""
COMMANDS: Final = commands()


def test_5_every_command_is_tried() -> None:
    assert set(COMMANDS) == set(CASES) | NO_JSON
    assert all(
        "--json" in {text for one in command.params for text in one.opts}
        for name, command in COMMANDS.items()
        if name not in NO_JSON and name != "record"
    )


def test_5_every_command_has_help_and_names_the_value_that_is_missing(tmp_path: Path) -> None:
    for name, command in COMMANDS.items():
        shown = run(tmp_path, *name.split(), "-h")
        assert (shown.code, "\x1b" in shown.out) == (0, False), (name, shown.err)
        needed = [one for one in command.params if one.required]
        if needed:
            bare = run(tmp_path, *name.split())
            named = [
                one.make_metavar(run_of(command)) if isinstance(one, click.Argument) else one.opts[0] for one in needed
            ]
            assert bare.code == 2 and any(one.split("…")[0] in bare.err for one in named), (name, bare.err)


def run_of(command: click.Command) -> click.Context:
    return click.Context(command, info_name=command.name)


@pytest.fixture(scope="module")
def prepared(demo_ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo ledger with the files that the cases name."""
    folder = copied(demo_ledger, tmp_path_factory.mktemp("every") / "ledger")
    with (folder / "policytrack.toml").open("a", encoding="utf-8") as settings:
        settings.write("[watch.all]\n")
    (folder / "planted.yaml").write_text("- {type: firm_registered, firm_id: new-one, name: New One}\n")
    (folder / "planted.csv").write_text("Plant,Capacity (kt/yr)\nNew works,5\n")
    for words in (
        ("backup", "../copy"),
        ("seal", "--new-key", "k"),
        ("seal", "--key", "k"),
        ("prove", "e14", "-o", "proof.json"),
    ):
        done = run(folder, *words)
        assert done.code == 0, done.err
    return folder


@pytest.mark.parametrize("name", one_in(13, CASES))
def test_5_every_command_answers_in_json_on_a_pipe_and_never_in_colour(
    prepared: Path, tmp_path: Path, name: str
) -> None:
    folder = copied(prepared, tmp_path / "ledger")
    shutil.copytree(prepared.parent / "copy", tmp_path / "copy")
    if name == "copy-store":
        assert run(folder, "init", "../restored").code == 0
    words = (*name.split(), *CASES[name])
    if name not in MAKES_ONCE:
        plain = run(folder, *words)
        assert "\x1b" not in plain.out + plain.err
    done = run(folder, *words, "--json")
    assert done.code in (0, 1), done.err  # 1: check has findings
    assert loaded(done.out) is not None


# 6. Narrow and wide terminals.


@pytest.mark.parametrize(
    "name", ["capacity", *(pytest.param(name, marks=pytest.mark.soak) for name in ("pending", "holdings", "lots"))]
)
def test_6_no_digit_is_lost_on_narrow_and_wide_terminals(demo_ledger: Path, name: str) -> None:
    words = (name, *CASES[name])
    rows = loaded(run(demo_ledger, *words, "--json").out)
    figures = {f"{abs(one):,.3f}".rstrip("0").rstrip(".") for row in rows for one in row.values() if is_figure(one)}
    for columns in ("40", "200"):
        shown = run(demo_ledger, *words, "--format", "table", COLUMNS=columns).out
        table = shown.split("as of 2")[0]  # the line under it names other figures
        printed = set(re.findall(r"(?<![\d,.])\d{1,3}(?:,\d{3})+(?:\.\d+)?", table))
        assert printed and printed <= figures, columns
        assert max(figures, key=len) in printed or name != "capacity", columns
        assert "\x1b" not in shown and "…" not in "".join(re.findall(r"\d.?|.\d", shown))


def is_figure(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


# 7. What is exported imports back.


@pytest.mark.parametrize("share", [6, pytest.param(1, marks=pytest.mark.soak)])
def test_7_an_empty_ledger_that_imports_the_events_has_the_same_projections(
    demo_ledger: Path, tmp_path: Path, share: int
) -> None:
    for name in ("copy", "same"):
        assert run(tmp_path, "init", name).code == 0
    copy, same = tmp_path / "copy", tmp_path / "same"
    events = run(demo_ledger, "export", "events").out
    assert run(copy, "import", "-", given=events.encode()).code == 0
    views = [row["view"] for row in loaded(run(demo_ledger, "schema", "--json").out)]
    assert len(views) > 25
    chosen = ["national_capacity", *views[::share]]
    assert all_rows(copy, chosen) == all_rows(demo_ledger, chosen)
    (tmp_path / "events.jsonl").write_text(run(demo_ledger, "export", "events", "--verbatim").out, encoding="utf-8")
    pulled = run(same, "pull", str(tmp_path / "events.jsonl"), "--json")
    assert loaded(pulled.out)["digest"] == loaded(run(demo_ledger, "capacity", "--envelope").out)["digest"]


def all_rows(ledger: Path, views: list[str]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each view, without the instant of recording."""
    days = Coordinates(date.fromisoformat(DAY), date.fromisoformat(DAY))
    with Ledger(ledger).ask(days, notes=lambda _: None) as session:
        left = {"event_log": "* EXCLUDE (recorded_at)"}
        return {
            view: session.query(f"SELECT {left.get(view, '*')} FROM {view} ORDER BY ALL").to_pylist() for view in views
        }


# 8. An open reader stops no writer.


def test_8_an_open_reader_does_not_stop_an_import(ledger: Path) -> None:
    (ledger / "one.yaml").write_text("- {type: firm_registered, firm_id: new-one, name: New One}\n")
    current = (ledger / "readmodel" / "CURRENT").read_text(encoding="utf-8").split()[0]
    with duckdb.connect(str(ledger / "readmodel" / current), read_only=True) as client:
        before = client.execute("SELECT count(*) FROM firm").fetchone()
        done = run(ledger, "import", "one.yaml")
        assert done.code == 0, done.err
        found = loaded(run(ledger, "firm", "show", "new-one", "--json").out)
        assert found
        assert client.execute("SELECT count(*) FROM firm").fetchone() == before


# 9. Fast starts.


def test_9_the_times_of_a_start_are_measured_by_the_benchmarks() -> None:
    measured = (ROOT / "benchmarks" / "starting.py").read_text(encoding="utf-8")
    assert '"policytrack --help": (["-m", "policytrack", "--help"], 0.15)' in measured
    assert "capacity on 10,000 events" in measured
    assert "cold_start" in (ROOT / "benchmarks" / "run.py").read_text(encoding="utf-8")


# 10. The pages run.


def test_10_readme_tutorial_and_cookbook_are_run_by_make_check() -> None:
    pages = {path.relative_to(ROOT).as_posix() for path in generate.run_pages()}
    assert {"README.md", "docs/tutorial.md", "docs/cookbook.md"} <= pages
    check = re.search(r"^check: (.*?) ##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert check and {"test", "docs-check"} <= set(check[1].split())
