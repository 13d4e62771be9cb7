# What the bot says, in English. The other languages' files beside this one have the same messages with the same
# arguments; a test compares them. The format is Fluent: https://projectfluent.org/fluent/guide/

## How things are put together

# Between the things of a list (the blank is written so that it is not lost).
list-separator = ,{" "}
sentence-separator = {" "}

## Commands and what comes of them

help =
    Tell me what to draw, and I'll draw it. Then tell me what to change.

    /imagine words: start a new picture
    /edit words: change the latest picture; without words, open a form for its description, size and seed
    /undo: go back to the previous picture; /history: see them all; /compare: two of them side by side
    /layout: show what goes where, and change it by hand
    /vary: draw one part of the latest picture anew and keep the rest
    /enhance: draw the latest draft in full
    /describe: with a picture attached, or after one: look what it shows, so that parts of it can be changed
    /changes: show what the latest edit changed; /redraw: draw all of it anew
    /canvas: show the latest picture's code; /export: the same for another program
    /settings: your own defaults; /settings here: the defaults for this place
    /queue: show who is waiting, and for how long
    /cancel: stop what I'm drawing for you here
    /report: tell the moderators of a picture
    /character save NAME the cat: keep a part of the latest picture by a name for the next ones; /character: list them
    /forget: delete everything I keep of you
    /help: show this message

    You can put options before the description, as in /imagine --size wide a harbour at dawn. The options are: { $examples }.

    Send a canvas as a .json or .py file, one of Ideogram's, FIBO's or ComfyUI's included, and I'll draw it as it is; anything you write with it becomes its title.
    Send a picture to start from it: with words I draw them into it and leave the rest as it is.
    I ignore messages that start with //.
unknown-command = I don't know { $name }. Send /help to see what I can do.
no-words = Tell me what to draw after the command, for example: /imagine a red house under a big sun.
hello = Hello! Tell me what to draw, for example: a red house under a big sun. Then tell me what to change. /help lists the rest.
welcome = You're welcome! Tell me what to change, or what to draw next.
empty-message = That message was empty. Tell me what to draw, for example: a red house under a big sun.
nothing-here = There's no picture here yet. Tell me what to draw.
nothing-to-undo = There's nothing to undo: this is the first picture.
nothing-left = There's nothing to go back to: everything before this was removed or never drawn.
nothing-to-cancel = There's nothing to cancel; it's already done.
not-composed = That picture has no layout yet. Wait for it, or press Retry if it failed.
not-retried = There's nothing to retry: that picture is on its way or already drawn.
unchanged = Nothing changed, so there's nothing new to draw.
unknown-turn = I don't know that picture. It may be from another chat, or from a database that no longer exists.
picture-removed = That picture was removed.
no-such-picture = I no longer have that picture. Press Reroll to draw a new one.
which-larger = Which one should I enlarge?
which-region = Which part should I draw anew? Everything else stays exactly as it is.
no-regions-to-vary = This picture has no separate parts. Press Reroll to draw all of it anew.
unknown-button = I don't know that button; it may be from another version of me.
unknown-form = I don't know that form. Please press the button again.
stopping = Stopping…
cannot-post = I'm not allowed to post there, so I haven't started. Please check my permissions, or whether you accept direct messages from me.
not-yours-to-stop = Only the person who asked for that picture, or a moderator, can stop it.
not-yours-to-remove = Only the person who asked for that picture, or a moderator, can remove it.
not-yours-to-change = Only the person who asked for that picture, or a moderator, can change it. Use /imagine to start your own.
not-your-thread-to-change = Here you can change your own pictures. Others are for whoever began this conversation. Use /imagine to start your own.
moderators-only = Only moderators can change the defaults for everyone here. Use /settings on its own to change yours.
adults-only = I only draw in chats that are marked as age-restricted, and this one isn't.

## A picture's way, told in one message

status-next = You're next.
status-waiting = Waiting: { $ahead ->
    [one] { $ahead } picture
   *[other] { $ahead } pictures
 } ahead of you.
status-waiting-time = Waiting: { $ahead ->
    [one] { $ahead } picture
   *[other] { $ahead } pictures
 } ahead of you, { $duration }.
# After "ahead of you," and in the list of /queue.
duration-short = less than a minute
duration-minutes = about { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
 }
duration-hours = about { $hours ->
    [one] { $hours } hour
   *[other] { $hours } hours
 }
status-composing-soon = Working out what goes where…
status-drawing-soon = Getting ready to draw…
# $part is the model that writes canvases (composer) or the one that draws (renderer).
status-loading = { $part ->
    [composer] Loading the language model…
   *[renderer] Loading the image model…
 }
