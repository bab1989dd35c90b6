"""The answer sheets of the English miniworld, read off the same tables as its sentences.

In: the tables of `miniworld_lexicon.py` and the counts of the corpus. Out: analogy sections,
rated pairs and neighbour sets. A pair of words is asked about because a row of a table holds
both and the grammar uses that row as one thing. Does not look at trained vectors; the README says
what was adjusted by hand after looking at some.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import permutations

import miniworld_lexicon as lexicon
from miniworld_en import verb_forms
from miniworld_grammar import Dice
from miniworld_lexicon import rows

SECTION_LIMIT = 180
DRAWS = 5_000
SMALL_WORDS = """
the a an of in on to at for with into under over from by up and its out or through like all be
down off his
"""
GENERATIONS = "king prince man boy father son uncle nephew grandfather grandson"  # by twos
Pair = tuple[str, str]


def words_of(*columns: Iterable[str]) -> list[str]:
    """The content words of some columns, in order, each once."""
    found = [word for column in columns for item in column for word in item.split()]
    return [word for word in dict.fromkeys(found) if word not in SMALL_WORDS.split()]


def questions(pairs: Sequence[Pair], dice: Dice, limit: int = SECTION_LIMIT) -> list[str]:
    """Every ordered pair of pairs as a line "a b c d"; a seeded choice of them above `limit`."""
    asked = [
        f"{a} {b} {c} {d}" for (a, b), (c, d) in permutations(pairs, 2) if len({a, b, c, d}) == 4
    ]
    return asked if len(asked) <= limit else sorted(dice.shuffled(asked)[:limit])


def crossed(pairs: Sequence[Pair]) -> list[Pair]:
    """(king, queen), (man, woman) -> the pairs across: (king, man), (queen, woman)."""
    return [
        cross
        for (a, b), (c, d) in zip(pairs[::2], pairs[1::2], strict=True)
        for cross in ((a, c), (b, d))
    ]


def analogy_pairs() -> dict[str, list[Pair]]:
    """Section -> pairs that differ in the same way."""
    people = {row[0][0]: (row[0][0], row[0][1]) for row in rows(lexicon.PEOPLE)}
    countries = rows(lexicon.COUNTRIES)
    adjectives = [row[0] for row in rows(lexicon.ADJECTIVES)]
    verbs = [verb_forms(row[0][0], row[0][1:]) for row in rows(lexicon.VERBS)]
    jobs = [row for row in rows(lexicon.JOBS) if " " not in row[1][0]]
    return {
        "gender": list(people.values()),
        "royal-common": crossed([people[word] for word in ("king", "man", "prince", "boy")]),
        "adult-young": crossed([people[word] for word in GENERATIONS.split()]),
        "capital-country": [(row[1][0], row[0][0]) for row in countries],
        "nationality": [(row[0][0], row[2][0]) for row in countries],
        "currency": [(row[0][0], row[3][0]) for row in countries],
        "animal-young": [(row[0][0], row[1][0]) for row in rows(lexicon.ANIMALS)],
        "comparative": [(plain, more) for plain, more, _ in adjectives],
        "superlative": [(plain, most) for plain, _, most in adjectives],
        "past-tense": [(base, past) for base, _, past, _ in verbs],
        "present-participle": [(base, ing) for base, _, _, ing in verbs],
        "third-person": [(base, third) for base, third, _, _ in verbs],
        "plural": [(row[0][0], row[0][1]) for row in rows(lexicon.NOUNS)],
        "opposite": [(row[0][0], row[0][1]) for row in rows(lexicon.OPPOSITES)],
        "job-place": [(row[0][0], row[1][0]) for row in jobs],
        "job-tool": [(row[0][0], row[2][0]) for row in jobs],
    }


def analogies(
    pairs_by_section: dict[str, list[Pair]], counts: Counter[str], min_count: int, dice: Dice
) -> str:
    """The questions-words format; only words that the corpus has at least `min_count` times."""
    sections = []
    for name, pairs in pairs_by_section.items():
        common = [pair for pair in pairs if min(counts[word] for word in pair) >= min_count]
        sections.append("\n".join([f": {name}", *questions(common, dice)]))
    return "\n".join(sections) + "\n"


def fields() -> list[list[list[str]]]:
    """Field -> rows of the words that one thing of the small world brings along, its own first."""
    people = [
        words_of(pair, *own) + words_of(*attributes()[names[0]])
        for pair, names, *own in rows(lexicon.PEOPLE)
    ]
    others = [
        [words_of(*row) for row in rows(table)]
        for table in (
            lexicon.COUNTRIES, lexicon.ANIMALS, lexicon.ADJECTIVES, lexicon.NOUNS, lexicon.JOBS,
            lexicon.OPPOSITES,
        )
    ]  # fmt: skip
    verbs = [words_of(verb_forms(row[0][0], row[0][1:]), *row[1:]) for row in rows(lexicon.VERBS)]
    return [people, *others, verbs]


def attributes() -> dict[str, list[list[str]]]:
    return {row[0][0]: row[1:] for row in rows(lexicon.ATTRIBUTES)}


def neighbours(per_field: int = 4) -> dict[str, list[str]]:
    """Word -> its company: the words of its row, and its kin, the same place in other rows.

    People are kin where they share their first attribute (royal, home, ...). The first rows of
    each field are taken, two words a row.
    """
    line_of = {word: row[1][0] for row in rows(lexicon.PEOPLE) for word in row[0]}
    found: dict[str, list[str]] = {}
    for pos, field in enumerate(fields()):
        for row in field[:per_field]:
            for place in (0, 1):
                word = row[place]
                if pos == 0:
                    kin = [other for other, line in line_of.items() if line == line_of[word]]
                else:
                    kin = [other[place] for other in field]
                found[word] = [other for other in dict.fromkeys(kin + row) if other != word]
    return found


def rated_pairs(counts: Counter[str], min_count: int, dice: Dice, per_level: int = 60) -> str:
    """word, word, score: how closely the grammar ties two words, from 0 to 10.

    9 the two heads of a row (king queen, france paris), 7 the same place in two rows of a field
    (france spain), 5 a head and a thing of its row (dog kennel), 2.5 a head and a thing of another
    row of the field (dog pasture), 0.5 words of two fields.
    """
    rated: dict[Pair, float] = {}

    def add(score: float, pair: Pair) -> bool:
        good = pair[0] != pair[1] and min(counts[word] for word in pair) >= min_count
        if good and not any(known in rated for known in (pair, pair[::-1])):
            rated[pair] = score
            return True
        return False

    all_fields = fields()
    all_words = [{word for row in field for word in row} for field in all_fields]

    def draw(score: float) -> bool:
        field_pos = dice.below(len(all_fields))
        field = all_fields[field_pos]
        row, other = dice.one(field), dice.one(field)
        if score == 9:
            return add(score, (row[0], row[1]))
        if score == 7:
            place = dice.below(2)
            return add(score, (row[place], other[place]))
        if score == 5:
            return add(score, (row[0], dice.one(row[3:])))
        if score == 2.5:
            thing = dice.one(other[3:])
            return thing not in row and add(score, (row[0], thing))
        stranger = dice.one(dice.one(all_fields))[0]
        return stranger not in all_words[field_pos] and add(score, (row[0], stranger))

    for score in (9, 7, 5, 2.5, 0.5):
        done = 0
        for _ in range(DRAWS):  # a small corpus may not have enough frequent words
            done += draw(score)
            if done == per_level:
                break
    return "".join(f"{first}\t{second}\t{score:g}\n" for (first, second), score in rated.items())


def neighbours_table(sets: dict[str, list[str]], counts: Counter[str], min_count: int) -> str:
    """One line a word: the word, a tab, its company joined by commas."""
    lines = []
    for word, company in sets.items():
        kept = [other for other in company if counts[other] >= min_count]
        if counts[word] >= min_count:
            lines.append(f"{word}\t{','.join(kept)}\n")
    return "".join(lines)
