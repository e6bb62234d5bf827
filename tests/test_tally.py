"""The count of what a soak tried: over all tests, with those that failed, also when processes share the tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest
from tests.tally import tried

@pytest.mark.soak
@pytest.mark.parametrize("number", [1, 2, 3])
def test_kills(number):
    for _ in range(1_000):
        tried("kills")
    assert number != 2

@pytest.mark.soak
@pytest.mark.tries("escapes")
@pytest.mark.parametrize("case", ["a", "b"])
def test_escapes(case):
    pass
"""


@pytest.mark.parametrize("processes", [pytest.param((), marks=pytest.mark.soak), ("-n", "2")])
@pytest.mark.soak
def test_a_soak_says_how_many_it_tried_and_how_many_failed(tmp_path: Path, processes: tuple[str, ...]) -> None:
    here = Path(__file__).parents[1]
    (tmp_path / "test_it.py").write_text(TESTS)
    words = ["-m", "soak", "-p", "tests.conftest", "-c", str(here / "pyproject.toml"), "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, *processes, str(tmp_path / "test_it.py")],
        cwd=here, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    assert "escapes: 2 tried, 0 failed\nkills: 3,000 tried, 1 failed\n" in done.stdout
