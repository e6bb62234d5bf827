"""The settings file of a ledger, `policytrack.toml`."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Final

from policytrack.errors import IntegrityTrouble, Place, StorageTrouble, shortened
from policytrack.input_files import read_input
from policytrack.toml_text import read_toml

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS: Final = "policytrack.toml"
READ_MODEL: Final = "readmodel"
SEALS: Final = "seals"
WATCH: Final = "watch"
"""The folder of a ledger with its read models."""
_FIRST: Final = """\
# A policytrack ledger. The events are in events.db; readmodel/ is derived and may be deleted.
# Own views go into projections/, own checks into projections/checks/, named queries into queries/.
format = 1
"""
_FIRST_SHARED: Final = """\
# A policytrack ledger. The events are on the server below; readmodel/ is derived and may be deleted.
# Own views go into projections/, own checks into projections/checks/, named queries into queries/.
format = 1
"""
_SETTINGS_KEYS: Final = frozenset({"format", "store", "watch", "defaults"})
STORE_VARIABLE: Final = "POLICYTRACK_STORE"
"""The environment variable whose address replaces that of the settings: a user, or a tunnel, of one's own."""
_LARGEST_SETTINGS: Final = 1 << 20
"""Largest settings file in bytes: a larger one is an error, and is not read into memory."""


def read_settings(settings: Path) -> str | None:
    """Read the settings file of a ledger; return the address of its event store on a server, None for its own file.

    Raises `StorageTrouble` if it cannot be read, and `IntegrityTrouble` if it is damaged, is of another format, or has
    a key that is not a setting.
    """
    values, text = read_values(settings)
    address = values.get("store")
    if address is None:
        return None
    if not isinstance(address, str):
        raise IntegrityTrouble(
            f"the setting store is not a text: {shortened(str(address))}",
            place=Place(str(settings), line_of("store", text)),
            hint='write store = "postgresql://USER@HOST/DATABASE"',
        )
    return os.environ.get(STORE_VARIABLE) or address


def read_values(settings: Path) -> tuple[dict[str, Any], str]:
    """Return the settings by name, and the text of the file. Raises as `read_settings` does."""
    try:
        text = read_input(settings, _LARGEST_SETTINGS).decode()
        values = read_toml(text)
    except OSError as cause:
        raise StorageTrouble(
            f"cannot read {settings}: {cause.strerror}", hint="check the permissions of the file and its folder"
        ) from cause
    except ValueError as cause:  # not TOML, or not UTF-8
        raise IntegrityTrouble(
            f"cannot read {settings}: {cause}",
            hint='restore the file from a backup, or write it with the line "format = 1"',
        ) from cause
    if "format" not in values:
        raise IntegrityTrouble(
            f'{settings} has no line "format = 1": it is damaged',
            hint="restore the file from a backup, or write it with that line",
        )
    if values.get("format") != 1:
        raise IntegrityTrouble(
            f"{settings} has format {values.get('format')}; this version of policytrack reads format 1",
            hint="upgrade policytrack",
        )
    for key in values.keys() - _SETTINGS_KEYS:
        from policytrack.values.ids import near_matches

        close = near_matches(key, _SETTINGS_KEYS)
        raise IntegrityTrouble(
            f"there is no setting {shortened(key)!r}",
            place=Place(str(settings), line_of(key, text)),
            hint=f"did you mean {close[0]}?" if close else f"the settings are: {', '.join(sorted(_SETTINGS_KEYS))}",
        )
    return values, text


def first_settings(address: str | None) -> str:
    """Return the text of a new settings file."""
    import json

    if address is None:
        return _FIRST
    return f"{_FIRST_SHARED}store = {json.dumps(address)}\n"


def line_of(key: str, text: str) -> int | None:
    """Return the line of a TOML text on which a top-level key or table begins; None for an unusual notation."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]", line):
            return number
    return None


def line_in_table(table: str, key: str, text: str) -> int | None:
    """Return the line of a key below the header of a table, else that of the header; None for an unusual notation."""
    header = None
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"\s*\[", line):
            name = line.strip().strip("[]").replace(" ", "")
            header = number if name == table else None
            if name == f"{table}.{key}":
                return number
        elif header is not None and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line):
            return number
    return line_of(table.partition(".")[0], text)
