#!/usr/bin/env bash
# fasttext-numpy2 0.10.4 and floret 0.10.5, train_unsupervised(thread=...), as fasttext -thread.
#
# People ask for one thread so that the same seed gives the same vectors, or for as many as the
# machine has. One expects that all vectors begin as small random numbers, at most 1/dim, whatever
# the number of threads. What happens: each thread sets a tenth of the numbers, and no more than ten
# are set; with one thread nine of ten vectors begin as what the memory held. On a fresh page that is
# zeros, elsewhere very large numbers or NaN, and then the training may end with "Encountered NaN".
# The learning rate here is so small that training changes nothing: the vectors are as they began.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet fasttext-numpy2==0.10.4 floret==0.10.5 numpy==2.4.6 2>/dev/null

venv/bin/python - <<'PYTHON'
import fasttext
import floret
import numpy as np

N_WORDS, DIM = 1000, 100
with open("text.txt", "w") as file:
    for start in range(0, N_WORDS, 10):
        file.write(" ".join(f"w{start + k}" for k in range(10)) + "\n")


def share_set(library, thread):
    """Of vectors that begin as numbers of the size that is promised."""
    model = library.train_unsupervised(
        "text.txt", thread=thread, dim=DIM, lr=1e-9, epoch=1, minCount=1, minn=0, maxn=0, verbose=0
    )
    largest = np.abs([model.get_word_vector(f"w{k}") for k in range(N_WORDS)]).max(axis=1)
    return np.mean((largest > 0.5 / DIM) & (largest <= 1.01 / DIM))


for library in (fasttext, floret):
    shares = {thread: share_set(library, thread) for thread in (1, 4, 10, 12)}
    print(library.__name__, {thread: f"{share:.0%}" for thread, share in shares.items()})
    assert shares[1] < 0.5 and shares[4] < 0.9  # memory of the model before may be seen again
    assert shares[10] == shares[12] == 1
PYTHON

# fasttext {1: '10%', 4: '50%', 10: '100%', 12: '100%'}
# floret {1: '10%', 4: '40%', 10: '100%', 12: '100%'}
