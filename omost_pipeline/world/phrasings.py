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
    i want you to | let's | also | then | hmm, | would you | next, | cool. |
    well, | alright, | all right, | right, | so | oh, | wait, | actually, | actually | maybe | just | good, now |
    lovely, now | thanks! | super. | wow, | yes, | yes please, | no, | and | but | hi, | hello, | you could | can we |
    could we | i think you should | i would like you to | it would be nice to | why not | would you please |
    after that, | finally, | for now | quickly |
    okay then, | okay now | perfect. | perfect! now | that's perfect, now | i'd like to | i'd like it if you could |
    if you please, | can you also please | thank you! | thanks a lot. | great, | lovely, | very nice, | sure, | kindly
    || can you please | okay, | perfect, now | i'd like you to
    """
)
CLOSERS = Phrasings(
    (
        ".",
        "!",
        " please",
        " please.",
        "?",
        ", thanks",
        " now",
        ", please",
        " too",
        "...",
        ", thx",
        " plz",
        " pls!",
        "!!",
        " :)",
        ", thank you very much",
        ". thank you!",
        ", thanks a lot",
        " if you please",
        " of course",
        ", ok?",
        ", would you",
        " for me",
    ),
    (", thank you", " pls"),
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
    i need a picture with {scene} | a scene with {scene} | there is {scene} | imagine {scene} | hi, draw me {scene} |
    hello! please make {scene} | draw me {scene} | compose {scene} | render {scene} | sketch {scene} |
    how about {scene} | picture {scene} | let me see {scene} | could i get {scene} | a photo of {scene} |
    my idea: {scene} | a landscape with {scene} | we see {scene} | please make {scene} | i want a picture of {scene} |
    can you make {scene} | please generate {scene} | design {scene} | illustrate {scene} | visualize {scene} |
    build {scene} | produce {scene} | prepare {scene} | make me {scene} | create a picture of {scene} |
    create an image of {scene} | create an image with {scene} | draw a picture of {scene} |
    draw a picture with {scene} | draw an image of {scene} | paint a picture of {scene} | paint me {scene} |
    paint a scene with {scene} | generate a picture of {scene} | generate a picture with {scene} |
    a picture with {scene} | an image with {scene} | a scene of {scene} | the picture shows {scene} |
    the image should show {scene} | it should show {scene} | i imagine {scene} | i am thinking of {scene} |
    i'm thinking of {scene} | i want an image of {scene} | i want a drawing of {scene} | i would like {scene} |
    i would like a picture of {scene} | i'd like to see {scene} | can you show me {scene} | can you paint {scene} |
    could you draw {scene} | could you make {scene} | would you draw {scene} | would you paint me {scene} |
    will you draw {scene} | do you think you could draw {scene} | please show me {scene} | please paint {scene} |
    please draw me {scene} | please give me {scene} | hello, {scene} | hi, {scene} please | hey, {scene} |
    hey, draw {scene} | ok, {scene} | start with {scene} | let's see {scene} | let's have {scene} | let's make {scene} |
    let's try {scene} | what about {scene} | just {scene} | simply {scene} | maybe {scene} | try {scene} |
    try to draw {scene} | how would {scene} look | what does {scene} look like | {scene}, can you draw that |
    {scene}, that's all | something with {scene} | something like {scene} | wallpaper with {scene} |
    a poster of {scene} | a card with {scene} | my little son wants {scene} | my daughter would like {scene} |
    for my kids: {scene} | today i want {scene} | once upon a time there was {scene} | we need {scene} |
    we want {scene} | here is {scene} | there are {scene} | there was {scene} | depict {scene} | show {scene} |
    display {scene} | new picture: {scene} | next picture: {scene} | picture of {scene} | image of {scene} |
    drawing of {scene} | a sketch of {scene} | a view of {scene} | a nice picture of {scene} |
    a simple picture of {scene} | a beautiful image of {scene} | i'd love {scene} | i would love to see {scene} |
    i'd love to have {scene} | a nice painting of {scene} | a painting with {scene} | a painting showing {scene} |
    make a painting of {scene} | paint a painting of {scene} | a beautiful painting of {scene} |
    i want a painting of {scene} | a small drawing with {scene} | a drawing showing {scene} | a photo with {scene} |
    a photograph of {scene} | create a painting with {scene} | can you make a painting of {scene} |
    can you make an image of {scene} | can you create a picture of {scene} | could you make a picture with {scene} |
    hey, make me {scene} | hey, show me {scene} | please paint me {scene} | please sketch {scene} |
    please create a picture with {scene}
    || can you make a picture of {scene} | i'd love to see {scene} | please create {scene} | hey, paint me {scene} |
    a painting of {scene}
    """
)

