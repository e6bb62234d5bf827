"""A ledger of a stranger: the events of the demo ledger, with text in every field that tries to be more than text."""

from __future__ import annotations

import json
import shutil
import sqlite3
from itertools import cycle
from pathlib import Path
from typing import Any, Final

from tests.cli.conftest import policytrack
from tests.cli.test_foreign_ledger import add_events

TEXTS: Final = (
    "<script>window.hit=1</script><img src=x onerror=window.hit=1>",
    "\" onmouseover=window.hit=1 autofocus onfocus=window.hit=1 x='",
    "{{DATA}}{{7*7}}{% raw %}${window.hit=1}</title></style></textarea>-->]]>",
    "\u202eevil\u2066\u200f\x1b[2J\x07\x9b31m\x01",
    "W" * 10_000,
)
"""Markup, attributes, templates, control characters and marks that reorder text, and a name that never ends."""
ADDRESSES: Final = (
    "javascript:window.hit=1", " JaVa\tScRiPt:window.hit=1", "data:text/html,<script>window.hit=1</script>",
    "https://example.org/?a='onclick=window.hit=1", "//evil.example/x", "https://evil.example/" + "w" * 5_000,
)  # fmt: skip
_TEXT: Final = frozenset(("name", "title", "publisher", "note", "reason", "quote", "authority", "document_no", "locator",
    "programme", "terms", "condition", "products", "recorded_by", "rationale"))  # fmt: skip
_ADDRESS: Final = frozenset(("url", "archived_url"))


def hostile_ledger(demo: Path, folder: Path) -> Path:
    """Make the ledger in a folder, as anyone who can write files can: what is stored is not validated again."""
    assert policytrack(folder, "init", "made").code == 0
    made = folder / "made"
    assert policytrack(made, "record", "firm-registered", "--firm-id", "first", "--name", "First", "-y").code == 0
    with sqlite3.connect(demo / "events.db") as store:
        stored = store.execute("SELECT type, data, tags FROM dcb_events ORDER BY position").fetchall()
    store.close()
    texts, addresses = cycle(TEXTS), cycle(ADDRESSES)

    def spoilt(name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: spoilt(key, one) for key, one in value.items()}
        if isinstance(value, list):
            return [spoilt(name, one) for one in value]
        if isinstance(value, str) and name in _ADDRESS:
            return next(addresses)
        return f"{value} {next(texts)}" if isinstance(value, str) and name in _TEXT else value

    events = [
        (type_, json.dumps(spoilt("", json.loads(data)), separators=(",", ":")), json.loads(tags))
        for type_, data, tags in stored
    ]
    add_events(made / "events.db", events)
    shutil.rmtree(made / "readmodel")
    (made / "ledger.head").unlink()
    assert policytrack(made, "record", "firm-registered", "--firm-id", "last", "--name", "Last", "-y").code == 0
    return made
