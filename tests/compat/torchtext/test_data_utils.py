"""Tokenizers by name, n-grams and sort keys."""

import sys
import types

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from textseq.compat.torchtext.data import get_tokenizer, interleave_keys
from textseq.compat.torchtext.data.utils import ngrams_iterator

# torchtext's rules, one after another, as its documentation has them.
RULES = [
    ("'", " '  "), ('"', ""), (".", " . "), ("<br />", " "), (",", " , "), ("(", " ( "),
    (")", " ) "), ("!", " ! "), ("?", " ? "), (";", " "), (":", " "),
]  # fmt: skip


def plain_basic_english(line: str) -> list[str]:
    line = line.lower()
    for sign, replacement in RULES:
        line = line.replace(sign, replacement)
    return line.split()


def test_basic_english():
    cut = get_tokenizer("basic_english")
    text = "You can now \"install\" TorchText, don't you? <br />Yes (3.5): it's; done!"
    wanted = "you can now install torchtext , don ' t you ? yes ( 3 . 5 ) it ' s done !"
    assert cut(text) == wanted.split()
    assert cut("") == []
    with pytest.raises(ValueError, match="'de'"):
        get_tokenizer("basic_english", language="de")


@given(st.lists(st.sampled_from([*"'\".,()!?;:<>br/ aA\n\u00a0İß\x1c-"])).map("".join))
@example('<b"r />x<br;/><br />')
@settings(max_examples=300, deadline=None)
def test_basic_english_is_the_rules_in_their_order(line: str):
    assert get_tokenizer("basic_english")(line) == plain_basic_english(line)


def test_none_and_functions():
    assert get_tokenizer(None)(" a  b\tc ") == ["a", "b", "c"]
    assert get_tokenizer(str.split) is str.split


def test_other_names_are_refused_in_a_line_that_lists_them():
    for wrong in ("word", 1):
        with pytest.raises(ValueError, match="moses, toktok, revtok or subword") as error:
            get_tokenizer(wrong)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("spacy", "spacy"), ("moses", "sacremoses"), ("toktok", "nltk"),
        ("revtok", "revtok"), ("subword", "revtok"),
    ],
)  # fmt: skip
def test_packages_that_are_not_there_are_named(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch
):
    class Missing:
        @staticmethod
        def find_spec(wanted: str, *given: object) -> None:
            if wanted == package:
                raise ModuleNotFoundError(f"No module named {wanted!r}", name=wanted)

    monkeypatch.delitem(sys.modules, package, raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing, *sys.meta_path])
    with pytest.raises(ModuleNotFoundError, match=f"needs {package}; `pip install {package}`"):
        get_tokenizer(name)


def stand_in(monkeypatch: pytest.MonkeyPatch, name: str, **what: object) -> None:
    """A module of this name, with what the real one has under these names."""
    module = types.ModuleType(name)
    vars(module).update(what)
    monkeypatch.setitem(sys.modules, name, module)


def test_revtok_and_moses_are_asked(monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, "revtok", tokenize=lambda text, decap=False: [text, str(decap)])
    assert get_tokenizer("revtok")("A") == ["A", "False"]
    assert get_tokenizer("subword")("A") == ["A", "True"]
    moses = types.SimpleNamespace(tokenize=str.split)
    stand_in(monkeypatch, "sacremoses", MosesTokenizer=lambda: moses)
    assert get_tokenizer("moses")("a b") == ["a", "b"]


def test_spacy_models_have_short_names(monkeypatch: pytest.MonkeyPatch):
    def load(name: str) -> object:
        if name == "de":
            raise OSError(f"can't find model {name!r}")
        words = [types.SimpleNamespace(text=text) for text in (name, "x")]
        return types.SimpleNamespace(tokenizer=lambda text: words)

    errors = types.SimpleNamespace(OLD_MODEL_SHORTCUTS={"de": "de_core_news_sm"})
    stand_in(monkeypatch, "spacy", load=load, errors=errors)
    assert get_tokenizer("spacy", "en_core_web_sm")("any") == ["en_core_web_sm", "x"]
    with pytest.warns(UserWarning, match="'de_core_news_sm' is loaded"):
        assert get_tokenizer("spacy", "de")("any") == ["de_core_news_sm", "x"]
    errors.OLD_MODEL_SHORTCUTS = {}
    with pytest.raises(OSError, match="can't find model"):
        get_tokenizer("spacy", "de")


def test_toktok_of_the_real_package():
    pytest.importorskip("nltk")
    assert get_tokenizer("toktok")("A string, so.") == ["A", "string", ",", "so", "."]


def test_ngrams():
    assert list(ngrams_iterator(["here", "we", "are"], 2)) == [
        "here", "we", "are", "here we", "we are",
    ]  # fmt: skip
    assert list(ngrams_iterator(["a", "b"], 5)) == ["a", "b", "a b"]
    assert list(ngrams_iterator(["a", "b"], 1)) == ["a", "b"]
    assert list(ngrams_iterator([], 3)) == []


def test_interleaved_keys():
    assert interleave_keys(0b11, 0b00) == 0b1010
    assert interleave_keys(0, 1) == 1
    assert interleave_keys(65535, 65535) == 2**32 - 1
    with pytest.raises(ValueError, match="65535"):
        interleave_keys(1 << 16, 0)
