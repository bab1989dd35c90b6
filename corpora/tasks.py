"""Write the bundled data of the sequence models, or check that it is what this writes.

    python corpora/tasks.py            writes the files beside this one
    python corpora/tasks.py --check    exit 1 if a file beside it is missing or differs

In: nothing but a seed. Out: for each task three files, train, valid and heldout, whose examples are
all different: reviews (a text and its label), tagged (words and their parts of speech), spans
(words and names), pairs (a sentence in two languages), scenes (numbers and a caption). It trains
and scores nothing; what a model can reach is in README.md.
"""

import sys

import tasks_pairs
import tasks_reviews
import tasks_scenes
import tasks_spans
import tasks_tagged
from shipping import write_or_check

SEED = 1
TASKS = (tasks_reviews, tasks_tagged, tasks_spans, tasks_pairs, tasks_scenes)


def make(seed: int = SEED) -> dict[str, str]:
    """File name -> text, uncompressed under its .gz name."""
    return {name: text for task in TASKS for name, text in task.generate(seed).items()}


def main(arguments: list[str] | None = None) -> int:
    return write_or_check(make, "tasks.py", arguments)


if __name__ == "__main__":
    sys.exit(main())
