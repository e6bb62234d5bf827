"""What the tests of the journal share: reading bytes, and events of every type made by hypothesis."""

from __future__ import annotations

import io
import types
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID

from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from policytrack.decide.deceptive import deceptions
from policytrack.errors import PolicytrackError, RejectedImport
from policytrack.events import Event
from policytrack.events.succession import FacilityMerged, FacilitySplit, HandedOver, SplitPart
from policytrack.events.swaps import SwapLeg
from policytrack.importing.event_row import Row
from policytrack.importing.read import Format, load_events, read_rows
from policytrack.values.dates import VagueDate
from policytrack.values.quantities import Capacity, Money
from policytrack.values.sums import StatedSum

TODAY = date(2026, 11, 23)

TRICKY = [
    *("007", "yes", "NO", "null", "~", "true", "1.10", "1e5", "0x1F", ".inf", "12:30:45", "2025-10-27", "5,000"),
    *("a:", "'q'", '"', "\\n", "=", "<<", "|", ">", "%x", "@x", "`x", "!x", "&a", "*a", "{a}", "[a]", "?", ":", "-"),
    *("...", "---", "--- x", "- x", "a: b", "a #b", "# x", "😀", "北方稀土", "全角\u3000空格", "a\xa0b", "\xada"),
    *("a\nb", "a\n\n  b", "a\n - b: c", "tab\tx", "x\n\ty", "a\n \nb", "a\r\nb", "\x85x", "a\u2028b", "a\ufeffb"),
    "a\ufffeb",
]
_texts = (
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf")), min_size=1, max_size=30) | st.sampled_from(TRICKY)
).filter(str.strip)
_by_name: dict[str, st.SearchStrategy[Any]] = {
    "symbol": st.just("bale"),
    "field_id": st.from_regex(r"\A[a-z][a-z0-9]{0,7}(_[a-z0-9]{1,5}){0,2}\Z"),
    "aliases": st.lists(st.sampled_from(["bales", "short ton", "Ballen", "包"]), max_size=3, unique=True),
    "factor": st.sampled_from(["0.00045359237", "1000", "0.907", "12.5"]),
    "schema_version": st.just(1),
    "known_on": st.dates(date(2026, 1, 1), date(2026, 11, 1)),
    "language": st.sampled_from(["zh", "en", "zh-Hant"]),
    "sha256": st.text("0123456789abcdef", min_size=64, max_size=64),
    "country": st.sampled_from(["CN", "NO", "AU"]),
    "region": st.sampled_from(["CN-NM", "NO-03"]),
    "lei": st.sampled_from(["5493001KJTIIGC8Y1R12", "529900T8BM49AURSDO55"]),
    "unified_social_credit_code": st.none(),
    "stake_pct": st.decimals(Decimal("0.000001"), Decimal(30), places=6),
    "idle_share_pct": st.decimals(0, 100, places=2),
    "ratio": st.sampled_from(["1.5:1", Decimal("1.25"), 2, "1"]),
    "ratio_min": st.sampled_from(["1.5:1", Decimal("1.25"), "1"]),
    "tolerance_pct": st.decimals(0, 100, places=2),
    "jurisdiction": st.sampled_from(["CN", "CN-HE", "EU"]),
    "regions": st.lists(st.sampled_from(["CN-HE", "steel-key-regions"]), max_size=2),
    "activities": st.lists(st.sampled_from(["crude-steel", "coal-power"]), max_size=2),
    "includes": st.lists(st.sampled_from(["first-of-two", "second-of-two"]), max_size=2),
    "year": st.integers(1990, 2030),
    "latitude": st.decimals(-90, 90, places=4),
    "longitude": st.decimals(-180, 180, places=6),
    "field": st.sampled_from(["capacity", "due", "effective", "stake_pct"]),
    "url": st.sampled_from(["https://example.org/a?b=c#d", "http://北方稀土.cn/1"]),
    "archived_url": st.just("https://web.example.org/20251027/https://example.org/a"),
    "currency": st.just("USD"),
    "in_currency": st.just("CNY"),
    "rate": st.sampled_from(["7.1", "0.01183", "16000"]),
    "unit": st.sampled_from(["t/yr", "MW", "bbl/d", "t Ni/yr"]),
    "part_of": st.just("the-whole"),
    "hs": st.just("8507.60"),
    "nace": st.just("27.20"),
    "isic": st.just("2720"),
    "naics": st.just("335910"),
    "from_id": st.just("giver"),
    "to_id": st.just("taker"),
}
_dates = st.sampled_from(
    [
        "2025",
        2024,
        "2025-10",
        "2025-12~",
        "../2025-10-27",
        "2025-Q4",
        "2025-36",
        "late 2025",
        "2025年底",
        "202X",
        "2025-03-XX",
    ]
) | st.dates(date(1990, 1, 1), date(2025, 12, 31))
_capacities = st.sampled_from(
    [
        5000,
        Decimal("0.125"),
        "5,000 t REO/yr",
        "5 kt/a",
        "0.5万吨/年",
        "600 MW",
        ">= 100",
        "40-50 kt/yr",
        "about 5",
        "unknown",
        "withheld",
    ]
) | st.integers(0, 10**15 - 1)
_money = st.sampled_from(["CNY 470 M", "US$25.6M", "4.7亿元", "EUR 1"])
_sums = _money | st.sampled_from(["USD 300-400 M", "up to EUR 5 bn", "more than JPY 1", "about CNY 470 M", ">= USD 2"])
_written: dict[Any, st.SearchStrategy[Any]] = {
    VagueDate: _dates,
    Capacity: _capacities,
    Money: _money,
    StatedSum: _sums,
}
_legs = st.fixed_dictionaries({"undisclosed": st.just(True), "capacity": _capacities}) | st.fixed_dictionaries(
    {"facility_id": st.just("old-works"), "capacity": _capacities, "retire_by": _dates}
)


