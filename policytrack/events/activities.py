"""Activities: the processes with a unit that capacity, quotas and projects name.

The built-in ones are in `events/reference/activities.csv`; a ledger registers its own. A registration is about our ids,
so it is looked up at every date.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from policytrack.errors import InvalidQuantity
from policytrack.events.envelope import ActivityId, Part, Registers, Text
from policytrack.events.registry import Named
from policytrack.values.ids import Slug
from policytrack.values.units import read_unit

_UNIT_HINT = (
    "write a base unit, for instance t/yr, t Ni/yr, MW, MWh/yr, wafers/yr, m2/yr, bbl/d, vehicles/yr or units/yr"
)
_Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9.]{0,15}$")]


def _base_unit(text: str) -> str:
    """Return the canonical spelling of a base unit: "t/a" is ``t/yr``. Refuses units with a factor, such as kt/yr."""
    try:
        unit = read_unit(text)
    except InvalidQuantity as error:
        raise PydanticCustomError("invalid_quantity", "{what}", {"hint": _UNIT_HINT, "what": error.what}) from error
    if unit.factor != 1:
        hint = f"write {unit}: figures may still be stated in {text}"
        raise PydanticCustomError("invalid_quantity", "{what}", {"hint": hint, "what": f"{text!r} is not a base unit"})
    return str(unit)


class ActivityCodes(Part):
    """Codes of the activity or its product in classifications. They are stored and shown, and change no figure."""

    hs: _Code | None = None
    """Harmonized System code of the product: 8507.60."""
    nace: _Code | None = None
    """NACE code of the industry: 27.20."""
    isic: _Code | None = None
    """ISIC code of the industry: 2720."""
    naics: _Code | None = None
    """NAICS code of the industry: 335910."""


class ActivityRegistered(Named):
    """An activity gets an id and a unit. An activity is a process whose capacity is counted in one unit."""

    IS_REGISTRATION = True
    EFFECTIVE_DEFAULT = "by_known_on"

    type: Literal["activity_registered"] = "activity_registered"
    activity_id: Annotated[Slug, Registers("activity")]
    unit: Annotated[str, AfterValidator(_base_unit)]
    """Unit of all its figures: t/yr, t Ni/yr, MW, MWh/yr, wafers/yr, m2/yr, bbl/d, vehicles/yr, units/yr."""
    part_of: ActivityId | None = None
    """The activity that it is a process of, in the same unit."""
    sector: Text | None = None
    """Industry that lists group it under: batteries."""
    stage: Text | None = None
    """Stage of the chain: mine, refined, cells."""
    covers: Text | None = None
    """What it includes and excludes."""
    codes: ActivityCodes | None = None
    """Codes in classifications: hs=8507.60,isic=2720"""

    @model_validator(mode="after")
    def _part_of_another(self) -> ActivityRegistered:
        if self.part_of == self.activity_id:
            raise PydanticCustomError("part_of_itself", "an activity cannot be a part of itself", {})
        return self
