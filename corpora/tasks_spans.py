"""Sentences with names in them: who is a person, what a place, what an organisation.

In: a seed and sizes. Out: "token<TAB>tag" lines, an empty line behind each sentence; tags are O and
B-, I- with PER, LOC, ORG. One name can be any of these (Paris Smith met Lincoln in Florence, and
Florence beat Lincoln), some are new, some are common words (Reading, Rose, Bath), and a quarter of
the sentences has no capital letters. Names inside of names are not marked.
"""
# ruff: noqa: E501 - a rule is one line, however long

from collections.abc import Mapping

import tasks_names as names
from miniworld_grammar import Dice
from tasks_grammar import parts, rules, write

SIZES = {"train": 3_000, "valid": 500, "heldout": 500}
NEW_NAMES = 600  # as many as are drawn; each stands in few sentences
LOWER_SHARE = 0.25

# A name is written <PER ... >; `spans` turns that into tags.
SENTENCES = """
sentence = 8* [clause] . | 2* [clause] , and [clause] . | 2* [when] [clause] . | [quote] | [headline] | [plain] . | [plain] , but [clause] .
clause = 3* [per] [per_does] | 2* [person] [per_does] | 3* [org_subject] [org_does] | 2* [loc_is] | [plain] | [per] , [role] , [per_does] | [per] and [per] [per_both] | the [job] [per] [per_does]
per = 4* <PER [first] > | 4* <PER [first] [family] > | <PER [first] [first] [family] > | <PER [initial] [family] > | [title] <PER [family] > | <PER [new] > | <PER [first] [new] >
person = the [job] | my [kin] | a [job] from [loc] | a [job] of [org] | nobody | a friend of [per]
per_does = laughed | smiled at [per] | met [per] in [loc] | flew to [loc] | lives in [loc] | was born near [loc] | works for [org] | left [org] | married [per] | wrote a book about [loc] | told [per] the news | said that [org] [org_does] | said that [loc_is] | rose from the chair | took a bath | was reading a book | ate an orange | split the bill with [per] | asked [per] to [do] | plays for [org] | is the new head of [org] | grew up in [loc] and [loc] | will not return to [loc] | sold the shares of [org] | was nice to [per] | parked the car near the river | baked bread with [per] | has a cousin called [per]
per_both = met in [loc] | are married | founded [org] | moved from [loc] to [loc] | quarrelled about [org] | sang together
role = the [job] of [org] | a [job] from [loc] | the mayor of [loc] | her [kin] | an old friend of [per]
org = 3* <ORG [city] [kind] > | 2* <ORG [family] [firm] > | 2* <ORG [maker] of [city] > | 2* <ORG [brand] > | 2* <ORG [brand] [firm] > | <ORG [family] and Sons > | <ORG [new] > | 2* <ORG [new] [kind] >
org_subject = 6* [org] | the board of [org] | the owner of [org]
org_does = hired [per] | beat <ORG [city] > by three goals | lost to <ORG [city] > at home | opened an office in [loc] | bought [org] | raised its prices | will close its plant in [loc] | dismissed [per] and [per] | sued [org] | published its results | moved its seat from [loc] to [loc] | named [per] as its head | shipped an orange car | is hiring in [loc]
loc = 6* <LOC [city] > | 2* <LOC [new] > | <LOC [side] [city] > | <LOC Mount [new] > | <LOC Lake [city] > | <LOC [family] Street > | the city of <LOC [city] > | the hills north of <LOC [city] >
loc_is = it rained in [loc] | [loc] lies on a river | the road from [loc] to [loc] is closed | the mayor of [loc] resigned | in [loc] , [per] [per_does] | the streets of [loc] were empty | [loc] has two bridges | people in [loc] love the sea | a train to [loc] was late | the weather in [loc] is nice
plain = the cook split the orange | it will rain in the park | we hope to fish | a mobile phone rang | the price of cork rose | the reading room has a bath | may i ask a frank question | she may deal with the bill | a sandwich costs little | they will mark the baker down | the stone rivers of the hill are nice | rose petals lay on the marsh | grace and hope are old virtues | he sued nobody | the dean drew a ray of light
quote = " [clause] , " said [per] . | " [plain] , " said [per] of [org] . | " who is [per] ? " asked [per] .
headline = [loc] : [org] [org_does] | <ORG [city] > beat <ORG [city] > in <LOC [city] > | [per] to leave [org] | storm over [loc]
when = in [month] , | on Monday , | last week , | after the war , | according to a report of [org] , | according to [per] , | near [loc] ,
month = May | June | March | April
do = [do_one] | wait in [loc]
do_one = sing | frank the letters | mark the page | bill the guests | hope for rain
title = Dr. | Mrs. | Mr. | President | Professor
initial = A. | B. | J. | M. | T.
job = teacher | doctor | painter | lawyer | singer | baker | fisher | cook | dean | minister
kin = sister | uncle | neighbor | brother | boss
kind = United | City | Airlines | Times | Museum | University | Hospital | Opera | Railways | Rovers
firm = Motors | Foods | Group | Bank | Press | Mills | Steel | Hotels
maker = University | Bank | Port | Museum | Port Authority
brand = Lantern | Harvest | Compass | Northwind | Orange | Mobile | Cork | Rose | Anchor | Bluebird | Summit | Grace
side = North | South | East | West | New | Upper
"""


def spans(text: str) -> list[tuple[str, str]]:
    """ "<PER Anna > sang" -> [("Anna", "B-PER"), ("sang", "O")]."""
    pairs, kind, begun = [], "", False
    for token in text.split():
        if token.startswith("<"):
            kind, begun = token[1:], False
        elif token == ">":
            kind = ""
        else:
            pairs.append((token, f"{'I' if begun else 'B'}-{kind}" if kind else "O"))
            begun = True
    return pairs


def generate(seed: int, sizes: Mapping[str, int] = SIZES) -> dict[str, str]:
    """File name -> text."""
    dice = Dice(seed)
    grammar = rules(SENTENCES) | {
        "first": names.FIRST.split(),
        "family": names.FAMILY.split(),
        "city": names.PLACES.split(),
        "new": [names.new_name(dice) for _ in range(NEW_NAMES)],
    }

    def sentence() -> list[tuple[str, str]]:
        pairs = spans(write("[sentence]", grammar, dice))
        if dice.chance(LOWER_SHARE):
            return [(token.lower(), tag) for token, tag in pairs]
        first, tag = pairs[0]
        return [(first[0].upper() + first[1:], tag), *pairs[1:]]

    found = parts(sentence, lambda pairs: " ".join(token for token, _ in pairs).lower(), sizes)
    return {
        f"spans.{part}.tsv.gz": "".join(
            "".join(f"{token}\t{tag}\n" for token, tag in pairs) + "\n" for pairs in examples
        )
        for part, examples in found.items()
    }
