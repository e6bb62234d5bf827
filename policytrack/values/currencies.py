"""Parses the currency of a sum of money, with tables of codes, signs and names.

A sign or name that several currencies share (``$``, ``¥``, ``Rs``) is refused with a hint.
"""

from __future__ import annotations

import re
from typing import Final

from policytrack.errors import InvalidQuantity
from policytrack.values.numbers import NUMBER
from policytrack.values.units import POWERS, any_of, shown, spellings

MONEY_HINT: Final = "write for instance CNY 470 M, US$25.6M, 4.7亿元, INR 7,280 crore or 100億円"
STATED_SUM_HINT: Final = f"{MONEY_HINT}, up to USD 8.5 billion, >= EUR 5 M, USD 300-400 M or about EUR 5 M"
MONEY_POWERS: Final = POWERS | spellings("""
3: k
6: m | juta
9: b | milliard | milliards | miliar
12: trillion | tn | 万亿 | 兆 | 조 | lakh crore | triliun
""")
CURRENCY_NAMES: Final = spellings("""
CNY: RMB | CN¥ | RMB¥ | yuan | renminbi | 人民币 | 人民幣 | 元
USD: US$ | US dollars | US dollar | U.S. dollars | 美元
EUR: € | euro | euros | 欧元
GBP: £ | pounds sterling | 英镑
AUD: A$ | AU$ | Australian dollars | 澳元
CAD: C$ | CA$ | Canadian dollars | 加元
JPY: JP¥ | yen | 日元 | 円 | 日本円
HKD: HK$ | Hong Kong dollars | 港元
INR: ₹ | Indian rupees | 印度卢比
KRW: ₩ | Korean won | South Korean won | 원 | 韩元
TWD: NT$ | New Taiwan dollars | 新台币 | 新臺幣 | 台币
BRL: R$ | reais
SGD: S$ | Singapore dollars | 新加坡元
NZD: NZ$ | New Zealand dollars
IDR: Rp | Rp. | rupiah
MYR: RM | ringgit
VND: ₫ | dong
THB: ฿ | baht
PHP: ₱ | Philippine pesos
RUB: ₽ | roubles | rubles | 卢布
UAH: ₴ | hryvnia
TRY: ₺ | Turkish lira
KZT: ₸ | tenge
NGN: ₦ | naira
ILS: ₪
PLN: zł | zloty
CZK: Kč
HUF: Ft | forint
ZAR: rand
CHF: Swiss francs
SEK: Swedish kronor
NOK: Norwegian kroner
DKK: Danish kroner
MXN: Mexican pesos
CLP: Chilean pesos
ARS: Argentine pesos
""")
# Signs and names shared by several currencies. ``Rs`` with lakh or crore is the Indian rupee.
_SHARED: Final = spellings("""
USD, CAD or AUD: $ | dollars | dollar
CNY or JPY: ¥ | ￥
INR, PKR, LKR or NPR: Rs | Rs. | rupees
SEK, NOK, DKK or ISK: kr | kr. | kronor | kroner | SKr
GBP or EGP: pounds | pound
MXN, CLP, ARS, COP or PHP: pesos | peso
KRW or KPW: won
CHF, XOF or XAF: francs | francs CFA
AED or MAD: dirhams | dirham | Dh | Dhs
SAR, QAR or IRR: riyals | riyal | rials | rial
KWD, IQD or DZD: dinars | dinar
""")
_RUPEES_OF_INDIA: Final = frozenset({"lakh", "lakhs", "crore", "crores", "cr", "lakh crore"})

_ACTIVE: Final = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP
GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT
LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR
NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD
XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD XPF XPT XSU XUA YER ZAR ZMW ZWG
"""
_WITHDRAWN: Final = """
AFA ANG ATS AZM BEF BGN BYR CSD CUC CYP DEM EEK ESP FIM FRF GHC GRD HRK IEP ITL LTL LUF LVL MRO MTL MZM
NLG PTE ROL SDD SIT SKK SLL SRG STD TMM TRL VEB VEF ZMK ZWD ZWL ZWN ZWR
"""
CURRENCIES: Final = tuple(_ACTIVE.split())
"""The active codes of ISO 4217 up to amendment 180 (2026-01-01), without XTS (testing) and XXX (no currency)."""
CURRENCIES_WITHDRAWN: Final = tuple(_WITHDRAWN.split())
"""Codes withdrawn since 1999: sums are never converted, and old sources use these codes."""

_CURRENCY_CODES: Final = frozenset(CURRENCIES + CURRENCIES_WITHDRAWN)

_MONEY_TIMES: Final = rf"(?ai:{any_of(MONEY_POWERS)})"
_CURRENCY_WORDS: Final = {name.casefold(): code for name, code in CURRENCY_NAMES.items() if len(name) > 3}
_CURRENCY: Final = rf"(?ai:{any_of(_CURRENCY_WORDS)})|{any_of(CURRENCY_NAMES)}|[A-Z]{{3}}"
_RUPEES: Final = r"Rs\.?|[Rr]upees?"
MONEY_FORM: Final = re.compile(
    rf"(?:(?P<before>{_CURRENCY}|{_RUPEES}) ?)?{NUMBER}(?: ?(?P<times>{_MONEY_TIMES}))?"
    rf"(?: ?(?P<after>{_CURRENCY}|{_RUPEES})(?: ?(?P<later>{_MONEY_TIMES}))?)?"
)
_SHARED_NAME: Final = re.compile(rf"(?<![A-Za-z])(?:{any_of(_SHARED)})(?![A-Za-z])")


def named_currency(name: str, times: tuple[str, ...]) -> str | None:
    """Return the code of a currency's sign or name, otherwise the text itself; None for an ambiguous ``Rs``."""
    if re.fullmatch(_RUPEES, name):
        return "INR" if times and _RUPEES_OF_INDIA.issuperset(map(str.casefold, times)) else None
    return CURRENCY_NAMES.get(name) or _CURRENCY_WORDS.get(name.casefold(), name)


def is_currency(text: str) -> bool:
    """Return whether a text is the code, in any case, or a sign or name of a currency."""
    return text.upper() in _CURRENCY_CODES or text in CURRENCY_NAMES


def currency(text: str) -> str:
    """Return an ISO 4217 code. Raises `InvalidQuantity` for any other text."""
    if not isinstance(text, str) or text not in _CURRENCY_CODES:
        raise InvalidQuantity(
            f"{shown(str(text))} is not an ISO 4217 currency", hint="write its code, for instance CNY"
        )
    return text


def shared_currency(text: str) -> str:
    """Return the hint for a text with a sign or name that several currencies share; empty if it has none."""
    name = _SHARED_NAME.search(text)
    if name is None:
        return ""
    return f"write the currency code, for instance {_SHARED[name[0]]}: several currencies use {name[0]}"
