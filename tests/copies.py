"""Copies of ledgers, for tests that change them."""

from __future__ import annotations

import shutil
from pathlib import Path

from policytrack.ledger_settings import SETTINGS
from policytrack.trust import MADE, Trust


def copied(ledger: Path, target: Path) -> Path:
    """A copy of a ledger, remembered as made by this user: another copy has its read model built again, in a second."""
    shutil.copytree(ledger, target)
    assert Trust(target / SETTINGS).remember(MADE)
    return target
