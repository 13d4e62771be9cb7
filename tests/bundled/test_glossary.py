"""Requests in French and Chinese reach the bundled composer in the English it was trained on."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import pytest

from omost_pipeline.bundled.glossary import Language, Translated, in_english, language_of
from omost_pipeline.composer.protocol import ComposeOptions, Turn
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
        ("Deux ballons verts au-dessus d’un château, la nuit", "two green balloons above a castle, at night"),
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
        ("请画一只红色的猫在房子的左边", "a red cat to the left of a house"),
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
