"""Finds the maps that policytrack has for published tables, by name: `policytrack import --map gem-steel FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from policytrack.plugins import plugin_maps

_FOLDER: Final = Path(__file__).resolve().parent.parent / "maps"


def shipped_names() -> list[str]:
    """Return the names of the maps, sorted: those of policytrack, and those of plugins."""
    return sorted(_maps())


def located(path: Path) -> Path:
    """Return the file of a map. A name of `shipped_names` means that map, unless a file of that name exists."""
    name = str(path)
    return _maps().get(name, path) if not path.exists() else path


def _maps() -> dict[str, Path]:
    return {**plugin_maps(), **{path.stem: path for path in _FOLDER.glob("*.toml")}}
