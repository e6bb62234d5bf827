"""Cases for the checks of statements that repeat or disagree, and of shares that do not add up."""

from __future__ import annotations

from typing import Any, Final

from policytrack.events import Event
from tests.projections.check_cases_building import Cases, plan, step
from tests.projections.policy_world import lot
from tests.projections.world import claim, corrected, event, facility, firm, moved, project, retracted, stated

FIRST: Final = [{"title": "Shop closes", "publisher": "First Paper", "class": "trade-press"}]
SECOND: Final = [{"title": "Works shuts a shop", "publisher": "Second Paper", "class": "trade-press"}]
REASON: Final = [{"check": "reported_twice", "reason": "two furnaces"}]


def closed(
    where: str, capacity: str, day: str, sources: list[dict[str, str]], verb: str = "retired", **fields: Any
) -> Event:
    return moved(verb, where, capacity, day, "2021-12-31", sources=sources, **fields)


def share(owned: str, owner: str, percent: str, day: str = "2020-01-01", **fields: Any) -> Event:
    return event(
        "stake_stated", day, fields.pop("known_on", None), owned_id=owned, owner_id=owner, stake_pct=percent, **fields
    )


def sold(owned: str, percent: str, day: str, seller: str | None, buyer: str | None, **fields: Any) -> Event:
    given = {"owned_id": owned, "from_id": seller, "to_id": buyer, "stake_pct": percent, **fields}
    return event("stake_transferred", day, **{name: value for name, value in given.items() if value is not None})


def formed(venture: str, day: str = "2020-01-01", known_on: str | None = None, **shares: str) -> Event:
    partners = [{"firm_id": owner, "stake_pct": percent} for owner, percent in shares.items()]
    return event("joint_venture_formed", day, known_on, venture_id=venture, partners=partners)


def merged(firm_id: str, into: str) -> Event:
    return event("firm_merged", "2021-01-01", firm_id=firm_id, into_firm_id=into)


def plant_share(where: str, owner: str, percent: str) -> Event:
    return event("facility_stake_stated", "2020-01-01", facility_id=where, owner_id=owner, stake_pct=percent)


def quota(
    id_: str, holder: str, amount: str, sources: list[dict[str, str]], batch: str | None = "B1", day: str = "2016-03-01"
) -> Event:
    given = {"jurisdiction": "AU", "activity_id": "rare-earth-mining-quota", "stage": "mining", "material": "light"}
    return event(
        "quota_issued",
        day,
        quota_id=id_,
        year=2016,
        batch=batch,
        holder_id=holder,
        amount=amount,
        sources=sources,
        **given,
    )


def award(
    id_: str, recipient: str, amount: str, day: str, sources: list[dict[str, str]], stage: str = "awarded"
) -> Event:
    given = {"jurisdiction": "US", "instrument": "grant", "stage": stage, "amount": amount}
    return event("support_awarded", day, support_id=id_, recipient_id=recipient, sources=sources, **given)


