"""Requests in French, Chinese, German and Spanish reach the bundled composer in the English it was trained on."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from types import ModuleType

import pytest

from omost_pipeline.bundled.glossary import (
    Language,
    Translated,
    french,
    german,
    in_english,
    is_understood,
    language_of,
    spanish,
)
from omost_pipeline.bundled.glossary.entries import several
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.world.kinds import KINDS, glyphs
from tests.fakes import canvas_for


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("a red cat under a tree", "en"),
        ("la la land", "en"),
        ("a café au lait on the table", "en"),
        ("change the dragon to a dinosaur", "en"),
        ("un chat", "fr"),
        ("Enlève l’arbre", "fr"),
        ("sorcière dans la forêt", "fr"),
        ("burger and a mango", "en"),
        ("the die is cast in the den", "en"),
        ("el nino storm", "en"),
        ("un perro y un gato", "es"),
        ("un león en la selva", "es"),
        ("tres pingüinos en la nieve", "es"),
        ("un lion dans la jungle", "fr"),
        ("ein Hund", "de"),
        ("ändere den Hintergrund zu Schnee", "de"),
        ("rückgängig", "de"),
        ("一只猫", "zh"),
        ("a 猫", "zh"),
    ],
)
def test_the_language_of_a_request(words: str, language: Language) -> None:
    assert language_of(words) == language


@pytest.mark.parametrize(
    ("words", "english"),
    [
        ("un chat rouge à gauche d'une maison", "a red cat to the left of a house"),
        ("neuf ballons et un château", "nine balloons and a castle"),
        ("un seul chien s'il te plaît", "only one dog please"),
        ("le jour au lieu de la nuit", "the day instead of at night"),
        ("Deux ballons verts au-dessus d’un château, la nuit", "two green balloons above a castle, at night"),
        ("fais le chien et l'oiseau rouges", "make the dog and the bird red"),
        ("enlève tout sauf le chat", "remove everything except the cat"),
        ("vertausche den Hund und die Katze", "swap the dog and the cat"),
        ("mets le chat en noir", "make the cat black"),
        ("fais un chat noir", "draw a black cat"),
        ("un dragon sur un château, peinture à l'huile", "a dragon on a castle, oil painting"),
        ("ajoute une étoile jaune en haut à droite", "add a yellow star in the top right"),
        ("un chevalier combat un dragon", "a knight fights a dragon"),
        ("une fille avec un parapluie sous la pluie", "a girl with an umbrella in the rain"),
        ("mon chat dort sur un canapé bleu", "my cat is sleeping on a blue sofa"),
        ("enlève l'arbre", "remove the tree"),
        ("remplace le chien par un dinosaure", "replace the dog with a dinosaur"),
        ("remplace le fond par la neige", "change the background to the snow"),
        ("rends le chat bleu", "make the cat blue"),
        ("remets l'arbre", "put the tree back"),
        ("un flibouste sur une pomme", "a flibouste on an apple"),
    ],
)
def test_french_is_put_into_english(words: str, english: str) -> None:
    assert in_english(words) == english


@pytest.mark.parametrize(
    ("words", "english"),
    [
        ("一只戴着红色帽子的猫", "a cat wearing a red hat"),
        ("一个拿着气球的男孩在公园里", "a boy holding a balloon in the park"),
        ("骑马的公主", "a princess riding a horse"),
        ("给它一顶帽子", "give it a hat"),
        ("请画一只红色的猫在房子的左边", "a red cat to the left of a house"),
        ("五只猫和六只狗", "five cats and six dogs"),
        ("只要一只狗", "only a dog"),
        ("两个绿色的气球和一座城堡，夜晚", "two green balloons and a castle, at night"),
        ("城堡上的一条龙，油画", "a dragon above a castle, oil painting"),
        ("海边的房子", "a house on the beach"),
        ("骑士大战恐龙", "knight fights dinosaur"),
        ("生日蛋糕和蜡烛", "birthday cake and candle"),
        ("三只企鹅在雪地", "three penguins in the snow"),
        ("我的猫睡在蓝色的沙发上", "my cat sleeping above a blue sofa"),
        ("在房子旁边加一棵树", "add a tree next to the house"),
        ("把树去掉。", "remove the tree"),
        ("把龙换成恐龙", "replace the dragon with a dinosaur"),
        ("把猫变成蓝色", "make the cat blue"),
        ("背景换成沙滩", "change the background to the beach"),
        ("把车移到左边", "move the car to the left"),
        ("把月亮变大一点", "make the moon bigger"),
        ("把树放回来", "put the tree back"),
        ("撤销", "undo"),
    ],
)
def test_chinese_is_put_into_english(words: str, english: str) -> None:
    assert in_english(words) == english


@pytest.mark.parametrize(
    ("words", "english"),
    [
        ("ein Hund mit einem Hut", "a dog with a hat"),
        ("ein Ritter kämpft gegen einen Drachen", "a knight fights a dragon"),
        ("ein rotes Haus links und ein grüner Baum rechts", "a red house on the left and a green tree on the right"),
        ("meine Katze schläft auf einem blauen Sofa", "my cat is sleeping on a blue sofa"),
        ("ein Mädchen mit einem Regenschirm im Regen", "a girl with an umbrella in the rain"),
        ("neun Luftballons", "nine balloons"),
        ("nur ein Hund bitte", "only a dog please"),
        ("Sommer statt Winter", "summer instead of winter"),
        ("zwei grüne Luftballons über einem Schloss, bei Nacht", "two green balloons above a castle, at night"),
        ("füge einen gelben Stern oben rechts hinzu", "add a yellow star in the top right"),
        ("mach das Haus blau", "make the house blue"),
        ("mach die Sonne größer", "make the sun bigger"),
        ("ersetze den Drachen durch einen Dinosaurier", "replace the dragon with a dinosaur"),
        ("verwandle den Hund in eine Katze", "replace the dog with a cat"),
        ("nimm den Ball weg", "remove the ball"),
        ("bring den Baum zurück", "put the tree back"),
        ("ändere den Hintergrund zu Schnee", "change the background to snow"),
        ("mach das rückgängig", "undo"),
    ],
)
def test_german_is_put_into_english(words: str, english: str) -> None:
    assert in_english(words) == english


@pytest.mark.parametrize(
    ("words", "english"),
    [
        ("un perro y un gato", "a dog and a cat"),
        ("un caballero lucha contra un dragón", "a knight fights a dragon"),
        ("sólo un perro por favor", "only a dog please"),
        ("día en vez de noche", "day instead of night"),
        ("una casa roja a la izquierda y dos árboles verdes", "a red house on the left and two green trees"),
        ("mi gato duerme sobre un sofá azul", "my cat is sleeping on a blue sofa"),
        ("una niña con un paraguas bajo la lluvia", "a girl with an umbrella in the rain"),
        ("tres leones en la selva", "three lions in the jungle"),
        ("un pastel de cumpleaños con velas", "a birthday cake with candles"),
        ("añade una estrella amarilla arriba a la derecha", "add a yellow star in the top right"),
        ("pinta la casa de azul", "make the house blue"),
        ("haz el sol más grande", "make the sun bigger"),
        ("cambia el dragón por un dinosaurio", "replace the dragon with a dinosaur"),
        ("quita el árbol", "remove the tree"),
        ("vuelve a poner el árbol", "put the tree back"),
        ("cambia el fondo a nieve", "change the background to snow"),
        ("deshacer", "undo"),
    ],
)
def test_spanish_is_put_into_english(words: str, english: str) -> None:
    assert in_english(words) == english


@pytest.mark.parametrize(
    ("words", "english"),
    [
        ("füge einen Baum auf der rechten Seite hinzu", "add a tree on the right"),
        ("füge rechts oben einen Baum hinzu", "add a tree in the top right"),
        ("setz den Hund auf die linke Seite", "move the dog on the left"),
        ("setze einen Hut auf die Katze", "add a hat on the cat"),
        (
            "eine Katze in der oberen linken Ecke, ein Hund am unteren Rand",
            "a cat in the top left, a dog at the bottom",
        ),
        ("auf der linken Seite von einem Haus", "to the left of a house"),
        ("mach aus der Katze einen Hund", "replace the cat with a dog"),
        ("mach die Katze zu einem Hund", "replace the cat with a dog"),
        ("male das Haus blau an", "make the house blue"),
        ("der Hund soll größer sein", "make the dog bigger"),
        ("ajoute un arbre sur le côté droit", "add a tree on the right"),
        ("place le chien vers la gauche", "move the dog on the left"),
        ("mets un arbre dans le coin supérieur droit", "add a tree in the top right"),
        ("colorie la maison en bleu", "make the house blue"),
        ("añade un árbol en el lado derecho", "add a tree on the right"),
        ("pon un árbol a la derecha", "add a tree on the right"),
        ("coloca el perro hacia la izquierda", "move the dog on the left"),
        ("un sol en la esquina superior derecha", "a sun in the top right"),
        ("pon la casa azul", "make the house blue"),
        ("pon el fondo en la playa", "change the background to the beach"),
        ("在右边添加一棵树", "add a tree on the right"),
        ("在左上角加一个太阳", "add a sun in the top left"),
        ("把狗移到画面右下角", "move the dog to the bottom right"),
        ("左边有一座房子，右边有一棵树", "a house on the left, a tree on the right"),
    ],
)
def test_the_everyday_ways_to_say_where_are_understood(words: str, english: str) -> None:
    assert in_english(words) == english
    assert is_understood(words)


@pytest.mark.parametrize("language", [french, german, spanish])
def test_every_thing_of_the_worlds_has_a_word(language: ModuleType) -> None:
    named = {name for english in language._NOUNS.values() for name in (english, *english.split())}
    assert [kind for kind in (*KINDS, *glyphs()) if kind not in named] == []


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("fox", "foxes"),
        ("cherry", "cherries"),
        ("toy", "toys"),
        ("policeman", "policemen"),
        ("teddy bear", "teddy bears"),
        ("sheep", "sheep"),
        ("snow wolf", "snow wolves"),
    ],
)
def test_plurals_are_englishs(one: str, many: str) -> None:
    assert several(one) == many


@pytest.mark.parametrize(
    ("words", "understood"),
    [
        ("un chat rouge", True),
        ("je voudrais un dragon et un robot", True),
        ("un chat et mon tonton", False),
        ("ich möchte eine Katze", True),
        ("eine Katze und ein Blumenkohl", False),
        ("quiero un gato", True),
        ("un gato y un zascandil", False),
        ("一只猫", True),
        ("一只饕餮", False),
        ("a purple tonton", True),
    ],
)
def test_it_is_known_whether_all_was_understood(words: str, understood: bool) -> None:
    assert is_understood(words) is understood


@pytest.mark.parametrize(
    ("words", "english"),
    [
        ("enleve le chat stp", "remove the cat please"),
        ("ajoute un arbre a gauche de la maison", "add a tree to the left of the house"),
        ("le chat doit etre noir", "the cat should be black"),
        ("mets la a droite", "move it on the right"),
        ("la maison devrait avoir un toit rouge", "the house should have a red roof"),
        ("haz el perro mas grande porfa", "make the dog bigger please"),
        ("pon un arbol a la derecha", "add a tree on the right"),
        ("mach den Hund groesser", "make the dog bigger"),
        ("fuege einen Baum hinzu", "add a tree"),
        ("der Hund soll weg", "remove the dog"),
        ("das Haus soll ein rotes Dach haben", "give the house a red roof"),
        ("不要狗了", "remove the dog"),
        ("换成一辆车", "no, a car"),
        ("换成红色", "make it red"),
        ("放到左边", "move it to the left"),
    ],
)
def test_people_write_in_a_hurry(words: str, english: str) -> None:
    assert in_english(words) == english


def test_english_is_left_as_it_is() -> None:
    assert in_english("Put the cat  ON the plage?") == "Put the cat  ON the plage?"


def test_a_composer_is_given_the_whole_conversation_in_english() -> None:
    class Reading:
        def compose(self, history: Sequence[Turn], words: str, options: ComposeOptions) -> Generator[str, None, None]:
            del options
            yield from (*(turn.words for turn in history), words)

    history = [Turn("un chat", canvas_for("cat"))]
    read = Translated(Reading()).compose(history, "加一个月亮", ComposeOptions())
    assert list(read) == ["a cat", "add a moon"]
