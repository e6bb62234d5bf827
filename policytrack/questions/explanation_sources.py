"""Puts the sources of each event of an explanation beside it: title, publisher, day, address and quotation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from policytrack.questions.ask import ask

if TYPE_CHECKING:
    from policytrack.questions.explanation import Explanation, Row
    from policytrack.readmodel.session import Session


def with_citations(session: Session, explanation: Explanation) -> Explanation:
    """Return the explanation with `citations` on each row of an event: the sources that it names, as dicts."""
    rows = list(_events(explanation))
    positions = sorted({row["position"] for row in rows})
    table = ask(session, "why_sources", {"positions": positions})
    cited = {row["position"]: row["citations"] for row in table.to_pylist()}
    for row in rows:
        row["citations"] = cited.get(row["position"])
    if "position" not in explanation.schema.names:  # the leaves of a holding are chains of shares, not events
        return explanation
    for leaf in explanation.leaves:
        leaf.setdefault("citations", None)
    return replace(explanation, schema=explanation.schema.append(table.schema.field("citations")))


def _events(explanation: Explanation) -> Iterator[Row]:
    """Yield the rows of events: among the leaves, behind them, and among those that do not count."""
    for leaf in (*explanation.leaves, *explanation.not_counted):
        for row in (leaf, *leaf.get("shares", ()), *leaf.get("terms", ())):
            if row.get("position") is not None:
                yield row
