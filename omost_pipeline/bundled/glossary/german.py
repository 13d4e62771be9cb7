"""German requests for the bundled worlds, put into English phrase by phrase.

Nouns stand with their plurals (``Haus/Häuser``); adjectives are found under any ending.
"""

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
    der das dem ein eine einen einem einer eines und mit auf unter über neben hinter vor im ins zwischen ohne vom zum
    zur bei rechts oben unten füge hinzu entferne lösche nimm weg ersetze durch ändere verschiebe bewege mach mache male
    zeichne setz setze stell stelle lege leg platziere färbe ich möchte soll gib gebe ihm ihn noch weiteren weitere
    statt anstatt lieber nein muss sollte haben sein doch
    rückgängig größer kleiner mein meine nach dich gegen zwei drei vier fünf
    sechs sieben acht neun
    """.split()
)
_SHARED = frozenset(("bitte", "den", "des", "die", "links", "mir", "von"))

_NOUNS = entries(
    """
    haus/häuser = house; baum/bäume, tannenbaum/tannenbäume = tree;
    katze/katzen, kater/kater, kätzchen/kätzchen = cat; hund/hunde = dog; auto/autos, wagen/wagen = car;
    boot/boote = boat; sonne/sonnen = sun; mond/monde = moon; stern/sterne = star; wolke/wolken = cloud;
    berg/berge = mountain; blume/blumen = flower; fisch/fische = fish; vogel/vögel = bird;
    ballon/ballons, luftballon/luftballons = balloon; rakete/raketen = rocket;
    schloss/schlösser, burg/burgen = castle; ball/bälle = ball; herz/herzen = heart; pilz/pilze = mushroom;
    schneemann/schneemänner = snowman; regenschirm/regenschirme, schirm/schirme = umbrella; apfel/äpfel = apple;
    schmetterling/schmetterlinge = butterfly; mann/männer = man; junge/jungen = boy; mädchen/mädchen = girl;
    frau/frauen = woman; baby/babys = baby; kind/kinder = child; großmutter/großmütter, oma/omas = grandmother;
    großvater/großväter, opa/opas = grandfather; könig/könige = king; königin/königinnen = queen;
    prinz/prinzen = prince; prinzessin/prinzessinnen = princess; braut/bräute = bride; bräutigam/bräutigame = groom;
    ritter/ritter = knight; pirat/piraten = pirate; koch/köche, köchin/köchinnen = cook;
    bauer/bauern, bäuerin/bäuerinnen = farmer; feuerwehrmann/feuerwehrleute = firefighter;
    polizist/polizisten = policeman; soldat/soldaten = soldier; arzt/ärzte, ärztin/ärztinnen = doctor;
    lehrer/lehrer, lehrerin/lehrerinnen = teacher; wissenschaftler/wissenschaftler = scientist;
    pilot/piloten = pilot; detektiv/detektive = detective; tänzer/tänzer, tänzerin/tänzerinnen = dancer;
    ninja/ninjas = ninja; astronaut/astronauten = astronaut; superheld/superhelden = superhero;
    weihnachtsmann/weihnachtsmänner, nikolaus/nikoläuse = santa; zauberer/zauberer = wizard; hexe/hexen = witch;
    fee/feen = fairy; meerjungfrau/meerjungfrauen = mermaid; elf/elfen = elf; vampir/vampire = vampire;
    zombie/zombies = zombie; flaschengeist/flaschengeister = genie; engel/engel = angel; clown/clowns = clown;
    cowboy/cowboys = cowboy; schwimmer/schwimmer = swimmer; läufer/läufer = runner; radfahrer/radfahrer = cyclist;
    bauarbeiter/bauarbeiter = builder; student/studenten, schüler/schüler = student;
    künstler/künstler, maler/maler = artist; sänger/sänger, sängerin/sängerinnen = singer; drache/drachen = dragon;
    einhorn/einhörner = unicorn; dinosaurier/dinosaurier, dino/dinos = dinosaur;
    tyrannosaurus/tyrannosaurier = tyrannosaurus; geist/geister, gespenst/gespenster = ghost;
    außerirdischer/außerirdische, alien/aliens = alien; roboter/roboter = robot;
    monster/monster, ungeheuer/ungeheuer = monster; oger/oger = ogre; phönix/phönixe = phoenix;
    skelett/skelette = skeleton; teufel/teufel = devil; pferd/pferde = horse; kuh/kühe = cow;
    schwein/schweine = pig; schaf/schafe = sheep; ziege/ziegen = goat; hase/hasen, kaninchen/kaninchen = rabbit;
    fuchs/füchse = fox; wolf/wölfe = wolf; bär/bären = bear; panda/pandas = panda; koala/koalas = koala;
    löwe/löwen = lion; tiger/tiger = tiger; elefant/elefanten = elephant; giraffe/giraffen = giraffe;
    affe/affen = monkey; känguru/kängurus = kangaroo; hirsch/hirsche, reh/rehe = deer; zebra/zebras = zebra;
    nashorn/nashörner = rhino; maus/mäuse = mouse; eichhörnchen/eichhörnchen = squirrel; igel/igel = hedgehog;
    waschbär/waschbären = raccoon; frosch/frösche = frog; schildkröte/schildkröten = turtle;
    schlange/schlangen = snake; krokodil/krokodile = crocodile; schnecke/schnecken = snail; spinne/spinnen = spider;
    ameise/ameisen = ant; biene/bienen = bee; marienkäfer/marienkäfer = ladybug;
    krabbe/krabben, krebs/krebse = crab; hummer/hummer = lobster; tintenfisch/tintenfische, krake/kraken = octopus;
    qualle/quallen = jellyfish; wal/wale = whale; hai/haie = shark; delfin/delfine, delphin/delphine = dolphin;
    pinguin/pinguine = penguin; huhn/hühner = chicken; hahn/hähne = rooster; küken/küken = chick; ente/enten = duck;
    schwan/schwäne = swan; pfau/pfauen = peacock; flamingo/flamingos = flamingo; welpe/welpen = puppy;
    kamel/kamele = camel; robbe/robben, seehund/seehunde = seal; gans/gänse = goose; truthahn/truthähne = turkey;
    eule/eulen = owl; papagei/papageien = parrot; adler/adler = eagle; taube/tauben = dove;
    fledermaus/fledermäuse = bat; rose/rosen = rose; tulpe/tulpen = tulip; sonnenblume/sonnenblumen = sunflower;
    kaktus/kakteen = cactus; palme/palmen = palm; kiefer/kiefern = pine; blumenstrauß/blumensträuße = bouquet;
    kuchen/kuchen, torte/torten = cake; geburtstagskuchen/geburtstagskuchen = birthday cake; pizza/pizzen = pizza;
    burger/burger, hamburger/hamburger = burger; sandwich/sandwiches = sandwich; donut/donuts = donut;
    keks/kekse = cookie; muffin/muffins = cupcake; pfannkuchen/pfannkuchen = pancake; brot/brote = bread;
    käse/käse = cheese; ei/eier = egg; hotdog/hotdogs = hotdog; banane/bananen = banana;
    orange/orangen, apfelsine/apfelsinen = orange; birne/birnen = pear; zitrone/zitronen = lemon;
    kirsche/kirschen = cherry; erdbeere/erdbeeren = strawberry; traube/trauben = grape;
    wassermelone/wassermelonen = watermelon; ananas/ananas = pineapple; pfirsich/pfirsiche = peach;
    tomate/tomaten = tomato; karotte/karotten, möhre/möhren = carrot; mais/mais = corn; kürbis/kürbisse = pumpkin;
    brokkoli/brokkoli = broccoli; aubergine/auberginen = eggplant; schokolade/schokoladen = chocolate;
    eis/eis = icecream; kaffee/kaffees = coffee; tasse/tassen = cup; flasche/flaschen = bottle;
    pastete/pasteten = pie; mango/mangos = mango; kartoffel/kartoffeln = potato; milch/milch = milk;
    zug/züge = train; bus/busse = bus; lastwagen/lastwagen, lkw/lkws = truck; taxi/taxis = taxi;
    krankenwagen/krankenwagen = ambulance; traktor/traktoren = tractor; motorrad/motorräder = motorcycle;
    fahrrad/fahrräder = bicycle; schiff/schiffe = ship; segelboot/segelboote = sailboat; kanu/kanus = canoe;
    flugzeug/flugzeuge = airplane; hubschrauber/hubschrauber = helicopter; ufo/ufos = ufo;
    papierdrachen/papierdrachen = kite; kirche/kirchen = church; leuchtturm/leuchttürme = lighthouse;
    zelt/zelte = tent; hütte/hütten = hut; wolkenkratzer/wolkenkratzer, hochhaus/hochhäuser = skyscraper;
    turm/türme = tower; brunnen/brunnen = fountain; brücke/brücken = bridge; iglu/iglus = igloo;
    windmühle/windmühlen, mühle/mühlen = windmill; tempel/tempel = temple; schule/schulen = school;
    fabrik/fabriken = factory; stuhl/stühle = chair; bett/betten = bed; sofa/sofas = sofa; tisch/tische = table;
    lampe/lampen = lamp; tür/türen = door; fenster/fenster = window; spiegel/spiegel = mirror; uhr/uhren = clock;
    fernseher/fernseher = television; telefon/telefone = telephone; computer/computer = computer;
    kamera/kameras = camera; kerze/kerzen = candle; buch/bücher = book; bleistift/bleistifte = pencil;
    pinsel/pinsel = paintbrush; schere/scheren = scissors; hammer/hämmer = hammer; axt/äxte = axe;
    schlüssel/schlüssel = key; vorhängeschloss/vorhängeschlösser = lock; schwert/schwerter = sword;
    schild/schilde = shield; bogen/bögen = bow; bombe/bomben = bomb; leiter/leitern = ladder; besen/besen = broom;
    eimer/eimer = bucket; korb/körbe = basket; teleskop/teleskope, fernrohr/fernrohre = telescope;
    mikroskop/mikroskope = microscope; laterne/laternen = lantern; brief/briefe = letter;
    kiste/kisten, schachtel/schachteln = box; geschenk/geschenke = gift; fahne/fahnen, flagge/flaggen = flag;
    schatz/schätze = treasure; diamant/diamanten = diamond; krone/kronen = crown; ring/ringe = ring;
    pokal/pokale = trophy; glocke/glocken = bell; anker/anker = anchor; rucksack/rucksäcke = backpack;
    zauberstab/zauberstäbe = wand; messer/messer = knife; teekanne/teekannen = teapot; knochen/knochen = bone;
    münze/münzen = coin; landkarte/landkarten = map; magnet/magneten = magnet;
    teddybär/teddybären, teddy/teddys = teddy bear; puppe/puppen = doll; gitarre/gitarren = guitar;
    geige/geigen = violin; klavier/klaviere = piano; trommel/trommeln = drum; trompete/trompeten = trumpet;
    saxofon/saxofone = saxophone; banjo/banjos = banjo; fußball/fußbälle = football;
    basketball/basketbälle = basketball; baseball/baseballs = baseball; tennisball/tennisbälle = tennis;
    zielscheibe/zielscheiben = target; hut/hüte, mütze/mützen = hat; hemd/hemden = shirt; kleid/kleider = dress;
    schuh/schuhe = shoe; stiefel/stiefel = boot; brille/brillen = glasses; sonnenbrille/sonnenbrillen = sunglasses;
    schal/schals = scarf; jeans/jeans = jeans; regenbogen/regenbögen = rainbow; blitz/blitze = lightning;
    planet/planeten = planet; erde/erden = earth; feuerwerk/feuerwerke = fireworks;
    schneeflocke/schneeflocken = snowflake; regentropfen/regentropfen = raindrop; komet/kometen = comet;
    vulkan/vulkane = volcano; insel/inseln = island; feuer/feuer = fire; felsen/felsen, stein/steine = rock;
    holz/hölzer = wood; fluss/flüsse = river; see/seen = lake; hintergrund/hintergründe = background;
    bild/bilder = picture
    """
)
_ADJECTIVES = entries(
    """
    rot = red; orange, orangen = orange; gelb = yellow; grün = green; blau = blue; lila, violett = purple;
    rosa, pink = pink; braun = brown; schwarz = black; weiß = white; grau = gray; türkis, cyan = cyan;
    golden = golden; klein = small; groß = big; riesig = huge; winzig = tiny; alt = old; jung = young;
    glücklich, fröhlich = happy; traurig = sad; süß, niedlich = cute
    """
)
_PHRASES = entries(
    """
    ölgemälde, als ölgemälde = oil painting; aquarell, als aquarell = watercolor; comic, zeichentrick = cartoon;
    skizze, als skizze = sketch; am strand, an einem strand = on the beach;
    bei nacht, nachts, in der nacht = at night; nacht = night; im schnee, im winter = in the snow;
    bei sonnenuntergang, im sonnenuntergang = at sunset; sonnenuntergang = sunset;
    unter wasser, im meer, im ozean = in the sea; im zimmer, in einem zimmer, im wohnzimmer = in a room;
    im weltraum, im weltall, im all = in space; in der wüste, in einer wüste = in the desert;
    in der stadt, in einer stadt = in the city; auf einer wiese, auf der wiese, im gras = in a meadow;
    im wald = in the forest; in einem wald = in a forest; im garten = in the garden; in der küche = in the kitchen;
    im dschungel = in the jungle; in einer höhle, in der höhle = in a cave; auf dem bauernhof = on the farm;
    auf der straße = in the street; im park = in the park; im himmel, am himmel = in the sky;
    im regen = in the rain; regen = rain; im sturm, im gewitter = in the storm; im herbst = in autumn;
    im nebel = in the fog; bei sonnenaufgang = at dawn; auf dem mond = on the moon; auf einer insel = on an island;
    strand = beach; schnee = snow; meer = sea; wüste = desert; weltraum, weltall = space; stadt = city;
    wiese = meadow; wald = forest; garten = garden; links von, links neben = to the left of;
    rechts von, rechts neben = to the right of; auf = on; über = above; unter = under; neben, bei = next to;
    vor = in front of; hinter = behind; zwischen = between; links, nach links = on the left;
    rechts, nach rechts = on the right; oben, nach oben, ganz oben = at the top;
    unten, nach unten, ganz unten = at the bottom;
    in der mitte, in die mitte = in the middle; oben links, links oben = in the top left;
    oben rechts, rechts oben = in the top right; unten links, links unten = in the bottom left;
    unten rechts, rechts unten = in the bottom right; in der ferne = in the distance;
    im vordergrund = in the foreground; im = in the; am = on the; in = in; mit = with; ohne = without; und = and;
    oder = or; durch = with; von = of; vom = of the; daraus = out of it; weniger = fewer; mehr = more;
    zwei = two; drei = three; vier = four; fünf = five;
    nur = only; tag = day; sommer = summer; frühling = spring;
    sechs = six; sieben = seven; acht = eight; neun = nine;
    sechs = six; sieben = seven; acht = eight; neun = nine; ein, eine, einen, einem, einer, eines = a;
    einige, ein paar = some; der, die, das, den, dem, des = the; mein, meine, meinen, meinem, meiner = my;
    bitte = please; nein = no; statt, anstatt, anstelle von = instead of; dach = roof; schornstein = chimney;
    flügel = wings; schwanz = tail; ohren = ears; hörner = horns; augen = eyes; räder = wheels;
    ich möchte, ich hätte gern, zeig mir, kannst du mir, zeichne, zeichne mir, male, male mir, mal mir = draw;
    entferne, lösche = remove; ersetze, tausche = replace;
    vertausche = swap; alles außer, alles bis auf = everything except; verschiebe, bewege, schiebe = move;
    mach, mache, färbe, male an = make; gib, gebe, gebt = give; ihm, ihn, es, sie, ihr = it;
    noch ein, noch eine, noch einen, ein weiteres, eine weitere, einen weiteren = another;
    größer = bigger; kleiner = smaller;
    rückgängig, mach rückgängig, mache das rückgängig, mach das rückgängig = undo; kämpft gegen, bekämpft = fights;
    kämpfen gegen = fight; jagt, verfolgt = chases; trifft = meets; beobachtet = watches; trägt = wears;
    hält = holds; reitet auf, reitet, fährt = rides; isst, frisst = eats; schläft = is sleeping;
    rennt, läuft = is running; fliegt = is flying; schwimmt = is swimming; tanzt = is dancing; singt = is singing;
    springt = is jumping; liest = reads; spielt = is playing; sitzt = sits; steht = stands; der ein, die ein = who a
    """
)


def _places() -> dict[str, str]:
    """The sides, edges and corners of a picture, with the adjectives' endings."""
    table: dict[str, str] = {}
    sides, ends = {"link": "left", "recht": "right"}, {"ober": "top", "unter": "bottom"}
    for side, where in sides.items():
        at = (f"auf der {side}en seite", f"auf die {side}e seite", f"in der {side}en hälfte", f"in die {side}e hälfte")
        edge = (f"am {side}en rand", f"an den {side}en rand", f"am {side}en bildrand", f"ganz {side}s")
        table |= dict.fromkeys((*at, *edge), f"on the {where}")
        table |= dict.fromkeys((f"{at[0]} von", f"{at[1]} von"), f"to the {where} of")
        for end, height in ends.items():
            words = (f"{end}en {side}en ecke", f"{side}en {end}en ecke", f"{end}e {side}e ecke", f"{side}e {end}e ecke")
            corner = (*(f"in der {each}" for each in words[:2]), *(f"in die {each}" for each in words[2:]))
            table |= dict.fromkeys(corner, f"in the {height} {where}")
    for end, height in ends.items():
        edge = (f"am {end}en rand", f"an den {end}en rand", f"in der {end}en hälfte", f"in die {end}e hälfte")
        table |= dict.fromkeys(edge, f"at the {height}")
    return table