def _is_sound(model: type[BaseModel]) -> Callable[[dict[str, Any]], bool]:
    """Return whether the model itself accepts some fields, where that depends on several of them."""

    def accepts(given: dict[str, Any]) -> bool:
        try:
            model.model_validate(given)
        except ValidationError:
            return False
        return True

    return accepts


_HOLDS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "facility_merged": _is_sound(FacilityMerged),
    "facility_split": _is_sound(FacilitySplit),
    "firm_merged": lambda given: given["firm_id"] != given["into_firm_id"],
    "project_registered": lambda given: given["project_id"] != given.get("phase_of"),
    "stake_stated": lambda given: given["owned_id"] != given["owner_id"],
    "facility_transferred": lambda given: bool(given.get("operator_id") or given.get("owner_id")),
    "control_asserted": lambda given: given["controlled_id"] != given["controller_id"],
    "control_ended": lambda given: given["controlled_id"] != given["controller_id"],
    "credit_lot_transferred": lambda given: given["from_id"] != given["to_id"],
    "retirement_announced": lambda given: (
        bool(given.get("phases")) != bool(given.get("capacity")) and not (given.get("phases") and given.get("due"))
    ),
    "capacity_swap_amended": lambda given: any(
        given.get(name) for name in ("legs", "build_capacity", "ratio", "rule_id")
    ),
}
"""What a type asks of its fields together."""


def _of_something(given: dict[str, Any]) -> dict[str, Any]:
    return {**given, "country": (given.get("region") or "CN")[:2]}


def _consistent_rule(given: dict[str, Any]) -> dict[str, Any]:
    ratio = {"ratio_min": "1.25"} if given["kind"] == "replacement_ratio" else {"ratio_min": None}
    return {**given, **ratio, "outside_regions": bool(given.get("regions")), "in_force_to": None}


def _with_a_holder(given: dict[str, Any]) -> dict[str, Any]:
    return {**given, "holder_id": "the-holder"} if given.get("includes") else given


def _consistent_field(given: dict[str, Any]) -> dict[str, Any]:
    given = given if given["value_type"] == "choice" else {**given, "allowed": []}
    allowed = {" ".join(word.split()): None for word in given.get("allowed", ())}
    is_number = given["value_type"] in ("integer", "decimal", "choice")
    unit = given.get("unit") if is_number else None
    return {**given, "allowed": list(allowed) or (["a"] if given["value_type"] == "choice" else []), "unit": unit}


