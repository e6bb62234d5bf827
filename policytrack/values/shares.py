"""Defines shares in percent, exact or as a source states them: a range, a bound, or a word."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator, StringConstraints, WithJsonSchema

from policytrack.errors import InvalidQuantity
from policytrack.values.quantities import DIGITS, for_pydantic, parse_percent, upper_end
from policytrack.values.units import (
    ABOUT,
    ABOUT_FORM,
    BOUNDS,
    LONGEST,
    RANGE_FORM,
    SHARE_HINT,
    SIGNS,
    any_of,
    format_decimal,
    tidy,
)

_BOUNDED: Final = re.compile(rf"(?P<bound>(?ai:{any_of(BOUNDS)})) ?(?P<figure>[0-9.].*)")
_INNER_PERCENT: Final = re.compile(r" ?[%％](?=.)")
_MILLIONTH: Final = Decimal("0.000001")

ShareText = Annotated[str, StringConstraints(max_length=LONGEST)]
"""A share that is not exact, in its canonical form: ``majority``, ``unknown``, ``25-50``, ``>= 25`` or ``about 30``."""


def parse_share(given: str | int | Decimal) -> Decimal | str:
    """Parse a share as `parse_percent` does; return the canonical form of a share that is not exact.

    ``majority`` is more than 50 %, and ``>50%`` means the same; so do ``undisclosed`` and ``unknown``. A range, a bound
    and a figure that is about right are texts: ``25-50``, ``>= 25``, ``<= 30``, ``> 25``, ``about 30``. `share_ends`
    returns their ends. Raises `InvalidQuantity`.
    """
    word = "".join(given.split()).casefold() if isinstance(given, str) else ""
    if word in ("majority", ">50%", ">50"):
        return "majority"
    if word in ("unknown", "undisclosed"):
        return "unknown"
    try:
        inexact = _inexact_share(tidy(given, SHARE_HINT)) if isinstance(given, str) else None
        return parse_percent(given) if inexact is None else inexact
    except InvalidQuantity as error:
        raise InvalidQuantity(error.what, hint=error.hint if "range" in error.what else SHARE_HINT) from error


def _inexact_share(plain: str) -> str | None:
    """Return the canonical form of a range, a bound or a share that is about right; None for any other text."""
    if (about := ABOUT_FORM.fullmatch(plain)) is not None:
        return f"about {format_decimal(parse_percent(about['figure']))}"
    if (ends := RANGE_FORM.fullmatch(_INNER_PERCENT.sub("", plain))) is not None:
        low, high = parse_percent(ends["first"]), parse_percent(ends["last"])
        return f"{format_decimal(low)}-{format_decimal(upper_end(low, high, '25-50 %'))}"
    if (bounded := _BOUNDED.fullmatch(plain)) is not None:
        bound, figure = BOUNDS[bounded["bound"].casefold()], parse_percent(bounded["figure"])
        if bound == "more_than" and figure >= 100:
            raise InvalidQuantity("a share of a range or bound cannot be more than 100 %", hint=SHARE_HINT)
        return f"{SIGNS[bound]}{format_decimal(figure)}"
    return None


def share_ends(share: Decimal | str) -> tuple[Decimal, Decimal | None]:
    """Return what a share is at least and at most, in percent; None: only 100 % bounds it.

    The macros `share_low` and `share_high` of `projections/functions.sql` say the same.
    """
    if isinstance(share, Decimal):
        return share, share
    if share in ("majority", "unknown"):
        return Decimal(50 if share == "majority" else 0), None
    figure_ = Decimal(share.rpartition(" ")[2].partition("-")[0])
    if share.startswith("about "):
        low = (figure_ * (1 - ABOUT)).quantize(_MILLIONTH, ROUND_FLOOR)
        return low, min(Decimal(100), (figure_ * (1 + ABOUT)).quantize(_MILLIONTH, ROUND_CEILING))
    if share.startswith("<="):
        return Decimal(0), figure_
    return figure_, Decimal(share.partition("-")[2]) if "-" in share else None


def format_share(share: Decimal | str) -> str:
    """Format a share for a message: ``51 %``, ``25-50 %``, ``majority`` or ``unknown``."""
    if isinstance(share, Decimal):
        return f"{format_decimal(share)} %"
    return share if share in ("majority", "unknown") else f"{share} %"


Share = Annotated[
    Decimal | ShareText,
    BeforeValidator(for_pydantic(parse_share)),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"^({DIGITS} ?%?|majority|unknown|(>=|<=|>|about) {DIGITS}|{DIGITS}-{DIGITS})$",
            "description": SHARE_HINT,
        }
    ),
]
"""A share in percent, 0 to 100, at most 6 decimals; or a text where no source states the exact percentage."""