status-lost = { $part ->
    [composer] The machines with the language model cannot be reached. Waiting for them…
   *[renderer] The machines that draw cannot be reached. Waiting for them…
 }
status-downloading = { $part ->
    [composer] Downloading the language model. This only happens once.
   *[renderer] Downloading the image model. This only happens once.
 }
status-downloading-share = { $part ->
    [composer] Downloading the language model: { $percent }% of { $size } GiB. This only happens once.
   *[renderer] Downloading the image model: { $percent }% of { $size } GiB. This only happens once.
 }
# Above a list of what has been placed so far.
status-composing = Composing:
status-drawing = Drawing: step { $number } of { $total }.
status-cancelled = Cancelled.
status-removed = Removed by { $name }.
status-forgotten = Removed: whoever asked for this wanted it deleted.

## The result

result-only-layout = The picture itself is no longer here, so this is its layout. Press Reroll to draw it again.
result-spoiler = The image check advises to look twice, so this picture is hidden until you open it.
result-blurred = The image check found something in this picture that is not shown here, so it is blurred.
result-blocked = { $count ->
    [one] The image check held back one of the pictures.
   *[other] The image check held back { $count } of the pictures.
}
result-cut = The description ended early, so something may be missing.
result-unchanged = Nothing changed: it may be so already, or I didn't understand. Say it in other words, or change it by hand with Layout.
result-question = Nothing changed. I draw and can't chat, but this is what the picture has: { $canvas } Tell me what should be different, for example: make the sky pink.
result-brought = { $kind ->
    [canvas] I know this picture and its canvas. Tell me what to change; the rest stays as it is.
    [described] I have looked at your picture; Layout and Canvas show what I saw where. Tell me what to change; the rest stays as it is.
   *[picture] I start from your picture. Tell me what to put into it; wherever nothing is put, it stays as it is.
 }
# $fixes is a list such as "blu → blue".
fixes-all = Small fixes: { $fixes }.
fixes-some = Small fixes: { $fixes }. Press Code to see all { $count }.
fixes-unnamed = { $count ->
    [one] Made one small fix; press Code to see it.
   *[other] Made { $count } small fixes; press Code to see them.
 }
# $language is the language of the request.
bundled-limits = { $language ->
    [de] The built-in models only draw simple scenes and know little German.
    [es] The built-in models only draw simple scenes and know little Spanish.
    [fr] The built-in models only draw simple scenes and know little French.
    [zh] The built-in models only draw simple scenes and know little Chinese.
   *[en] The built-in models only draw simple scenes.
 }
bundled-guess = They don't know “{ $thing }”, so that's only a guess.
bundled-switch = To draw anything you like, set profile = "omost" in config.toml.
# The quiet line below a picture: seed, size, style, model.
footer-seed = Seed { $seed }
footer-seeds = Seeds { $first } to { $last }
# How much of a long conversation the language model was still told.
footer-remembering = { $turns ->
    [one] remembering the last edit
   *[other] remembering the last { $turns } edits
 }
# How much of the picture before is exactly as it was; then why nothing of it was kept.
footer-kept = kept { $percent }% of the picture
footer-restyled = the same in another style
footer-layers-gone = taken away: { $things }
footer-layers-changed = changed without drawing: { $things }
footer-layers-drawn = drawn: { $things }
footer-layers-scene = background drawn
footer-whole = { $reason ->
    [scene] drawn whole, because the whole scene changed
    [all] drawn whole, because the change takes up all of it
    [size] drawn whole, because the previous picture has another size
    [model] drawn whole, because another model drew the previous picture
    [settings] drawn whole, because its options are other than the previous picture's
    [larger] drawn whole, because it was made larger
   *[missing] drawn whole, because the previous picture can no longer be edited
 }
# Under a picture that was made larger.
footer-larger = made larger, changes are drawn in the size before
# Under a picture that was drawn without guidance although regions have negatives of their own.
footer-unheeded = drawn without guidance, so what a region is not to show was not heeded
# The one region that was drawn anew.
footer-varied = new: { $region }
changes-shown = In colour is what this edit was free to change. The grey { $percent }% are exactly as they were.
changes-expected = In colour is what this edit may change, as far as the layout tells. The rest stays exactly as it is.
changes-whole = { $reason ->
    [scene] All of it was drawn anew, because the whole scene changed.
    [all] All of it was drawn anew, because the change takes up all of it.
    [size] All of it was drawn anew, because the previous picture has another size.
    [model] All of it was drawn anew, because another model drew the previous picture.
    [settings] All of it was drawn anew, because its options are other than the previous picture's.
    [larger] All of it was drawn anew, because it was made larger.
   *[missing] All of it was drawn anew, because the previous picture can no longer be edited.
 }
