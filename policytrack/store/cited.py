"""Checks that a cited head is in the digest chain of an event store."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from policytrack.errors import IntegrityTrouble, UsageError
from policytrack.store.store import Store

_CITED: Final = re.compile(r"\be([0-9]{1,18})\b[^0-9a-zA-Z]{1,3}sha256:([0-9a-f]{12,64})(?![0-9a-f])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CitedHead:
    """A head from a citation: a position, and the first 12 to 64 hexadecimal digits of its digest."""

    position: int
    digest_start: str

    def __str__(self) -> str:
        return f"e{self.position} sha256:{self.digest_start}"


def read_cited(text: str) -> CitedHead:
    """Return the head in a text such as ``e428 sha256:1b57…`` or a whole citation. Raises `UsageError`."""
    found = {CitedHead(int(number), digest.lower()) for number, digest in _CITED.findall(text)}
    if len(found) != 1:
        what = "names no head" if not found else "names several heads"
        raise UsageError(f"{text!r} {what}", hint="write e428 sha256:… with at least 12 digits of the digest")
    return found.pop()


def check_cited(store: Store, cited: CitedHead) -> None:
    """Raise `IntegrityTrouble` unless the event store has the cited digest at the cited position.

    The chain up to the head must have been verified before: this compares one stored digest.
    """
    digest = store.digest_at(cited.position)
    if digest is None:
        last = store.head().position
        what = f"{cited} was cited, but the event store ends at e{last}"
        raise IntegrityTrouble(what, hint="get a newer copy: this one is older than the citation, or another ledger")
    if not digest.startswith(cited.digest_start):
        raise IntegrityTrouble(
            f"{cited} was cited, but the event store has sha256:{digest} at e{cited.position}",
            hint="compare it with the copy of the citing author: the events up to there differ",
        )
