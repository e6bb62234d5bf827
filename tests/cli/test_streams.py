"""Standard streams that are full, closed, or of another encoding: a clear message and an exit code, never a crash."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from policytrack.cli.output.streams import FALLBACK, prepare_fallback
from tests.cli.conftest import environment

FULL = Path("/dev/full")


def run(folder: Path, line: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line of a shell in which $PT is the command."""
    command = f'"{sys.executable}" -m policytrack'
    done = subprocess.run(
        ["/bin/sh", "-c", line.replace("$PT", command)], cwd=folder, env=environment(**more), timeout=60,
        capture_output=True, check=False,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr and b"PT999" not in done.stderr and b"Exception" not in done.stderr
    return done


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("words", ['sql "FROM range(100000)"', "--help"])
def test_a_full_disk_under_standard_output_is_told(demo_ledger: Path, words: str) -> None:
    done = run(demo_ledger, f"$PT {words} >/dev/full")
    assert done.returncode == 5
    assert done.stderr.startswith(b"policytrack: error PT502: cannot write to standard output: No space left on device")


def test_a_closed_standard_output_is_told_and_never_becomes_a_file_of_the_ledger(demo_ledger: Path) -> None:
    done = run(demo_ledger, "$PT capacity --json >&-")
    assert done.returncode == 5 and b"cannot write to standard output" in done.stderr


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("stream", ["2>/dev/full", "2>&- <&-"])
def test_messages_that_cannot_be_written_change_no_answer(demo_ledger: Path, stream: str) -> None:
    done = run(demo_ledger, f"$PT -v capacity --json {stream}")
    assert done.returncode == 0 and json.loads(done.stdout)
    assert run(demo_ledger, f"$PT capacity --nosuch {stream}").returncode == 2


def test_a_reader_that_goes_away_is_no_error(demo_ledger: Path) -> None:
    done = run(demo_ledger, '{ $PT sql "FROM range(300000)"; echo "exit $?" >&2; } | head -1')
    assert done.stdout == b"range\n" and done.stderr == b"exit 0\n"


@pytest.mark.parametrize("encoding", ["cp1252", pytest.param("ascii", marks=pytest.mark.soak)])
def test_what_an_encoding_lacks_becomes_ascii_and_rows_stay_utf8(demo_ledger: Path, encoding: str) -> None:
    more = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    rows = run(demo_ledger, "$PT sql \"SELECT '宝钢' AS name\" --json", **more)
    assert json.loads(rows.stdout.decode()) == [{"name": "宝钢"}]
    tree = run(demo_ledger, "$PT why operating --country CN --activity rare-earth-separation", **more)
    assert tree.returncode == 0 and tree.stdout


def test_a_mark_becomes_one_of_ascii_and_a_letter_its_escape() -> None:
    prepare_fallback()
    assert "1–2 − ✓ 宝 é".encode("cp1252", FALLBACK) == "1–2 - ok \\u5b9d é".encode("cp1252")
    assert "├─ \udcff".encode("ascii", FALLBACK) == b"|- \\udcff"
