#!/usr/bin/env bash
# gensim 4.4.0, Word2Vec.train(corpus_file=...), documented as the faster way to train on a file.
#
# One expects that each word of the file is trained once an epoch, as it is with the same file read
# by LineSentence. What happens depends on the length of the lines and on the number of workers:
# with one worker the second half of a file of one long line is never trained; lines of 1,000 words
# lose a tenth; with three workers, stretches are left out and others are trained twice. build_vocab
# counts all words, and the return value of train, (words trained, words read), is the only sign: no
# warning, no error. A list of one long sentence is cut too, at 10,000 words, which LineSentence,
# that cuts it into several, is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet gensim==4.4.0 numpy==2.4.6 scipy==1.17.1 2>/dev/null

venv/bin/python - <<'PYTHON'
import random

from gensim.models import Word2Vec
from gensim.models.word2vec import LineSentence

random.seed(0)
N_WORDS = 400_000
words = [f"w{random.randrange(500)}" for _ in range(N_WORDS)]


def trained(workers=1, **source):
    model = Word2Vec(vector_size=8, min_count=1, sample=0, workers=workers)
    model.build_vocab(**source)
    assert model.corpus_total_words == N_WORDS  # the vocabulary has seen them all
    n_trained, _ = model.train(
        total_examples=model.corpus_count, total_words=N_WORDS, epochs=1, **source
    )
    return n_trained


print("words a line, LineSentence, list, corpus_file (1 worker), corpus_file (3 workers)")
for per_line in (20, 1_000, N_WORDS):
    lines = [words[start : start + per_line] for start in range(0, N_WORDS, per_line)]
    with open("corpus.txt", "w") as file:
        file.writelines(" ".join(line) + "\n" for line in lines)
    by_lines = trained(corpus_iterable=LineSentence("corpus.txt"))
    by_list = trained(corpus_iterable=lines)
    one = trained(corpus_file="corpus.txt")
    three = trained(corpus_file="corpus.txt", workers=3)
    print(f"{per_line:,}, {by_lines:,}, {by_list:,}, {one:,}, {three:,}")
    assert by_lines == N_WORDS
    assert by_list == (N_WORDS if per_line <= 10_000 else 10_000)
    if per_line == 1_000:
        assert one < 0.95 * N_WORDS
    if per_line == N_WORDS:
        assert one <= 0.5 * N_WORDS
        assert three < 0.9 * N_WORDS
PYTHON

# words a line, LineSentence, list, corpus_file (1 worker), corpus_file (3 workers)
# 20, 400,000, 400,000, 399,220, 413,060
# 1,000, 400,000, 400,000, 364,000, 402,000
# 400,000, 400,000, 10,000, 200,000, 340,000
