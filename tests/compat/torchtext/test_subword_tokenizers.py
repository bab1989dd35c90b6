"""BERT, GPT-2, CLIP and character pairs, of vocabularies small enough to follow by hand."""

import copy
import json
from pathlib import Path

import pytest

from textseq.compat.torchtext.transforms import (
    BERTTokenizer,
    CharBPETokenizer,
    CLIPTokenizer,
    GPT2BPETokenizer,
)
from textseq.compat.torchtext.transforms.byte_level_bpe import byte_letters

# ---- BERT

PIECES = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "hello", "Hello", "world", "!", ",", "'", "caf", "##e",
    "##é", "cafe", "t", "##es", "##t", "中", "国", "low", "##er",
]  # fmt: skip


def ids(tokens: str) -> list[str]:
    return [str(PIECES.index(token)) for token in tokens.split()]


@pytest.fixture
def bert(tmp_path: Path) -> str:
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(PIECES) + "\n", encoding="utf-8")
    return str(path)


def test_bert(bert: str):
    cut = BERTTokenizer(bert, return_tokens=True)
    assert cut("Hello  World!,\ttest") == ["hello", "world", "!", ",", "t", "##es", "##t"]
    assert cut(" HELLO world! ") == ["hello", "world", "!"]
    assert cut("Café tést 中国 xyz") == ["cafe", "t", "##es", "##t", "中", "国", "[UNK]"]
    assert cut(["hello", "", "'"]) == [["hello"], [], ["'"]]
    assert BERTTokenizer(bert)("hello, lower") == ids("hello , low ##er")
    with pytest.raises(TypeError, match="Input type not supported"):
        cut(("hello",))


def test_bert_keeps_case_and_accents_where_it_is_told_to(bert: str):
    cased = BERTTokenizer(bert, do_lower_case=False, return_tokens=True)
    assert cased("Hello café") == ["Hello", "caf", "##é"]
    kept = BERTTokenizer(bert, strip_accents=False, return_tokens=True)
    assert kept("HELLO Café") == ["hello", "caf", "##é"]
    stripped = BERTTokenizer(bert, do_lower_case=False, strip_accents=True, return_tokens=True)
    assert stripped("Hello café") == ["Hello", "cafe"]


def test_bert_never_splits_what_stands_between_spaces(bert: str):
    plain = BERTTokenizer(bert, return_tokens=True)
    assert plain("[CLS] Hello") == ["[UNK]", "[UNK]", "[UNK]", "hello"]
    kept = BERTTokenizer(bert, return_tokens=True, never_split=["[CLS]", "Hello"])
    assert kept("[CLS] Hello hello [CLS],") == (
        ["[CLS]", "Hello", "hello", "[UNK]", "[UNK]", "[UNK]", ","]
    )


def test_bert_takes_words_of_a_hundred_characters(bert: str):
    cut = BERTTokenizer(bert, return_tokens=True)
    assert cut("t" + "es" * 49) == ["t"] + ["##es"] * 49
    assert cut("t" + "es" * 50) == ["[UNK]"]


def test_bert_vocabularies(tmp_path: Path):
    path = tmp_path / "vocab.txt"
    path.write_bytes(b"a\n\n[UNK]\na\nb")
    assert BERTTokenizer(str(path))("a b c") == ["0", "3", "2"]  # the second a has no place
    path.write_text("a\nb\n")
    with pytest.raises(
        ValueError, match=r"vocab.txt is no vocabulary of BERT: it has no line \[UNK\]"
    ):
        BERTTokenizer(str(path))
    path.write_bytes(b"[UNK]\n\xff")
    with pytest.raises(ValueError, match=r"vocab.txt is not UTF-8"):
        BERTTokenizer(str(path))
    with pytest.raises(FileNotFoundError, match=r"there is no file .*nowhere"):
        BERTTokenizer(str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match="download_from_url brings it"):
        BERTTokenizer("https://example.com/vocab.txt")


# ---- GPT-2

SPACE = byte_letters()[ord(" ")]
GPT2_MERGES = ["h e", "he l", "l o", f"{SPACE} w", f"{SPACE}w o", "Ã ©"]


