import gzip
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

from textseq.config import TextConfig, TokenizerName
from textseq.text.tokens import subword
from textseq.text.tokens.adapter import Tokenizer
from textseq.text.tokens.subword import BYTES, SPECIALS, load_subword
from textseq.text.tokens.subword_training import train_subword
from textseq.text.tokens.tokenizer import load_tokenizer

KINDS: tuple[TokenizerName, ...] = ("bpe", "wordpiece", "unigram")
LINES = [
    "the lowest of the lower towers, the newest of the newer; don't go there (not now)",
    "나는 학교에 갔다. 학교에서 한국어를 배웠다. 한국어를 배우는 학교",
    "我爱自然语言处理。自然语言处理很有意思。",
    "मैं हिन्दी में लिखता हूँ। हिन्दी में लिखता हूँ",
    "أنا أكتب باللغة العربية. باللغة العربية أكتب",
    "see <url> and <url>, 👩\u200d💻 3.14 3.14",
] * 20
awkward = st.sampled_from(
    "aZé09_.,'’<>x#▁\u0301\u093f한ㄱ漢かﷺ\u200b\u200d\ufeff👩💻\ufe0f🏽🇰𐌰"
    "\0\x1c\x1f\x85\u00a0\u2028\u3000 \t\r\n"
)
texts = st.lists(
    st.characters(exclude_categories=["Cs"])
    | awkward
    | st.sampled_from(["<unk>", "<pad>", "<0x41>", "<url>", "##a", " the ", "학교", "lowest"]),
    max_size=40,
).map("".join)