RETRACTED = closed("once-retracted", "10", "2021-06-15", SECOND)
_TWICE: Final = [
    *(facility(name, "builder") for name in (
        "twice", "twice-idled", "vague", "tenth", "same-day", "phases", "one-paper", "acknowledged-twice", "once-retracted",
        "once-claimed", "other-tenth", "twice-restarted",
    )),
    *(stated(name, "1000", "2019-01-01") for name in ("twice", "vague", "tenth", "same-day", "phases", "one-paper",
                                                      "acknowledged-twice", "once-retracted", "once-claimed", "other-tenth")),
    closed("twice", "20", "2021-06", FIRST), closed("twice", "20", "2021-06-15", SECOND),
    closed("twice-idled", "20", "2021-06-01", FIRST, "idled"), closed("twice-idled", "20", "2021-07-20", SECOND, "idled"),
    closed("twice-restarted", "20", "2021-06-01", FIRST, "restarted"), closed("twice-restarted", "20", "2021-06-20", [], "restarted"),
    closed("vague", "20", "2021", FIRST), closed("vague", "20", "2021-02-03", SECOND),
    closed("tenth", "20", "2021-06-01", FIRST), closed("tenth", "22", "2021-06-05", SECOND),
    closed("same-day", "20", "2021-06-01", FIRST), closed("same-day", "35", "2021-06-01", SECOND),
    closed("phases", "20", "2020-06-01", FIRST), closed("phases", "20", "2021-06-01", SECOND),
    closed("one-paper", "20", "2021-06-01", FIRST), closed("one-paper", "20", "2021-06-15", FIRST),
    closed("other-tenth", "20", "2021-06-01", FIRST), closed("other-tenth", "25", "2021-06-05", SECOND),
    closed("acknowledged-twice", "20", "2021-06-01", FIRST), closed("acknowledged-twice", "20", "2021-06-15", SECOND, acknowledged=REASON),
    closed("once-retracted", "10", "2021-06-01", FIRST), RETRACTED, retracted(RETRACTED, "error", "2022-01-01"),
    *(CLAIMED := [closed("once-claimed", "10", "2021-06-01", FIRST)]), claim(CLAIMED[0], "corroborates", "2021-07-01", SECOND),
    *(firm(name) for name in ("sold-twice", "sold-to-two", "quota-twice", "quota-quarters", "awarded-twice", "awarded-again")),
    *(sold("sold-twice", "20", day, "owner", "buyer", sources=paper) for day, paper in (("2021-05-03", FIRST), ("2021-05-06", SECOND))),
    *(sold("sold-to-two", "20", "2021-05-03", "owner", to, sources=paper) for to, paper in (("buyer", FIRST), ("builder", SECOND))),
    *(step("project_completed", "finished-twice", day, capacity="10", sources=paper)
      for day, paper in (("2021-05-03", FIRST), ("2021-05-06", SECOND))),
    *(step("project_completed", "two-phases", day, capacity="10", sources=paper)
      for day, paper in (("2020-05-03", FIRST), ("2021-05-06", SECOND))),
    quota("twice-a", "quota-twice", "10", FIRST), quota("twice-b", "quota-twice", "12", FIRST),
    quota("first-quarter", "quota-quarters", "10", FIRST, "Q1"), quota("second-quarter", "quota-quarters", "10", SECOND, "Q2", "2016-04-15"),
    award("grant-a", "awarded-twice", "USD 100", "2021-01-01", FIRST), award("grant-b", "awarded-twice", "USD 100", "2021-01-20", SECOND),
    award("grant-c", "awarded-again", "USD 100", "2021-01-01", FIRST), award("grant-d", "awarded-again", "USD 100", "2022-01-20", SECOND),
    *(lot(f"certified-{n}", "twice", "70", day, sources=paper) for n, (day, paper) in enumerate((("2019-02-01", FIRST), ("2019-02-10", SECOND)))),
    event("credit_lot_transferred", "2019-03-01", lot_id="certified-0", to_id="owner", capacity="5", sources=FIRST),
    event("credit_lot_transferred", "2019-03-02", lot_id="certified-0", to_id="owner", from_id="builder", capacity="5", sources=SECOND),
]  # fmt: skip
PRELIMINARY = stated("corrected", "10", "2020-12-31", "2021-01-15")


def _total(capacity: str, effective: str = "2020-01-01", **fields: Any) -> Event:
    return event("capacity_reported", effective, country="JP", activity_id="alumina", capacity=capacity, **fields)


