"""torchtext.data: tokenizers, generators over texts, BLEU."""

from textseq.compat.torchtext.data import functional, metrics, utils
from textseq.compat.torchtext.data.functional import (
    custom_replace,
    filter_wikipedia_xml,
    generate_sp_model,
    load_sp_model,
    numericalize_tokens_from_iterator,
    sentencepiece_numericalizer,
    sentencepiece_tokenizer,
    simple_space_split,
    to_map_style_dataset,
)
from textseq.compat.torchtext.data.metrics import bleu_score
from textseq.compat.torchtext.data.utils import get_tokenizer, interleave_keys

__all__ = [
    "bleu_score",
    "custom_replace",
    "filter_wikipedia_xml",
    "functional",
    "generate_sp_model",
    "get_tokenizer",
    "interleave_keys",
    "load_sp_model",
    "metrics",
    "numericalize_tokens_from_iterator",
    "sentencepiece_numericalizer",
    "sentencepiece_tokenizer",
    "simple_space_split",
    "to_map_style_dataset",
    "utils",
]