def train(kind: TokenizerName, size: int, lines: list[str] = LINES) -> str:
    return train_subword(iter(lines), TextConfig(tokenizer=kind, subword_vocab=size))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A tokenizer.json of each kind: "bpe" knows bytes, "bpe-small" does not."""
    folder = tmp_path_factory.mktemp("subwords")
    paths = {}
    for kind in KINDS:
        for name, size in ((kind, 1200), (f"{kind}-small", 400)):
            paths[name] = folder / f"{name}.json"
            paths[name].write_text(train(kind, size), encoding="utf-8")
    return paths


@pytest.fixture(scope="module")
def trained(files: dict[str, Path]) -> dict[str, Tokenizer]:
    return {name: load_subword(path) for name, path in files.items()}


NAMES = [*KINDS, *(f"{kind}-small" for kind in KINDS)]


@pytest.mark.parametrize("name", NAMES)
def test_ids_begin_with_specials_then_bytes(name: str, trained: dict[str, Tokenizer]):
    tokens = trained[name].tokens
    assert tokens is not None
    assert tokens[:4] == SPECIALS == trained[name].specials == ("<pad>", "<unk>", "<bos>", "<eos>")
    assert len(set(tokens)) == len(tokens) <= (400 if "small" in name else 1200)
    assert (tokens[4:260] == BYTES) == (name in ("bpe", "unigram"))
    assert not set(BYTES) & set(tokens[260:])


def test_known_cuts(trained: dict[str, Tokenizer]):
    assert trained["bpe"].split("the lower  학교에") == ["▁the", "▁lower", "▁학교에"]
    assert trained["unigram"].split("the 학교")[0] == "▁the"
    assert trained["wordpiece"].split("lower, the") == ["lower", ",", "the"]
    assert trained["wordpiece"].split("theer")[0] == "the"
    assert trained["wordpiece"].split("theer")[1].startswith("##")
    assert trained["wordpiece"].split("자然") == ["<unk>", "然"]
    for name in NAMES:
        assert trained[name].split("") == trained[name].split(" \t\u3000\x1c") == []
        assert trained[name].split("a <unk>")[-1] == "<unk>"


def test_masks_become_one_token(trained: dict[str, Tokenizer]):
    assert trained["bpe"].split("see <url>") == ["▁see", "▁<url>"]
    assert trained["wordpiece"].split("see <url>,") == ["see", "<url>", ","]


@pytest.mark.parametrize("name", NAMES)
@given(text=texts)
@settings(max_examples=100, derandomize=True, deadline=None)
def test_each_word_is_cut_by_itself(name: str, trained: dict[str, Tokenizer], text: str):
    split = trained[name].split
    assert trained[name].per_word
    assert split(text) == [token for piece in text.split() for token in split(piece)]


@pytest.mark.parametrize("name", ["bpe", "unigram"])
@given(text=texts)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_join_gives_the_text_back(name: str, trained: dict[str, Tokenizer], text: str):
    check_nothing_lost(trained[name], text)
    plain = text.replace("▁", " ")
    for special in SPECIALS:
        plain = plain.replace(special, "")
    assert trained[name].join(trained[name].split(plain)) == " ".join(plain.split())


def check_nothing_lost(tokenizer: Tokenizer, text: str) -> None:
    kept = tokenizer.join(tokenizer.split(text))
    assert "".join(kept.split()) == "".join(text.replace("▁", " ").split())


@pytest.mark.parametrize("name", NAMES)
@given(text=texts)
@settings(max_examples=100, derandomize=True, deadline=None)
def test_spans_rise_and_cover_every_word(name: str, trained: dict[str, Tokenizer], text: str):
    check_spans(trained[name], text)


def check_spans(tokenizer: Tokenizer, text: str) -> None:
    tokens, spans = tokenizer.split(text), tokenizer.spans(text)
    assert len(tokens) == len(spans)
    starts = [start for start, _ in spans]
    assert starts == sorted(starts)
    assert all(0 <= start <= stop <= len(text) for start, stop in spans)
    covered = {pos for start, stop in spans for pos in range(start, stop)}
    assert {pos for pos, char in enumerate(text) if not char.isspace()} == covered
    for token, (start, stop) in zip(tokens, spans, strict=True):
        plain = token.removeprefix("##" if tokenizer.specials and "##" in token else "▁")
        if plain and plain not in (*SPECIALS, *BYTES):
            assert text[start:stop].removeprefix("▁") in (plain, token)


@pytest.mark.parametrize("name", NAMES)
def test_many_lines_at_once_are_the_same(name: str, trained: dict[str, Tokenizer]):
    lines = [*LINES, "", "a\ud800b \udfff", "\0\r", "☃☃ 뷁", "<unk>x<0x41>"] * 20
    tokenizer = trained[name]
    assert tokenizer.split_all and tokenizer.encode_all and tokenizer.tokens  # noqa: PT018
    split = [tokenizer.split(line) for line in lines]
    assert tokenizer.split_all(lines) == split
    ids = {token: token_id for token_id, token in enumerate(tokenizer.tokens)}
    assert tokenizer.encode_all(lines) == [[ids[token] for token in tokens] for tokens in split]
    assert tokenizer.encode_all(tuple(lines)) == tokenizer.encode_all(lines)
    assert tokenizer.encode_all([]) == tokenizer.split_all([]) == []


@pytest.mark.parametrize("name", NAMES)
def test_by_hand_the_file_gives_the_same(name: str, files: dict[str, Path]):
    by_hand = tokenizers.Tokenizer.from_file(str(files[name]))
    encode_all = load_subword(files[name]).encode_all
    assert encode_all is not None
    found = by_hand.encode_batch(LINES, add_special_tokens=False)
    assert encode_all(LINES) == [each.ids for each in found]
    if name in ("bpe", "unigram"):
        assert by_hand.decode(found[1].ids) == LINES[1]


@pytest.mark.parametrize("name", NAMES)
def test_lone_surrogates_count_as_one_character(name: str, trained: dict[str, Tokenizer]):
    text = "the \ud800 lower\udfff"
    assert trained[name].split(text) == trained[name].split("the \ufffd lower\ufffd")
    check_spans(trained[name], text)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("word", ["a", "the", "한", "☃", "<", "a."])
def test_huge_words(name: str, word: str, trained: dict[str, Tokenizer]):
    text = word * 100_000
    tokens = trained[name].split(text)
    assert tokens
    if name in ("bpe", "unigram"):
        assert trained[name].join(tokens) == text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [16, 40, 300, 1024])
def test_awkward_sizes_and_texts(kind: TokenizerName, size: int, tmp_path: Path):
    many = ["".join(map(chr, range(0x4E00, 0x4E00 + 3000))), "\ud800", "a\0b"]
    for number, lines in enumerate((["a"], ["", "a b"], ["<0x41> <unk>"], ["☃" * 5000], many)):
        path = tmp_path / f"{number}.json"
        path.write_text(train(kind, size, lines), encoding="utf-8")
        tokenizer = load_subword(path, kind)
        assert tokenizer.tokens is not None
        assert 4 < len(tokenizer.tokens) <= size
        for line in [*lines, "<0x41>", "x<eos>y"]:
            check_spans(tokenizer, line.replace("\ud800", "?"))
        if size == 1024 and kind != "wordpiece":
            check_nothing_lost(tokenizer, "<0x41><0x0A> x<eos>y 한☃")


# --- loading


def saved(tokenizer: Any, path: Path) -> Path:
    tokenizer.save(str(path))
    return path


def bert(path: Path) -> Path:
    tokenizer = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    trainer = trainers.WordPieceTrainer(
        vocab_size=400, special_tokens=specials, show_progress=False
    )
    tokenizer.train_from_iterator(LINES, trainer)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=9)
    return saved(tokenizer, path)


def gpt2(path: Path) -> Path:
    tokenizer = tokenizers.Tokenizer(models.BPE(dropout=0.5))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    tokenizer.train_from_iterator(LINES, trainer)
    tokenizer.add_special_tokens(["<|endoftext|>"])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return saved(tokenizer, path)


def sentencepiece(path: Path) -> Path:
    tokenizer = tokenizers.Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=400, special_tokens=["<unk>", "<s>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(LINES, trainer)
    return saved(tokenizer, path)


@pytest.mark.parametrize("make", [bert, gpt2, sentencepiece])
def test_any_tokenizer_json(make: Callable[[Path], Path], tmp_path: Path):
    path = make(tmp_path / "tokenizer.json")
    tokenizer = load_tokenizer(TextConfig(tokenizer="json", tokenizer_file=str(path)))
    by_hand = tokenizers.Tokenizer.from_file(str(path))
    by_hand.no_truncation()
    by_hand.no_padding()
    if make is gpt2:
        by_hand.model.dropout = None
    assert tokenizer.encode_all and tokenizer.tokens  # noqa: PT018
    assert not tokenizer.per_word
    lines = [*LINES[:6], "Café ﬁ <s> [SEP] <|endoftext|> 뷁\u2028☃"]
    ids = [each.ids for each in by_hand.encode_batch(lines, add_special_tokens=False)]
    assert tokenizer.encode_all(lines) == ids == tokenizer.encode_all(lines)
    for line, expected in zip(lines, ids, strict=True):
        assert tokenizer.split(line) == [tokenizer.tokens[token_id] for token_id in expected]
        spans = tokenizer.spans(line)
        assert len(spans) == len(expected)
        assert spans == sorted(spans, key=lambda span: span[0])
        assert all(0 <= start <= stop <= len(line) for start, stop in spans)
    specials = {bert: ("[PAD]", "[UNK]", "[CLS]", "[SEP]"), gpt2: ("<|endoftext|>",)}
    assert tokenizer.specials == specials.get(make, ("<unk>", "<s>"))
    if make is gpt2:
        assert all(tokenizer.join(tokenizer.split(line)) == line for line in lines)
    else:
        assert tokenizer.join(tokenizer.split("the lower")) == "the lower"


def test_holes_among_the_ids_are_filled(tmp_path: Path):
    vocab = {"[UNK]": 0, "a": 2, "<unused1>": 4}
    model = models.WordLevel(vocab, unk_token="[UNK]")
    tokenizer = load_subword(saved(tokenizers.Tokenizer(model), tmp_path / "t.json"))
    assert tokenizer.tokens == ("[UNK]", "<<unused1>>", "a", "<unused3>", "<unused1>")
    assert tokenizer.split("a") == ["a"]
    assert tokenizer.join(["a", "a"]) == "a a"


@pytest.mark.parametrize(
    "content",
    ["", "hello", "{}", "[]", "null", '{"model": {}}', '{"a": 1', "\x00\xff", '{"version": "9"}'],
)
def test_other_files_are_refused(content: str, tmp_path: Path):
    path = tmp_path / "some.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(ValueError, match=r"some\.json is not a tokenizer\.json"):
        load_subword(path)


@pytest.mark.parametrize("name", NAMES)
def test_files_cut_short_are_refused(name: str, files: dict[str, Path], tmp_path: Path):
    content = files[name].read_bytes()
    for share in (0.1, 0.5, 0.99):
        (tmp_path / "cut.json").write_bytes(content[: int(share * len(content))])
        with pytest.raises(ValueError, match=r"cut\.json is not a tokenizer\.json"):
            load_subword(tmp_path / "cut.json")


def test_huge_ids_are_refused(tmp_path: Path):
    model = {"type": "WordLevel", "vocab": {"[UNK]": 0, "a": 2**31}, "unk_token": "[UNK]"}
    (tmp_path / "t.json").write_text(json.dumps({"version": "1.0", "model": model}))
    with pytest.raises(ValueError, match="is damaged: 2 tokens with ids up to 2147483648"):
        load_subword(tmp_path / "t.json")


def test_missing_files_and_folders(tmp_path: Path):
    missing = TextConfig(tokenizer="bpe", tokenizer_file=str(tmp_path / "none.json"))
    with pytest.raises(FileNotFoundError, match=r"there is no .*none\.json"):
        load_tokenizer(missing)
    with pytest.raises(ValueError, match=r"is a folder; tokenizer_file names the tokenizer\.json"):
        load_subword(tmp_path)


def test_a_file_must_hold_the_kind_that_was_asked_for(files: dict[str, Path]):
    path = str(files["unigram"])
    with pytest.raises(
        ValueError, match="holds a Unigram tokenizer, not bpe; the tokenizer 'json'"
    ):
        load_tokenizer(TextConfig(tokenizer="bpe", tokenizer_file=path))
    assert load_tokenizer(TextConfig(tokenizer="json", tokenizer_file=path)).per_word


def test_a_changed_file_is_read_again(files: dict[str, Path], tmp_path: Path):
    path = tmp_path / "t.json"
    config = TextConfig(tokenizer="bpe", tokenizer_file=str(path))
    path.write_bytes(files["bpe"].read_bytes())
    first = load_tokenizer(config)
    assert load_tokenizer(config) is first
    path.write_bytes(files["bpe-small"].read_bytes())
    os.utime(path, (1, 1))
    assert load_tokenizer(config).tokens != first.tokens


@pytest.mark.parametrize(
    ("stage", "other"),
    [
        ("normalizer", {"type": "Lowercase"}),
        ("pre_tokenizer", {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"}),
        ("pre_tokenizer", None),
        ("added_tokens", []),
    ],
)
def test_another_pipeline_is_not_taken_to_be_per_word(
    stage: str, other: Any, files: dict[str, Path], tmp_path: Path
):
    options = json.loads(files["bpe"].read_text(encoding="utf-8"))
    options[stage] = other
    (tmp_path / "t.json").write_text(json.dumps(options), encoding="utf-8")
    assert not load_subword(tmp_path / "t.json").per_word
    assert load_subword(files["bpe"]).per_word


FORKED = """
import os, sys
from textseq.text.tokens.subword import load_subword
tokenizer = load_subword(sys.argv[1])
lines = ["the lower towers"] * 500
ids = tokenizer.encode_all(lines)
child = os.fork()
if child == 0:
    os._exit(0 if tokenizer.encode_all(lines) == ids else 1)
