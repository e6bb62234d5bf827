"""A subscription: past events first, then new ones as they are committed, by whatever process."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

from eventsourcing.dcb.api import DCBQuery
from eventsourcing.dcb.persistence import DCBListenNotifySubscription

from policytrack.store.trouble import storage_errors

if TYPE_CHECKING:
    from policytrack.store.recorder import SQLiteDCBRecorder

_INTERVAL_SECONDS: Final = 0.02


class SQLiteDCBSubscription(DCBListenNotifySubscription["SQLiteDCBRecorder"]):
    """Polls `PRAGMA data_version`, which changes when another connection commits; one read of shared memory.

    Polling and pulling are one thread. Stopping wakes it at once. An error in it is raised by the iteration.
    """

    def __init__(self, recorder: SQLiteDCBRecorder, query: DCBQuery | None = None, after: int | None = None) -> None:
        # Opened here, so that the caller meets the error if it cannot be; used by the pulling thread only.
        self._watching = recorder.connections.open()
        super().__init__(recorder=recorder, query=query, after=after)

    def _loop_on_pull(self) -> None:
        try:
            with closing(self._watching):
                self._watch()
        except BaseException as error:  # noqa: BLE001 # handed to the thread that iterates
            self._thread_error = error
            self.stop()

    def _watch(self) -> None:
        seen = None
        while not self._has_been_stopped:
            with storage_errors(self._recorder.path, "waiting for new events"):
                (version,) = self._watching.execute("PRAGMA data_version").fetchone()
            if version == seen:
                # Set by stop(); nobody else notifies.
                self._has_been_notified.wait(_INTERVAL_SECONDS)
                continue
            # Noted before pulling: a commit in between changes it again.
            seen = version
            self._pull()
