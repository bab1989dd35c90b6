"""SentencePiece models, trained here on a few lines; the package is an extra."""

import copy
from pathlib import Path

import pytest

from textseq.compat.torchtext.data.functional import (
    generate_sp_model,
    load_sp_model,
    sentencepiece_numericalizer,
    sentencepiece_tokenizer,
)
from textseq.compat.torchtext.transforms import SentencePieceTokenizer

LINES = ["hello world", "hello there", "low lower lowest", "new newer newest", "wide wider widest"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    pytest.importorskip("sentencepiece")
    folder = tmp_path_factory.mktemp("pieces")
    (folder / "text.txt").write_text("\n".join(LINES * 20))
    generate_sp_model(
        str(folder / "text.txt"), vocab_size=40, model_type="bpe", model_prefix=str(folder / "m")
    )
    assert sorted(path.name for path in folder.iterdir()) == ["m.model", "m.vocab", "text.txt"]
    return str(folder / "m.model")


def test_pieces_and_ids(model: str):
    pieces = load_sp_model(model)
    assert pieces.GetPieceSize() == 40
    assert pieces.IdToPiece(pieces.unk_id()) == "<unk>"
    cut = pieces.EncodeAsPieces("hello  lower")
    assert cut == pieces.Encode("hello  lower")
    assert "".join(cut) == "▁hello▁lower"
    ids = pieces.EncodeAsIds("hello  lower")
    assert [pieces.PieceToId(piece) for piece in cut] == ids
    assert pieces.DecodeIds(ids) == pieces.DecodePieces(cut) == "hello lower"
    assert copy.deepcopy(pieces).EncodeAsIds("hello  lower") == ids


def test_generators_and_the_transform(model: str):
    with open(model, "rb") as file:
        pieces = load_sp_model(file)
    lines = ["hello", ""]
    cut = list(sentencepiece_tokenizer(pieces)(lines))
    assert cut == [pieces.EncodeAsPieces("hello"), []]
    assert list(sentencepiece_numericalizer(pieces)(iter(lines))) == [
        pieces.EncodeAsIds("hello"), [],
    ]  # fmt: skip
    transform = SentencePieceTokenizer(model)
    assert transform(lines) == cut
    assert transform("hello") == cut[0]
    with pytest.raises(TypeError, match="Input type not supported"):
        transform(1)


def test_what_is_no_model(model: str, tmp_path: Path):
    path = tmp_path / "cut.model"
    path.write_bytes(Path(model).read_bytes()[:-20])
    with pytest.raises(RuntimeError, match=r"cut.model is not a SentencePiece model") as error:
        load_sp_model(str(path))
    assert "\n" not in str(error.value)
    with pytest.raises(RuntimeError, match="Failed to open file"):
        load_sp_model(str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match="there is no file"):
        generate_sp_model(str(tmp_path / "nowhere"), model_prefix=str(tmp_path / "m"))
    (tmp_path / "text.txt").write_text("a b")
    with pytest.raises(RuntimeError):
        generate_sp_model(str(tmp_path / "text.txt"), 5000, model_prefix=str(tmp_path / "m"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.model", "text.txt"]


def test_other_kinds_of_files():
    with pytest.raises(TypeError, match=r"Supported types are: str, io\.BufferedReader"):
        load_sp_model({})


def test_without_the_package_it_says_which_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setitem(__import__("sys").modules, "sentencepiece", None)
    (tmp_path / "a.model").write_bytes(b"")
    with pytest.raises(ModuleNotFoundError, match=r'pip install "textseq\[sentencepiece\]"'):
        load_sp_model(str(tmp_path / "a.model"))
