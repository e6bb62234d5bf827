"""Ownership: ventures agreed and formed, stakes stated and transferred."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import field_validator, model_validator
from pydantic_core import PydanticCustomError

from policytrack.events.envelope import Event, FirmId, Part, Text
from policytrack.quantities import Money, Percent, format_decimal

StakeKind = Literal["issued", "as_converted", "option", "planned"]
TransferKind = Literal["sale", "free_transfer", "capital_increase", "merger", "name_change"]


class Partner(Part):
    """A partner of a venture that is agreed; the share may be open."""

    firm_id: FirmId
    stake_pct: Percent | None = None


class Shareholder(Part):
    """A partner of a venture that is formed, with its share in percent."""

    firm_id: FirmId
    stake_pct: Percent


class _Venture(Event):
    venture_id: FirmId
    registered_capital: Money | None = None

    @model_validator(mode="after")
    def _shares_within_100(self) -> _Venture:
        partners: tuple[Partner, ...] | tuple[Shareholder, ...] = getattr(self, "partners", ())
        total = sum((partner.stake_pct or Decimal(0) for partner in partners), Decimal(0))
        if total > 100:
            raise PydanticCustomError(
                "shares_over_100",
                "the shares add up to {total} %, more than 100 %",
                {"total": format_decimal(total)},
            )
        firms = [partner.firm_id for partner in partners]
        if len(set(firms)) < len(firms):
            raise PydanticCustomError("partner_twice", "the same partner is listed twice", {})
        return self


class JointVentureAgreed(_Venture):
    """Partners agreed on a venture, in a framework or bindingly. Nobody holds a stake by it yet."""

    type: Literal["joint_venture_agreed"] = "joint_venture_agreed"
    partners: tuple[Partner, ...]
    agreement: Literal["framework", "binding"]


class JointVentureFormed(_Venture):
    """A venture is formed. States the whole shareholding: what is missing to 100 is an unknown remainder."""

    type: Literal["joint_venture_formed"] = "joint_venture_formed"
    partners: tuple[Shareholder, ...]


class StakeStated(Event):
    """The share of one owner in one firm, from this date; only `issued` shares count unless asked for."""

    type: Literal["stake_stated"] = "stake_stated"
    owned_id: FirmId
    owner_id: FirmId
    stake_pct: Percent
    kind: StakeKind = "issued"


class StakeTransferred(Event):
    """Percent points of a firm moved from one owner to another. No seller: unknown, or newly issued."""

    type: Literal["stake_transferred"] = "stake_transferred"
    owned_id: FirmId
    from_id: FirmId | None = None
    to_id: FirmId | None = None
    stake_pct: Percent
    kind: TransferKind = "sale"
    price: Money | None = None
    reason: Text | None = None

    @field_validator("stake_pct")
    @classmethod
    def _moves_something(cls, value: Decimal) -> Decimal:
        if value == 0:
            raise PydanticCustomError("nothing_moved", "a transfer moves more than 0 %", {})
        return value

    @model_validator(mode="after")
    def _two_sides(self) -> StakeTransferred:
        if self.from_id is None and self.to_id is None:
            raise PydanticCustomError("no_side", "a transfer names from_id, to_id, or both", {})
        if self.from_id == self.to_id:
            raise PydanticCustomError("same_side", "from_id and to_id are the same firm", {})
        return self
