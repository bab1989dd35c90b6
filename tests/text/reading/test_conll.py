"""Tagged sentences: which lines count, and that token and tag stay together."""

from __future__ import annotations

from pathlib import Path

import pytest

from textseq.config import TextConfig
from textseq.text.reading.conll import read_conll, read_conllu

EVERY_WORD = TextConfig(min_count=1)
UPOS = {"ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON"}
UPOS |= {"PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X"}


def conllu_line(number: str, form: str, upos: str) -> str:
    return f"{number}\t{form}\tlemma\t{upos}\tx\t_\t0\troot\t_\t_\n"


def test_conllu_takes_words_only(tmp_path: Path):
    path = tmp_path / "a.conllu"
    path.write_text(
        "# text = vámonos # al mar\n"
        + conllu_line("1-2", "vámonos", "_")
        + conllu_line("1", "vamos", "VERB")
        + conllu_line("2", "nos", "PRON")
        + conllu_line("2.1", "gone", "VERB")
        + conllu_line("3", "#", "SYM")
        + "\n\n# nothing\n\n"
        + conllu_line("1", "20 000", "NUM").rstrip("\n")
    )
    first, second = read_conllu(path, EVERY_WORD)
    assert first == (["vamos", "nos", "#"], ["VERB", "PRON", "SYM"])
    assert second == (["20 000"], ["NUM"])
    assert next(read_conllu(path, EVERY_WORD, tags="deprel", form="lemma")) == (
        ["lemma"] * 3,
        ["root"] * 3,
    )


