"""Refuses names and addresses that deceive: with invisible characters, or that are not an address of a document.

Recorded events are not validated again: what an older ledger holds stays readable, and output escapes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policytrack.errors import MalformedInput, field_name, steps_of
from policytrack.events.envelope import Event

UNSEEN: Final = re.compile(
    "[\x80-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028\u2029\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    # Selectors of emoji belong to signs, and change nothing after a letter.
    "|(?:^|(?<=[^\\W\\d_]))[\ufe0e\ufe0f]"
    # Joiners belong to the scripts of India, Iran and others, and say nothing between Latin letters.
    "|(?:^|(?<=[\x00-\u024f]))[\u200c\u200d]|[\u200c\u200d](?=[\x00-\u024f]|$)"
)
"""Characters that show nothing: two names that differ by them look the same."""
_ADDRESS: Final = re.compile(r"https?://[^\s/?#@\\<>\"]+(?::[0-9]+)?(?:[/?#][^\s\\<>\"]*)?", re.IGNORECASE)
_PROSE: Final = frozenset({"note", "reason", "terms", "conditions"})


def deceptions(event: Event) -> Iterator[MalformedInput]:
    """Yield an error for each name with characters that show nothing, and each address of a source that is none."""
    for n, source in enumerate(event.sources):
        for part, address in (("url", source.url), ("archived_url", source.archived_url)):
            if address is not None and not _ADDRESS.fullmatch(address):
                hint = "write the whole address, such as https://www.example.org/page; without one, use locator"
                yield _error(event, f"sources.{n}.{part}", f"{address!r} is not an http or https address", hint)
    if event.to_json().isascii():  # printable, since an event refuses control characters of ASCII
        return
    texts = {field: value for field, value in vars(event).items() if type(value) is str and field not in _PROSE}
    for n, other in enumerate(getattr(event, "names", ())):
        texts[f"names.{n}.name"] = other.name
    for n, one in enumerate(getattr(event, "fields", None) or ()):
        texts[f"fields.{n}.value"] = one.value
    for n, one in enumerate(getattr(event, "allowed", ())):
        texts[f"allowed.{n}"] = one
    for n, source in enumerate(event.sources):
        texts[f"sources.{n}.title"] = source.title
        if source.publisher is not None:
            texts[f"sources.{n}.publisher"] = source.publisher
    for field, text in texts.items():
        if not text.isascii() and (found := UNSEEN.search(text)):
            what = f"the invisible character U+{ord(found[0]):04X} does not belong in a name"
            yield _error(event, field, what, "remove it, or type the name again")


def _error(event: Event, field: str, what: str, hint: str) -> MalformedInput:
    error = MalformedInput(f"{field_name(event.TOPIC, steps_of(field))}: {what}", hint=hint)
    error.field = field
    return error
