"""French requests for the small world, put into English phrase by phrase."""

from __future__ import annotations

import re
from functools import cache

from omost_pipeline.bundled.glossary.entries import alternatives, entries

SMALL_WORDS = frozenset(
    """
    le la les un une des du au aux et dans avec sous sur près loin devant derrière côté gauche droite haut bas ajoute
    ajouter ajoutez enlève enlever enlevez supprime supprimer retire retirer remplace déplace agrandis rends mets mettre
    change dessine dessiner dessinez fais plus de d' l' il elle est pas que qui moi peinture en à
    """.split()
)
_ENGLISH_TOO = frozenset(("change", "plus", "des", "la", "de", "en", "il", "fais", "que", "les"))

_NOUNS = entries(
    """
    maison = house; arbre, sapin = tree; chat, chatte = cat; chien, chienne = dog; voiture, auto = car;
    bateau, voilier = boat; soleil = sun; lune = moon; étoile = star; nuage = cloud; montagne = mountain;
    fleur = flower; poisson = fish; oiseau = bird; ballon, montgolfière = balloon; balle = ball; fusée = rocket;
    château = castle; coeur, cœur = heart; champignon = mushroom; bonhomme de neige = snowman; parapluie = umbrella;
    pomme = apple; papillon = butterfly; dragon = dragon; dinosaure = dinosaur; robot = robot; cheval = horse;
    vache = cow; mouton = sheep; cochon = pig; lapin = rabbit; renard = fox; loup = wolf; ours = bear; lion = lion;
    tigre = tiger; éléphant = elephant; singe = monkey; canard = duck; grenouille = frog; tortue = turtle;
    serpent = snake; araignée = spider; abeille = bee; baleine = whale; requin = shark; licorne = unicorn;
    sirène = mermaid; fée = fairy; sorcière = witch; chevalier = knight; roi = king; reine = queen;
    princesse = princess; fille = girl; garçon = boy; homme = man; femme = woman; enfant = child; fantôme = ghost;
    monstre = monster; train = train; camion = truck; vélo = bicycle; moto = motorcycle; avion = airplane;
    navire = ship; tour = tower; pont = bridge; église = church; phare = lighthouse; moulin = windmill; tente = tent;
    table = table; chaise = chair; lit = bed; lampe = lamp; livre = book; gâteau = cake; chapeau = hat; rose = rose;
    pierre = stone; rivière = river; lac = lake; île = island; volcan = volcano; arc-en-ciel = rainbow; chêne = oak;
    fond, arrière-plan = background; image = picture
    """
)
_ADJECTIVES = entries(
    """
    rouge = red; orange = orange; jaune = yellow; vert, verte = green; bleu, bleue = blue; violet, violette = purple;
    rose = pink; marron, brun, brune = brown; noir, noire = black; blanc, blanche, blancs = white; gris, grise = gray;
    cyan, turquoise = cyan; doré, dorée = golden; petit, petite = small; grand, grande, gros, grosse = big;
    énorme, immense = huge; minuscule = tiny; vieux, vieille = old; heureux, heureuse = happy
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
    au premier plan = in the foreground; devant = in front of; derrière = behind; sous = under; sur = on; avec = with;
    dans = in; et = and; par, en = with; deux = two; trois = three; quatre = four; un, une = a; le, la, les, l' = the;
    des = some; du, de, d' = of; au = to the; s'il te plaît, s'il vous plaît = please; image = picture;
    dessine, dessine-moi, dessiner, dessinez, fais, fais-moi = draw; ajoute, ajouter, ajoutez, mets aussi = add;
    enlève, enlever, enlevez, supprime, supprimer, retire, retirer, efface = remove; remplace, remplacer = replace;
    change, changer, transforme = replace; déplace, déplacer, mets, mettre, place = move; remets, remettre = put back;
    agrandis, agrandir = enlarge; rapetisse, réduis = shrink; rends, rendre, peins, colorie = make;
    plus grand, plus grande, plus gros, plus grosse = bigger; plus petit, plus petite = smaller;
    annule, annuler = undo; change le fond en, remplace le fond par, mets le fond en = change the background to
    """
)


def is_french(words: str) -> bool:
    """Whether a quarter of the words, or more, are French small words, and not only such as English has too."""
    spoken = re.findall(r"[\w-]+'?", words.lower().replace("’", "'"))
    small = [word for word in spoken if word in SMALL_WORDS]
    return any(word not in _ENGLISH_TOO for word in small) and 4 * len(small) >= len(spoken)


def from_french(words: str) -> str:
    """The request in English; words that the tables lack stay French."""
    table, pattern = _lookup()
    english = pattern.sub(lambda found: f" {table[found[0]]} ", _ordered(words.lower().replace("’", "'").strip()))
    english = re.sub(r"\b(the|of) \1\b", r"\1", re.sub(r"\s+", " ", english))
    english = re.sub(r"\bput back (.+?) *$", r"put \1 back", english)
    english = re.sub(r"\ba (?=[aeiou])", "an ", english)
    return re.sub(r" ([,.!?])", r"\1", english).strip()


@cache
def _lookup() -> tuple[dict[str, str], re.Pattern[str]]:
    """Every entry with its plural, and a pattern that finds the longest."""
    plural = {f"{noun}s": f"{english}s" for noun, english in _NOUNS.items()}
    plural |= {"oiseaux": "birds", "bateaux": "boats", "châteaux": "castles", "chevaux": "horses", "poissons": "fish"}
    plural |= {f"{said}s": english for said, english in _ADJECTIVES.items()}
    table = {**plural, **_ADJECTIVES, **_NOUNS, **_PHRASES}
    return table, re.compile(rf"(?<!\w)(?:{alternatives(table)})(?:(?<=')|(?!\w))")


def _ordered(spoken: str) -> str:
    """``chat rouge`` → ``rouge chat``: most French adjectives follow their noun; not so what a thing is made to be."""
    if re.match(r"(?:rends|rendre|peins|colorie) ", spoken):
        return spoken
    nouns, adjectives = alternatives(_NOUNS), alternatives(_ADJECTIVES)
    return re.sub(rf"\b({nouns})([sx]?) ((?:{adjectives})s?)\b(?! (?:{nouns}))", r"\3 \1\2", spoken)
