"""Names: of people, places and organisations, many of which can be more than one of these.

In: a `Dice` for new ones. Out: tables of names, and names made of syllables, which a test set may
have and its training set not. What a name stands for is said by the sentence around it
(tasks_tagged.py, tasks_spans.py), not here.
"""

from miniworld_grammar import Dice

FIRST = """
Anna Ben Carla David Emma Felix Hannah Ivan Julia Karim Laura Marco Nadia Oscar Paula Quentin Rita
Samuel Teresa Victor Yusuf Zoe Mina Jonas
Paris Florence Sydney Austin Jordan Chelsea Madison Charlotte Savannah Troy Kent Lincoln
Mark Will Rose Bill Grace May Frank Hope Dean Penny Rob Sue Pat Ray Drew Art
"""
FAMILY = """
Keller Novak Rossi Haddad Jensen Okafor Petrov Silva Tanaka Weber Moreau Larsen
Lincoln Washington London York Lancaster Houston Boston Derby Kent Paris
Hill Ford Wells Park Brooks Marsh Stone Price Rivers Baker Cook Fisher
"""
PLACES = """
Paris Florence Sydney Austin Jordan Chelsea Madison Charlotte Savannah Troy Kent Lincoln
Washington London York Lancaster Houston Boston Derby Oslo Lima Cairo Delhi Seoul Vienna Prague
Reading Bath Nice Cork Split Orange Mobile Rugby Sandwich Deal
"""
BEGINNINGS = (
    "Bal Bren Cor Dal Dor Fal Gar Hal Kel Lor Mar Nor Or Pel Quor Ran Sel Tor Ul Val Wen Zan"
)
MIDDLES = "a e i o u ami ene oro ula aro ile onde arra ette"
ENDS = "ba da dor fen gar lin lo mar mir na nis ra rin sa sen ta ton va vin zo"


def new_name(dice: Dice) -> str:
    """A name that nobody has; it says nothing about what it names."""
    return "".join(dice.one(part.split()) for part in (BEGINNINGS, MIDDLES, ENDS))
