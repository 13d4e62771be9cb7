"""Words beyond the small world's own: things it cannot draw, colours it paints by CSS name, places, styles.

Knows no canvas. Words kept back for evaluation stand apart, and so do some colour-and-kind pairs of the world itself.
"""

from __future__ import annotations

import random
from functools import cache

from omost_pipeline.world.kinds import COLORS, KINDS, Background, with_article
from omost_pipeline.world.phrasings import Phrasings, phrases, phrasings


def words(text: str) -> tuple[str, ...]:
    """Words between spaces."""
    return tuple(text.split())


NOUNS = Phrasings(
    words(
        """
        dragon robot horse cow sheep pig rabbit fox wolf bear lion tiger elephant giraffe monkey penguin owl duck
        chicken frog turtle snake spider bee whale shark dolphin octopus crab dinosaur unicorn mermaid fairy witch
        wizard knight king queen prince princess pirate ninja astronaut soldier farmer girl boy man woman child baby
        ghost monster zombie vampire angel train bus truck bicycle motorcycle airplane plane helicopter ship submarine
        tractor spaceship ufo tank tower bridge church lighthouse windmill hut tent cottage palace pyramid statue
        fountain fence gate door window chair table bed sofa lamp clock book guitar piano drum violin camera phone
        computer television cup teapot bottle plate cake pizza burger sandwich banana pear lemon cherry strawberry
        pumpkin carrot tomato cheese egg hat shoe shirt dress crown ring sword shield hammer key flag candle lantern
        box basket bucket ladder wheel rose tulip sunflower cactus bush rock stone river lake waterfall volcano island
        hill planet comet rainbow snowflake kite swing slide bench mailbox donut cookie mouse hamster squirrel deer
        goat donkey camel panda koala kangaroo parrot swan eagle bat ant snail worm wagon sled sailboat canoe anchor
        treasure chest mirror acrobat acorn alien alligator almond altar ambulance angler antelope ape apron aquarium
        arch archer armchair arrow artist ax axe backpack badge badger bagel bagpipe baker balcony bamboo bandit banjo
        banner barrel baseball basketball bath bathtub battery beak bean beard beaver beetle bell belt berry birdhouse
        bison blanket blimp block blossom bonfire boot bouquet bowl boxer bracelet branch bread brick broccoli broom
        brush bubble buffalo bulb bull bulldozer bunny butcher button cabbage cabin cage calculator calf canary candy
        cannon cap caravan carpet carriage cart caterpillar cauldron cello centaur chalk chameleon chandelier cheetah
        chef cherub chimney chimpanzee chipmunk circle clown clover cobra cobweb coconut coffin coin comb compass cone
        cook cork corn couch cowboy coyote cradle crane crayon cricket crocodile crossbow crow cube cucumber cupboard
        curtain cushion cyclops dagger daisy dancer dart desk detective diamond dice dingo doctor doll dome doughnut
        dove dragonfly drawer driver drone dwarf ear easel eel egret elf elk emerald emperor engine envelope eye
        falcon fan feather ferret ferry fern fig fighter finch fireman fireplace firework fisherman flame flask flute
        fly football forklift fortress frame fridge fruit funnel galaxy gargoyle garlic gazelle gecko genie geyser
        giant glacier gladiator glass globe glove gnome goblin goggles goldfish golem goose gramophone grape
        grasshopper grave gremlin griffin guard gun guppy hammock hand handbag hare harp hawk hedge helmet hen heron
        hippo hook horn hornet hose hourglass hound hovercraft husky hydra iceberg icicle idol iguana impala ink
        insect iron ivy jackal jacket jaguar jar jeep jellyfish jester jet jewel judge jug juggler kayak kettle kid
        kitten kiwi knife knot koi ladle ladybug lamb lamppost lawnmower leaf lemming lemur leopard leprechaun letter
        lighter lily limousine lizard llama locket locomotive log lollipop lotus lute lynx macaw magician magnet
        magpie mammoth manatee mango mannequin mantis map maple maraca marble marmot mask maze medal melon meteor
        microphone microscope microwave milkshake mill miner minotaur minivan mole mongoose moose mop moped mosque
        mosquito moth motorboat mug mule mummy musician nail necklace nest net newspaper newt nightingale noodle nun
        nurse nut oak oar obelisk octagon ogre oil onion opera orca orchid ostrich otter oven owlet ox oyster pagoda
        pail paintbrush painter pan pancake panther papaya parachute parasol pea peach peacock peanut pelican pen
        pencil pepper perfume phoenix pickle pie pigeon pillar pillow pilot pine pineapple pitcher platypus plough
        plow plum pocket poet policeman pond pony poodle popcorn poppy porcupine postcard pot potato potion priest
        printer pretzel puddle puffin puma puppet puppy purse puzzle python quail quilt raccoon racket radio radish
        raft railway ram rat raven razor reindeer rhino ribbon rifle roach road rooster root rope rug ruler runner
        saddle sail sailor salad salamander sandal satellite sausage saxophone scale scarf scepter scissors scooter
        scorpion screw sculpture seagull seal seashell seat seed shaman shed shelf shell shovel shrimp shrine signpost
        singer sink skateboard skeleton skull skunk skyscraper sloth slug smoke snowboard sock soup spaceman spade
        sparrow sphinx sponge spoon spy squid stallion stapler starfish stick stool stork stove straw stroller
        suitcase surfer surfboard sushi swallow sweater swimmer swordfish syringe tadpole tail tambourine tangerine
        tap tapir target tarantula taxi teacher teacup teeth termite thief throne ticket tie tinman toad toaster
        toilet tombstone tooth toothbrush torch tornado tortoise totem toucan towel toy trailer tram trampoline trap
        tray tricycle triangle trident troll trolley trombone trophy trout truffle trumpet trunk tub tuba tugboat
        turkey turnip turret twig typist urn van vase vest viking villa villager vine viper viola vulture waffle
        waiter wallet walnut walrus wand warrior wasp watch watermelon weasel well werewolf wheelbarrow whistle wig
        wolverine wombat wood woodpecker wreath wrench xylophone yacht yak yarn zebra zipper
        """
    ),
    words(
        """
        gorilla zeppelin cathedral catapult wardrobe typewriter armadillo scarecrow samurai dumpling periscope aardvark
        yeti bungalow
        """
    ),
)
COMPOUNDS = phrasings(
    """
    teddy bear | fire truck | police car | palm tree | ice cream | polar bear | hot dog | rubber duck | coffee cup |
    traffic light | light bulb | tea pot | sea horse | space station | pine tree | christmas tree | sports car |
    sand castle | tree house | alarm clock | baby carriage | beach ball | birthday cake | bus stop | camp fire |
    cherry tree | city wall | coffee machine | crystal ball | desk lamp | dog house | ferris wheel | fire engine |
    fishing boat | flower pot | flying saucer | garden gnome | ghost ship | gift box | gold coin | grand piano |
    hot air balloon | ice cube | jack in the box | killer whale | lady bug | lawn mower | light house | milk bottle |
    oak tree | office chair | paper plane | park bench | picnic basket | pirate ship | plush toy | police officer |
    race car | railway bridge | road sign | rocking horse | roller coaster | rubber boot | sea turtle |
    shooting star | shopping cart | soap bubble | soccer ball | stone bridge | street lamp | swimming pool | tea cup |
    toy train | tree stump | video camera | washing machine | water bottle | water wheel | wedding cake | wind mill |
    wine glass | wooden box
    || apple tree | fire hydrant | tennis ball | phone booth
    """
)
ADJECTIVES = Phrasings(
    words(
        """
        dancing sleeping flying happy sad angry old young cute scary broken shiny wooden fluffy smiling running
        jumping singing magic friendly lonely beautiful ugly fat thin tall short round strange burning frozen haunted
        ancient modern futuristic sparkling glowing striped spotted hungry tired brave wild crazy royal dirty clean
        fast slow laughing crying wise grumpy tasty rusty stone glass paper metal cartoon electric invisible
        mechanical angelic bald bearded bent bitter blind bold bouncing boring busy calm careful cheap cheerful chubby
        clever climbing clumsy cold comic confused cosy cracked crooked cruel crystal curious curly delicious diving
        dreaming dusty eating evil excited expensive famous fancy fierce fighting floating folded foolish fresh
        frightened frosty funny gentle ghostly gloomy graceful greedy hairy heavy hidden hollow holy hopping humble
        icy injured jealous jolly juicy kind lazy living long lost loud lucky mad marble marching medieval messy
        mighty muddy mysterious narrow neat nervous nice noble noisy odd oily open painted plastic playful plump
        polite poor posh pretty proud puzzled quick quiet rainy rare reading red-eyed rich ripe ripped roaring robust
        rocky rolling rotten rough rubber sailing salty sandy savage screaming secret serious shaggy sharp shy sick
        silent silky silly sitting skinny sly smart smelly smoky smooth sneaky soft solid sour spiky spinning spooky
        standing steel sticky stormy straight strong stylish sunny surprised sweet swinging tame tangled thick thirsty
        thorny tidy tropical twisted vintage waiting walking warm weak wet winged witty worried wounded yawning
        """
    ),
    words("melting snoring elegant furry robotic heroic swimming"),
)
TAILS = phrasings(
    """
    playing the guitar | eating a banana | reading a book | with sunglasses | drinking tea | made of glass |
    full of books | playing football | with a {noun} on top | eating a {noun} | made of {noun}s | shaped like a {noun} |
    in a {noun} costume | wearing glasses | wearing boots | playing the piano | playing chess | made of ice |
    made of wood | made of gold | full of flowers | full of {noun}s | covered in snow | surrounded by {noun}s |
    on wheels | made from a {noun} | that looks like a {noun} | from another planet | of a king
    || wearing mittens | eating an apple | made of chocolate
    """
)
_SYLLABLES = words(
    """
    ba bo bra cli da dro fa fli ga glo gri ha ja jo ka kra lo lu ma mi mu na no nu pa plo qui ra ro sha snu ta tri vo wi
    xa yo za zor
    """
)
_ENDINGS = ("x", "n", "ng", "rk", "l", "t", "m", "bble", "ster", "", "", "zz", "p")

