"""The standard streams: what they cannot encode, what cannot be written to them, and streams that are closed.

Rows always leave as UTF-8. Words, tables and trees go in the stream's own encoding: a mark that it lacks becomes one of
ASCII, any other character its escape. A failure of standard output is an error of its own; one of standard error leaves
nobody to tell, and the command goes on.
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
"""The name of the way to write what an encoding lacks."""
_MARKS: Final = {
    "–": "-", "—": "-", "−": "-", "‑": "-", "·": "-", "•": "*", "…": "...", "→": "->", "←": "<-", "×": "x", "≥": ">=",
    "≤": "<=", "≈": "~", "≠": "!=", "✓": "ok", "✗": "x", "’": "'", "‘": "'", "“": '"', "”": '"', "─": "-", "━": "=",
    "═": "=", "│": "|", "┃": "|", "├": "|", "└": "`", "┌": ",", "┐": ".", "┘": "'", "┤": "|", "┬": "-", "┴": "-",
    "┼": "+", "╭": ",", "╮": ".", "╰": "`", "╯": "'", "╴": "-", "╶": "-", "█": "#", "▓": "+", "▒": "=", "░": ".",
    "₂": "2", "²": "2", "³": "3", "°": " deg",
}  # fmt: skip


class OutputFailed(Exception):
    """Standard output cannot be written: a full disk, or a closed stream. No OSError, which libraries handle."""


class ReaderGone(Exception):
    """The program that read standard output has ended, as `head` does."""


class _Output(io.FileIO):
    """Standard output; its failures are distinguished from those of the ledger's files."""

    def write(self, data: Any) -> int:
        """Write what the descriptor takes. Raises `OutputFailed` and `ReaderGone`."""
        try:
            written: int | None = super().write(data)
            while written is None:  # a descriptor that another program set not to block
                select.select([], [self.fileno()], [])
                written = super().write(data)
        except BrokenPipeError as cause:
            raise ReaderGone from cause
        except OSError as cause:
            raise OutputFailed(cause.strerror) from cause
        return written


class _Messages(io.FileIO):
    """Standard error; what it does not take is lost."""

    def write(self, data: Any) -> int:
        """Write what the descriptor takes."""
        with suppress(OSError):
            written: int | None = super().write(data)
            if written is not None:
                return written
        return len(memoryview(data))


def prepare() -> None:
    """Make the standard streams such as this module says. Called once, before anything is written."""
    prepare_fallback()
    _open_closed()
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115 # a stream for as long as the process lives
    sys.stdout = _text(_Output(1, "w", closefd=False), sys.stdout)
    sys.stderr = _text(_Messages(2, "w", closefd=False), sys.stderr)


def prepare_fallback() -> None:
    """Make `FALLBACK` known to Python."""
    codecs.register_error(FALLBACK, _fallback)


def abandon_output() -> None:
    """Send what is left of standard output nowhere: writing it at exit would fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _open_closed() -> None:
    """Give closed descriptors a file, or the next file that is opened, such as the ledger's, would get their number.

    Standard output gets one that cannot be written: an answer that goes nowhere is an error.
    """
    for descriptor, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            opened = os.open(os.devnull, mode)  # the lowest free number: this one
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
    """The mark or the escape for one character that an encoding lacks."""
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    character = problem.object[problem.start]
    return _MARKS.get(character) or character.encode("ascii", "backslashreplace").decode(), problem.start + 1
