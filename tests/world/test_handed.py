"""What an edit adds: nothing goes for it, and what somebody is given is theirs."""

from __future__ import annotations

from dataclasses import replace

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.world.handed import as_said, handed, well_said, with_what_stood

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


def test_the_one_thing_that_came_is_carried() -> None:
    worn = replace(
        HAT,
        location="on the left",
        offset="slightly to the upper",
        area="a small square area",
        distance_to_viewer=2.0,
    )
    assert handed(canvas(CAT, HAT), canvas(CAT), CAT, "wearing") == canvas(CAT, worn)
    two = canvas(CAT, HAT, DOG)
    assert handed(two, canvas(CAT), CAT, "wearing") == two
    by_hand = replace(CAT, free_box=Box(1, 2, 30, 40))
    assert handed(canvas(by_hand, HAT), canvas(by_hand), by_hand, "wearing") == canvas(by_hand, HAT)


def test_who_rides_is_above_what_came() -> None:
    rider, mount = handed(canvas(CAT, HAT), canvas(CAT), CAT, "riding").regions
    assert (rider.location, rider.offset, mount.location) == ("on the left", "slightly to the upper", "on the left")
    assert rider.distance_to_viewer < mount.distance_to_viewer


def test_things_are_called_as_they_were_said() -> None:
    misread = canvas(replace(CAT, description="A mandmother."), replace(DOG, description="A black rabit."))
    [one, other] = as_said(misread, (), "my grandmother has two black rabbits").regions
    assert (one.description, other.description) == ("A grandmother.", "A black rabbit.")
    assert as_said(misread, misread.regions, "my grandmother has two black rabbits") == misread
    assert as_said(canvas(CAT), (), "a bat or a coat") == canvas(CAT)


def test_articles_are_put_right_and_other_words_left() -> None:
    said = canvas(
        replace(CAT, description="An unicorn."), replace(CAT, description="A owl."), replace(CAT, description="Art.")
    )
    assert [each.description for each in well_said(said).regions] == ["A unicorn.", "An owl.", "Art."]
