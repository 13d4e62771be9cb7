"""French requests for the small world, put into English phrase by phrase."""

from __future__ import annotations

import re
from functools import cache

from omost_pipeline.bundled.glossary.entries import (
    Speech,
    accented,
    accents,
    alternatives,
    english_words,
    entries,
    own_words,
    pattern_of,
    replaced,
    several,
)

_SMALL_WORDS = frozenset(
    """
    le un une du au aux et dans avec sous sur près loin devant derrière côté gauche droite haut bas ajoute ajouter
    ajoutez enlève enlever enlevez supprime supprimer retire retirer remplace déplace agrandis rends mets mettre dessine
    donne donnez lui autre
    plutôt non doit devrait doivent être avoir stp svp
    dessiner dessinez place placer d' l' elle est pas qui moi je voudrais peinture à deux trois quatre sans mon ma mes
    cinq sept huit neuf
    """.split()
)
_SHARED = frozenset(("change", "plus", "des", "la", "de", "en", "il", "fais", "que", "les"))

_NOUNS = entries(
    """
    maison = house; arbre, sapin = tree; chat, chatte = cat; chien, chienne = dog; voiture, auto = car;
    bateau, voilier = boat; soleil = sun; lune = moon; étoile = star; nuage = cloud; montagne = mountain;
    fleur = flower; poisson = fish; oiseau = bird; ballon, montgolfière = balloon; balle = ball; fusée = rocket;
    château = castle; coeur, cœur = heart; champignon = mushroom; bonhomme de neige = snowman; parapluie = umbrella;
    pomme = apple; orange = orange; papillon = butterfly; dragon = dragon; dinosaure = dinosaur; robot = robot;
    cheval = horse; vache = cow; mouton = sheep; cochon = pig; lapin = rabbit; renard = fox; loup = wolf;
    ours = bear; lion = lion; tigre = tiger; éléphant = elephant; singe = monkey; canard = duck; grenouille = frog;
    tortue = turtle; serpent = snake; araignée = spider; abeille = bee; baleine = whale; requin = shark;
    licorne = unicorn; sirène = mermaid; fée = fairy; sorcière = witch; chevalier = knight; roi = king;
    reine = queen; princesse = princess; fille = girl; garçon = boy; homme = man; femme = woman; enfant = child;
    fantôme = ghost; monstre = monster; train = train; camion = truck; vélo = bicycle; moto = motorcycle;
    avion = airplane; navire = ship; voilier = sailboat; tour = tower; pont = bridge; église = church;
    phare = lighthouse; moulin = windmill; tente = tent; table = table; chaise = chair; lit = bed; lampe = lamp;
    livre = book; gâteau = cake; chapeau = hat; rose = rose; bébé = baby; grand-mère = grandmother;
    grand-père = grandfather; prince = prince; mariée = bride; marié = groom; pirate = pirate;
    cuisinier, cuisinière = cook; fermier, fermière = farmer; pompier = firefighter;
    policier, policière = policeman; soldat = soldier; médecin, docteur = doctor; professeur, maîtresse = teacher;
    étudiant, étudiante = student; artiste, peintre = artist; chanteur, chanteuse = singer; pilote = pilot;
    détective = detective; danseur, danseuse = dancer; astronaute, cosmonaute = astronaut; super-héros = superhero;
    père noël = santa; magicien, sorcier = wizard; elfe = elf; vampire = vampire; zombie = zombie; génie = genie;
    ange = angel; clown = clown; cow-boy = cowboy; extraterrestre = alien; ogre = ogre; squelette = skeleton;
    diable = devil; chèvre = goat; panda = panda; girafe = giraffe; kangourou = kangaroo; chameau = camel;
    cerf = deer; zèbre = zebra; rhinocéros = rhino; souris = mouse; écureuil = squirrel; hérisson = hedgehog;
    raton laveur = raccoon; crocodile = crocodile; escargot = snail; fourmi = ant; coccinelle = ladybug;
    crabe = crab; homard = lobster; pieuvre = octopus; méduse = jellyfish; dauphin = dolphin; phoque = seal;
    pingouin, manchot = penguin; poule = chicken; coq = rooster; poussin = chick; oie = goose; cygne = swan;
    paon = peacock; flamant rose = flamingo; chiot = puppy; hibou, chouette = owl; perroquet = parrot;
    aigle = eagle; colombe = dove; chauve-souris = bat; tulipe = tulip; tournesol = sunflower; palmier = palm;
    bouquet = bouquet; pizza = pizza; hamburger = burger; sandwich = sandwich; biscuit = cookie; tarte = pie;
    crêpe = pancake; pain = bread; fromage = cheese; oeuf, œuf = egg; banane = banana; poire = pear; citron = lemon;
    cerise = cherry; fraise = strawberry; raisin = grape; pastèque = watermelon; ananas = pineapple; pêche = peach;
    tomate = tomato; carotte = carrot; maïs = corn; citrouille = pumpkin; brocoli = broccoli; chocolat = chocolate;
    glace = icecream; miel = honey; café = coffee; tasse = cup; lait = milk; bouteille = bottle; bus, autobus = bus;
    taxi = taxi; ambulance = ambulance; tracteur = tractor; bicyclette = bicycle; hélicoptère = helicopter;
    soucoupe volante = ufo; cerf-volant = kite; cabane = hut; usine = factory; école = school;
    gratte-ciel = skyscraper; fontaine = fountain; temple = temple; igloo = igloo; canapé, sofa = sofa;
    porte = door; fenêtre = window; miroir = mirror; horloge = clock; télévision, télé = television;
    téléphone = telephone; ordinateur = computer; bougie = candle; crayon = pencil; pinceau = paintbrush;
    ciseaux = scissors; marteau = hammer; hache = axe; clé, clef = key; épée = sword; bouclier = shield;
    échelle = ladder; balai = broom; seau = bucket; panier = basket; lanterne = lantern; lettre = letter;
    boîte = box; cadeau = gift; drapeau = flag; trésor = treasure; diamant = diamond; couronne = crown;
    bague, anneau = ring; cloche = bell; ancre = anchor; sac à dos = backpack; couteau = knife;
    nounours, ours en peluche = teddy bear; poupée = doll; guitare = guitar; violon = violin; piano = piano;
    tambour = drum; trompette = trumpet; robe = dress; chemise = shirt; chaussure = shoe; botte = boot;
    lunettes = glasses; écharpe = scarf; éclair = lightning; planète = planet; feu = fire; rocher = rock;
    scientifique = scientist; ninja = ninja; nageur, nageuse = swimmer; coureur, coureuse = runner;
    cycliste = cyclist; maçon, ouvrier = builder; tyrannosaure = tyrannosaurus; phénix = phoenix; koala = koala;
    dinde = turkey; cactus = cactus; pin = pine; beignet = donut; cupcake, muffin = cupcake; hot-dog = hotdog;
    aubergine = eggplant; mangue = mango; pomme de terre, patate = potato; canoë = canoe;
    appareil photo, caméra = camera; cadenas = lock; arc = bow; bombe = bomb; télescope = telescope;
    microscope = microscope; trophée = trophy; baguette magique = wand; théière = teapot; os = bone;
    pièce de monnaie = coin; carte = map; aimant = magnet; peluche = teddy; saxophone = saxophone; banjo = banjo;
    ballon de foot, ballon de football = football; basket = basketball; baseball = baseball;
    balle de tennis = tennis; cible = target; lunettes de soleil = sunglasses; jean = jeans; terre = earth;
    feu d'artifice = fireworks; flocon de neige, flocon = snowflake; goutte = raindrop; comète = comet; bois = wood;
    gâteau d'anniversaire = birthday cake; pierre = stone; rivière = river; lac = lake; île = island;
    volcan = volcano; arc-en-ciel = rainbow; chêne = oak; toit = roof; cheminée = chimney;
    aile = wing; queue = tail; oreille = ear; corne = horn; roue = wheel;
    fond, arrière-plan = background; image = picture
    """
)
_ADJECTIVES = entries(
    """
    rouge = red; orange = orange; jaune = yellow; vert, verte = green; bleu, bleue = blue;
    violet, violette = purple; rose = pink; marron, brun, brune = brown; noir, noire = black;
    blanc, blanche, blancs = white; gris, grise = gray; cyan, turquoise = cyan; doré, dorée = golden;
    petit, petite = small; grand, grande, gros, grosse = big; énorme, immense = huge; minuscule = tiny;
    vieux, vieille = old; heureux, heureuse = happy
    """
)
_PHRASES = entries(
    """
    peinture à l'huile = oil painting; aquarelle = watercolor; dessin animé = cartoon; croquis = sketch;
    sur la plage, à la plage = on the beach; la nuit, de nuit, pendant la nuit = at night; nuit = night;
    dans la neige, sous la neige, en hiver = in the snow; au coucher du soleil, au crépuscule = at sunset;
    coucher de soleil = sunset; sous l'eau, sous la mer, dans la mer, dans l'océan = in the sea;
    dans une pièce, dans une chambre, dans un salon, à l'intérieur = in a room; dans l'espace = in space;
    dans le désert, dans un désert = in the desert; en ville, dans une ville, dans la ville = in the city;
    dans un pré, dans une prairie, dans l'herbe, sur l'herbe = in a meadow; plage = beach; neige = snow; mer = sea;
    désert = desert; espace = space; ville = city; pré, prairie = meadow; à gauche de, à gauche d' = to the left of;
    à gauche du = to the left of the; à droite de, à droite d' = to the right of; à droite du = to the right of the;
    au-dessus de, au-dessus d' = above; au-dessus du = above the; au-dessous de, au-dessous d' = below;
    au-dessous du = below the; à côté de, à côté d', près de, près d' = next to; à côté du, près du = next to the;
    à gauche, sur la gauche = on the left; à droite, sur la droite = on the right; en haut = at the top;
    en bas = at the bottom; dans la forêt = in the forest; dans une forêt = in a forest; forêt = forest;
    jardin = garden; cuisine = kitchen; jungle = jungle; grotte = cave; ferme = farm;
    au milieu, au centre = in the middle; en haut à gauche = in the top left; en haut à droite = in the top right;
    en bas à gauche = in the bottom left; en bas à droite = in the bottom right; au loin = in the distance;
    au premier plan = in the foreground; devant = in front of; derrière = behind; sous = under; sur = on;
    avec = with; dans = in; et = and; par, en = with;
    fais-en, faites-en = make it; de plus = more; de moins = fewer; il faut = there should be;
    encore deux = another two; encore trois = another three;
    deux = two; trois = three; quatre = four; cinq = five;
    six = six; sept = seven; huit = eight; neuf = nine; un, une = a;
    un seul, une seule = only one; seulement = only; jour = day; été = summer; printemps = spring; hiver = winter;
    stp, svp = please; non = no; plutôt, je préfère, je préférerais = rather; au lieu de, à la place de = instead of;
    au lieu du, à la place du = instead of the; au lieu d', à la place d' = instead of; doit être = should be;
    devrait être = should be; doivent être = should be; doit avoir, devrait avoir = should have;
    le, la, les, l' = the; des = some; du, de, d' = of; au, à la = to the; s'il te plaît, s'il vous plaît = please;
    image = picture; tout sauf = everything except; échange, échanger, intervertis = swap;
    je voudrais, je veux, montre-moi, peux-tu dessiner, dessine, dessine-moi, dessiner, dessinez, fais, fais-moi = draw;
    ajoute, ajouter, ajoutez, mets aussi = add; mets un, mets une, place un, place une = add a;
    enlève, enlever, enlevez, supprime, supprimer, retire, retirer, efface = remove; remplace, remplacer = replace;
    change, changer, transforme = replace; déplace, déplacer, mets, mettre, place = move;
    remets, remettre = put back; agrandis, agrandir = enlarge; rapetisse, réduis = shrink;
    rends, rendre, peins, colorie = make; donne, donner, donnez, offre = give;
    donne-lui, donnez-lui, offre-lui, mets-lui, ajoute-lui = give it; rends-le, rends-la, peins-le, peins-la = make it;
    mets-le, mets-la, place-le, place-la, déplace-le, déplace-la = move it; un autre, une autre = another;
    encore un, encore une = another; enlève-le, enlève-la, supprime-le, supprime-la, retire-le, retire-la = remove it;
    plus grand, plus grande, plus gros, plus grosse = bigger;
    plus petit, plus petite = smaller; sous la pluie = in the rain; pluie = rain;
    dans la tempête, sous l'orage = in the storm; en automne = in autumn; dans le brouillard = in the fog;
    dans le ciel = in the sky; à l'aube = at dawn; dans la rue = in the street; dans le parc = in the park;
    à la ferme = on the farm; sans = without; entre = between; mon, ma, mes = my;
    combat, affronte, se bat contre = fights; poursuit, chasse = chases; regarde = watches; rencontre = meets;
    porte un, porte une = wears a; tient un = holds a; tient une = holds a; tenant = holding; monte = rides;
    mange = eats; dort = is sleeping; court = is running; vole = is flying; nage = is swimming; danse = is dancing;
    chante = is singing; saute = is jumping; lit un livre = reads a book; joue = is playing; qui = who;
    annule, annuler = undo; change le fond en, remplace le fond par, mets le fond en = change the background to
    """
)


