"""How an answer is cited: what was asked of which record, at which coordinates, said by which version."""

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
    """A ledger's name, the coordinates of an answer, and the head of the record that answered.

    `digest` is the whole sha256 of the record at `position`, in hex: `policytrack verify` of the same ledger proves it.
    """

    ledger: str
    coordinates: Coordinates
    position: int
    digest: str

    def parts(self) -> dict[str, str]:
        """The coordinates one by one, under the names used everywhere."""
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
        """The line to cite an answer by; `asked` says what was asked."""
        coordinates = self.coordinates
        more = "" if coordinates.dates == "latest" else ", vague dates by their earliest day"
        more += f", with stakes {' and '.join(coordinates.include)}" if coordinates.include else ""
        more += f", groups of {coordinates.perimeter}" if coordinates.perimeter else ""
        return (
            f'policytrack ledger "{self.ledger}", {asked}, as of {coordinates.as_of}, known at {coordinates.known_at}'
            f"{more}, head e{self.position} (sha256:{self.digest}), policytrack {policytrack.__version__}"
        )
