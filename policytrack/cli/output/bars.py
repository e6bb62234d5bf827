"""Draws bar charts of characters for a terminal.

Parts that add up share one bar. A part that adds nothing, such as replacement capacity, has a bar of its own below.
Lengths are rounded to a character; the figures beside them are exact. An unknown figure has a label and no bar.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from policytrack.output.pretty import pretty

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: `word` beside the figure, `meaning` in the legend, `mark`, and `plain` for ASCII terminals."""

    word: str
    meaning: str
    mark: str
    plain: str
    adds: bool = True


PARTS: Final = {
    "operating": Part("operating", "operating", "█", "#"),
    "owed": Part("owed to swaps", "operating, but to be retired for new capacity that runs", "▓", "%"),
    "growth": Part("net growth", "pending, net growth", "▒", "+"),
    "gross": Part("pending", "pending, gross: retirements for it are not subtracted", "▒", "+"),
    "replacement": Part("replacement", "pending, replaces retired capacity: no growth", "░", "-", adds=False),
    "unknown": Part("unknown", "unknown: not drawn, and not zero", "?", "?", adds=False),
}
_LEAST_BAR: Final = 12
"""Characters that a bar needs to be readable. In a narrower terminal the figures go on a line of their own."""


def draw(rows: Sequence[Row], width: int, *, ascii_only: bool) -> Iterator[str]:
    """Yield the lines of a chart, panel by panel, then a legend of the marks."""
    for panel, members in groupby(rows, itemgetter("panel")):
        yield from _panel(str(panel), list(members), width, ascii_only)
        yield ""
    for name in PARTS:
        if any(row["part"] == name for row in rows):
            part = PARTS[name]
            yield f"{part.plain if ascii_only else part.mark} {part.meaning}"


def _panel(panel: str, rows: list[Row], width: int, ascii_only: bool) -> Iterator[str]:
    bars = {label: list(members) for label, members in groupby(rows, itemgetter("label"))}
    longest = max(map(_longest, bars.values()))
    captions = [in_words(lane) for members in bars.values() for lane in lanes_of(members)]
    name = max(map(len, bars))
    space = width - name - 2 - max(map(len, captions), default=0) - 2
    yield panel
    for label, members in bars.items():
        for index, lane in enumerate(lanes_of(members)):
            heading = f"{label if index == 0 else '':<{name}}"
            if space >= _LEAST_BAR:
                yield f"{heading}  {_bar(lane, longest, space, ascii_only):<{space}}  {in_words(lane)}".rstrip()
            else:
                yield f"{heading}  {_bar(lane, longest, max(len(lane) + 1, width - name - 2), ascii_only)}".rstrip()
                yield f"  {in_words(lane)}"


def lanes_of(members: Sequence[Row]) -> list[list[Row]]:
    """Return the parts by bar: those that add up in one bar, then each of the others in its own."""
    adding = [row for row in members if PARTS[row["part"]].adds]
    apart = [[row] for row in members if not PARTS[row["part"]].adds]
    return [adding, *apart] if adding else apart


def _longest(members: Sequence[Row]) -> Decimal:
    return max(sum((row["amount"] or Decimal(0) for row in lane), Decimal(0)) for lane in lanes_of(members))


def _bar(lane: Sequence[Row], longest: Decimal, space: int, ascii_only: bool) -> str:
    """Return the marks of a bar. Each end is rounded, not each length, so that rounding errors do not add up.

    `longest` is the amount of the longest bar, `space` its width. A part above zero has at least one mark.
    """
    text, reached = "", Decimal(0)
    space -= len(lane)  # for parts that get one mark although they are shorter, or unknown
    for row in lane:
        part = PARTS["unknown" if row["amount"] is None else row["part"]]
        mark = part.plain if ascii_only else part.mark
        if row["amount"] is None:
            text += mark
        elif row["amount"] > 0:
            reached += row["amount"]
            end = int((reached * space / longest).to_integral_value())
            text += mark * max(1, end - len(text))
    return text


def in_words(lane: Sequence[Row]) -> str:
    """Return the text beside a bar: the exact figure of each part, then notes."""
    figures = (
        "unknown" if row["amount"] is None else f"{pretty(row['amount'])} {PARTS[row['part']].word}" for row in lane
    )
    return ", ".join([*figures, *(str(row["note"]) for row in lane if row["note"])])