ADD = phrasings(
    """
    add {np} | add {np} to it | add {np} to the picture | put {np} | put {np} in | put in {np} | place {np} |
    include {np} | draw {np} | draw {np} too | insert {np} | i want {np} as well | i also want {np} |
    i'd like {np} too | there should be {np} | there should also be {np} | give me {np} too | let there be {np} |
    make {np} appear | plus {np} | and {np} | also {np} | with {np} | it needs {np} | we need {np} | how about {np} |
    what about adding {np} | paint {np} there | one more thing: {np} | bring in {np} | add {np} there | now add {np} |
    please include {np} | could there be {np} | i need {np} | make {np} | and add {np} | let's have {np} |
    add {np} please | add {np} as well | add also {np} | also add {np} | add {np} to the scene | add {np} to this |
    add {np} into the picture | add {np} in there | add one more: {np} | and also {np} | and then {np} |
    put {np} there | put {np} in there | put {np} into the picture | put {np} in the picture | put {np} in the scene |
    put also {np} | set {np} | set {np} there | place {np} there | place {np} in it | place {np} in the scene |
    drop {np} in | slip in {np} | squeeze in {np} | stick in {np} | pop in {np} | fit in {np} | mix in {np} |
    insert {np} there | include {np} too | include {np} as well | bring {np} in | bring {np} into the picture |
    bring {np} | introduce {np} | have {np} there | have {np} in it | have {np} too | get {np} in there | get me {np} |
    i would like {np} | i'd like {np} | i'd also like {np} | i would also like {np} | i want to have {np} |
    i want to add {np} | i want to see {np} too | i want {np} in it | i want {np} in there | i miss {np} |
    {np} is missing | {np} would be nice | {np} would be nice too | {np} too | {np} as well | {np}, too | {np} please |
    it should have {np} | it also needs {np} | it could use {np} | it should also show {np} | the picture needs {np} |
    the scene needs {np} | there is also {np} | there could be {np} | there must be {np} | let me see {np} too |
    let me have {np} | let us add {np} | let's add {np} | let's put {np} | let's also have {np} | let's include {np} |
    what about {np} | how about adding {np} | why not add {np} | can you add {np} | could you add {np} |
    could you put {np} | can you put {np} in | can there be {np} | could we have {np} | may i have {np} | show {np} |
    show {np} too | show also {np} | show me {np} as well | create {np} | create {np} too | make {np} too |
    make {np} as well | make me {np} | paint {np} | paint {np} too | paint {np} in | paint also {np} | sketch {np} |
    sketch in {np} | draw {np} as well | draw {np} in | draw {np} there | draw {np} in the picture | draw in {np} |
    draw me {np} | then {np} | then add {np} | next add {np} | next, {np} | one more: {np} | another thing: {np} |
    together with {np} | along with {np} | in addition {np} | additionally {np} | complete it with {np} |
    finish it with {np} | extend it by {np} | decorate it with {np} | combine it with {np} | supplement {np} |
    build {np} | install {np} | position {np} | locate {np} | attach {np} | append {np} | throw {np} in |
    throw {np} into it | just throw in also {np} | add in also {np} | add {np} in | toss in {np} | i'd love {np} too |
    i'd love to have {np} | i would like {np} too | i would like to have {np} as well | draw also {np} |
    also paint {np} | also put {np} | also place {np} | can we also have {np} | can i have {np} |
    could i have {np} too | can we add {np} | may we have {np} | just add {np}
    || add in {np} | i would like {np} as well | throw in {np} | also draw {np} | can we have {np}
    """
)