PLAIN_COLORS = tuple(COLORS)
_BY_THEIR_NAME = phrases(
    """
    gold | silver | turquoise | beige | violet | magenta | teal | maroon | lime | navy | olive | crimson | salmon |
    indigo | lavender | tan | coral | ivory | khaki | dark blue | light blue | dark green | light green | dark red |
    light gray | dark gray | light pink
    """
)
RARE_COLORS: dict[str, str] = {
    "grey": "gray",
    "golden": "gold",
    "light grey": "light gray",
    "dark grey": "dark gray",
    **{color: color for color in _BY_THEIR_NAME},
}
"""A colour as people say it → as the description names it; without its space it is the CSS name."""

STYLES = phrasings(
    """
    oil painting | watercolor | pencil sketch | comic | cartoon | photo | anime | pixel art | pastel drawing |
    3d render | line art | pop art | sketch | woodcut | digital painting | crayon drawing | mosaic | clay model |
    vector art | acrylic painting | airbrush | art deco | art nouveau | baroque | black and white photo | blueprint |
    cave painting | chalk drawing | children's book illustration | collage | comic book | cubism | cyberpunk |
    embroidery | engraving | etching | expressionism | fairy tale illustration | fantasy art | felt | flat design |
    fresco | gouache | graffiti | icon | impressionism | isometric art | japanese woodblock print | knitted | lego |
    linocut | low poly | manga | marker drawing | minimalism | neon art | old photograph | origami | paper cut |
    pencil drawing | photograph | plush | pointillism | polaroid | poster | retro poster | screen print |
    sepia photo | sketchbook | spray paint | steampunk | sticker | storybook | surrealism | tattoo | ukiyo-e |
    vintage photo | voxel art | wax crayon | woodcarving
    || charcoal drawing | ink drawing | stained glass
    """
)

