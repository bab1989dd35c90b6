"""torchtext 0.18, for scripts that were written for it: their imports change, and nothing else.

In: what torchtext takes, under its module paths: `data`, `datasets`, `functional`, `transforms`,
`utils`, `vocab`. Out: what it gives: order, ties, indices, random draws and scores. What stands
below is textseq's: `v.vocab` of a Vocab made here is our Vocab, and new code does better with that.

    from textseq.compat import torchtext
    from textseq.compat.torchtext.data.utils import get_tokenizer
    from textseq.compat.torchtext.vocab import build_vocab_from_iterator

`vocab` is the module and can be called as its function, so `from textseq.compat.torchtext import
vocab` is both.

Different on purpose:
- nothing compiles to TorchScript, and nothing is downloaded: models, vectors and data sets are
  local files; only `utils.download_from_url` fetches, since a script asks for it by that name;
- `vocab` leaves the dict that it is given as it was; inserting a token that exists already says so;
- `bleu_score` takes a token with a blank in it for one token, not for an n-gram;
- `filter_wikipedia_xml` keeps the names of categories, which become "one" in torchtext;
- `BERTTokenizer` heeds `strip_accents=False`, and counts characters, not bytes, of long words;
- `GPT2BPETokenizer` and `CLIPTokenizer` cut as the authors of these models do, in front of 's and
  the like and at white space other than ASCII's, too;
- they and BERTTokenizer know other versions of Unicode, which shows with characters that are new or
  not assigned; the ids of SentencePiece are those of the package that is installed (0.2.3 decides
  some ties otherwise than torchtext's own copy);
- the last line of a file of merges counts without a line end, too, and an empty one makes no token;
- `RegexTokenizer` refuses what RE2 does not take (torchtext prints a line and goes on);
- `Vectors` keeps the first row of a token that stands twice, reads words with spaces, all formats
  that textseq reads, and writes no cache;
- data sets give their files' rows in order, IMDB's by name; two files of Multi30k of which one is
  longer are an error.

Refused in a line: CNNDM, IWSLT2016 and IWSLT2017. `models`, `nn`, `prototype` and `experimental`
are not here.
"""

from textseq.compat.torchtext import data, datasets, functional, transforms, utils, vocab
from textseq.compat.torchtext.transforms import (
    AddToken,
    LabelToIndex,
    PadTransform,
    Sequential,
    StrToIntTransform,
    ToTensor,
    Truncate,
    VocabTransform,
)
from textseq.compat.torchtext.vocab import Vocab, build_vocab_from_iterator

__version__ = "0.18.0"  # whose behaviour this is
__all__ = [
    "AddToken",
    "LabelToIndex",
    "PadTransform",
    "Sequential",
    "StrToIntTransform",
    "ToTensor",
    "Truncate",
    "Vocab",
    "VocabTransform",
    "build_vocab_from_iterator",
    "data",
    "datasets",
    "disable_torchtext_deprecation_warning",
    "functional",
    "transforms",
    "utils",
    "vocab",
]


def disable_torchtext_deprecation_warning() -> None:
    """Nothing: there is no such warning here."""
