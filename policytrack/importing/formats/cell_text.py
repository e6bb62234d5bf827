"""What a cell of a spreadsheet shows, as text: its value in its number format, without losing digits.

The decimals that a format hides are kept: 434.6 shown as 435 is 434.6. Its scale, its literal text, its leading zeros
and the parts of a date that it leaves out are applied: they say what the value means. A number has 15 significant
digits, as many as a spreadsheet program shows; the rest of its binary fraction is noise.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from policytrack.importing.formats.number_format import Section, Token, section_for, sections
from policytrack.importing.formats.table import Digits

MOST_DIGITS: Final = 15
"""Significant digits of a number in a spreadsheet."""

_ZERO_MARKS: Final = frozenset("-–—")
"""What accounting formats show for zero."""
_DATE_WORDS: Final = frozenset({"年", "月", "日", "号", "號", "년", "월", "일", "de", "of", "г", "г."})
"""Words between the parts of a date that say nothing beyond them."""
_AS_TEXT: Final = "write it as text"


class NotShown(Exception):
    """What a cell shows cannot be told for certain: `what` is the matter, `hint` the cure."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what, self.hint = what, hint


def shown_number(value: int | float, code: str) -> str:
    """The number that a cell shows in a format, with the literal text of the format. Raises `NotShown`."""
    exact = _exact(value)
    if code in ("General", "@", "0", ""):
        return _digits(exact)
    section = section_for(code, exact)
    if section.is_date:
        raise NotShown("the cell holds a number in a format of dates", "format it as yyyy-mm-dd, or as a number")
    if section.has_own_digits:
        raise NotShown("the cell shows its number in characters of another script", "format it as 0")
    kinds = {token.kind for token in section.tokens}
    # Of zero, # and ? show nothing.
    has_zero = any(token.kind == "digit" and token.text == "0" for token in section.tokens)
    if not kinds & {"digit", "general", "text"} or (exact == 0 and not has_zero and not kinds & {"general", "text"}):
        return _without_digits(exact, section)
    return _rendered(exact, section)


def shown_text(value: str, code: str) -> str:
    """The text that a cell shows: with the literal text around ``@``, where a format has any. Raises `NotShown`."""
    if "@" not in code and code.count(";") < 3:
        return value
    found = sections(code)
    section = found[3] if len(found) > 3 else found[-1]
    if not any(token.kind == "text" for token in section.tokens):
        if len(found) > 3 and not section.tokens:
            raise NotShown("the format of the cell hides its text", "format it as text, or delete it")
        return value
    return "".join(value if token.kind == "text" else token.text for token in section.tokens)


def shown_day(value: datetime | date, code: str) -> str:
    """The day, month or year that a cell shows, in ISO form. Raises `NotShown` for one without its year."""
    parts, words = _parts_of_date(code)
    has_time = isinstance(value, datetime) and value.time() != time()
    if words:
        what = f"the format of the cell adds the words {' '.join(words)[:40]!r} to a date"
        raise NotShown(what, _AS_TEXT)
    if "y" not in parts and parts & {"m", "d"}:
        what = f"the cell shows a date without its year; it holds {value:%Y-%m-%d}"
        raise NotShown(what, "format it as yyyy-mm-dd")
    if not parts & {"y", "m", "d"}:
        shown = "a time of day" if "h" in parts else "no more than a weekday"
        raise NotShown(f"the cell shows {shown}, and holds {value:%Y-%m-%d}", "format it as yyyy-mm-dd")
    if "y" in parts and not parts & {"d", "h"}:
        return f"{value.year:04}-{value.month:02}" if "m" in parts else f"{value.year:04}"
    if "y" in parts and "m" not in parts and "d" in parts:
        raise NotShown("the cell shows a date without its month", "format it as yyyy-mm-dd")
    return value.isoformat(sep=" ") if isinstance(value, datetime) and has_time else value.isoformat()[:10]


def shows_day(code: str) -> bool:
    """Whether a format shows a day, a month or a year, and not only a time."""
    return bool(_parts_of_date(code)[0] & {"y", "m", "d"})


def _parts_of_date(code: str) -> tuple[set[str], list[str]]:
    """The parts of a date that a format shows (y, m, d, h for any time), and the words that it adds."""
    tokens = sections(code)[0].tokens
    letters = [token.text[0].casefold() for token in tokens if token.kind == "date"]
    lengths = [len(token.text) for token in tokens if token.kind == "date"]
    parts: set[str] = set()
    for index, letter in enumerate(letters):
        before = letters[index - 1] if index else ""
        after = letters[index + 1] if index + 1 < len(letters) else ""
        if letter in "yeb":
            parts.add("y")
        elif letter == "d":
            # Three letters or four are the name of the weekday, which tells no day.
            parts |= {"d"} if lengths[index] < 3 else set()
        elif letter == "m" and before != "h" and after != "s":
            parts.add("m")
        elif letter in "hms":
            parts.add("h")
    literal = [token.text.strip() for token in tokens if token.kind in ("literal", "currency")]
    return parts, [word for word in literal if any(map(str.isalnum, word)) and word not in _DATE_WORDS]