_PHRASES |= _places()
_SEPARABLE = (
    (r"^noch (?=(?:zwei|drei|vier|fünf|sechs)\b)", "another "),
    (r"^es soll(?:t?en)? (.+?) (?:sein|geben)\b", r"there should be \1"),
    (r"^(?:setze?|ziehe?|hänge?) (.+?) (ein.+?) (?:auf|an|um)$", r"gib \1 \2"),
    (
        r"^füge? ((?:oben|unten|links|rechts)(?: (?:oben|unten|links|rechts))?) (.+?) (?:hinzu|dazu)\b",
        r"add \2 \1",
    ),
    (r"^(?:füge?|setze?|male?) (.+?) (?:hinzu|dazu)\b", r"add \1"),
    (r"^(?:nimm|nehme|mach|mache) (.+?) weg\b", r"entferne \1"),
    (r"^(?:bringe?|setze?|hole?) (.+?) zurück\b", r"put \1 back"),
    (
        r"^(?:ändere|ersetze|wechsle|mach|mache) den hintergrund (?:zu|in|durch|gegen|zum|zur)\b",
        "change the background to",
    ),
    (r"^(?:setze?|stelle?|lege?|platziere) (?=ein)", "add "),
    (r"^(?:setze?|stelle?|lege?|platziere) (?=(?:der|die|das|den|mein\w*) )", "verschiebe "),
    (r"^mache? ((?:den|die|das) .+?) zu (?=ein)", r"ersetze \1 durch "),
    (r"^mache? aus (.+?) (?=ein)", r"ersetze \1 durch "),
    (r"^(?:male?|streiche?) (.+?) an$", r"mache \1"),
    (r"^((?:der|die|das|mein\w*) .+?) (?:soll(?:te)?|muss|kann) (?:bitte )?weg(?: sein)?[.!]*$", r"entferne \1"),
    (r"^((?:der|die|das|mein\w*) .+?) (?:soll(?:te)?|muss) (.+?) (?:sein|werden)[.!]*$", r"mache \1 \2"),
    (r"^((?:der|die|das|mein\w*) .+?) (?:soll(?:te)?|muss) (.+?) (?:haben|bekommen)[.!]*$", r"gib \1 \2"),
    (r"^(?:nein,? )?(?:lieber |doch )+(?=ein)", "rather "),
    (r"^(?:verwandle|ändere|tausche) (.+?) (?:in|zu|gegen) ", r"ersetze \1 durch "),
)
"""Verbs whose second half stands at the end, and those that English says otherwise."""


