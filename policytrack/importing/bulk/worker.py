"""A process that drafts parts of a file for an import, one after the other, until its input ends.

It is started by `policytrack.importing.bulk.parallel` with ``python -m`` and talks in lengths and marshalled plain
data. It reads only from the process that started it.
"""

from __future__ import annotations

import contextlib
import gc
import marshal
import os
import struct
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import IO, Any

import policytrack
from policytrack.errors import StorageTrouble
from policytrack.importing.bulk.drafts import Drafted, draft_lines, error_of, plain_finding

_length = struct.Struct(">Q")


def write_message(stream: IO[bytes], message: Any) -> None:
    """Write a message of plain data."""
    content = marshal.dumps(message)
    stream.write(_length.pack(len(content)) + content)
    stream.flush()


def read_message(stream: IO[bytes]) -> Any:
    """Read a message; None at the end."""
    head = stream.read(_length.size)
    if len(head) < _length.size:
        return None
    return marshal.loads(stream.read(_length.unpack(head)[0]))  # noqa: S302 # from a process of ours


class DraftingProcess:
    """One such process, as its parent sees it."""

    def __init__(self) -> None:
        home = str(Path(policytrack.__file__).parent.parent)
        path = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH", ""))))
        # -P: what lies in the folder of the user is no module of ours.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # an interrupt at the terminal is for us to handle: we close the pipe
            env={**os.environ, "PYTHONPATH": path},
        )

    def draft(self, part: bytes, source: str, after: int, today: date) -> Drafted:
        """What becomes of a part of a file. Raises `StorageTrouble` when the process is gone."""
        try:
            answer = self._ask((part, source, after, today.toordinal()))
        except (OSError, EOFError) as cause:
            raise StorageTrouble(
                f"a process that reads the import has ended: {cause}; it is not stored",
                hint="run the same command again; it may have been killed for want of memory",
            ) from cause
        drafted = Drafted(*answer)
        return drafted._replace(findings=[error_of(finding) for finding in drafted.findings])  # type: ignore[arg-type] # as `main` writes them

    def _ask(self, question: Any) -> Any:
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise OSError("it has no pipes")
        write_message(process.stdin, question)
        answer = read_message(process.stdout)
        if answer is None:
            raise EOFError("it gave no answer")
        return answer

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # it may be gone already
                    pipe.close()
        self._process.wait()


def main() -> None:
    """Draft what comes in until there is no more."""
    gc.disable()  # events hold no cycles
    while (message := read_message(sys.stdin.buffer)) is not None:
        part, source, after, today = message
        drafted = draft_lines(part, source, after, date.fromordinal(today))
        plain = drafted._asdict() | {"findings": [plain_finding(*finding) for finding in drafted.findings]}
        write_message(sys.stdout.buffer, tuple(plain.values()))


if __name__ == "__main__":
    main()