def _exact(value: int | float) -> Decimal:
    if isinstance(value, int):
        if abs(value) >= 10**MOST_DIGITS:
            hint = "write it as text, from the source: a spreadsheet does not hold its last digits"
            raise NotShown(f"the number has more than {MOST_DIGITS} digits", hint)
        return Decimal(value)
    exact = Decimal(format(value, f".{MOST_DIGITS}g"))
    if not exact.is_finite() or exact.adjusted() >= MOST_DIGITS or exact.adjusted() < -40:
        raise NotShown("the cell holds no number that can be read", _AS_TEXT)
    return exact


def _digits(number: Decimal, least: int = 1) -> Digits:
    """The number in plain digits, with at least so many before the point."""
    text = format(number.normalize(), "f")
    sign, plain = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, point, decimals = plain.partition(".")
    return Digits(f"{sign}{whole.zfill(least)}{point}{decimals}")


def _without_digits(value: Decimal, section: Section) -> str:
    """What a section without a place for digits shows: nothing, or words."""
    words = "".join(token.text for token in section.tokens if token.kind == "literal").strip()
    if value == 0 and (not words or words in _ZERO_MARKS):
        return Digits("0") if words else ""
    if not words:
        raise NotShown(f"the format of the cell hides its value, {_digits(value)}", "format it as 0, or delete it")
    return words


def _rendered(value: Decimal, section: Section) -> str:
    tokens = section.tokens
    places = [index for index, token in enumerate(tokens) if token.kind in ("digit", "general", "text")]
    first, last = places[0], places[-1]
    point = next((index for index, token in enumerate(tokens) if token.kind == "point"), last + 1)
    scale = _scaling_commas(tokens, point)
    percent = sum(token.kind == "percent" for token in tokens)
    number = abs(value).scaleb(2 * percent - 3 * scale)
    before = _words(tokens[:first])
    after = _words(tokens[last + 1 :])
    inside = [token for token in tokens[first:last] if token.kind == "literal" and token.text.strip()]
    is_plain = any(token.kind in ("exponent", "slash", "general", "text") for token in tokens)
    sign = "-" if value < 0 else ""
    if inside and not is_plain:
        return Digits(f"{before}{sign}{_among(number, tokens[first : last + 1])}{after}".strip())
    least = 1 if is_plain else sum(token.text == "0" for token in tokens[first : min(point, last + 1)])
    if value < 0 and before.endswith("(") and after.startswith(")"):
        before, after = before[:-1], after[1:]
    if value < 0 and before.endswith("-"):
        before = before[:-1]
    text = f"{before}{sign}{_digits(number, max(least, 1))}{after}"
    return Digits(" ".join(text.split()))


def _words(tokens: tuple[Token, ...]) -> str:
    """The literal text of a part of a section; a currency with a space around it."""
    found = ""
    for token in tokens:
        if token.kind == "currency":
            found += f" {token.text} "
        elif token.kind == "percent":
            found += " %"
        elif token.kind in ("literal", "slash", "point"):
            found += f" {token.text}" if token.text == "%" else token.text
    return found


def _scaling_commas(tokens: tuple[Token, ...], point: int) -> int:
    """The commas behind the last digit before the point, or behind all: each divides by a thousand."""
    digits = [index for index, token in enumerate(tokens) if token.kind == "digit"]
    return sum(
        token.kind == "comma"
        and any(digit < index for digit in digits)
        and not any(index < digit < max(point, index) for digit in digits)
        and not (index > point and any(digit > index for digit in digits))
        for index, token in enumerate(tokens)
    )


def _among(number: Decimal, tokens: tuple[Token, ...]) -> str:
    """The digits of a whole number at the places of a format with text between them, such as ``000-00``."""
    if number != int(number) or any(token.kind == "point" for token in tokens):
        raise NotShown("the format of the cell puts text among the digits of a fraction", "format it as 0.0")
    rest = str(int(number))
    places = sum(token.kind == "digit" for token in tokens)
    shown: list[str] = []
    for token in reversed(tokens):
        if token.kind == "digit":
            places -= 1
            digit = rest if places == 0 else rest[-1:]
            rest = "" if places == 0 else rest[:-1]
            shown.append(digit or ("0" if token.text == "0" else ""))
        elif token.kind == "literal":
            shown.append(token.text)
    return "".join(reversed(shown))
