"""Prints warnings about doubtful events that were recorded or are previewed, with what to do about each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from policytrack.cli.context import Context, today

if TYPE_CHECKING:
    import pyarrow as pa

_SHOWN: Final = 8
"""Findings that are printed. Of the others, only the number is printed."""
_WHAT_TO_DO: Final = {
    "reported_twice": "if both are one event: policytrack retract {later} --because error --reason TEXT, then"
    ' policytrack claim {earlier} --corroborates --source "title=…,class=…"',
    "statements_disagree": "retract the wrong one, or correct it:"
    " policytrack correct {later} --set FIELD=VALUE --because error",
    "stake_legs_unbalanced": "record the missing side: policytrack record stake-transferred",
    "shares_like_fractions": "if they are, write percent:"
    " policytrack correct {later} --set stake_pct=60 --because error (in a list: --set partners.1.stake_pct=60)",
    "named_like_total": "if it is the sum of other rows, undo the import (policytrack undo IMPORT) and delete the row,"
    " or name it under [[skip]] in the map",
    "names_alike": "if both are one thing, use the id that exists:"
    " policytrack retract {later} --because error --reason TEXT",
    "due_implausible": "compare the dates with the source: policytrack correct {later} --set due=DATE --because error",
    "magnitude_implausible": "compare the figure and its unit with the source:"
    " policytrack correct {later} --set capacity=FIGURE --because error",
    "year_implausible": "compare the dates with the source:"
    " policytrack correct {later} --set effective=DATE --because error",
    "units_do_not_add_up": "name the unit, or correct a figure:"
    " policytrack correct {later} --set unit_id=UNIT --because error",
    "retirement_beyond_installed": "record what was installed, with its day: policytrack record capacity-stated",
    "idle_beyond_installed": "record what is installed, or correct the idle capacity:"
    " policytrack correct {later} --set capacity=FIGURE --because error",
    "owner_sold_more_than_held": "record what the owner held before: policytrack record stake-stated",
    "shares_above_100": "record the new share of each other owner, or correct a share:"
    " policytrack correct {later} --set stake_pct=PERCENT --because error",
    "shares_rounded_above_100": "shares count as stated; correct one if the source has more decimals",
}
"""What to do about a finding, by its check. `{earlier}` and `{later}` are the first and the last event of it."""


def warn_of_doubts(context: Context, path: Path, since: int, types: Sequence[str] | None = None) -> None:
    """Warn of what the checks find about events recorded after the position `since`.

    `path` is a read model with these events, `types` are their types, if known: other checks are then skipped.
    """
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

    if context.verbosity < 0:
        return
    with Session(path, Coordinates(as_of=today(), known_at=today())) as session:
        findings = session.doubts(since, types)
    _warn(context, findings, since, is_recorded=True)


def warn_of_possible_doubts(context: Context, findings: pa.Table, since: int) -> None:
    """Warn of what the checks would find about events after the position `since`, which are not recorded yet."""
    _warn(context, findings, since, is_recorded=False)


def _warn(context: Context, findings: pa.Table, since: int, *, is_recorded: bool) -> None:
    if context.verbosity < 0:
        return
    if not findings.num_rows:
        return
    shown = findings.slice(0, _SHOWN).to_pylist()
    context.warn([f"{row['check_name']}: {row['subject']}: {row['message']}" for row in shown])
    if (more := findings.num_rows - len(shown)) > 0:
        context.say(f"warning: {more:,} more; list {'it' if more == 1 else 'them'} with `policytrack check`")
    first = {row["check_name"]: row for row in reversed(shown)}
    for row in sorted(first.values(), key=shown.index):
        context.say(f"hint: {row['check_name']}: {_hint(row, since, is_recorded=is_recorded)}")


def _hint(row: dict[str, Any], since: int, *, is_recorded: bool) -> str:
    """Return what to do about a finding, with a command for its events.

    A doubt (a check in `DOUBTS`) may be acknowledged, before or after recording; an error must be corrected.
    """
    from policytrack.decide.objections import DOUBTS

    name, positions = row["check_name"], row["positions"]
    earlier, later = f"e{positions[0]}", f"e{positions[-1]}"
    do = _WHAT_TO_DO.get(name, "correct or retract what is wrong").format(earlier=earlier, later=later)
    if name not in DOUBTS:
        return do
    reason = f'--acknowledge {name} "reason"'
    if is_recorded:
        return f"{do}; if nothing is wrong: policytrack correct {later} --because error {reason}"
    if name == "reported_twice" and positions[0] <= since:
        claim = f'policytrack claim {earlier} --corroborates --source "title=…,class=…"'
        return f"if both are one event, record instead: {claim}; if nothing is wrong, add {reason}"
    return f"correct the input; if nothing is wrong, add {reason}"