@pytest.fixture
def gpt2(tmp_path: Path) -> tuple[str, str]:
    tokens = [*sorted(byte_letters()), *(pair.replace(" ", "") for pair in GPT2_MERGES), "<|end|>"]
    vocab, merges = tmp_path / "encoder.json", tmp_path / "vocab.bpe"
    vocab.write_text(json.dumps({token: place for place, token in enumerate(tokens)}))
    merges.write_text("#version: 0.2\n" + "\n".join(GPT2_MERGES) + "\n", encoding="utf-8")
    return str(vocab), str(merges)


def test_letters_of_bytes():
    letters = byte_letters()
    assert len(set(letters)) == 256
    assert (letters[ord("a")], SPACE, letters[ord("\n")]) == ("a", "Ġ", "Ċ")
    assert (letters[0], letters[0xAD], letters[0xFF]) == ("Ā", "Ń", "ÿ")


def test_gpt2(gpt2: tuple[str, str]):
    cut = GPT2BPETokenizer(*gpt2, return_tokens=True)
    assert cut("hello world") == ["hel", "lo", "Ġwo", "r", "l", "d"]
    assert cut("é  hel") == ["Ã©", "Ġ", "Ġ", "hel"]
    assert cut(["lo", ""]) == [["lo"], []]
    numbers = GPT2BPETokenizer(*gpt2)
    assert numbers("hello") == ["257", "258"]
    assert numbers.decode(numbers("hello é\n中")) == "hello é\n中"
    assert numbers.decode(["257", str(sorted(byte_letters()).index("é"))]) == "hel"  # half a letter
    with pytest.raises(ValueError, match="there is no id 999"):
        numbers.decode(["999"])


def test_gpt2_special_tokens(gpt2: tuple[str, str]):
    cut = GPT2BPETokenizer(*gpt2)
    assert cut.add_special_tokens({"eos_token": "<|end|>", "pad_token": "[P]"}) == 1
    assert cut.add_special_tokens({"additional_special_tokens": ["[P]", "[P]2"]}) == 1
    end, pad, second = "262", "263", "264"
    assert cut("lo <|end|> lo[P]2") == ["258", end, "258", second]
    assert cut("<|end|>  lo") == [end, *cut(" lo")]  # of two spaces one belongs to the token
    assert cut.decode(["258", end, pad, "258", second]) == "lo <|end|> [P] lo [P]2"
    with pytest.raises(AssertionError, match="Key 'end' is not in the special token list"):
        cut.add_special_tokens({"end": "x"})
    twin = copy.deepcopy(cut)
    assert twin("lo [P]") == ["258", pad]


def test_gpt2_files(gpt2: tuple[str, str], tmp_path: Path):
    vocab, merges = gpt2
    Path(merges).write_text("#version: 0.2\nh e\nl o", encoding="utf-8")
    assert GPT2BPETokenizer(vocab, merges, return_tokens=True)("helo") == ["he", "lo"]
    Path(merges).write_text("#version: 0.2\nh e\nl\n")
    with pytest.raises(ValueError, match=r"vocab.bpe, line 3: 'l' is no pair to merge"):
        GPT2BPETokenizer(vocab, merges)
    Path(merges).write_text("#version: 0.2\nq q\n")
    with pytest.raises(ValueError, match=r"encoder.json and what goes with it make no tokenizer"):
        GPT2BPETokenizer(vocab, merges)
    Path(merges).write_text("#version: 0.2\n")
    for wrong in ("[]", "{}", '{"a": "b"}', '{"a": -1}', '{"a": true}', "{", '{"a": 1e9}'):
        Path(vocab).write_text(wrong)
        with pytest.raises(ValueError, match=r"encoder.json is not a vocabulary in JSON"):
            GPT2BPETokenizer(vocab, merges)
    Path(vocab).write_text('{"a": 0, "b": 5}')
    few = GPT2BPETokenizer(vocab, merges)
    assert few("ab") == ["0", "5"]
    with pytest.raises(ValueError, match=r"encoder.json lacks letters of 'abc'"):
        few("abc")


# ---- CLIP

CLIP_MERGES = ["c a", "ca t</w>", "t h", "th e</w>"]


@pytest.fixture
def clip(tmp_path: Path) -> str:
    path = tmp_path / "merges.bpe"
    path.write_text('"bpe#version: 0.2\n' + "\n".join(CLIP_MERGES) + "\n")
    return str(path)


