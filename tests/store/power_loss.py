"""Simulates the loss of power: what of a traced program's writes was on the disk when the power went.

A model, as no test can pull the plug. Writes that no fsync followed are on the disk or not, each alone, whole or up to a
sector. Names change in the order of the calls, and an fsync of any file makes the changes before it permanent.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

SECTOR: Final = 512
_CALLS: Final = (
    "openat,close,write,pwrite64,ftruncate,lseek,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,link,linkat"
)
_CALL: Final = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+)", re.DOTALL)
_TEXT: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_UNFINISHED: Final = " <unfinished ...>"
_RESUMED: Final = re.compile(r"<\.\.\. \w+ resumed>")


@dataclass
class _File:
    durable: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)
    """Writes since the last fsync: the offset and the bytes; None cuts the file there."""


def traced(program: Sequence[str], log: Path) -> list[tuple[str, str, int]]:
    """Run a program and return its calls that change files: name, arguments and result."""
    words = ["strace", "-f", "-qq", "-xx", "-s", "4194304", "-e", f"trace={_CALLS}", "-o", str(log), *program]
    subprocess.run(words, check=True, stdout=subprocess.PIPE)
    begun: dict[str, str] = {}
    calls = []
    for line in log.read_text(encoding="ascii").splitlines():
        process, _, text = line.partition(" ")
        text = text.lstrip()
        if text.endswith(_UNFINISHED):
            begun[process] = text.removesuffix(_UNFINISHED)
            continue
        if resumed := _RESUMED.match(text):
            text = begun.pop(process) + text[resumed.end() :]
        if (call := _CALL.match(text)) and int(call[3]) >= 0:
            calls.append((call[1], call[2], int(call[3])))
    return calls


class Disk:
    """The files of a folder, as calls change them."""

    def __init__(self, folder: Path) -> None:
        self._folder = f"{folder}{os.sep}"
        self._files: list[_File] = []
        self._names: list[tuple[str, int | None]] = []
        """Changes of names in their order: a name and its file, or None when it was removed."""
        self._durable_names = 0
        self._open: dict[int, tuple[int, int]] = {}
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self._names.append((str(path), self._new(path.read_bytes())))
        self._durable_names = len(self._names)

    def apply(self, call: str, arguments: str, result: int) -> bytes:
        """Apply a call; return what it wrote to standard output."""
        texts = [bytes.fromhex(text.replace("\\x", "")) for text in _TEXT.findall(arguments)]
        number = int(arguments.partition(",")[0]) if arguments[:1].isdigit() else -1
        if call == "openat":
            self._opened(texts[0].decode(), arguments, result)
        elif call.startswith(("rename", "link")):
            source, target = (text.decode() for text in texts)
            if source in self._current():
                self._names.append((target, self._current()[source]))
                if call.startswith("rename"):
                    self._names.append((source, None))
        elif call.startswith("unlink"):
            self._names.append((texts[0].decode(), None))
        elif call == "write" and number == 1:
            return texts[0]
        elif number in self._open:
            self._changed(call, arguments, result, number, texts)
        return b""

    def after_the_loss(self, random: Random) -> dict[str, bytes]:
        """Return the files that are found when the power is back."""
        contents = [self._found(file, random) for file in self._files]
        names = self._current(random.randint(self._durable_names, len(self._names)))
        return {name.removeprefix(self._folder): contents[file] for name, file in names.items()}

    def _opened(self, name: str, arguments: str, descriptor: int) -> None:
        if not name.startswith(self._folder) or "O_DIRECTORY" in arguments:
            self._open[descriptor] = (-1, 0)  # a folder, or a file elsewhere
            return
        file = self._current().get(name)
        if file is None:
            file = self._new(b"")
            self._names.append((name, file))
        elif "O_TRUNC" in arguments:
            self._files[file].pending.append((0, None))
        self._open[descriptor] = (file, 0)

    def _changed(self, call: str, arguments: str, result: int, descriptor: int, texts: list[bytes]) -> None:
        number, offset = self._open[descriptor]
        if call == "close":
            del self._open[descriptor]
        elif call in {"fsync", "fdatasync"}:
            self._durable_names = len(self._names)
            if number >= 0:
                file = self._files[number]
                for at, content in file.pending:
                    _write(file.durable, at, content)
                file.pending.clear()
        elif call == "lseek":
            self._open[descriptor] = (number, result)
        elif number >= 0:
            last = arguments.rpartition(",")[2].strip()
            at = offset if call == "write" else int(last)
            self._files[number].pending.append((at, texts[0][:result] if texts else None))
            if call == "write":
                self._open[descriptor] = (number, offset + result)

    def _new(self, content: bytes) -> int:
        self._files.append(_File(bytearray(content)))
        return len(self._files) - 1

    def _current(self, changes: int | None = None) -> dict[str, int]:
        found: dict[str, int] = {}
        for name, file in self._names[:changes]:
            if file is None:
                found.pop(name, None)
            elif name.startswith(self._folder):
                found[name] = file
        return found

    @staticmethod
    def _found(file: _File, random: Random) -> bytes:
        content = bytearray(file.durable)
        for at, written in file.pending:
            luck = random.random()
            if written is not None and luck < 0.3:
                written = written[: random.randrange(0, len(written) + 1, SECTOR)]
            if luck < 0.7:
                _write(content, at, written)
        return bytes(content)


def _write(content: bytearray, at: int, written: bytes | None) -> None:
    if written is None:
        del content[at:]
        content.extend(bytes(max(0, at - len(content))))
    else:
        content.extend(bytes(max(0, at - len(content))))
        content[at : at + len(written)] = written
