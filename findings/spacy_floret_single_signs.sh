#!/usr/bin/env bash
# spaCy 3.8.18 with vectors of floret 0.10.5, mode="floret", minn=1.
#
# spaCy makes the vector of a word of the n-grams in floret's table; one expects the vector that
# floret itself gives the word. What happens with n-grams of one character: floret leaves out the
# signs at the two ends of a word, < and >, where they stand alone, spaCy takes them. So each word
# has two n-grams more, which were trained as those of whatever else shares their rows, and its
# vector is another one. From minn=2 on both agree.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet spacy==3.8.18 floret==0.10.5 numpy==2.4.6 2>/dev/null

venv/bin/python - <<'PYTHON'
import random

import floret
import numpy as np
from spacy.strings import StringStore
from spacy.vectors import Vectors

random.seed(1)
words = ["king", "queen", "house", "river", "stone", "light"]
with open("text", "w") as file:
    for _ in range(3000):
        file.write(" ".join(random.choices(words, k=8)) + "\n")


def both(minn):
    """The vector of a word by floret and by spaCy, from the same table."""
    model = floret.train_unsupervised(
        "text", mode="floret", dim=10, bucket=500, minn=minn, maxn=3, hashCount=1, minCount=1,
        epoch=2, thread=10, verbose=0,
    )  # fmt: skip
    model.save_floret_vectors("table")
    head, *lines = open("table").read().splitlines()
    rows = np.array([line.split()[1:] for line in lines], np.float32)
    seed = int(head.split()[5])
    theirs = Vectors(
        strings=StringStore(words), data=rows, mode="floret", minn=minn, maxn=3, hash_count=1,
        hash_seed=seed,
    )  # fmt: skip
    word = model.words[3]
    return model.get_word_vector(word), theirs[word]


for minn, agree in ((1, False), (2, True)):
    own, spacy = both(minn)
    off = float(np.abs(own - spacy).max() / np.abs(own).max())
    print(f"minn={minn}: spaCy's vector is off by {off:.5f} of the largest number")
    assert (off < 1e-3) is agree
PYTHON

# minn=1: spaCy's vector is off by 0.11174 of the largest number
# minn=2: spaCy's vector is off by 0.00000 of the largest number
