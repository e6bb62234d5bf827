"""Renders the value of a spreadsheet cell in its number format as text, without losing digits.

Decimals that a format hides are kept: 434.6 displayed as 435 is read as 434.6. The scale of a format, its literal text,
its leading zeros and the parts of a date that it shows are applied, because they are part of the meaning. A number is
read with 15 significant digits, as a spreadsheet program displays it; further binary digits are noise.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from policytrack.importing.formats.number_format import Section, Token, section_for, sections
from policytrack.importing.formats.table import Digits

MOST_DIGITS: Final = 15
"""The number of significant decimal digits in a spreadsheet number."""

_ZERO_MARKS: Final = frozenset("-–—")
"""Characters that accounting formats show for zero."""
_DATE_WORDS: Final = frozenset({"年", "月", "日", "号", "號", "년", "월", "일", "de", "of", "г", "г."})
"""Words between the parts of a date that carry no further meaning."""
_AS_TEXT: Final = "write it as text"


class NotShown(Exception):
    """The text of a cell cannot be determined; `what` is the message, `hint` what to do."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what, self.hint = what, hint


def shown_number(value: int | float, code: str) -> str:
    """Return the text of a number in a format, with the literal text of the format. Raises `NotShown`."""
    exact = _exact(value)
    if code in ("General", "@", "0", ""):
        return _digits(exact)
    section = section_for(code, exact)
    if section.is_date:
        raise NotShown(
            "the cell has a date format, but its number is not a date", "format it as yyyy-mm-dd, or as a number"
        )
    if section.has_own_digits:
        raise NotShown("the cell shows its number in the digits of another script", "format it as 0")
    kinds = {token.kind for token in section.tokens}
    # The placeholders # and ? show nothing for zero.
    has_zero = any(token.kind == "digit" and token.text == "0" for token in section.tokens)
    if not kinds & {"digit", "general", "text"} or (exact == 0 and not has_zero and not kinds & {"general", "text"}):
        return _without_digits(exact, section)
    return _rendered(exact, section)


def shown_text(value: str, code: str) -> str:
    """Return the text of a text cell, with the literal text of the format around ``@``. Raises `NotShown`."""
    if "@" not in code and code.count(";") < 3:
        return value
    all_sections = sections(code)
    section = all_sections[3] if len(all_sections) > 3 else all_sections[-1]
    if not any(token.kind == "text" for token in section.tokens):
        if len(all_sections) > 3 and not section.tokens:
            raise NotShown("the cell's format hides its text", "format the cell as text, or delete the text")
        return value
    return "".join(value if token.kind == "text" else token.text for token in section.tokens)


def shown_day(value: datetime | date, code: str) -> str:
    """Return the day, month or year that a cell shows, in ISO form. Raises `NotShown` for a date without year."""
    parts, words = _parts_of_date(code)
    has_time = isinstance(value, datetime) and value.time() != time()
    if words:
        what = f"the cell's format adds the text {' '.join(words)[:40]!r} to a date"
        raise NotShown(what, _AS_TEXT)
    if "y" not in parts and parts & {"m", "d"}:
        what = f"the cell shows a date without its year; it holds {value:%Y-%m-%d}"
        raise NotShown(what, "format it as yyyy-mm-dd")
    if not parts & {"y", "m", "d"}:
        shown = "only a time of day" if "h" in parts else "only a weekday"
        raise NotShown(f"the cell shows {shown}, but holds {value:%Y-%m-%d}", "format it as yyyy-mm-dd")
    if "y" in parts and not parts & {"d", "h"}:
        return f"{value.year:04}-{value.month:02}" if "m" in parts else f"{value.year:04}"
    if "y" in parts and "m" not in parts and "d" in parts:
        raise NotShown("the cell shows a date without its month", "format it as yyyy-mm-dd")
    return value.isoformat(sep=" ") if isinstance(value, datetime) and has_time else value.isoformat()[:10]


