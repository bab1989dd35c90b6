#!/usr/bin/env bash
# seqeval 1.2.2, strict mode with scheme=IOE1.
#
# In IOE1 every word of a span is I, but for the last one where another span of the same kind follows
# at once: that is E. One expects "Anna Otto" with the tags E-PER I-PER to be two people. What
# happens: a span of one word that ends in E is no entity, so the first of the two is gone, from gold
# and prediction alike. A tagger that finds one of the two gets recall 1.0, and one that finds both
# gets no more; a span of two words before the same neighbour (I-PER E-PER I-PER) is seen. IOE2 sees
# single words. There is no warning.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet seqeval==1.2.2 numpy==2.4.6 scikit-learn==1.7.2 2>/dev/null

venv/bin/python - <<'PYTHON'
import warnings

from seqeval.metrics import recall_score
from seqeval.scheme import IOE1, IOE2, Entities

warnings.simplefilter("error")


def spans(tags, scheme):
    return [(entity.start, entity.end) for entity in Entities([tags], scheme).entities[0]]


for tags, scheme in [
    (["E-PER", "I-PER"], IOE1), (["I-PER", "E-PER", "I-PER"], IOE1), (["E-PER", "E-PER"], IOE2),
]:
    print(f"{scheme.__name__} {' '.join(tags)}: {spans(tags, scheme)}")
assert spans(["E-PER", "I-PER"], IOE1) == [(1, 2)]  # (0, 1) is missing
assert spans(["I-PER", "E-PER", "I-PER"], IOE1) == [(0, 2), (2, 3)]
assert spans(["E-PER", "E-PER"], IOE2) == [(0, 1), (1, 2)]
gold, found = [["E-PER", "I-PER"]], [["O", "I-PER"]]  # one of two people
recall = recall_score(gold, found, mode="strict", scheme=IOE1)
print("recall of a tagger that finds one of the two:", recall)
assert recall == 1.0
PYTHON

# IOE1 E-PER I-PER: [(1, 2)]
# IOE1 I-PER E-PER I-PER: [(0, 2), (2, 3)]
# IOE2 E-PER E-PER: [(0, 1), (1, 2)]
# recall of a tagger that finds one of the two: 1.0