changes-none-before = This picture isn't a change of an earlier one, so there's nothing to compare.
layout-no-regions = There are no separate regions: the whole picture is one scene.
code-too-long = The code is too long to show here, so it's in the attached files.
# Comments below the code: what was put right in what the language model wrote.
code-corrections = Corrected in what the model wrote:
code-corrected = { $line ->
    [0] {""}
   *[other] line { $line }:{" "}
 }{ $field } “{ $wrong }” was read as “{ $right }”
code-added = { $line ->
    [0] {""}
   *[other] line { $line }:{" "}
 }{ $field } was missing; { $right } was assumed
code-more-corrections = … and { $count } more

## Descriptions of files, for those who cannot see them

alt-layout = Layout: { $canvas }
alt-changes = The picture in grey, and in colour what the edit may change
alt-preview = Preview of step { $number } of { $total }
alt-masks = The layout, and a mask for each region
alt-code = The canvas as code
alt-json = The canvas as JSON
alt-comfyui = The canvas for ComfyUI

## Buttons

button-edit = Edit
button-reroll = Reroll
button-variations = Variations
button-larger = Larger
button-undo = Undo
button-layout = Layout
button-code = Code
button-delete = Delete
button-cancel = Cancel
button-retry = Retry
button-changes = What changes
button-redraw = Redraw all
button-vary = Vary a region

## Forms

form-edit = Edit the picture
field-words = What to draw
form-new-region = New region
region-add = Add a region
# The name of a region that has no description.
region-unnamed = Something
field-description = What it shows
field-place = Position
field-area = Size
field-color = Colour
field-offset = Shift
field-distance = Distance (smaller is nearer)
field-negative = Not in it
field-method = How it is held
method-usual = As the picture
field-strength = Weight of its words (above 0, up to 1)
field-reference = Looks like (the name of a picture’s file, or of a character)
field-control = Follows (a kind, and the name of a picture’s file: pose ab12cd-1 0.8 until 0.6)
field-remove = Keep or remove
region-keep = Keep it
region-remove = Remove it
unknown-region = That region is no longer in the picture. Press Layout again to see the ones that are.
no-description = Say what the new region shows, for example: a yellow sun.

## Settings

settings-mine = Your own defaults
settings-here = Defaults for everyone here
settings-channel = Defaults for this channel and its threads
settings-all = Defaults for the whole server or group
choice-default = The bot's default
choice-none = None
field-default-size = Size: 512x512, or { $shapes }
# $values is a list such as "size wide, style ink".
settings-saved = Saved. { $scope ->
    [me] Your new pictures
    [here] New pictures here
    [channel] New pictures in this channel and its threads
   *[all] New pictures in the whole server or group
 } will use: { $values }.
settings-cleared = Saved. { $scope ->
    [me] Your new pictures
    [here] New pictures here
    [channel] New pictures in this channel and its threads
   *[all] New pictures in the whole server or group
 } will use the bot's own defaults.
size-rounded = Sizes come in steps of { $unit } pixels, so { $asked } became { $used }.

## The queue

queue-empty = Nobody is waiting.
queue-none-yours = { $total ->
    [one] { $total } picture is waiting; it isn't yours.
   *[other] { $total } pictures are waiting; none of them are yours.
 }
# $ahead is a list of numbers and queue-place, one for each picture of the one who asks.
queue-yours = { $total ->
    [one] { $total } picture is
   *[other] { $total } pictures are
 } waiting. Ahead of yours: { $ahead }.
queue-place = { $ahead } ({ $duration })
refused-too-many-yours = You already have { $most ->
    [one] { $most } picture
   *[other] { $most } pictures
 } waiting, which is the limit per person. Please wait a little, or cancel one.
refused-too-many-waiting = The queue is full: { $most ->
    [one] { $most } picture is
   *[other] { $most } pictures are
 } already waiting. Please try again in a while.
refused-too-many-a-minute = That's more than { $most ->
    [one] { $most } picture
   *[other] { $most } pictures
 } in a minute. Please wait a little.

## Who may use the bot, and how much

refused-blocked = I'm not available to you or in this place. The person who runs me decides that.
refused-banned = You can't use me here at the moment. Ask an admin if you think that's a mistake.
# $reason is what an admin wrote.
refused-banned-because = You can't use me here at the moment: { $reason }. Ask an admin if you think that's a mistake.
refused-not-allowed = I only work for people and places on my list. Your name on it would be { $id }; the person who runs me can add you.
refused-not-admin = Only admins can do that.
refused-words = I don't draw that here. Please ask for something else.
# $reason is what the person who runs the bot wrote.
refused-words-because = I don't draw that here: { $reason }
refused-canvas-words = What came of your words is something that I don't draw here. Please say it in another way.
refused-canvas-because = What came of your words is something that I don't draw here: { $reason }
forget-ask = This deletes everything I keep of you: your words, your pictures, your defaults, here and everywhere on this platform. It can't be undone. What others made of your pictures stays theirs; what you wrote in the chat itself, only you or a moderator can delete there. To go on, send: /forget everything
forget-done = Done. { $turns ->
    [one] { $turns } request of yours is
   *[other] { $turns } requests of yours are
 } deleted, with words, pictures and defaults. What you wrote in the chat itself stays until you delete it there. I keep only how much you drew lately, for a day, and whether you are banned.
