#!/usr/bin/env bash
# gensim 4.4.0, Word2Vec(compute_loss=True).get_latest_training_loss().
#
# The loss is documented as that of the training, and people compare it between runs. One expects
# that an epoch over the same words has about the same loss whatever the number of workers. What
# happens: each worker reads the sum when its job begins and writes it back when the job ends, so the
# jobs of the others in between are lost: with W workers about 1/W of the loss is left. The vectors
# are trained as well; only the number is wrong, and a run on more cores seems to have learnt more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet gensim==4.4.0 numpy==2.4.6 2>/dev/null

venv/bin/python - <<'PYTHON'
import random

from gensim.models import Word2Vec

random.seed(1)
words = [f"w{int(random.paretovariate(0.7)) % 2000}" for _ in range(1_000_000)]
lines = [words[start : start + 1000] for start in range(0, len(words), 1000)]


def loss(workers):
    model = Word2Vec(
        lines, vector_size=50, sg=1, min_count=1, epochs=1, workers=workers, compute_loss=True, seed=1
    )
    return model.get_latest_training_loss()


losses = {workers: loss(workers) for workers in (1, 2, 4, 8)}
for workers, found in losses.items():
    print(f"{workers} workers: loss {found:,.0f}, {found / losses[1]:.2f} of one worker's")
assert losses[2] < 0.75 * losses[1]
assert losses[4] < 0.5 * losses[1]
assert losses[8] < 0.3 * losses[1]
PYTHON

# 1 workers: loss 3,745,743, 1.00 of one worker's
# 2 workers: loss 1,953,711, 0.52 of one worker's
# 4 workers: loss 969,628, 0.26 of one worker's
# 8 workers: loss 524,240, 0.14 of one worker's
