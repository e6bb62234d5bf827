"""Names and detects encodings of text files: those that `--encoding` accepts, and guesses for bytes not in UTF-8."""

from __future__ import annotations

import codecs
import io
import itertools
import re
from collections.abc import Callable
from typing import BinaryIO, Final

from policytrack.errors import MalformedInput, Place, UsageError

ENCODINGS: Final = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16 (Excel: Unicode text)",
    "utf-16-le": "UTF-16 without a byte order mark",
    "utf-16-be": "UTF-16 without a byte order mark, high byte first",
    "cp1252": "Western Europe (Windows, ANSI)",
    "iso8859-15": "Western Europe",
    "cp1250": "Central Europe",
    "cp1251": "Cyrillic",
    "cp1253": "Greek",
    "cp1254": "Turkish",
    "koi8-r": "Russian",
    "gb18030": "Chinese, simplified (includes gbk and gb2312)",
    "big5": "Chinese, traditional",
    "cp932": "Japanese (Shift JIS as Windows writes it)",
    "euc_jp": "Japanese",
    "cp949": "Korean",
    "mac_roman": "Western Europe (old Mac)",
}
"""The supported encodings by their Python names. Only in UTF-16 a line feed has more than one byte."""

# Common names that Python maps to another or a narrower encoding: files called "Latin-1" or "GB2312" usually contain
# characters of the wider Windows code page.
_OTHER_NAMES: Final = {
    "ansi": "cp1252",
    "windows": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "cp936": "gb18030",
    "cp950": "big5",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "euc_kr": "cp949",
    "euc-kr": "cp949",
    "unicode": "utf-16",
    "utf-8-sig": "utf-8",
}
_SAMPLE: Final = 60
_AHEAD: Final = 65536
_MOST_GUESSES: Final = 3
_MARKS: Final = "\u2010-\u203b\u3000-\u303f\uff00-\uff60"
_KANA, _HAN, _HANGUL = "\u3040-\u30ff", "\u4e00-\u9fff", "\uac00-\ud7a3"
# Codec to try, encoding to suggest, characters of which one must occur, and all characters that may occur. The order
# matters: text with kana is certainly Japanese, while common Chinese bytes also decode as plausible Korean. Half-width
# kana are excluded, since Chinese bytes decoded as Japanese consist of them.
_EAST_ASIAN: Final = tuple(
    (codec, encoding, re.compile(f"[{must}]"), re.compile(f"[{may}{_MARKS}]"))
    for codec, encoding, must, may in (
        ("cp932", "cp932", _KANA, _KANA + _HAN),
        ("gb2312", "gb18030", _HAN, _HAN),
        ("euc_kr", "cp949", _HANGUL, _HANGUL),
        ("cp932", "cp932", _HAN, _HAN),
        ("big5", "big5", _HAN, _HAN),
        ("gb18030", "gb18030", _HAN, _HAN + "\u00a0-\u024f"),
    )
)


def encoding_of(name: str) -> str:
    """Return the Python name of an encoding. Raises `UsageError` for an unsupported one."""
    plain = name.strip().casefold()
    wanted = _OTHER_NAMES.get(plain, plain)
    for known in ENCODINGS:
        try:
            if codecs.lookup(wanted).name == codecs.lookup(known).name:
                return known
        except (LookupError, ValueError):
            break
    raise UsageError(f"unsupported encoding {name[:40]!r}", hint=f"use one of: {', '.join(ENCODINGS)}")


def is_wide(encoding: str) -> bool:
    """Return whether a line feed of the encoding has more than one byte."""
    return encoding.startswith("utf-16")


