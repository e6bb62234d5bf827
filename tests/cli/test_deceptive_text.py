"""Names and addresses that deceive are refused; what is shown of foreign text shows what is in it."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from policytrack.cli.unseen import visible_lines
from policytrack.output.formats import STREAMED, Rows
from policytrack.output.pretty import visible_in_pages
from policytrack.report.build import page_of
from policytrack.report.data import ReportData
from tests.cli.conftest import head_of, policytrack
from tests.thinning import one_in

FIRM = ("record", "firm-registered", "--firm-id", "new", "--name")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty ledger, for what is refused."""
    folder = tmp_path_factory.mktemp("empty") / "L"
    assert policytrack(folder.parent, "init", "L").code == 0
    return folder


@pytest.mark.parametrize(
    "url",
    one_in(4, [
        "javascript:alert(1)", "JavaScript:alert(1)//https://a.example", "data:text/html,x", "file:///etc/passwd", "ftp://a.example",
        "www.example.org", "https://", "https:///x", "https://a.example/ b", "https://user@evil.example/", "https://a.example\\@b",
        'https://a.example/"onclick="x', "https://a.example/<b>", "vbscript:x", "//a.example",
    ]),
)  # fmt: skip
def test_the_address_of_a_source_is_http_or_https(empty: Path, url: str) -> None:
    line = {"type": "firm_registered", "firm_id": "a", "name": "A"}
    for part in ("url", "archived_url"):
        source = {"title": "T", "class": "analyst", part: url}
        given = json.dumps({**line, "sources": [source]}).encode()
        run = policytrack(empty, "import", "-", "--format", "jsonl", given=given)
        assert (run.code, head_of(empty)) == (3, 0), run.err
        assert "is not an http or https address" in run.err
        assert f"sources[1].{part}" in run.err


@pytest.mark.parametrize(
    "name",
    one_in(
        3,
        [
            "Zero\u200bwidth",
            "Mark\ufeff",
            "Soft\xadhyphen",
            "C1\x9b31m",
            "Tag\U000e0041",
            "Left\u200e",
            "Filler\u3164",
            "Grapheme\u034fjoiner",
            "Braille\u2800blank",
            "Selector\ufe0f",
            "No\uffffcharacter",
            "a\u200db",
            "End\u200c",
        ],
    ),
)
def test_a_name_with_a_character_that_shows_nothing_is_refused(empty: Path, name: str) -> None:
    for command in ((*FIRM, name), (*FIRM, "Good", "--source", f'title="{name}",class=analyst')):
        run = policytrack(empty, *command)
        assert (run.code, head_of(empty)) == (3, 0), run.err
        assert "the invisible character U+" in run.err
        assert name not in run.err


@pytest.mark.soak
def test_names_in_scripts_that_need_joiners_and_common_addresses_are_recorded(tmp_path: Path) -> None:
    assert policytrack(tmp_path, "init", "L").code == 0
    names = (
        "می\u200cخواهم",
        "क्\u200dष",
        "北方稀土",
        "Łódź – Żerań",
        "宝武\u3000钢铁",
        "👩\u200d🔬 Labs",
        "☀\ufe0f Sun",
    )
    urls = ("https://www.miit.gov.cn/a_b/t2024-01.html?x=1&y=[2]#z", "http://例え.jp/道", "HTTPS://a.example:8443")
    for number, name in enumerate(names):
        source = f'title="T",class=analyst,url={urls[number % len(urls)]}'
        words = ("record", "firm-registered", "--firm-id", f"f-{number}", "--name", name, "--source", source)
        run = policytrack(tmp_path / "L", *words)
        assert run.code == 0, run.err


def written(format_: str, *texts: str, name: str = "text") -> str:
    table = pa.table({name: list(texts), "n": list(range(len(texts)))})
    return b"".join(STREAMED[format_](Rows(table.schema, table.to_batches(), ""))).decode()