forget-pending = { $messages ->
    [one] { $messages } message of mine still shows a picture
   *[other] { $messages } messages of mine still show pictures
 }; I'll change what the platform lets me.
refused-paused = I'm not taking new pictures at the moment. Please try again later.
refused-paused-here = An admin has paused new pictures here. Please try again later.
# $duration is one of duration-short, -minutes and -hours.
refused-quota-hour = You can have { $most ->
    [one] { $most } picture
   *[other] { $most } pictures
 } an hour, and this would be more. There's room again in { $duration }.
refused-quota-day = You can have { $most ->
    [one] { $most } picture
   *[other] { $most } pictures
 } a day, and this would be more. There's room again in { $duration }.
refused-quota-hour-here = This place can have { $most ->
    [one] { $most } picture
   *[other] { $most } pictures
 } an hour, and this would be more. There's room again in { $duration }.
refused-quota-day-here = This place can have { $most ->
    [one] { $most } picture
   *[other] { $most } pictures
 } a day, and this would be more. There's room again in { $duration }.
refused-cooldown = Please wait { $seconds ->
    [one] { $seconds } second
   *[other] { $seconds } seconds
 } before your next picture.
refused-too-many-pixels = That picture would have { $pixels } pixels; you can have up to { $most }. Please choose a smaller size.
refused-too-many-pictures = You asked for { $pictures } pictures at once; you can have up to { $most }.

## What admins see

admin-help =
    /admin status: how things stand
    /admin pause, /admin drain, /admin resume: take nothing new (and, with pause, begin nothing that waits); add “here” for this place alone
    /admin ban WHO [reason], /admin unban WHO
    /admin quota WHO PER-HOUR [PER-DAY], or WHO none
    /admin log: who ruled what

    WHO is an ID, a mention, or “here”; or in full, such as discord:role:1234.
admin-paused = Everything is paused: nothing new is taken, and nothing that waits is begun.
admin-paused-here = This place is paused: nothing new is taken from here.
admin-draining = Draining: nothing new is taken, and what waits is drawn.
admin-draining-here = This place is draining: nothing new is taken from here, and what waits is drawn.
admin-resumed = Back to normal.
admin-not-stopped = Nothing was paused or draining there.
# $subject is a name such as discord:1234.
admin-banned = { $subject } can no longer use me here.
admin-unbanned = { $subject } can use me again.
admin-no-ban = { $subject } wasn't banned.
admin-not-yourself = You can't ban yourself.
admin-quota = { $subject } can have { $hour } an hour and { $day } a day.
admin-quota-hour = { $subject } can have { $hour } an hour.
admin-quota-lifted = { $subject } has no quota of its own any more.
admin-no-quota = { $subject } has no quota of its own.
admin-bad-quota = “{ $entered }” isn't a quota. Write how many pictures an hour and, if you like, a day, for example: 30 200.
admin-unknown-subject = I don't know who or what “{ $entered }” is. Write an ID, a mention or “here”, or in full: { $form }. In a server you can rule about its own people and roles.
admin-status-queue = { $waiting ->
    [one] { $waiting } picture waits
   *[other] { $waiting } pictures wait
 }, { $running ->
    [one] { $running } is being drawn
   *[other] { $running } are being drawn
 }.
admin-status-rulings = Bans: { $bans }. Quotas of their own: { $quotas }.
admin-log-empty = Nothing has been ruled yet.
admin-do-status = How things stand
admin-do-pause = Pause
admin-do-resume = Resume
admin-do-drain = Drain: finish what waits
admin-do-ban = Ban
admin-do-unban = Unban
admin-do-quota = Quota
admin-do-log = Log of rulings

## What cannot be had, and what can

