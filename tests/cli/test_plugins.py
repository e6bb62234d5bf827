"""Plugins: the example of the documentation is built, installed and used; a broken one does not disturb the rest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Run, environment, policytrack, rows_of

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "plugin"
BROKEN = {
    "broken-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n",
    "broken-1.0.dist-info/entry_points.txt": (
        "[policytrack.plugins]\nbroken = broken_plugin\ngone = no_such_package\n"
        "[policytrack.importers]\nbad-import = broken_plugin.reader:read\nbad-read = broken_plugin:read\n"
        "bad-float = broken_plugin:floats\n"
    ),
    "broken_plugin/__init__.py": (
        "def read(stream):\n    raise ZeroDivisionError('of the plugin')\n"
        "def floats(stream):\n    yield 1, {'type': 'capacity_stated', 'capacity': 0.1}\n"
    ),
    "broken_plugin/reader.py": "import no_such_module\n",
    "broken_plugin/projections/broken_view.sql": "/* One row. */\nSELECT 1 AS a; SELECT 2\n",
    "broken_plugin/projections/checks/broken_check.sql": "/* No severity. */\nSELECT 1\n",
    "broken_plugin/maps/broken-map.toml": "[[event]]\ntype = 'no_such_event'\n",
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages with the example, from its wheel."""
    folder = tmp_path_factory.mktemp("plugin")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "dist"), str(EXAMPLE)]
    done = subprocess.run(build, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = (folder / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "packages")
    return folder / "packages"


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    for name, text in BROKEN.items():
        path = tmp_path / "broken" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "broken"


def run(ledger: Path, *words: str, paths: tuple[Path, ...] = ()) -> Run:
    """Run the command in a process that has the packages in these folders."""
    more = {"PYTHONPATH": os.pathsep.join(map(str, (*paths, EXAMPLE.parents[2])))}
    done = subprocess.run(
        [sys.executable, "-m", "policytrack", *words], cwd=ledger, capture_output=True, text=True, timeout=120,
        check=False, env=environment(**more),
    )  # fmt: skip
    assert "Traceback" not in done.stderr and "PT999" not in done.stderr, done.stderr
    return Run(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def works(tmp_path: Path) -> Path:
    assert policytrack(tmp_path, "init", "works").code == 0
    ledger = tmp_path / "works"
    (ledger / "plants.csv").write_text("Plant,Country,Capacity (ttpa)\nNorth,Germany,500\nSouth,Chile,20\n")
    (ledger / "lines.txt").write_text("\nnorth | crude-steel | 700 kt/yr | 2026-02-01\n")
    return ledger


@pytest.mark.soak
def test_the_example_adds_each_kind_of_part(installed: Path, works: Path) -> None:
    def ok(*words: str) -> str:
        done = run(works, *words, paths=(installed,))
        assert done.code == 0, done.err
        return done.out

    listed = {(row["kind"], row["name"]): row for row in json.loads(ok("plugins", "--json"))}
    assert {row["state"] for row in listed.values()} == {"ok"}
    assert {row["plugin"] for row in listed.values()} == {"policytrack-example 1.0"}
    assert set(listed) == {
        ("view", "large_facility"), ("check", "large_swap"), ("query", "largest"), ("map", "example-plants"),
        ("pack", "fasteners"), ("format", "bar-lines"),
    }  # fmt: skip
    ok("import", "plants.csv", "--map", "example-plants", "--known-on", "2026-01-01")
    ok("import", "lines.txt", "--format", "bar-lines")
    ok("import", "fasteners")
    assert ok("sql", "FROM large_facility") == "facility_id\tactivity_id\toperating\nnorth\tcrude-steel\t700000\n"
    assert ok("sql", "--named", "largest", "-p", "most=5").splitlines()[1:] == ["north\t700000"]
    assert "bolts" in ok("sql", "SELECT activity_id FROM activity WHERE activity_id = 'bolts'")
    # Without the plugin, the same ledger answers without its parts.
    assert int(rows_of(works, "SELECT sum(operating) AS all FROM national_capacity")[0]["all"]) == 720_000


@pytest.mark.soak
def test_the_check_of_the_example_finds_swaps_of_the_demo(installed: Path, works: Path, tmp_path: Path) -> None:
    run(works, "init", str(tmp_path / "demo"), "--demo")
    assert "large_swap" in run(tmp_path / "demo", "check", "large_swap", paths=(installed,)).out


@pytest.mark.soak
def test_a_file_of_the_ledger_comes_before_the_same_name_of_a_plugin(installed: Path, works: Path) -> None:
    (works / "queries" / "largest.sql").write_text("/* Mine. */ SELECT 'mine' AS whose")
    (works / "projections" / "large_facility.sql").write_text("/* One row. */ SELECT 'mine' AS whose")
    run(works, "status", "--trust", paths=(installed,))
    assert run(works, "sql", "--named", "largest", paths=(installed,)).out == "whose\nmine\n"
    assert run(works, "sql", "FROM large_facility", paths=(installed,)).out == "whose\nmine\n"


def test_a_broken_plugin_is_named_and_the_rest_is_listed(broken: Path, installed: Path, works: Path) -> None:
    rows = json.loads(run(works, "plugins", "--json", paths=(broken, installed)).out)
    state = {(row["kind"], row["name"]): row["state"] for row in rows}
    assert state["view", "large_facility"] == state["format", "bar-lines"] == "ok"
    assert "no package no_such_package" in state["package", "gone"]
    assert "more than one statement" in state["view", "broken_view"]
    assert "Severity" in state["check", "broken_check"]
    assert "map.event[1].fields is missing" in state["map", "broken-map"]
    assert "ModuleNotFoundError: No module named 'no_such_module'" in state["format", "bad-import"]


@pytest.mark.soak
def test_what_a_broken_plugin_adds_is_left_out_or_refused(broken: Path, installed: Path, works: Path) -> None:
    answer = run(works, "sql", "FROM large_facility", paths=(broken, installed))
    assert answer.code == 0, answer.err
    (line,) = [line for line in answer.err.splitlines() if "broken_view" in line]
    assert "broken_plugin/projections/broken_view.sql is left out" in line
    for name, what in (("bad-import", "cannot be loaded: ModuleNotFoundError"), ("bad-read", "failed: ZeroDivisionError"),
                       ("bad-float", "0.1 is a float")):  # fmt: skip
        refused = run(works, "import", "lines.txt", "--format", name, paths=(broken,))
        assert refused.code in (2, 3)
        assert f"the importer {name} of the plugin broken 1.0" in refused.err and what in refused.err


def test_without_a_plugin_the_packages_are_not_searched_twice() -> None:
    program = "import sys, policytrack.plugins as p; assert not p.plugins(); print('importlib.metadata' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=EXAMPLE.parents[2]
    )
    assert done.stdout == "False\n"
