"""Finds plugins: installed packages that add checks, views, named queries, maps, packs of events and importers.

A plugin declares entry points. `policytrack.plugins` names a package with folders like those of a ledger:
`projections/`, `projections/checks/`, `queries/`, and also `maps/` and `packs/`. Its code is not run.
`policytrack.importers` names a function that reads a file; its module is imported when the format is used.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from policytrack.errors import UsageError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

PLUGINS: Final = "policytrack.plugins"
IMPORTERS: Final = "policytrack.importers"
_MARK: Final = b"[policytrack."
_PACKS: Final = (".yaml", ".yml", ".jsonl", ".csv")

Reader = Callable[[BinaryIO], Iterable[tuple[int | None, dict[str, Any]]]]
"""Reads a file: for each event its line, or None, and its fields with `type`."""


@dataclass(frozen=True)
class Plugin:
    """A package of data files. `folder` is None if the package cannot be found; `fault` has the reason."""

    name: str
    version: str
    folder: Path | None
    fault: str = ""

    def files(self, kind: str, *endings: str) -> list[Path]:
        """Return the files of one of its folders with one of these endings, sorted."""
        if self.folder is None:
            return []
        return [path for path in sorted((self.folder / kind).glob("*")) if path.suffix in endings and path.is_file()]


@cache
def plugins() -> tuple[Plugin, ...]:
    """Return the plugins with data files, sorted by name."""
    return tuple(_plugin(point) for point in _entry_points(PLUGINS))


@cache
def importers() -> dict[str, EntryPoint]:
    """Return the importers of plugins by the name of their format."""
    return {point.name: point for point in _entry_points(IMPORTERS)}


def plugin_folders() -> list[Path]:
    """Return the folders of the plugins that can be found."""
    return [plugin.folder for plugin in plugins() if plugin.folder is not None]


def version_of(point: EntryPoint) -> str:
    """Return the name and version of the distribution of an entry point: `policytrack-example 1.0`."""
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else ""


def load_importer(name: str) -> Reader:
    """Return the function of an importer. Raises `UsageError`, naming the plugin, if it cannot be imported."""
    point = importers()[name]
    try:
        reader: Reader = point.load()
    except Exception as cause:  # the code of a plugin may raise anything when it is imported
        raise UsageError(
            f"the importer {name} of the plugin {version_of(point)} cannot be loaded: {type(cause).__name__}: {cause}",
            hint="update or uninstall the plugin",
        ) from cause
    return reader


def plugin_maps() -> dict[str, Path]:
    """Return the maps of plugins by name."""
    return {path.stem: path for plugin in plugins() for path in plugin.files("maps", ".toml")}


def pack_files(plugin: Plugin) -> list[Path]:
    """Return the packs of a plugin: files of events, such as the activities of an industry."""
    return plugin.files("packs", *_PACKS)


def located_pack(name: str) -> str:
    """Return the path of a pack of events by its name, unless a file of that name exists; any other name unchanged."""
    if "/" in name or "." in name or Path(name).exists():
        return name
    found = {path.stem: str(path) for plugin in plugins() for path in pack_files(plugin)}
    return found.get(name, name)


def _plugin(point: EntryPoint) -> Plugin:
    from importlib.util import find_spec

    try:
        spec = find_spec(point.value)
    except (ImportError, ValueError) as cause:
        return Plugin(point.name, version_of(point), None, f"the package {point.value} cannot be found: {cause}")
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    if not places:
        return Plugin(point.name, version_of(point), None, f"there is no package {point.value}")
    return Plugin(point.name, version_of(point), Path(places[0]))


def _entry_points(group: str) -> list[EntryPoint]:
    """Return the entry points of a group, sorted, each name once: the first on the search path, as for modules."""
    if not _any_declared():
        return []
    from importlib.metadata import entry_points

    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=group):
        found.setdefault(point.name, point)
    return [found[name] for name in sorted(found)]


@cache
def _any_declared() -> bool:
    """Return whether an installed package declares any entry point for policytrack.

    It reads the files itself: `importlib.metadata` takes ten times as long, and every query would wait for it.
    """
    for folder in dict.fromkeys(sys.path):
        for path in Path(folder).glob("*-info/entry_points.txt"):
            try:
                if _MARK in path.read_bytes():
                    return True
            except OSError:  # `importlib.metadata` could not read it either
                continue
    return False
