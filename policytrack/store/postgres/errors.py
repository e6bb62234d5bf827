"""Translates PostgreSQL errors into messages: start the server, wait for a lock, ask for a role, free disk space."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg import errors as pg

from policytrack.errors import (
    Busy,
    IntegrityTrouble,
    MalformedInput,
    NotFound,
    PolicytrackError,
    ServerUnreachable,
    StorageTrouble,
)

CONFLICT: Final = "PT409"
"""The code of the function `append` for a failed condition."""
OUT_OF_ORDER: Final = "PT422"
"""The code of the function `append` for instants that decrease."""
_NO_DATABASE: Final = re.compile(r'database ".*" does not exist')
_NO_LOGIN: Final = re.compile(r'password|role ".*" does not exist|authentication')
_LOGIN: Final = "put the password into ~/.pgpass, a service file or PGPASSWORD, and check the user in the address"
_MISSING: Final = (
    "create the event store once with `policytrack init DIR --store ADDRESS`, or check the database's name"
)


def explained(error: psycopg.Error, name: str, doing: str, wait_seconds: float) -> PolicytrackError:
    """Return the error to show for an error of PostgreSQL; `name` is the event store, `doing` completes "while …"."""
    said = (error.diag.message_primary or str(error).strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, pg.LockNotAvailable | pg.QueryCanceled | pg.DeadlockDetected):
        return Busy(
            f"another process kept {name} locked for {wait_seconds:g} s, while {doing}",
            hint="run the command again when the other process has finished",
        )
    if isinstance(error, pg.InsufficientPrivilege):
        return StorageTrouble(
            f"no permission while {doing} in {name}: {said}",
            hint="ask the owner of the database to grant you policytrack_writer (or policytrack_reader to read)",
        )
    # Before a login succeeds, libpq reports a text without a code.
    if isinstance(error, pg.UndefinedTable | pg.InvalidSchemaName | pg.UndefinedFunction | pg.InvalidCatalogName) or (
        error.sqlstate is None and _NO_DATABASE.search(said)
    ):
        return NotFound(f"there is no event store at {name}: {said}", hint=_MISSING)
    if isinstance(error, pg.DiskFull | pg.OutOfMemory | pg.ConfigurationLimitExceeded):
        return StorageTrouble(
            f"the disk or memory of the server is full, while {doing} in {name}: {said}",
            hint="free disk space on the server, then retry",
        )
    if isinstance(error, pg.InvalidPassword | pg.InvalidAuthorizationSpecification) or (
        error.sqlstate is None and _NO_LOGIN.search(said)
    ):
        return StorageTrouble(f"{name} refused the login: {said}", hint=_LOGIN)
    if isinstance(error, pg.ReadOnlySqlTransaction):
        return StorageTrouble(f"{name} is read-only: {said}", hint="name the primary server, not a standby")
    if isinstance(error, pg.DataError | pg.CharacterNotInRepertoire):
        return MalformedInput(f"{name} cannot store the text: {said}")
    if isinstance(error, pg.DataCorrupted | pg.IndexCorrupted | pg.IntegrityError):
        return IntegrityTrouble(
            f"{name} is damaged or was changed, while {doing}: {said}",
            hint="run `policytrack verify`, then restore the database from a backup",
        )
    return ServerUnreachable(
        f"cannot reach {name}, while {doing}: {said}",
        hint="check that the server runs and the network works, then run the same command again: it records nothing"
        " twice",
    )


@contextmanager
def storage_errors(name: str, doing: str, wait_seconds: float) -> Iterator[None]:
    """Translate errors of PostgreSQL raised in the `with` block. A programming error is raised unchanged."""
    try:
        yield
    except psycopg.ProgrammingError as error:
        if error.sqlstate is None:
            raise
        raise explained(error, name, doing, wait_seconds) from error
    except psycopg.Error as error:
        raise explained(error, name, doing, wait_seconds) from error
