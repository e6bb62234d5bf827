"""What the asking commands share: a session at coordinates, the columns for a terminal, the footer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from policytrack.cli.context import Context
from policytrack.cli.output.answer import Answer
from policytrack.cli.output.write import write
from policytrack.errors import DamagedReadModel, counted

if TYPE_CHECKING:
    from policytrack.questions.evidence import Evidence
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

Output = tuple[str | None, Path | None]

# What a terminal shows, the most important first: what does not fit is left out from the end.
CAPACITY_SHOWN = (
    "country_code",
    "region_code",
    "activity_id",
    "operating",
    "owed_retirement",
    "net",
    "pending_gross",
    "pending_retiring",
    "pending_net",
    "unit",
    "unknown_count",
    "idle",
)
FACILITY_SHOWN = (
    "facility_id",
    "activity_id",
    "operating",
    "unit",
    "country_code",
    "region_code",
    "installed",
    "idle",
    "last_stated_on",
    "installed_low",
    "installed_high",
)
HOLDINGS_SHOWN = ("firm_id", "activity_id", "status", "basis", "capacity", "unit", "unknown_count")
PENDING_SHOWN = (
    "project_id",
    "capacity_remaining",
    "retiring",
    "net",
    "unit",
    "due",
    "status",
    "swap_verdict",
    "activity_id",
    "is_overdue",
    "slip_days",
    "country_code",
)
LOG_SHOWN = ("position", "effective", "summary", "known_on", "type", "superseded_by")


def footer(context: Context, coordinates: Coordinates) -> str:
    """Return the line under an answer: valid date, knowledge date and head. Call it after the answer is computed."""
    from policytrack.cli.citing import head_answered

    context.answered = coordinates
    position, digest = head_answered(context, coordinates)
    vague = "" if coordinates.dates == "latest" else " · vague dates by their earliest day"
    groups = "" if coordinates.perimeter is None else f" · groups of {coordinates.perimeter}"
    kinds = f" · with {', '.join(coordinates.include)} shares" if coordinates.include else ""
    return (
        f"as of {coordinates.as_of} · known at {coordinates.known_at} · head e{position} sha256:{digest[:12]}"
        f"{vague}{kinds}{groups}"
    )


def tell_ids(context: Context, given: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """The filters that were found, once it is said which id was taken for each name that was given."""
    for kind, ids in found.items():
        for name, id_ in zip(given[kind], ids, strict=True) if isinstance(ids, list) else ():
            if name != id_:
                context.say(f"{name} is {id_}")
    return found


T = TypeVar("T")


def asked(context: Context, coordinates: Coordinates, question: Callable[[Session], T]) -> T:
    """Return the answer of a question on the ledger of this run, caught up; sets `context.answered_head`."""
    from policytrack.questions.citation import head_of

    ledger = context.ledger()

    def once() -> T:
        with ledger.ask(coordinates, notes=context.note, progress=context.progress("catching up")) as session:
            context.answered_head = head_of(session)
            return question(session)

    return undamaged(context, once)


def undamaged(context: Context, once: Callable[[], T]) -> T:
    """The answer of `once`; if the read model turns out to be damaged, it is built again and asked once more."""
    try:
        return once()
    except DamagedReadModel as damage:
        context.say(f"note: {damage.what}; building it again from the events")
        context.ledger().distrust_read_model()
        return once()


def below_zero(table: Any) -> str:
    """What to say of capacity below zero: a retirement was known before anybody said, exactly, what stood there."""
    named = [name for name in ("installed", "capacity") if name in table.column_names]
    count = sum(figure is not None and figure < 0 for figure in table[named[0]].to_pylist()) if named else 0
    if not count:
        return ""
    return (
        f"below zero in {counted(count, 'row')}: more is known to be retired than to have been installed"
        " (`policytrack check` at the same dates)"
    )


def answer_question(
    context: Context,
    question: str,
    coordinates: Coordinates,
    filters: Mapping[str, Any],
    output: Output,
    *,
    title: str,
    shown: tuple[str, ...],
    empty: str = "no rows",
    evidence: Evidence | None = None,
) -> None:
    """Ask a named question and write the answer; with `evidence`, only the rows that reach the bar, and a word on the
    others."""
    from policytrack.questions import ask, check_filters

    def answer(session: Session) -> tuple[Any, int]:
        table = ask(session, question, tell_ids(context, filters, check_filters(session, filters)))
        if not evidence:
            return table, 0
        from policytrack.questions.evidence import well_attested

        kept = well_attested(session, question, table, evidence)
        return kept, table.num_rows - kept.num_rows

    table, hidden = asked(context, coordinates, answer)
    line = footer(context, coordinates)
    if evidence and hidden:
        from policytrack.cli.evidence_options import left_out

        words = left_out(hidden, hidden + table.num_rows, evidence)
        context.say(f"note: {words}")
        line, empty = f"{line} · {words}", "none reaches the bar"
    if words := below_zero(table):
        context.say(f"note: {words}")
        line = f"{line} · {words}"
    write(Answer(table, title, line, shown, empty), context, *output)