def test_conll_columns(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_text("-DOCSTART- -X- O\r\n\r\nen:The DT  O\r\nen:# NN B-X\n \t\na\u00a0b\tNN\tO\n")
    assert list(read_conll(path, EVERY_WORD, strip_prefix="en:")) == [
        (["The", "#"], ["O", "B-X"]),
        (["a\u00a0b"], ["O"]),
    ]
    assert next(read_conll(path, EVERY_WORD, token=1, tag=0))[0] == ["DT", "NN"]
    path.write_text("a b\tO\n\tO\n")
    assert list(read_conll(path, EVERY_WORD, separator="\t")) == [(["a b", ""], ["O", "O"])]


def test_bad_lines_are_named(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_text("a\tO\n\nword\n")
    with pytest.raises(ValueError, match=r"a\.txt, line 3: 1 columns; the lines before have 2"):
        list(read_conll(path, EVERY_WORD))
    with pytest.raises(ValueError, match=r"a\.txt, line 1: 2 columns between tabs; CoNLL-U has 10"):
        list(read_conllu(path, EVERY_WORD))
    with pytest.raises(ValueError, match="no column 'pos'; id, form"):
        read_conllu(path, EVERY_WORD, tags="pos")


@pytest.mark.parametrize("cell", ["", " ", "\u00a0"])
def test_empty_tags_are_named(tmp_path: Path, cell: str):
    path = tmp_path / "a.txt"
    path.write_text(f"a\tO\n\nb\t{cell}\n")
    with pytest.raises(ValueError, match=r"a\.txt, line 3: the tag is missing: column 1 is empty"):
        list(read_conll(path, EVERY_WORD, tag=1, separator="\t"))
    tokens = list(read_conll(path, EVERY_WORD, tag=0, separator="\t"))  # no tags are asked for
    assert [sentence.tokens for sentence in tokens] == [["a"], ["b"]]
    path.write_text(conllu_line("1", "a", "X") + conllu_line("2", "b", cell))
    with pytest.raises(ValueError, match=r"line 2: the tag is missing: column upos is empty"):
        list(read_conllu(path, EVERY_WORD))
    assert next(read_conllu(path, EVERY_WORD, tags="form")).tokens == ["a", "b"]


def test_a_column_without_any_tag(tmp_path: Path):
    tagged, bare = tmp_path / "a.conllu", tmp_path / "b.conllu"
    tagged.write_text(conllu_line("1", "a", "_") + "\n" + conllu_line("1", "b", "X"))
    assert [s.tags for s in read_conllu(tagged, EVERY_WORD)] == [["_"], ["X"]]
    bare.write_text(conllu_line("1-2", "ab", "X") + conllu_line("1", "_", "_"))
    message = r"b\.conllu: the tags are missing: the column 'upos' is '_' for each of the 1 words"
    with pytest.raises(ValueError, match=message):
        list(read_conllu([tagged, bare], EVERY_WORD))
    assert next(read_conllu(bare, EVERY_WORD, tags="form")).tokens == ["_"]
    bare.write_text("# nothing\n")
    assert list(read_conllu(bare, EVERY_WORD)) == []


@pytest.mark.parametrize(
    ("name", "n_sentences", "n_words"),
    [
        ("ud_english_ewt/en_ewt-ud-train.conllu.gz", 12_544, 204_577),
        ("ud_english_ewt/en_ewt-ud-dev.conllu.gz", 2001, 25_147),
        ("ud_english_ewt/en_ewt-ud-test.conllu.gz", 2077, 25_094),
        ("ud_hindi_pud/hi_pud-ud-test.conllu.gz", 1000, None),
    ],
)
def test_real_treebanks(data: Path, name: str, n_sentences: int, n_words: int | None):
    sentences = list(read_conllu(data / name, EVERY_WORD))
    assert len(sentences) == n_sentences
    assert n_words in (None, sum(len(sentence.tokens) for sentence in sentences))
    assert {tag for sentence in sentences for tag in sentence.tags} <= UPOS


def test_real_names(data: Path):
    path = data / "wikiann_en" / "dev.gz"
    sentences = list(read_conll(path, EVERY_WORD, separator="\t", strip_prefix="en:"))
    assert len(sentences) == 10_000
    tags = {tag for sentence in sentences for tag in sentence.tags}
    assert tags == {"O", *(f"{place}-{kind}" for place in "BI" for kind in ("LOC", "ORG", "PER"))}


# --- quotes

QUOTED = [(["Anna", ",", '"'], ["B-PER", "O", "O"]), (["x"], ["O"])]


@pytest.mark.filterwarnings("ignore::textseq.text.notices.TextNotice")  # of the header
@pytest.mark.parametrize(
    ("separator", "text"),
    [
        (",", '"word","tag"\n"Anna","B-PER"\n",","O"\n"""","O"\n\n"x","O"\n'),
        (",", 'Word,Tag\nAnna,B-PER\n",",O\n"""",O\n\nx,O\n'),
        (",", 'Anna,B-PER\r\n",",O\r\n"\\"",O\r\n\r\nx,O\r\n'),
        (",", '"Anna", "B-PER"\n",", "O"\n"""", "O"\n\n"x", "O"\n'),
        (",", 'Anna,B-PER\n",",O\n",O\n\nx,O\n'),  # a quote that never closes is a token
        (";", '"Anna";"B-PER"\n",";"O"\n"""";"O"\n\n"x";"O"\n'),
        ("|", '"word"|"tag"\n"Anna"|"B-PER"\n","|"O"\n""""|"O"\n\n"x"|"O"\n'),
        (None, '"word"\t"tag"\n"Anna"\t"B-PER"\n","\t"O"\n""""\t"O"\n\n"x"\t"O"\n'),
        ("\t", 'Anna\tB-PER\n,\tO\n""""\tO\n\nx\tO\n'),  # as pandas quotes, where it has to
        (None, '"word" "tag"\n"Anna" "B-PER"\n"," "O"\n"\\"" "O"\n\n"x" "O"\n'),  # as R does
    ],
)
def test_quotes_of_tables_are_no_letters(tmp_path: Path, separator: str | None, text: str):
    path = tmp_path / "q.csv"
    path.write_bytes(text.encode())
    assert list(read_conll(path, EVERY_WORD, separator=separator)) == QUOTED


@pytest.mark.parametrize("between", ["\t", " "])
def test_quotes_that_are_tokens_stay(tmp_path: Path, between: str):
    tokens = ['"', "He", '"', '""', '"Hi"', 'a"b', '5"', '"', "."]
    path = tmp_path / "a.conll"
    path.write_text("".join(f"{token}{between}O\n" for token in tokens))
    assert list(read_conll(path, EVERY_WORD)) == [(tokens, ["O"] * len(tokens))]
    path.write_text(f'"{between}O\n"{between}O\n')
    assert list(read_conll(path, EVERY_WORD)) == [(['"', '"'], ["O", "O"])]


def test_a_quoted_table_names_its_separator(tmp_path: Path):
    path = tmp_path / "q.csv"
    path.write_text('Anna,B-PER\n",",O\n' * 6)
    with pytest.raises(ValueError, match="separator=',' fits these lines"):
        list(read_conll(path, EVERY_WORD))