REMOVE = phrasings(
    """
    remove {ref} | delete {ref} | erase {ref} | take {ref} away | take away {ref} | take {ref} out | take out {ref} |
    get rid of {ref} | drop {ref} | lose {ref} | cut {ref} | clear {ref} | no {ref} | without {ref} |
    i don't want {ref} | i don't want {ref} anymore | i don't like {ref}, remove it | make {ref} disappear |
    make {ref} go away | {ref} should go | {ref} must go | hide {ref} | leave out {ref} | wipe out {ref} |
    we don't need {ref} | remove {ref} from the picture | remove {ref} please | remove {ref} again |
    remove {ref} completely | remove {ref} from it | remove {ref} from the scene | delete {ref} please |
    delete {ref} from the picture | delete {ref} again | erase {ref} please | erase {ref} from the picture |
    eliminate {ref} | exclude {ref} | omit {ref} | discard {ref} | ditch {ref} | dump {ref} | scrap {ref} | skip {ref} |
    strip {ref} | trash {ref} | toss {ref} | toss out {ref} | throw {ref} away | throw {ref} out | throw out {ref} |
    throw away {ref} | cut {ref} out | cut out {ref} | cross out {ref} | rub out {ref} | wipe {ref} | wipe {ref} away |
    wash {ref} away | clear {ref} away | clear away {ref} | clean up {ref} | strike {ref} | banish {ref} | kill {ref} |
    destroy {ref} | withdraw {ref} | pull {ref} out | pull out {ref} | carry {ref} away |
    move {ref} out of the picture | put {ref} away | send {ref} away | take {ref} off | take off {ref} |
    take {ref} out of the picture | take {ref} out again | take {ref} from the picture | let {ref} disappear |
    let {ref} vanish | make {ref} vanish | make {ref} invisible | have {ref} removed | have {ref} gone |
    i want {ref} gone | i want {ref} removed | i want {ref} out | i want {ref} to disappear | i want no {ref} |
    i do not want {ref} | i don't need {ref} | i don't need {ref} anymore | i don't like {ref} | i would remove {ref} |
    i'd like {ref} gone | i'd like {ref} removed | {ref} should disappear | {ref} should be gone |
    {ref} should be removed | {ref} should vanish | {ref} must disappear | {ref} must be removed | {ref} has to go |
    {ref} has to disappear | {ref} can go | {ref} can be removed | {ref} is not needed | {ref} is too much |
    {ref} is superfluous | {ref} is in the way | {ref} away | {ref} out | {ref} off | no more {ref} | not {ref} |
    never mind {ref} | forget {ref} | forget about {ref} | away with {ref} | down with {ref} | out with {ref} |
    the same without {ref} | the picture without {ref} | show it without {ref} | draw it without {ref} |
    do it without {ref} | stop showing {ref} | don't show {ref} | don't draw {ref} | do not draw {ref} |
    there should be no {ref} | there shouldn't be {ref} | it is better without {ref} | it would be nicer without {ref} |
    could you remove {ref} | can you delete {ref} | get {ref} out | get {ref} out of here |
    get {ref} out of the picture | free the picture of {ref} | kick {ref} out | kick {ref} out of the picture |
    just kick {ref} away | the picture doesn't want {ref} | it doesn't need {ref} | {ref} doesn't belong here |
    {ref} doesn't fit | {ref} doesn't look good, remove it | please delete {ref} | please take {ref} away |
    please erase {ref} | please get rid of {ref} | do without {ref} | we can do without {ref} | leave {ref} away |
    leave away {ref} | just remove {ref}
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
    what if {ref} was {color} | make {ref} look {color} | make {ref} all {color} | make {ref} completely {color} |
    make {ref} more {color} | make {ref} {color} instead | make {ref} {color} please | make {ref} {color} now |
    make the colour of {ref} {color} | make {ref}'s color {color} | paint {ref} in {color} | paint {ref} all {color} |
    paint {ref} completely {color} | draw {ref} in {color} | draw {ref} {color} | show {ref} in {color} |
    color {ref} in {color} | color {ref} all {color} | colour {ref} in {color} | turn {ref} to {color} |
    turn the color of {ref} to {color} | change {ref} into {color} | change {ref} to be {color} |
    change {ref} color to {color} | change the colour of {ref} to {color} | change the color of {ref} into {color} |
    change {ref}'s colour to {color} | recolor {ref} in {color} | recolour {ref} {color} | recolour {ref} to {color} |
    tint {ref} {color} | shade {ref} {color} | spray {ref} {color} | stain {ref} {color} | brush {ref} {color} |
    coat {ref} in {color} | cover {ref} in {color} | fill {ref} with {color} | dip {ref} in {color} |
    dye {ref} in {color} | {ref} should be painted {color} | {ref} should be colored {color} |
    {ref} should be more {color} | {ref} should have the color {color} | {ref} should look {color} |
    {ref} should turn {color} | {ref} should become {color} | {ref} should be in {color} | {ref} shall be {color} |
    {ref} has to be {color} | {ref} needs to be {color} | {ref} would be nicer in {color} |
    {ref} would look better in {color} | {ref} is {color} | {ref} is now {color} | {ref} {color} |
    {ref} {color} please | {ref} in {color} please | {ref}: {color} | i want {ref} in {color} |
    i want {ref} painted {color} | i want to see {ref} in {color} | i want {ref} to look {color} |
    i would like {ref} {color} | i would like {ref} in {color} | i would like {ref} to be {color} |
    i'd like {ref} {color} | i'd like {ref} to be {color} | i like {ref} {color} | i need {ref} in {color} |
    i meant {ref} to be {color} | let {ref} turn {color} | let {ref} become {color} | let {ref} look {color} |
    let's make {ref} {color} | let's paint {ref} {color} | let's have {ref} in {color} |
    switch the color of {ref} to {color} | switch {ref}'s color to {color} | set {ref} to {color} |
    set {ref}'s color to {color} | set the colour of {ref} to {color} | give {ref} the color {color} |
    give {ref} a {color} look | give {ref} {color} color | use {color} as the color of {ref} | take {color} for {ref} |
    choose {color} for {ref} | pick {color} for {ref} | put {ref} in {color} | have {ref} in {color} |
    have {ref} painted {color} | get {ref} {color} | can {ref} be {color} | could {ref} be {color} |
    can you make {ref} {color} | could you paint {ref} {color} | can we have {ref} in {color} |
    what about {ref} in {color} | how about {ref} in {color} | how about {color} for {ref} |
    how about making {ref} {color} | what if {ref} were {color} | the color of {ref} should be {color} |
    the colour of {ref} should be {color} | {ref} not in that color, but {color} | modify {ref} to {color} |
    adjust {ref} to {color} | update {ref} to {color} | edit {ref} to be {color} | repaint {ref} in {color} |
    repaint {ref} so it is {color} | i'd prefer {ref} to be {color} | i prefer {ref} in {color} |
    i'd prefer a {color} color for {ref} | {ref} must become {color} | {ref} must look {color} |
    {ref} must turn {color} | turn {ref} into a {color} one | turn {ref} all {color} | please make {ref} {color} |
    just make {ref} {color}
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
    switch {ref} to {np} | replace {ref} with {np} please | replace {ref} through {np} | replace {ref} and put {np} |
    please replace {ref} with {np} | change {ref} for {np} | change {ref} to be {np} | change {ref} so that it is {np} |
    turn {ref} to {np} | morph {ref} into {np} | transform {ref} to {np} | remake {ref} as {np} | redo {ref} as {np} |
    redraw {ref} as {np} | repaint {ref} as {np} | draw {ref} as {np} | render {ref} as {np} | make {ref} be {np} |
    make {ref} to {np} | make {np} out of {ref} | make {np} of {ref} | make that {np} instead of {ref} |
    make it {np} instead of {ref} | swap out {ref} for {np} | swap {ref} to {np} | swap in {np} for {ref} |
    switch {ref} for {np} | switch {ref} with {np} | switch {ref} into {np} | switch out {ref} for {np} |
    trade {ref} for {np} | exchange {ref} with {np} | exchange {ref} by {np} | interchange {ref} with {np} |
    instead of {ref} {np} | instead of {ref}, {np} | instead of {ref} i want {np} |
    instead of {ref}, i would like {np} | instead of {ref} make {np} | instead of {ref}, show {np} |
    instead of {ref} paint {np} | instead of {ref} there should be {np} | in place of {ref} put {np} |
    in place of {ref}, draw {np} | {np} in place of {ref} | {np} rather than {ref} | {np}, not {ref} | {np} for {ref} |
    {np} where {ref} is | put {np} where {ref} is | put {np} where {ref} was | put {np} for {ref} |
    put {np} there instead of {ref} | place {np} instead of {ref} | show {np} instead of {ref} |
    paint {np} instead of {ref} | make {np} instead of {ref} | add {np} instead of {ref} | take {np} instead of {ref} |
    have {np} instead of {ref} | give me {np} instead of {ref} | i'd like {np} instead of {ref} |
    i would like {np} instead of {ref} | i want {np} in place of {ref} | i want {ref} to be {np} |
    i want {ref} to become {np} | i want {ref} to turn into {np} | i want {ref} replaced with {np} |
    i want {ref} replaced by {np} | i'd like {ref} to be {np} | i would like {ref} to be {np} |
    i meant {np}, not {ref} | {ref} should turn into {np} | {ref} should be replaced with {np} |
    {ref} should be replaced by {np} | {ref} should rather be {np} | {ref} must become {np} | {ref} must be {np} |
    {ref} shall be {np} | {ref} becomes {np} | {ref} is now {np} | {ref} is {np} now | {ref} to {np} | {ref} into {np} |
    let {ref} be {np} | let {ref} turn into {np} | let {ref} be replaced by {np} | let's replace {ref} with {np} |
    let's make {ref} {np} | let's turn {ref} into {np} | let's have {np} instead of {ref} | use {np} in place of {ref} |
    use {np} for {ref} | take {ref} and make it {np} | remove {ref} and add {np} instead |
    remove {ref} and put {np} there | drop {ref} for {np} | could {ref} be {np} | can {ref} be {np} |
    can you turn {ref} into {np} | could you replace {ref} with {np} | how about {np} instead of {ref} |
    what about {np} instead of {ref} | what if {ref} was {np} | what if {ref} were {np} | update {ref} to {np} |
    modify {ref} to {np} | edit {ref} into {np} | substitute {np} for {ref} | substitute {ref} by {np} |
    {np} as a substitute for {ref} | convert {ref} to {np} | let {ref} be converted into {np} |
    draw {np} where {ref} is | draw {np} in place of {ref} | rather {np} than {ref} | better {np} than {ref} |
    i'd rather see {np} than {ref} | i would rather have {np} than {ref} | i like {np} more than {ref} |
    i'd prefer {np} to {ref} | i prefer {np} over {ref} | i'd rather have {np} there, not {ref} |
    i'd rather have {np} instead of {ref}
    || substitute {ref} with {np} | draw {np} instead of {ref} | convert {ref} into {np} |
    i'd rather have {np} than {ref}
    """
)

