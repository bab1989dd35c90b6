"""The module paths of torchtext, and what importing them costs."""

import importlib
import subprocess
import sys
import types

import pytest

from textseq.compat import torchtext

PATHS = {
    "data": "get_tokenizer bleu_score to_map_style_dataset",
    "data.utils": "get_tokenizer ngrams_iterator interleave_keys",
    "data.functional": "simple_space_split numericalize_tokens_from_iterator custom_replace",
    "data.metrics": "bleu_score",
    "datasets": "AG_NEWS IMDB SST2 Multi30k WikiText2 WikiText103 PennTreebank DATASETS",
    "functional": "to_tensor truncate add_token str_to_int",
    "transforms": "VocabTransform RegexTokenizer MaskTransform BERTTokenizer CLIPTokenizer",
    "utils": "download_from_url extract_archive get_asset_local_path",
    "vocab": "Vocab vocab build_vocab_from_iterator GloVe FastText CharNGram Vectors",
    "vocab.vectors": "Vectors pretrained_aliases",
    "vocab.vocab": "Vocab",
    "vocab.vocab_factory": "build_vocab_from_iterator vocab",
}


@pytest.mark.parametrize("path", PATHS)
def test_module_paths(path: str):
    module = importlib.import_module(f"textseq.compat.torchtext.{path}")
    for name in PATHS[path].split():
        assert getattr(module, name) is not None


def test_all_that_is_named_is_there():
    for path in ["", *(f".{path}" for path in PATHS)]:
        module = importlib.import_module(f"textseq.compat.torchtext{path}")
        for name in getattr(module, "__all__", ()):
            assert hasattr(module, name)


def test_vocab_is_the_module_and_the_function():
    from textseq.compat.torchtext import vocab

    assert isinstance(vocab, types.ModuleType)
    assert vocab({"a": 2, "b": 1}, min_freq=2).get_itos() == ["a"]
    assert vocab.vocab({"a": 2}).get_itos() == ["a"]
    assert torchtext.vocab.vocab is importlib.import_module(vocab.__name__).vocab
    importlib.import_module("textseq.compat.torchtext.vocab.vocab")
    assert callable(torchtext.vocab.vocab)  # the file vocab.py has not taken its place


def test_the_deprecation_warning_can_be_switched_off_though_there_is_none():
    assert torchtext.disable_torchtext_deprecation_warning() is None


def test_textseq_alone_does_not_load_it():
    code = (
        "import sys, textseq, textseq.compat; "
        "assert not {'torch', 'textseq.compat.torchtext'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_it_loads_no_package_that_it_may_not_need():
    code = (
        "import sys, textseq.compat.torchtext as t; "
        "assert not {'tokenizers', 'pyarrow', 'numba', 'datasets', 'sentencepiece', 'nltk'}"
        " & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
