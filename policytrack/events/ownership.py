"""Ownership: ventures agreed and formed, stakes in firms and in facilities, control without or against a majority."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import field_validator, model_validator
from pydantic_core import PydanticCustomError

from policytrack.errors import InvalidQuantity
from policytrack.events.envelope import Event, FacilityId, FirmId, Item, Part, Text
from policytrack.values.choices import StakeKind
from policytrack.values.quantities import Money, Percent, format_decimal
from policytrack.values.shares import Share, parse_share, share_ends

TransferKind = Literal["sale", "free_transfer", "capital_increase", "merger", "name_change"]


def rounding_of(shares: Sequence[Decimal]) -> Decimal:
    """By how many percent points shares may exceed 100 because they are rounded; the macro `rounding_of_shares` of
    `projections/functions.sql` says the same.

    Each may be too high by one unit of the last decimal that any of them has (33.34 three times), and all together by
    one percent point at most. Zeros at the end do not count as decimals.
    """
    decimals = max((-int(share.normalize().as_tuple().exponent) for share in shares), default=0)
    return min(Decimal(1), len(shares) * Decimal(1).scaleb(-max(0, decimals)))


class Partner(Part):
    """A partner of an agreed venture. Its share may be undecided."""

    firm_id: FirmId
    """The partner."""
    stake_pct: Share | None = None
    """Its share in percent: 51, 25-50, >= 25, about 30, `majority` or `unknown`. Omit it while it is undecided."""


class Shareholder(Part):
    """A partner of a venture that is formed, with its share in percent."""

    firm_id: FirmId
    """The partner."""
    stake_pct: Share
    """Its share in percent: 51; where no source states it exactly 25-50, >= 25, about 30, `majority` or `unknown`."""


class _StatesShare(Event):
    """Base of the events that state a share, which a source may give as a word or a range instead of a percentage."""

    NEWEST_VERSION: ClassVar[int] = 3

    @model_validator(mode="before")
    @classmethod
    def _in_the_oldest_version(cls, data: Any) -> Any:
        """An event whose shares are percentages stays in version 1, and with words in version 2: its id and bytes never
        change. Version 3 has ranges and bounds."""
        if not isinstance(data, dict) or data.get("schema_version", 1) not in range(1, cls.NEWEST_VERSION):
            return data
        partners = data.get("partners")
        stated = [data, *(partners if isinstance(partners, list | tuple) else ())]
        shares = [one.get("stake_pct") if isinstance(one, dict) else getattr(one, "stake_pct", None) for one in stated]
        needed = min(max(map(_version_of, shares)), cls.NEWEST_VERSION)
        return {**data, "schema_version": needed} if needed > data.get("schema_version", 1) else data


class _Venture(Event):
    venture_id: FirmId
    """The venture, registered as a firm."""
    registered_capital: Money | None = None
    """Registered capital with its currency: CNY 250 M."""

    @model_validator(mode="after")
    def _shares_within_100(self) -> _Venture:
        partners: tuple[Partner, ...] | tuple[Shareholder, ...] = getattr(self, "partners", ())
        stated = [partner.stake_pct for partner in partners if partner.stake_pct is not None]
        exact = [share for share in stated if isinstance(share, Decimal) and share]
        total = sum((share_ends(share)[0] for share in stated if share != "majority"), Decimal(0))
        if total > 100 + rounding_of(exact):
            raise PydanticCustomError(
                "shares_over_100",
                "the shares add up to {least}{total} %, more than 100 %",
                {"total": format_decimal(total), "least": "at least " if sum(exact) != total else ""},
            )
        majorities = stated.count("majority")
        if majorities > 1 or (majorities and total >= 50):
            raise PydanticCustomError(
                "shares_over_100",
                "a majority is more than 50 %, and the other partners hold {rest}",
                {"rest": "another majority" if majorities > 1 else f"{format_decimal(total)} %"},
            )
        firms = [partner.firm_id for partner in partners]
        if len(set(firms)) < len(firms):
            raise PydanticCustomError(
                "partner_twice", "the same partner is listed twice", {"hint": "add up its shares in one entry"}
            )
        return self


class JointVentureAgreed(_Venture, _StatesShare):
    """Partners agreed to form a venture, by a framework or a binding contract. It gives no stakes yet."""

    NEWEST_VERSION: ClassVar[int] = 2

    type: Literal["joint_venture_agreed"] = "joint_venture_agreed"
    partners: Annotated[tuple[Partner, ...], Item("partner")]
    """A partner: firm_id=…,stake_pct=51"""
    agreement: Literal["framework", "binding"]
    """`framework`: an intention. `binding`: a signed contract."""


class JointVentureFormed(_Venture, _StatesShare):
    """A venture is formed. The event states the whole shareholding; a remainder to 100 % is unknown."""

    type: Literal["joint_venture_formed"] = "joint_venture_formed"
    partners: Annotated[tuple[Shareholder, ...], Item("partner")]
    """A partner and its share: firm_id=…,stake_pct=51"""


class JointVentureDissolved(Event):
    """A venture ended. From this date no firm has a share of it, and it runs no facility.

    Its facilities keep their capacity. Record who runs them from this date as `facility_transferred`; `check` reports
    those without a successor.
    """

    type: Literal["joint_venture_dissolved"] = "joint_venture_dissolved"
    venture_id: FirmId
    """The venture, registered as a firm."""
    reason: Text | None = None
    """Why, as the source states it."""


class StakeStated(_StatesShare):
    """One owner has this share of one firm from this date. Only `issued` shares count, unless --include adds others."""

    type: Literal["stake_stated"] = "stake_stated"
    owned_id: FirmId
    """The firm that is owned."""
    owner_id: FirmId
    """The firm that owns."""
    stake_pct: Share
    """Share in percent from this date: 51; where no source states it exactly 25-50, >= 25, about 30, `majority` or
    `unknown`."""
    kind: StakeKind = "issued"
    """Only `issued` shares count in holdings, unless --include adds others."""


class StakeTransferred(Event):
    """Percentage points of a firm moved from one owner to another. Without a seller: unknown, or new shares."""

    type: Literal["stake_transferred"] = "stake_transferred"
    owned_id: FirmId
    """The firm whose shares move."""
    from_id: FirmId | None = None
    """The firm that gives them. If omitted: unknown, or new shares."""
    to_id: FirmId | None = None
    """The firm that gets them. If omitted, it is unknown."""
    stake_pct: Percent
    """Percentage points that move."""
    kind: TransferKind = "sale"
    """How they move."""
    price: Money | None = None
    """Price with its currency: CNY 250 M."""
    reason: Text | None = None
    """Why, as the source states it."""

    @field_validator("stake_pct")
    @classmethod
    def _moves_something(cls, value: Decimal) -> Decimal:
        return _more_than_nothing(value)

    @model_validator(mode="after")
    def _two_sides(self) -> StakeTransferred:
        _check_sides(self.from_id, self.to_id)
        return self


class FacilityStakeStated(_StatesShare):
    """One owner has this share of one facility from this date. Use it if several firms own a plant without a venture.

    From the first such statement, the capacity is attributed to the stated owners, not to the operator. A
    remainder is unknown.
    """

    type: Literal["facility_stake_stated"] = "facility_stake_stated"
    facility_id: FacilityId
    owner_id: FirmId
    """The firm that owns a share of the facility."""
    stake_pct: Share
    """Share in percent from this date: 51; where no source states it exactly 25-50, >= 25, about 30, `majority` or
    `unknown`."""
    kind: StakeKind = "issued"
    """Only `issued` shares count in holdings, unless --include adds others."""


class FacilityStakeTransferred(Event):
    """Percentage points of a facility moved from one owner to another. Without a seller, it is unknown."""

    type: Literal["facility_stake_transferred"] = "facility_stake_transferred"
    facility_id: FacilityId
    from_id: FirmId | None = None
    """The firm that gives the share. If omitted, it is unknown."""
    to_id: FirmId | None = None
    """The firm that gets the share. If omitted, it is unknown."""
    stake_pct: Percent
    """Percentage points that move."""
    kind: TransferKind = "sale"
    """How they move."""
    price: Money | None = None
    """Price with its currency: CNY 250 M."""
    reason: Text | None = None
    """Why, as the source states it."""

    @field_validator("stake_pct")
    @classmethod
    def _moves_something(cls, value: Decimal) -> Decimal:
        return _more_than_nothing(value)

    @model_validator(mode="after")
    def _two_sides(self) -> FacilityStakeTransferred:
        _check_sides(self.from_id, self.to_id)
        return self


class ControlAsserted(Event):
    """A firm controls another, whatever its share: by votes, contract or right to appoint; until `control_ended`."""

    type: Literal["control_asserted"] = "control_asserted"
    controlled_id: FirmId
    """The firm that is controlled."""
    controller_id: FirmId
    """The firm that controls."""
    rationale: Text
    """On what the control rests: votes, a contract, the right to appoint the board."""

    @model_validator(mode="after")
    def _of_another(self) -> ControlAsserted:
        _check_control(self.controlled_id, self.controller_id)
        return self


class ControlEnded(Event):
    """A firm no longer controls another, even if it holds a majority of it, until control is asserted again."""

    type: Literal["control_ended"] = "control_ended"
    controlled_id: FirmId
    """The firm that was controlled."""
    controller_id: FirmId
    """The firm that controlled it."""
    rationale: Text | None = None
    """Why the control ended."""

    @model_validator(mode="after")
    def _of_another(self) -> ControlEnded:
        _check_control(self.controlled_id, self.controller_id)
        return self


def _version_of(share: object) -> int:
    """Return the oldest version that can express a share: 1 for a percentage, 2 for a word, 3 for a range or bound."""
    if not isinstance(share, str):
        return 1
    try:
        parsed = parse_share(share)
    except InvalidQuantity:
        return 1  # the field's own validation says what is wrong
    return 1 if isinstance(parsed, Decimal) else 2 if parsed in ("majority", "unknown") else 3


def _more_than_nothing(stake_pct: Decimal) -> Decimal:
    if stake_pct == 0:
        raise PydanticCustomError("nothing_moved", "a transfer must move more than 0 %", {})
    return stake_pct


def _check_sides(from_id: str | None, to_id: str | None) -> None:
    if from_id is None and to_id is None:
        raise PydanticCustomError("no_side", "a transfer needs from_id, to_id, or both", {})
    if from_id == to_id:
        raise PydanticCustomError("same_side", "from_id and to_id are the same firm", {})


def _check_control(controlled_id: str, controller_id: str) -> None:
    if controlled_id == controller_id:
        raise PydanticCustomError(
            "controls_itself", "a firm cannot control itself", {"hint": "write the firm that controls it"}
        )
