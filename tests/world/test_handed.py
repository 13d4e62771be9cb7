"""What an edit adds: nothing goes for it, and what somebody is given is theirs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.world.handed import (
    as_said,
    colored_as_said,
    handed,
    scene_as_said,
    well_said,
    with_the_rest,
    with_what_stood,
)
from omost_pipeline.world.scenes import visible_share

CAT = Region("on the left", "no offset", "a medium-sized square area", 3.0, "An orange cat.", color="orange")
DOG = replace(CAT, location="on the right", description="A brown dog.", color="brown")
HAT = replace(CAT, location="in the center", description="A hat.", color="gray")


def canvas(*regions: Region) -> Canvas:
    return Canvas(GlobalDescription("A meadow.", color="green"), regions)


def test_what_was_lost_comes_back_and_what_changed_is_left() -> None:
    assert with_what_stood(canvas(HAT), canvas(CAT, DOG)) == canvas(CAT, DOG, HAT)
    black = replace(CAT, description="A black cat.", color="black")
    assert with_what_stood(canvas(black, HAT), canvas(CAT)) == canvas(black, HAT)
    assert with_what_stood(canvas(CAT, HAT), canvas(CAT, CAT)) == canvas(CAT, CAT, HAT)
    assert with_what_stood(canvas(DOG, CAT), canvas(CAT, DOG)) == canvas(DOG, CAT)


@pytest.mark.parametrize("area", ["a medium-sized square area", "a small square area"])
@pytest.mark.parametrize(
    ("location", "offset"),
    [
        ("in the center", "no offset"),
        ("on the left", "slightly to the right"),
        ("on the right", "slightly to the left"),
        ("on the bottom", "slightly to the upper"),
    ],
)
def test_what_came_is_seen_and_who_has_it_too(location: str, offset: str, area: str) -> None:
    cat = replace(CAT, location=location, offset=offset, area=area)
    worn = handed(canvas(cat, HAT), canvas(cat), cat, "wearing").regions[1]
    assert worn.distance_to_viewer < cat.distance_to_viewer
    assert worn.box.top < cat.box.top < worn.box.bottom, "on the head"
    assert abs(middle(worn) - middle(cat)) <= 5
    assert visible_share(cat.box, [worn.box]) >= 0.6
    held = handed(canvas(cat, HAT), canvas(cat), cat, "holding").regions[1]
    assert visible_share(cat.box, [held.box]) >= 0.4
    assert held.box.left < cat.box.right
    assert held.box.bottom > middle(cat)
    mount = replace(HAT, description="A horse.", area=area)
    rider, horse = handed(canvas(cat, mount), canvas(cat), cat, "riding").regions
    assert (rider.area, horse.location, horse.offset) == ("a small square area", location, offset)
    assert rider.distance_to_viewer < horse.distance_to_viewer
    assert rider.box.bottom < horse.box.bottom - 15


def middle(region: Region) -> float:
    return (region.box.left + region.box.right) / 2


def test_of_two_things_that_came_none_is_handed() -> None:
    two = canvas(CAT, HAT, DOG)
    assert handed(two, canvas(CAT), CAT, "wearing") == two
    assert handed(canvas(DOG, HAT), canvas(CAT), CAT, "wearing") == canvas(DOG, HAT)


def test_things_are_called_as_they_were_said() -> None:
    misread = canvas(replace(CAT, description="A mandmother."), replace(DOG, description="A black rabit."))
    [one, other] = as_said(misread, (), "my grandmother has two black rabbits").regions
    assert (one.description, other.description) == ("A grandmother.", "A black rabbit.")
    assert as_said(misread, misread.regions, "my grandmother has two black rabbits") == misread
    assert as_said(canvas(CAT), (), "a bat or a coat") == canvas(CAT)


def test_a_name_that_is_no_word_is_what_was_said_or_stood_there() -> None:
    lamp, tree = replace(CAT, description="An elegant lamp."), replace(DOG, description="A wiplobrark.")
    [one, other] = as_said(
        canvas(replace(CAT, description="An aortgant lamp."), replace(DOG, description="A birdlobrark.")),
        (lamp, tree),
        "make it bigger",
    ).regions
    assert (one.description, other.description) == ("An elegant lamp.", "A wiplobrark.")
    ship = canvas(replace(DOG, description="A yellow ship."))
    assert as_said(ship, (), "a yellow spip").regions[0].description == "A yellow spip."
    for words in ("two butterflies", "a grey house", "undo the last change", "a fluttery thing"):
        written = canvas(replace(CAT, description="A purple butterfly."), replace(DOG, description="A gray house."))
        assert as_said(written, (), words) == written


def test_words_that_run_together_or_are_lost_are_those_by_the_noun() -> None:
    [one, other, third] = as_said(
        canvas(
            replace(CAT, description="A browncegant jum."),
            replace(DOG, description="A black aomgop house."),
            replace(HAT, description="A zorble hat."),
        ),
        (),
        "a brown elegant jum, an odd black house and a red hat",
    ).regions
    assert [each.description for each in (one, other, third)] == [
        "A brown elegant jum.",
        "A black aomgop house.",
        HAT_SAID,
    ]
    odd = canvas(replace(DOG, description="A black aomgop house."))
    assert as_said(odd, (), "an elegant black house").regions[0].description == "A black elegant house."
    assert well_said(canvas(replace(CAT, description="A men."))).regions[0].description == "A man."


HAT_SAID = "A zorble hat."


def test_a_first_request_has_its_colors() -> None:
    aardvark = replace(CAT, description="A clumsy aardvark.", color="gray")
    tree = replace(DOG, description="A red apple tree.", color="red")
    said = "a dark grey clumsy aardvark beside an apple tree"
    [one, other] = colored_as_said(canvas(aardvark, tree), said).regions
    assert (one.description, one.color) == ("A dark gray clumsy aardvark.", "darkgray")
    assert (other.description, other.color) == ("A green apple tree.", "green")
    for words in ("a tree that is red", "a tree and a green tree", "a red tree and a clumsy aardvark"):
        assert colored_as_said(canvas(aardvark, tree), words) == canvas(aardvark, tree)
    assert colored_as_said(canvas(tree, tree), "an apple tree") == canvas(tree, tree)


def test_styles_and_scenes_are_as_they_were_said_or_stood() -> None:
    def styled(tags: str, description: str = "A meadow.", color: str = "green") -> Canvas:
        return Canvas(GlobalDescription(description, tags=tags, color=color), (CAT,))

    assert scene_as_said(styled("k drawing"), None, "an ink drawing of a cat") == styled("ink drawing")
    assert scene_as_said(styled("charcn"), None, "a charcoal drawing of a cat") == styled("charcoal drawing")
    assert scene_as_said(styled(""), None, "a cat - plush please") == styled("plush")
    assert scene_as_said(styled("manga"), styled("plush"), "in manga style") == styled("manga")
    assert scene_as_said(styled("charc the drawing"), styled("charcoal drawing"), "remove it") == styled(
        "charcoal drawing"
    )
    lab = styled("", "A laboratory.", "white")
    assert scene_as_said(styled("", "A laboratoratory."), lab, "remove the cat") == lab
    assert scene_as_said(styled("", "A lavatory."), lab, "put it in a lavatory").scene.description == "A lavatory."
    brought = styled("", "A picture.", "skyblue")
    assert scene_as_said(styled("", "A thefofo"), brought, "make the cat white") == brought
    assert scene_as_said(styled("tags=", "A wh."), brought, "make the cat white") == brought
    snow = styled("", "A snowy field under a pale sky.", "aliceblue")
    assert scene_as_said(snow, lab, "make it winter") == snow


def test_what_changed_has_what_it_was_described_with() -> None:
    house = replace(CAT, description="A red house with a blue door.")
    blue = replace(house, description="A blue house.")
    assert (
        with_the_rest(canvas(blue, DOG), canvas(house, DOG)).regions[0].description == "A blue house with a blue door."
    )
    castle = replace(house, description="A castle.")
    assert with_the_rest(canvas(castle), canvas(house)) == canvas(castle)
    assert with_the_rest(canvas(house, blue), canvas(house)) == canvas(house, blue)


def test_articles_are_put_right_and_other_words_left() -> None:
    said = canvas(
        replace(CAT, description="An unicorn."), replace(CAT, description="A owl."), replace(CAT, description="Art.")
    )
    assert [each.description for each in well_said(said).regions] == ["A unicorn.", "An owl.", "Art."]
