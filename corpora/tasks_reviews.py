"""Labelled reviews: good or bad, where it takes the whole sentence to know.

In: a seed and sizes. Out: lines "text<TAB>label" under a header, lower case, words and marks
separated by spaces. Praise and blame are turned around by negation, near or far ("i did not , in
spite of all the noise , find the room dreary"), by contrast (but, although: the main clause
decides), and by whose opinion it is. Every rule stands once in the table, with {p} for the opinion
and {q} for its opposite. Irony, and stars from one to five, are left out.
"""
# ruff: noqa: E501 - a rule is one line, however long

from collections.abc import Mapping

from miniworld_grammar import Dice
from tasks_grammar import parts, rules, with_articles, write

SIZES = {"train": 6_000, "valid": 1_000, "heldout": 1_000}
LABELS = ("good", "bad")

# what is reviewed | its parts | who is met there | words of praise | words of blame
FIELDS = """
film, movie, thriller, comedy, western | plot, acting, ending, camera work, dialogue, music, opening scene, script | the leading actor, the director, the stuntman | gripping, suspenseful, touching, well acted | predictable, badly acted, sleepy, overlong
hotel, inn, guesthouse, resort | room, breakfast, bed, lobby, view, pool, bathroom, balcony | the porter, the manager, the chambermaid | spotless, cosy, quiet, restful | filthy, noisy, cramped, draughty
novel, book, biography, story | plot, style, first chapter, hero, ending, translation, dialogue | the author, the narrator, the publisher | gripping, witty, touching, well written | predictable, wordy, dry, badly written
restaurant, bistro, diner, tavern | soup, menu, dessert, wine, salad, kitchen, sauce, terrace | the waiter, the cook, the hostess | delicious, tasty, fresh, savory | tasteless, greasy, stale, overpriced
phone, camera, laptop, tablet | screen, battery, keyboard, sound, case, speaker, lens, manual | the seller, the support team, the technician | sturdy, fast, handy, well made | flimsy, slow, clumsy, badly made
concert, festival, musical, opera | orchestra, singing, stage, lighting, sound, choir, costume, second act | the conductor, the soprano, the drummer | rousing, tuneful, stirring, well played | tuneless, shrill, sleepy, badly played
museum, castle, zoo, aquarium | tour, exhibition, garden, shop, collection, tower, main hall, map | the guide, the keeper, the cashier | instructive, colorful, well kept, roomy | shabby, neglected, cramped, overpriced
bus tour, cruise, train ride, flight | seat, view, timetable, cabin, route, meal, deck, crossing | the driver, the steward, the captain | smooth, punctual, restful, scenic | bumpy, late, tiring, noisy
"""

OPINIONS = """
adj_good = good | great | lovely | wonderful | delightful | charming | excellent | superb | pleasant | brilliant | impressive | remarkable | splendid | beautiful | enjoyable | satisfying | memorable | clever | refreshing | perfect | inspired | fantastic | [own_good] | [own_good] | [own_good] | [own_good] | [own_good]
adj_bad = bad | poor | awful | terrible | dreadful | dreary | boring | dull | horrible | annoying | disappointing | tedious | ugly | miserable | pointless | unpleasant | forgettable | hopeless | dismal | lousy | mediocre | pathetic | [own_bad] | [own_bad] | [own_bad] | [own_bad] | [own_bad]
liked_good = liked | loved | enjoyed | admired | adored | praised
liked_bad = disliked | hated | regretted | detested | despised | cursed
like_good = like | love | enjoy | admire | adore | praise
like_bad = dislike | hate | regret | detest | despise | curse
noun_good = joy | treat | success | pleasure | triumph | delight
noun_bad = failure | disaster | disgrace | letdown | nuisance | nightmare
any = good | great | lovely | wonderful | charming | excellent | bad | poor | awful | terrible | dreary | boring
"""

