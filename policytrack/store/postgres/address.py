"""Reads the address of a PostgreSQL event store. Passwords are never part of it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from policytrack.errors import UsageError

_SCHEMES = ("postgresql", "postgres")
_FORM = "postgresql://USER@HOST:PORT/DATABASE"
_SECRET = ("password", "sslpassword")


@dataclass(frozen=True, slots=True)
class Address:
    """The address of an event store in PostgreSQL, as libpq reads it: ``postgresql://user@host:5432/database``.

    A missing part has libpq's default (`PGHOST`, `PGUSER` …). The password comes from `~/.pgpass`, a service file or
    `PGPASSWORD`.
    """

    url: str
    name: str
    """The address for messages: user, host, port and database, without options."""

    @classmethod
    def read(cls, text: str) -> Address:
        """Return the address in a text. Raises `UsageError` for another scheme, a password, or a malformed address."""
        try:
            parts = urlsplit(text)
            port = parts.port
            options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        except ValueError as cause:
            raise UsageError(f"the address of the event store is malformed: {cause}", hint=f"write {_FORM}") from cause
        if parts.scheme not in _SCHEMES:
            raise UsageError("the address of the event store is not one of PostgreSQL", hint=f"write {_FORM}")
        if parts.password is not None or not options.keys().isdisjoint(_SECRET):
            raise UsageError(
                "the address of the event store has a password, which would be stored in policytrack.toml",
                hint="write the address without it, and put the password into ~/.pgpass, a service file or PGPASSWORD",
            )
        if parts.fragment or any(character.isspace() for character in text):
            raise UsageError("the address of the event store is malformed", hint=f"write {_FORM}")
        user = f"{parts.username}@" if parts.username else ""
        host = f"{parts.hostname or ''}{f':{port}' if port else ''}"
        socket = f" (host {options['host']})" if not parts.hostname and "host" in options else ""
        return cls(text, f"postgresql://{user}{host}{parts.path}{socket}")
