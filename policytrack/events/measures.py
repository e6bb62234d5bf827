"""Units of measurement that a ledger registers, beside the built-in ones.

A unit converts what is written into the base unit of its dimension when a figure is entered. The figure is stored in
the base unit, with the source's words. A later correction of the unit therefore changes no recorded figure.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, model_validator
from pydantic_core import PydanticCustomError

from policytrack.events.envelope import Event, Item, Registers, Text
from policytrack.values.own_units import OwnUnits
from policytrack.values.quantities import UnitFactor
from policytrack.values.units import format_decimal

Dimension = Literal[
    "mass",
    "power",
    "apparent_power",
    "energy",
    "area",
    "length",
    "volume",
    "gas_volume",
    "oil_volume",
    "liquid_volume",
    "wafers",
    "vehicles",
    "containers",
    "ship_work",
    "separative_work",
    "pieces",
]
BASE_UNITS: Final[dict[Dimension, str]] = {
    "mass": "t",
    "power": "MW",
    "apparent_power": "MVA",
    "energy": "MWh",
    "area": "m2",
    "length": "km",
    "volume": "m3",
    "gas_volume": "Nm3",
    "oil_volume": "bbl",
    "liquid_volume": "l",
    "wafers": "wafers",
    "vehicles": "vehicles",
    "containers": "TEU",
    "ship_work": "CGT",
    "separative_work": "SWU",
    "pieces": "units",
}
"""The base unit of each dimension: figures are stored in it."""

_LONGEST: Final = 30
# No slash: the period is written after the unit. No digit after a space or hyphen: "40-50 x" is a range.
_SYMBOL: Final = re.compile(r"[^\W\d_]\w*(?:[ -][^\W\d_]\w*)*")


def _symbol(text: str) -> str:
    plain = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(plain) > _LONGEST or not _SYMBOL.fullmatch(plain):
        hint = "write letters and digits, beginning with a letter, without a period: bale, not bale/yr"
        what = f"{plain[:_LONGEST]!r} is not a symbol of at most {_LONGEST} characters"
        raise PydanticCustomError("invalid_quantity", "{what}", {"hint": hint, "what": what})
    return plain


Symbol = Annotated[Text, AfterValidator(_symbol)]


class UnitRegistered(Event):
    """A unit gets a symbol. It may then be used wherever a capacity is written: 500 bale/yr."""

    IS_REGISTRATION = True
    EFFECTIVE_DEFAULT = "by_known_on"
    TAGS = ("unit-registration:any",)

    type: Literal["unit_registered"] = "unit_registered"
    symbol: Annotated[Symbol, Registers("unit")]
    """How the unit is written, without a period: bale, lb, short ton."""
    dimension: Dimension
    """What it measures. Figures are stored in the base unit: t for mass, MW for power, units for pieces."""
    factor: UnitFactor
    """Base units in one unit, as an exact decimal: 0.00045359237 for a pound."""
    aliases: Annotated[tuple[Symbol, ...], Item("alias"), Registers("unit")] = ()
    """Another spelling of the unit: bales."""
    name: Text | None = None
    """Full name of the unit, with its definition if there are several."""

    @model_validator(mode="after")
    def _each_spelling_once(self) -> UnitRegistered:
        spellings = (self.symbol, *self.aliases)
        if len(set(spellings)) < len(spellings):
            raise PydanticCustomError("spelling_repeated", "a symbol or alias is given twice", {})
        return self

    @property
    def measure(self) -> str:
        """The factor and the base unit: ``0.00045359237 t``."""
        return f"{format_decimal(self.factor)} {BASE_UNITS[self.dimension]}"

    def own_units(self) -> OwnUnits:
        """Return the symbol and each alias with the base unit and the factor."""
        base, factor = BASE_UNITS[self.dimension], format_decimal(self.factor)
        return tuple((spelling, base, factor) for spelling in (self.symbol, *self.aliases))
