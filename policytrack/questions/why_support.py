"""Why a figure of support is what it is: the stages that make it, and those that do not count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from policytrack.errors import NotFound, UsageError
from policytrack.questions.ask import ask, check_filters
from policytrack.questions.explanation import Explanation, counted
from policytrack.questions.explanation_sources import with_citations

if TYPE_CHECKING:
    from policytrack.readmodel.session import Session

FIGURES: Final = ("announced", "awarded", "disbursed", "clawed_back", "outstanding")
"""The figures of support."""
_KINDS: Final = ("support", "firm", "project", "country", "activity", "instrument", "jurisdiction")


@dataclass(frozen=True, slots=True)
class SupportQuestion:
    """Which figure, of the support that the filters choose: in its stated currency, or converted to another."""

    figure: str
    filters: Mapping[str, list[str]] = field(default_factory=dict)
    stated: str | None = None
    converted: str | None = None


def explain_support(session: Session, asked: SupportQuestion) -> Explanation:
    """Explain what `support --by` shows of all support that the filters choose.

    Raises `NotFound` when there is none, `UsageError` when several currencies are meant, and `IntegrityTrouble` if the
    stages do not add up to the figure, which would be a mistake in policytrack.
    """
    filters = check_filters(session, asked.filters)
    shown = ask(session, "support_totals", {**filters, "by": None, "currency": asked.converted}).to_pylist()
    rows = _summed(shown)
    if asked.stated is not None:
        rows = {code: row for code, row in rows.items() if code == asked.stated}
    if not rows:
        raise NotFound(
            "no support is recorded that matches, at these coordinates", hint="`policytrack support` lists it"
        )
    if len(rows) > 1:
        codes = ", ".join(str(code) for code in rows)
        raise UsageError(f"several currencies are meant: {codes}", hint="give --currency, or --in to convert them")
    ((code, row),) = rows.items()
    of_figure = {
        **filters, "figure": asked.figure, "currency": code, "stated": asked.converted is None,
    }  # fmt: skip
    schema, leaves, others = counted(ask(session, "why_support", of_figure))
    subject = {kind: " ".join(filters[kind]) for kind in _KINDS if filters.get(kind)} or {"support": "all"}
    return with_citations(
        session,
        Explanation(f"{asked.figure} support", subject, code, row[asked.figure], leaves, others, schema).checked(),
    )


def _summed(rows: list[dict[str, Any]]) -> dict[str | None, dict[str, Any]]:
    """Return the figures by currency: the answer has a row per group, here per giver."""
    found: dict[str | None, dict[str, Any]] = {}
    for row in rows:
        if row["currency"] is None and len({one["currency"] for one in rows}) > 1:
            continue  # stages without an amount: the leaves list them with any currency
        into = found.setdefault(row["currency"], dict.fromkeys(FIGURES))
        for name in FIGURES:
            if row[name] is not None:
                into[name] = row[name] + (into[name] or 0)
    return found