def likely_encodings(raw: bytes) -> dict[str, str]:
    """Return up to three likely encodings of bytes that are not UTF-8, likeliest first, each with a decoded sample."""
    guesses: dict[str, str] = {}
    runs = re.findall(rb"[\x80-\xff]+", raw)
    longest = max(map(len, runs), default=0)
    text = _decoded(raw, "cp1251") or ""
    # Cyrillic words are long runs of bytes from 0xC0; accented letters of Western languages come one by one.
    if longest > 3 and all(byte < 0x80 or byte >= 0xC0 for byte in raw):
        guesses["cp1251"] = _sample(text)
    if all(len(run) % 2 == 0 for run in runs) or longest > 3:
        for codec, encoding, script, others in _EAST_ASIAN:
            text = _decoded(raw, codec) or ""
            written = re.findall(r"[^\x00-\x7f]", text)
            if any(map(script.match, written)) and all(map(others.match, written)):
                guesses.setdefault(encoding, _sample(text))
    for encoding in ("cp1252", "cp1250"):
        text = _decoded(raw, encoding) or ""
        if text and text.isprintable() and all(map(str.isalpha, re.findall("[\u00c0-\u04ff]", text))):
            guesses.setdefault(encoding, _sample(text))
    # Of several encodings that give the same sample, keep the first: the user could not choose between them.
    first = {sample: encoding for encoding, sample in reversed(guesses.items())}
    distinct = ((encoding, sample) for encoding, sample in guesses.items() if first[sample] == encoding)
    return dict(itertools.islice(distinct, _MOST_GUESSES))


def not_in_encoding(problem: UnicodeDecodeError, raw: bytes, source: str, line: int) -> MalformedInput:
    """Return the error for a line with bytes that are not in the given encoding, or not in UTF-8."""
    byte = problem.object[problem.start]
    place = Place(source, line, problem.start + 1)
    if problem.encoding.casefold() not in ("utf-8", "utf8"):
        what = f"byte 0x{byte:02X} does not exist in {problem.encoding}"
        return MalformedInput(what, hint="use another --encoding, or save the file as UTF-8", place=place)
    likely = likely_encodings(raw.strip())
    read = ", ".join(f"--encoding {encoding} reads {sample!r}" for encoding, sample in likely.items())
    hint = f"{read}: use the correct one" if read else "name the encoding of the file with --encoding"
    hint += " (in a map: [table] encoding), or save the file as UTF-8"
    return MalformedInput(f"byte 0x{byte:02X} is not UTF-8", hint=hint, place=place)


Transform = Callable[[bytes, bool], bytes]
"""Transforms the pieces of a stream in order; the flag is True for the last, empty piece."""


class Transformed(io.RawIOBase):
    """Wraps a stream for `io.BufferedReader`, whose `peek` works on pipes too; optionally transforms its bytes."""

    def __init__(self, stream: BinaryIO, transform: Transform | None = None) -> None:
        self._stream, self._transform = stream, transform
        self._ready = b""
        self._is_done = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # BufferedReader passes only memoryviews
        while not self._ready and not self._is_done:
            piece = self._stream.read(len(buffer))
            self._is_done = not piece
            self._ready = piece if self._transform is None else self._transform(piece, self._is_done)
        part = self._ready[: len(buffer)]
        self._ready = self._ready[len(part) :]
        buffer[: len(part)] = part
        return len(part)


def opened_text(stream: BinaryIO, encoding: str | None) -> tuple[BinaryIO, str]:
    """Return a stream of lines that end in a line feed, and the encoding in which to decode each line.

    Line endings of old Macs (a carriage return alone) are converted. UTF-16 is converted to UTF-8, also without
    `encoding` when the file begins with a byte order mark. Reading may raise `UnicodeDecodeError`.
    """
    ahead = io.BufferedReader(Transformed(stream), _AHEAD)
    start = ahead.peek(4)
    if encoding is None and start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    encoding = encoding or "utf-8"
    if is_wide(encoding):
        decoder = codecs.getincrementaldecoder(encoding)()

        def as_utf_8(piece: bytes, is_last: bool) -> bytes:
            return decoder.decode(piece, is_last).encode("utf-8", "surrogatepass")

        ahead, encoding = io.BufferedReader(Transformed(ahead, as_utf_8), _AHEAD), "utf-8"
    if re.match(rb"[^\r\n]*\r(?!\n|$)", re.sub(rb'"[^"]*"', b"", ahead.peek(_AHEAD))):
        ahead = io.BufferedReader(Transformed(ahead, lambda piece, _: piece.replace(b"\r", b"\n")), _AHEAD)
    return ahead, encoding


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _sample(text: str) -> str:
    """Return the first cell of a line that contains a non-ASCII character, shortened."""
    first = next((index for index, character in enumerate(text) if not character.isascii()), 0)
    start = max(text.rfind(mark, 0, first) for mark in ',;\t"\n') + 1
    return re.split('[,;\t"\n]', text[max(start, first - _SAMPLE) :])[0][:_SAMPLE]
