"""Sentences with their parts of speech: the same form is one thing here and another thing there.

In: a seed and sizes. Out: CoNLL-U (form and UPOS; the other columns are empty). Forms are ambiguous
as they are in English: run, light, open, that, to, before, have, can; and the first word of a
sentence has a capital letter, as names have. Some names of a test set are new. Sense, trees,
lemmas and features are left out.
"""
# ruff: noqa: E501 - a rule is one line, however long

from collections.abc import Mapping

import tasks_names as names
from miniworld_en import ing, third
from miniworld_grammar import Dice
from tasks_grammar import parts, rules, with_articles, write

SIZES = {"train": 3_000, "valid": 500, "heldout": 500}
NEW_NAMES = 400  # as many as are drawn; each stands in few sentences

# Both verb and noun; `:` and the past tense where it is irregular.
ACTS = """
run:ran walk play watch plan cook paint plant fish dance drink:drank dream guard hope march order
park sail show talk train visit work answer call help fight:fought hunt name note point question
record report rest ride:rode sign smile start step stop taste touch trade turn vote wonder love
study dress farm cry lead:led light:lit book water hammer mail mark bill
"""
VERBS = """
see:saw hear:heard find:found bring:brought buy:bought carry build:built write:wrote follow hold:held
keep:kept lose:lost remember teach:taught throw:threw wash admire collect repair borrow
"""
STATES = """
know:knew believe say:said think:thought hear:heard claim hope dream
"""
NOUNS = """
dog king teacher child:children river house letter tree stone bridge apple doctor sister garden
bird field table song window horse farmer mouse:mice saw felt can will might well back past
"""
ADJECTIVES = """
old young big small tall happy sad brave quiet strange rich poor soft sweet bright proud gentle
open clean dry warm cool slow empty calm clear light cold right left round square orange green secret safe
fast hard late early long straight high low deep daily even still past back
"""
CALLED = "open clean dry warm cool slow empty calm clear light"  # adjectives that are verbs too
MANNERS = "fast hard late early long straight high low deep daily well still soon often never quietly again"
PARTICIPLES = "seen heard found brought kept lost repaired borrowed"
DERIVED = "sad happy strange rich soft sweet bright gentle warm cool slow calm clear light cold deep open clean"

