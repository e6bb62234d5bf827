"""The worker processes of an import: one whose parent was killed ends without a message."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

from policytrack.importing.bulk.worker import write_message

LINES = b'{"type": "firm_registered", "firm_id": "a", "name": "A"}\n' * 500


@pytest.mark.parametrize("end", ["nothing reads the answer", "the request is cut off"])
def test_a_worker_whose_parent_was_killed_ends_without_a_message(end: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "policytrack.importing.bulk.worker"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as worker:  # fmt: skip
        assert worker.stdin is not None and worker.stdout is not None and worker.stderr is not None
        if end == "nothing reads the answer":
            worker.stdout.close()
            write_message(worker.stdin, (LINES, "a.jsonl", 0, date(2026, 11, 27).toordinal(), ()))
        else:
            worker.stdin.write((1_000).to_bytes(8, "big") + b"half")
        worker.stdin.close()
        assert worker.stderr.read() == b""
        assert worker.wait() == (1 if end == "nothing reads the answer" else 0)
