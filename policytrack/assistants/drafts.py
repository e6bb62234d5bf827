"""Writes drafts of events: files that a person reads and imports. Nothing here records an event."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from policytrack.errors import MalformedInput, StorageTrouble, shortened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policytrack.api.ledger import OpenLedger

FOLDER: Final = "drafts"
"""The folder of a ledger with the drafts."""


def draft(ledger: OpenLedger, event: Mapping[str, Any]) -> dict[str, Any]:
    """Check an event as recording it would, write it to a file, and return how a person records it.

    Raises what `OpenLedger.record` raises for an event that is not valid or is refused: then no file is written.
    """
    from uuid import uuid4

    from policytrack.events import EVENT_TYPES

    name = event.get("type")
    if not isinstance(name, str) or name not in EVENT_TYPES:
        raise MalformedInput(
            f"{shortened(str(name))!r} is not an event type", hint="list the types with the tool schema"
        )
    checked = ledger.record(event, dry_run=True)
    text = _yaml(event)
    path = ledger.folder / FOLDER / f"{name}-{uuid4().hex[:12]}.yaml"
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as cause:
        raise StorageTrouble(
            f"cannot write {path}: {cause.strerror}", hint="fix the permissions of the folder"
        ) from cause
    return {
        "is_recorded": False, "file": str(path), "content": text, "warnings": list(checked.warnings),
        "findings": list(checked.findings), "already_recorded": list(checked.already),
        "to_record": f"A person must read the file, and record it with: policytrack import {_quoted(path)}",
    }  # fmt: skip


def _yaml(event: Mapping[str, Any]) -> str:
    from ruamel.yaml import YAML

    lines = io.StringIO()
    lines.write("# A draft by an assistant: not recorded. Compare it with its sources before you import it.\n")
    writer = YAML()
    writer.allow_unicode = True
    writer.width = 120
    writer.dump([dict(event)], lines)
    return lines.getvalue()


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(str(path))