MOVE = phrasings(
    """
    move {ref} {to} | put {ref} {at} | put {ref} {to} | place {ref} {at} | shift {ref} {to} | drag {ref} {to} |
    bring {ref} {to} | set {ref} {at} | send {ref} {to} | {ref} should be {at} | {ref} should go {to} | {ref} {at} |
    i want {ref} {at} | let {ref} be {at} | have {ref} {at} | position {ref} {at} | change the position of {ref} {to} |
    relocate {ref} {to} | take {ref} {to} | i'd like {ref} {at} | get {ref} {to} | move {ref} {to} please |
    move {ref} {to} instead | move {ref} over {to} | move {ref} {at} | can you move {ref} {to} |
    could you put {ref} {at} | put {ref} {at} please | put {ref} {at} instead | put {ref} over {at} |
    put {ref} right {at} | place {ref} {to} | place {ref} right {at} | shift {ref} {at} | drag {ref} over {to} |
    drop {ref} {at} | pull {ref} {to} | slide {ref} {to} | slip {ref} {to} | carry {ref} {to} | transfer {ref} {to} |
    transport {ref} {to} | displace {ref} {to} | reposition {ref} {at} | reposition {ref} {to} | rearrange {ref} {at} |
    arrange {ref} {at} | locate {ref} {at} | situate {ref} {at} | lay {ref} {at} | hang {ref} {at} | keep {ref} {at} |
    leave {ref} {at} | stick {ref} {at} | center {ref} {at} | align {ref} {to} | bring {ref} over {to} |
    bring {ref} {at} | get {ref} over {to} | get {ref} {at} | take {ref} {at} | send {ref} over {to} |
    throw {ref} {to} | set {ref} {to} | set {ref} down {at} | change {ref} {to} | change {ref}'s position {to} |
    change {ref}'s place {to} | change the place of {ref} {to} | set the position of {ref} {to} | make {ref} go {to} |
    make {ref} be {at} | make {ref} appear {at} | make {ref} move {to} | make {ref} sit {at} | let {ref} stand {at} |
    let {ref} move {to} | let {ref} go {to} | let {ref} sit {at} | let {ref} appear {at} | let's move {ref} {to} |
    let's put {ref} {at} | let's have {ref} {at} | draw {ref} {at} | show {ref} {at} | paint {ref} {at} |
    i want {ref} to be {at} | i want {ref} to go {to} | i want {ref} moved {to} | i want {ref} placed {at} |
    i want to have {ref} {at} | i want to see {ref} {at} | i need {ref} {at} | i'd like {ref} to be {at} |
    i'd like to see {ref} {at} | i would like {ref} to be {at} | i would like to have {ref} {at} |
    i'd prefer {ref} {at} | i'd rather have {ref} {at} | i meant {ref} {at} | {ref} should stand {at} |
    {ref} should sit {at} | {ref} should move {to} | {ref} should be placed {at} | {ref} should be moved {to} |
    {ref} should appear {at} | {ref} must be {at} | {ref} must go {to} | {ref} has to be {at} | {ref} needs to be {at} |
    {ref} needs to go {to} | {ref} goes {to} | {ref} {to} | {ref} {to} please | {ref} {at} please | {ref} now {at} |
    {ref} is {at} | {ref} would look better {at} | {ref} would be better {at} | {ref} looks better {at} |
    can {ref} be {at} | could {ref} go {to} | can we have {ref} {at} | what about {ref} {at} | how about {ref} {at} |
    what if {ref} was {at} | push {ref} over {to} | push {ref} {at} | just push {ref} further {to} |
    {ref} must stand {at} | {ref} doesn't belong there, it belongs {at} | i think {ref} belongs {at} instead |
    i would like to see {ref} {at}
    || push {ref} {to} | make {ref} stand {at} | {ref} belongs {at} | i would like {ref} {at}
    """
)