_ADJUSTED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "capacity_reported": _of_something,
    "facility_registered": _of_something,
    "quota_issued": _with_a_holder,
    "field_declared": _consistent_field,
    "rule_enacted": _consistent_rule,
}


def fields_of(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """Fields that a model accepts, the optional ones sometimes left out."""
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for name, field in model.model_fields.items():
        chosen = required if field.is_required() or name in {"type", "from_id", "to_id", "due"} else optional
        chosen[field.alias or name] = _values(name, field.annotation)
    return st.fixed_dictionaries(required, optional=optional)


def _values(name: str, annotation: Any) -> st.SearchStrategy[Any]:
    if name in _by_name:
        return _by_name[name]
    origin = get_origin(annotation)
    if origin in {Union, types.UnionType}:
        return _values(name, next(arg for arg in get_args(annotation) if arg is not type(None)))
    if origin is tuple:
        by = {"partners": "firm_id", "fields": "field_id"}.get(name)
        unique = itemgetter(by) if by else str if name in {"applies_to", "allowed"} else None
        least = 1 if name == "applies_to" else 0
        return st.lists(_values(name, get_args(annotation)[0]), min_size=least, max_size=3, unique_by=unique)
    if origin is Literal:
        return st.sampled_from(get_args(annotation))
    if hasattr(annotation, "__metadata__"):
        return _values(name, annotation.__origin__)
    if annotation in _written:
        return _written[annotation]
    if annotation is SwapLeg:
        return _legs
    if annotation in (HandedOver, SplitPart):
        return fields_of(annotation).filter(_is_sound(annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return fields_of(annotation)
    if annotation is UUID:
        return st.uuids()
    if annotation is bool:
        return st.booleans()
    assert annotation is str, (name, annotation)
    return (
        st.from_regex(r"\A[a-z0-9]{1,8}(-[a-z0-9]{1,5}){0,2}\Z")
        if name.endswith("_id") or name == "phase_of"
        else _texts
    )


def events_of(event_type: type[Event]) -> st.SearchStrategy[Event]:
    """Events of a type that may be imported."""
    fields = fields_of(event_type)
    if event_type.TOPIC == "claim_recorded":
        fields = fields.filter(lambda given: given["sources"]).map(_sound_claim)
    if (holds := _HOLDS.get(event_type.TOPIC)) is not None:
        fields = fields.filter(holds)
    if (adjusted := _ADJUSTED.get(event_type.TOPIC)) is not None:
        fields = fields.map(adjusted)
    return fields.map(event_type.model_validate).filter(lambda event: not list(deceptions(event)))


def _sound_claim(fields: dict[str, Any]) -> dict[str, Any]:
    """Only a contradiction differs, and in each field once."""
    differing = {one["field"]: one for one in fields.get("differing", ())}
    return {**fields, "differing": list(differing.values()) if fields["stance"] == "contradicts" else []}


def rows_in(content: str | bytes, format_: Format = "yaml") -> list[Row | PolicytrackError]:
    """What reading gives."""
    raw = content.encode() if isinstance(content, str) else content
    return list(read_rows(None, io.BytesIO(raw), format_))


def events_in(content: str | bytes, format_: Format = "yaml") -> list[Event]:
    """The events of a file without errors."""
    raw = content.encode() if isinstance(content, str) else content
    return load_events([("stdin", io.BytesIO(raw))], today=TODAY, known_on_of=lambda event_id: None, format_=format_)[0]


def findings_in(content: str | bytes, format_: Format = "yaml") -> list[PolicytrackError]:
    """The findings of a file with errors; none for a file that is sound."""
    try:
        events_in(content, format_)
    except RejectedImport as rejected:
        return rejected.findings
    return []


def brief(findings: Iterable[PolicytrackError]) -> list[str]:
    """Each finding as ``line:column CODE what``."""
    return [f"{found.place.line}:{found.place.column} {found.code} {found.what}" for found in findings if found.place]
