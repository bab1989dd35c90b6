#!/usr/bin/env bash
# wefe 1.0.1, WEAT().run_query(..., calculate_p_value=True), documented as the permutation test of
# Caliskan et al. (2017) over "all the partitions of T1 and T2 into two sets of equal size".
#
# One expects p-values of that test. Two sets of three words can be parted in 20 ways, so no p-value
# is below 1/20 = .05, which is that of the example below: its three words of X lean to A more than
# all of Y, and one partition of the 20 has so large a difference. What happens: .005 to .02, another
# one each time (the draws have no seed). The words of each partition are drawn with replacement, so
# that nearly all of them hold a word twice and lack another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet wefe==1.0.1 gensim==4.4.0 numpy==1.26.4 scipy==1.12.0 2>/dev/null

venv/bin/python -W ignore - <<'PYTHON'
from itertools import combinations

import numpy as np
from gensim.models import KeyedVectors
from wefe.metrics import WEAT
from wefe.query import Query
from wefe.word_embedding_model import WordEmbeddingModel

DEGREES = {
    "a1": 0, "a2": 0, "b1": 90, "b2": 90,
    "x1": 10, "x2": 20, "x3": 30, "y1": 60, "y2": 70, "y3": 80,
}
angles = np.radians(list(DEGREES.values()))
vectors = KeyedVectors(2)
vectors.add_vectors(list(DEGREES), np.stack([np.cos(angles), np.sin(angles)], axis=1))
model = WordEmbeddingModel(vectors, "plane")
query = Query([["x1", "x2", "x3"], ["y1", "y2", "y3"]], [["a1", "a2"], ["b1", "b2"]])

# s(w, A, B) is cos - sin of a word's angle.
leans = [np.cos(angle) - np.sin(angle) for angle in angles[4:]]
differences = [2 * sum(chosen) - sum(leans) for chosen in combinations(leans, 3)]
observed = sum(leans[:3]) - sum(leans[3:])
exact = np.mean(np.array(differences) >= observed - 1e-9)
print(f"exact: {exact} of {len(differences)} partitions")
assert exact == 1 / 20

n_drawn = n_repeated = 0


class Watched(WEAT):
    def _calc_weat(self, X, Y, A, B):
        global n_drawn, n_repeated
        n_drawn += 1
        n_repeated += len(np.unique(np.concatenate([X, Y]), axis=0)) < 6
        return super()._calc_weat(X, Y, A, B)


for _ in range(3):
    found = Watched().run_query(query, model, calculate_p_value=True, p_value_iterations=400)
    assert abs(found["weat"] - observed) < 1e-5
    print(f"wefe: p = {found['p_value']:.4f}")
    assert found["p_value"] < 0.03
print(f"{n_repeated:,} of {n_drawn:,} partitions hold a word twice")
assert n_repeated > 0.9 * n_drawn
PYTHON

# exact: 0.05 of 20 partitions
# wefe: p = 0.0100
# wefe: p = 0.0100
# wefe: p = 0.0175
# 1,182 of 1,203 partitions hold a word twice
