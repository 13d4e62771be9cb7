"""Spanish requests for the bundled worlds, put into English phrase by phrase."""

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
    una unos unas del al y sin bajo sobre debajo encima delante detrás entre junto lado izquierda derecha arriba abajo
    añade añadir agrega agregar quita quitar elimina eliminar borra borrar cambia cambiar reemplaza mueve mover haz
    hacer pon poner coloca colocar pinta quiero dibuja dibujar dibújame deshacer deshaz que mi por
    mejor porfa debe debería tener ser vez lugar
    dale dele ponle ponlo ponla hazlo hazla otro otra más favor dos tres cuatro cinco seis siete ocho nueve
    """.split()
)
_SHARED = frozenset(("con", "de", "el", "en", "la", "las", "los", "un"))
_MAKE = r"(?:haz|hazlo|hazla|hacer|pon|poner|pinta|pintar|colorea) "
"""How it begins to say what a thing is to be made."""

_NOUNS = entries(
    """
    techo, tejado = roof; chimenea = chimney; ala = wing; cola = tail; oreja = ear; cuerno = horn; rueda = wheel;
    casa = house; árbol, abeto = tree; gato, gata, gatito = cat; perro, perra, perrito = dog;
    coche, carro, auto = car; barco, barca, bote = boat; sol = sun; luna = moon; estrella = star; nube = cloud;
    montaña = mountain; flor = flower; pez, pescado = fish; pájaro, ave = bird; globo = balloon; cohete = rocket;
    castillo = castle; pelota, bola = ball; corazón = heart; seta, hongo, champiñón = mushroom;
    muñeco de nieve = snowman; paraguas = umbrella; manzana = apple; mariposa = butterfly; hombre, señor = man;
    niño, chico = boy; niña, chica = girl; mujer, señora = woman; bebé = baby; hijo = child; abuela = grandmother;
    abuelo = grandfather; rey = king; reina = queen; príncipe = prince; princesa = princess; novia = bride;
    novio = groom; caballero = knight; pirata = pirate; cocinero, cocinera, chef = cook;
    granjero, granjera = farmer; bombero = firefighter; policía = policeman; soldado = soldier;
    médico, médica, doctor, doctora = doctor; profesor, profesora, maestra, maestro = teacher;
    científico, científica = scientist; piloto = pilot; detective = detective; bailarina, bailarín = dancer;
    ninja = ninja; astronauta = astronaut; superhéroe = superhero; papá noel, santa claus = santa; mago = wizard;
    bruja = witch; hada = fairy; sirena = mermaid; elfo = elf; vampiro = vampire; zombi = zombie; genio = genie;
    ángel = angel; payaso = clown; vaquero = cowboy; nadador, nadadora = swimmer; corredor, corredora = runner;
    ciclista = cyclist; albañil, obrero = builder; estudiante = student; artista, pintor, pintora = artist;
    cantante = singer; dragón = dragon; unicornio = unicorn; dinosaurio = dinosaur; tiranosaurio = tyrannosaurus;
    fantasma = ghost; extraterrestre, marciano = alien; robot = robot; monstruo = monster; ogro = ogre;
    fénix = phoenix; esqueleto = skeleton; diablo, demonio = devil; caballo = horse; vaca = cow; cerdo = pig;
    oveja = sheep; cabra = goat; conejo = rabbit; zorro = fox; lobo = wolf; oso = bear; panda = panda;
    koala = koala; león = lion; tigre = tiger; elefante = elephant; jirafa = giraffe; mono = monkey;
    canguro = kangaroo; ciervo = deer; cebra = zebra; rinoceronte = rhino; ratón = mouse; ardilla = squirrel;
    erizo = hedgehog; mapache = raccoon; rana = frog; tortuga = turtle; serpiente = snake; cocodrilo = crocodile;
    caracol = snail; araña = spider; hormiga = ant; abeja = bee; mariquita = ladybug; cangrejo = crab;
    langosta = lobster; pulpo = octopus; medusa = jellyfish; ballena = whale; tiburón = shark; delfín = dolphin;
    pingüino = penguin; gallina, pollo = chicken; gallo = rooster; pollito = chick; pato = duck; cisne = swan;
    pavo real = peacock; flamenco = flamingo; cachorro = puppy; camello = camel; foca = seal; ganso = goose;
    pavo = turkey; búho, lechuza = owl; loro = parrot; águila = eagle; paloma = dove; murciélago = bat; rosa = rose;
    tulipán = tulip; girasol = sunflower; cactus = cactus; palmera = palm; pino = pine; ramo = bouquet;
    pastel, tarta = cake; pastel de cumpleaños, tarta de cumpleaños = birthday cake; pizza = pizza;
    hamburguesa = burger; bocadillo = sandwich; rosquilla = donut; galleta = cookie; magdalena = cupcake;
    tortita = pancake; pan = bread; queso = cheese; huevo = egg; perrito caliente = hotdog; plátano = banana;
    naranja = orange; pera = pear; limón = lemon; cereza = cherry; fresa = strawberry; uva = grape;
    sandía = watermelon; piña = pineapple; melocotón = peach; tomate = tomato; zanahoria = carrot; maíz = corn;
    calabaza = pumpkin; brócoli = broccoli; berenjena = eggplant; chocolate = chocolate; helado = icecream;
    café = coffee; taza = cup; botella = bottle; empanada = pie; mango = mango; patata, papa = potato; leche = milk;
    tren = train; autobús = bus; camión = truck; taxi = taxi; ambulancia = ambulance; tractor = tractor;
    moto, motocicleta = motorcycle; bicicleta, bici = bicycle; buque = ship; velero = sailboat; canoa = canoe;
    avión = airplane; helicóptero = helicopter; ovni = ufo; cometa = kite; iglesia = church; faro = lighthouse;
    tienda de campaña = tent; cabaña = hut; rascacielos = skyscraper; torre = tower; fuente = fountain;
    puente = bridge; iglú = igloo; molino = windmill; templo = temple; escuela, colegio = school; fábrica = factory;
    silla = chair; cama = bed; sofá = sofa; mesa = table; lámpara = lamp; puerta = door; ventana = window;
    espejo = mirror; reloj = clock; televisor, televisión, tele = television; teléfono = telephone;
    ordenador, computadora = computer; cámara = camera; vela = candle; libro = book; lápiz = pencil;
    pincel = paintbrush; tijeras = scissors; martillo = hammer; hacha = axe; llave = key; candado = lock;
    espada = sword; escudo = shield; arco = bow; bomba = bomb; escalera = ladder; escoba = broom; cubo = bucket;
    cesta = basket; telescopio = telescope; microscopio = microscope; farol = lantern; carta = letter; caja = box;
    regalo = gift; bandera = flag; tesoro = treasure; diamante = diamond; corona = crown; anillo = ring;
    trofeo = trophy; campana = bell; ancla = anchor; mochila = backpack; varita = wand; cuchillo = knife;
    tetera = teapot; hueso = bone; moneda = coin; mapa = map; imán = magnet; osito de peluche = teddy bear;
    peluche = teddy; muñeca = doll; guitarra = guitar; violín = violin; piano = piano; tambor = drum;
    trompeta = trumpet; saxofón = saxophone; banjo = banjo; balón, fútbol = football; baloncesto = basketball;
    béisbol = baseball; tenis = tennis; diana = target; sombrero, gorro = hat; camisa, camiseta = shirt;
    vestido = dress; zapato = shoe; bota = boot; gafas = glasses; gafas de sol = sunglasses; bufanda = scarf;
    vaqueros = jeans; arcoíris, arco iris = rainbow; rayo = lightning; planeta = planet; tierra = earth;
    fuegos artificiales = fireworks; copo de nieve = snowflake; gota = raindrop; cometa espacial = comet;
    volcán = volcano; isla = island; fuego = fire; roca, piedra = rock; madera = wood; río = river; lago = lake;
    fondo = background; imagen, dibujo = picture
    """
)
_ADJECTIVES = entries(
    """
    rojo, roja = red; naranja, anaranjado, anaranjada = orange; amarillo, amarilla = yellow; verde = green;
    azul = blue; morado, morada, violeta = purple; rosa, rosado, rosada = pink; marrón = brown;
    negro, negra = black; blanco, blanca = white; gris = gray; cian, turquesa = cyan; dorado, dorada = golden;
    pequeño, pequeña = small; gran, grande = big; enorme, gigante = huge; diminuto, diminuta = tiny;
    viejo, vieja = old; joven = young; feliz = happy; triste = sad
    """
)
_PHRASES = entries(
    """
    pintura al óleo = oil painting; acuarela = watercolor; dibujo animado, dibujos animados = cartoon;
    boceto = sketch; en la playa = on the beach; de noche, por la noche, en la noche = at night; noche = night;
    en la nieve, en invierno = in the snow; al atardecer, al anochecer = at sunset;
    atardecer, puesta de sol = sunset; bajo el agua, en el mar, en el océano, bajo el mar = in the sea;
    en una habitación, en la habitación, en el salón = in a room; en el espacio = in space;
    en el desierto, en un desierto = in the desert; en la ciudad, en una ciudad = in the city;
    en un prado, en el prado, en la hierba = in a meadow; en el bosque = in the forest; en un bosque = in a forest;
    en el jardín = in the garden; en la cocina = in the kitchen; en la selva, en la jungla = in the jungle;
    en una cueva, en la cueva = in a cave; en la granja = on the farm; en la calle = in the street;
    en el parque = in the park; en el cielo = in the sky; bajo la lluvia = in the rain; lluvia = rain;
    en la tormenta = in the storm; en otoño = in autumn; en la niebla = in the fog; al amanecer = at dawn;
    en la luna = on the moon; en una isla = on an island; playa = beach; nieve = snow; mar = sea; desierto = desert;
    espacio = space; ciudad = city; prado = meadow; bosque = forest; jardín = garden;
    a la izquierda de, a la izquierda del = to the left of; a la derecha de, a la derecha del = to the right of;
    encima de, encima del, sobre = on; por encima de = above; debajo de, debajo del, bajo = under;
    al lado de, al lado del, junto a, cerca de = next to; delante de, delante del, frente a = in front of;
    detrás de, detrás del = behind; dentro de = inside; entre = between; a la izquierda = on the left;
    a la derecha = on the right; arriba = at the top; abajo = at the bottom;
    en el centro, en el medio = in the middle; arriba a la izquierda = in the top left;
    arriba a la derecha = in the top right; abajo a la izquierda = in the bottom left;
    abajo a la derecha = in the bottom right; a lo lejos = in the distance; en primer plano = in the foreground;
    mejor, prefiero = rather; porfa = please; en vez de, en lugar de = instead of; en vez del = instead of the;
    en lugar del = instead of the;
    debe ser, debería ser, tiene que ser = should be; debe tener, debería tener, tiene que tener = should have;
    en = in; con = with; sin = without; y = and; o = or; por = with;
    que sean, que haya = make it; más = more; menos = fewer;
    dos = two; tres = three; cuatro = four;
    sólo, solo, solamente = only; día = day; verano = summer; primavera = spring; invierno = winter;
    cinco = five; seis = six; siete = seven; ocho = eight; nueve = nine; un, una = a; unos, unas = some;
    el, la, los, las = the; de = of; del = of the; al = to the; mi, mis = my; por favor = please;
    dale, dele, ponle = give it; ponlo, ponla = put it; da = give; a la, a mi = to the;
    hazlo, hazla, píntalo, píntala = make it; muévelo, muévela = move it;
    quítalo, quítala, bórralo, bórrala = remove it; otro, otra = another;
    quiero, quisiera, me gustaría, muéstrame, dibuja, dibujar, dibújame, haz un dibujo de = draw;
    añade, añadir, agrega, agregar = add; quita, quitar, elimina, eliminar, borra, borrar = remove;
    todo menos, todo excepto, todo salvo = everything except; intercambia, intercambiar = swap;
    reemplaza, reemplazar, sustituye, cambia, cambiar = replace;
    cambia el fondo a, cambia el fondo por, pon el fondo en = change the background to; mueve, mover = move;
    agranda = enlarge; encoge = shrink; haz, hacer, pon, poner, pinta, pintar, colorea = make; más grande = bigger;
    más pequeño, más pequeña = smaller; vuelve a poner = put back; deshacer, deshaz = undo;
    lucha contra, pelea con, combate con = fights; luchan contra = fight; persigue a, persigue = chases;
    mira a, mira = watches; lleva un = wears a; lleva una = wears a; con un sombrero de = with a hat of;
    sostiene un = holds a; sostiene una = holds a; monta a, monta en, monta = rides; montando en, montando = riding;
    come = eats; comiendo = eating; duerme = is sleeping; durmiendo = sleeping; corre = is running;
    vuela = is flying; nada = is swimming; baila = is dancing; canta = is singing; salta = is jumping;
    lee un libro = reads a book; leyendo un libro = reading a book; juega = is playing; sentado, sentada = sitting;
    que = who
    """
)


def _places() -> dict[str, str]:
    """The sides and corners of a picture, beyond what stands above."""
    table: dict[str, str] = {}
    for side, feminine, where in (("izquierdo", "izquierda", "left"), ("derecho", "derecha", "right")):
        at = (f"en el lado {side}", f"al lado {side}", f"del lado {side}", f"hacia el lado {side}")
        towards = (f"hacia la {feminine}", f"a mano {feminine}", f"en la parte {feminine}", f"en el borde {side}")
        table |= dict.fromkeys((*at, *towards), f"on the {where}")
        table |= {f"{each} {of}": f"to the {where} of" for each in at[:3] for of in ("de", "del")}
        for end, high, height in (("superior", "de arriba", "top"), ("inferior", "de abajo", "bottom")):
            corners = (f"{end} {feminine}", f"{high} a la {feminine}", f"{feminine} {end}")
            said = [f"{before} esquina {each}" for each in corners for before in ("en la", "a la", "hacia la")]
            table |= dict.fromkeys(said, f"in the {height} {where}")
    table |= dict.fromkeys(("en la parte superior", "en la parte de arriba", "hacia arriba"), "at the top")
    return table | dict.fromkeys(("en la parte inferior", "en la parte de abajo", "hacia abajo"), "at the bottom")


_PHRASES |= _places()
_PLACE_FOLLOWS = re.compile(
    r"^(?:pon|poner|coloca|colocar) (?=(?!el fondo)(?:el|la|los|las|mi) .*?"
    r"\b(?:en|a la|al|del|hacia|sobre|bajo|junto|arriba|abajo|encima|debajo|detrás|delante)\b)"
)
"""How something is put elsewhere, where the same verb makes it blue without a place behind it."""

SPEECH = Speech(
    _SMALL_WORDS | frozenset(accents(_SMALL_WORDS)),
    _SHARED,
    own_words(_NOUNS | _ADJECTIVES),
    english_words(_NOUNS, _ADJECTIVES, _PHRASES),
)


def from_spanish(words: str) -> str:
    """The request in English; words that the tables lack stay Spanish."""
    spoken = _PLACE_FOLLOWS.sub("mueve ", accented(words.lower().strip(" ¡¿"), _accents()))
    spoken = re.sub(r"^(?:dale|dele|ponle) (.+?) (?=al |a la |a mi )", r"da \1 ", spoken)
    return replaced(_ordered(re.sub(r"^(?:pon|poner|coloca|colocar) (?=una? )", "añade ", spoken)), *_lookup())


@cache
def _accents() -> dict[str, str]:
    return accents((*_lookup()[0], *_SMALL_WORDS))


@cache
def _lookup() -> tuple[dict[str, str], re.Pattern[str]]:
    """Every entry with its plural, and a pattern that finds the longest."""
    plural = {_plural(noun): several(english) for noun, english in _NOUNS.items()}
    plural |= {_plural(said): english for said, english in _ADJECTIVES.items()}
    table = {**plural, **_ADJECTIVES, **_NOUNS, **_PHRASES}
    return table, pattern_of(table)


def _plural(word: str) -> str:
    first, *rest = word.split(" ")
    if first.endswith("s") and not first.endswith(("gris", "bús")):
        return word
    for ending, plain in (
        ("ón", "ones"),
        ("án", "anes"),
        ("én", "enes"),
        ("ín", "ines"),
        ("ús", "uses"),
        ("z", "ces"),
    ):
        if first.endswith(ending):
            return " ".join((first.removesuffix(ending) + plain, *rest))
    return " ".join((first + ("s" if first[-1] in "aeiouéáóú" else "es"), *rest))


@cache
def _noun_with_adjective() -> re.Pattern[str]:
    nouns = alternatives([*_NOUNS, *map(_plural, _NOUNS)])
    adjectives = alternatives([*_ADJECTIVES, *map(_plural, _ADJECTIVES)])
    return re.compile(rf"\b({nouns}) ((?:{adjectives})(?: y (?:{adjectives}))?)\b")


def _ordered(spoken: str) -> str:
    """``gato rojo`` → ``rojo gato``: adjectives follow their noun; not so what a thing is made to be."""
    if re.match(_MAKE, spoken):
        return re.sub(rf" de ({alternatives(_ADJECTIVES)})$", r" \1", spoken)
    return _noun_with_adjective().sub(r"\2 \1", spoken)
