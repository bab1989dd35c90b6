"""Question files: every layout gives the same pairs, and questions that can be counted by hand."""

from __future__ import annotations

import bz2
import gzip
import lzma
from pathlib import Path

import numpy as np
import pyarrow
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.scores.evaluation import evaluate_analogies
from textseq.vectors.scores.question_files import (
    AnalogySection,
    read_analogies,
    read_rated_pairs,
    read_word_pairs,
)
from textseq.vectors.scores.vector_scores import explain_uncounted
from textseq.vectors.word_vectors import WordVectors

PAIRS = [("tiger", "cat", 7.35), ("new york", "city", 8.0)]


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# ---- rated pairs


@pytest.mark.parametrize(
    "text",
    [
        '"tiger","cat",7.35\n"new york","city",8\n',
        '"word1","word2","score"\n"tiger","cat","7.35"\n"new york","city","8"\n',
        "tiger;cat;7.35\nnew york;city;8\n",
        "tiger;cat;7,35\nnew york;city;8,0\n",
        "tiger\tcat\t7,35\nnew york\tcity\t8\n",
        ',word1,word2,POS,score\n0,tiger,cat,N,"7,35"\n1,new york,city,N,8\n',
        "tiger | cat | 7.35\nnew york | city | 8\n",
        ",word1,word2,score\n0,tiger,cat,7.35\n1,new york,city,8\n",
        "0,tiger,cat,7.35\n1,new york,city,8\n",
        "id;word1;word2;score\n17;tiger;cat;7.35\n4;new york;city;8\n",
        "\tword1\tword2\tscore\n5\ttiger\tcat\t7.35\n9\tnew york\tcity\t8\n",
        "tiger\tcat\t7.35\rnew york\tcity\t8\r",
        "Word 1,Word 2,Human (mean)\rtiger,cat,7.35\rnew york,city,8",
        "Word 1,Word 2,Human (mean),1,2,3\ntiger,cat,7.35,7,8,7\nnew york,city,8,8,8,8\n",
        "# about\n#Relation\tWord 1\tWord 2\tMean\nS\ttiger\tcat\t7.35\nX\tnew york\tcity\t8\n",
        "#num,thai1,en1,thai2,en2,rating,stddev\n1,tiger,x,cat,y,7.35,1\n2,new york,x,city,y,8,1\n",
        "score,word1,word2\n7.35,tiger,cat\n8,new york,city\n",
        "7.35,tiger,cat\n8,new york,city\n",
        "word1\tword2\tPOS\tSimLex999\tconc(w1)\ntiger\tcat\tN\t7.35\t1\nnew york\tcity\tN\t8\t2\n",
        "tiger,cat,7.35\nnew york,city,8\n".encode("utf-16"),
        "\ufefftiger,cat,7.35\r\nnew york,city,8\r\n",
    ],
)  # fmt: skip
def test_layouts_of_pairs(tmp_path: Path, text: str | bytes):
    assert read_word_pairs(write(tmp_path / "pairs", text)) == PAIRS


@pytest.mark.parametrize(
    "text",
    [
        "word1,word2,pos,freq,similarity\ntiger,cat,N,120,7.35\nnew york,city,N,80,8\n",
        "word_a,word_b,n,score\ntiger,cat,120,7.35\nnew york,city,80,8\n",
        "ID,Word 1,Word 2,Judge 1,Judge 2,Mean\n5,tiger,cat,7,8,7.35\n2,new york,city,8,7,8",
        "word1,word2,n,Human (mean),SD(mean)\ntiger,cat,13,7.35,1\nnew york,city,12,8,2\n",
        "# word1\tword2\tn\tgold\ntiger\tcat\t13\t7.35\nnew york\tcity\t12\t8\n",
        "rating;word1;word2;freq\n7,35;tiger;cat;120\n8;new york;city;80\n",
        "left;right;votes;Relatedness\ntiger;cat;120;7,35\nnew york;city;80;8\n",
        "단어1,단어2,빈도,mean_score\ntiger,cat,120,7.35\nnew york,city,80,8\n",
    ],
)
def test_the_header_names_the_rating(tmp_path: Path, text: str):
    assert read_rated_pairs(write(tmp_path / "pairs", text)) == (PAIRS, [])


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("word1,word2,judge A,judge B\ntiger,cat,7.35,1\nnew york,city,8,2\n", "3 'judge A'"),
        ("tiger\tcat\t7.35\t1\nnew york\tcity\t8\t2\n", "3"),
        ("word1,word2,score,mean\ntiger,cat,7.35,1\nnew york,city,8,2\n", "3 'score'"),
    ],
)
def test_a_choice_among_ratings_is_told(tmp_path: Path, text: str, column: str):
    found = read_rated_pairs(write(tmp_path / "pairs", text))
    assert found.pairs == PAIRS
    (note,) = found.notes
    assert f"pairs: several columns have numbers, column {column} and column 4" in note
    assert f"the ratings are those of column {column} (" in note


