"""Random histories: late arrivals, ties, vague dates, chains of corrections, retractions, cycles, phases and swaps."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from policytrack.events import Event
from tests.projections.world import corrected, event, facility, firm, project, retracted

START = date(2021, 1, 1)
DAYS = 120
ACTIVITIES = ("rare-earth-separation", "crude-steel")
HOLDERS = ("north", "south", "west")
VENTURES = ("one", "two", "three")
FACILITIES = {"f1": ("CN", "CN-NM"), "f2": ("CN", "CN-FJ"), "f3": ("AU", None), "f4": ("CN", None)}
UNITS = {"f2": ("a", "b", None), "f4": ("a", "b", "c", None, None, None)}
"""The units of the plants whose capacity is stated by unit, now and then."""
PROJECTS = {"p1": ("f1", 0), "p2": ("f2", 0), "p3": ("f3", 1), "p4": ("f1", 1)}
SWAPS = {"s1": "p1", "s2": "p2", "s3": "p1", "s4": "p3", "s5": "p4", "s6": "p2"}


def history(seed: int, length: int = 160) -> list[Event]:
    """A history of so many events; the same for the same seed."""
    return _History(Random(seed)).of(length)


class _History:
    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.standing: list[Event] = []
        self.swaps = list(SWAPS)
        self.makers = {
            self.statement: 12, self.move: 18, self.plan: 14, self.stage: 12, self.completion: 8, self.swap: 5,
            self.formation: 5, self.hands: 5, self.closure: 6, self.builder: 3,
            self.rename: 3, self.relocation: 3, self.resiting: 3, self.union: 4, self.division: 4, self.end: 2, self.stake: 8, self.transfer: 5, self.merger: 1, self.share: 4, self.control: 3,
        }  # fmt: skip

    def of(self, length: int) -> list[Event]:
        """Registrations first, some of them known late; then whatever the dice say."""
        events = self.registrations()
        self.standing = list(events)
        while len(events) < length:
            chance = self.dice.random()
            if chance < 0.18:
                events.append(self.correction())
            elif chance < 0.24:
                events.append(self.retraction())
            else:
                (maker,) = self.dice.choices(list(self.makers), list(self.makers.values()))
                events.append(maker())
                self.standing.append(events[-1])
        return events

    def day(self) -> date:
        """Mostly one of a few days, so that much happens on the same."""
        step = self.dice.choice((1, 30, 30, 30))
        return START + timedelta(days=self.dice.randrange(0, DAYS, step))

    def when(self) -> dict[str, Any]:
        """When it was true, sometimes vaguely, and when it was known, often late."""
        day = self.day()
        later = day + timedelta(days=self.dice.randrange(1, 30))
        forms = (day.isoformat(), f"{day:%Y-%m}", f"../{day}", f"{day}/{later}", f"{day}/..", f"{day:%Y-%m}~")
        effective = self.dice.choices(forms, (10, 2, 1, 1, 1, 1))[0]
        known = day + timedelta(days=self.dice.choice((0, 0, 0, 5, 40, 90)))
        return {"effective": effective, "known_on": known.isoformat()}

    def amount(self) -> str:
        """A capacity: mostly exact, sometimes bounded or unknown."""
        figure = f"{self.dice.randrange(1, 60) * 100 + self.dice.choice((0, 0, 1)) * self.dice.random():.3f}"
        low, more = (f"{figure}-9000", f"about {figure}") if int(figure[0]) % 2 else (f">= {figure}", f"> {figure}")
        return self.dice.choices((figure, low, f"<= {figure}", more, "unknown"), (24, 1, 1, 1, 1))[0]

    def plant(self) -> dict[str, str]:
        return {"facility_id": self.dice.choice(list(FACILITIES)), "activity_id": self.dice.choice(ACTIVITIES)}

    def unit(self, facility_id: str) -> dict[str, str]:
        """Mostly a unit, of a plant that has units."""
        unit = self.dice.choice(UNITS.get(facility_id, (None,)))
        return {"unit_id": unit} if unit else {}

    def registrations(self) -> list[Event]:
        events = [firm(name, known_on=self.day().isoformat()) for name in (*HOLDERS, *VENTURES)]
        for name, (country, region) in FACILITIES.items():
            operator = self.dice.choice((*VENTURES, "north", None))
            known = self.day().isoformat()
            events.append(facility(name, operator, known, country=country, region=region))
        for name, (where, activity) in PROJECTS.items():
            builder = self.dice.choice((*VENTURES, "south"))
            events.append(project(name, where, builder, self.day().isoformat(), activity_id=ACTIVITIES[activity]))
        return events

    def statement(self) -> Event:
        share = (
            {"idle_share_pct": self.dice.choice(("0", "12.5", "33.3333", "100"))} if self.dice.random() < 0.4 else {}
        )
        plant = self.plant()
        return event(
            "capacity_stated",
            **self.when(),
            **plant,
            **self.unit(plant["facility_id"]),
            capacity=self.amount(),
            **share,
        )

    def move(self) -> Event:
        verb = self.dice.choice(("idled", "restarted", "retired", "retired"))
        fields: dict[str, Any] = {}
        if verb == "retired":
            fields["was_idle"] = self.dice.random() < 0.3
            if self.dice.random() < 0.6:
                fields["swap_id"] = self.dice.choice(list(SWAPS))
        plant = self.plant()
        fields |= self.unit(plant["facility_id"])
        return event(f"capacity_{verb}", **self.when(), **plant, capacity=self.amount(), **fields)

    def due(self) -> str:
        day = START + timedelta(days=self.dice.randrange(2 * DAYS))
        return self.dice.choice((day.isoformat(), f"{day:%Y-%m}", f"{day}/..", f"../{day}", "2021"))

    def plan(self) -> Event:
        kind = self.dice.choice(("project_announced", "project_approved", "scope_revised", "schedule_revised"))
        fields: dict[str, Any] = {"project_id": self.dice.choice(list(PROJECTS))}
        if kind == "schedule_revised" or self.dice.random() < 0.4:
            fields["due"] = self.due()
        if kind == "scope_revised" or (kind != "schedule_revised" and self.dice.random() < 0.6):
            fields["capacity"] = self.amount()
        if kind == "project_approved":
            fields["replacement"] = self.dice.choice(("none", "equal", "reduced", "unknown"))
        if kind != "schedule_revised" and self.dice.random() < 0.3:
            fields["investment"] = f"{self.dice.choice(('CNY', 'USD'))} {self.dice.randrange(1, 900)}"
        return event(kind, **self.when(), **fields)

    def stage(self) -> Event:
        kinds = {
            "construction_started": 3,
            "construction_completed": 2,
            "trial_production_started": 3,
            "project_suspended": 2,
            "project_resumed": 2,
            "project_cancelled": 1,
        }
        (kind,) = self.dice.choices(list(kinds), list(kinds.values()))
        return event(kind, **self.when(), project_id=self.dice.choice(list(PROJECTS)))

    def completion(self) -> Event:
        fields: dict[str, Any] = {"project_id": self.dice.choice(list(PROJECTS)), "is_final": self.dice.random() < 0.2}
        fields |= self.unit(PROJECTS[fields["project_id"]][0])
        return event("project_completed", **self.when(), **fields, capacity=self.amount())

    def swap(self, swap_id: str | None = None) -> Event:
        """Each swap is announced once; when all are, something else happens."""
        if swap_id is None and not self.swaps:
            return self.move()
        id_ = swap_id or self.swaps.pop()
        donors = ({"facility_id": "f4"}, {"firm_id": "west"}, {"firm_id": "north"}, {"undisclosed": True})
        legs = [{**self.dice.choice(donors), "capacity": self.amount()} for _ in range(self.dice.randrange(4))]
        ratio = {"ratio": self.dice.choice(("1", "1.25", "1.333333", "0"))} if self.dice.random() < 0.8 else {}
        fields = {"project_id": SWAPS[id_], "activity_id": ACTIVITIES[0], "build_capacity": self.amount()}
        return event("capacity_swap_announced", **self.when(), swap_id=id_, **fields, legs=legs, **ratio)

    def formation(self) -> Event:
        """Shares of ventures in each other stay small, so that chains of ownership converge."""
        venture = self.dice.choice(VENTURES)
        shares = [
            (
                self.dice.choice(HOLDERS),
                self.dice.choice(("33", "50", "51", "60.5", "majority", "unknown", "35-60", ">= 51")),
            )
        ]
        shares.append(
            (self.dice.choice([other for other in VENTURES if other != venture]), self.dice.choice(("5", "20.123456")))
        )
        partners = [{"firm_id": name, "stake_pct": share} for name, share in shares]
        return event("joint_venture_formed", **self.when(), venture_id=venture, partners=partners)

    def stake(self) -> Event:
        if self.dice.random() < 0.3:
            at = self.dice.randrange(3)
            pair = {
                "owner_id": HOLDERS[at],
                "owned_id": HOLDERS[at - 1],
                "stake_pct": self.dice.choice(("10", "51", "60", "majority", "about 40", "<= 30")),
            }
            return event("stake_stated", **self.when(), **pair)
        venture = self.dice.choice(VENTURES)
        kind = self.dice.choice(("issued", "issued", "issued", "planned", "as_converted"))
        owner = self.dice.choice(HOLDERS)
        share = self.dice.choice(
            ("0", "7.5", "50", "50.000001", "90", "majority", "unknown", "51-70", ">= 30", "about 33.3")
        )
        return event("stake_stated", **self.when(), owned_id=venture, owner_id=owner, stake_pct=share, kind=kind)

    def transfer(self) -> Event:
        seller, buyer = self.dice.sample((*HOLDERS, None), 2)
        fields: dict[str, Any] = {"from_id": seller, "to_id": buyer, "stake_pct": self.dice.choice(("1", "10", "25.5"))}
        return event("stake_transferred", **self.when(), owned_id=self.dice.choice(VENTURES), **fields)

    def share(self) -> Event:
        """A share of a facility itself, stated or bought."""
        where = self.dice.choice(("f1", "f3"))
        percent = self.dice.choice(
            ("0", "20", "33.333333", "50", "51", "unknown", "majority", "20-30", ">= 50.1", "about 60")
        )
        owner, other = self.dice.sample((*HOLDERS, *VENTURES), 2)
        if percent == "0" or not percent.replace(".", "").isdecimal() or self.dice.random() < 0.7:
            kind = self.dice.choice(("issued", "issued", "planned"))
            fields = {"facility_id": where, "owner_id": owner, "stake_pct": percent, "kind": kind}
            return event("facility_stake_stated", **self.when(), **fields)
        sides = {"from_id": owner, "to_id": self.dice.choice((other, None))}
        return event("facility_stake_transferred", **self.when(), facility_id=where, stake_pct=percent, **sides)

    def hands(self) -> Event:
        """A facility gets another operator, another owner, or both."""
        to = self.dice.choice((("operator_id",), ("operator_id",), ("owner_id",), ("operator_id", "owner_id")))
        fields = {name: self.dice.choice((*HOLDERS, *VENTURES)) for name in to}
        return event("facility_transferred", **self.when(), facility_id=self.dice.choice(list(FACILITIES)), **fields)

    def relocation(self) -> Event:
        """A facility moves to another region."""
        name = self.dice.choice(list(FACILITIES))
        region = self.dice.choice(("NM", "FJ", "SD")) if FACILITIES[name][0] == "CN" else self.dice.choice(("WA", "NT"))
        return event("facility_moved", **self.when(), facility_id=name, region=f"{FACILITIES[name][0]}-{region}")

    def resiting(self) -> Event:
        """A project moves to another facility, sometimes to one in another country."""
        project_id, where = self.dice.choice(list(PROJECTS)), self.dice.choice(list(FACILITIES))
        return event("project_moved", **self.when(), project_id=project_id, facility_id=where)

    def line(self, facility_id: str) -> dict[str, Any]:
        """Capacity that another plant has from then on, often more than there is."""
        fields: dict[str, Any] = {"capacity": self.amount(), **self.unit(facility_id)}
        if self.dice.random() < 0.4:
            fields["idle"] = self.dice.choice(("0", "40", "99.5", "unknown", "<= 70"))
        return fields

    def union(self) -> Event:
        """A plant becomes part of another."""
        gone, stays = self.dice.sample(list(FACILITIES), 2)
        activities = self.dice.sample(ACTIVITIES, self.dice.choice((0, 1, 1, 2)))
        lines = [{"activity_id": one, **self.line(gone)} for one in activities]
        given = {"facility_id": gone, "into_facility_id": stays, "capacities": lines}
        return event("facility_merged", **self.when(), **given)

    def division(self) -> Event:
        """A plant gives to one or more others."""
        whole, *others = self.dice.sample(list(FACILITIES), self.dice.choice((2, 3)))
        activity = {"activity_id": self.dice.choice(ACTIVITIES)}
        parts = [{"facility_id": one, **activity, **self.line(whole)} for one in others]
        if self.dice.random() < 0.3:
            (other,) = [one for one in ACTIVITIES[:2] if one != activity["activity_id"]][:1]
            parts.append({"facility_id": others[0], "activity_id": other, **self.line(whole)})
        return event("facility_split", **self.when(), facility_id=whole, parts=parts)

    def builder(self) -> Event:
        """Another firm builds a project."""
        to = self.dice.choice((*HOLDERS, *VENTURES))
        return event("project_transferred", **self.when(), project_id=self.dice.choice(list(PROJECTS)), firm_id=to)

    def rename(self) -> Event:
        kind, names = self.dice.choice((("facility", FACILITIES), ("project", PROJECTS)))
        fields = {f"{kind}_id": self.dice.choice(list(names)), "name": f"Name {self.dice.randrange(9)}"}
        return event(f"{kind}_renamed", **self.when(), **fields)

    def end(self) -> Event:
        """A venture is dissolved; it may be formed again."""
        return event("joint_venture_dissolved", **self.when(), venture_id=self.dice.choice(VENTURES))

    def closure(self) -> Event:
        """Capacity is planned to go, at once or in phases, or that plan is withdrawn."""
        if self.dice.random() < 0.2:
            return event("retirement_withdrawn", **self.when(), **self.plant())
        parts = [
            {"capacity": self.amount(), **({"due": self.due()} if self.dice.random() < 0.8 else {})}
            for _ in range(self.dice.choice((1, 1, 2, 3)))
        ]
        fields = parts[0] if len(parts) == 1 else {"phases": parts}
        return event("retirement_announced", **self.when(), **self.plant(), **fields)

    def control(self) -> Event:
        controller, controlled = self.dice.sample((*HOLDERS, *VENTURES), 2)
        fields = {"controlled_id": controlled, "controller_id": controller, "rationale": "appoints the board"}
        kind = self.dice.choice(("control_asserted", "control_asserted", "control_ended"))
        return event(kind, **self.when(), **fields)

    def merger(self) -> Event:
        gone, stays = self.dice.sample(self.dice.choice((HOLDERS, VENTURES)), 2)
        return event("firm_merged", **self.when(), firm_id=gone, into_firm_id=stays)

    def correction(self) -> Event:
        """Another figure or another date for something that stands, often for what was itself a correction."""
        at = -1 if self.dice.random() < 0.3 else self.dice.randrange(len(self.standing))
        target = self.standing.pop(at)
        because = self.dice.choice(("error", "revision"))
        changes: dict[str, Any] = {}
        if target.type == "facility_registered":
            changes = {"country": self.dice.choice(("CN", "AU")), "region": None}
        elif not target.type.endswith("_registered"):
            if self.dice.random() < 0.5:
                changes = self.when()
            if getattr(target, "capacity", None) is not None:
                changes["capacity"] = self.amount()
            if target.type == "facility_merged":
                activities = self.dice.sample(ACTIVITIES, self.dice.choice((1, 2)))
                lines = [{"activity_id": one, **self.line(target.facility_id)} for one in activities]  # type: ignore[attr-defined]
                changes["capacities"] = lines
        later = target.known_on + timedelta(days=self.dice.choice((0, 1, 30)))
        known = changes.pop("known_on", None) or (later.isoformat() if because == "revision" else None)
        self.standing.append(corrected(target, because, known, **changes))
        return self.standing[-1]

    def retraction(self) -> Event:
        """Something that stands is taken back; registrations are not, since others rest on them."""
        able = [one for one in self.standing if not one.type.endswith("_registered")]
        if not able:
            self.standing.append(self.statement())
            return self.standing[-1]
        target = self.dice.choice(able)
        self.standing.remove(target)
        day = target.known_on + timedelta(days=self.dice.randrange(60))
        return retracted(target, self.dice.choice(("error", "revision")), day.isoformat())
