r"""Delimited tables as programs write them: separators, \" and blanks, line ends, bad rows."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

import pytest

from textseq.config import TextConfig
from textseq.text.notices import TextNotice
from textseq.text.reading.tables import Columns, read_table

NAMES: list[Columns] = ["text", "label"]
WANTED = [["Well, yes", "pos"], ["No", "neg"]]


def cells(
    folder: Path, text: str | bytes, columns: list[Columns] = NAMES, name: str = "a.csv", **how: Any
) -> list[list[str]]:
    data = text.encode() if isinstance(text, str) else text
    (folder / name).write_bytes(data)
    encoding = how.pop("encoding", "utf-8")
    return list(read_table(folder / name, columns, TextConfig(encoding=encoding), **how))


@pytest.mark.parametrize(
    "text",
    [
        "text;label\nWell, yes;pos\nNo;neg\n",
        "text|label\r\nWell, yes|pos\r\nNo|neg\r\n",
        "text\tlabel\nWell, yes\tpos\nNo\tneg\n",
        'sep=;\n"text";"label"\n"Well, yes";pos\nNo;neg\n',
        "sep=|\r\ntext|label\r\nWell, yes|pos\r\nNo|neg",
        '"sep=^"\ntext^label\nWell, yes^pos\nNo^neg\n',
        'text,label\r"Well, yes",pos\rNo,neg\r',
        "text;label\rWell, yes;pos\rNo;neg",
        'text, label\n"Well, yes", pos\n"No", neg\n',
        '"text" , "label"\n"Well, yes" , "pos"\n"No" , "neg"\n',
        "label\ttext\tid\npos\tWell, yes\t1\nneg\tNo\t2\n",
        'id,text,label,\n1,"Well, yes",pos,\n2,No,neg\n3,,,,\n'.replace("3,,,,\n", ""),
        '\ufefftext,label\n"Well, yes",pos\nNo,neg\n',
        ' text ,\u200blabel\n"Well, yes",pos\nNo,neg\n',
    ],
)
def test_however_a_table_is_written(tmp_path: Path, text: str):
    found = cells(tmp_path, text)
    assert [[each.strip() for each in row] for row in found] == WANTED
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(text.encode()))
    assert list(read_table(tmp_path / "b.csv.gz", NAMES, TextConfig())) == found
    utf16 = text.removeprefix("\ufeff").encode("utf-16")
    assert cells(tmp_path, utf16, encoding="utf-16") == found
    assert cells(tmp_path, text, name="a.txt", table="csv") == found


def test_a_separator_by_the_rows_where_nothing_is_named(tmp_path: Path):
    text = "Well, yes;pos\nNo, no, no;neg\nHm;neg\n"
    want = [["Well, yes", "pos"], ["No, no, no", "neg"], ["Hm", "neg"]]
    assert cells(tmp_path, text, [0, 1]) == want
    assert cells(tmp_path, text, [0, 1], name="a.tsv") == want
    assert cells(tmp_path, text, [0, -1]) == want
    # Commas of a sentence, as many in each row, have blanks behind them.
    assert cells(tmp_path, "a, b, c;x\nd, e, f;y\n", [0, 1]) == [["a, b, c", "x"], ["d, e, f", "y"]]
    assert cells(tmp_path, "a, x\nb, y\n", [0, 1]) == [["a", " x"], ["b", " y"]]
    # One column alone is not cut: nothing says that it is several.
    assert cells(tmp_path, "a; b\nc; d\n", [0]) == [["a; b"], ["c; d"]]
    assert cells(tmp_path, "text\na; b\nc; d\n", ["text"]) == [["a; b"], ["c; d"]]
    # A comma that fits comes first, whatever else stands in the cells.
    assert cells(tmp_path, "a;b,x\nc;d,y\n", [0, 1]) == [["a;b", "x"], ["c;d", "y"]]
    assert cells(tmp_path, "a;b,x\nc;d,y\n", [0, 1], separator=";") == [["a", "b,x"], ["c", "d,y"]]
    # The one that was said is for files that have it.
    assert cells(tmp_path, "a,x\nc,y\n", [0, 1], separator=";") == [["a", "x"], ["c", "y"]]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        (r'"He said \"yes, 0\" twice",pos', 'He said "yes, 0" twice'),
        (r'"\"",pos', '"'),
        (r'"nice \"",pos', 'nice "'),
        (r'"\"a\", \"b\"",pos', '"a", "b"'),
        (r'"a \"quoted' + "\n" + r'line\", and more",pos', 'a "quoted\nline", and more'),
        (r'"C:\\new \"x\"",pos', 'C:\\new "x"'),
        # Where the row is whole without it, a backslash is a character like any other.
        (r'"C:\",pos', "C:\\"),
        (r'"{""a"": ""x \""y\"" ""}",pos', r'{"a": "x \"y\" "}'),
        (r"a\"b,pos", r"a\"b"),
    ],
)
def test_backslashes_before_quotes(tmp_path: Path, text: str, want: str):
    rows = f"text,label\nfirst,neg\n{text}\n{text}\nlast,neg\n"
    found = cells(tmp_path, rows)
    assert found == [["first", "neg"], [want, "pos"], [want, "pos"], ["last", "neg"]]
    label_first = f"label,text\npos,{text.removesuffix(',pos')}\nneg,x\n"
    assert cells(tmp_path, label_first) == [[want, "pos"], ["x", "neg"]]


def test_the_csv_module_with_an_escape(tmp_path: Path):
    rows = [["text", "label"], ['say "a", "b"\nc', "x"], ["\\", "y"], ['"', "z"], ["a\\b", "x"]]
    with (tmp_path / "a.csv").open("w", newline="") as file:
        writer = csv.writer(
            file, escapechar="\\", doublequote=False, quoting=csv.QUOTE_ALL, lineterminator="\n"
        )
        writer.writerows(rows)
    assert list(read_table(tmp_path / "a.csv", NAMES, TextConfig())) == rows[1:]


def test_carriage_returns_that_end_no_line(tmp_path: Path):
    assert cells(tmp_path, "text,label\na\rb,x\n") == [["a\rb", "x"]]
    assert cells(tmp_path, "a\rb,x\nc,y\n", [0, 1]) == [["a\rb", "x"], ["c", "y"]]
    inside = 'text,label\r"a\nb",x\rc,y\r'
    assert cells(tmp_path, inside) == [["a\nb", "x"], ["c", "y"]]
    assert cells(tmp_path, "text\ra\rb\r", ["text"]) == [["a"], ["b"]]


def test_empty_cells_at_the_end_shift_nothing(tmp_path: Path):
    assert cells(tmp_path, "text,label\na,x,,\nb,y\n") == [["a", "x"], ["b", "y"]]
    assert cells(tmp_path, "text,label,,\na,x\nb,y,,\n") == [["a", "x"], ["b", "y"]]
    with pytest.raises(ValueError, match="line 2: 3 cells, but line 1 has 2"):
        cells(tmp_path, "text,label\na,x,z\n")
    with pytest.raises(ValueError, match="line 2: 1 cells, but line 1 has 2"):
        cells(tmp_path, "text,label\na\n")


def test_bad_rows_are_left_out_and_counted(tmp_path: Path, notices: list[str]):
    text = 'text,label\na,x\nb,y,z\n"c,x\nd,y\ne"f"g,h,i\n"f" g,x\n"g",y\n'
    found = cells(tmp_path, text, bad_rows="skip")
    assert found == [["a", "x"], ["d", "y"], ["g", "y"]]
    assert len(notices) == 1
    assert notices[0].startswith("4 bad rows were left out; the first: ")
    assert notices[0].endswith("a.csv, line 3: 3 cells, but line 1 has 2")
    with pytest.warns(UserWarning, match="4 bad rows"):
        cells(tmp_path, text, bad_rows="skip")
    with pytest.raises(ValueError, match="bad_rows is 'drop'"):
        cells(tmp_path, text, bad_rows="drop")
    lines = '{"text": "a", "label": 1}\n{"text": "b"}\n{"text": \n[]\n{"text": "c", "label": 2}\n'
    found = cells(tmp_path, lines, name="a.jsonl", bad_rows="skip")
    assert found == [["a", "1"], ["c", "2"]]
    assert notices[1].startswith("3 bad rows were left out")


@pytest.mark.parametrize(
    ("text", "how", "helps"),
    [
        # Advice is given where it would work, and only there.
        ('text,label\na,"p"os\nb,x\n', {}, "quoted=False; bad_rows='skip' leaves such rows out"),
        ('text,label\n"a, b" c,x\nd,y\n', {}, "a closing quote; bad_rows='skip' leaves"),
        ('text,label\n"a, b,x\nc,y\n', {}, "never closes; bad_rows='skip' leaves"),
        ('text,label\n"a,x\nb,y\n', {}, "quoted=False; bad_rows='skip' leaves"),
        (
            'text,label\n"a, b",x\nc,y\n',
            {"quoted": False},
            r"read it with quoted=True \(csv\); bad",
        ),
        (
            "text,label\na, b,x\nc,y\n",
            {"quoted": False},
            "but line 1 has 2; bad_rows='skip' leaves",
        ),
    ],
)
def test_no_advice_in_a_circle(tmp_path: Path, text: str, how: dict[str, Any], helps: str):
    with pytest.raises(ValueError, match=helps):
        cells(tmp_path, text, **how)


def test_cells_in_single_quotes(tmp_path: Path):
    text = "pos;'He said ''yes; no'''\nneg;'say \"x\"; it''s'\nneg;'no'\n"
    want = [["pos", "He said 'yes; no'"], ["neg", 'say "x"; it\'s'], ["neg", "no"]]
    assert cells(tmp_path, text, [0, 1]) == want
    text = "pos;'He said: yes; no'\nneg;it's, no\nneg;no\n"
    want = [["pos", "He said: yes; no"], ["neg", "it's, no"], ["neg", "no"]]
    assert cells(tmp_path, text, [0, 1]) == want
    # Not where they are apostrophes, or signs of speech.
    text = "'tis,x\n'no',y\nrock 'n' roll,z\n"
    assert cells(tmp_path, text, [0, 1]) == [["'tis", "x"], ["'no'", "y"], ["rock 'n' roll", "z"]]


def test_columns_that_are_joined(tmp_path: Path):
    text = '"a,b",title,body,label\n1,2,3,x\n'
    assert cells(tmp_path, text, [["title", "body"], "label"]) == [["2 3", "x"]]
    assert cells(tmp_path, text, ["title,body", "label"]) == [["2 3", "x"]]
    assert cells(tmp_path, text, ["title, 2", -1]) == [["2 3", "x"]]
    assert cells(tmp_path, text, [[1, 2], 3], header=True) == [["2 3", "x"]]
    assert cells(tmp_path, text, ["a,b"]) == [["1"]]  # a column that is called so
    with pytest.raises(ValueError, match=r"no column 'title,x'; it has 'a,b', title, body"):
        cells(tmp_path, text, ["title,x"])


def test_names_less_the_white_space_around_them(tmp_path: Path):
    assert cells(tmp_path, "text , label\na,x\n") == [["a", "x"]]
    # As it is written comes first.
    assert cells(tmp_path, "text, text,label\na,b,x\n", ["text"]) == [["a"]]
    with pytest.raises(ValueError, match=r"no column 'body'; it has text, label$"):
        cells(tmp_path, "text;label\na;x\n", ["body"])
    with pytest.raises(ValueError, match=r"two columns 'text'"):
        cells(tmp_path, "text , text,label\na,b,x\n", ["text"])
    with pytest.raises(ValueError, match=r"no column 'body'; it has ' text', label"):
        cells(tmp_path, " text,label\na,x\n", ["body"])


def test_a_header_that_counts_as_a_row_is_noticed(tmp_path: Path, notices: list[str]):
    text = "Label\tSMS\nham\tGo until\nspam\tFree entry\n"
    found = cells(tmp_path, text, [1, 0], name="a.tsv")
    assert found[0] == ["SMS", "Label"]
    assert notices[0].endswith(
        "line 1 looks like a header ('SMS', 'Label'); header=True leaves it out"
    )
    for header in (True, False):
        cells(tmp_path, text, [1, 0], name="a.tsv", header=header)
    cells(tmp_path, "ham\tthe text\nspam\tFree\n", [1, 0], name="a.tsv")
    assert len(notices) == 1


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize(("name", "mark"), [("r.csv", ","), ("r.tsv", "\t")])
def test_names_of_rows_as_r_writes_them(
    tmp_path: Path, name: str, mark: str, quote: str, notices: list[str]
):
    rows = [("text", "label"), ("1", "a film", "x"), ("2", "b film", "y"), ("3", "c film", "x")]
    lines = [mark.join(f"{quote}{cell}{quote}" for cell in row) + "\n" for row in rows]
    (tmp_path / name).write_text("".join(lines))
    read = read_table(tmp_path / name, ["text", "label"], TextConfig(), quoted=bool(quote))
    assert list(read) == [list(row[1:]) for row in rows[1:]]
    assert len(notices) == 1
    assert "names of rows" in notices[0]


@pytest.mark.parametrize(
    "rows",
    [
        "1,good, film\n2,bad, film\n",  # commas of running text
        "1,a,x\n",  # one row says nothing
        "1,a,x\n1,b,y\n",  # names are different
    ],
)
def test_rows_that_are_too_long_have_no_names(tmp_path: Path, rows: str):
    (tmp_path / "a.csv").write_text("id,text\n" + rows)
    with pytest.raises(ValueError, match=r"line 2: 3 cells, but line 1 has 2$"):
        list(read_table(tmp_path / "a.csv", ["text"], TextConfig()))


def test_where_all_rows_are_bad(tmp_path: Path, notices: list[str]):
    (tmp_path / "a.csv").write_text("id,text\n1,good, film\n2,bad, film\n")
    read = read_table(tmp_path / "a.csv", ["text"], TextConfig(), bad_rows="skip")
    assert list(read) == []
    assert len(notices) == 1
    assert notices[0].startswith("all rows (2) are bad and were left out; the first: ")
    assert "line 2: 3 cells" in notices[0]
    # Where one fits, leaving others out helps.
    (tmp_path / "a.csv").write_text("id,text\n1,good, film\n2,bad film\n")
    for quoted in (True, False):
        with pytest.raises(ValueError, match=r"line 2: 3 cells, .*bad_rows='skip' leaves"):
            list(read_table(tmp_path / "a.csv", ["text"], TextConfig(), quoted=quoted))


def test_cells_between_blanks_name_their_separator(tmp_path: Path):
    text = '"text" "label"\n"1" "a film" "x"\n"2" "b film" "y"\n"3" "c \\"film\\"" "x"\n'
    with pytest.raises(ValueError, match=r"line 1: text follows .*: separator=' ' cuts there"):
        cells(tmp_path, text, ["text", "label"])
    with pytest.warns(TextNotice, match="the first column is read as names of rows, as R writes"):
        found = cells(tmp_path, text, ["text", "label"], separator=" ")
    assert found == [["a film", "x"], ["b film", "y"], ['c "film"', "x"]]
