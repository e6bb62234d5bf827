"""Prepares the standard streams for characters that they cannot encode, failed writes and closed descriptors.

Rows are always UTF-8. Messages, tables and trees use the stream's own encoding: a symbol that it lacks becomes a
similar ASCII symbol, any other character an escape. A failed write to standard output ends the command with an error; a
failed write to standard error is ignored, since it could not be reported.
"""

from __future__ import annotations

import codecs
import io
import os
import select
import sys
from contextlib import suppress
from typing import Any, Final, TextIO

FALLBACK: Final = "policytrack.marks"
"""Name of the codec error handler that replaces characters which an encoding lacks."""
_MARKS: Final = {
    "–": "-", "—": "-", "−": "-", "‑": "-", "·": "-", "•": "*", "…": "...", "→": "->", "←": "<-", "×": "x", "≥": ">=",
    "≤": "<=", "≈": "~", "≠": "!=", "✓": "ok", "✗": "x", "’": "'", "‘": "'", "“": '"', "”": '"', "─": "-", "━": "=",
    "═": "=", "│": "|", "┃": "|", "├": "|", "└": "`", "┌": ",", "┐": ".", "┘": "'", "┤": "|", "┬": "-", "┴": "-",
    "┼": "+", "╭": ",", "╮": ".", "╰": "`", "╯": "'", "╴": "-", "╶": "-", "█": "#", "▓": "+", "▒": "=", "░": ".",
    "₂": "2", "²": "2", "³": "3", "°": " deg",
}  # fmt: skip


class OutputFailed(Exception):
    """Standard output cannot be written: disk full, or stream closed. Not an OSError: libraries would handle that."""


class ReaderGone(Exception):
    """The program that reads standard output has ended, as `head` does."""


class _Output(io.FileIO):
    """Standard output, with errors of its own: they are distinguished from those of the ledger's files."""

    def write(self, data: Any) -> int:
        """Write bytes and return how many were written. Raises `OutputFailed` and `ReaderGone`."""
        try:
            written: int | None = super().write(data)
            while written is None:  # another program has set the descriptor to non-blocking: wait until it is writable
                select.select([], [self.fileno()], [])
                written = super().write(data)
        except BrokenPipeError as cause:
            raise ReaderGone from cause
        except OSError as cause:
            raise OutputFailed(cause.strerror) from cause
        return written


class _Messages(io.FileIO):
    """Standard error; bytes that cannot be written are dropped."""

    def write(self, data: Any) -> int:
        """Write bytes and return how many were written or dropped."""
        with suppress(OSError):
            written: int | None = super().write(data)
            if written is not None:
                return written
        return len(memoryview(data))


def prepare() -> None:
    """Replace the standard streams as described above. Call it once, before anything is written."""
    prepare_fallback()
    _open_closed()
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115 # a stream for as long as the process lives
    sys.stdout = _text(_Output(1, "w", closefd=False), sys.stdout)
    sys.stderr = _text(_Messages(2, "w", closefd=False), sys.stderr)


def prepare_fallback() -> None:
    """Register `FALLBACK` with Python's codecs."""
    codecs.register_error(FALLBACK, _fallback)


def abandon_output() -> None:
    """Redirect standard output to the null device: Python flushes it at exit, which would fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _open_closed() -> None:
    """Open the null device on closed descriptors. Else the next opened file, such as the event store, gets the number.

    A closed standard output gets a read-only one, so that writing to it fails: an answer must not be lost silently.
    """
    for descriptor, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            opened = os.open(os.devnull, mode)  # the system assigns the lowest free number: usually this one
            if opened != descriptor:
                os.dup2(opened, descriptor)
                os.close(opened)


def _text(raw: io.FileIO, old: TextIO | None) -> TextIO:
    encoding = old.encoding if old is not None else "utf-8"
    is_terminal = raw.isatty()
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding=encoding, errors=FALLBACK, newline="\n", line_buffering=is_terminal
    )


def _fallback(problem: UnicodeError) -> tuple[str, int]:
    """Return an ASCII symbol or an escape for one character that an encoding lacks."""
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    character = problem.object[problem.start]
    return _MARKS.get(character) or character.encode("ascii", "backslashreplace").decode(), problem.start + 1
