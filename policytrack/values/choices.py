"""The words of a choice that events and command line flags share. Apart, so that a flag does not import all events."""

from __future__ import annotations

from typing import Final, Literal, get_args

StakeKind = Literal["issued", "as_converted", "option", "planned"]
QuotaStage = Literal["mining", "separation", "production", "export", "other"]
RuleKind = Literal["replacement_ratio", "moratorium", "no_split", "quota_regime", "export_control", "other"]
Instrument = Literal[
    "grant",
    "tax_credit",
    "loan",
    "guarantee",
    "equity",
    "warrant",
    "price_floor",
    "offtake",
    "stockpile",
    "incentive",
    "designation",
    "other",
]
PendingStatus = Literal["announced", "approved", "construction", "built", "trial", "suspended"]
SupportStage = Literal["announced", "awarded", "disbursed", "clawed_back"]
Because = Literal["error", "revision"]
Assertion = Literal["confirmed", "reported", "inferred", "rumour"]
ASSERTIONS: Final = get_args(Assertion)
"""The assertions, the most certain first."""
