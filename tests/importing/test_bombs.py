"""Small files that would take all time or memory: each is refused with the place and the limit, before it is parsed."""

from __future__ import annotations

import io
import time
import zipfile

import pytest

from policytrack.errors import PolicytrackError, UsageError
from policytrack.importing.formats import characters, csv, xlsx_limits, yaml
from policytrack.importing.formats.jsonl import read_jsonl
from policytrack.importing.formats.xlsx import read_xlsx
from policytrack.importing.formats.xlsx_limits import check_book
from policytrack.importing.formats.yaml import read_yaml
from policytrack.toml_text import MOST_PARTS, read_toml

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>firm_id</t></is></c></row>'


def book(
    rows: str = "", *, others: str = "", strings: str | bytes = "", styles: str = "", sheets: int = 1, level: int = 1
) -> bytes:
    """A book of one sheet, and what else is wanted in it."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        parts = {
            "workbook": "sheet.main",
            "worksheets/sheet1": "worksheet",
            "styles": "styles",
            "texts": "sharedStrings",
        }
        overrides = "".join(
            f'<Override PartName="/xl/{name}.xml" ContentType="{KIND}.{kind}+xml"/>' for name, kind in parts.items()
        )
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types">{overrides}</Types>')
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        named = "".join(f'<sheet name="S{number}" sheetId="{number}" r:id="r1"/>' for number in range(1, sheets + 1))
        archive.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{named}</sheets></workbook>'
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{MAIN}"><sheetData>{HEADER}{rows}</sheetData>{others}</worksheet>',
        )
        archive.writestr("xl/styles.xml", f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>')
        archive.writestr("xl/texts.xml", strings or f'<sst xmlns="{MAIN}"/>')
    return raw.getvalue()


def error_of(raw: bytes) -> PolicytrackError:
    """The one error of reading a book; its rows are not read."""
    try:
        (item,) = read_xlsx(io.BytesIO(raw), "b.xlsx", None, ())
    except UsageError as problem:
        return problem
    assert isinstance(item, PolicytrackError), "the book is read"
    return item


def many(element: str, times: int) -> str:
    """Elements that differ, so that they are not compressed too much."""
    return "".join(element.replace("#", str(number * 7919 % 1_000_003)) for number in range(times))


BOMBS = {
    "1,000 elements that": lambda: book(others=many('<conditionalFormatting sqref="A#"/>', 1_001)),
    "styles.xml has more than 1,000": lambda: book(styles="<cellXfs>" + many('<xf fontId="#"/>', 1_001) + "</cellXfs>"),
    "texts.xml has more than 1,000": lambda: book(strings=texts("<si>" + many("<r><t>#</t></r>", 1_001) + "</si>")),
    "more than 2,000 different texts": lambda: book(strings=texts(many("<si><t>#</t></si>", 2_001))),
    "row 2 has more than 16,384 cells": lambda: book('<row r="2">' + many('<c s="#"/>', 16_385) + "</row>"),
    "sheet1.xml has more than 3,000 rows": lambda: book(many('<row r="#"/>', 3_000)),
    "more than 50 sheets": lambda: book(sheets=51),
    "document type": lambda: book(strings=b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><sst/>'),
}
ELSEWISE = {
    "utf-16": '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><sst/>'.encode("utf-16"),
    "utf-16 unmarked": "<sst/>".encode("utf-16-be"),
    "ebcdic": b'<?xml version="1.0" encoding="cp037"?>' + "<!DOCTYPE a>".encode("cp037"),
}


def texts(inside: str) -> str:
    return f'<sst xmlns="{MAIN}">{inside}</sst>'


@pytest.fixture
def _lower(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lower limits, which make smaller bombs do."""
    lower = {"MOST_OTHERS": 1_000, "MOST_STRINGS": 2_000, "MOST_ROWS": 3_000, "MOST_SHEETS": 50}
    for name, value in lower.items():
        assert getattr(xlsx_limits, name) > value
        monkeypatch.setattr(xlsx_limits, name, value)


@pytest.mark.usefixtures("_lower")
@pytest.mark.parametrize("what", BOMBS)
def test_a_book_that_would_take_all_memory_is_refused(what: str) -> None:
    assert what in error_of(BOMBS[what]()).what


@pytest.mark.parametrize("strings", ELSEWISE.values(), ids=list(ELSEWISE))
def test_a_book_whose_tags_another_encoding_hides_is_refused(strings: bytes) -> None:
    assert "another encoding than UTF-8" in error_of(book(strings=strings)).what


@pytest.mark.usefixtures("_lower")
def test_what_a_part_is_called_does_not_matter() -> None:
    raw = io.BytesIO(book())
    with zipfile.ZipFile(raw, "a") as archive:
        archive.writestr("xl/picture.png", "<sst>" + many('<x a="#"/>', 1_001) + "</sst>")
    assert "picture.png has more than" in error_of(raw.getvalue()).what


def test_a_tag_between_two_pieces_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = many('<row r="#"/>', 999)
    for size in (97, 1000, 1 << 20):
        monkeypatch.setattr(xlsx_limits, "_PART", size)
        monkeypatch.setattr(xlsx_limits, "MOST_ROWS", 1_000)
        assert check_book(book(rows)) is False
        monkeypatch.setattr(xlsx_limits, "MOST_ROWS", 999)
        with pytest.raises(xlsx_limits.TooMuch, match="999 rows"):
            check_book(book(rows))