_MOVED: Final = [
    *(facility(name, "builder") for name in ("handed-twice", "handed-on", "closing-twice", "closing-in-phases")),
    _total("500", sources=FIRST), _total("700", sources=SECOND), _total("500", region="JP-13"), _total("700", region="JP-14"),
    event("facility_transferred", "2020-01-01", facility_id="handed-twice", operator_id="owner"),
    event("facility_transferred", "2020-01-01", facility_id="handed-twice", operator_id="buyer", sources=SECOND),
    *(project(name, "handed-on", "builder") for name in ("sited-twice", "sited-on")),
    event("project_moved", "2020-01-01", project_id="sited-twice", facility_id="closing-twice"),
    event("project_moved", "2020-01-01", project_id="sited-twice", facility_id="handed-twice", sources=SECOND),
    event("project_moved", "2020-01-01", project_id="sited-on", facility_id="closing-twice"),
    event("project_moved", "2020-01-02", project_id="sited-on", facility_id="handed-twice"),
    event("facility_transferred", "2020-01-01", facility_id="handed-on", operator_id="owner"),
    event("facility_transferred", "2020-01-01", facility_id="handed-on", owner_id="buyer"),
    *(
        event("retirement_announced", "2020-01-01", facility_id=name, activity_id="alumina", capacity="50", due=due)
        for name, dues in (("closing-twice", ("2030", "2035")), ("closing-in-phases", ("2030", "2030"))) for due in dues
    ),
]  # fmt: skip
_DISAGREE: Final = [
    *_MOVED,
    *(facility(name, "builder") for name in ("units", "next-week", "agreeing", "corrected", "yearly", "idle-twice")),
    *(stated("units", capacity, "2020-01-01", "2020-04-15") for capacity in ("100", "200", "50")),
    stated("next-week", "100", "2020-12-31", sources=FIRST), stated("next-week", "120", "2021-01-01", sources=SECOND),
    stated("yearly", "100", "2020-12-31", sources=FIRST), stated("yearly", "120", "2021-12-31", sources=SECOND),
    stated("agreeing", "100", "2020-12-31", sources=FIRST), stated("agreeing", "100.0", "2020-12-31", sources=SECOND),
    stated("idle-twice", "100", "2020-12-31", idle_share_pct="10"), stated("idle-twice", "100", "2020-12-31", idle_share_pct="20"),
    PRELIMINARY, corrected(PRELIMINARY, "revision", "2021-06-01", capacity="9"),
    *(firm(name) for name in ("held-twice", "held-once", "formed-twice", "formed-once", "renamed-twice", "led")),
    share("held-twice", "owner", "60"), share("held-twice", "owner", "50", known_on="2020-06-01"),
    share("held-once", "owner", "60"), share("held-once", "buyer", "30"), share("held-once", "owner", "70", kind="planned"),
    formed("formed-twice", owner="60", buyer="40"), formed("formed-twice", known_on="2020-02-01", owner="60", builder="40"),
    formed("formed-once", owner="60", buyer="40"), share("formed-once", "owner", "60"),
    event("firm_renamed", "2020-01-01", firm_id="renamed-twice", name="One"),
    event("firm_renamed", "2020-01-01", "2020-01-02", firm_id="renamed-twice", name="Two"),
    event("control_asserted", "2020-01-01", controlled_id="led", controller_id="owner", rationale="votes"),
    event("control_ended", "2020-01-01", controlled_id="led", controller_id="owner"),
    *plan("planned-twice", "2020-01-01", "10"), step("project_announced", "planned-twice", "2020-01-01", "2020-01-02", capacity="12"),
    *plan("approved-twice", "2020-01-01", "10"),
    step("project_approved", "approved-twice", "2020-02-01", capacity="10", sources=FIRST),
    step("project_approved", "approved-twice", "2020-02-10", capacity="12", sources=SECOND),
    *plan("rescoped", "2020-01-01", "10"), step("scope_revised", "rescoped", "2020-02-01", capacity="12"),
    award("announced-as-two", "owner", "USD 5", "2016-01-01", FIRST, "announced"), award("announced-as-two", "owner", "USD 9", "2016-01-01", SECOND, "announced"),
    award("in-tranches", "owner", "USD 5", "2016-01-01", FIRST, "disbursed"), award("in-tranches", "owner", "USD 9", "2016-01-01", FIRST, "disbursed"),
]  # fmt: skip
_UNITS: Final = [
    *(facility(name, "builder") for name in ("too-few", "added-up", "two-units", "twice-a-unit", "unnamed", "all-again", "before-units")),
    stated("too-few", "1000", "2020-01-01"), stated("too-few", "300", "2021-01-01", unit_id="a"),
    stated("added-up", "600", "2020-01-01", unit_id="a"), stated("added-up", "400", "2020-01-01", unit_id="b"),
    closed("added-up", "100", "2020-06-01", FIRST, unit_id="b"), stated("added-up", "900", "2020-12-31"),
    stated("added-up", "700", "2021-01-01", unit_id="a"),
    *(stated("two-units", capacity, "2020-01-01", unit_id=unit) for unit, capacity in (("a", "10"), ("b", "20"))),
    *(closed("two-units", "5", "2021-01-01", paper, unit_id=unit) for unit, paper in (("a", FIRST), ("b", SECOND))),
    *(stated("twice-a-unit", capacity, "2020-01-01", unit_id="a") for capacity in ("10", "20")),
    *(stated("unnamed", "500", "2020-01-01", unit_id=unit) for unit in "ab"),
    closed("unnamed", "40", "2021-01-01", FIRST), stated("unnamed", "480", "2021-06-01", unit_id="a"),
    *(stated("all-again", "500", "2020-01-01", unit_id=unit) for unit in "ab"),
    closed("all-again", "40", "2021-01-01", FIRST), *(stated("all-again", "480", "2021-06-01", unit_id=unit) for unit in "ab"),
    stated("before-units", "1000", "2019-01-01"), closed("before-units", "200", "2019-06-01", FIRST, unit_id="old"),
    *(stated("before-units", "400", "2020-01-01", unit_id=unit) for unit in "ab"),
]  # fmt: skip
_FORGOTTEN: Final = facility("forgotten", "builder")
REPEATS: Final[Cases] = {
    "facility_unregistered": (
        [_FORGOTTEN, stated("forgotten", "10", "2020-01-01"), retracted(_FORGOTTEN, "error", "2022-01-01")],
        {"facility:forgotten"},
        {"facility:works"},
    ),
    "reported_twice": (
        [*plan("finished-twice", "2020-01-01", "100"), *plan("two-phases", "2020-01-01", "100"), *_TWICE],
        {
            *(f"facility:{name}" for name in ("twice", "twice-idled", "twice-restarted", "vague", "tenth", "same-day")),
            "firm:sold-twice", "firm:quota-twice", "firm:awarded-twice", "project:finished-twice", "lot:certified-0",
        },
        {
            "facility:two-units",
            *(f"facility:{name}" for name in ("phases", "one-paper", "other-tenth", "once-retracted", "once-claimed")),
            "firm:sold-to-two", "firm:quota-quarters", "firm:awarded-again", "project:two-phases",
        },
    ),
    "statements_disagree": (
        _DISAGREE,
        {
            "facility:units", "facility:twice-a-unit", "facility:next-week", "facility:idle-twice", "firm:held-twice", "firm:formed-twice", "firm:renamed-twice",
            "country:JP", "facility:handed-twice", "facility:closing-twice", "firm:led", "project:planned-twice", "project:approved-twice", "project:sited-twice", "support:announced-as-two",
        },
        {
            "facility:two-units", "region:JP-13", "region:JP-14", "facility:handed-on", "facility:closing-in-phases", "facility:yearly", "facility:agreeing", "facility:corrected", "firm:held-once", "firm:formed-once", "project:rescoped", "project:sited-on",
            "support:in-tranches",
        },
    ),
    "units_do_not_add_up": (
        _UNITS,
        {"facility:too-few", "facility:unnamed"},
        {f"facility:{name}" for name in ("added-up", "two-units", "twice-a-unit", "all-again", "before-units")},
    ),
    "stake_legs_unbalanced": (
        [
            *(firm(name) for name in ("open", "balanced", "oversold-day", "newly-issued")),
            sold("open", "30", "2020-02-02", "owner", None), sold("open", "30", "2020-02-02", None, "buyer"),
            sold("open", "30", "2020-02-02", "builder", None),
            sold("balanced", "30", "2020-02-02", "owner", None), sold("balanced", "10", "2020-02-02", None, "buyer"),
            sold("balanced", "20", "2020-02-02", None, "builder"),
            sold("oversold-day", "30", "2020-02-02", "owner", None), sold("oversold-day", "40", "2020-02-02", None, "buyer"),
            sold("newly-issued", "30", "2020-02-02", None, "buyer"),
        ],
        {"firm:open", "firm:oversold-day"},
        {"firm:balanced", "firm:newly-issued"},
    ),
    "shares_rounded_above_100": (
        [
            *(firm(name) for name in ("thirds", "tenths", "whole-hundred", "far-above")),
            facility("shared-thirds", "builder"),
            formed("thirds", owner="33.34", buyer="33.34", builder="33.34"),
            share("tenths", "owner", "60.1"), share("tenths", "buyer", "40"),
            formed("whole-hundred", owner="33.33", buyer="33.33", builder="33.34"),
            share("far-above", "owner", "60.1"), share("far-above", "buyer", "41"),
            *(plant_share("shared-thirds", owner, "33.34") for owner in ("owner", "buyer", "builder")),
        ],
        {"firm:thirds", "firm:tenths", "facility:shared-thirds"},
        {"firm:whole-hundred", "firm:far-above"},
    ),
    "shares_like_fractions": (
        [
            *(firm(name) for name in ("fractions", "of-thirds", "wholly", "small-holding", "with-a-remainder")),
            share("fractions", "owner", "0.6"), share("fractions", "buyer", "0.4"),
            formed("of-thirds", owner="0.333", buyer="0.333", builder="0.334"),
            share("wholly", "owner", "1"),
            share("small-holding", "owner", "0.04"),
            share("with-a-remainder", "owner", "0.6"), share("with-a-remainder", "buyer", "51"),
        ],
        {"firm:fractions", "firm:of-thirds", "firm:wholly"},
        {"firm:small-holding", "firm:with-a-remainder"},
    ),
    "merger_impossible": (
        [
            *(firm(name) for name in ("round", "about", "in-two", "in-one")),
            merged("round", "about"), merged("about", "round"),
            merged("in-two", "owner"), merged("in-two", "buyer"), merged("in-one", "in-two"),
        ],
        {"firm:round", "firm:about", "firm:in-two"},
        {"firm:in-one", "firm:owner"},
    ),
    "region_elsewhere": (
        [
            facility("texan-works", country="CN", region="US-TX"), facility("island-works", country="PR", region="US-PR"),
            facility("without-region", country="CN"),
            facility("moves-abroad", country="CN", region="CN-HE"), facility("moves-at-home", country="CN", region="CN-HE"),
            event("facility_moved", "2020-01-01", facility_id="moves-abroad", region="US-TX"),
            event("facility_moved", "2020-01-01", facility_id="moves-at-home", region="CN-SD"),
        ],
        {"facility:texan-works", "facility:moves-abroad"},
        {"facility:island-works", "facility:hebei-works", "facility:without-region"},
    ),
    "owns_itself": (
        [
            *(firm(name) for name in ("treasury", "buys-back", "held-by-another")),
            share("treasury", "treasury", "5"), sold("buys-back", "5", "2020-01-01", "owner", "buys-back"),
            share("held-by-another", "owner", "5"),
        ],
        {"firm:treasury", "firm:buys-back"},
        {"firm:held-by-another"},
    ),
    "due_implausible": (
        [
            *plan("due-before", "2020-06-01", due="2019"), *plan("due-after", "2020-06-01", due="2020"),
            *plan("due-in-a-century", "2020-06-01", due="2205"),
        ],
        {"project:due-before", "project:due-in-a-century"},
        {"project:due-after"},
    ),
    "magnitude_implausible": (
        [
            *(facility(name) for name in ("grows", "in-watts", "shrinks", "by-unit", "giant", "small-1", "small-2", "small-3", "large")),
            stated("grows", "40", "2010-01-01", activity_id="graphite-spherical"), stated("grows", "3900", "2012-01-01", activity_id="graphite-spherical"),
            stated("in-watts", "40", "2010-01-01", activity_id="graphite-spherical"), stated("in-watts", "4000", "2012-01-01", activity_id="graphite-spherical"),
            stated("shrinks", "4000", "2010-01-01", activity_id="graphite-spherical"), stated("shrinks", "4", "2012-01-01", activity_id="graphite-spherical"),
            event("capacity_stated", "2010-01-01", facility_id="by-unit", activity_id="graphite-spherical", unit_id="a", capacity="1"),
            event("capacity_stated", "2012-01-01", facility_id="by-unit", activity_id="graphite-spherical", unit_id="b", capacity="100"),
            *(stated(f"small-{number}", "9", "2010-01-01", activity_id="cobalt-refining") for number in (1, 2, 3)),
            stated("large", "8999", "2010-01-01", activity_id="cobalt-refining"), stated("giant", "9000", "2010-01-01", activity_id="cobalt-refining"),
            project("scaled-up", "grows", "maker", activity_id="graphite-spherical"),
            event("project_announced", "2020-01-01", project_id="scaled-up", capacity="50"),
            event("scope_revised", "2021-01-01", project_id="scaled-up", capacity="50000"),
        ],
        {"facility:in-watts", "facility:shrinks", "facility:giant", "project:scaled-up"},
        {"facility:grows", "facility:by-unit", "facility:large", "facility:small-1"},
    ),
    "year_implausible": (
        [
            ANCIENT := event("capacity_idled", "1020-01-01", "2020-01-01", facility_id="works", activity_id="alumina", capacity="1"),
            OLD := event("capacity_idled", "1920-01-01", "2020-01-01", facility_id="works", activity_id="alumina", capacity="1"),
            OPEN := event("capacity_idled", "../2019", "2020-01-01", facility_id="works", activity_id="alumina", capacity="1"),
        ],
        {f"event:{ANCIENT.event_id}"},
        {f"event:{OLD.event_id}", f"event:{OPEN.event_id}"},
    ),
    "named_like_total": (
        [
            facility("total", name="Total"), facility("grand", name="GRAND TOTAL:"), facility("he-ji", name="合计"),
            facility("all-of-japan", name="Total Japan", country="JP"), facility("summe", name="Summe (12)", country="DE"),
            facility("total-antwerp", name="Total Antwerp", country="BE"), facility("summit", name="Summit", country="US"),
            facility("total-energies", name="TotalEnergies", country="FR"), firm("total-sa", name="Total"),
            facility("germany", name="Germany", country="DE"), facility("peru", name="Peru", country="US"),
        ],
        {"facility:germany", "facility:total", "facility:grand", "facility:he-ji", "facility:all-of-japan", "facility:summe"},
        {"facility:peru", "facility:total-antwerp", "facility:summit", "facility:total-energies", "firm:total-sa"},
    ),
    "names_alike": (
        [
            firm("tata-electronics", name="Tata Electronics"), firm("tata", name="Tata  electronics"),
            firm("china-aluminium", name="Chinalco"), firm("chinaaluminium", name="China Aluminium Co"),
            firm("usiminas", name="Usinas Siderúrgicas"), firm("usinas", name="USINAS SIDERURGICAS"),
            firm("baogang-steel", name="包钢股份"), firm("baogang-union", name="包钢集团"),
            facility("san-pedro", name="San Pedro", country="ES"), facility("san-pedro-cl", name="San Pedro", country="CL"),
            facility("port-one", name="Port", country="MY"), facility("port-two", name="PORT", country="MY"),
            facility("alpha", name="Alpha", country="MY"), facility("lpha", name="\u0410lpha", country="MY"),
            facility("ru-one", name="Север", country="RU"), facility("ru-two", name="Sever", country="RU"),
        ],
        {"facility:lpha", "firm:chinaaluminium", "firm:usinas", "facility:port-two", "firm:tata"},
        {"firm:tata-electronics", "facility:ru-one", "facility:ru-two", "facility:san-pedro", "facility:san-pedro-cl", "firm:baogang-steel", "firm:baogang-union"},
    ),
}  # fmt: skip
