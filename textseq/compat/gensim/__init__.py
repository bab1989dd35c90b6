"""gensim 4.4's word2vec and phrases, for scripts that were written for it.

In: what gensim takes, with the names that gensim 3 had too (with a DeprecationWarning). Out: what
it gives: shapes, types, the order of words, counts, exceptions, files in word2vec's formats.
Training is word2vec/'s; nothing here loads torch, and numba only when a model is trained.

A script changes one import: `from textseq.compat.gensim.models import Word2Vec`.

Different on purpose:
- the same seed gives other vectors than gensim's; with one worker it gives the same each time;
- sentences are read once, not once an epoch, and one of more than 10,000 words is trained whole;
- `train` returns the words that subsampling is expected to keep; the loss is a sum in float64 of
  what all workers have trained (gensim's stops growing, and loses some of it to other workers);
- lengths are measured anew once `wv.vectors` was touched or vectors were added; the zero vector
  has the similarity 0 to all, not NaN; of equals, the one of the lower row comes first;
- `most_similar_cosmul` heeds `restrict_vocab`; added vectors have attributes, too; a word that
  stands twice in a file leaves no key None behind;
- `save` writes a folder, whole or not at all and without pickle, which textseq's commands read too,
  and replaces only what textseq wrote; a pickle of gensim's is read where gensim is installed, by
  `python -m textseq.compat.gensim.convert`; scoring functions of one's own are not saved;
- a vector file that is cut off or holds more rows than its header says is an error.

Refused in a line: hs=1, cbow_mean=0, null_word=1, windows and negatives above 64, FastText,
downloads. Nothing else of gensim is here. Training is on the CPU; for a GPU there is
`train_word2vec`.
"""

from textseq.compat.gensim import downloader, models, utils

__version__ = "4.4.0"  # whose behaviour this is
__all__ = ["downloader", "models", "utils"]
