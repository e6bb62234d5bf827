"""The pages that record events: a form for every event type, with a preview of the effect before it is saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from policytrack.api.entry import Changed, Entry, Finding, Preview, correctable
from policytrack.errors import NotFound, PolicytrackError, Refused, RejectedImport, UsageError, shortened
from policytrack.events import EVENT_TYPES, Event
from policytrack.events.catalogue import GROUPS, meaning_of
from policytrack.events.meta import EventRetracted
from policytrack.output.pretty import pretty, visible_in_pages
from policytrack.questions import ask_some
from policytrack.readmodel.coordinates import Coordinates
from policytrack.serve.asked import HTML
from policytrack.serve.bodies import HEADERS, MOST_FILE, pairs_of, plain
from policytrack.serve.forms import Pairs, as_sent, fields_from, form_of, unchanged
from policytrack.serve.pages import NAVIGATION, template
from policytrack.serve.sessions import Sessions
from policytrack.serve.uploads import Uploads

if TYPE_CHECKING:
    from policytrack.api.reading import Reader

_MOST_SUGGESTED: Final = 2000
"""Ids that the page of a form holds. Of a ledger with more, the inputs look up what is typed."""
Failed = Callable[..., Response]


@dataclass(frozen=True, slots=True)
class _Page:
    """A form: what it is for, the event type, where it is sent, and the stored event that it is about."""

    title: str
    event_type: type[Event]
    action: str
    lead: str = ""
    position: int | None = None
    stored: dict[str, Any] | None = None
    is_correction: bool = False


class Writing:
    """The routes that record events. `sessions` are who may use them, `entry` records."""

    def __init__(self, reader: Reader, entry: Entry, sessions: Sessions) -> None:
        self._reader, self.entry, self.sessions = reader, entry, sessions

    def routes(self, failed: Failed) -> list[Route]:
        """Return the routes. `failed` makes the page of an error."""
        pages = {
            "/record/{type}": self._of_type,
            "/correct/{position}": self._of_correction,
            "/retract/{position}": self._of_retraction,
        }
        return [
            Route("/enter", self._enter),
            Route("/record", self._guarded(self._list, failed)),
            Route(
                "/import",
                self._guarded(Uploads(self.entry, self.page).answer, failed, reads_files=True),
                methods=["GET", "POST"],
            ),
            *(
                Route(path, self._guarded(partial(self._form, find), failed), methods=["GET", "POST"])
                for path, find in pages.items()
            ),
        ]

    async def _enter(self, request: Request) -> Response:
        """Set the cookie of the session for the start link, and show what can be recorded."""
        if not self.sessions.opens(request.query_params.get("token", "")):
            return plain(403, "This start link is not of this run of the server. Open the one that it printed.\n")
        answer = RedirectResponse("/record", 303, HEADERS)
        answer.headers["set-cookie"] = self.sessions.cookie()
        return answer

    def _guarded(
        self, answer: Callable[[Request, Pairs | None], Response], failed: Failed, *, reads_files: bool = False
    ) -> Any:
        """Return an endpoint that answers only the session, and forms only with its token."""

        async def respond(request: Request) -> Response:
            if not self.sessions.holds(request.headers.get("cookie", "")):
                return plain(403, "To record events, open the start link that `policytrack serve --write` printed.\n")
            pairs: Pairs | None = None
            if request.method == "POST":
                read = pairs_of(request, most=MOST_FILE) if reads_files else pairs_of(request)
                sent = await read
                if isinstance(sent, Response):
                    return sent
                pairs = sent
                if not self.sessions.allows(next((value for name, value in pairs if name == "form_token"), "")):
                    return plain(403, "The form is from an earlier run of the server. Load it again.\n")
            try:
                return await run_in_threadpool(answer, request, pairs)
            except PolicytrackError as error:
                return failed(error, request)

        return respond

    def _list(self, request: Request, _: Pairs | None) -> Response:
        groups = [
            (name, [(one.TOPIC, _name(one), _said(one)) for one in types if one.TOPIC in EVENT_TYPES])
            for name, types in GROUPS.items()
        ]
        return self.page("types.html", "Record an event", groups=groups)

    def _of_type(self, request: Request) -> _Page:
        topic = request.path_params["type"].replace("-", "_")
        if topic not in EVENT_TYPES:
            raise NotFound(f"no event type {shortened(topic)!r}", hint="choose one at /record")
        event_type = EVENT_TYPES[topic]
        return _Page(_name(event_type), event_type, f"/record/{topic}", _said(event_type))

    def _of_correction(self, request: Request) -> _Page:
        position, stored = self.entry.stored(request.path_params["position"])
        correctable(position, stored)
        event_type = EVENT_TYPES[stored["type"]]
        title, lead = f"Correct e{position}", "The event stays in the ledger. The corrected one supersedes it."
        return _Page(title, event_type, f"/correct/{position}", lead, position, stored, is_correction=True)

    def _of_retraction(self, request: Request) -> _Page:
        position, stored = self.entry.stored(request.path_params["position"])
        if stored["type"] == EventRetracted.TOPIC:
            raise UsageError(f"e{position} is a retraction, and retractions are final", hint="record the event again")
        lead = "The event stays in the ledger, and no longer counts. Nothing replaces it."
        title = f"Retract e{position} ({_name(EVENT_TYPES[stored['type']])})"
        return _Page(title, EventRetracted, f"/retract/{position}", lead, position, stored)

    def _form(self, find: Callable[[Request], _Page], request: Request, pairs: Pairs | None) -> Response:
        page = find(request)
        if pairs is None:
            start = as_sent(page.event_type, correctable(0, page.stored)) if page.is_correction and page.stored else {}
            given = fields_from(page.event_type, request.query_params.multi_items())
            return self._show(page, {**start, **given}, uuid4())
        sent = dict(pairs)
        event_id, does = _id(sent.get("event_id", "")), sent.get("do", "preview")
        cascade = page.event_type is EventRetracted and sent.get("cascade") == "true"
        shown = fields_from(page.event_type, pairs)
        fields = self._complete(page, shown)
        if does.startswith("add:"):
            return self._show(page, shown, event_id, adds=does.removeprefix("add:"), cascade=cascade)
        notice: PolicytrackError | None = None
        if does == "save":
            try:
                saved = self.entry.save(fields, event_id, sent.get("mark", ""), cascade=cascade)
            except Changed as changed:
                notice = changed
            except (Refused, RejectedImport, UsageError, NotFound):
                pass  # the preview has the findings at their fields
            else:
                known_at = max(self.entry.today(), saved.event.known_on)
                return RedirectResponse(f"/event/{saved.position}?known_at={known_at}&as_of={known_at}", 303, HEADERS)
        preview = self.entry.preview(fields, event_id, cascade=cascade)
        return self._show(page, shown, event_id, preview, notice=notice, cascade=cascade)

    def _complete(self, page: _Page, shown: dict[str, Any]) -> dict[str, Any]:
        """Return the fields of the event: those of the form, and those that the server sets."""
        fields = {"type": page.event_type.TOPIC, **shown}
        if page.stored is not None and page.is_correction:
            stored = correctable(page.position or 0, page.stored)
            before = as_sent(page.event_type, stored)
            fields |= {name: unchanged(value, before.get(name), stored.get(name)) for name, value in shown.items()}
            fields["schema_version"] = page.stored["schema_version"]
            fields["supersedes"] = {**shown.get("supersedes", {}), "event_id": page.stored["event_id"]}
        elif page.stored is not None:
            fields["target"] = page.stored["event_id"]
        return fields

    def _show(
        self,
        page: _Page,
        shown: dict[str, Any],
        event_id: UUID,
        preview: Preview | None = None,
        *,
        notice: PolicytrackError | None = None,
        adds: str = "",
        cascade: bool = False,
    ) -> Response:
        findings: list[Finding] = preview.findings if preview is not None else []
        if checks := [check for one in findings for check in one.checks]:  # the form offers to acknowledge them
            named = [*shown.get("acknowledged", ()), *({"check": check} for check in checks)]
            shown = {**shown, "acknowledged": named}
        left_out = [*(["recorded_by"] if self.entry.user else []), *(["target"] if page.action[:4] == "/ret" else [])]
        form = form_of(page.event_type, shown, findings, left_out=left_out, adds=adds, is_correction=page.is_correction)
        return self.page(
            "entry.html", page.title, 422 if findings else 409 if notice else 200, page=page, form=form,
            preview=preview, notice=notice, event_id=event_id, cascade=cascade, suggested=self._suggested(),
            user=self.entry.user,
            doubts=preview.effect.doubts.to_pylist() if preview is not None and preview.effect else [],
        )  # fmt: skip

    def _suggested(self) -> dict[str, list[tuple[str, str]]] | None:
        """Return ids and names of what is registered, by kind; None if these are too many for a page."""
        today = self.entry.today()
        found: dict[str, list[tuple[str, str]]] = {}
        located = self._reader.locate(Coordinates(as_of=today, known_at=today))
        with self._reader.session(located) as session:
            rows, count = ask_some(session, "registered", None, 0, _MOST_SUGGESTED)
        if count > _MOST_SUGGESTED:
            return None
        for row in rows.to_pylist():
            found.setdefault(row["kind"], []).append((row["id"], row["name"] or ""))
        return found

    def page(self, name: str, title: str, status: int = HTTPStatus.OK, **more: Any) -> Response:
        """Return a page of the entry from a template."""
        text = template(name).render(
            title=title, ledger=self._reader.ledger.root.name, navigation=NAVIGATION, pretty=pretty,
            form_token=self.sessions.form_token, **more,
        )  # fmt: skip
        return Response(visible_in_pages(text).encode(), status, HEADERS, media_type=HTML)


def _id(text: str) -> UUID:
    """Return the event id of a form; a new one if it has none."""
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _name(event_type: type[Event]) -> str:
    return event_type.TOPIC.replace("_", " ").capitalize()


def _said(event_type: type[Event]) -> str:
    return meaning_of(event_type).replace("`", "")