def test_a_missing_mean_is_not_the_first_judge(tmp_path: Path):
    text = "word1,word2,mean,1,2\na,b,7,6,8\nc,d,nan,3,4\ne,f,2,2,2\n"
    with pytest.raises(ValueError, match="line 3 is 'c,d,nan,3,4', not two words and a number"):
        read_word_pairs(write(tmp_path / "pairs", text))


def test_numbers_in_front_are_ids(tmp_path: Path):
    text = "17\tcat\tdog\t7.5\n23\ttiger\tcat\t7\n99\tnew york\tcity\t8\n"
    wanted = [("cat", "dog", 7.5), ("tiger", "cat", 7.0), ("new york", "city", 8.0)]
    assert read_word_pairs(write(tmp_path / "pairs", text)) == wanted
    assert read_word_pairs(write(tmp_path / "pairs", text.split("\n")[0])) == wanted[:1]
    # With one number beside the words it is the rating, and a word may be a number.
    assert read_word_pairs(write(tmp_path / "pairs", "7\tcat\tdog\n")) == [("cat", "dog", 7.0)]
    text = "17\tcat\t7.5\t1\ncat\tdog\t8\t2\n"
    assert read_word_pairs(write(tmp_path / "pairs", text))[0] == ("17", "cat", 7.5)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("word1,word2,score\ncat,dog,7,5\ncat,car,3,1\n", "line 2 is 'cat,dog,7,5', which has a"),
        ("cat,car,3\ncat,dog,7,5\n", "line 2 is 'cat,dog,7,5', which has a cell"),
    ],
)
def test_a_decimal_comma_among_commas_is_an_error(tmp_path: Path, text: str, line: str):
    with pytest.raises(ValueError, match=line):
        read_word_pairs(write(tmp_path / "pairs", text))


def test_a_decimal_comma_in_every_row_is_told(tmp_path: Path):
    (note,) = read_rated_pairs(write(tmp_path / "pairs", "cat,dog,7,5\ncat,car,3,1\n")).notes
    assert "column 3 and column 4" in note
    assert "decimal comma" in note


def test_signs_of_comments_begin_words_too(tmp_path: Path):
    text = "# about\tthis\t1\ncat\tdog\t7\n#hash\tdog\t7.5\n//\tslash\t3\n#\tnumber\t2\n# an end\n"
    assert read_word_pairs(write(tmp_path / "pairs", text)) == [
        ("cat", "dog", 7.0), ("#hash", "dog", 7.5), ("//", "slash", 3.0), ("#", "number", 2.0),
    ]  # fmt: skip
    text = "# of 7\n#cat dog\ncat dog 7\n#hash dog 7.5\n"
    assert read_word_pairs(write(tmp_path / "pairs", text)) == [
        ("cat", "dog", 7.0), ("#hash", "dog", 7.5),
    ]  # fmt: skip


@pytest.mark.parametrize("first", ["cat,dog,", "cat,dog,nan", "cat,dog", "cat", "cat,dog,-"])
def test_a_first_line_without_a_rating_is_no_header(tmp_path: Path, first: str):
    with pytest.raises(ValueError, match=f"line 1 is '{first}', not two words and a number"):
        read_word_pairs(write(tmp_path / "pairs", f"{first}\ntiger,cat,7.35\nnew york,city,8\n"))


def test_names_that_are_guessed_are_told(tmp_path: Path):
    text = "mot,terme,valeur\ntiger,cat,7.35\nnew york,city,8\n"
    found = read_rated_pairs(write(tmp_path / "pairs", text))
    assert found.pairs == PAIRS
    assert "line 1, 'mot,terme,valeur', is taken for the names of the columns" in found.notes[0]


