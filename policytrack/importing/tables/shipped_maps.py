"""Finds the maps that policytrack has for published tables, by name: `policytrack import --map gem-steel FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).resolve().parent.parent / "maps"


def shipped_names() -> list[str]:
    """Return the names of the maps, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def located(path: Path) -> Path:
    """Return the file of a map. A name of `shipped_names` means that map, unless a file of that name exists."""
    name = str(path)
    return _FOLDER / f"{name}.toml" if name in shipped_names() and not path.exists() else path
