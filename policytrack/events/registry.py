"""Registry: the firms, facilities and projects that other events name by id.

A registration is about our ids, not about the world: it is looked up at every date, so that registering late
never drops a figure.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator
from pydantic_core import PydanticCustomError

from policytrack.events.custom_fields import FieldValues
from policytrack.events.envelope import ActivityId, Event, FacilityId, FirmId, Item, Part, ProjectId, Registers, Text
from policytrack.values.ids import CountryCode, Lei, RegionCode, Slug, UnifiedSocialCreditCode

FirmKind = Literal["company", "venture", "state_body", "fund", "person", "other"]
LANGUAGE: Final = r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$"
"""A language tag of BCP 47, by its form."""
Degrees = Annotated[Decimal, Field(max_digits=9, decimal_places=6)]


def _in_version_2(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "schema_version": 2} if data.get("schema_version", 1) == 1 else data


def _with_fields_in_version_2(data: Any) -> Any:
    """An event without custom fields stays in version 1: its id and bytes never change."""
    return _in_version_2(data) if isinstance(data, dict) and data.get("fields") else data


class LocalName(Part):
    """A name in another language or script, or another name in use."""

    language: Annotated[str, StringConstraints(pattern=LANGUAGE)]
    """Language of the name as a BCP 47 tag: zh, de."""
    name: Text
    """The name, in its own script."""


class FirmIdentifiers(Part):
    """Identifiers in other registers. The check digits of LEI and unified social credit code are verified."""

    lei: Lei | None = None
    """Legal Entity Identifier (ISO 17442), 20 characters."""
    unified_social_credit_code: UnifiedSocialCreditCode | None = None
    """Chinese unified social credit code (GB 32100), 18 characters."""
    ticker: Text | None = None
    """Exchange code with market, for instance ``600111.XSHG``."""


class Coordinates(Part):
    """WGS 84, decimal degrees."""

    latitude: Annotated[Degrees, Field(ge=-90, le=90)]
    """Degrees north, -90 to 90, at most 6 decimals."""
    longitude: Annotated[Degrees, Field(ge=-180, le=180)]
    """Degrees east, -180 to 180, at most 6 decimals."""


class Named(Event):
    """The registration of a thing that has a name, also in other languages."""

    name: Text
    """Name used in tables, charts and documents."""
    names: Annotated[tuple[LocalName, ...], Item("name_in")] = ()
    """A name in another language: zh=北方稀土"""

    @field_validator("names", mode="before")
    @classmethod
    def _from_mapping(cls, value: Any) -> Any:
        """Accepts ``{zh: 北方稀土}`` as well as a list of language and name."""
        if isinstance(value, dict):
            return tuple({"language": language, "name": name} for language, name in value.items())
        return value


class FirmRegistered(Named):
    """A firm gets an id. A firm is anything that can own: a company, venture, state body, fund or person."""

    IS_REGISTRATION = True
    EFFECTIVE_DEFAULT = "by_known_on"
    NEWEST_VERSION = 2

    type: Literal["firm_registered"] = "firm_registered"
    firm_id: Annotated[Slug, Registers("firm")]
    country: CountryCode | None = None
    """Country of the seat (ISO 3166-1 alpha-2): CN."""
    kind: FirmKind = "company"
    """What the firm is."""
    identifiers: FirmIdentifiers | None = None
    """Identifiers in other registers: lei=…,ticker=…"""
    fields: FieldValues = None
    """Value of a declared custom field: jobs=3300"""

    _in_the_oldest_version = model_validator(mode="before")(_with_fields_in_version_2)


class FirmRenamed(Named):
    """A firm has a new name from this date. Search still finds the old names."""

    type: Literal["firm_renamed"] = "firm_renamed"
    firm_id: FirmId


class FirmAliasRegistered(Event):
    """A firm has another name, also in another script. Search finds the firm by it; the main name does not change."""

    IS_REGISTRATION = True
    EFFECTIVE_DEFAULT = "by_known_on"

    type: Literal["firm_alias_registered"] = "firm_alias_registered"
    firm_id: FirmId
    name: Text
    """The other name."""
    language: Annotated[str, StringConstraints(pattern=LANGUAGE)] = "und"
    """Language of the name as a BCP 47 tag; ``und`` if unknown."""


class FirmMerged(Event):
    """A firm became part of another. From this date its stakes and facilities count for the other."""

    type: Literal["firm_merged"] = "firm_merged"
    firm_id: FirmId
    """The firm that is absorbed."""
    into_firm_id: FirmId
    """The firm that absorbs it."""

    @model_validator(mode="after")
    def _into_another(self) -> FirmMerged:
        if self.firm_id == self.into_firm_id:
            raise PydanticCustomError("same_firm", "a firm cannot merge into itself", {})
        return self


class FacilityRegistered(Named):
    """A facility gets an id. A facility is a place with capacity of one or more activities."""

    IS_REGISTRATION = True
    EFFECTIVE_DEFAULT = "by_known_on"
    NEWEST_VERSION = 2

    type: Literal["facility_registered"] = "facility_registered"
    facility_id: Annotated[Slug, Registers("facility")]
    country: CountryCode
    """Country of the place (ISO 3166-1 alpha-2): CN."""
    region: RegionCode | None = None
    """Region of the place (ISO 3166-2): CN-NM."""
    operator_id: FirmId | None = None
    """The firm that runs it."""
    coordinates: Coordinates | None = None
    """Place of the facility: latitude=40.65,longitude=109.84"""
    fields: FieldValues = None
    """Value of a declared custom field: jobs=3300"""

    _in_the_oldest_version = model_validator(mode="before")(_with_fields_in_version_2)


class FacilityTransferred(Event):
    """A facility has another operator, another owner, or both from this date; its capacity stays.

    The registration of the facility says who ran it before the first transfer.
    """

    type: Literal["facility_transferred"] = "facility_transferred"
    facility_id: FacilityId
    operator_id: FirmId | None = None
    """The firm that runs it from this date. If omitted, the operator does not change."""
    owner_id: FirmId | None = None
    """The firm that owns 100 % of it from this date; every earlier share ends. If omitted, the owners do not change."""
    reason: Text | None = None
    """Why, as the source states it."""

    @model_validator(mode="after")
    def _to_someone(self) -> FacilityTransferred:
        if self.operator_id is None and self.owner_id is None:
            raise PydanticCustomError("no_new_hands", "a transfer needs operator_id, owner_id, or both", {})
        return self


class FacilityMoved(Event):
    """A facility is in another region of its country from this date; its capacity, owners and projects stay.

    The registration of the facility says where it was before the first move.
    """

    type: Literal["facility_moved"] = "facility_moved"
    facility_id: FacilityId
    region: RegionCode
    """Region where it is from this date (ISO 3166-2): CN-NM."""
    coordinates: Coordinates | None = None
    """New place of the facility: latitude=40.65,longitude=109.84"""
    reason: Text | None = None
    """Why, as the source states it."""


class FacilityRenamed(Named):
    """A facility has a new name from this date. Search still finds the old names."""

    type: Literal["facility_renamed"] = "facility_renamed"
    facility_id: FacilityId


class ProjectRegistered(Named):
    """A project gets an id. A project is a plan to build capacity of one activity at a facility."""

    IS_REGISTRATION = True
    EFFECTIVE_DEFAULT = "by_known_on"
    NEWEST_VERSION = 2

    type: Literal["project_registered"] = "project_registered"
    project_id: Annotated[Slug, Registers("project")]
    facility_id: FacilityId
    """Where it is to be built."""
    activity_id: ActivityId
    """What it is to make."""
    firm_id: FirmId | None = None
    """The firm that builds it; left out: no source names it."""
    national_project_code: Text | None = None
    """Number of the project in the state's register, for instance ``2404-150271-07-01-653041``."""
    phase_of: ProjectId | None = None
    """The whole project of which this one is a phase. A link: it changes no figure."""
    fields: FieldValues = None
    """Value of a declared custom field: jobs=3300"""

    @model_validator(mode="before")
    @classmethod
    def _in_the_oldest_version(cls, data: Any) -> Any:
        """An event with a firm, without phase_of and fields, stays in version 1: its id and bytes never change."""
        is_newer = isinstance(data, dict) and (
            data.get("firm_id") is None or data.get("phase_of") or data.get("fields")
        )
        return _in_version_2(data) if is_newer else data

    @model_validator(mode="after")
    def _of_another(self) -> ProjectRegistered:
        if self.phase_of == self.project_id:
            raise PydanticCustomError("phase_of_itself", "a project cannot be a phase of itself", {})
        return self


class ProjectRenamed(Event):
    """A project has a new name from this date. Search still finds the old name."""

    type: Literal["project_renamed"] = "project_renamed"
    project_id: ProjectId
    name: Text
    """Name used in tables, charts and documents."""


class ProjectMoved(Event):
    """A project is at another facility from this date. Its plan and its firm stay, as does what it completed before.

    The registration of the project says where it was before the first move.
    """

    type: Literal["project_moved"] = "project_moved"
    project_id: ProjectId
    facility_id: FacilityId
    """Where it is to be built from this date. What it completes from then on adds to the capacity there."""
    reason: Text | None = None
    """Why, as the source states it."""


class ProjectTransferred(Event):
    """Another firm builds a project from this date. Its plan and its place stay.

    The registration of the project says who builds it before the first transfer.
    """

    type: Literal["project_transferred"] = "project_transferred"
    project_id: ProjectId
    firm_id: FirmId
    """The firm that builds it from this date."""
    reason: Text | None = None
    """Why, as the source states it."""