NUDGE = phrasings(
    """
    move {ref} {nudge} | shift {ref} {nudge} | nudge {ref} {nudge} | put {ref} {nudge} | push {ref} {nudge} |
    {ref} {nudge} | {ref} should be {nudge} | bring {ref} {nudge} | i want {ref} {nudge} |
    could you move {ref} {nudge} | can you shift {ref} {nudge} | move {ref} {nudge} please | move {ref} just {nudge} |
    place {ref} {nudge} | set {ref} {nudge} | pull {ref} {nudge} | get {ref} {nudge} | take {ref} {nudge} |
    send {ref} {nudge} | carry {ref} {nudge} | have {ref} {nudge} | let {ref} move {nudge} | let {ref} go {nudge} |
    let's move {ref} {nudge} | make {ref} go {nudge} | {ref} should move {nudge} | {ref} should go {nudge} |
    {ref} must go {nudge} | {ref} could be {nudge} | {ref} needs to be {nudge} | {ref} has to go {nudge} |
    i'd like {ref} {nudge} | i would like {ref} {nudge} | i want {ref} to be {nudge} | i want {ref} moved {nudge} |
    adjust {ref} {nudge} | correct {ref} {nudge} | reposition {ref} {nudge} | draw {ref} {nudge} |
    drag {ref} just {nudge} | drag {ref} over {nudge} | slide {ref} over {nudge} | slide {ref} just {nudge} |
    just move {ref} {nudge} | let {ref} slide {nudge} | i'd love {ref} {nudge}
    || drag {ref} {nudge} | slide {ref} {nudge}
    """
)

NEARER = phrasings(
    """
    bring {ref} closer | move {ref} closer | put {ref} in front | move {ref} to the front | make {ref} closer |
    bring {ref} to the foreground | {ref} should be closer | put {ref} up close | {ref} in the foreground |
    bring {ref} nearer | bring {ref} near | bring {ref} to the front | bring {ref} in front | bring {ref} up front |
    move {ref} nearer | move {ref} near | move {ref} up close | move {ref} into the foreground | put {ref} closer |
    put {ref} nearer | put {ref} in the foreground | put {ref} to the front | put {ref} in the front |
    place {ref} in front | place {ref} in the foreground | set {ref} in the foreground | get {ref} closer |
    let {ref} come closer | let {ref} come nearer | make {ref} come closer | make {ref} nearer |
    make {ref} be in front | show {ref} up close | show {ref} closer | {ref} closer | {ref} nearer | {ref} up close |
    {ref} to the front | {ref} should be nearer | {ref} should be in front | {ref} should be in the foreground |
    {ref} should come closer | i want {ref} closer | i want {ref} in front | i want {ref} in the foreground |
    i'd like {ref} closer | i'd like {ref} nearer | {ref} is too far away | zoom in on {ref} | pull {ref} nearer |
    pull {ref} to the front | pull {ref} into the foreground | move {ref} up to the foreground |
    put {ref} into the foreground | let {ref} be in the foreground
    || pull {ref} closer | move {ref} to the foreground
    """
)

FARTHER = phrasings(
    """
    move {ref} far away | put {ref} in the distance | move {ref} into the distance | put {ref} far away |
    send {ref} to the back | move {ref} to the back | make {ref} farther away | {ref} should be far away |
    move {ref} further away | move {ref} farther away | move {ref} away | move {ref} far back |
    move {ref} further back | move {ref} to the background | move {ref} into the background | put {ref} further away |
    put {ref} farther away | put {ref} far back | put {ref} in the back | put {ref} in the background |
    put {ref} on the horizon | place {ref} in the distance | place {ref} far away | place {ref} in the background |
    send {ref} far away | send {ref} into the distance | send {ref} to the background | bring {ref} to the back |
    make {ref} further away | make {ref} more distant | make {ref} far away | make {ref} be in the background |
    let {ref} be far away | let {ref} go far away | {ref} far away | {ref} further away | {ref} farther away |
    {ref} to the back | {ref} in the background | {ref} should be farther away | {ref} should be further away |
    {ref} should be in the distance | {ref} should be in the background | {ref} must be far away |
    i want {ref} far away | i want {ref} in the distance | i want {ref} further away | i'd like {ref} farther away |
    {ref} is too close | {ref} is too near | draw {ref} far away | show {ref} in the distance | push {ref} far away |
    push {ref} to the back | push {ref} further back | drag {ref} into the distance | {ref} into the distance |
    let {ref} be in the distance
    || push {ref} into the distance | {ref} in the distance
    """
)

SWAP = phrasings(
    """
    swap {ref} and {other} | switch {ref} and {other} around | {ref} and {other} should trade places |
    let {ref} and {other} swap places | swap {ref} with {other} around | swap the places of {ref} and {other} |
    swap the positions of {ref} and {other} | swap {ref} and {other} around | exchange {ref} and {other} |
    switch the places of {ref} and {other} | switch the positions of {ref} and {other} | switch {ref} and {other} |
    flip {ref} and {other} | interchange {ref} and {other} | {ref} and {other} should swap places |
    {ref} and {other} should switch places | {ref} and {other} the other way round |
    let {ref} and {other} trade places | let {ref} and {other} switch places | make {ref} and {other} swap places |
    make {ref} and {other} trade places | put {ref} where {other} is and {other} where {ref} is |
    exchange {ref} and {other} please | exchange the positions of {ref} and {other} |
    let {ref} and {other} exchange places | {ref} and {other} should exchange places
    || exchange the places of {ref} and {other}
    """
)

BIGGER = phrasings(
    """
    make {ref} bigger | make {ref} larger | enlarge {ref} | {ref} should be bigger | scale {ref} up | grow {ref} |
    bigger {ref} | i want {ref} bigger | {ref} is too small | increase the size of {ref} | let {ref} grow |
    a bigger {bare} | {ref} bigger | make {ref} much bigger | make {ref} a lot bigger | make {ref} a little bigger |
    make {ref} a little larger | make {ref} a bit larger | make {ref} grow | make {ref} bigger please |
    make {ref} even bigger | make a bigger {bare} | magnify {ref} | expand {ref} | upscale {ref} | upsize {ref} |
    extend {ref} | scale up {ref} | size up {ref} | enlarge {ref} a bit | grow {ref} a bit | increase {ref} |
    increase {ref} in size | {ref} larger | {ref} much bigger | {ref} should be larger | {ref} should be a bit bigger |
    {ref} should grow | {ref} must be bigger | {ref} needs to be bigger | {ref} has to be larger |
    {ref} could be bigger | {ref} could be larger | {ref} is not big enough | {ref} looks too small |
    i want {ref} larger | i want {ref} to be bigger | i want {ref} to be larger | i want a bigger {bare} |
    i want a larger {bare} | i'd like {ref} bigger | i'd like a bigger {bare} | i would like {ref} bigger |
    i would like a larger {bare} | i need a bigger {bare} | larger {ref} | a larger {bare} | give me a bigger {bare} |
    draw a bigger {bare} | draw {ref} bigger | draw {ref} larger | show {ref} bigger | let {ref} be bigger |
    let {ref} be larger | have {ref} bigger | can {ref} be bigger | could {ref} be larger | can you make {ref} bigger |
    what about a bigger {bare} | turn up the size of {ref} | blow {ref} up | blow {ref} up a bit |
    blow up the size of {ref} | i'd like a larger {bare} | i'd like {ref} to be larger | make {ref} slightly bigger |
    make {ref} slightly larger
    || i'd like {ref} larger | make {ref} a bit bigger | blow up {ref}
    """
)

