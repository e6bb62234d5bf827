"""Says what a text already means, for the symbol of a unit that a ledger registers."""

from __future__ import annotations

from policytrack.errors import InvalidQuantity
from policytrack.values.currencies import MONEY_POWERS, is_currency
from policytrack.values.units import HEADS, JOINED, PERIOD_WORDS, SUBSTANCES, built_in_unit


def meaning_of_symbol(symbol: str) -> str | None:
    """Return what a text already means in a quantity, for the refusal of a new unit; None if it is free."""
    folded = symbol.casefold()
    first, *_ = folded.split()
    if first in MONEY_POWERS or first in ("unknown", "withheld"):
        return f"{symbol.split()[0]!r} is a multiple" if first in MONEY_POWERS else f"{symbol!r} is not a unit"
    if folded in SUBSTANCES:
        return f"{symbol!r} is a substance"
    if is_currency(symbol):
        return f"{symbol!r} is a currency"
    if PERIOD_WORDS & set(folded.split()):
        return f"{symbol!r} names a period"
    for tail in ("", "/yr", "/d", "/h"):
        try:
            built_in_unit(symbol + tail)
        except InvalidQuantity:
            continue
        return f"{symbol!r} is a built-in unit"
    like = next((form for form in (*HEADS, *JOINED) if form.casefold() == folded), None)
    return f"{symbol!r} differs from {like} only in capital letters" if like else None