WHERE: dict[str, Phrasings] = {
    "meadow": phrasings(
        """
        in a meadow | on a meadow | on the grass | on a green meadow | in a field |
        in the meadow || in the grass
        """
    ),
    "night": phrasings(
        """
        at night | in the night | by night | under a night sky | in the dark | under the stars || at midnight
        """
    ),
    "beach": phrasings("on the beach | at the beach | on a beach | by the sea | on a sandy beach || at the seaside"),
    "snow": phrasings(
        """
        in the snow | on the snow | in a snowy field | in winter | in a snowy landscape || in deep snow
        """
    ),
    "sunset": phrasings("at sunset | in the sunset | during sunset | at dusk | in the evening || during a sunset"),
    "sea": phrasings(
        """
        in the sea | under the sea | underwater | in the ocean | in the deep sea |
        under water || deep in the sea
        """
    ),
    "room": phrasings(
        """
        in a room | indoors | in the living room | in a cosy room | inside a room |
        at home || inside the house
        """
    ),
    "desert": phrasings(
        """
        in the desert | in a desert | among the dunes | on the dunes | in the sand dunes || out in the desert
        """
    ),
    "space": phrasings("in space | in outer space | among the stars | in the cosmos | out in space || in deep space"),
    "city": phrasings(
        """
        in the city | in a city | in front of a city skyline | in town | downtown |
        in a big city || in the middle of a city
        """
    ),
}
"""Background name → how a request sets a scene there."""

