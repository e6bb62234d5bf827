"""Runs a worker process that drafts parts of a file until its input ends.

`policytrack.importing.bulk.parallel` starts it with ``python -m``. Both sides exchange marshalled plain data with a
length prefix. The worker reads only from its parent process.
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
from functools import partial
from pathlib import Path
from typing import IO, Any

import policytrack
from policytrack.errors import StorageTrouble
from policytrack.importing.bulk.drafts import Drafted, draft_lines, error_of, plain_finding
from policytrack.values.own_units import OwnUnits, using_own_units

_length = struct.Struct(">Q")


def write_message(stream: IO[bytes], message: Any) -> None:
    """Write a message of plain data."""
    content = marshal.dumps(message)
    stream.write(_length.pack(len(content)) + content)
    stream.flush()


def read_message(stream: IO[bytes]) -> Any:
    """Read a message; return None at the end of the stream, also if it is cut off: the other side was killed."""
    head = stream.read(_length.size)
    if len(head) < _length.size:
        return None
    (length,) = _length.unpack(head)
    content = stream.read(length)
    return None if len(content) < length else marshal.loads(content)  # noqa: S302 # the other side is our own process


class DraftingProcess:
    """A worker process, as seen by its parent."""

    def __init__(self) -> None:
        home = str(Path(policytrack.__file__).parent.parent)
        path = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH", ""))))
        # -P: do not import modules from the user's current folder.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # Ctrl-C reaches only the parent, which then closes the pipe
            env={**os.environ, "PYTHONPATH": path},
        )

    def draft(self, part: bytes, source: str, after: int, today: date, units: OwnUnits) -> Drafted:
        """Draft a part of a file; `units` are the units that the ledger registers.

        Raises `StorageTrouble` when the process has ended.
        """
        try:
            answer = self._request((part, source, after, today.toordinal(), units))
        except (OSError, EOFError) as cause:
            raise StorageTrouble(
                f"a worker process of the import ended: {cause}; nothing was stored",
                hint="run the same command again; if it ends again, free memory first",
            ) from cause
        drafted = Drafted(*answer)
        return drafted._replace(findings=[error_of(finding) for finding in drafted.findings])  # type: ignore[arg-type] # as `main` writes them

    def _request(self, message: Any) -> Any:
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise OSError("its pipes are closed")
        write_message(process.stdin, message)
        answer = read_message(process.stdout)
        if answer is None:
            raise EOFError("it sent no answer")
        return answer

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # the process may have ended
                    pipe.close()
        self._process.wait()


def main() -> None:
    """Draft parts from standard input until it ends, or until nothing reads the answers: the parent was killed."""
    gc.disable()  # events contain no reference cycles, see `garbage_collector`
    while (message := read_message(sys.stdin.buffer)) is not None:
        part, source, after, today, units = message
        with using_own_units(partial(tuple, units)):
            drafted = draft_lines(part, source, after, date.fromordinal(today))
        plain = drafted._asdict() | {"findings": [plain_finding(*finding) for finding in drafted.findings]}
        try:
            write_message(sys.stdout.buffer, tuple(plain.values()))
        except BrokenPipeError:
            # At the usual end Python would flush the answer again, and print that it cannot.
            os._exit(1)


if __name__ == "__main__":
    main()