SMALLER = phrasings(
    """
    make {ref} smaller | shrink {ref} | {ref} should be smaller | scale {ref} down | reduce {ref} | smaller {ref} |
    {ref} smaller | i want {ref} smaller | {ref} is too big | {ref} is too large | decrease the size of {ref} |
    let {ref} shrink | a smaller {bare} | make {ref} much smaller | make {ref} a lot smaller |
    make {ref} a little smaller | make {ref} shrink | make {ref} smaller please | make {ref} even smaller |
    make {ref} less big | make {ref} not so big | make a smaller {bare} | downscale {ref} | downsize {ref} |
    scale down {ref} | size down {ref} | minimize {ref} | diminish {ref} | compress {ref} | shrink {ref} a bit |
    shrink {ref} please | reduce {ref} in size | reduce {ref}'s size | decrease {ref} | lessen {ref} |
    {ref} a bit smaller | {ref} much smaller | {ref} should be a bit smaller | {ref} should shrink |
    {ref} must be smaller | {ref} needs to be smaller | {ref} has to be smaller | {ref} could be smaller |
    {ref} is much too big | {ref} looks too big | {ref} is huge, make it smaller | i want {ref} to be smaller |
    i want a smaller {bare} | i'd like a smaller {bare} | i would like {ref} smaller | i would like a smaller {bare} |
    i need a smaller {bare} | give me a smaller {bare} | draw a smaller {bare} | draw {ref} smaller |
    show {ref} smaller | let {ref} be smaller | have {ref} smaller | can {ref} be smaller | could {ref} be smaller |
    can you make {ref} smaller | what about a smaller {bare} | turn down the size of {ref} |
    i'd like {ref} to be smaller | make {ref} slightly smaller | cut the size of {ref} | lower the size of {ref}
    || i'd like {ref} smaller | make {ref} a bit smaller | reduce the size of {ref}
    """
)

RESIZE = phrasings(
    """
    make {ref} {size} | {ref} should be {size} | i want {ref} {size} | turn {ref} {size} | have {ref} {size} |
    let {ref} be {size} | make {ref} look {size} | make {ref} {size} please | make {ref} {size} again |
    make {ref} {size} now | make {ref} {size} in size | change {ref} to {size} | change {ref}'s size to {size} |
    change the size of {ref} to {size} | set {ref} to {size} | set the size of {ref} to {size} |
    set {ref}'s size to {size} | resize {ref} to {size} | scale {ref} to {size} | draw {ref} {size} |
    show {ref} {size} | let {ref} become {size} | {ref} {size} | {ref} {size} please | {ref} should become {size} |
    {ref} should look {size} | {ref} shall be {size} | {ref} has to be {size} | {ref} needs to be {size} |
    i'd like {ref} {size} | i'd like {ref} to be {size} | i would like {ref} {size} | i need {ref} {size} |
    can {ref} be {size} | could {ref} be {size} | can you make {ref} {size} | what if {ref} was {size} |
    let's make {ref} {size} | {ref} must look {size} | {ref} must become {size} | i want {ref} to look {size} |
    i want {ref} to become {size} | i want to see {ref} {size}
    || {ref} must be {size} | i want {ref} to be {size}
    """
)

BACKGROUND = phrasings(
    """
    make the background {place} | change the background to {place} | set the background to {place} |
    replace the background with {place} | the background should be {place} | use {place} as the background |
    {place} as background | {place} background | change the scene to {place} | make it {place} |
    turn the background into {place} | i want {place} as the background | let the background be {place} |
    background: {place} | give it {place} background | make the background look like {place} |
    make the scenery {place} | make the scene {place} | make the setting {place} | change the background into {place} |
    change the background for {place} | change background to {place} | change the setting to {place} |
    change the scenery to {place} | change the place to {place} | change it to {place} |
    replace the background by {place} | replace the scenery with {place} | turn the background to {place} |
    turn the scene into {place} | turn it into {place} | transform the background into {place} |
    set the scenery to {place} | set the background as {place} | background should be {place} | background {place} |
    {place} for the background | {place} in the background | {place} in the back | {place} behind it |
    {place} behind everything | put {place} in the background | put {place} behind it | put {place} as background |
    paint {place} as the background | draw {place} as the background | draw {place} in the background |
    add {place} as background | add {place} in the background | use {place} for the background |
    use {place} as backdrop | take {place} as the background | have {place} as the background |
    have {place} in the background | show {place} in the background | give it {place} as background |
    i want {place} in the background | i want the background to be {place} | i want the background changed to {place} |
    i would like {place} as the background | i'd like {place} as background | i'd like the background to be {place} |
    let's have {place} as the background | let's change the background to {place} | the background is {place} |
    the backdrop should be {place} | the setting should be {place} | the scene should be {place} |
    could the background be {place} | can the background be {place} | how about {place} as the background |
    what about {place} as background | with {place} as the background | with {place} in the background |
    new background: {place} | instead of this background {place} | a background of {place} |
    switch to {place} as background | switch the scenery to {place} | switch background to {place} |
    make {place} the backdrop | let {place} be the background | i'd like to have {place} in the background |
    i'd like {place} behind it | i'd love {place} as the background
    || switch the background to {place} | make {place} the background | i'd like {place} in the background
    """
)