# {n} is sg or pl; a phrase of the other number is [.._any].
SENTENCES = """
sentence = 10* [clause] ./PUNCT | 2* [clause] ,/PUNCT [cconj] [clause] ./PUNCT | 2* [sconj] [clause] ,/PUNCT [clause] ./PUNCT | 2* [clause] [sconj] [clause] ./PUNCT | 2* [question] ?/PUNCT | 2* [order] ./PUNCT | [intj] ,/PUNCT [clause] ./PUNCT | [name] ,/PUNCT [order] !/PUNCT | [adv_when] ,/PUNCT [clause] ./PUNCT | [prep] ,/PUNCT [clause] ./PUNCT
clause = 6* [np_sg] [vp_sg] | 5* [np_pl] [vp_pl] | 2* [name] [vp_sg] | 2* [pron_sg] [vp_sg] | 2* [pron_pl] [vp_pl] | there/PRON is/AUX [np_sg] [where] | there/PRON are/AUX [np_pl] [where] | that/PRON is/AUX [np_sg] | those/PRON are/AUX [np_pl] | this/PRON was/AUX [adj] | both/CCONJ [name] and/CCONJ [name] [vp_pl]
np_sg = 5* [det_sg] [noun_sg] | 4* [det_sg] [adj] [noun_sg] | [det_sg] [adj] ,/PUNCT [adj] [noun_sg] | [det_sg] [noun_sg] of/ADP [np_any] | [det_sg] [noun_sg] that/PRON [vp_sg] | [det_sg] [noun_sg] that/PRON [subject_past] | [det_sg] [noun_sg] [noun_sg] | [det_sg] [noun_ness]
np_pl = 3* [det_pl] [noun_pl] | 3* [noun_pl] | 2* [adj] [noun_pl] | 2* [det_pl] [adj] [noun_pl] | [number] [noun_pl] | about/ADV [number] [noun_pl] | [noun_pl] that/PRON [vp_pl] | more/ADJ [noun_pl] than/ADP [np_any] | enough/ADJ [noun_pl]
np_any = 3* [np_sg] | 2* [np_pl] | [name] | [pron_object]
subject_past = [name] [verb_past] | [pron_any] [verb_past] | [det_sg] [noun_sg] [act_past]
vp_sg = 3* [act_sg] | 3* [act_sg] [where] | 2* [act_sg] [np_any] | 3* [verb_sg] [np_any] | [called_sg] [np_any] | [state_sg] that/SCONJ [short] | 2* is/AUX [adj] | is/AUX [adv] [adj] | is/AUX [act_ing] | was/AUX [act_ing] [where] | has/VERB [np_any] | has/AUX [verb_part] [np_any] | does/AUX not/PART [act_base] | does/VERB the/DET [noun_ing] | wants/VERB to/PART [any_base] | goes/VERB to/ADP [np_any] | looks/VERB like/ADP [np_any] | likes/VERB [np_pl] [adv] | [past]
vp_pl = 3* [act_base] | 3* [act_base] [where] | 2* [act_base] [np_any] | 3* [verb_base] [np_any] | [called_base] [np_any] | [state_base] that/SCONJ [short] | 2* are/AUX [adj] | are/AUX [adv] [adj] | are/AUX [act_ing] | were/AUX [act_ing] [where] | have/VERB [np_any] | have/AUX [verb_part] [np_any] | do/AUX not/PART [act_base] | do/VERB the/DET [noun_ing] | want/VERB to/PART [any_base] | go/VERB to/ADP [np_any] | look/VERB like/ADP [np_any] | like/VERB [np_pl] [adv] | all/DET [act_base] | [past]
past = 2* [modal] [any_base] | [modal] not/PART [any_base] | [act_past] [adv] | [act_past] [where] | [verb_past] [np_any] | [state_past] that/SCONJ [short] | left/VERB [np_any] | felt/VERB [adj] | saw/VERB [np_any] [act_base] | had/VERB [np_any] | had/AUX [verb_part] [np_any] | did/AUX not/PART [base] | turned/VERB [direction] | came/VERB back/ADV | went/VERB home/ADV | let/VERB [np_any] [act_base]
base = [act_base] [adv] | [act_base] [where] | [verb_base] [np_any] | [called_base] [np_any] | [act_base] [np_any] | have/VERB [np_any]
any_base = 3* [base] | be/AUX [adj]
short = [noun_pl] [act_base] | that/DET [noun_sg] [act_sg] | the/DET [noun_sg] is/AUX [adj] | [name] [act_past] | [pron_any] [modal] [act_base] | that/PRON is/AUX [adj] | [noun_pl] are/AUX [adj]
question = do/AUX [np_pl] [base] | does/AUX [np_sg] [base] | did/AUX [pron_any] [base] | [modal] [name] [any_base] | which/DET [noun_sg] [vp_sg] | which/PRON is/AUX [adj] | what/DET [noun_pl] [vp_pl] | what/PRON did/AUX [name] [act_base] | is/AUX that/PRON [np_sg] | is/AUX that/DET [noun_sg] [adj] | have/AUX [pron_any] [verb_part] [np_any] | when/ADV did/AUX [name] [act_base]
order = [any_base] | do/AUX not/PART [any_base] | [called_base] [np_any] before/SCONJ [name] [act_sg] | [act_base] [direction] | please/INTJ [base]
where = [prep] | [prep] | [direction] | [adv] | [adv] [prep]
prep = [adp] [np_sg] | [adp] [np_pl] | [adp] [np_sg] | [time_adp] [np_sg] | [adp] [name] | [adp] the/DET [noun_ness]
adp = in/ADP | to/ADP | over/ADP | around/ADP | up/ADP | down/ADP | past/ADP | round/ADP | by/ADP | through/ADP | near/ADP | without/ADP | like/ADP
time_adp = before/ADP | after/ADP | since/ADP | until/ADP
sconj = before/SCONJ | after/SCONJ | since/SCONJ | until/SCONJ | because/SCONJ | while/SCONJ | if/SCONJ
cconj = and/CCONJ | but/CCONJ | or/CCONJ
direction = in/ADV | over/ADV | around/ADV | up/ADV | down/ADV | past/ADV | right/ADV | left/ADV | back/ADV | home/ADV | there/ADV
adv = 3* [manner] | [derived_ly] | [derived_ly] | even/ADV [manner] | still/ADV | just/ADV | more/ADV [derived_ly]
adv_when = today/NOUN | then/ADV | soon/ADV | now/ADV | well/INTJ | still/ADV | before/ADP that/PRON
det_sg = 6* the/DET | 5* a/DET | 2* that/DET | this/DET | no/DET | every/DET | her/PRON | his/PRON | my/PRON | their/PRON | one/NUM
det_pl = 4* the/DET | those/DET | these/DET | all/DET | both/DET | no/DET | some/DET | her/PRON | my/PRON | our/PRON
number = two/NUM | three/NUM | five/NUM | twelve/NUM | 7/NUM | 40/NUM
pron_sg = he/PRON | she/PRON | it/PRON | that/PRON | everybody/PRON | one/PRON
pron_pl = they/PRON | we/PRON | you/PRON | i/PRON | these/PRON | both/PRON | all/PRON
pron_any = he/PRON | she/PRON | they/PRON | we/PRON | you/PRON
pron_object = her/PRON | him/PRON | it/PRON | them/PRON | that/PRON | this/PRON
modal = can/AUX | will/AUX | might/AUX | must/AUX | could/AUX | should/AUX
intj = well/INTJ | no/INTJ | yes/INTJ | oh/INTJ | right/INTJ
"""


