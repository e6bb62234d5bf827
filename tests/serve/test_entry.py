"""Forms of the server: who may send them, what they show before they save, and that they store an event once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from policytrack.api.reading import Reader
from policytrack.events import EVENT_TYPES
from policytrack.ledger import Ledger
from tests.browser import LOOKS, barriers, barriers_in_all_looks
from tests.cli.conftest import DAY, policytrack, rows_of
from tests.copies import copied
from tests.report.test_report import HOSTILE
from tests.serve.asgi import FORM, ORIGIN, Browser
from tests.serve.conftest import serving
from tests.thinning import one_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from policytrack.serve.sessions import Sessions

STATED = "/record/capacity_stated"
NEW: dict[str, Any] = {
    "facility_id": "mill", "activity_id": "crude-steel", "capacity": "2 kt/yr", "effective": "2025-10",
    "sources.0.title": "A <b>report</b>", "sources.0.class": "company",
}  # fmt: skip


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small ledger whose names try to be markup."""
    for name in ("jinja2", "starlette", "uvicorn"):
        pytest.importorskip(name, reason=f"{name} is not installed (extra serve): the server is not tested")
    folder = tmp_path_factory.mktemp("entry")
    policytrack(folder, "init", "led")
    (folder / "hostile.yaml").write_text(HOSTILE, encoding="utf-8")
    assert policytrack(folder / "led", "import", "../hostile.yaml").code == 0
    copied(folder / "led", folder / "untouched")
    return folder / "led"


def served(ledger: Path, user: str = "Ann") -> tuple[Browser, Sessions, Reader]:
    """The application of a ledger that may be written, and the secrets of this run."""
    from policytrack.api.entry import Entry
    from policytrack.serve.app import application
    from policytrack.serve.sessions import Sessions
    from policytrack.serve.writing import Writing

    def today() -> date:
        return date.fromisoformat(DAY)

    reader = Reader(Ledger.find(ledger), today, lambda _: None)
    sessions = Sessions()
    entry = Entry(Ledger.find(ledger), today, lambda _: None, user)
    return Browser(application(reader, Writing(reader, entry, sessions))), sessions, reader


@pytest.fixture(scope="module")
def browser(ledger: Path) -> Iterator[Browser]:
    """A browser that has opened the start link."""
    found, sessions, reader = served(ledger)
    assert found.get(f"/enter?token={sessions.token}").status == 303
    yield found
    reader.close()


def head(ledger: Path) -> int:
    """The position of the last event."""
    return Ledger.find(ledger).store.head().position


def test_only_the_start_link_opens_the_forms(ledger: Path) -> None:
    stranger, sessions, reader = served(ledger)
    assert stranger.get(STATED).status == 403
    assert stranger.get("/enter?token=guess").status == 403 and not stranger.cookie
    entered = stranger.get(f"/enter?token={sessions.token}")
    assert "HttpOnly; SameSite=Strict" in entered.headers["set-cookie"]
    assert stranger.get(STATED).status == 200
    other, _, of_other = served(ledger)
    other.cookie = stranger.cookie  # of another run of the server
    assert other.get(STATED).status == 403
    reader.close()
    of_other.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": ""}, 403), ({"origin": "null"}, 403), ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403), ({"host": "evil.example", "origin": "http://evil.example"}, 400),
        ({"cookie": "policytrack_entry=guess"}, 403), ({"content_type": "text/plain"}, 415),
        ({"content_type": "multipart/form-data; boundary=x"}, 415),
    ],
)  # fmt: skip
def test_a_form_of_another_site_is_refused(browser: Browser, ledger: Path, headers: Any, status: int) -> None:
    form = browser.get(STATED).hidden
    before = head(ledger)
    assert browser.post(STATED, {**form, **NEW, "do": "save"}, **headers).status == status
    assert head(ledger) == before


