"""gensim 4.4's word2vec and phrases, for scripts that were written for it.

In: what gensim takes, with the names that gensim 3 had too (with a DeprecationWarning). Out: what
it gives: shapes, types, the order of words, counts, exceptions, files in word2vec's formats.
Training is word2vec/'s; nothing here loads torch, and numba only when a model is trained.

A script changes one import: `from textseq.compat.gensim.models import Word2Vec`.

Different on purpose:
- the same seed gives other vectors than gensim's; with one worker it gives the same each time;
- sentences are read once, not once an epoch, and one of more than 10,000 words is trained whole;
- `save` writes a folder, whole or not at all and without pickle, that textseq's commands read too;
  a pickle of gensim's is read by gensim only: `python -m textseq.compat.gensim.convert`;
- lengths are computed anew after `wv.vectors` was touched or vectors were added; the zero vector
  has the similarity 0 to all, not NaN; words that are equally near come in the order of `vectors`;
- the loss is a sum in float64; `train` returns the expected number of words behind subsampling;
- a vector file that is cut off or holds more rows than its header says is an error, and so are
  `hs=1`, `cbow_mean=0`, FastText and downloads: NotImplementedError says what would work.
"""

from textseq.compat.gensim import downloader, models, utils

__version__ = "4.4.0"  # whose behaviour this is
__all__ = ["downloader", "models", "utils"]