PLACE: dict[str, tuple[str, ...]] = {
    "meadow": phrases("a meadow | a green meadow | meadow | grass | the meadow"),
    "night": phrases("night | a night sky | a night landscape | nighttime | the night"),
    "beach": phrases("a beach | beach | a sandy beach | the beach"),
    "snow": phrases("snow | a snowy field | a snowy landscape | winter | a winter landscape"),
    "sunset": phrases("a sunset | sunset | the sunset | an evening sky"),
    "sea": phrases("the sea | the deep sea | the ocean | an ocean | underwater"),
    "room": phrases("a room | a cosy room | a living room | indoors | room"),
    "desert": phrases("a desert | desert | the desert | dunes"),
    "space": phrases("space | outer space | a starry space | the cosmos"),
    "city": phrases("a city | city | the city | a city skyline | a skyline"),
}
"""Background name → what a request calls it."""

MORE_WHERE: dict[str, Phrasings] = {
    "rain": phrasings("in the rain | on a rainy day | in rainy weather | while it rains || in pouring rain"),
    "storm": phrasings("in a storm | in the storm | in stormy weather | on a stormy day || in a thunderstorm"),
    "fog": phrasings("in the fog | in the mist | on a foggy day || in thick fog"),
    "autumn": phrasings("in autumn | on an autumn day | in the fall || in late autumn"),
    "sky": phrasings("in the sky | up in the sky | in the clouds | in a cloudy sky || high in the sky"),
    "sunrise": phrasings("at sunrise | at dawn | in the early morning | at daybreak || during sunrise"),
}
MORE_PLACE: dict[str, tuple[str, ...]] = {
    "rain": phrases("rain | a rainy day | the rain"),
    "storm": phrases("a storm | the storm | stormy weather"),
    "fog": phrases("fog | mist | a foggy day"),
    "autumn": phrases("autumn | an autumn landscape | fall"),
    "sky": phrases("a cloudy sky | clouds | the sky"),
    "sunrise": phrases("a sunrise | dawn | the sunrise"),
}
"""As :data:`WHERE` and :data:`PLACE`, for the larger world's weathers and times."""

PLACES_BEYOND = phrasings(
    """
    forest | jungle | cave | garden | park | kitchen | swamp | village | farm | dark forest | library | factory |
    stadium | temple | harbor | classroom | canyon | supermarket | spooky graveyard | japanese garden |
    magical forest | airport | alley | arena | attic | bakery | ballroom | bank | barn | basement | bathroom |
    battlefield | bedroom | bookshop | bridge | butcher shop | cafe | campsite | carnival | casino | cellar |
    cemetery | christmas market | cinema | circus | cliff | coast | coral reef | corridor | courtyard | cornfield |
    dungeon | enchanted forest | fairground | flower garden | foggy forest | football field | fjord | gallery |
    glacier | golf course | greenhouse | gym | hall | hallway | haunted house | hospital | hotel lobby | ice cave |
    jungle temple | lake | lighthouse | market | marsh | mall | monastery | moonlit lake | mountain pass |
    mountain valley | mine | office | orchard | palace | parking lot | playground | pine forest | pub |
    railway station | rainforest | restaurant | river valley | rooftop | ruin | savanna | school | sewer | ship deck |
    shop | ski slope | space station | stable | stage | street | subway | sunflower field | swimming pool | tavern |
    theater | throne room | toy shop | train station | tundra | tunnel | valley | volcano | warehouse | waterfall |
    wheat field | workshop | zen garden | zoo
    || bamboo forest | museum | laboratory | vineyard
    """
)
"""Scenes the world does not know; their canvas names them and takes the default background's colour."""

SIZES_SAID: dict[str, tuple[str, ...]] = {
    "small": ("small", "tiny", "little", "small"),
    "medium-sized": ("medium-sized", "medium"),
    "large": ("big", "large", "huge", "giant", "big"),
}
SIZES_ASKED: dict[str, tuple[str, ...]] = {
    "small": ("small", "tiny", "little", "very small"),
    "medium-sized": ("medium-sized", "medium", "normal-sized"),
    "large": ("big", "large", "huge", "giant", "very big"),
}

