"""The sentences of the English miniworld: words and templates, inflected and put together.

In: the tables of `miniworld_lexicon.py` and `miniworld_templates.py`, a seed. Out: sentences in
lower case, words and punctuation separated by spaces. A paragraph stays with one thing (a pair of
people, a country, an animal and its young), so its words meet; tense, number and gender are
carried by the grammar (yesterday/walked, two/books, he/his), so the same contrast runs through
many words.
Does not aim at truth: the sentences are grammatical, the world is a toy.
"""

from collections.abc import Iterator

import miniworld_lexicon as lexicon
import miniworld_templates as templates
from miniworld_grammar import Dice, Frame, Topic, fill, paragraphs
from miniworld_lexicon import lines, rows

ASIDE_CHANCE = 0.03

IRREGULAR_PAST = dict(pair.split(":") for pair in lexicon.IRREGULAR_PAST.split())
DOUBLED = frozenset(lexicon.DOUBLED.split())


def third(phrase: str) -> str:
    """walk home -> walks home."""
    verb, _, rest = phrase.partition(" ")
    if verb.endswith(("s", "sh", "ch", "x", "z", "go", "do")):
        verb += "es"
    elif verb.endswith("y") and verb[-2] not in "aeiou":
        verb = verb[:-1] + "ies"
    else:
        verb += "s"
    return f"{verb} {rest}".strip()


def past(phrase: str) -> str:
    """walk home -> walked home."""
    verb, _, rest = phrase.partition(" ")
    if verb in IRREGULAR_PAST:
        verb = IRREGULAR_PAST[verb]
    elif verb in DOUBLED:
        verb += verb[-1] + "ed"
    elif verb.endswith("e"):
        verb += "d"
    elif verb.endswith("y") and verb[-2] not in "aeiou":
        verb = verb[:-1] + "ied"
    else:
        verb += "ed"
    return f"{verb} {rest}".strip()


def ing(phrase: str) -> str:
    """walk home -> walking home."""
    verb, _, rest = phrase.partition(" ")
    if verb in DOUBLED:
        verb += verb[-1]
    elif verb.endswith("e") and not verb.endswith(("ee", "ye")):
        verb = verb[:-1]
    return f"{verb}ing {rest}".strip()


INFLECTIONS = {"third": third, "past": past, "ing": ing}

COMMON: Frame = {slot: items for (slot,), items in rows(lexicon.FILLERS)}


def people_frames() -> list[Frame]:
    """One frame for each person: the words of both attributes first, then the row's own."""
    attributes = {row[0][0]: row[1:] for row in rows(lexicon.ATTRIBUTES)}
    genders = rows(lexicon.GENDERS)
    frames = []
    for pair, names, *own in rows(lexicon.PEOPLE):
        for pos, gender in enumerate(genders):
            _, he, his, him, himself, hisown, wear, look, praise, sir, first_names = gender
            frame: Frame = {
                "who": pair[pos], "other": pair[1 - pos], "wear": wear, "look": look,
                "he": he, "his": his, "him": him, "himself": himself, "hisown": hisown,
                "praise": praise, "sir": sir, "name": first_names,
            }  # fmt: skip
            for column, slot in enumerate(("adj", "thing", "place", "do")):
                frame[f"{slot}_own"] = own[column]
                shared = [f"{slot}_{name}" for name in names]
                frame |= {key: attributes[key[len(slot) + 1 :]][column] for key in shared}
                frame[slot] = [f"[{key}]" for key in (shared[0], shared[1], f"{slot}_own")]
            frames.append(frame)
    return frames


def verb_forms(base: str, irregular: list[str]) -> list[str]:
    """base, third person, past, -ing."""
    return [base, third(base), irregular[0] if irregular else past(base), ing(base)]


def topics() -> list[Topic]:
    """The fields of the small world, weighted by their share of the paragraphs."""
    names = [name for gender in rows(lexicon.GENDERS) for name in gender[-1]]
    common: Frame = COMMON | {"name": names}

    def frames(table: str, *slots: str) -> list[Frame]:
        return [common | dict(zip(slots, row, strict=True)) for row in rows(table)]

    def split(table: str, heads: tuple[str, ...], *slots: str) -> list[Frame]:
        return [
            common | dict(zip(heads, row[0], strict=True)) | dict(zip(slots, row[1:], strict=True))
            for row in rows(table)
        ]

    verbs: list[Frame] = [
        common | dict(zip(("do", "does", "done", "doing"), verb_forms(base, rest), strict=True))
        | {"what": what, "how": how}
        for (base, *rest), what, how in rows(lexicon.VERBS)
    ]  # fmt: skip
    people = [common | frame for frame in people_frames()]
    return [
        (235, lines(templates.PERSON), people),
        (205, lines(templates.COUNTRY), frames(
            lexicon.COUNTRIES, "country", "capital", "adjective", "currency", "river", "food",
            "famous", "name")),
        (85, lines(templates.ANIMAL), frames(
            lexicon.ANIMALS, "grown", "young", "do", "eats", "place", "looks", "thing")),
        (105, lines(templates.ADJECTIVE), split(
            lexicon.ADJECTIVES, ("plain", "more", "most"), "thing", "where")),
        (100, lines(templates.VERB), verbs),
        (110, lines(templates.NOUN), split(
            lexicon.NOUNS, ("one", "several"), "adj", "use", "where")),
        (85, lines(templates.JOB), frames(lexicon.JOBS, "who", "place", "tool", "goods", "do")),
        (58, lines(templates.OPPOSITE), split(
            lexicon.OPPOSITES, ("good", "bad"), "thing", "where")),
        (17, lines(templates.SMALL_TALK), [common]),
    ]  # fmt: skip


def article(sentence: str) -> str:
    """a apple -> an apple."""
    words = sentence.split()
    for pos in range(len(words) - 1):
        if words[pos] == "a" and words[pos + 1][0] in "aeiou":
            odd = words[pos + 1].startswith(("uni", "use", "euro", "one", "ukulele", "ukrain"))
            words[pos] = "a" if odd else "an"
    return " ".join(words)


def generate(n_tokens: int, seed: int) -> Iterator[str]:
    """Sentences until at least `n_tokens` words and marks are out."""
    dice = Dice(seed)
    asides = lines(templates.ASIDES)
    written = 0
    for template, frame in paragraphs(topics(), dice):
        sentences = [template, dice.one(asides)] if dice.chance(ASIDE_CHANCE) else [template]
        for sentence in sentences:
            text = article(fill(sentence, frame, dice, INFLECTIONS))
            written += text.count(" ") + 1
            yield text
        if written >= n_tokens:
            return