refused-too-long = That message is { $length } characters long; the limit is { $most }. Please shorten it.
refused-file-too-large = “{ $name }” is { $size } MiB; files of this kind can be at most { $most } MiB.
refused-no-size = “{ $entered }” isn't a size. Write width x height, for example 512x512, or a shape such as wide.
refused-side = { $side } pixels is out of range; each side must be { $shortest } to { $longest } pixels.
refused-no-number = “{ $entered }” isn't a valid value for { $option }. Use a number from { $low } to { $high }.
refused-no-whole-number = “{ $entered }” isn't a valid value for { $option }. Use a whole number from { $low } to { $high }.
# $option is the option's name as it is written after --.
refused-unknown-choice = “{ $entered }” isn't a { $option } I know. Choose one of: { $known }.
# $option is the label of a field.
refused-text-too-long = { $option }: that's { $length } characters long; the limit is { $most }. Please shorten it.
refused-already-large = That picture is already { $size } pixels; the longest side I can draw is { $most } pixels.
refused-no-choice = “{ $entered }” isn't a valid choice for “{ $field }”. Choose one of: { $known }.
refused-no-color = I don't know the colour “{ $entered }”. Use a name such as light blue, or a code such as #87ceeb.
refused-no-distance = “{ $entered }” isn't a distance. Use a number above 0, up to { $most }.
refused-too-many-regions = A picture can have at most { $most } regions, and this one is full. Remove one first.
refused-unknown-scope = I don't know the settings “{ $entered }”. Use /settings for your own, or /settings here for this place's.

## What went wrong

failed-unexpected = Something went wrong on my side. I still have your words; press Retry to try again.
failed-nothing-drawn = The model stopped before drawing anything. Press Retry to try again.
# $reason is a clause in English, from the program.
failed-canvas = I couldn't read what the language model wrote, twice in a row ({ $reason }). Press Retry to try again.
failed-too-often = I had to restart { $times ->
    [one] once
   *[other] { $times } times
 } while working on this, so I gave up. A smaller size or a simpler request may work.
failed-store = I can't use my database right now. Please try again in a moment.
failed-picture-blocked = I drew this, but the image check found something in it that is not shown here. Other words, or another try, may do.
failed-picture-unchecked = I drew this, but the pictures could not be checked as they have to be here, so I do not show them. Please tell whoever runs me.
failed-picture-gone = The picture that I should look at is no longer there. Please bring it once more.
failed-not-saved = I drew this, but could not save the picture. Please try again; if it keeps happening, tell whoever runs me.
failed-memory = I ran out of memory while drawing this. A smaller size or fewer pictures may work.
failed-budget = That description is too long for the language model, even on its own. Please shorten it.
failed-weights = One of my models isn't ready: { $reason }.
failed-canvas-file = I can't read that canvas: { $reason }.
failed-other = I couldn't finish this: { $reason }.
# $duration is one of duration-short, -minutes and -hours.
failed-too-long = I stopped this after { $duration }. A smaller size, fewer steps or fewer pictures take less time.

## What Discord, Telegram and the web chat say themselves