SETTING = phrasings(
    """
    put it {where} | set it {where} | make it {where} | place everything {where} | move everything {where} |
    it should be {where} | let it be {where} | now {where} | {where} | the scene should be {where} |
    put everything {where} | have it {where} | change it to be {where} | let it happen {where} | the same {where} |
    put everything {where} instead | put the whole thing {where} | put them {where} | put all of it {where} |
    put the scene {where} | place it {where} | place the scene {where} | place it all {where} | move it {where} |
    move the scene {where} | move the whole scene {where} | bring it {where} | bring everything {where} |
    take it {where} | take everything {where} | transfer it {where} | show it {where} | show everything {where} |
    draw it {where} | draw everything {where} | draw it all {where} | paint it {where} | make everything {where} |
    make it take place {where} | make it happen {where} | make it play {where} | make it be {where} |
    it should happen {where} | it should take place {where} | it should all be {where} | it is {where} |
    it's {where} now | everything should be {where} | everything {where} | everything {where} please |
    all of it {where} | all {where} | let it take place {where} | let it play {where} | let everything be {where} |
    let the scene be {where} | let's go {where} | let's have it {where} | let's put it {where} |
    i want everything {where} | i want to have it {where} | i want this {where} | i want the scene {where} |
    i'd like it {where} | i would like it {where} | i'd like to have it {where} | i need it {where} |
    could it be {where} | can it be {where} | can we have it {where} | how about {where} | what about {where} |
    what if it was {where} | the same but {where} | the same picture {where} | the same scene {where} | same {where} |
    this, but {where} | {where} please | {where} instead | {where} now | change the scene so that it is {where} |
    change it so it is {where} | set everything {where} | set the whole scene {where} | move all of it {where} |
    move all {where} | i want it to be {where} | i'd love it {where} | it belongs {where}
    || set the scene {where} | move it all {where} | i want it {where}
    """
)

RESTYLE = phrasings(
    """
    make it {a_style} | as {a_style} | turn it into {a_style} | in the style of {a_style} | {style} style |
    make it look like {a_style} | i want it as {a_style} | draw it as {a_style} | change the style to {style} |
    {style} please | render it as {a_style} | make this {a_style} | make it in {style} style | make it {style} style |
    make the picture {a_style} | make the style {style} | turn this into {a_style} | turn the picture into {a_style} |
    change it to {a_style} | change it into {a_style} | change the style into {style} | change to {style} style |
    switch to {style} style | switch the style to {style} | set the style to {style} | use {style} style |
    use {style} as the style | use the style of {a_style} | draw it in {style} style | draw it like {a_style} |
    draw this as {a_style} | paint it in {style} style | paint it like {a_style} | render it in {style} style |
    render this as {a_style} | show it as {a_style} | do it as {a_style} | do it in {style} style |
    redo it as {a_style} | in {style} style | in {style} style please | {a_style} | {a_style} please | {style} |
    style: {style} | as {a_style} please | like {a_style} | i want {a_style} | i want it in {style} style |
    i want it to be {a_style} | i want it to look like {a_style} | i'd like it as {a_style} |
    i'd like it in {style} style | i would like {style} style | let it be {a_style} | let it look like {a_style} |
    let's make it {a_style} | it should be {a_style} | it should look like {a_style} | could it be {a_style} |
    how about {a_style} | what about {style} style | give it the style of {a_style} | convert it to {a_style} |
    paint this as {a_style} | paint it all as {a_style} | the style must be {style} | the style is {style} |
    give it {a_style} look | give this a {style} look | i'd prefer {style} style
    || paint it as {a_style} | the style should be {style} | give it a {style} look
    """
)

UNDO = phrasings(
    """
    undo that | undo | undo it | undo the last change | go back | revert that | revert | take that back |
    never mind, undo that | back to the previous version | no, go back | i liked it better before |
    restore the previous picture | undo the last step | revert the last change | cancel that | scratch that |
    that was better before | back | put it back how it was | one step back | undo please | undo this | undo the change |
    undo the last edit | undo this change | undo my last change | undo the previous step | undo the previous change |
    please undo | can you undo that | could you undo that | could you undo the last change | i want to undo that |
    ctrl z | step back | take one step back | a step back | go one step back | go a step back | go back please |
    go back to the previous one | go back to how it was | go back to the last one | go back to the last picture |
    go back to before | let's go back | let's undo that | back please | back again | back to before |
    back to the last one | back to the last version | back to how it was | back one step |
    return to the previous version | return to the last picture | return to how it was | revert it | revert this |
    revert please | revert to the previous version | revert my last change | reverse that | reverse the last change |
    roll back | roll that back | roll back the last change | take it back | take the last change back |
    take back the last change | no, undo that | no, undo | no, take that back | no, not like that |
    no, i don't like it, go back | i don't like it, undo it | i don't like that, go back | i don't like this change |
    i liked the last one better | i liked the previous one better | i liked it more before |
    i liked the other one more | i want the previous picture | i want the last version back | i want the old one back |
    i want it as it was before | give me the previous version | give me the last picture again |
    show the previous version again | show me the last picture again | the previous one was better |
    the last one was better | the old one was better | it was better before | it was nicer before | that was a mistake |
    that was a mistake, undo it | oops, undo | oops, go back | wrong, go back | wrong, undo it | sorry, undo that |
    never mind | never mind, go back | forget that | forget it, go back | forget the last change |
    drop the last change | remove the last change | discard the last change | restore the last version |
    restore the previous version | restore it | as it was before | like it was before | the way it was before |
    make it like before | make it how it was | put it back the way it was | put it back to how it was | change it back |
    turn it back | switch back | please undo it | please undo your change | please go back | undo your change |
    undo what you did | take back your last change | go one step back please | go back a step |
    i prefer the previous one | i preferred it before | i preferred the last one | i preferred the old version
    || please undo that | undo your last change | go back one step | i preferred the previous one
    """
)