def test_a_column_of_labels_is_no_word(tmp_path: Path):
    rows = [f"{'SHX'[n % 3]}\tword{n}\tother{n}\t{n / 2}\n" for n in range(30)]
    found = read_word_pairs(write(tmp_path / "pairs", "".join(rows)))
    assert found[4] == ("word4", "other4", 2.0)
    # Behind the words it is none either, as in SimLex.
    rows = [f"word{n}\tother{n}\t{'NVA'[n % 3]}\t{n / 2}\n" for n in range(30)]
    assert read_word_pairs(write(tmp_path / "pairs", "".join(rows))) == found


def test_signs_and_numbers_are_words(tmp_path: Path):
    text = '"\tcat\t1\n1984\tbook\t2\nC#\tJava\t3\n'
    assert read_word_pairs(write(tmp_path / "pairs", text)) == [
        ('"', "cat", 1.0), ("1984", "book", 2.0), ("C#", "Java", 3.0),
    ]  # fmt: skip
    assert read_word_pairs(write(tmp_path / "pairs", "a b 1\nc d 2\n")) == [
        ("a", "b", 1.0), ("c", "d", 2.0),
    ]  # fmt: skip


# ---- analogies

FOUR = (("man", "king", "woman", "queen"), ("boy", "prince", "girl", "princess"))


@pytest.mark.parametrize(
    "text",
    [
        "man king woman queen\nboy prince girl princess\n",
        "man\tking\twoman\tqueen\rboy\tprince\tgirl\tprincess\r",
        '"man","king","woman","queen"\n"boy","prince","girl","princess"\n',
        "word1;word2;word3;word4\nman;king;woman;queen\nboy;prince;girl;princess\n",
        "1 man king woman queen\n2 boy prince girl princess\n",
        "man|king|woman|queen\nboy|prince|girl|princess\n",
    ],
)
def test_layouts_of_questions(tmp_path: Path, text: str):
    found = read_analogies(write(tmp_path / "questions", text))
    assert found == [AnalogySection("questions", FOUR)]


def test_labels_in_front_are_sections(tmp_path: Path):
    rows = [f"{kind} a{n} b{n} c{n} d{n}\n" for kind in ("JJ_JJR", "NN_NNS") for n in range(6)]
    found = read_analogies(write(tmp_path / "questions", "".join(rows)))
    assert [(each.name, len(each.questions)) for each in found] == [("JJ_JJR", 6), ("NN_NNS", 6)]
    assert found[1].questions[2] == ("a2", "b2", "c2", "d2")


def test_questions_and_answers_in_two_files(tmp_path: Path):
    questions = write(tmp_path / "w.questions", "good better rough\nhouse houses cat\n")
    answers = write(tmp_path / "w.answers", "JJ_JJR rougher\nNN_NNS cats\n")
    wanted = [
        AnalogySection("JJ_JJR", (("good", "better", "rough", "rougher"),)),
        AnalogySection("NN_NNS", (("house", "houses", "cat", "cats"),)),
    ]
    assert read_analogies(questions) == wanted
    assert read_analogies(answers) == wanted
    write(answers, "JJ_JJR rougher\n")
    with pytest.raises(ValueError, match=r"has 2 questions, .*w.answers has 1 answers"):
        read_analogies(questions)
    answers.unlink()
    with pytest.raises(ValueError, match=r"line 1 has 3 words; .* it is called w.answers"):
        read_analogies(questions)


def test_pairs_ask_for_one_another(tmp_path: Path):
    text = "bird\twing/feather\ncat\tpaw\nfish\tfin/scale/tail\n"
    (section,) = read_analogies(write(tmp_path / "pairs", text))
    assert section.questions == (
        ("bird", "wing", "cat", "paw"),
        ("bird", "wing", "fish", ("fin", "scale", "tail")),
        ("cat", "paw", "bird", ("wing", "feather")),
        ("cat", "paw", "fish", ("fin", "scale", "tail")),
        ("fish", "fin", "bird", ("wing", "feather")),
        ("fish", "fin", "cat", "paw"),
    )
    with pytest.raises(ValueError, match="line 1 has 2 words; a question has 4; lines of pairs"):
        read_analogies(write(tmp_path / "pairs", "bird\twing\n"))