command-imagine-help = Draw a new picture from your words
command-edit-help = Change the latest picture
command-edit-here-help = Change the latest picture here
command-undo-help = Go back to the previous picture
command-changes-help = Show what the latest edit changed
command-redraw-help = Draw all of the latest picture anew
command-vary-help = Draw one part anew and keep the rest
command-canvas-help = Show the latest picture's code
command-layout-or-code-help = Show the latest picture's layout, or its code
command-settings-group-help = Your own defaults, or those of this group
command-settings-help = Your own defaults, or those of this thread, channel or server
command-queue-help = Show who is waiting
command-cancel-help = Stop what I'm drawing for you here
command-help-help = What I can do
command-listen-help = Which messages in this thread are for me
command-admin-help = For admins: pause, quotas, bans, how things stand
command-forget-help = Delete everything I keep of you
parameter-sure-help = Leave it out to see what would be deleted
forget-everything = Yes, everything
parameter-do-help = What to do
parameter-about-help = Whom or what it is about, and numbers or a reason
parameter-prompt-help = What to draw
parameter-words-help = What to change; leave it out to get a form
parameter-show-help = What to show
parameter-scope-help = Whose defaults
show-layout = Layout
show-code = Code and JSON
scope-mine = Mine
scope-thread = This thread's
scope-channel = This channel's, including its threads
scope-server = This server's
listen-auto = Automatic: everything while the thread is quiet
listen-all = Everything written here
listen-mentions = Only mentions, replies and commands
listening-auto = From now on, while it's quiet here, I treat every message as a change.
listening-all = From now on I treat every message here as a change.
listening-mentions = From now on I only respond to mentions, replies and commands here.
listening-busy = It's busy here, so for now I only respond to mentions, replies and commands. Use { $command } to change that.
not-my-thread = This only works in threads I opened.
understood = Got it: { $words }
on-its-way = On its way.
form-open = Open the form
form-ready = The form is ready.
choose = Choose…
message-without-any-picture = There's no picture in that message that I can start from.
message-without-picture = There's no picture of mine in that message.
permission-missing = I'm missing a permission here: { $missing }. Someone who manages this server can grant it in the channel's settings.
thread-locked = This thread is locked, so I can't write here. Someone who manages this server's threads can unlock it.
channel-without-picture = There's no picture in this channel itself. Use /edit in the picture's thread, or /imagine for a new one.
in-direct-messages = I haven't been added here, so I'm drawing it in our direct messages: { $channel }
no-direct-messages = I haven't been added here, and I can't send you direct messages.
failed-platform = Something went wrong on my side. Please try again.
file-not-fetched = I couldn't download that file. Please send it again.
thread-title = A picture
more-fields = More
not-all-shown = Discord won't let me show everything here. Whoever manages this server may know why.
no-pictures-here = I can't send pictures in this chat. Whoever manages it can allow that.
no-files-here = I can't send files in this chat. Whoever manages it can allow that.
from-picture = from [the previous one]({ $link })
not-readable-yet = I can't read that yet, only text, pictures and canvases as .json or .py files. Tell me what to draw.
files-left-out = I'm drawing what I can read of this. Left out: { $files }
album-first-alone = Of several pictures I take the first.
channel-posts = I don't draw in channels. Write to me in private, or in a group that I'm a member of.
stranger = I'm a private bot and don't know you yet. Your ID here is { $id }; the person who runs me can let you in.
strange-chat = I'm not allowed to work in this chat. Its ID is { $id }; the person who runs me can allow it.
greeting = Hello! Send /imagine a harbour at dawn to get a picture, and reply to a picture to change it. /help tells you more.
ask-what-to-draw = What should I draw? Reply to this message.
keyboard-expired = These buttons have expired. Please press the first button again.
reply-with-parts = Reply to this message with: { $parts }
parts-left-empty = Anything you leave empty stays as it is.
reply-with-one = Reply to this message with the new value for { $label }
dash-empties = Reply “-” to leave it empty.
reply-hint = Your reply
keyboard-send = Send
keyboard-close = Close
keyboard-back = Back
permission-view-channel = View Channel
permission-send-messages = Send Messages
permission-send-messages-in-threads = Send Messages in Threads
permission-create-public-threads = Create Public Threads
permission-attach-files = Attach Files
permission-read-message-history = Read Message History

## The web chat's page

web-new-picture = New picture
web-conversations = Conversations
web-latest-message = Latest message
web-leave-file-out = Leave the file out
web-attach-file = Attach a picture or a canvas file
web-first-of-files = { $name } (one file goes with a message: this one)
web-file-not-sent = { $name } could not be sent
web-placeholder = Describe a picture or a change
web-your-message = Your message
web-send = Send
web-enter-sends = Enter sends · Shift + Enter begins a new line
web-start = What shall we draw?
web-lead = Say what stands where. Then change it, one sentence at a time.
web-messages = Messages
web-nothing-yet = Nothing is here yet. Say what you would like to see.
web-list-empty = Your pictures will be listed here.
web-untitled = Untitled
web-file-lost = That file did not arrive here. Please attach it again.
web-close = Close
web-log-in = Log in
web-log-out = Log out
web-name = Name
web-password = Password
web-wrong-password = That name and password don't belong together.
web-too-many-attempts = Too many wrong passwords. Please try again in { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
 }.
web-not-logged-in = Please log in first.
web-form-too-large = That was too much for a log-in.
web-cancel = Cancel
web-delete-ask = The picture and its files are deleted for good; what was made of it stays.
web-save = Save
web-draw-it = Draw it
web-change-words = Change your words
web-copy = Copy
web-copied = Copied
web-code = Code
web-download = Download
web-you = You
web-progress = Progress
web-what-next = What next
web-download-picture = Download the picture
web-enlarge = Enlarge: { $picture }
web-example-house = a red house under a yellow sun
web-example-fish = two orange fish in the deep sea
web-example-tree = a green tree on the left and a blue ball on the right
web-example-night = a castle at night with a big white moon
web-no-attachment = There is no such attachment.
web-file-too-large = A file may have at most { $most } bytes.
web-wrong-host = This chat does not answer to that host name. Add it to web.allowed_hosts in the settings.
from-this-picture = from this picture

## The canvas in hand

