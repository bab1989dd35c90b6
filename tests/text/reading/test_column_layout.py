"""Column files as people have them: comments, tabs, tokens that are blanks, columns that differ."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path
from typing import Any

import pytest

from textseq.config import TextConfig
from textseq.text.notices import TextNotice
from textseq.text.reading.column_layout import ColumnLayout, is_conllu
from textseq.text.reading.conll import Sentence, read_conll, read_conllu

CONFIG = TextConfig(min_count=1)


def read(path: Path, text: str, **options: object) -> list[Sentence]:
    path.write_text(text, encoding="utf-8")
    return list(read_conll(path, CONFIG, **options))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.conll"


# --- comments


COMMENTED = {
    "ids": "# id 5f2a\tin=dev\nthe _ _ O\nqueen _ _ B-PER\n\n# id 5f2b\tin=dev\nUlm _ _ B-LOC\n",
    "sources": "#\thttp://a.b\t[09]\nthe\tx\tO\nqueen\tx\tB-PER\n\n#\tn-tv\t[10]\nUlm\tx\tB-LOC\n",
    "empty": "#\ta.b\t\nthe\tx\tO\nqueen\tx\tB-PER\n\n#\tn-tv\t\nUlm\tx\tB-LOC\n",
    "two": "## by : tab\n## a-1\tthe <queen>\nthe\tO\nqueen\tB-PER\n\n## a-2\t<Ulm>\nUlm\tB-LOC\n",
    "documents": "#begin document (a); 0\nthe x O\nqueen x B-PER\n\nUlm x B-LOC\n#end document\n",
    "text": "# sent_id = 1\n# text = the queen\nthe\tO\nqueen\tB-PER\n\n# text = Ulm\nUlm\tB-LOC\n",
    "no blank": "#source=a.b\nthe\tO\nqueen\tB-PER\n\n#source=a.b\nUlm\tB-LOC\n",
    "bare": "#\nthe\tO\nqueen\tB-PER\n\n#\nUlm\tB-LOC\n",
    "none": "the O\nqueen B-PER\n\nUlm B-LOC\n",
}  # fmt: skip
PLAIN = [Sentence(["the", "queen"], ["O", "B-PER"]), Sentence(["Ulm"], ["B-LOC"])]


@pytest.mark.parametrize("kind", COMMENTED)
def test_comments_are_no_tokens(path: Path, kind: str, notices: list[str]):
    assert read(path, COMMENTED[kind]) == PLAIN
    n = sum(line.startswith("#") for line in COMMENTED[kind].split("\n"))
    assert len(notices) == (n > 0)
    assert n == 0 or f"a.conll: {n} lines that begin with # were left out" in notices[0]


@pytest.mark.usefixtures("notices")
@pytest.mark.parametrize("kind", COMMENTED)
def test_comments_are_no_tokens_where_no_tags_are_asked_for(path: Path, kind: str):
    found = read(path, COMMENTED[kind], tag=0)
    assert [sentence.tokens for sentence in found] == [["the", "queen"], ["Ulm"]]


WORDS = {
    "hashtag": (["#blessed", "day"], ["O", "O"]),
    "alone": (["#", "1"], ["O", "B-PER"]),
    "inside": (["no", "#", "##"], ["O", "B-PER", "I-PER"]),
    "pieces": (["##ing", "go", "#ing"], ["I-PER", "O", "O"]),
    "a tag of its own": (["#", "1"], ["#", "CD"]),
}


@pytest.mark.parametrize("between", ["\t", " "])
@pytest.mark.parametrize("kind", WORDS)
def test_words_that_begin_with_a_mark_are_words(path: Path, kind: str, between: str):
    tokens, tags = WORDS[kind]
    rows = [f"{token}{between}{tag}\n" for token, tag in zip(tokens, tags, strict=True)]
    others = f"the{between}O\nqueen{between}B-PER\n\n" * 3
    found = read(path, others + "".join(rows))
    assert found == [(["the", "queen"], ["O", "B-PER"])] * 3 + [(tokens, tags)]


@pytest.mark.usefixtures("notices")
def test_a_word_in_a_file_with_comments(path: Path):
    text = "# id 1\tdomain=train\n# _ _ O\nat _ _ O\n\n# id 2\tdomain=train\nUlm _ _ B-LOC\n"
    assert read(path, text) == [(["#", "at"], ["O", "O"]), (["Ulm"], ["B-LOC"])]


def test_a_prefix_of_ones_own(path: Path):
    text = "% id a b\nb O\n%c O\n#d O\n\n% id\n"
    with pytest.raises(ValueError, match="line 3: 4 columns; the lines before have 2"):
        read(path, "b O\n\n" + text)
    assert read(path, text, comment="%") == [(["b", "#d"], ["O", "O"])]
    assert read(path, "#a O\nb O\n", comment="#") == [(["b"], ["O"])]
    assert read(path, "# O\na O\n", comment="") == [(["#", "a"], ["O", "O"])]
    with pytest.raises(ValueError, match="line 2: 4 columns; the lines before have 2"):
        read(path, "b O\n# id a b\n", comment="")


def test_a_word_that_lost_its_columns_is_no_comment(path: Path):
    with pytest.raises(ValueError, match=r"line 4: 1 columns; .* have 2; comment='#' leaves"):
        read(path, "the O\na B-PER\n\n#blessed\nday O\n")
    with pytest.raises(ValueError, match=r"line 2: 3 columns"):
        read(path, "the O\n#a b O\n")


@pytest.mark.usefixtures("notices")
def test_what_begins_as_comments_do_is_one(path: Path):
    assert read(path, "#text a b\nthe O\n\n#text c\nUlm B-LOC\n#hashtag O\n") == [
        (["the"], ["O"]),
        (["Ulm", "#hashtag"], ["B-LOC", "O"]),
    ]
    text = "# one two three\nthe O\n# mid\nqueen B-PER\n# O\n\n# c\nUlm B-LOC\n"
    assert read(path, text) == [(["the", "queen", "#"], ["O", "B-PER", "O"]), (["Ulm"], ["B-LOC"])]
    found = read(path, text, tag=0)
    assert [sentence.tokens for sentence in found] == [["the", "queen", "#"], ["Ulm"]]
    text = "the DET\n\n# text = a\n\na DET\n# SYM\n"
    assert read(path, text)[1] == (["a", "#"], ["DET", "SYM"])


@pytest.mark.parametrize(
    ("text", "works"),
    [
        ("# one\nthe O\n\n# two\nUlm B-LOC\n", True),
        ("# one two\nthe O\n\n# two\nUlm B-LOC\n", False),
        ("#begin document (a); 0\nthe O\n", False),
    ],
)
def test_how_comments_are_kept_is_said_where_that_works(
    path: Path, text: str, works: bool, notices: list[str]
):
    read(path, text)
    assert ("comment=''" in notices[0]) == works
    if works:
        assert len(read(path, text, comment="")[0].tokens) == 2
    else:
        with pytest.raises(ValueError, match="columns"):
            read(path, text, comment="")


# --- headers


@pytest.mark.parametrize(
    "text",
    [
        "word\ttag\nNew\tB-LOC\nYork\tI-LOC\n",
        "Token NER\n\nNew B-LOC\nYork I-LOC\n",
        "-DOCSTART- O\n\n#word tag\nNew B-LOC\nYork I-LOC\n",
        "# a b c\nWord POS Tag\nNew x B-LOC\nYork x I-LOC\n",
    ],
)
def test_names_of_columns_are_no_token(path: Path, text: str, notices: list[str]):
    assert read(path, text) == [(["New", "York"], ["B-LOC", "I-LOC"])]
    number = next(n for n, line in enumerate(text.split("\n"), 1) if "or" in line or "NER" in line)
    assert f"a.conll, line {number}: left out as the names of the columns" in notices[0]
    assert [tokens for tokens, _ in read(path, text, tag=0)] == [["New", "York"]]


@pytest.mark.usefixtures("notices")
def test_names_of_columns_over_numbers(path: Path):
    text = "id\ttok\ttag\n1\tNew\tB-LOC\n2\tYork\tI-LOC\n"
    with pytest.raises(ValueError, match="column 0 numbers the tokens"):
        read(path, text)
    assert read(path, text, token=1) == [(["New", "York"], ["B-LOC", "I-LOC"])]


@pytest.mark.parametrize(
    "text", ["word tag\n", "word O\na O\n", "text tag\na tag\n", "tag tag\na O\n"]
)
def test_words_that_are_also_names_of_columns(path: Path, text: str):
    assert read(path, text)[0].tokens[0] == text.split()[0]


# --- tabs and blanks


def test_a_file_with_tabs_is_cut_at_tabs(path: Path):
    assert read(path, "tôi\tO\nHà Nội\tB-LOC\n") == [(["tôi", "Hà Nội"], ["O", "B-LOC"])]
    found = read(path, "1\tGleich\tO\n2\t\tO\n3\tBonn\tB-LOC\n", token=1, tag=2)
    assert found == [(["Gleich", "", "Bonn"], ["O", "O", "B-LOC"])]
    with pytest.raises(ValueError, match="line 2: 3 columns"):
        read(path, "tôi\tO\nHà Nội\tB-LOC\n", separator="blank")


def test_tokens_that_are_a_blank_stay(path: Path):
    assert read(path, "서\tB-LC\n \tO\n만\tO\n\n \tO\n") == [
        (["서", " ", "만"], ["B-LC", "O", "O"]),
        ([" "], ["O"]),
    ]


def test_blanks_around_cells_make_no_other_token_or_tag(path: Path):
    assert read(path, "a \tO \n b\tO\t\n") == [(["a", "b"], ["O", "O"])]
    assert read(path, "a\tO\t\nb\tO\t\n\nc\tO\t\n") == [(["a", "b"], ["O", "O"]), (["c"], ["O"])]
    # A separator that is given leaves tokens as they are.
    assert read(path, "a \tO \n", separator="\t") == [(["a "], ["O"])]


@pytest.mark.parametrize("text", ["a\t\tO\nlong\tO\n", "a  O\nb\tO\n", "  a O \nb\tO\n"])
def test_tabs_that_only_align_are_blanks(path: Path, text: str):
    assert [tags for _, tags in read(path, text)] == [["O", "O"]]


@pytest.mark.parametrize(
    ("text", "given", "works"),
    [
        ("the,O\nUlm,B-LOC\n", None, ","),
        ("the;O\nNew York;B-LOC\n", None, ";"),
        ("the|O\n\nUlm|B-LOC\n", None, "|"),
        ("the O\nUlm B-LOC\n", "\t", "blank"),
        ("the\tO\nNew York\tB-LOC\n", ",", "\t"),
    ],
)
def test_the_separator_that_works_is_named(path: Path, text: str, given: str | None, works: str):
    with pytest.raises(ValueError, match=re.escape(f"separator={works!r} fits these lines")):
        read(path, text, separator=given)
    assert [tags for _, tags in read(path, text, separator=works)][-1][-1] == "B-LOC"


@pytest.mark.parametrize("text", ["word\nother\n", "a,b,c\nd\ne\n"])
def test_no_separator_is_named_that_does_not_work(path: Path, text: str):
    with pytest.raises(ValueError, match="columns") as error:
        read(path, text)
    assert "separator=" not in str(error.value)


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_an_archive_is_named(tmp_path: Path, path: Path, mode: Any):
    path.write_text("the O\n")
    archive = tmp_path / "a.tgz"
    with tarfile.open(archive, mode) as file:
        file.add(path, "a.conll")
    with pytest.raises(ValueError, match=r"a\.tgz is a tar archive"):
        list(read_conll(archive, CONFIG))


# --- columns that differ


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("EU NNP B-NP B-ORG\nrejects VBZ B-VP\n", "line 2: 3 columns; the lines before have 4"),
        ("a\tO\n\nb\tc\tO\n", "line 3: 3 columns between tabs; the lines before have 2"),
        ("a b\tO\nc O\n" + "d\tO\n" * 20, "line 2: 1 columns between tabs"),
        ("a O\n\nword\n", "line 3: 1 columns; the lines before have 2"),
        ("word\nother\n", "line 1: 1 columns; columns 0 and -1 are asked for"),
    ],
)
def test_another_number_of_columns_is_an_error(path: Path, text: str, message: str):
    with pytest.raises(ValueError, match=message):
        read(path, text)


def test_a_tab_too_many_at_the_end_shifts_nothing(path: Path):
    text = "1\tGleich\tO\tO\n2\tBonn\tB-LOC\tO\t\t\n"
    assert read(path, text, token=1) == [(["Gleich", "Bonn"], ["O", "O"])]


def test_a_line_of_no_characters_is_no_token(path: Path):
    assert read(path, "a\tO\nb\tO\n\uffff\n") == [(["a", "b"], ["O", "O"])]


def test_columns_of_roles_may_differ_between_sentences(path: Path):
    one = "d 0 0 We PRP x - - - s *\nd 0 1 go VBP x - - - s *\n"
    two = "d 0 0 They PRP x - - - s * (A0*) -\nd 0 1 eat VBP x - - - s * (V*) -\n"
    found = read(path, one + "\n" + two, token=3, tag=4)
    assert found == [(["We", "go"], ["PRP", "VBP"]), (["They", "eat"], ["PRP", "VBP"])]
    with pytest.raises(ValueError, match="line 4: 13 columns"):  # the last is another one then
        read(path, one + "\n" + two, token=3)
    with pytest.raises(ValueError, match="line 2: 13 columns"):  # but not within a sentence
        read(path, one[: one.index("\n") + 1] + two, token=3, tag=4)


@pytest.mark.usefixtures("notices")
@pytest.mark.parametrize(
    "text",
    ["1\tGleich\tO\n2\tBonn\tB-LOC\n", "0 a O\n1 b O\n\n0 c O\n", "# x\n1\ta\tO\n2\tb\tO\n"],
)
def test_numbers_of_tokens_are_no_tokens(path: Path, text: str):
    with pytest.raises(ValueError, match=r"a\.conll: column 0 numbers the tokens; .* token=1"):
        read(path, text)
    assert read(path, text, token=1)[0].tokens[0] in ("Gleich", "a")


def test_names_of_documents_are_no_tokens(path: Path):
    with pytest.raises(ValueError, match="column 0 is the same in each line"):
        read(path, "bc/a a O\nbc/a b O\n\n" * 10)
    assert len(read(path, "a x O\na x O\n\n")) == 1  # too few to say so


def test_numbers_may_be_tokens(path: Path):
    assert read(path, "1 O\n2 O\n") == [(["1", "2"], ["O", "O"])]
    assert read(path, "1 CD O\n000 CD O\n")[0].tokens == ["1", "000"]


# --- CoNLL-U


LINE = "{}\t{}\t_\t{}\t_\t_\t0\troot\t_\t_"


@pytest.mark.parametrize(
    ("lines", "is_one"),
    [
        ([LINE.format(1, "a", "X")], True),
        (["# text = a", "", LINE.format("1-2", "ab", "_"), LINE.format(1, "a", "X")], True),
        ([LINE.format("0.1", "a", "X")], True),
        (["# global.columns = ID FORM NER", "1\ta\tO"], True),
        ([LINE.format(n, "a", "X") for n in range(1, 20)] + ["20\ta"], True),
        ([LINE.format("a", "a", "X")], False),
        ([LINE.format(2009, "a", "X")], False),
        ([LINE.format(2009, "a", "X")] * 9, False),
        ([LINE.format(n, "a", "X") for n in (5, 6)] + ["", LINE.format(1, "a", "X")], True),
        ([LINE.format(n, "a", "X") for n in (5, 6)], True),
        ([LINE.format(n, "a", "X") for n in (5, 6)] + ["", LINE.format(5, "a", "X")], False),
        (
            ["", LINE.format(9, "a", "X"), "", *(LINE.format(n, "a", "X") for n in (1, 2))],
            True,
        ),
        (["1\ta\tO"], False),
        (["# text = a"], False),
        ([LINE.format(1, "a", "X"), "2\ta", "3\ta"], False),
        ([], False),
    ],
)
def test_conllu_is_told_by_content(lines: list[str], is_one: bool):
    assert is_conllu(lines) == is_one


def test_conllu_is_not_read_as_columns(path: Path):
    with pytest.raises(ValueError, match=r"a\.conll: this is CoNLL-U, not columns; format="):
        read(path, f"# text = a\n{LINE.format(1, 'a', 'X')}\n")


def test_conllu_plus(tmp_path: Path):
    path = tmp_path / "a.cupt"
    path.write_text(
        "# global.columns = ID FORM UPOS PARSEME:MWE\n# text = ab c\n"
        "1-2\tab\t_\t*\n1\ta\tX\t1:VID\n2\tb\tY\t1\n3\tc\tZ\t*\n"
    )
    assert list(read_conllu(path, CONFIG)) == [(["a", "b", "c"], ["X", "Y", "Z"])]
    (sentence,) = read_conllu(path, CONFIG, tags="PARSEME:MWE")
    assert sentence.tags == ["1:VID", "1", "*"]
    with pytest.raises(ValueError, match="line 1: there is no column 'xpos'; id, form, upos"):
        list(read_conllu(path, CONFIG, tags="xpos"))
    path.write_text(path.read_text() + "4\tc\n")
    with pytest.raises(ValueError, match="line 7: 2 columns between tabs; the first line has 4"):
        list(read_conllu(path, CONFIG))


def test_the_layout_of_nothing():
    layout = ColumnLayout([], None, None, -1)
    assert layout.n_columns == 0
    assert ColumnLayout(["#a O", "#b O"], None, None, -1).n_columns == 2


# --- line ends


@pytest.mark.parametrize("between", [" ", "\t"])
@pytest.mark.parametrize("more", ["", "\n", "\n\nUlm{}O\n"])
def test_lines_that_end_with_a_carriage_return_alone(path: Path, between: str, more: str):
    rows = ["der{}O", "Anna{}B-PER", "", "das{}O", "geht{}O", ""]
    text = ("\r".join(rows) + more).replace("{}", between)
    path.write_bytes(text.encode())
    second = (["das", "geht"], ["O", "O"])
    third = [(["Ulm"], ["O"])] if "U" in more else []
    assert list(read_conll(path, CONFIG)) == [(["der", "Anna"], ["O", "B-PER"]), second, *third]


def test_conllu_whose_lines_end_with_a_carriage_return_alone(path: Path):
    rows = ["# text = a b", LINE.format(1, "a", "X"), LINE.format(2, "b", "Y"), "", ""]
    path.write_bytes("\r".join(rows).encode())
    assert list(read_conllu(path, CONFIG)) == [(["a", "b"], ["X", "Y"])]
    assert is_conllu(["\r".join(rows)])
    path.write_bytes("\r".join(["# global.columns = ID FORM NER", "1\ta\tO", ""]).encode())
    assert list(read_conllu(path, CONFIG, tags="ner")) == [(["a"], ["O"])]


def test_a_carriage_return_in_a_token_of_other_lines_stays(path: Path):
    path.write_bytes(b"a\rb\tO\nc\tO\n")
    assert list(read_conll(path, CONFIG)) == [(["a\rb", "c"], ["O", "O"])]


def test_names_of_columns_over_conllu(path: Path):
    rows = ["ID\tFORM\tLEMMA\tUPOS\tXPOS\tFEATS\tHEAD\tDEPREL\tDEPS\tMISC"]
    rows += [LINE.format(number, "a", "X") for number in range(1, 20)]
    assert is_conllu(rows)
    path.write_text("\n".join(rows) + "\n")
    with pytest.warns(TextNotice, match="line 1: left out as the names of the columns"):
        assert list(read_conllu(path, CONFIG)) == [(["a"] * 19, ["X"] * 19)]


# --- the names of the columns

SPANS = "Anna\tx\tB-PER\nUlm\tx\tI-PER\nsat\tx\tO\n\n" * 4
WORDS_OF = "die\tART\nKuh\tNN\nsieht\tVVFIN\ndie\tART\nalte\tADJA\nKuh\tNN\n\n" * 3


@pytest.mark.parametrize("header", ["TOKEN\tNE-FINE\tNE-COARSE-LIT\n", "slovo\tlemma\tznacka\n"])
def test_a_header_above_spans_is_left_out(path: Path, header: str, notices: list[str]):
    assert read(path, header + SPANS) == read(path, SPANS)
    assert "line 1: left out as the names of the columns: " in notices[0]
    assert len(notices) == 1


@pytest.mark.parametrize("header", ["Wort\tWortart\n", "slovo\tznacka\n", "WORT\tWORTART\n"])
def test_a_header_of_any_names_is_noticed(path: Path, header: str, notices: list[str]):
    found = read(path, header + WORDS_OF)
    assert found[0].tokens[0] == header.split()[0]
    word, tag = header.split()
    assert f"line 1 looks like the names of the columns ({word!r}, {tag!r})" in notices[0]
    # Again, as where files were joined; but not where there are no tags to be learnt.
    read(path, (header + WORDS_OF) * 2)
    assert len(notices) == 2
    read(path, header + WORDS_OF, tag=0)
    assert len(notices) == 2


@pytest.mark.parametrize(
    "first",
    [
        "und\tKON\n",  # a tag like the others, once
        "OK\tVVFIN\n",
        "Ja\t$(\n",
        "die\tArtikel\n",  # a token that is met again
        "",
    ],
)
def test_a_rare_tag_is_no_header(path: Path, first: str, notices: list[str]):
    found = read(path, first + WORDS_OF)
    assert sum(len(sentence.tokens) for sentence in found) == 18 + bool(first)
    assert notices == []


def test_a_rare_kind_of_span_is_no_header(path: Path, notices: list[str]):
    found = read(path, "Rhein\tx\tB-RIVER\n" + SPANS)
    assert (found[0].tags[0], notices) == ("B-RIVER", [])


@pytest.mark.parametrize("n", [2, 400])  # also behind the lines that are looked at first
def test_headers_of_files_that_were_joined(path: Path, n: int, notices: list[str]):
    one = "word\tpos\ttag\n" + SPANS.rstrip("\n") + "\n"
    found = read(path, one * n)
    assert found == read(path, SPANS) * n
    assert "line 1: left out as the names of the columns: 'word', 'pos', 'tag'" in notices[0]
    assert f"the names of the columns stand there {n} times; all were left out" in notices[1]
    assert len(notices) == 2