def tagged(words: list[str], tag: str) -> list[str]:
    return [f"{word}/{tag}" for word in words]


def forms(table: str) -> list[tuple[str, str]]:
    """(base, irregular past or plural, or "")."""
    return [(word.partition(":")[0], word.partition(":")[2]) for word in table.split()]


def past(base: str, irregular: str) -> str:
    if irregular:
        return irregular
    if base in ("plan", "step", "stop"):
        return base + base[-1] + "ed"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ied"
    return base + ("d" if base.endswith("e") else "ed")


def stem(adjective: str) -> str:
    """happy -> happi, before -ness and -ly."""
    return adjective[:-1] + "i" if adjective.endswith("y") else adjective


def words() -> dict[str, list[str]]:
    """Slot -> words with their tags."""
    acts, verbs, states, nouns = map(forms, (ACTS, VERBS, STATES, NOUNS))
    found = {
        "noun_sg": tagged([base for base, _ in nouns + acts], "NOUN"),
        "noun_pl": tagged([plural or third(base) for base, plural in nouns], "NOUN")
        + tagged([third(base) for base, _ in acts], "NOUN"),
        "noun_ness": tagged([stem(word) + "ness" for word in DERIVED.split()], "NOUN"),
        "noun_ing": tagged(["washing", "cooking", "painting", "shopping", "dishes"], "NOUN"),
        "act_ing": tagged([doubled_ing(base) for base, _ in acts], "VERB"),
        "verb_part": tagged(PARTICIPLES.split(), "VERB"),
        "adj": tagged(ADJECTIVES.split(), "ADJ"),
        "manner": tagged(MANNERS.split(), "ADV"),
        "derived_ly": tagged([stem(word) + "ly" for word in DERIVED.split()], "ADV"),
        "called_base": tagged(CALLED.split(), "VERB"),
        "called_sg": tagged([third(word) for word in CALLED.split()], "VERB"),
    }
    for slot, table in (("act", acts), ("verb", verbs), ("state", states)):
        found[f"{slot}_base"] = tagged([base for base, _ in table], "VERB")
        found[f"{slot}_sg"] = tagged([third(base) for base, _ in table], "VERB")
        found[f"{slot}_past"] = tagged([past(*pair) for pair in table], "VERB")
    return found


def doubled_ing(base: str) -> str:
    return base + base[-1] + "ing" if base in ("plan", "run", "step", "stop") else ing(base)


def generate(seed: int, sizes: Mapping[str, int] = SIZES) -> dict[str, str]:
    """File name -> text."""
    dice = Dice(seed)
    new = [names.new_name(dice) for _ in range(NEW_NAMES)]
    grammar = rules(SENTENCES) | words()
    grammar["name"] = tagged([*names.FIRST.split(), *names.PLACES.split(), *new], "PROPN")

    def sentence() -> list[tuple[str, str]]:
        pairs = [token.rsplit("/", 1) for token in write("[sentence]", grammar, dice).split()]
        forms_ = ["I" if form == "i" else form for form, _ in pairs]
        forms_ = with_articles(forms_)
        forms_[0] = forms_[0][0].upper() + forms_[0][1:]
        return list(zip(forms_, (tag for _, tag in pairs), strict=True))

    found = parts(sentence, lambda pairs: " ".join(form for form, _ in pairs), sizes)
    return {
        f"tagged.{part}.conllu.gz": "".join(
            conllu(pairs, f"{part}-{number}") for number, pairs in enumerate(examples, 1)
        )
        for part, examples in found.items()
    }


def conllu(pairs: list[tuple[str, str]], sent_id: str) -> str:
    """One sentence with its comments and the empty line behind it."""
    text = " ".join(form for form, _ in pairs)
    rows = [
        f"{number}\t{form}\t_\t{tag}" + "\t_" * 6 for number, (form, tag) in enumerate(pairs, 1)
    ]
    return "\n".join([f"# sent_id = {sent_id}", f"# text = {text}", *rows, "", ""])