RESTORE = phrasings(
    """
    put {ref} back | bring {ref} back | bring back {ref} | put back {ref} | add {ref} again | restore {ref} |
    i want {ref} back | put {ref} back in | let {ref} come back | give me back {ref} | show {ref} again |
    {ref} should come back | add {ref} back | put {ref} back please | put {ref} back where it was |
    put {ref} back in the picture | put {ref} in again | put {ref} there again | put {ref} in the picture again |
    put back in {ref} | bring {ref} back in | bring {ref} back please | bring {ref} back again |
    bring {ref} back into the picture | bring {ref} again | add {ref} back in | add {ref} back again | add back {ref} |
    add {ref} once more | get {ref} back | get {ref} back in | get me back {ref} | give {ref} back |
    give me {ref} back | give {ref} back to me | take {ref} back in | let {ref} return | let {ref} be back |
    let {ref} reappear | let's have {ref} back | let's bring {ref} back | make {ref} come back | make {ref} reappear |
    make {ref} appear again | have {ref} back | have {ref} again | restore {ref} please | reinstate {ref} |
    recover {ref} | reinsert {ref} | readd {ref} | re-add {ref} | revive {ref} | return {ref} to the picture |
    show {ref} once more | draw {ref} again | paint {ref} again | place {ref} back | place {ref} again |
    set {ref} back | include {ref} again | insert {ref} again | undelete {ref} | unhide {ref} | undo removing {ref} |
    undo the removal of {ref} | don't remove {ref} | i want {ref} again | i want to have {ref} back |
    i want {ref} back in | i want {ref} to come back | i'd like to have {ref} back | i would like {ref} back |
    i would like {ref} again | i miss {ref} | i need {ref} back | i liked {ref}, bring it back | i want back {ref} |
    we need {ref} back | {ref} again | {ref} back please | {ref} back in | {ref} should be back | {ref} should return |
    {ref} should be there again | {ref} must come back | {ref} was good, put it back | could you bring {ref} back |
    can you put {ref} back | can i have {ref} back | can we have {ref} back | where is {ref}? bring it back |
    return {ref} please | return {ref} to its place | let {ref} return to the picture | i'd like {ref} again |
    i'd like {ref} in the picture again | i'd love to have {ref} back | please put {ref} back |
    please bring {ref} back | please add {ref} again | please restore {ref} | just bring back {ref}
    || return {ref} | i'd like {ref} back | please bring {ref} back in
    """
)

SCENE_WITH_STYLE = phrasings(
    """
    {scene}, {style} | {scene}, {style} style | {scene} as {a_style} | {scene} in {style} style | {style}: {scene} |
    {scene}. {style}. | {style} of {scene} | {a_style} of {scene} | {scene} in the style of {a_style} |
    {scene} ({style}) | {scene} like {a_style} | {scene}, in {style} style | {scene} in the style of {style} |
    {scene} in {style} | {scene}, like {a_style} | {scene} drawn as {a_style} | {scene} painted as {a_style} |
    {scene} as {style} | {scene}, style: {style} | {scene}; {style} | {scene}, {a_style} | {scene} [{style}] |
    {a_style} with {scene} | {a_style} showing {scene} | {style} with {scene} | {style} picture of {scene} |
    {a_style}: {scene} | in {style} style: {scene} | in {style} style, {scene} | as {a_style}: {scene} |
    as {a_style}, {scene} | {scene}, drawn as {a_style} | {scene}, painted as {a_style} | {scene} - {a_style} |
    {scene} - as {a_style} | {style} - {scene} | {style} style, {scene}
    || {scene}, as {a_style} | {scene} - {style} | {style}, {scene}
    """
)

SCENE_WITH_PLACE = phrasings(
    """
    {scene} {where} | {scene} {where} | {scene} {where} | {scene}, {where} | {where}, {scene} | {where}: {scene} |
    {scene} and all of it {where} | {scene}, with {place} in the background | {scene} with {place} background |
    {scene}. background: {place} | {scene} {where} please | {scene}, all {where} | {scene}, everything {where} |
    {scene} that is {where} | {scene} which is {where} | {scene} - all of it {where} | {scene}. it is {where} |
    {scene}. {where} | {scene}. the background is {place} | {scene}, background {place} | {scene}, background: {place} |
    {scene}, {place} in the background | {scene} before {place} | {scene} against {place} |
    {scene} and {place} in the background | {scene} and {place} behind | {scene} with {place} behind |
    {scene} with {place} as background | {scene} with {place} as the backdrop | {scene}, and in the background {place} |
    {scene} on {place} background | {where} {scene} | {where} there is {scene} | {where}, there is {scene} |
    {where} with {scene} | {where} is {scene} | {place} with {scene} | {place} and {scene} | {place}, {scene} |
    {place}: {scene} | background {place}: {scene} | {scene}, of course {where} | of course {where}, {scene} |
    {scene}, naturally {where} | {scene}, {where} naturally | {scene}, {where} if you like | {scene}, {where} i think |
    {scene} - {place} in the background | {scene} - background: {place} | {scene} and {place} as backdrop |
    {scene} and {place} behind it
    || {scene}, {where} of course | {scene} and {place} as the background | {scene} - {where}
    """
)

AT = phrasings(
    """
    in the {spot} | on the {spot} | at the {spot} | on the {spot} | {spot} |
    over in the {spot} | over at the {spot} | right on the {spot} | just in the {spot}
    || over on the {spot}
    """
)

TO = phrasings(
    """
    to the {spot} | into the {spot} | to the {spot} | in the {spot} | on the {spot} | {spot} |
    over into the {spot} | right to the {spot} | just to the {spot}
    || over to the {spot}
    """
)

AND = (" and ", " and ", ", ", " with ", " plus ", ", and ", " and also ", " & ")
