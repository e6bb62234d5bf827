"""Builds the citation of an answer: the query, the ledger, the coordinates, the head and the version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import policytrack

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session


def head_of(session: Session) -> tuple[int, str]:
    """Return the position and digest (hex) of the last event that a session answers from."""
    from policytrack.questions import ask

    (row,) = ask(session, "read_up_to").to_pylist()
    return row["position"], row["digest"]


@dataclass(frozen=True, slots=True)
class Citation:
    """A ledger's name, the coordinates of an answer, and the head of the ledger that answered.

    `digest` is the whole sha256 digest at `position`, in hex; `policytrack verify` checks it against a ledger.
    """

    ledger: str
    coordinates: Coordinates
    position: int
    digest: str

    def parts(self) -> dict[str, str]:
        """Return the coordinates by name, as in the JSON output."""
        return {
            "ledger": self.ledger,
            "as_of": self.coordinates.as_of.isoformat(),
            "known_at": self.coordinates.known_at.isoformat(),
            "dates": self.coordinates.dates,
            "include": ", ".join(self.coordinates.include),
            "perimeter": self.coordinates.perimeter.isoformat() if self.coordinates.perimeter else "",
            "head": f"e{self.position}",
            "digest": f"sha256:{self.digest}",
            "policytrack": policytrack.__version__,
        }

    def line(self, asked: str) -> str:
        """Return the line to cite; `asked` describes the query."""
        coordinates = self.coordinates
        more = "" if coordinates.dates == "latest" else ", vague dates by their earliest day"
        more += f", with stakes {' and '.join(coordinates.include)}" if coordinates.include else ""
        more += f", groups of {coordinates.perimeter}" if coordinates.perimeter else ""
        return (
            f'policytrack ledger "{self.ledger}", {asked}, as of {coordinates.as_of}, known at {coordinates.known_at}'
            f"{more}, head e{self.position} (sha256:{self.digest}), policytrack {policytrack.__version__}"
        )