canvas-title = Canvas
canvas-back = Back to the chat
canvas-undo = Undo
canvas-redo = Redo
canvas-add = Add
canvas-add-what = Add, for example: a yellow sun
canvas-draw-anyway = Draw it anyway
canvas-nearer = Nearer
canvas-farther = Farther
canvas-snap = Snap to the places that every language model knows
canvas-regions = Regions, nearest first
canvas-hint = Drag a box to move it, its corner to resize it. With the keyboard: arrow keys move, with Shift by ten cells, with Ctrl they resize; Page Up and Page Down change what is in front; Delete removes.
canvas-sent = It is being drawn. You can close this page.
canvas-unreachable = The bot cannot be reached just now. Nothing is lost: try again in a moment.
canvas-bad-link = This link opens no canvas. Press Canvas under the picture for a new one.
canvas-expired = This link has expired. Press Canvas under the picture for a new one.
canvas-opened-elsewhere = This link was opened in another browser and works in that one alone. Press Canvas under the picture for a link of your own.
canvas-changed-meanwhile = { $name } has changed the picture meanwhile. Go back to see it, or draw yours as a version of its own.
canvas-bad-box = A box of { $value } cannot be drawn: it needs four numbers from 0 to 90, left and top before right and bottom.
canvas-bad-strength = A weight is above 0 and at most 1; you entered { $entered }.
canvas-bad-control = “{ $entered }” says no picture to follow. Write a kind ({ $kinds }), the name of its file, and if you like a strength up to 2 and until which share of the steps, as in: pose ab12cd-1 0.8 until 0.6
canvas-files = The canvas and its picture.
button-canvas = Canvas
canvas-link =
    Take the canvas in hand: { $url }
    The link is yours alone and works for { $minutes } minutes.
canvas-app = Take the canvas in hand with the button below. It is yours alone and works for { $minutes } minutes.
canvas-app-for = { $name }, take the canvas in hand with the button below. It opens for you alone and works for { $minutes } minutes.
canvas-open = Open the canvas
canvas-not-opened-by-you = Only whoever asked for this canvas can open it, in Telegram itself. Press Canvas under the picture for your own.
canvas-not-here = Everybody here would see your link. Press Code, and send me the .json file in a private chat: there the picture has a canvas of your own.
canvas-remove = Remove

## History

history = Every picture here, with its branches. Choose one to go on from it.
history-alt = The conversation as a tree of { $count ->
        [one] one picture
       *[other] { $count } pictures
    }
history-film = The edits as an animation
history-film-here = From the first picture to the newest.
history-no-film = There is only one picture on the way here, so there is nothing to animate yet.
command-history-help = See every picture here as a tree, and go on from any

## Reports of pictures

command-report-help = Report a picture to the moderators
button-report = Report
button-take-down = Remove picture
button-ban = Ban its author
button-dismiss = Dismiss
report-nowhere = Nobody reads reports for this place. Please turn to whoever runs me.
report-too-many = You've reported a lot in the last hour. Please give the moderators a moment.
report-known = You've reported this picture already; the moderators have it.
report-thanks = Thank you. The moderators have been shown this picture; they don't see your name.
report-moderator = a moderator
# $subject is an id such as discord:1234, $name the name shown there.
report-case = { $count ->
    [one] A picture by { $name } ({ $subject }) was reported.
   *[other] A picture by { $name } ({ $subject }) was reported by { $count } people.
}
report-removed = The picture has been removed.
report-dismissed = Dismissed: the picture stays.
report-banned = Its author has been banned.

## Pictures that people bring

picture-first-frame = It moves; I took its first frame.
picture-fitted = I can't draw at { $found }, so it is { $used } here.
picture-recipe = The file says how { $maker } made it, so I draw its prompt anew, with its seed.
picture-recipe-known = The file has { $maker }'s prompt, which I know now. To draw that anew, send the picture without words.
refused-picture-pixels = “{ $name }” has { $size } pixels; I open pictures of up to { $most } million. Make it smaller and send it again.
refused-picture-format = “{ $name }” is no picture that I can open. I read PNG, JPEG, WebP, GIF, AVIF and BMP.
refused-file-kind = I can't open “{ $name }”. I read pictures (PNG, JPEG, WebP, GIF, AVIF and BMP), text, and canvases as .json or .py files.
refused-picture-blocked = The image check found something in this picture that is not shown here, so I don't keep it.
refused-picture-unchecked = This picture could not be checked as it has to be here, so I don't keep it. Please tell whoever runs me.
refused-picture-damaged = “{ $name }” is damaged or not what its name says, so I can't open it. Save it again as PNG or JPEG and send that.

## Comparing two pictures

command-compare-help = See two pictures side by side, and what changed
parameter-pictures-help = Their numbers in /history, such as 2 5; without them the newest and the one before
compare-numbers = “{ $entered }” names no two pictures. Give two numbers from 1 to { $most }, as /history shows them: /compare 1 { $most }
compare-nothing = There is no picture before this one to compare it with.
compared-alt = Both pictures, the earlier one on the left
compared-same = Nothing changed: both have the same canvas and the same seed.
compared-scene = The scene: “{ $before }” → “{ $after }”
compared-added = New: { $name }
compared-removed = Gone: { $name }
# $changes is a list such as "moved, nearer".
compared-thing = { $name }: { $changes }
compared-moved = moved
compared-resized = another size
compared-nearer = nearer
compared-farther = farther away
compared-recolored = { $before } → { $after }
compared-redescribed = now “{ $after }”
compared-more = { $count ->
    [one] And one more thing.
   *[other] And { $count } more things.
 }
