"""Manual pages: one for each command, and the formatter of manual pages finds no fault in them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import man_pages  # in tools
import pytest

from policytrack.cli.main import cli


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return dict(man_pages.pages())


def test_each_command_has_a_page_with_its_options(pages: dict[str, str]) -> None:
    assert {"policytrack", *(f"policytrack-{name}" for name in cli.commands)} <= set(pages)
    assert "policytrack-record-project-approved" in pages
    assert r"\fB\-\-country CODE\fR" in pages["policytrack-capacity"]
    assert r"policytrack capacity \-\-by facility" in pages["policytrack-capacity"]


def test_the_formatter_prints_each_page_without_a_warning(pages: dict[str, str], tmp_path: Path) -> None:
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed: manual pages are not formatted")
    for name, text in pages.items():
        (tmp_path / f"{name}.1").write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["groff", "-ww", "-man", "-Tutf8", "-k", "-P-cbou", *(f"{name}.1" for name in pages)], cwd=tmp_path, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("SYNOPSIS") == len(pages)
