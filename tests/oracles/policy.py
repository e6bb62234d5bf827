"""What random histories of policy come to, computed event by event in plain Python."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from policytrack.events import Event
from policytrack.events import policy as of_policy
from policytrack.events.capacity import CapacityRetired
from policytrack.events.credit_lots import CreditLotRecognised, CreditLotReturned, CreditLotTransferred
from policytrack.events.registry import FirmMerged, FirmRegistered, FirmRenamed
from policytrack.events.swaps import CapacitySwapAmended, CapacitySwapAnnounced, CapacitySwapRevoked
from policytrack.values.sums import StatedSum
from tests.oracles.folding import ZERO, Happening, exact
from tests.oracles.oracle import Answer
from tests.oracles.questions import Rows

COLUMNS: Final = {
    "quota": ("quota_id", "year, batch, holder_id, amount, is_withheld, group_id, cumulative, position"),
    "policy_in_force": (
        "rule_id, activity_id",
        "kind, ratio_min, in_force_from, in_force_to, suspended_until, position",
    ),
    "support": (
        "position",
        "support_id, recipient_id, instrument, stage, amount, amount_low, amount_high, currency, since",
    ),
    "credit_lot": (
        "lot_id",
        "holder_id, recognised, drawn, returned, remaining, expires_on, is_expired, retired, unknown_count, position",
    ),
    "firm": ("firm_id", "name, country_code, merged_into_id"),
}
EARLY: Final = date(1, 1, 2)


def _money(said: StatedSum | None) -> tuple[Decimal | None, Decimal | None, Decimal | None, str | None]:
    """What is stated exactly, at least and at most, and the currency."""
    if said is None:
        return None, None, None, None
    figure, code = said.amount, said.currency
    if said.bound == "at_most":
        return None, ZERO, figure, code
    return (figure, figure, figure, code) if said.bound is None else (None, figure, said.at_most, code)


class PolicyAnswer(Answer):
    """What the record says of policy as of a day, as known at a day."""

    def latest(self, kind: type[Event], name: str) -> dict[str, Happening]:
        """The last that counts of each id."""
        return {getattr(one.event, name): one for one in self.happened(kind)}

    def position(self, one: Happening) -> int:
        """Where an event stands in the ledger."""
        return next(position for position, event in self.record.events if event is one.event)

    def rows(self) -> dict[str, Rows]:
        """The answers to all views of policy."""
        return {
            "quota": self._quotas(),
            "policy_in_force": self._rules(),
            "support": self._supports(),
            "credit_lot": self._lots(),
            "firm": self._firms(),
        }

    def _groups(self) -> dict[str, str]:
        """Each firm that is counted with another, to the one at the end; those that go round in a circle are left out."""
        step: dict[str, str] = {}
        for one in self.happened(FirmMerged, of_policy.QuotaIssued):
            if isinstance(one.event, FirmMerged):
                step[one.event.firm_id] = one.event.into_firm_id
            else:
                step |= dict.fromkeys(one.event.includes, one.event.holder_id)
        ends = {}
        for start in step:
            at, seen = step[start], {start}
            while at in step and at not in seen:
                seen.add(at)
                at = step[at]
            if at not in seen:
                ends[start] = at
        return ends

    def _quotas(self) -> Rows:
        groups, found = self._groups(), {}
        standing = self.latest(of_policy.QuotaIssued, "quota_id")
        at = {id_: self.position(one) for id_, one in standing.items()}
        for id_, one in standing.items():
            quota = one.event
            same = [
                exact(other.event.amount)
                for other in standing.values()
                if (other.event.material, other.event.year, other.event.holder_id)
                == (quota.material, quota.year, quota.holder_id)
                and (other.event.batch or "", other.when) <= (quota.batch or "", one.when)
            ]
            known = [amount for amount in same if amount is not None]
            found[(id_,)] = (
                *(quota.year, quota.batch, quota.holder_id, exact(quota.amount), quota.amount.bound == "withheld"),
                *(groups.get(quota.holder_id, quota.holder_id), sum(known) if known else None, at[id_]),
            )
        return found

    def _rules(self) -> Rows:
        found: Rows = {}
        for id_, one in self.latest(of_policy.RuleEnacted, "rule_id").items():
            rule, span = one.event, one.event.in_force_from
            start = (span.earliest or date.min) if self.takes_first_day else span.latest
            ends = [rule.in_force_to.latest] if rule.in_force_to else []
            lapsed, is_suspended = [], False
            for ending in self.happened(of_policy.RuleRepealed, of_policy.RuleSuspended):
                if ending.event.rule_id != id_:
                    continue
                if isinstance(ending.event, of_policy.RuleRepealed):
                    last = ending.event.in_force_to
                    ends.append(last.latest if last else max(ending.day, EARLY) - timedelta(days=1))
                    continue
                until = ending.event.until.latest if ending.event.until else date.max
                is_suspended = is_suspended or ending.day <= self.as_of <= until
                lapsed += [until] if until < self.as_of else []
            end = min(ends, default=None)
            if start is None or start > self.as_of or (end and end < self.as_of) or is_suspended:
                continue
            for activity in rule.activities or (None,):
                terms = (
                    rule.kind,
                    rule.ratio_min,
                    None if start == date.min else start,
                    end,
                    max(lapsed, default=None),
                    self.position(one),
                )
                found[id_, activity] = terms
        return found

    def _supports(self) -> Rows:
        found: Rows = {}
        recipients: dict[str, str] = {}
        stages = sorted(self.happened(of_policy.SupportAwarded), key=lambda one: one.when)
        for one in stages:
            if one.event.recipient_id:
                recipients[one.event.support_id] = one.event.recipient_id
        for one in stages:
            said = one.event
            money = _money(said.amount)
            recipient = said.recipient_id or recipients.get(said.support_id)
            stage = (said.support_id, recipient, said.instrument, said.stage)
            found[(self.position(one),)] = (*stage, *money, one.day)
        return found

    def _draws(self) -> dict[tuple[str, str], tuple[list[Decimal | None], bool]]:
        """By swap and lot: the legs of the last word on the swap, and whether it was revoked."""
        announced = {one.event.swap_id for one in self.happened(CapacitySwapAnnounced)}
        revoked = {one.event.swap_id for one in self.happened(CapacitySwapRevoked)}
        legs = {one.event.swap_id: one.event.legs for one in self.happened(CapacitySwapAnnounced, CapacitySwapAmended)
                if one.event.legs}  # fmt: skip
        found: dict[tuple[str, str], tuple[list[Decimal | None], bool]] = {}
        for swap in announced & legs.keys():
            for leg in legs[swap]:
                if leg.lot_id:
                    found.setdefault((swap, leg.lot_id), ([], swap in revoked))[0].append(exact(leg.capacity))
        return found

    def _lots(self) -> Rows:
        found: Rows = {}
        draws = self._draws()
        for id_, one in self.latest(CreditLotRecognised, "lot_id").items():
            lot, held = one.event, exact(one.event.capacity)
            drawn = returned = retired = ZERO
            unknowns = 0
            for (swap, drawn_lot), (legs, is_revoked) in draws.items():
                if drawn_lot != id_:
                    continue
                known = sum((leg for leg in legs if leg is not None), ZERO)
                back = sum((exact(other.event.capacity) or ZERO for other in self.happened(CreditLotReturned)
                            if (other.event.lot_id, other.event.swap_id) == (id_, swap)), ZERO)  # fmt: skip
                unknowns += legs.count(None)
                drawn += known
                returned += known if is_revoked else min(back, known)
            for other in self.happened(CapacityRetired):
                retired += (exact(other.event.capacity) or ZERO) if other.event.lot_id == id_ else ZERO
            expiry = lot.expires_on.latest if lot.expires_on else None
            found[(id_,)] = (
                *(self._holder(id_, lot), held, drawn, returned, None if held is None else held - drawn + returned),
                *(expiry, bool(expiry and expiry < self.as_of), retired, unknowns, self.position(one)),
            )
        return found

    def _holder(self, id_: str, lot: CreditLotRecognised) -> str | None:
        """The one firm that holds something of the lot."""
        held: dict[str, Decimal] = defaultdict(Decimal)
        if lot.holder_id:
            held[lot.holder_id] += exact(lot.capacity) or ZERO
        for one in self.happened(CreditLotTransferred):
            if one.event.lot_id == id_:
                moved = exact(one.event.capacity) or ZERO
                held[one.event.to_id] += moved
                if one.event.from_id:
                    held[one.event.from_id] -= moved
        holders = [name for name, amount in held.items() if amount > 0]
        return holders[0] if len(holders) == 1 else None

    def _firms(self) -> Rows:
        names = {id_: one.event.name for id_, one in self.latest(FirmRenamed, "firm_id").items()}
        return {
            (id_,): (names.get(id_, one.name), one.country, self.merged.get(id_))
            for id_, one in self.registered(FirmRegistered, "firm_id").items()
        }
