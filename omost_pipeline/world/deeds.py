"""Words for who does what with what: verbs, poses, holds, and what a thing goes without.

Tables alone, with some words kept back for evaluation; knows no canvas and draws no lots. A verb stands as
``fights/fighting``: its third person and its participle.
"""

from __future__ import annotations

from omost_pipeline.world.phrasings import Phrasings, phrasings
from omost_pipeline.world.stage import Hold

DEEDS = phrasings(
    """
    fights/fighting | chases/chasing | meets/meeting | watches/watching | follows/following | kisses/kissing |
    hugs/hugging | attacks/attacking | hunts/hunting | feeds/feeding | greets/greeting | talks to/talking to |
    plays with/playing with | looks at/looking at | races/racing | dances with/dancing with |
    walks with/walking with | saves/saving | battles/battling | pushes/pushing | pulls/pulling | guards/guarding |
    runs after/running after | fights with/fighting with | fights against/fighting against | sees/seeing |
    finds/finding | loves/loving | catches/catching | kicks/kicking | waters/watering | washes/washing |
    waves at/waving at | barks at/barking at | stares at/staring at | sings to/singing to | sits with/sitting with |
    plays/playing | throws/throwing | smells/smelling | scares/scaring | helps/helping | admires/admiring
    || defends/defending | visits/visiting | walks towards/walking towards | invites/inviting
    """
)
"""What one thing does to another that stands beside it."""

HOLDS: dict[Hold, Phrasings] = {
    "riding": phrasings("rides/riding | rides on/riding on | sits on/sitting on || gallops on/galloping on"),
    "holding": phrasings(
        "holds/holding | carries/carrying | has/holding | lifts/lifting | swings/swinging || grips/gripping"
    ),
    "wearing": phrasings("wears/wearing | has on/wearing | puts on/putting on || sports/sporting"),
}
"""Hold → its verbs."""

POSES = phrasings(
    """
    sleeps/sleeping | sits/sitting | stands/standing | runs/running | jumps/jumping | dances/dancing | flies/flying |
    swims/swimming | sings/singing | smiles/smiling | laughs/laughing | cries/crying | waits/waiting | walks/walking |
    thinks/thinking | dreams/dreaming | rests/resting | hides/hiding | shines/shining | burns/burning |
    floats/floating | plays/playing | works/working | eats/eating | climbs/climbing | reads/reading | waves/waving |
    rolls/rolling | sails/sailing | melts/melting | howls/howling
    || snores/snoring | relaxes/relaxing | crawls/crawling
    """
)
"""What a thing does alone: it becomes a word before the thing's name."""

LACKING = phrasings(
    """
    windows | people | clouds | leaves | trees | a tail | a roof | a door | doors | a head | wheels | legs | arms |
    flowers | cars | stars | wings | eyes | a face | hair | a hat | shoes | a beard | glasses | teeth | lights | sails |
    feet | houses | animals | smoke | grass | a moon | text | words | fur | stripes | spots | ears | a nose | a crown |
    snow | water | branches | fruit | birds | a fence
    || candles | chimneys | a smile | horns
    """
)
"""What a picture is not to show."""

WITHOUT = phrasings(
    """
    without {lacking} | with no {lacking} | without any {lacking} | but no {lacking} | , no {lacking} |
    but without {lacking} | that has no {lacking}
    || , without {lacking} | and no {lacking}
    """
)

WHOLES = phrasings(
    """
    a bowl of fruit | a group of animals | my toys | a zoo | a basket | some animals | a still life | a collection |
    a table full of things | a shelf | my favourite things | a farm | a party | a family | a few things |
    a picture of three things | a bunch of things | the following | these | a shopping list
    || a plate of food | my pets | a parade
    """
)
"""What a list's parts stand for together; the parts are what is drawn."""

OWNERS = ("my", "our", "your", "his", "her", "this", "that", "my friend's", "the")
"""What may stand where the article does."""

MANY: dict[int, tuple[str, ...]] = {
    5: ("five", "5", "a group of", "a bunch of"),
    6: ("six", "6", "half a dozen"),
    7: ("seven", "7"),
    8: ("eight", "8"),
    9: ("nine", "9"),
}
"""Five to nine of a thing, in words."""


def forms(verb: str) -> tuple[str, str]:
    """``fights/fighting`` → (``fights``, ``fighting``)."""
    third, _, participle = verb.partition("/")
    return third, participle


def base_form(third: str) -> str:
    """The plural's form of a verb's third person: ``chases`` → ``chase``, ``flies`` → ``fly``."""
    verb, _, rest = third.partition(" ")
    if verb == "has":
        base = "have"
    elif verb.endswith("ies") and len(verb) > 4:
        base = f"{verb[:-3]}y"
    elif verb.endswith(("ches", "shes", "sses")):
        base = verb[:-2]
    else:
        base = verb[:-1]
    return f"{base} {rest}" if rest else base