SPOTS: dict[str, tuple[str, ...]] = {
    "in the center": phrases(
        """
        center | middle | centre | very middle | center of the picture | middle of the picture
        """
    ),
    "on the left": phrases("left | left side | left edge | left-hand side | far left"),
    "on the right": phrases("right | right side | right edge | right-hand side | far right"),
    "on the top": phrases("top | sky | top edge | upper edge | upper part | top of the picture"),
    "on the bottom": phrases("bottom | ground | bottom edge | lower edge | lower part | bottom of the picture"),
    "on the top-left": phrases("top-left | top left | upper left | upper-left | top left corner | upper left corner"),
    "on the top-right": phrases(
        """
        top-right | top right | upper right | upper-right | top right corner | upper right corner
        """
    ),
    "on the bottom-left": phrases(
        """
        bottom-left | bottom left | lower left | lower-left | bottom left corner | lower left corner
        """
    ),
    "on the bottom-right": phrases(
        """
        bottom-right | bottom right | lower right | lower-right | bottom right corner | lower right corner
        """
    ),
}

_A_BIT = ("slightly", "a bit", "a little", "a little bit", "slightly more", "a tad")
_TOWARDS: dict[str, tuple[str, ...]] = {
    "slightly to the left": ("to the left", "left", "more to the left"),
    "slightly to the right": ("to the right", "right", "more to the right"),
    "slightly to the upper": ("up", "higher", "upwards", "to the top", "to the upper"),
    "slightly to the lower": ("down", "lower", "downwards", "to the bottom", "to the lower"),
    "slightly to the upper-left": ("to the upper left", "to the upper-left", "up and left", "to the top left"),
    "slightly to the upper-right": ("to the upper right", "to the upper-right", "up and right", "to the top right"),
    "slightly to the lower-left": ("to the lower left", "to the lower-left", "down and left", "to the bottom left"),
    "slightly to the lower-right": (
        "to the lower right",
        "to the lower-right",
        "down and right",
        "to the bottom right",
    ),
}
NUDGES: dict[str, tuple[str, ...]] = {
    offset: tuple(f"{bit} {way}" for way in ways for bit in _A_BIT) for offset, ways in _TOWARDS.items()
}
"""Offset → wordings of a small step that way."""

FAR = ("far away", "in the distance", "far in the back", "on the horizon")
NEAR = ("up close", "in front", "in the foreground", "very close")

RELATIONS: dict[str, tuple[str, ...]] = {
    "above": ("above", "over", "on top of", "flying above", "floating over", "on"),
    "below": ("under", "below", "underneath", "beneath"),
    "left": ("left of", "to the left of", "on the left of"),
    "right": ("right of", "to the right of", "on the right of"),
    "beside": ("next to", "beside", "near", "by"),
    "front": ("in front of",),
    "behind": ("behind",),
}
"""Relation → its prepositions."""


def css(color: str) -> str:
    """The CSS name of a described colour: ``dark blue`` → ``darkblue``."""
    return color.replace(" ", "")


def coined_word(rng: random.Random) -> str:
    """A made-up word, so that copying is learnt and not a list of words: of syllables, or spelt as known words are."""
    if rng.random() < 0.3:
        syllables = "".join(rng.choice(_SYLLABLES) for _ in range(rng.choice((2, 2, 3))))
        return syllables + rng.choice(_ENDINGS)
    follows = _letters_that_follow()
    length = rng.randint(4, 10)
    word = rng.choice(follows["  "])
    while len(word) < length + 3 and (letter := rng.choice(follows[f"  {word}"[-2:]])) != " ":
        word += letter
    return word if len(word) > 2 else word + rng.choice(_SYLLABLES)


@cache
def _letters_that_follow() -> dict[str, str]:
    """For each two letters those that follow them in the known words; a space stands before and behind a word."""
    follows: dict[str, str] = {}
    for word in (*NOUNS.seen, *ADJECTIVES.seen):
        padded = f"  {word} "
        for start in range(len(padded) - 2):
            follows[padded[start : start + 2]] = follows.get(padded[start : start + 2], "") + padded[start + 2]
    return follows


def is_kept_pair(kind: str, color: str) -> bool:
    """Whether a colour on a kind of the world is kept back for evaluation (default colours never are)."""
    if kind not in KINDS or color not in COLORS or KINDS[kind].color == color:
        return False
    return (5 * list(KINDS).index(kind) + list(COLORS).index(color)) % 11 == 3


def background_beyond(name: str, default: Background) -> Background:
    """The background of a place, or of a colour, that the world's table lacks."""
    return Background(name, with_article(name), default.color)
