"""Converts values of an answer to Python and to text: exact, and the same in every format.

Arrow's `to_pylist` fails on values that Python lacks: infinite dates, years after 9999, nanoseconds. Here they become
the text that DuckDB shows. JSON (RFC 8259) has no NaN and no infinity: they become null.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pyarrow as pa

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 # instants are UTC throughout
_ORIGIN: Final = date(1970, 1, 1).toordinal()
_FIRST_DAY: Final = date.min.toordinal() - _ORIGIN
_LAST_DAY: Final = date.max.toordinal() - _ORIGIN
_ERA: Final = 146_097
"""Days of 400 years of the Gregorian calendar, after which it repeats."""
_INFINITE: Final = {32: (1 << 31) - 1, 64: (1 << 63) - 1}
"""What DuckDB stores for an infinite day (32 bits) and an infinite instant (64 bits)."""
_DIGITS: Final = 15
_PER_SECOND: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """Return the rows as dicts of Python values, converted by `values_of`."""
    names = table.column_names
    columns = [[value for chunk in column.chunks for value in values_of(chunk)] for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def values_of(array: pa.Array) -> list[Any]:
    """Return the values of an array: structs and maps as dicts, times and bytes as text, instants in UTC.

    Days and instants that Python lacks, such as infinity, become text.
    """
    import pyarrow.types as types

    kind = array.type
    if types.is_date32(kind):
        return _days(array)
    if types.is_timestamp(kind):
        return _instants(array)
    if types.is_time(kind):
        return _times(array)
    if types.is_float32(kind):  # through text: 0.1 would become the double 0.10000000149011612
        return [None if text is None else float(text) for text in array.cast("string").to_pylist()]
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return [None if value is None else bytes_text(value) for value in array.to_pylist()]
    if types.is_dictionary(kind):
        return values_of(array.dictionary_decode())
    if types.is_map(kind):
        keys, items = values_of(array.keys), values_of(array.items)
        return _nested(array, lambda start, end: dict(zip(map(plain, keys[start:end]), items[start:end], strict=True)))
    if types.is_fixed_size_list(kind):
        return values_of(_as_list(array))
    if types.is_list(kind) or types.is_large_list(kind):
        values = values_of(array.values)
        return _nested(array, lambda start, end: values[start:end])
    if types.is_struct(kind):
        names = [field.name for field in kind]
        parts = [values_of(part) for part in array.flatten()]
        rows = zip(*parts, strict=True) if parts else iter([()] * len(array))
        return [
            dict(zip(names, row, strict=True)) if is_valid else None
            for row, is_valid in zip(rows, array.is_valid().to_pylist(), strict=True)
        ]
    return list(array.to_pylist())


def plain(value: Any) -> str:
    """Return a value as text: figures exact and without separators, NULL as empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, datetime):
        return _utc(value).isoformat(sep=" ") + "Z"
    if isinstance(value, list | tuple | dict):
        return to_json(value)
    if isinstance(value, bytes):
        return bytes_text(value)
    return str(value)


def number(value: Decimal) -> str:
    """Return a decimal as text, without exponent and trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def is_stored_exactly(value: Decimal) -> bool:
    """Return whether a number has at most 15 digits, all of which binary floating point keeps."""
    return value.is_finite() and len("".join(map(str, value.as_tuple().digits)).strip("0")) <= _DIGITS


def to_json(value: Any) -> str:
    """Return JSON with decimals as exact numbers, which the standard encoder cannot write, and null for NaN."""
    if isinstance(value, Decimal):
        return number(value) if value.is_finite() else "null"
    if isinstance(value, float):
        return json.dumps(value) if math.isfinite(value) else "null"
    if isinstance(value, datetime):
        return json.dumps(_utc(value).isoformat() + "Z")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json_text(plain(key))}: {to_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(to_json(item) for item in value) + "]"
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    return json_text(plain(value))


def json_text(text: str) -> str:
    """Return a text as a JSON string, without escapes for characters outside ASCII."""
    return json.dumps(text, ensure_ascii=False)


def bytes_text(value: bytes) -> str:
    r"""Return bytes as DuckDB shows and reads them: printable ASCII unchanged, all others as ``\xFF``."""
    return "".join(chr(byte) if 32 <= byte < 127 and byte not in b"\\\"'" else f"\\x{byte:02X}" for byte in value)


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value


def _days(array: pa.Array) -> list[Any]:
    import pyarrow.compute as compute

    days = array.cast("int32")
    bounds = compute.min_max(days).as_py()
    if bounds["min"] is None or (bounds["min"] >= _FIRST_DAY and bounds["max"] <= _LAST_DAY):
        return list(array.to_pylist())
    return [None if day is None else _day(day) for day in days.to_pylist()]


def _day(day: int) -> date | str:
    """Return the day that is `day` days after 1970-01-01; as text if it is infinite or outside Python's years."""
    if abs(day) == _INFINITE[32]:
        return "infinity" if day > 0 else "-infinity"
    if _FIRST_DAY <= day <= _LAST_DAY:
        return date.fromordinal(_ORIGIN + day)
    # The calendar repeats every 400 years, so month and day are those of a year that Python has.
    eras, rest = divmod(day + _ORIGIN - 1, _ERA)
    like = date.fromordinal(_ERA + 1 + rest)
    year = like.year + 400 * (eras - 1)
    return f"{year}-{like:%m-%d}" if year > 0 else f"{1 - year:04}-{like:%m-%d} (BC)"


def _instants(array: pa.Array) -> list[Any]:
    per_second = _PER_SECOND[array.type.unit]
    return [_instant(ticks, per_second) for ticks in array.cast("int64").to_pylist()]


def _instant(ticks: int | None, per_second: int) -> Any:
    """Return the instant; as text if it is infinite, outside Python's years or finer than a microsecond."""
    if ticks is None:
        return None
    if abs(ticks) == _INFINITE[64]:
        return "infinity" if ticks > 0 else "-infinity"
    seconds, part = divmod(ticks, per_second)
    micros, finer = divmod(part * 1_000_000, per_second)
    try:
        instant = _EPOCH + timedelta(seconds=seconds, microseconds=micros)
    except OverflowError:
        days, second = divmod(seconds, 86_400)
        return f"{_day(days)} {_time_text(second, micros, 6)}Z"
    return f"{instant:%Y-%m-%d %H:%M:%S}.{part:09}Z" if finer else instant


def _times(array: pa.Array) -> list[str | None]:
    per_second = _PER_SECOND[array.type.unit]
    digits = len(str(per_second)) - 1
    ticks = array.cast("int32" if array.type.bit_width == 32 else "int64").to_pylist()
    return [None if tick is None else _time_text(tick // per_second, tick % per_second, digits) for tick in ticks]


def _time_text(seconds: int, part: int, digits: int) -> str:
    """Return a time of day as text; also 24:00:00, which DuckDB has and Python lacks."""
    finer = f".{part:0{digits}}".rstrip("0").rstrip(".") if part else ""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{finer}"


def _as_list(array: pa.Array) -> Any:
    import pyarrow as pa

    return array.cast(pa.list_(array.type.value_field))


def _nested(array: pa.Array, part: Any) -> list[Any]:
    """Return the items of each row of a list or map; `part` slices the values by start and end."""
    bounds = array.offsets.to_pylist()
    valid: Iterable[bool] = array.is_valid().to_pylist()
    return [
        part(start, end) if is_valid else None for start, end, is_valid in zip(bounds, bounds[1:], valid, strict=False)
    ]