LONG_TOKENS = {
    "attributes": "<a " + many('a#=">" ', 200) + "/>",
    "attribute": '<a b="' + "--> ?> x" * 200 + '"/>',
    "comment": "<!--" + " <a/> ?> " * 150 + "-->",
    "comment that seems to end": "<!-->" + " <a/>" * 210 + "-->",
    "instruction": "<?a" + " <!-- --> <a/>" * 80 + "?>",
    "text": "x" * 1_100,
}
SHORT_TOKENS = (
    "<!-- <? -->" + "<a/>" * 500 + "<!-- -->" * 300 + "<?b?>" * 300 + "<a>" + "x" * 900 + "</a><!--" + "y" * 900 + "-->"
)


@pytest.mark.parametrize("size", [97, 500, 1_000])
def test_a_tag_or_comment_that_the_parser_would_read_again_and_again_is_refused(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(xlsx_limits, "_PART", size)
    monkeypatch.setattr(xlsx_limits, "LONGEST_TOKEN", 1_000)
    for moved in range(0, 40, 3):
        assert check_book(book(others=" " * moved + SHORT_TOKENS)) is False
        for name, token in LONG_TOKENS.items():
            with pytest.raises(xlsx_limits.TooMuch, match="a tag, text or comment of more than 1,000 bytes"):
                pytest.fail(f"{name} is read: {check_book(book(others=' ' * moved + token))}")


def test_a_book_below_the_limits_is_read() -> None:
    raw = book(
        '<row r="2"><c r="A2" s="0"/><c r="ZZ2"><v>1</v></c></row>',
        strings=f'<sst xmlns="{MAIN}"><si><t>a</t></si></sst>',
    )
    ((name, rows, _),) = read_xlsx(io.BytesIO(raw), "b.xlsx", None, ())
    assert (name, [row.cells[0] for row in rows]) == ("S1", ["firm_id", ""])


@pytest.mark.parametrize(
    "text", ["a" + ".a" * MOST_PARTS, '"a"' + ' . "b"' * MOST_PARTS, "[" + "a." * MOST_PARTS + "a]"]
)
def test_a_dotted_name_of_toml_has_a_limit(text: str) -> None:
    with pytest.raises(ValueError, match="more than 20 parts"):
        read_toml(f"x = 1\n{text} = 1\n")


def test_toml_in_general_is_read_and_deep_nesting_refused() -> None:
    assert read_toml('a.b."c.d" = "1.2.3.4.5.6.7.8.9.10.11"\n') == {"a": {"b": {"c.d": "1.2.3.4.5.6.7.8.9.10.11"}}}
    with pytest.raises(ValueError, match="nested too deeply"):
        read_toml("a = " + "[" * 100_000)


def test_a_long_tag_is_refused_in_linear_time() -> None:
    started = time.process_time()
    (error,) = read_yaml(io.BytesIO(b"a: 1\nb: [!!" + b"x" * 10_000_000 + b" a]\n"), "f.yaml")
    assert str(error).startswith("the tag !!xxx") and str(error).endswith("(f.yaml:2:5)")
    assert time.process_time() - started < 10
    for written, shown in (("!!int", "!!int"), ("!own", "!own"), ("!<a:b>", "a:b")):
        (error, _) = read_yaml(io.BytesIO(f"{written} a".encode()), "f")
        assert f"the tag {shown} is not supported" in str(error)


def test_empty_documents_and_empty_rows_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml, "MOST_NODES", 100)
    monkeypatch.setattr(csv, "MOST_ROWS", 100)
    *_, last = read_yaml(io.BytesIO(b"---\n" * 101), "f.yaml")
    assert str(last) == "the file has more than 100 values (f.yaml:102:1)"
    *_, last = csv.CsvFile(io.BytesIO(b"firm_id,name\n" + b"\n,\n" * 51), "f.csv")
    assert str(last) == "the table has more than 100 empty rows (f.csv:102:1)"


def test_hidden_characters_are_reported_up_to_a_number_with_their_places() -> None:
    found = list(read_yaml(io.BytesIO(b"a: b\n\x01 \x02\n" + b"\x03" * 100_000), "f.yaml"))
    assert len(found) == characters.MOST_HIDDEN
    assert [str(one.place) for one in found[:3]] == ["f.yaml:2:1", "f.yaml:2:3", "f.yaml:3:1"]
    assert len(list(read_jsonl(io.BytesIO(b"\x01" * 100_000), "f.jsonl"))) == characters.MOST_HIDDEN


def test_a_message_quotes_only_the_beginning_of_a_long_name() -> None:
    name = "x" * 10_000
    found = [
        *read_jsonl(io.BytesIO(f'{{"{name}": 1, "{name}": 2}}'.encode()), "f"),
        *read_yaml(io.BytesIO(f"a: !{name} &{name} *{name}\n".encode()), "f"),
    ]
    errors = [one.what for one in found if isinstance(one, PolicytrackError)]
    assert errors
    assert all(len(what) < 200 for what in errors)
