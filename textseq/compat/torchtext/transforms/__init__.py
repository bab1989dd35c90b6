"""torchtext.transforms: text and tokens to indices and tensors, as modules."""

from textseq.compat.torchtext.transforms.bert_tokenizer import BERTTokenizer
from textseq.compat.torchtext.transforms.byte_level_bpe import CLIPTokenizer, GPT2BPETokenizer
from textseq.compat.torchtext.transforms.char_bpe import CharBPETokenizer
from textseq.compat.torchtext.transforms.masking import MaskTransform
from textseq.compat.torchtext.transforms.regex_tokenizer import RegexTokenizer
from textseq.compat.torchtext.transforms.sentence_pieces import SentencePieceTokenizer
from textseq.compat.torchtext.transforms.sequences import (
    AddToken,
    LabelToIndex,
    PadTransform,
    Sequential,
    StrToIntTransform,
    ToTensor,
    Truncate,
    VocabTransform,
)

__all__ = [
    "AddToken",
    "BERTTokenizer",
    "CLIPTokenizer",
    "CharBPETokenizer",
    "GPT2BPETokenizer",
    "LabelToIndex",
    "MaskTransform",
    "PadTransform",
    "RegexTokenizer",
    "SentencePieceTokenizer",
    "Sequential",
    "StrToIntTransform",
    "ToTensor",
    "Truncate",
    "VocabTransform",
]
