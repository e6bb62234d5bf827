"""Builds what goes with an answer: its citation, the line under it, and a note on figures below zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import policytrack
from policytrack.errors import counted

if TYPE_CHECKING:
    import pyarrow as pa

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
            "assertion": ", ".join(self.coordinates.assertions),
            "min_sources_folded": str(self.coordinates.min_sources_folded or ""),
            "head": f"e{self.position}",
            "digest": f"sha256:{self.digest}",
            "policytrack": policytrack.__version__,
        }

    def footer(self) -> str:
        """Return the line under an answer: valid date, knowledge date and head."""
        coordinates = self.coordinates
        vague = "" if coordinates.dates == "latest" else " · vague dates by their earliest day"
        groups = "" if coordinates.perimeter is None else f" · groups of {coordinates.perimeter}"
        kinds = f" · with {', '.join(coordinates.include)} shares" if coordinates.include else ""
        return (
            f"as of {coordinates.as_of} · known at {coordinates.known_at} · head e{self.position}"
            f" sha256:{self.digest[:12]}{vague}{kinds}{groups}{_only(' · ', coordinates)}"
        )

    def line(self, asked: str) -> str:
        """Return the line to cite; `asked` describes the query."""
        coordinates = self.coordinates
        more = "" if coordinates.dates == "latest" else ", vague dates by their earliest day"
        more += f", with stakes {' and '.join(coordinates.include)}" if coordinates.include else ""
        more += f", groups of {coordinates.perimeter}" if coordinates.perimeter else ""
        more += _only(", ", coordinates)
        return (
            f'policytrack ledger "{self.ledger}", {asked}, as of {coordinates.as_of}, known at {coordinates.known_at}'
            f"{more}, head e{self.position} (sha256:{self.digest}), policytrack {policytrack.__version__}"
        )


def _only(mark: str, coordinates: Coordinates) -> str:
    """Return, after a mark, which events an answer counts; empty if it counts all."""
    of = f"{mark}only {' and '.join(coordinates.assertions)} events" if coordinates.assertions else ""
    least = coordinates.min_sources_folded
    return of + (f"{mark}only events with {counted(least, 'independent source')} or more" if least else "")


def below_zero(table: pa.Table) -> str:
    """Return a note on rows with negative capacity; empty without any.

    A figure is negative when retirements are recorded for capacity of which no source has stated the amount.
    """
    named = [name for name in ("installed", "capacity") if name in table.column_names]
    count = sum(figure is not None and figure < 0 for figure in table[named[0]].to_pylist()) if named else 0
    if not count:
        return ""
    return (
        f"below zero in {counted(count, 'row')}: more capacity is recorded as retired than as installed"
        " (run `policytrack check` for the same dates)"
    )