def _places() -> dict[str, str]:
    """The sides and corners of a picture, beyond what stands above."""
    table: dict[str, str] = {}
    for side, feminine, where in (("gauche", "gauche", "left"), ("droit", "droite", "right")):
        at = (f"sur le côté {side}", f"du côté {side}", f"au bord {side}", f"sur le bord {side}")
        towards = (f"vers la {feminine}", f"tout à {feminine}", f"dans la partie {feminine}", f"côté {side}")
        table |= dict.fromkeys((*at, *towards), f"on the {where}")
        table |= {f"{each} de": f"to the {where} of" for each in at[:2]}
        for end, high, height in (("supérieur", "en haut", "top"), ("inférieur", "en bas", "bottom")):
            corners = (f"{end} {side}", f"{high} à {feminine}", f"{side} {end}")
            said = [f"{before} coin {each}" for each in corners for before in ("dans le", "au", "vers le")]
            table |= dict.fromkeys(said, f"in the {height} {where}")
    table |= {"tout en haut": "at the top", "vers le haut": "at the top"}
    return table | {"tout en bas": "at the bottom", "vers le bas": "at the bottom"}


_PHRASES |= _places()
SPEECH = Speech(
    _SMALL_WORDS | frozenset(accents(_SMALL_WORDS)),
    _SHARED,
    own_words(_NOUNS | _ADJECTIVES),
    english_words(_NOUNS, _ADJECTIVES, _PHRASES),
)