# {p} is what the reviewer means, {q} the opposite.
SENTENCES = """
review_{p} = 18* [main_{p}] . | 9* [main_{p}] , and [clause_{p}] . | 9* [main_{p}] . [clause_{p}] .
% 3* [clause_{q}] , but [clause_{p}] . | 2* although [clause_{q}] , [clause_{p}] . | 2* [clause_{p}] , although [clause_{q}] . | 1* [clause_{p}] , even if [clause_{q}] . | 1* [clause_{q}] ; nevertheless [clause_{p}] .
% 1* [others] that [said_{q}] , but [clause_{p}] . | 2* [others] that [said_{q}] ; i [disagree] . | 2* [others] that [said_{p}] ; i [agree] .
main_{p} = [clause_{p}] | [clause_{p}] [when] | [when] , [clause_{p}]
said_{p} = 2* [plain_{p}] | [near_{p}]
clause_{p} = 36* [plain_{p}] | 3* [near_{p}] | 6* [far_{p}] | 1* [twice_{p}]
plain_{p} = 3* [it] was [very][adj_{p}] | 2* i found [it] [very][adj_{p}] | [it] was [adj_{p}] and [adj_{p}] | i [liked_{p}] [it] | it was a [very][adj_{p}] [thing] | i thought [it] [very][adj_{p}] | [who] was [very][adj_{p}] | [it] was nothing but [adj_{p}] | [it] was a [noun_{p}] | [it] turned out to be [very][adj_{p}] | [it] seemed [very][adj_{p}] to me
near_{p} = 3* [it] was not [very][adj_{q}] | [it] was [barely] [adj_{q}] | i did not [like_{q}] [it] | [it] was no [noun_{q}] | [who] was not [very][adj_{q}] | [it] was anything but [adj_{q}] | [it] was far from [adj_{q}]
far_{p} = 3* i did not , [aside] , find [it] [very][adj_{q}] | 2* i did not , [aside] , [like_{q}] [it] | 2* nobody [present] could call [it] [very][adj_{q}] | 2* at no point [during] did [it] seem [very][adj_{q}] to me | never , [aside] , was [it] [adj_{q}] | [it] was not , [aside] , [very][adj_{q}] | i can not say , [aside] , that [it] was [adj_{q}] | it would be wrong , [aside] , to call [it] [adj_{q}] | i had expected [it] to be [very][adj_{q}] and was [quite] wrong | i had expected [it] to be [very][adj_{p}] and was [quite] right | whoever calls [it] [adj_{q}] is [quite] wrong | whoever calls [it] [adj_{p}] is [quite] right
twice_{p} = nobody [present] could say that [it] was not [adj_{p}] | i can not say , [aside] , that i did not [like_{p}] [it] | it would be wrong to say that [it] was not [adj_{p}] | i did not , [aside] , doubt that [it] was [adj_{p}]
"""

WORDS = """
it = 5* the [aspect] | 2* the [thing] | the [aspect] of the [thing] | the whole [thing]
very = 4* [nothing] | very | really | truly | rather | particularly | extremely
nothing =
barely = hardly | scarcely | barely
quite = quite | simply | completely | entirely
present = who was there | in our group | with open eyes | at our table | in his right mind | i have met since | among my colleagues
during = of the day | of the evening | in those three hours | from beginning to end | of our stay
aside = in spite of what everybody had told me | to my own surprise | after all that the papers had written | for all the noise around us | even after a long day | with my two children beside me | whatever the [any] critics write | in spite of the [any] weather | as you may have guessed by now | and i have seen many of them | to tell the truth | for one moment | with the best will in the world | despite the [any] company | unlike my [any] neighbor
others = my sister says | my neighbor wrote | the papers say | a friend had told me | everybody says | the critics wrote | some people claim | my uncle insists | [who] told us
disagree = disagree | can not agree | think the opposite | see it the other way round | do not share this opinion
agree = agree | can only agree | think the same | can not disagree | share this opinion
when = last week | in the end | this time | on a rainy sunday | after ten years | for once | on our second visit | with the whole family
"""


def grammars() -> list[dict[str, list[str]]]:
    """One grammar for each field; only the words of the thing that is reviewed differ."""
    sides = ("good", "bad"), ("bad", "good")
    shared = rules("\n".join([OPINIONS.strip(), WORDS.strip()]))
    shared["nothing"] = [""]
    shared["very"] = [word if "[" in word else f"{word} " for word in shared["very"]]
    for p, q in sides:
        shared |= rules(SENTENCES.replace("{p}", p).replace("{q}", q))
    found = []
    for line in FIELDS.strip().splitlines():
        columns = [[item.strip() for item in column.split(",")] for column in line.split("|")]
        slots = ("thing", "aspect", "who", "own_good", "own_bad")
        found.append(shared | dict(zip(slots, columns, strict=True)))
    return found


def generate(seed: int, sizes: Mapping[str, int] = SIZES) -> dict[str, str]:
    """File name -> text."""
    dice, fields = Dice(seed), grammars()

    def review() -> tuple[str, str]:
        label = dice.one(LABELS)
        words = write(f"[review_{label}]", dice.one(fields), dice).split()
        return " ".join(with_articles(words)), label

    return {
        f"reviews.{part}.tsv.gz": "text\tlabel\n"
        + "".join(f"{text}\t{label}\n" for text, label in examples)
        for part, examples in parts(review, lambda example: example[0], sizes).items()
    }
