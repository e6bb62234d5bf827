"""Draws charts as SVG and PNG with altair and vl-convert, which need neither a network nor a browser."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from policytrack.cli.output.bars import PARTS, Row, in_words, lanes_of
from policytrack.errors import MissingExtra

ENDINGS: Final = (".svg", ".png")
_WIDTH: Final = 640
_STEP: Final = 13
"""Height of a bar in pixels. Each label has two bars, the second for parts that add nothing."""
_COLOURS: Final = {
    "operating": "#2f5d8a",
    "owed": "#c8553d",
    "growth": "#8fb8de",
    "gross": "#8fb8de",
    "replacement": "#ffffff",
}


def chart_bytes(rows: Sequence[Row], ending: str, title: str, caption: str) -> bytes:
    """Return the chart as a file of this extension (`ENDINGS`).

    Replacement is outlined, in a bar of its own. An unknown figure has a label and no bar. Raises `MissingExtra` when
    the extra `charts` is not installed.
    """
    try:
        import altair
        import vl_convert  # noqa: F401 # altair draws with it
    except ImportError as cause:
        raise MissingExtra(
            f"{ending[1:].upper()} charts need the package {cause.name}", hint="pip install 'policytrack[charts]'"
        ) from cause
    sink = io.BytesIO() if ending == ".png" else io.StringIO()
    _chart(altair, rows, title, caption).save(sink, format=ending[1:], scale_factor=2)
    written = sink.getvalue()
    return written if isinstance(written, bytes) else written.encode()


def _chart(altair: Any, rows: Sequence[Row], title: str, caption: str) -> Any:
    """Return the chart in Vega-Lite: a panel per scale, in it two bars per label."""
    shown = [part for part in _COLOURS if any(row["part"] == part for row in rows)]
    colour = altair.Color(
        "part:N",
        scale=altair.Scale(domain=[PARTS[part].meaning for part in shown], range=[_COLOURS[part] for part in shown]),
        legend=altair.Legend(title=None, orient="bottom", columns=2, labelLimit=400, symbolStrokeColor="#444444"),
    )
    place = {
        "y": altair.Y("label:N", sort=None, title=None, axis=altair.Axis(labelLimit=260)),
        "yOffset": altair.YOffset("lane:N", sort=["adds up", "apart"], scale=altair.Scale(domain=["adds up", "apart"])),
    }
    amount = altair.X("amount:Q", title=None, stack="zero", axis=altair.Axis(tickCount=6))
    base = altair.Chart().encode(**place)
    bars = base.transform_filter("datum.adds").mark_bar().encode(x=amount, color=colour, order="place:O")
    apart = (
        base.transform_filter("!datum.adds && datum.amount !== null")
        .mark_bar(stroke="#444444", strokeDash=[3, 2])
        .encode(x=amount, color=colour)
    )
    words = base.mark_text(align="left", dx=4, fontSize=9, color="#444444").encode(x="end:Q", text="words:N")
    # Without an invisible point at 1, a panel of zeros would have a scale from 0 to 0 with the 0 in its middle.
    least = base.transform_filter("datum.reach > 0").mark_point(opacity=0).encode(x="reach:Q")
    panels = altair.layer(bars, apart, words, least).properties(width=_WIDTH, height=altair.Step(_STEP))
    return (
        panels.facet(
            row=altair.Row(
                "panel:N",
                title=None,
                sort=None,
                header=altair.Header(
                    labelAngle=0, labelAnchor="start", labelOrient="top", labelPadding=0, labelFontWeight="bold"
                ),
            ),
            data=altair.Data(values=_values(rows)),
        )
        .resolve_scale(x="independent", y="independent")
        .properties(title=altair.TitleParams(title, subtitle=caption, anchor="start", offset=16))
    )


def _values(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the rows as Vega-Lite data. Lengths are floats, as Vega-Lite needs them; captions are exact."""
    values = []
    drawn = {row["panel"] for row in rows if row["amount"]}
    for (panel, label), members in groupby(rows, itemgetter("panel", "label")):
        for lane in lanes_of(list(members)):
            end = sum(float(row["amount"] or 0) for row in lane)
            for row in lane:
                part = PARTS[row["part"]]
                values.append(
                    {
                        "panel": panel,
                        "label": label,
                        "part": part.meaning,
                        "place": list(PARTS).index(row["part"]),
                        "adds": part.adds,
                        "lane": "adds up" if part.adds else "apart",
                        "amount": None if row["amount"] is None else float(row["amount"]),
                        "end": end,
                        "reach": int(panel not in drawn),
                        "words": in_words(lane) if row is lane[-1] else "",
                    }
                )
    return values
