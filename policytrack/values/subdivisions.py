"""Lists the ISO 3166-2 codes of some countries' regions, including withdrawn ones.

Only countries with short, stable and often used lists are included; for others, only the form of a code is checked.
Source: ISO 3166-2 as of 2024. Withdrawn codes stay, because sources of their time use them (``IN-UT``, ``KR-42``).
"""

from __future__ import annotations

import difflib
from typing import Final

_TEXT: Final = """
AR A B C D E F G H J K L M N P Q R S T U V W X Y Z
AT 1 2 3 4 5 6 7 8 9
AU ACT NSW NT QLD SA TAS VIC WA
BR AC AL AM AP BA CE DF ES GO MA MG MS MT PA PB PE PI PR RJ RN RO RR RS SC SE SP TO
CA AB BC MB NB NL NS NT NU ON PE QC SK YT
CL AI AN AP AR AT BI CO LI LL LR MA ML NB RM TA VS
CN AH BJ CQ FJ GD GS GX GZ HA HB HE HI HK HL HN JL JS JX LN MO NM NX QH SC SD SH SN SX TJ TW XJ XZ YN ZJ
DE BB BE BW BY HB HE HH MV NI NW RP SH SL SN ST TH
IN AN AP AR AS BR CG CH CT DD DH DL DN GA GJ HP HR JH JK KA KL LA LD MH ML MN MP MZ NL OD OR PB PY RJ SK TG TN TR TS
IN UK UP UT WB
JP 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39
JP 40 41 42 43 44 45 46 47
KR 11 26 27 28 29 30 31 41 42 43 44 45 46 47 48 49 50 51 52
MX AGU BCN BCS CAM CHH CHP CMX COA COL DIF DUR GRO GUA HID JAL MEX MIC MOR NAY NLE OAX PUE QUE ROO SIN SLP SON TAB TAM
MX TLA VER YUC ZAC
MY 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16
SE AB AC BD C D E F G H I K M N O S T U W X Y Z
US AK AL AR AS AZ CA CO CT DC DE FL GA GU HI IA ID IL IN KS KY LA MA MD ME MI MN MO MP MS MT NC ND NE NH NJ NM NV NY OH
US OK OR PA PR RI SC SD TN TX UM UT VA VI VT WA WI WV WY
ZA EC FS GP GT KZN LP MP NC NL NP NW WC
"""


def _listed() -> dict[str, tuple[str, ...]]:
    listed: dict[str, tuple[str, ...]] = {}
    for line in _TEXT.split("\n"):
        country, _, codes = line.partition(" ")
        if country:
            listed[country] = (*listed.get(country, ()), *codes.split())
    return listed


SUBDIVISIONS: Final = _listed()
"""The part of the region codes after the country, by country."""


def is_known_region(code: str) -> bool:
    """Return whether a code such as ``CN-NM`` is listed; True for a country without a list."""
    country, _, region = code.partition("-")
    return country not in SUBDIVISIONS or region in SUBDIVISIONS[country]


def near_regions(code: str) -> tuple[str, ...]:
    """Return up to three similar codes of the same country, best first; all its codes if none is similar."""
    country, _, region = code.partition("-")
    codes = SUBDIVISIONS.get(country, ())
    near = difflib.get_close_matches(region, codes, 3, 0.5) or codes
    return tuple(f"{country}-{one}" for one in near)


def is_region_of(code: str, country: str) -> bool:
    """Return whether a region is in a country. ``US-PR`` is in the United States and is also the country ``PR``."""
    of, _, region = code.partition("-")
    return country in (of, region)