def test_a_form_needs_its_token_and_a_limit_of_its_length(browser: Browser, ledger: Path) -> None:
    from policytrack.serve.bodies import MOST_BYTES

    before, form = head(ledger), browser.get(STATED).hidden
    for token in ("", "0" * 64, "\udcff"):
        sent = {**form, **NEW, "form_token": token.encode("utf-8", "replace"), "do": "save"}
        assert browser.post(STATED, sent).status == 403
    assert browser.post(STATED, {**form, "note": "x" * MOST_BYTES}).status == 413
    assert browser.post(STATED, {**form, "note": "é".encode("latin-1")}).status == 400
    headers = {"origin": ORIGIN, "content_type": FORM}
    assert browser.send("POST", STATED, b"&".join([b"a=b"] * 5000), headers).status == 400
    assert browser.send("PUT", STATED, b"", headers).status == 405
    assert browser.get(f"{STATED}?do=save&facility_id=mill").status == 200
    assert browser.post("/events", form).status == 405  # a page that only shows
    assert head(ledger) == before


def test_without_write_the_server_has_no_forms(ledger: Path) -> None:
    from policytrack.serve.app import application

    reader = Reader(Ledger.find(ledger), lambda: date.fromisoformat(DAY), lambda _: None)
    readonly = Browser(application(reader))
    for path in ("/record", STATED, "/correct/1", "/retract/1", "/enter?token=x"):
        assert readonly.get(path).status == 404
        assert readonly.post(path, {"do": "save"}).status == 405
    assert 'href="/record"' not in readonly.get("/firms").text
    reader.close()


