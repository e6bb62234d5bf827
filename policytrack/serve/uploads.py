"""The page that imports a file: the dry run with its findings at the cells, then the import."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from policytrack.api.entry import Changed, Entry
from policytrack.api.entry_files import MOST_FINDINGS, FilePreview, Upload, preview_file, save_file
from policytrack.errors import InvalidDate, PolicytrackError, RejectedImport, UsageError
from policytrack.events import EVENT_TYPES
from policytrack.importing.tables.shipped_maps import shipped_names
from policytrack.serve.bodies import FILE, HEADERS, MAP_FILE, Sent
from policytrack.values.dates import parse_day

if TYPE_CHECKING:
    from policytrack.serve.forms import Pairs

_MOST_STORED: Final = 3
"""Files that wait for their import; an older one must be chosen again."""
_LONGEST_NAME: Final = 200


class Uploads:
    """Answers the page, which `page` makes of a template.

    A browser does not send a file again, so the last ones wait in memory for their import.
    """

    def __init__(self, entry: Entry, page: Callable[..., Response]) -> None:
        self._entry, self._page = entry, page
        self._waiting: OrderedDict[str, Upload] = OrderedDict()
        self._lock = threading.Lock()

    def answer(self, _: Request, pairs: Pairs | None) -> Response:
        """Return the page, with what a file would do; import it if the form says so."""
        if pairs is None:
            return self._show({})
        sent = dict(pairs)
        try:
            upload = self._upload(sent, pairs.files if isinstance(pairs, Sent) else {})
        except PolicytrackError as error:
            return self._show(sent, notice=error, status=422)
        notice: PolicytrackError | None = None
        if sent.get("do") == "save":
            try:
                imported = save_file(self._entry, upload, sent.get("mark", ""))
            except Changed as changed:
                notice = changed
            except RejectedImport:
                pass  # the preview lists the findings
            else:
                where = f"/event/{imported.first}" if imported.new else "/events"
                return RedirectResponse(where, 303, HEADERS)
        preview = preview_file(self._entry, upload)
        status = 422 if preview.findings else 409 if notice is not None else 200
        return self._show(sent, upload, preview, notice=notice, status=status)

    def _upload(self, sent: dict[str, str], files: dict[str, bytes]) -> Upload:
        """Return the file that was sent, or the one that waits. Raises `UsageError` and `InvalidDate`."""
        body = files.get(FILE)
        if not body and sent.get("digest"):
            with self._lock:
                if sent["digest"] not in self._waiting:
                    raise UsageError("the server no longer has the file", hint="choose the file again")
                return self._waiting[sent["digest"]]
        if not body:
            raise UsageError("no file was chosen, or it is empty", hint="choose a file")
        event_type, map_name = sent.get("event_type", ""), sent.get("map", "")
        if event_type and event_type not in EVENT_TYPES:
            raise UsageError(f"no event type {event_type[:40]!r}", hint="choose one of the list")
        if map_name and map_name not in shipped_names():
            raise UsageError(f"no map {map_name[:40]!r}", hint="choose one of the list, or a map file")
        map_body = files.get(MAP_FILE) or None  # a browser sends an empty part if no file is chosen
        if map_body is not None and map_name:
            raise UsageError("two maps are chosen", hint="choose one of the list, or a map file")
        day = sent.get("known_on", "").strip()
        upload = Upload(
            _name(sent.get(FILE, "")), body, event_type, parse_day(day) if day else None,
            _name(sent.get(MAP_FILE, "")) if map_body is not None else map_name, map_body,
            sent.get("register_missing") == "true",
        )  # fmt: skip
        with self._lock:
            self._waiting[upload.digest] = upload
            self._waiting.move_to_end(upload.digest)
            while len(self._waiting) > _MOST_STORED:
                self._waiting.popitem(last=False)
        return upload

    def _show(
        self,
        sent: dict[str, str],
        upload: Upload | None = None,
        preview: FilePreview | None = None,
        *,
        notice: PolicytrackError | None = None,
        status: int = 200,
    ) -> Response:
        effect = preview.effect if preview is not None else None
        more: dict[str, Any] = {"doubts": effect.doubts.slice(0, MOST_FINDINGS).to_pylist() if effect else []}
        is_day_wrong = isinstance(notice, InvalidDate)
        return self._page(
            "import.html", "Import a file", status, sent=sent, upload=upload, preview=preview, notice=notice,
            types=list(EVENT_TYPES), maps=shipped_names(), user=self._entry.user, most=MOST_FINDINGS,
            is_day_wrong=is_day_wrong, **more,
        )  # fmt: skip


def _name(sent: str) -> str:
    """Return the name of a file without its folders."""
    return sent.replace("\\", "/").rpartition("/")[2][:_LONGEST_NAME]