def from_french(words: str) -> str:
    """The request in English; words that the tables lack stay French."""
    spoken = accented(words.lower().replace("’", "'").strip(), _accents())
    spoken = _IT.sub(r"\1-\2 \3", re.sub(r"\ba (?=gauche|droite|côté|la plage)", "à ", spoken))
    return replaced(_ordered(spoken), *_lookup())


_IT = re.compile(
    r"^(mets|place|déplace|rends|enlève|supprime) (l[ea]) (à|en|sur|sous|vers|plus|dans|devant|derrière)\b"
)
"""``mets la à droite``, where nobody writes the hyphen."""


@cache
def _accents() -> dict[str, str]:
    return accents((*_lookup()[0], *_SMALL_WORDS))


@cache
def _lookup() -> tuple[dict[str, str], re.Pattern[str]]:
    """Every entry with its plural, and a pattern that finds the longest."""
    plural = {f"{noun}s": several(english) for noun, english in _NOUNS.items()}
    plural |= {"oiseaux": "birds", "bateaux": "boats", "châteaux": "castles", "chevaux": "horses"}
    plural |= {f"{said}s": english for said, english in _ADJECTIVES.items()}
    table = {**plural, **_ADJECTIVES, **_NOUNS, **_PHRASES}
    return table, pattern_of(table)


def _ordered(spoken: str) -> str:
    """``chat rouge`` → ``rouge chat``: most French adjectives follow their noun; not so what a thing is made to be."""
    looks = rf"(?:{alternatives(_ADJECTIVES)})s?$"
    spoken = re.sub(rf"^(?:fais (?=l[ae']s? ?.* {looks})|mets (?=l[ae']s? ?.* en {looks}))", "rends ", spoken)
    if re.match(r"(?:rends|rendre|peins|colorie)(?:-l[ea])? ", spoken):
        return re.sub(rf" en (?=(?:{alternatives(_ADJECTIVES)})$)", " ", spoken)
    nouns, adjectives = alternatives(_NOUNS), alternatives(_ADJECTIVES)
    return re.sub(
        rf"\b({nouns})([sx]?) ((?:{adjectives})s?(?: et (?:{adjectives})s?)?)\b(?! (?:{nouns}))", r"\3 \1\2", spoken
    )
