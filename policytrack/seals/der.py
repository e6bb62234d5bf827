"""Reads and writes the little of DER (ITU-T X.690) that timestamps need."""

from __future__ import annotations

from typing import Final

INTEGER: Final = 0x02
OCTETS: Final = 0x04
NULL: Final = 0x05
OID: Final = 0x06
BOOLEAN: Final = 0x01
TIME: Final = 0x18
SEQUENCE: Final = 0x30
SET: Final = 0x31
CONTEXT_0: Final = 0xA0


def encoded(tag: int, *content: bytes) -> bytes:
    """Return an element."""
    body = b"".join(content)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def elements(content: bytes) -> list[tuple[int, bytes]]:
    """Return the elements in a content, each as tag and content. Raises `ValueError` if it is malformed."""
    found, at = [], 0
    while at < len(content):
        if at + 2 > len(content):
            raise ValueError("an element is cut off")
        tag, length = content[at], content[at + 1]
        at += 2
        if length >= 0x80:
            digits = length & 0x7F
            if not 1 <= digits <= 4 or at + digits > len(content):
                raise ValueError("an element has no definite length")
            length, at = int.from_bytes(content[at : at + digits], "big"), at + digits
        if at + length > len(content):
            raise ValueError("an element is cut off")
        found.append((tag, content[at : at + length]))
        at += length
    return found


def parts(content: bytes, *tags: int) -> list[bytes]:
    """Return the contents of the first elements, which must have these tags. Raises `ValueError`."""
    found = elements(content)
    if [tag for tag, _ in found[: len(tags)]] != list(tags):
        raise ValueError("an element has another type")
    return [part for _, part in found[: len(tags)]]


def oid_text(content: bytes) -> str:
    """Return an object identifier with dots."""
    numbers, number = [], 0
    for byte in content:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2) if numbers else 0
    return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]])) if numbers else ""
