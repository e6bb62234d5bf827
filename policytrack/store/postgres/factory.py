"""Provides the library's persistence module: ``PERSISTENCE_MODULE=policytrack.store.postgres.factory``.

The library expects exactly one factory class in this module.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from eventsourcing.dcb import persistence as dcb
from eventsourcing.persistence import TrackingRecorder

from policytrack.errors import UsageError
from policytrack.store.postgres.address import Address
from policytrack.store.postgres.connections import Connections
from policytrack.store.postgres.recorder import PostgresDCBRecorder


class PostgresDCBFactory(dcb.DCBInfrastructureFactory[TrackingRecorder]):
    """Creates recorders from environment settings.

    * `POLICYTRACK_STORE`: the address of the event store, without a password
    * `LEDGER_HEAD`: the path of this user's anchor; empty for none

    The tables are created once, by `policytrack init --store`, never here: `CREATE_TABLE` must be ``no``. It creates no
    tracking recorders: read models are derived data in their own file.
    """

    ADDRESS: Final = "POLICYTRACK_STORE"
    LEDGER_HEAD: Final = "LEDGER_HEAD"

    def dcb_recorder(self) -> PostgresDCBRecorder:
        """Create a recorder. Raises `UsageError` for invalid settings, and what opening the event store raises."""
        address = self.env.get(self.ADDRESS)
        if not address:
            raise UsageError(f"{self.ADDRESS} is not set", hint="set it to the address of the event store")
        head_file = self.env.get(self.LEDGER_HEAD)
        return PostgresDCBRecorder(
            Connections.to(Address.read(address)), head_file=Path(head_file) if head_file else None
        )

    def close(self) -> None:
        """Do nothing: the connections are those of the process."""
