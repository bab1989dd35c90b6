"""Sentence pairs: English, and a made-up language with another order of words and with endings.

In: a seed and sizes. Out: two files whose lines are translations of each other, lower case, words
and marks separated by spaces. The second language, .xx, has no articles for "the", puts time first
and the verb last, adjectives behind their noun and whole clauses before what they belong to; nouns
take case endings, and verbs tense and person, so that subject pronouns fall away. Vowels of endings
follow those of the stem. An English sentence has one translation, and the tables below are all
there is to know; from .xx to English, he and she are not told apart.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from miniworld_en import third
from miniworld_grammar import Dice
from tasks_grammar import parts, with_articles

SIZES = {"train": 6_000, "valid": 500, "heldout": 500}

# English:stem; behind a slash a plural that is irregular
LIVING = """
king:sado queen:veli dog:rufa cat:mirsi horse:tondu bird:fipe teacher:olgana doctor:kembe
girl:sinte boy:bako friend:amura thief/thieves:goshke child/children:tavo man/men:hando
woman/women:senne wolf/wolves:gruo
"""
THINGS = """
book:korta letter:pilne apple:muno ring:zirle boat:nalu lamp:fenki key:teki box:borgu stone:duro
knife/knives:shike flower:lipele
"""
PLACES = """
garden:vindele house:domba river:salo market:trano forest:ushka school:lernie tower:ortu
island:nisse
"""
TOOLS = "key knife lamp stone"  # with a key: -ba; with a friend: -tu

ADJECTIVES = """
old:gam young:fin big:bor small:tis good:bel red:rud white:alv black:nert happy:lum sad:dol
clever:shim strange:wex
"""
# base past:stem
ACTIONS = """
see saw:vish love loved:am find found:trov carry carried:port follow followed:seg hide hid:kash
paint painted:pirt wash washed:lav buy bought:kemp
"""
MOVES = "sleep slept:dorm laugh laughed:hih work worked:larb dance danced:tirl sing sang:kan"
TRIPS = "go went:yal run ran:kur return returned:ref walk walked:pash"
GIFTS = "give gave:don send sent:mesh show showed:vel bring brought:brin"
THOUGHTS = "think thought:men say said:dik know knew:shel hope hoped:esp"
BROKEN = "open opened:ovr cut cut:tagl break broke:frag"  # done with a tool

PAST_TIMES = "yesterday:hesha last-night:nokuta long-ago:oldima"
PRESENT_TIMES = "today:hodi every-day:dijom often:mulfo now:nuni"
FUTURE_TIMES = "tomorrow:demo soon:prosi next-week:vikona"
MANNERS = "slowly:lanto quickly:rapsi gladly:lumo alone:solu again:denu"
# singular and plural, each English: word, and where it stands
DETERMINERS = "the: a:en this:ti my:mina your:tuna her:sena his:sena"
PLURAL_DETERMINERS = "the: some:uni these:ti my:mina our:nana their:rena"
NUMERALS = "two:dus three:tresh many:mulo"  # the noun stays singular, the verb does not
BEHIND = "mina tuna sena nana rena"
PRONOUNS = "i:1s you:2s he:3s she:3s we:1p they:3p"
OBJECTS = "me:mi you:tu him:se her:se us:na them:re"

# ending: as it is behind a, o, u; as it is behind e, i
ENDINGS = {
    "plural": ("ka", "ke"), "object": ("n", "n"), "of": ("ro", "re"), "to": ("sa", "se"),
    "in": ("mo", "me"), "from": ("do", "de"), "with": ("tu", "ti"), "by": ("ba", "be"),
    "present": ("a", "e"), "past": ("osh", "esh"), "future": ("un", "in"), "that": ("ti", "ti"),
    "1s": ("am", "em"), "2s": ("at", "et"), "3s": ("", ""), "1p": ("aku", "eki"),
    "3p": ("ara", "ere"),
}  # fmt: skip
# of adjectives: kind and whether it is a plural
AGREEMENT = {
    ("living", False): "o", ("living", True): "oi", ("thing", False): "u", ("thing", True): "ui",
}  # fmt: skip
TENSES = ("past", "present", "future")
Words = tuple[list[str], list[str]]  # English, .xx


class Noun(NamedTuple):
    """`singular`, `plural`: English. `stem`, `kind`: living or thing."""

    singular: str
    plural: str
    stem: str
    kind: str


class Verb(NamedTuple):
    """`base`, `past`: English. `stem`: of the other language."""

    base: str
    past: str
    stem: str


class Phrase(NamedTuple):
    """A subject or an object: its words without case, and what verb and ending have to know."""

    english: list[str]
    before: list[str]
    noun: str  # with its plural ending; cases come behind
    behind: list[str]
    person: str  # 1s, 2s, 3s, 1p, 3p


def nouns(table: str, kind: str) -> list[Noun]:
    found = []
    for item in table.split():
        english, stem = item.split(":")
        singular, _, plural = english.partition("/")
        found.append(Noun(singular, plural or third(singular), stem, kind))
    return found


def verbs(table: str) -> list[Verb]:
    items = table.split()
    return [
        Verb(base, *rest.split(":")) for base, rest in zip(items[::2], items[1::2], strict=True)
    ]


def words(table: str) -> list[tuple[str, str]]:
    """(English, other), with spaces for the hyphens."""
    pairs = [item.split(":") for item in table.split()]
    return [(english.replace("-", " "), other) for english, other in pairs]


PEOPLE, GOODS, SPOTS = nouns(LIVING, "living"), nouns(THINGS, "thing"), nouns(PLACES, "thing")
INSTRUMENTS = [noun for noun in GOODS if noun.singular in TOOLS.split()]
TIMES = {
    tense: words(table)
    for tense, table in zip(TENSES, (PAST_TIMES, PRESENT_TIMES, FUTURE_TIMES), strict=True)
}


def ended(stem: str, *endings: str) -> str:
    """The stem with its endings, whose vowels follow its last one: rufakan, but veliken."""
    last = [letter for letter in stem if letter in "aeiou"][-1]
    return stem + "".join(ENDINGS[name][last in "ei"] for name in endings)


def noun_phrase(choices: Sequence[Noun], dice: Dice, depth: int) -> Phrase:
    """the old dog, two apples, a friend of the king, the girl that the doctor loved"""
    noun = dice.one(choices)
    many = dice.chance(0.3)
    counted = many and dice.chance(0.3)
    table = NUMERALS if counted else PLURAL_DETERMINERS if many else DETERMINERS
    usual = not counted and dice.chance(0.55)
    determiner, other = ("the", "") if usual else dice.one(words(table))
    plural = many and not counted  # as .xx sees it
    english, before, behind = [determiner], [], []
    if dice.chance(0.25):
        adjective, stem = dice.one(words(ADJECTIVES))
        english.append(adjective)
        behind.append(stem + AGREEMENT[noun.kind, plural])
    english.append(noun.plural if many else noun.singular)
    if depth > 0 and dice.chance(0.07):
        owner = noun_phrase(PEOPLE, dice, 0)
        english += ["of", *owner.english]
        before += with_case(owner, "of")
    elif depth > 0 and dice.chance(0.1):
        relative = relative_clause(noun.kind, many, dice)
        english += relative[0]
        before += relative[1]
    if other in BEHIND.split():
        behind.append(other)
    elif other:
        before.append(other)
    stem = ended(noun.stem, "plural") if plural else noun.stem
    return Phrase(english, before, stem, behind, "3p" if many else "3s")


def with_case(phrase: Phrase, case: str = "") -> list[str]:
    noun = ended(phrase.noun, case) if case else phrase.noun
    return [*phrase.before, noun, *phrase.behind]


def relative_clause(kind: str, many: bool, dice: Dice) -> Words:
    """that saw the cat, that the king saw: before the noun, and the verb ends in -ti."""
    verb = dice.one(verbs(ACTIONS))
    if kind == "living" and dice.chance(0.5):
        tense = dice.one(("past", "present"))
        thing = noun_phrase(PEOPLE + GOODS, dice, 0)
        done = verb.past if tense == "past" else verb.base if many else third(verb.base)
        return (
            ["that", done, *thing.english],
            [*with_case(thing, "object"), ended(verb.stem, tense, "that")],
        )
    doer = noun_phrase(PEOPLE, dice, 0)
    return (
        ["that", *doer.english, verb.past],
        [*with_case(doer, "of"), ended(verb.stem, "past", "that")],
    )


def subject(dice: Dice, depth: int) -> Phrase:
    if dice.chance(0.35):
        pronoun, person = dice.one(words(PRONOUNS))
        return Phrase([pronoun], [], "", [], person)
    return noun_phrase(PEOPLE, dice, depth)


def object_of(choices: Sequence[Noun], case: str, dice: Dice, depth: int) -> Words:
    if choices is PEOPLE and dice.chance(0.25):
        pronoun, stem = dice.one(words(OBJECTS))
        return [pronoun], [ended(stem, case)]
    phrase = noun_phrase(choices, dice, depth)
    return phrase.english, with_case(phrase, case)


def predicate(dice: Dice, depth: int) -> tuple[Verb, Words]:
    """A verb, and what comes with it: behind it in English, before it in the other language."""
    kind = dice.below(20)
    english: list[str] = []
    other: list[str] = []

    def add(preposition: str, part: Words, *, first: bool = False) -> None:
        english.extend([preposition, *part[0]] if preposition else part[0])
        other[:] = [*part[1], *other] if first else [*other, *part[1]]

    if kind < 8:
        verb = dice.one(verbs(ACTIONS))
        add("", object_of(PEOPLE if dice.chance(0.5) else GOODS, "object", dice, depth))
    elif kind < 11:
        verb = dice.one(verbs(MOVES))
        if dice.chance(0.5):
            manner, word = dice.one(words(MANNERS))
            add("", ([manner], [word]))
    elif kind < 14:
        verb = dice.one(verbs(TRIPS))
        case = dice.one(("to", "from"))
        add(case, object_of(SPOTS, case, dice, 0))
    elif kind < 17:
        verb = dice.one(verbs(GIFTS))
        add("", object_of(GOODS, "object", dice, depth))
        add("to", object_of(PEOPLE, "to", dice, 0), first=True)
    else:
        verb = dice.one(verbs(BROKEN))
        add("", object_of(GOODS, "object", dice, 0))
        add("with", object_of(INSTRUMENTS, "by", dice, 0), first=True)
    if kind < 11 and dice.chance(0.12):
        add("with", object_of(PEOPLE, "with", dice, 0), first=True)
    if kind < 11 and dice.chance(0.25):
        add("in", object_of(SPOTS, "in", dice, 0), first=True)
    return verb, (english, other)


def clause(dice: Dice, depth: int, *, embedded: bool = False) -> Words:
    """One clause without its mark; an embedded one asks nothing and names no time."""
    who = subject(dice, depth)
    tense = dice.one(TENSES)
    denied = dice.chance(0.2)
    asks = not embedded and dice.chance(0.15)
    thought = not embedded and not asks and dice.chance(0.1)
    before: list[str] = []
    if thought:
        verb = dice.one(verbs(THOUGHTS))
        what = clause(dice, 0, embedded=True)
        rest: Words = ["that", *what[0]], []
        before = [*what[1], "ve"]
    else:
        verb, rest = predicate(dice, depth)
    english = inflected(who, verb, tense, rest[0], denied=denied, asks=asks)
    subject_words = with_case(who) if who.noun else []
    other = [*before, *subject_words, *rest[1], ended(verb.stem, tense, who.person)]
    other += ["nu"] * denied + ["ko"] * asks
    if not embedded and not thought and dice.chance(0.4):
        when, word = dice.one(TIMES[tense])
        fronted = not asks and when != "often" and dice.chance(0.4)
        english = [when, ",", *english] if fronted else [*english, when]
        other = [word, *other]
    return english, other


def inflected(
    who: Phrase, verb: Verb, tense: str, rest: list[str], *, denied: bool, asks: bool
) -> list[str]:
    """English subject and verb, with do and will where they belong."""
    if tense == "future":
        helper = "will"
    elif tense == "past":
        helper = "did"
    else:
        helper = "does" if who.person == "3s" else "do"
    negation = ["not"] * denied
    if asks:
        return [helper, *who.english, *negation, verb.base, *rest]
    if denied or tense == "future":
        return [*who.english, helper, *negation, verb.base, *rest]
    present = third(verb.base) if who.person == "3s" else verb.base
    return [*who.english, verb.past if tense == "past" else present, *rest]


def sentence(dice: Dice) -> tuple[str, str]:
    english, other = clause(dice, 1)
    if other[-1] == "ko":
        return " ".join(with_articles([*english, "?"])), " ".join([*other, "?"])
    if dice.chance(0.04):
        more, more_other = clause(dice, 0, embedded=True)
        english, other = [*english, ",", "but", *more], [*other, ",", "sed", *more_other]
    return " ".join(with_articles([*english, "."])), " ".join([*other, "."])


def generate(seed: int, sizes: Mapping[str, int] = SIZES) -> dict[str, str]:
    """File name -> text."""
    dice = Dice(seed)
    found = parts(lambda: sentence(dice), lambda pair: pair[0], sizes)
    return {
        f"pairs.{part}.{language}.gz": "".join(f"{pair[side]}\n" for pair in pairs)
        for part, pairs in found.items()
        for side, language in enumerate(("en", "xx"))
    }