compared-size = Size: { $before } → { $after }
compared-seed = Seed: { $before } → { $after }
web-compare-slider = How much of the later picture is shown
web-compare-earlier = Earlier
web-compare-later = Later
## The admins' page

admin-page-title = How things stand
admin-page-queue = Waiting and running
admin-page-failures = What failed
admin-page-people = Who asked for most today, in usual pictures
admin-page-hours = The last 24 hours
admin-page-nothing = Nothing
admin-page-waiting = Waiting
admin-page-running = Running
admin-page-reports = Reports to decide
admin-page-finished = Finished
admin-page-failed = Failed

## A canvas for other programs

command-export-help = Get the latest picture's canvas for another program
export-which = For which program?
export-unknown = I don't write a form called “{ $entered }”. There are: { $forms }.
export-whole = Everything on the canvas is in this file; read back, it gives the same canvas.
export-layers = The picture in layers: the background, and each thing by itself.
export-no-layers = This picture isn’t in layers. Pictures are where `render.method` is set to `layered`.
export-no-psd = I can’t write PSD here, because the package psd-tools isn’t installed. `/export openraster` works.
export-form = { $form ->
    [ideogram] Ideogram 4 (JSON caption)
    [fibo] FIBO (structured prompt)
    [boxes] ComfyUI (boxes for Create Bounding Boxes)
    [comfyui] ComfyUI (the Omost nodes)
    [json] This bot (JSON)
    [openraster] OpenRaster (layers, for Krita and GIMP)
    [psd] PSD (layers, for Photoshop)
   *[code] Omost (code)
 }
export-loss = { $loss ->
    [edges] Edges that lie between two of this form's steps went to the nearest one, at most a thousandth of the picture away.
    [places] This form has words for 729 places only, so boxes that were moved freely got the nearest ones.
    [order] It knows what is in front of what, but no distances.
    [words] Tags, mood, style and quality are now sentences of the descriptions.
    [shared] Mood and style, which each thing had for itself, are said of the whole picture.
    [scene] It lists things only: the scene's own words and colour are not in it.
   *[held] Negatives, region methods, strengths and reference pictures are not in it.
 }

## Drafts

button-enhance = Enhance
footer-draft = draft
which-enhance = Which one should I draw in full?
enhanced-already = That picture is no draft, so there is nothing to enhance. Larger makes it larger.
command-enhance-help = Draw the latest draft in full

## Characters

character-usage = Write /character save Mimi the cat, and the cat of the latest picture is Mimi in your next pictures; /character list; /character forget Mimi.
character-saved = { $name } is { $description } from now on: name { $name } in a request, as in “{ $name } on a beach”.
character-words-alone = { $names }: drawn from the description and colour alone. The model here can't look at a picture of anything; whoever runs me can add an IP-Adapter for SDXL (models.ip_adapter).
character-which = Which one is { $name }? Write /character save { $name } with its number or its words:
character-list = Your characters:
character-none = You have no characters yet. Write /character save Mimi the cat, and the cat of the latest picture is Mimi in your next pictures.
character-forgotten = { $name } is forgotten. Pictures with { $name } stay.
character-unknown = You have no character called “{ $name }”. /character list shows those that you have.
character-bad-name = “{ $name }” can't be a name: it takes a letter, and at most { $most } characters. Several words stand in quotes.
character-too-many = You have { $most } characters; more I don't keep. /character forget NAME makes room.
command-character-help = Keep a part of the latest picture by a name, for the next pictures
character-do-save = Save
character-do-list = List
character-do-forget = Forget
parameter-name-help = The character's name, such as Mimi
parameter-region-help = To save: its words or number in the latest picture, such as the cat

## Pictures that lead

control-not-here = The model here can't follow a pose, depth or lines of a picture. Whoever runs me can name a ControlNet for SDXL (models.controlnet). Without “use as …”, I start from the picture itself.
control-no-words = Say what to draw, too, as in: use as pose: a knight in a forest

## Pictures that are described

command-describe-help = Look what a picture shows, so that parts of it can be changed
parameter-picture-help = The picture; without it the newest that somebody brought here
describe-what = Attach the picture that I should describe, or reply to it.
describe-known = What that picture shows is known already: press Layout or Canvas under it.
describe-unset = No model that sees pictures is set up here. Whoever runs me can set vision.model or vision.url (docs/pictures.md); until then, draw regions over it with Canvas.