@pytest.mark.parametrize("topic", one_in(4, sorted(EVENT_TYPES)))
def test_every_event_type_has_a_form_that_names_what_is_missing(browser: Browser, topic: str) -> None:
    page = browser.get(f"/record/{topic}")
    answer = browser.post(f"/record/{topic}", {**page.hidden, "do": "preview"})
    assert (page.status, answer.status) == (200, 422)
    assert "required" in answer.summary
    ids = re.findall(r' id="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids))
    named = re.findall(r'aria-describedby="([^"]+)"', answer.text)
    assert set(" ".join(named).split()) <= set(ids)
    assert set(re.findall(r'href="#([^"]+)"', answer.text)) <= set(ids)


def test_what_is_wrong_is_said_at_its_field(browser: Browser) -> None:
    form = browser.get(STATED).hidden
    messy = {**NEW, "effective": "2025-13", "capacity": "five", "sources.0.class": "", "sources.3.url": "javascript:1"}
    answer = browser.post(STATED, {**form, **messy, "do": "preview"})
    assert answer.status == 422
    assert "effective : '2025-13' is not a date: there is no month 13" in answer.summary
    assert "sources 1: class : required" in answer.summary
    assert "sources 2: title : required" in answer.summary
    assert 'aria-describedby="f-effective-error f-effective-help" aria-invalid="true"' in answer.text
    assert (answer.shown["capacity"], answer.shown["sources.1.url"]) == ("five", "javascript:1")
    unknown = browser.post(STATED, {**form, **NEW, "facility_id": "mil", "do": "preview"})
    assert re.search(r"facility id : no facility 'mil': similar: mill", unknown.summary)


def test_a_check_that_refuses_can_be_acknowledged(browser: Browser, ledger: Path) -> None:
    path, before = "/record/capacity_retired", head(ledger)
    sent = {**NEW, "capacity": "50 kt/yr"}
    refused = browser.post(path, {**browser.get(path).hidden, **sent, "do": "preview"})
    assert "cannot retire 50,000 of crude-steel at mill" in refused.summary
    assert refused.shown["acknowledged.0.check"] == "retirement_beyond_installed"
    unsaid = browser.post(path, {**refused.hidden, **refused.shown, "do": "preview"})
    assert "acknowledged 1: reason : required" in unsaid.summary
    given = {**refused.shown, "acknowledged.0.reason": "the source says so"}
    preview = browser.post(path, {**refused.hidden, **given, "do": "preview"})
    assert (preview.status, head(ledger)) == (200, before)
    assert "Not recorded yet" in preview.summary


def test_an_event_is_previewed_and_then_stored_once(browser: Browser, ledger: Path) -> None:
    before, form = head(ledger), browser.get(STATED).hidden
    preview = browser.post(STATED, {**form, **NEW, "do": "preview"})
    assert re.search("CN crude-steel installed 1,000.125 2,000 999.875 t/yr", preview.summary)
    assert head(ledger) == before
    other = browser.post(STATED, {**preview.hidden, **NEW, "capacity": "3 kt/yr", "do": "save"})
    assert (other.status, head(ledger)) == (409, before)  # not what was previewed
    saved = browser.post(STATED, {**preview.hidden, **NEW, "do": "save"})
    again = browser.post(STATED, {**preview.hidden, **NEW, "do": "save"})
    assert (saved.status, again.status, head(ledger)) == (303, 303, before + 1)
    assert saved.headers["location"] == again.headers["location"] == f"/event/{before + 1}?known_at={DAY}&as_of={DAY}"
    page = browser.get(saved.headers["location"])
    assert "<b>report" not in page.text and "&lt;b&gt;report" in page.text and f"/correct/{before + 1}" in page.text
    assert re.search(r"recorded by</dt><dd>Ann<", page.text)
    edited = browser.post(STATED, {**preview.hidden, **NEW, "capacity": "4 kt/yr", "do": "preview"})
    assert f"this form is recorded as e{before + 1}; recording it again adds another event" in edited.summary
    assert edited.hidden["event_id"] != form["event_id"]


def test_a_save_is_refused_when_something_relevant_was_recorded_since(browser: Browser, ledger: Path) -> None:
    later = {**NEW, "effective": "2025-11"}
    preview = browser.post(STATED, {**browser.get(STATED).hidden, **later, "do": "preview"})
    changed = ("correct", "e2", "--set", "name=The mill", "--because", "error", "-y")
    assert policytrack(ledger, *changed).code == 0
    before = head(ledger)
    refused = browser.post(STATED, {**preview.hidden, **later, "do": "save"})
    assert (refused.status, head(ledger)) == (409, before)
    assert f"Recorded since the preview, and relevant here: e{before} facility_registered" in refused.summary
    assert browser.post(STATED, {**refused.hidden, **later, "do": "save"}).status == 303
    assert head(ledger) == before + 1


@pytest.mark.soak
def test_a_correction_changes_what_was_changed_and_shows_it(browser: Browser, ledger: Path) -> None:
    page = browser.get("/correct/5")
    assert page.shown["capacity"] == "1000.125"
    unchanged = browser.post(
        "/correct/5", {**page.hidden, **page.shown, "supersedes.because": "error", "do": "preview"}
    )
    assert "no change: e5 already has these values" in unchanged.summary
    sent = {**page.shown, "capacity": "1500"}
    unsaid = browser.post("/correct/5", {**page.hidden, **sent, "do": "preview"})
    assert "supersedes: because : required" in unsaid.summary
    sent["supersedes.because"] = "error"
    preview = browser.post("/correct/5", {**page.hidden, **sent, "do": "preview"})
    changed = re.search(r"Changed fields field before after (.*?) (No national|Effect)", preview.summary)
    assert changed is not None and changed[1] == "capacity 1000.125 1500"
    before = head(ledger)
    assert browser.post("/correct/5", {**preview.hidden, **sent, "do": "save"}).status == 303
    assert head(ledger) == before + 1
    assert browser.get(f"/event/5?as_of={DAY}&known_at={DAY}").status == 200


def test_a_retraction_shows_what_it_withdraws(browser: Browser, ledger: Path) -> None:
    before = head(ledger)
    page = browser.get(f"/retract/{before}")
    sent = {"because": "error", "reason": "another plant"}
    preview = browser.post(f"/retract/{before}", {**page.hidden, **sent, "do": "preview"})
    assert "facility id mill –" in preview.summary
    assert browser.post(f"/retract/{before}", {**preview.hidden, **sent, "do": "save"}).status == 303
    assert browser.get(f"/correct/{before + 1}").status == 400  # retractions are final
    assert (browser.get("/retract/9999").status, browser.get("/record/nothing").status) == (404, 404)


def test_a_cascade_retracts_what_the_command_retracts(ledger: Path, tmp_path: Path) -> None:
    here = copied(ledger.parent / "untouched", tmp_path / "here")
    assert policytrack(here, "correct", "e2", "--set", "name=The mill", "--because", "error", "-y").code == 0
    there = copied(here, tmp_path / "there")
    browser, sessions, reader = served(here)
    browser.get(f"/enter?token={sessions.token}")
    before, sent = head(here), {"because": "error", "reason": "the wrong firm"}
    refused = browser.post("/retract/1", {**browser.get("/retract/1").hidden, **sent, "do": "preview"})
    assert "e1 registers firm evil, which" in refused.summary
    assert "correct the registration instead, or choose cascade to retract these events too" in refused.summary
    sent["cascade"] = "true"
    preview = browser.post("/retract/1", {**refused.hidden, **sent, "do": "preview"})
    assert re.search(
        "Also retracted: e4 stake stated, e5 capacity stated, e6 facility registered.* CN crude-steel installed ",
        preview.summary,
    )
    assert (preview.status, head(here)) == (200, before) and 'name="cascade" value="true"' in preview.text
    alone = browser.post("/retract/1", {**preview.hidden, **sent, "cascade": "", "do": "save"})
    assert (alone.status, head(here)) == (422, before)  # not what was previewed
    saved = [browser.post("/retract/1", {**preview.hidden, **sent, "do": "save"}) for _ in range(2)]
    assert [one.status for one in saved] == [303, 303] and saved[0].headers["location"] == saved[1].headers["location"]
    assert saved[0].headers["location"].startswith(f"/event/{head(here)}?")
    reader.close()
    run = policytrack(there, "retract", "e1", "--cascade", "--because", "error", "--reason", "the wrong firm", "-y")
    assert run.code == 0
    columns = "position, type, known_on, list_sort(subjects), because, superseded_by"
    logs = [rows_of(folder, f"SELECT {columns} FROM event_log ORDER BY position") for folder in (here, there)]
    assert logs[0] == logs[1] and len(logs[0]) > before + 1


def test_lists_grow_without_a_script_and_hostile_names_stay_text(browser: Browser) -> None:
    form = browser.get("/record/joint_venture_formed")
    grown = browser.post("/record/joint_venture_formed", {
        **form.hidden, "venture_id": '"><script>window.hit=1</script>', "partners.0.firm_id": "evil",
        "do": "add:partners",
    })  # fmt: skip
    assert (grown.status, grown.summary, grown.text.count('<fieldset class="item">')) == (200, "", 3)
    assert re.search(r'name="partners.1.firm_id"[^>]* autofocus', grown.text)
    assert "<script" not in grown.text and "<img src=x" not in grown.text and "&lt;img src=x" in grown.text


def test_entry_in_a_real_browser(ledger: Path, new_page: Callable[[], Page]) -> None:
    with serving(ledger, "--write", "--user", "Bo") as server:
        page = new_page()
        page.goto(server.start)
        page.click("text=Capacity idled")
        for name, value in NEW.items():
            if name == "sources.0.class":
                page.select_option(f"[name='{name}']", value)
            else:
                page.fill(f"[name='{name}']", value)
        page.fill("[name=effective]", "2025-13")
        page.keyboard.press("Enter")  # shows the effect, and records nothing
        page.locator(".summary a", has_text="effective").click()
        assert page.evaluate("() => document.activeElement.name") == "effective"
        page.fill("[name=effective]", "2025-12")
        page.fill("[name=capacity]", "1 kt/yr")
        page.keyboard.press("Enter")
        page.locator("#effect").wait_for()
        assert barriers_in_all_looks(page, LOOKS[2:]) == []
        page.click("button.main")
        page.locator("h1", has_text="idle").wait_for()
        assert page.locator("dd", has_text="Bo").count() == 1
        page.close()  # it asks for new events, also of a server that has ended


@pytest.mark.soak
def test_a_form_of_a_large_ledger_looks_up_what_is_typed(tmp_path: Path, new_page: Callable[[], Page]) -> None:
    lines = "".join(
        f'{{"type": "firm_registered", "firm_id": "firm-{n}", "name": "Värk {n}", "country": "EE", "known_on": "2024-01-01"}}\n'
        for n in range(2_100)
    )
    (tmp_path / "firms.jsonl").write_text(lines, encoding="utf-8")
    assert policytrack(tmp_path, "init", ".").code == 0
    assert policytrack(tmp_path, "import", "firms.jsonl").code == 0
    with serving(tmp_path, "--write") as server:
        page = new_page()
        page.goto(server.start)
        page.goto(f"{server.base}/record/stake_stated")
        assert page.locator("datalist option").count() == 0
        page.fill("[name=owner_id]", "VÄRK 2099")
        page.locator("datalist option").first.wait_for(state="attached")
        found = page.eval_on_selector_all("datalist option", "all => all.map((one) => [one.value, one.text])")
        assert found == [["firm-2099", "Värk 2099"]]
        assert page.evaluate("() => document.querySelector('[name=owner_id]').list.options.length") == 1
        assert barriers(page) == []
        page.close()