assert os.waitpid(child, 0)[1] == 0
assert "TOKENIZERS_PARALLELISM" not in os.environ
assert tokenizer.encode_all(lines) == ids
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_process_works_and_warns_of_nothing(files: dict[str, Path]):
    environment = {k: v for k, v in os.environ.items() if k != "TOKENIZERS_PARALLELISM"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKED, str(files["bpe"])],
        capture_output=True, text=True, env=environment, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


# --- real text


@pytest.fixture(scope="module")
def corpora(data: Path) -> dict[str, list[str]]:
    """Some hundred lines each in Korean, Chinese, Hindi and Arabic."""

    def lines_of(*path: str) -> list[str]:
        content = gzip.decompress(data.joinpath(*path).read_bytes())
        return content.decode("utf-8", "replace").split("\n")

    conllu = lines_of("ud_hindi_pud", "hi_pud-ud-test.conllu.gz")
    with zipfile.ZipFile(data / "messy" / "udhr.zip") as archive:
        arabic = next(name for name in archive.namelist() if "Arabic_Alarabia-Arabic" in name)
        declaration = archive.read(arabic).decode("cp1256", "replace")
    return {
        "Korean": lines_of("kowiki", "kowiki-AA-00.txt.gz")[:400],
        "Chinese": lines_of("zh_reviews", "pos.txt.gz")[:400],
        "Hindi": [line[9:] for line in conllu if line.startswith("# text = ")][:400],
        "Arabic": declaration.split("\n"),
    }


