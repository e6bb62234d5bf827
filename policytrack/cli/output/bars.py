"""Bars of characters, for a terminal: what adds up stands in one bar, what adds nothing in a bar of its own below it.

Lengths are rounded to a character; the figures beside them are exact. What is unknown has no bar, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from policytrack.cli.output.table import pretty

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: its word, its mark, the mark where only ASCII shows, and whether it adds to the bar."""

    word: str
    meaning: str
    mark: str
    plain: str
    adds: bool = True


PARTS: Final = {
    "operating": Part("operating", "operating", "█", "#"),
    "owed": Part("owed to swaps", "operating, and should be gone for what was built", "▓", "%"),
    "growth": Part("net growth", "pending, net growth", "▒", "+"),
    "gross": Part("pending", "pending, gross: what goes for it is not taken off", "▒", "+"),
    "replacement": Part("replacement", "pending, replaces what goes: adds nothing", "░", "-", adds=False),
    "unknown": Part("unknown", "unknown: not drawn, and not zero", "?", "?", adds=False),
}
_LEAST_BAR: Final = 12
"""Characters below which a bar says nothing: the figures then go to a line of their own."""


def draw(rows: Sequence[Row], width: int, *, ascii_only: bool) -> Iterator[str]:
    """The lines of a chart, panel by panel, and what the marks mean."""
    for panel, members in groupby(rows, itemgetter("panel")):
        yield from _panel(str(panel), list(members), width, ascii_only)
        yield ""
    for name in PARTS:
        if any(row["part"] == name for row in rows):
            part = PARTS[name]
            yield f"{part.plain if ascii_only else part.mark} {part.meaning}"


def _panel(panel: str, rows: list[Row], width: int, ascii_only: bool) -> Iterator[str]:
    bars = {label: list(members) for label, members in groupby(rows, itemgetter("label"))}
    most = max(map(_longest, bars.values()))
    words = [in_words(lane) for members in bars.values() for lane in lanes_of(members)]
    name = max(map(len, bars))
    room = width - name - 2 - max(map(len, words), default=0) - 2
    yield panel
    for label, members in bars.items():
        for index, lane in enumerate(lanes_of(members)):
            heading = f"{label if index == 0 else '':<{name}}"
            if room >= _LEAST_BAR:
                yield f"{heading}  {_bar(lane, most, room, ascii_only):<{room}}  {in_words(lane)}".rstrip()
            else:
                yield f"{heading}  {_bar(lane, most, max(len(lane) + 1, width - name - 2), ascii_only)}".rstrip()
                yield f"  {in_words(lane)}"


def lanes_of(members: Sequence[Row]) -> list[list[Row]]:
    """The parts that add up, then each that does not by itself."""
    adding = [row for row in members if PARTS[row["part"]].adds]
    apart = [[row] for row in members if not PARTS[row["part"]].adds]
    return [adding, *apart] if adding else apart


def _longest(members: Sequence[Row]) -> Decimal:
    return max(sum((row["amount"] or Decimal(0) for row in lane), Decimal(0)) for lane in lanes_of(members))


def _bar(lane: Sequence[Row], most: Decimal, room: int, ascii_only: bool) -> str:
    """The marks of a lane: ends are rounded on the way, so that the whole is right; what is not zero shows."""
    text, reached = "", Decimal(0)
    room -= len(lane)  # each part may need a mark that it is too small, or too unknown, to have
    for row in lane:
        part = PARTS["unknown" if row["amount"] is None else row["part"]]
        mark = part.plain if ascii_only else part.mark
        if row["amount"] is None:
            text += mark
        elif row["amount"] > 0:
            reached += row["amount"]
            end = int((reached * room / most).to_integral_value())
            text += mark * max(1, end - len(text))
    return text


def in_words(lane: Sequence[Row]) -> str:
    """What stands beside the parts of a bar: their exact figures, and what the figures do not say."""
    figures = (
        "unknown" if row["amount"] is None else f"{pretty(row['amount'])} {PARTS[row['part']].word}" for row in lane
    )
    return ", ".join([*figures, *(str(row["note"]) for row in lane if row["note"])])