def test_clip(clip: str):
    cut = CLIPTokenizer(clip, return_tokens=True)
    assert cut(" The CAT's  cats") == ["the</w>", "cat</w>", "'", "s</w>", "ca", "t", "s</w>"]
    assert cut("42é!?") == ["4</w>", "2</w>", "Ã", "©</w>", "!", "?</w>"]
    assert cut(["the", ""]) == [["the</w>"], []]
    numbers = CLIPTokenizer(clip)
    # 512 letters and letters at the end of words, then the merges, then the two specials.
    assert numbers("the cat") == ["515", "513"]
    assert numbers("<|startoftext|>THE<|endoftext|>") == ["516", "515", "517"]
    assert CLIPTokenizer(clip, num_merges=2)("<|startoftext|>cat") == ["514", "513"]


def test_clip_specials_behind_signs_are_signs(clip: str):
    cut = CLIPTokenizer(clip, return_tokens=True)
    assert cut("a!<|endoftext|>")[:2] == ["a</w>", "!"]
    assert "<|endoftext|>" not in cut("!<|endoftext|>")
    assert cut("<|endoftext|><|endoftext|> <|endoftext|>") == ["<|endoftext|>"] * 3


def test_clip_with_a_vocabulary_of_its_own(clip: str, tmp_path: Path):
    letters = sorted(byte_letters())
    tokens = ["<|startoftext|>", "<|endoftext|>", *letters, *(x + "</w>" for x in letters), "ca"]
    path = tmp_path / "encoder.json"
    path.write_text(json.dumps({token: place for place, token in enumerate(tokens)}))
    cut = CLIPTokenizer(clip, encoder_json_path=str(path))  # of 515 tokens one is a merge
    assert cut("<|startoftext|> ca")[0] == "0"
    assert CLIPTokenizer(clip, str(path), return_tokens=True)("cat") == ["ca", "t</w>"]


# ---- characters


@pytest.fixture
def chars(tmp_path: Path) -> tuple[str, str]:
    tokens = [
        "<unk>", "l", "o", "w", "e", "r", "lo", "low", "w</w>", "r</w>", "low</w>", "er</w>",
        "x</w>", "[S]", "e</w>",
    ]  # fmt: skip
    vocab, merges = tmp_path / "vocab.json", tmp_path / "merges.txt"
    vocab.write_text(json.dumps({token: place for place, token in enumerate(tokens)}))
    merges.write_text("#version: 0.2\nl o\nlo w</w>\nlo w\ne r</w>\n")
    return str(vocab), str(merges)


def test_character_pairs(chars: tuple[str, str]):
    cut = CharBPETokenizer(*chars, unk_token="<unk>", suffix="</w>", special_tokens=["[S]"])
    assert cut("low lower x") == [10, 7, 11, 12]
    assert cut("q [S] w") == [0, 13, 8]
    assert cut(["low", ""]) == [[10], []]
    assert cut.vocab_size == 15
    assert cut.decode([10, 7, 11, 99]) == "low lower <unk>"
    tokens = CharBPETokenizer(*chars, return_tokens=True, suffix="</w>")
    assert tokens("lower low") == ["low", "er</w>", "low</w>"]


def test_character_pairs_without_suffix_and_unknown_token(chars: tuple[str, str]):
    cut = CharBPETokenizer(*chars)
    assert cut("lor low") == [6, 5, 7]
    assert cut.decode([6, 5]) == "lo r"
    with pytest.raises(KeyError):
        cut("q")
    with pytest.raises(TypeError, match="Input type not supported"):
        cut(1)
    for given in ({"unk_token": "[U]"}, {"special_tokens": ["[U]"]}):
        with pytest.raises(RuntimeError, match=r"token \[U\] not found in encoder"):
            CharBPETokenizer(*chars, **given)


def test_pairs_that_overlap_are_merged_from_the_left(tmp_path: Path):
    vocab, merges = tmp_path / "v.json", tmp_path / "m.txt"
    vocab.write_text('{"a": "0", "aa": "1"}')
    merges.write_text("header\na a\n")
    cut = CharBPETokenizer(str(vocab), str(merges))
    assert cut("aaa") == ["1", "0"]  # ids are what the file has, numbers or not
    vocab.write_text('{"a": [0]}')
    with pytest.raises(ValueError, match=r"v.json is not a vocabulary in JSON"):
        CharBPETokenizer(str(vocab), str(merges))
