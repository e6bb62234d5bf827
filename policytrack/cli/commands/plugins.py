"""`plugins`: lists the installed plugins, what they add, and what cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import rich_click as click

from policytrack import resources
from policytrack.cli.context import Context, pass_context
from policytrack.cli.output.write import write
from policytrack.errors import PolicytrackError, RejectedImport
from policytrack.output.answer import Answer
from policytrack.plugins import Plugin, importers, load_importer, pack_files, plugin_folders, version_of
from policytrack.plugins import plugins as installed_plugins

_SHOWN: Final = ("plugin", "kind", "name", "state")
_OK: Final = "ok"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@pass_context
def plugins(context: Context, as_json: bool) -> None:
    """List the installed plugins: what each adds, and why a part of it cannot be used.

    A plugin is a Python package. It can add views, checks, named queries, maps, packs of events, and formats to import.

    Example:

        policytrack plugins

    Next: policytrack check --list, policytrack sql --list, policytrack import --format NAME.
    """
    import pyarrow as pa

    rows = [*_data_files(), *_importers()]
    table = pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in _SHOWN]))
    write(Answer(table, "Plugins", "", _SHOWN, "no plugin is installed"), context, "json" if as_json else None, None)


def _data_files() -> Iterator[dict[str, Any]]:
    from policytrack.questions.saved_queries import saved_queries
    from policytrack.readmodel.sql_files import Catalogue

    found = installed_plugins()
    catalogue = Catalogue.load(resources.PROJECTIONS, plugins=plugin_folders())
    faults = {left.path: left.reason for left in catalogue.left_out}
    for plugin in found:
        if plugin.fault:
            yield _row(plugin.version, "package", plugin.name, plugin.fault)
            continue
        for kind, folder in (("view", "projections"), ("check", "projections/checks")):
            for path in plugin.files(folder, ".sql"):
                yield _row(plugin.version, kind, path.stem, faults.get(path, _OK))
        queries, unreadable = saved_queries(_folder(plugin) / "queries")
        for query in queries:
            yield _row(plugin.version, "query", query.name, _OK)
        for line in unreadable:
            yield _row(plugin.version, "query", "", line)
        for path in plugin.files("maps", ".toml"):
            yield _row(plugin.version, "map", path.stem, _map_state(path))
        for path in pack_files(plugin):
            yield _row(plugin.version, "pack", path.stem, _OK)


def _folder(plugin: Plugin) -> Path:
    assert plugin.folder is not None  # noqa: S101 # plugins without a folder have a fault
    return plugin.folder


def _map_state(path: Path) -> str:
    from policytrack.importing.tables.map_file import load_map

    try:
        load_map(path)
    except RejectedImport as rejected:
        return str(rejected.findings[0])
    except PolicytrackError as refused:
        return str(refused)
    return _OK


def _importers() -> Iterator[dict[str, Any]]:
    for name, point in importers().items():
        try:
            load_importer(name)
        except PolicytrackError as broken:
            yield _row(version_of(point), "format", name, broken.what)
        else:
            yield _row(version_of(point), "format", name, _OK)


def _row(plugin: str, kind: str, name: str, state: str) -> dict[str, Any]:
    return {"plugin": plugin, "kind": kind, "name": name, "state": state}