@pytest.mark.parametrize("language", ["Korean", "Chinese", "Hindi", "Arabic"])
@pytest.mark.parametrize("kind", KINDS)
def test_real_text(
    kind: TokenizerName, language: str, corpora: dict[str, list[str]], tmp_path: Path
):
    lines = corpora[language]
    path = tmp_path / "tokenizer.json"
    path.write_text(train(kind, 2000, lines), encoding="utf-8")
    tokenizer = load_subword(path, kind)
    assert tokenizer.split_all
    n_tokens = 0
    for line, tokens in zip(lines, tokenizer.split_all(lines), strict=True):
        assert tokens == tokenizer.split(line)
        check_spans(tokenizer, line)
        n_tokens += len(tokens)
        if kind != "wordpiece":
            check_nothing_lost(tokenizer, line)
    n_chars = sum(len("".join(line.split())) for line in lines)
    assert n_tokens < (1 if language == "Chinese" else 0.8) * n_chars


# --- files of strangers


class PanicException(BaseException):
    """As errors of native code are: no Exception."""


@pytest.mark.parametrize(
    "fault", [PanicException("no entry found"), Exception("bad"), RuntimeError("bad")]
)
def test_errors_of_native_code_name_the_file(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, fault: BaseException
):
    class Native:
        """A tokenizer that is opened and then fails."""

        def __init__(self, rust: Any) -> None:
            self.rust = rust

        @staticmethod
        def from_str(text: str) -> Any:
            if opens:
                return Native(real.from_str(text))
            raise fault

        def encode(self, *_: Any, **__: Any) -> Any:
            raise fault

        encode_batch_fast = encode

        def __getattr__(self, name: str) -> Any:
            return getattr(self.rust, name)

    real, path, opens = tokenizers.Tokenizer, files["unigram"], True
    monkeypatch.setattr(tokenizers, "Tokenizer", Native)
    monkeypatch.setattr(subword, "_is_ours", lambda options, kind: False)
    found = load_subword(path)
    assert found.encode_all is not None
    encode_all = found.encode_all
    assert encode_all is not None
    for use in (lambda: found.split("a"), lambda: found.spans("a"), lambda: encode_all(["a"])):
        with pytest.raises(ValueError, match=r"unigram\.json fails on this text: (no entry|bad)"):
            use()
    opens = False
    with pytest.raises(ValueError, match=r"unigram\.json is not a tokenizer\.json: (no entry|bad)"):
        load_subword(path)


def test_ctrl_c_stays_what_it_is(files: dict[str, Path], monkeypatch: pytest.MonkeyPatch):
    class Stopped:
        @staticmethod
        def from_str(text: str) -> Any:
            raise KeyboardInterrupt

    monkeypatch.setattr(tokenizers, "Tokenizer", Stopped)
    with pytest.raises(KeyboardInterrupt):
        load_subword(files["unigram"])


@pytest.mark.parametrize("text", ["[]", "{}", '{"model": 1}', "[" * 9999, '{"model": []}'])
def test_json_that_is_no_tokenizer(tmp_path: Path, text: str):
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(ValueError, match=r"t\.json is not a tokenizer\.json"):
        load_subword(tmp_path / "t.json")
