"""The ways people word a request: tables of phrasings, some of them kept back for evaluation.

Knows no canvas and draws no lots: :mod:`requests` and :mod:`edits` choose among these. All words are lower case, as the
bundled composer's chat template lowers what people write.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Phrasings:
    """Templates of one kind of request: those trained on, and those kept back to evaluate with."""

    seen: tuple[str, ...]
    kept: tuple[str, ...]


def phrases(text: str) -> tuple[str, ...]:
    """``a | b | c`` → its parts."""
    return tuple(part.strip() for part in text.split("|"))


def phrasings(text: str) -> Phrasings:
    """``a | b || c``: a and b are trained on, c is kept back."""
    seen, kept = text.split("||")
    return Phrasings(phrases(seen), phrases(kept))


OPENERS = phrasings(
    """
    please | can you | could you | could you please | now | ok, | ok now | great, now | hey, | and now | nice! |
    i want you to | let's | also | then | hmm, | would you | next, | cool.
    || can you please | okay, | perfect, now | i'd like you to
    """
)
CLOSERS = Phrasings(
    (".", "!", " please", " please.", "?", ", thanks", " now", ", please", " too", "..."), (", thank you", " pls")
)
JOINERS = Phrasings(
    (" and ", ", and ", ", then ", " and then ", ", ", "; ", ". ", " and also ", ". then "), (", also ", " and please ")
)

FIRST = phrasings(
    """
    {scene} | draw {scene} | please draw {scene} | paint {scene} | create {scene} | make {scene} |
    make a picture of {scene} | a picture of {scene} | a drawing of {scene} | an illustration of {scene} |
    an image of {scene} | i want {scene} | i want to see {scene} | i'd like {scene} | i would like to see {scene} |
    can you draw {scene} | could you paint {scene} | can i have {scene} | show me {scene} | give me {scene} |
    generate an image of {scene} | generate {scene} | let's draw {scene} | let's start with {scene} |
    i need a picture with {scene} | a scene with {scene} | there is {scene} | imagine {scene} |
    hi, draw me {scene} | hello! please make {scene} | draw me {scene} | compose {scene} | render {scene} |
    sketch {scene} | how about {scene} | picture {scene} | let me see {scene} | could i get {scene} |
    a photo of {scene} | my idea: {scene} | a landscape with {scene} | we see {scene} | please make {scene} |
    i want a picture of {scene} | can you make {scene} | please generate {scene}
    || can you make a picture of {scene} | i'd love to see {scene} | please create {scene} | hey, paint me {scene} |
    a painting of {scene}
    """
)

ADD = phrasings(
    """
    add {np} | add {np} to it | add {np} to the picture | put {np} | put {np} in | put in {np} | place {np} |
    include {np} | draw {np} | draw {np} too | insert {np} | i want {np} as well | i also want {np} |
    i'd like {np} too | there should be {np} | there should also be {np} | give me {np} too | let there be {np} |
    make {np} appear | plus {np} | and {np} | also {np} | with {np} | it needs {np} | we need {np} |
    how about {np} | what about adding {np} | paint {np} there | one more thing: {np} | bring in {np} |
    add {np} there | now add {np} | please include {np} | could there be {np} | i need {np} | make {np} |
    and add {np} | let's have {np}
    || add in {np} | i would like {np} as well | throw in {np} | also draw {np} | can we have {np}
    """
)

REMOVE = phrasings(
    """
    remove {ref} | delete {ref} | erase {ref} | take {ref} away | take away {ref} | take {ref} out |
    take out {ref} | get rid of {ref} | drop {ref} | lose {ref} | cut {ref} | clear {ref} | no {ref} |
    without {ref} | i don't want {ref} | i don't want {ref} anymore | i don't like {ref}, remove it |
    make {ref} disappear | make {ref} go away | {ref} should go | {ref} must go | hide {ref} | leave out {ref} |
    wipe out {ref} | we don't need {ref} | remove {ref} from the picture
    || please remove {ref} | leave {ref} out | kick out {ref} | the picture doesn't need {ref} | do away with {ref}
    """
)

RECOLOR = phrasings(
    """
    make {ref} {color} | paint {ref} {color} | color {ref} {color} | colour {ref} {color} | turn {ref} {color} |
    change {ref} to {color} | change the color of {ref} to {color} | change {ref}'s color to {color} |
    recolor {ref} {color} | recolor {ref} to {color} | {ref} should be {color} | {ref} should be {color} instead |
    {ref} in {color} | i want {ref} to be {color} | i want {ref} {color} | i'd like {ref} in {color} |
    let {ref} be {color} | switch {ref} to {color} | set the color of {ref} to {color} | use {color} for {ref} |
    {color} for {ref} | dye {ref} {color} | have {ref} {color} | give {ref} a {color} color |
    what if {ref} was {color}
    || repaint {ref} {color} | turn {ref} into {color} | i'd prefer {ref} in {color} |
    make the color of {ref} {color} | {ref} must be {color}
    """
)

REPLACE = phrasings(
    """
    change {ref} to {np} | change {ref} into {np} | replace {ref} with {np} | replace {ref} by {np} |
    turn {ref} into {np} | swap {ref} for {np} | swap {ref} with {np} | exchange {ref} for {np} | make {ref} {np} |
    make {ref} into {np} | instead of {ref}, draw {np} | instead of {ref} put {np} | {np} instead of {ref} |
    put {np} instead of {ref} | put {np} in place of {ref} | transform {ref} into {np} | {ref} should be {np} |
    {ref} should become {np} | i want {np} instead of {ref} | let {ref} become {np} | use {np} instead of {ref} |
    switch {ref} to {np}
    || substitute {ref} with {np} | draw {np} instead of {ref} | convert {ref} into {np} |
    i'd rather have {np} than {ref}
    """
)

MOVE = phrasings(
    """
    move {ref} {to} | put {ref} {at} | put {ref} {to} | place {ref} {at} | shift {ref} {to} | drag {ref} {to} |
    bring {ref} {to} | set {ref} {at} | send {ref} {to} | {ref} should be {at} | {ref} should go {to} | {ref} {at} |
    i want {ref} {at} | let {ref} be {at} | have {ref} {at} | position {ref} {at} |
    change the position of {ref} {to} | relocate {ref} {to} | take {ref} {to} | i'd like {ref} {at} | get {ref} {to}
    || push {ref} {to} | make {ref} stand {at} | {ref} belongs {at} | i would like {ref} {at}
    """
)

NUDGE = phrasings(
    """
    move {ref} {nudge} | shift {ref} {nudge} | nudge {ref} {nudge} | put {ref} {nudge} | push {ref} {nudge} |
    {ref} {nudge} | {ref} should be {nudge} | bring {ref} {nudge} | i want {ref} {nudge}
    || drag {ref} {nudge} | slide {ref} {nudge}
    """
)

NEARER = phrasings(
    """
    bring {ref} closer | move {ref} closer | put {ref} in front | move {ref} to the front | make {ref} closer |
    bring {ref} to the foreground | {ref} should be closer | put {ref} up close | {ref} in the foreground
    || pull {ref} closer | move {ref} to the foreground
    """
)

FARTHER = phrasings(
    """
    move {ref} far away | put {ref} in the distance | move {ref} into the distance | put {ref} far away |
    send {ref} to the back | move {ref} to the back | make {ref} farther away | {ref} should be far away |
    move {ref} further away
    || push {ref} into the distance | {ref} in the distance
    """
)

SWAP = phrasings(
    """
    swap {ref} and {other} | switch {ref} and {other} around | {ref} and {other} should trade places |
    let {ref} and {other} swap places
    || exchange the places of {ref} and {other}
    """
)

BIGGER = phrasings(
    """
    make {ref} bigger | make {ref} larger | enlarge {ref} | {ref} should be bigger | scale {ref} up | grow {ref} |
    bigger {ref} | i want {ref} bigger | {ref} is too small | increase the size of {ref} | let {ref} grow |
    a bigger {bare} | {ref} bigger
    || i'd like {ref} larger | make {ref} a bit bigger | blow up {ref}
    """
)

SMALLER = phrasings(
    """
    make {ref} smaller | shrink {ref} | {ref} should be smaller | scale {ref} down | reduce {ref} | smaller {ref} |
    {ref} smaller | i want {ref} smaller | {ref} is too big | {ref} is too large | decrease the size of {ref} |
    let {ref} shrink | a smaller {bare}
    || i'd like {ref} smaller | make {ref} a bit smaller | reduce the size of {ref}
    """
)

RESIZE = phrasings(
    """
    make {ref} {size} | {ref} should be {size} | i want {ref} {size} | turn {ref} {size} | have {ref} {size} |
    let {ref} be {size}
    || {ref} must be {size} | i want {ref} to be {size}
    """
)

BACKGROUND = phrasings(
    """
    make the background {place} | change the background to {place} | set the background to {place} |
    replace the background with {place} | the background should be {place} | use {place} as the background |
    {place} as background | {place} background | change the scene to {place} | make it {place} |
    turn the background into {place} | i want {place} as the background | let the background be {place} |
    background: {place} | give it {place} background
    || switch the background to {place} | make {place} the background | i'd like {place} in the background
    """
)

SETTING = phrasings(
    """
    put it {where} | set it {where} | make it {where} | place everything {where} | move everything {where} |
    it should be {where} | let it be {where} | now {where} | {where} | the scene should be {where} |
    put everything {where} | have it {where} | change it to be {where} | let it happen {where} | the same {where}
    || set the scene {where} | move it all {where} | i want it {where}
    """
)

RESTYLE = phrasings(
    """
    make it {a_style} | as {a_style} | turn it into {a_style} | in the style of {a_style} | {style} style |
    make it look like {a_style} | i want it as {a_style} | draw it as {a_style} | change the style to {style} |
    {style} please | render it as {a_style}
    || paint it as {a_style} | the style should be {style} | give it a {style} look
    """
)

UNDO = phrasings(
    """
    undo that | undo | undo it | undo the last change | go back | revert that | revert | take that back |
    never mind, undo that | back to the previous version | no, go back | i liked it better before |
    restore the previous picture | undo the last step | revert the last change | cancel that | scratch that |
    that was better before | back | put it back how it was | one step back
    || please undo that | undo your last change | go back one step | i preferred the previous one
    """
)

RESTORE = phrasings(
    """
    put {ref} back | bring {ref} back | bring back {ref} | put back {ref} | add {ref} again | restore {ref} |
    i want {ref} back | put {ref} back in | let {ref} come back | give me back {ref} | show {ref} again |
    {ref} should come back | add {ref} back
    || return {ref} | i'd like {ref} back | please bring {ref} back in
    """
)

SCENE_WITH_STYLE = phrasings(
    """
    {scene}, {style} | {scene}, {style} style | {scene} as {a_style} | {scene} in {style} style | {style}: {scene} |
    {scene}. {style}. | {style} of {scene} | {a_style} of {scene} | {scene} in the style of {a_style} |
    {scene} ({style}) | {scene} like {a_style}
    || {scene}, as {a_style} | {scene} - {style} | {style}, {scene}
    """
)

SCENE_WITH_PLACE = phrasings(
    """
    {scene} {where} | {scene} {where} | {scene} {where} | {scene}, {where} | {where}, {scene} | {where}: {scene} |
    {scene} and all of it {where} | {scene}, with {place} in the background | {scene} with {place} background |
    {scene}. background: {place}
    || {scene}, {where} of course | {scene} and {place} as the background | {scene} - {where}
    """
)

AT = phrasings(
    """
    in the {spot} | on the {spot} | at the {spot} | on the {spot} | {spot}
    || over on the {spot}
    """
)

TO = phrasings(
    """
    to the {spot} | into the {spot} | to the {spot} | in the {spot} | on the {spot} | {spot}
    || over to the {spot}
    """
)

AND = (" and ", " and ", ", ", " with ", " plus ", ", and ", " and also ", " & ")