def test_csv_runs_no_formula_in_a_cell_or_a_heading() -> None:
    found = written("csv", "=1+1", "+1", "-1", "@x", "\t=1", "＝1", "fine", name='=HYPERLINK("x")')
    assert found.splitlines()[0].startswith("\"'=HYPERLINK")
    cells = [line.strip('"') for line in found.splitlines()[1:]]
    assert [cell.startswith("'") for cell in cells] == [True] * 6 + [False]


def test_markdown_holds_no_html_and_no_link_of_a_cell() -> None:
    found = written(
        "markdown", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "![x](http://a)", "a|b", name="<b>"
    )
    assert "<" not in found
    assert all(f"\\{mark}" in found for mark in ("[x]", "|b"))
    assert "![" not in found


def test_rows_on_a_terminal_show_control_characters_as_escapes() -> None:
    assert visible_lines("a\x1b[31m\x9bx\u202eb\tc\nd\xe9".encode()) == "a\\x1b[31m\\x9bx\\u202eb\tc\ndé".encode()
    assert visible_lines(b"\xff\n") == b"\\udcff\n"
    assert visible_lines("a\xadb\u034fc\U000e0041d\u3164".encode()) == b"a\\xadb\\u034fc\\U000e0041d\\u3164"
    assert visible_lines("👩\ufe0f 葛\U000e0100".encode()).decode() == "👩\ufe0f 葛\U000e0100"


@pytest.mark.soak
def test_messages_about_foreign_sql_hold_no_control_characters(tmp_path: Path) -> None:
    assert policytrack(tmp_path, "init", "L").code == 0
    (tmp_path / "L" / "projections" / "evil.sql").write_text(
        "/* One row per \x1b]0;t\x07 \x9b2J */ SELEC 1", encoding="utf-8"
    )
    (tmp_path / "L" / "queries" / "evil.sql").write_text(
        "/* \x1b[31m\u202e */ SELECT 'x\x1b[0m' AS x, nothing", encoding="utf-8"
    )
    for command in (
        ("capacity", "-v"),
        ("sql", "--named", "evil"),
        ("sql", "FROM evil"),
        ("sql", "SELECT '\x1b[31m\x9b"),
        ("log", "--firm", "\x9b2J"),
    ):
        run = policytrack(tmp_path / "L", *command)
        assert not set("\x1b\x07\x9b\u202e") & set(run.err), (command, run.err)


def test_markdown_shows_unseen_characters() -> None:
    found = written("markdown", "a\x1b[2J\u009b31m\u202eb\u200b", name="n\u202e")
    assert "a\\x1b\\[2J\\x9b31m\\u202eb\\u200b" in found
    assert "| n\\u202e |" in found
    assert "a\u200cb" in written("markdown", "a\u200cb")


def test_markdown_escapes_hold_when_the_text_has_backslashes() -> None:
    found = written("markdown", "\\[x](javascript:alert(1))", "a\\|b", "`<b>`", "&lt;b&gt;", "Smith & Co")
    cells = [line[2 : line.rindex(" | ")] for line in found.splitlines()[2:7]]
    assert cells == ["\\\\\\[x](javascript:alert(1))", "a\\\\\\|b", "\\`&lt;b>\\`", "&amp;lt;b&amp;gt;", "Smith & Co"]


def test_html_shows_marks_that_reorder_text_and_control_characters() -> None:
    text = "a\u202eb\x9bc\u2066d\x1be\\\x07f\\u0007\n"
    assert visible_in_pages(f"<b>{text}</b>") == "<b>a\\u202eb\\u009bc\\u2066d\\u001be\\\\u0007f\\u0007\n</b>"
    page = page_of(ReportData({"title": text, "می\u200cخواهم": text})).decode()
    assert not set(text) & set("\u202e\x9b\u2066\x1b\x07") & set(page)
    assert json.loads(page.split('id="data">')[1].split("</script>")[0])["title"] == visible_in_pages(text)
    assert "می\u200cخواهم" in page
