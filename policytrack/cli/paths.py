"""Options and arguments that name a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from policytrack.input_files import check_folder


class FolderPath(click.Path):
    """A folder, which may be missing. A file, a named pipe, a socket or a device in its place is refused."""

    def __init__(self, *, exists: bool = False) -> None:
        """Make the type; `exists` refuses a folder that is missing."""
        super().__init__(exists=exists, file_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path. Raises `UsageError` for a path that is not a folder, and click's `BadParameter`."""
        check_folder(Path(value))
        return super().convert(value, param, ctx)