@pytest.mark.parametrize(
    "header",
    [
        "word1\tword2",
        "source,target",
        "Word 1;Word 2",
        "word_a|word_b",
        "한국어1\t한국어2",
        "w1 w2",
    ],
)
def test_names_of_columns_are_no_pair(tmp_path: Path, header: str):
    separator = next((each for each in "\t,;|" if each in header), " ")
    text = f"{header}\nbird{separator}wing\ncat{separator}paw\n"
    (section,) = read_analogies(write(tmp_path / "pairs", text))
    assert section.questions == (("bird", "wing", "cat", "paw"), ("cat", "paw", "bird", "wing"))
    with pytest.raises(ValueError, match="line 2 has 2 words; a question has 4"):
        read_analogies(write(tmp_path / "pairs", f"{header}\nbird{separator}wing\n"))


def test_pairs_that_are_no_names(tmp_path: Path):
    for text in ("data\tdatb\ncat\tpaw\n", "source target\ncat paw\n", "a\tb\ncat\tpaw\n"):
        (section,) = read_analogies(write(tmp_path / "pairs", text))
        assert len(section.questions) == 2


PACKERS = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda data: pyarrow.compress(data, "zstd", asbytes=True),
}


@pytest.mark.parametrize("suffix", PACKERS)
def test_packed_files(tmp_path: Path, suffix: str):
    def packed(name: str, text: str) -> Path:
        return write(tmp_path / f"{name}{suffix}", PACKERS[suffix](text.encode()))

    assert read_word_pairs(packed("4.tsv", "tiger\tcat\t7.35\nnew york\tcity\t8\n")) == PAIRS
    text = "man king woman queen\nboy prince girl princess\n"
    assert read_analogies(packed("questions", text)) == [AnalogySection("questions", FOUR)]
    (tmp_path / "bats").mkdir()
    packed("bats/I01", "no text")
    packed("bats/I02.txt", "bird\twing\ncat\tpaw\n")
    assert [section.name for section in read_analogies(tmp_path / "bats")] == ["I02"]
    questions = packed("w.questions", "good better rough\n")
    answers = packed("w.answers", "JJ_JJR rougher\n")
    wanted = [AnalogySection("JJ_JJR", (("good", "better", "rough", "rougher"),))]
    assert read_analogies(questions) == read_analogies(answers) == wanted
    cut = write(tmp_path / "cut", answers.read_bytes()[:-3])
    with pytest.raises(ValueError, match="cut is cut off or damaged"):
        read_word_pairs(cut)


def test_a_folder_of_files(tmp_path: Path):
    folder = tmp_path / "BATS" / "1_Inflectional"
    folder.mkdir(parents=True)
    pairs = "".join(f"noun{n}\tnouns{n}\n" for n in range(50))
    write(folder / "I01 [noun - plural_reg].txt", pairs)
    write(folder / "I02 [noun - plural_irreg].txt", pairs)
    write(folder.parent / "metadata.json", "{}")
    found = read_analogies(tmp_path / "BATS")
    assert [(each.name, len(each.questions)) for each in found] == [
        ("I01 [noun - plural_reg]", 2450), ("I02 [noun - plural_irreg]", 2450),
    ]  # fmt: skip
    write(folder / "google.txt", ": family\nman king woman queen\n")
    assert read_analogies(tmp_path / "BATS")[-1].name == "google: family"
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"there is no \.txt in this folder"):
        read_analogies(tmp_path / "empty")


def test_any_of_several_answers_is_right():
    words = ["man", "king", "woman", "queen", "empress", "apple"]
    rows = [[1, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1], [1, 1, 0.9], [0, 0, 1]]
    vectors = WordVectors(Vocab(words, specials=()), np.array(rows, np.float32))
    asked = ("man", "king", "woman")
    for answers, correct, counted in (
        (("empress", "queen"), 1, 1),
        (("tsarina", "queen"), 1, 1),
        (("apple", "empress"), 0, 1),
        (("tsarina", "lady"), 0, 0),
    ):
        total = evaluate_analogies(vectors, [AnalogySection("x", ((*asked, answers),))]).total
        assert (total.correct, total.counted) == (correct, counted)
    why = explain_uncounted(vectors, [(*asked, ("tsarina", "lady"))], restrict=None, lowercase=True)
    assert (why.n_words, why.n_known, why.without_cut) == (5, 3, 0)
