"""The process of a query as its parent sees it: started, read batch by batch, and never left behind."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pyarrow as pa

_PROGRAM: Final = "import sys; sys.modules['numpy'] = None; from {module} import main; sys.exit(main())"
"""Without numpy, which Arrow imports where it is installed, and no query needs: a quarter of the start."""


class Overtime(Exception):
    """The time limit is over."""


class ProcessFailed(Exception):
    """The process ended with an error: its exit code, negative for a signal, and what it wrote to standard error."""

    def __init__(self, code: int, told: bytes) -> None:
        super().__init__(code)
        self.code, self.told = code, told


class QueryProcess:
    """A running process that answers one request. Make one with `started`."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self._process = process
        self._pipe = _Pipe(process, seconds)
        self._told = b""
        # Its own thread: a long error would fill the pipe and stop the process while we wait for rows.
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def reader(self, request: bytes) -> pa.RecordBatchReader:
        """Send the request, a line, and return the reader of the answer once its schema has come.

        Raises `Overtime` and `ProcessFailed`.
        """
        import pyarrow as pa

        stdin = self._process.stdin
        try:
            if stdin is not None:
                stdin.write(request)
                stdin.flush()
            return pa.ipc.open_stream(self._pipe)
        except (OSError, pa.ArrowException) as cause:
            raise self._ended() from cause

    def batches(self, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        """The batches as they come. Raises `Overtime` and `ProcessFailed`; the rows before it are not all of them."""
        import pyarrow as pa

        while True:
            try:
                batch = reader.read_next_batch()
            except StopIteration:
                break
            except (OSError, pa.ArrowException) as cause:
                raise self._ended() from cause
            yield batch
        failure = self._ended()
        if failure.code != 0:
            raise failure

    def _ended(self) -> ProcessFailed:
        """How the process ended. It has closed its output, so it is about to."""
        code = self._process.wait(self._pipe.left())
        self._listener.join()
        return ProcessFailed(code, self._told)

    def _listen(self) -> None:
        if self._process.stderr is not None:
            self._told = self._process.stderr.read()


class _Pipe:
    """The output of a process as a file, read within a time limit.

    The limit binds the time spent waiting and the processor time of this process, but not the time that others take to
    read our own output: a person who reads page by page is not cut off.
    """

    closed = False

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self._descriptor = process.stdout.fileno() if process.stdout is not None else -1
        self._seconds, self._waited = seconds, 0.0
        self._processor = time.process_time()

    def left(self) -> float:
        """Seconds left. Raises `Overtime` when there are none."""
        left = self._seconds - self._waited - (time.process_time() - self._processor)
        if left <= 0:
            raise Overtime
        return left

    def read(self, size: int = -1) -> bytes:
        """So many bytes, fewer only at the end."""
        parts, wanted = [], size if size >= 0 else sys.maxsize
        while wanted > 0:
            left, started = self.left(), time.monotonic()
            ready, _, _ = select.select([self._descriptor], [], [], left)
            self._waited += time.monotonic() - started
            if not ready:
                continue
            part = os.read(self._descriptor, min(wanted, 1 << 20))
            if not part:
                break
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def close(self) -> None:
        """Leave the pipe to the process's owner."""


@contextmanager
def started(module: str, environment: Mapping[str, str], seconds: float) -> Iterator[QueryProcess]:
    """A process that runs `main` of a module of ours and is killed at the end of the block, finished or not."""
    # -P: nothing in the folder that the command was started in is imported. A session of its own: Ctrl-C ends it by us.
    # Its standard input stays open until then: when we are killed, it notices the end of it.
    with subprocess.Popen(
        [sys.executable, "-P", "-c", _PROGRAM.format(module=module)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environment),
        cwd="/",
        start_new_session=True,
    ) as process:
        try:
            yield QueryProcess(process, seconds)
        finally:
            process.kill()
            _close(process)


def _close(process: subprocess.Popen[bytes]) -> None:
    """Close the pipe to a process that is dead, so that what it did not read is no error."""
    stdin: Any = process.stdin
    try:
        stdin.close()
    except BrokenPipeError:
        return