_FORMS = tuple((*forms.split("/"), english) for forms, english in _NOUNS.items())
"""Each noun's singular and plural, and its English."""

SPEECH = Speech(
    _SMALL_WORDS | frozenset(accents(_SMALL_WORDS)),
    _SHARED,
    own_words({one: english for one, _, english in _FORMS}),
    english_words(_NOUNS, _ADJECTIVES, _PHRASES),
)


def from_german(words: str) -> str:
    """The request in English; words that the tables lack stay German."""
    spoken = accented(words.lower().strip(), _accents())
    for pattern, english in _SEPARABLE:
        spoken = re.sub(pattern, english, spoken)
    return replaced(_weak().sub(lambda found: found[1] + _WEAK[found[2]], spoken), *_lookup())


_WEAK = {many: one for one, many, _ in _FORMS if many in {f"{one}n", f"{one}en"}}
"""Nouns whose plural looks like their other cases: ``die Drachen``, ``einen Drachen``."""


@cache
def _weak() -> re.Pattern[str]:
    """One of them behind an article that has no plural, or hardly ever one."""
    return re.compile(rf"\b((?:einen|einem|eines|den|dem|des|meinen|meinem) (?:\w+en )?)({alternatives(_WEAK)})\b")


@cache
def _accents() -> dict[str, str]:
    return accents((*_lookup()[0], *_SMALL_WORDS, "füge", "lösche", "ändere", "hänge"))


@cache
def _lookup() -> tuple[dict[str, str], re.Pattern[str]]:
    """Every noun with its plural and their other cases, every adjective with its endings."""
    table: dict[str, str] = {}
    for one, many, english in _FORMS:
        table |= {f"{one}{ending}": english for ending in ("s", "es")}
        table |= {f"{many}n": several(english), many: several(english), one: english}
    for said, english in _ADJECTIVES.items():
        table |= {f"{said}{ending}": english for ending in ("", "e", "er", "es", "en", "em")}
    table |= _PHRASES
    return table, pattern_of(table)
