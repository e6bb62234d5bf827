"""Answers for a shell that completes a word: from the read model as it was published last, or none.

Without Arrow and without catching up, since somebody waits with a finger on a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from policytrack.errors import PolicytrackError
from policytrack.readmodel.generation import read_pointer


def published_rows(folder: Path, sql: str, parameters: Mapping[str, object]) -> list[tuple[str, str]]:
    """Rows of two texts from the generation that stands in a read model's folder.

    Empty, in silence, when there is none, it is damaged or of another version: a shell has no place for words.
    """
    try:
        generation, _ = read_pointer(folder)
        if generation is None:
            return []
        with duckdb.connect(str(generation.path), read_only=True, config={"enable_external_access": False}) as reader:
            rows = reader.execute(sql, dict(parameters)).fetchall()
    except (duckdb.Error, PolicytrackError, OSError):
        return []
    return [(str(name), str(shown or "")) for name, shown in rows]