def shows_day(code: str) -> bool:
    """Return whether a format shows a day, a month or a year, not only a time."""
    return bool(_parts_of_date(code)[0] & {"y", "m", "d"})


def _parts_of_date(code: str) -> tuple[set[str], list[str]]:
    """Return the parts of a date that a format shows (y, m, d; h for any time), and the words that it adds."""
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
            # ddd and dddd show the weekday, not the day.
            parts |= {"d"} if lengths[index] < 3 else set()
        elif letter == "m" and before != "h" and after != "s":  # m next to h or s is minutes, not months
            parts.add("m")
        elif letter in "hms":
            parts.add("h")
    literal = [token.text.strip() for token in tokens if token.kind in ("literal", "currency")]
    return parts, [word for word in literal if any(map(str.isalnum, word)) and word not in _DATE_WORDS]


def _exact(value: int | float) -> Decimal:
    if isinstance(value, int):
        if abs(value) >= 10**MOST_DIGITS:
            hint = "write it as text, from the source: a spreadsheet does not store the last digits"
            raise NotShown(f"the number has more than {MOST_DIGITS} digits", hint)
        return Decimal(value)
    exact = Decimal(format(value, f".{MOST_DIGITS}g"))
    if not exact.is_finite() or exact.adjusted() >= MOST_DIGITS or exact.adjusted() < -40:
        raise NotShown("the cell holds a number out of range", _AS_TEXT)
    return exact


def _digits(number: Decimal, least: int = 1) -> Digits:
    """Format a number in plain digits, with at least `least` digits before the point."""
    text = format(number.normalize(), "f")
    sign, plain = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, point, decimals = plain.partition(".")
    return Digits(f"{sign}{whole.zfill(least)}{point}{decimals}")


def _without_digits(value: Decimal, section: Section) -> str:
    """Return the text of a section without digit placeholders: empty, or its literal text."""
    words = "".join(token.text for token in section.tokens if token.kind == "literal").strip()
    if value == 0 and (not words or words in _ZERO_MARKS):
        return Digits("0") if words else ""
    if not words:
        raise NotShown(f"the cell's format hides its value {_digits(value)}", "format it as 0, or delete the value")
    return words


def _rendered(value: Decimal, section: Section) -> str:
    tokens = section.tokens
    places = [index for index, token in enumerate(tokens) if token.kind in ("digit", "general", "text")]
    first, last = places[0], places[-1]
    point = next((index for index, token in enumerate(tokens) if token.kind == "point"), last + 1)
    scale = _scaling_commas(tokens, point)
    percent = sum(token.kind == "percent" for token in tokens)
    # Each percent sign multiplies the displayed number by 100, each scaling comma divides it by 1,000.
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
    """Return the literal text of some tokens, with spaces around a currency."""
    text = ""
    for token in tokens:
        if token.kind == "currency":
            text += f" {token.text} "
        elif token.kind == "percent":
            text += " %"
        elif token.kind in ("literal", "slash", "point"):
            text += f" {token.text}" if token.text == "%" else token.text
    return text


def _scaling_commas(tokens: tuple[Token, ...], point: int) -> int:
    """Count the scaling commas: those after the last digit placeholder before the point, or after all placeholders."""
    digits = [index for index, token in enumerate(tokens) if token.kind == "digit"]
    return sum(
        token.kind == "comma"
        and any(digit < index for digit in digits)
        and not any(index < digit < max(point, index) for digit in digits)
        and not (index > point and any(digit > index for digit in digits))
        for index, token in enumerate(tokens)
    )


def _among(number: Decimal, tokens: tuple[Token, ...]) -> str:
    """Fill the digits of a whole number into a format with text between placeholders, such as ``000-00``."""
    if number != int(number) or any(token.kind == "point" for token in tokens):
        raise NotShown("the cell's format puts text between the digits of a fraction", "format it as 0.0")
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
