# Ce que dit le bot, en français. Les mêmes messages, avec les mêmes arguments, que dans en.ftl ; un test les compare.

## Assemblage

list-separator = ,{" "}
sentence-separator = {" "}

## Commandes

help =
    Dites-moi quoi dessiner, et je le dessine. Puis dites-moi quoi changer.

    /imagine description : commencer une nouvelle image
    /edit changement : modifier la dernière image ; sans rien, ouvre un formulaire (description, taille, graine)
    /undo : revenir à l’image précédente ; /history : les voir toutes ; /compare : en voir deux côte à côte
    /layout : voir ce qui va où, et le changer à la main
    /vary : redessiner une partie de la dernière image et garder le reste
    /enhance : dessiner en entier la dernière ébauche
    /describe : avec une image jointe, ou après une image : regarder ce qu’elle montre, pour pouvoir en changer des parties
    /changes : voir ce que la dernière retouche a changé ; /redraw : tout redessiner
    /canvas : voir le code de la dernière image ; /export : le même pour un autre programme
    /settings : vos propres réglages ; /settings here : ceux d’ici
    /queue : voir qui attend, et combien de temps
    /cancel : arrêter ce que je dessine pour vous ici
    /report : signaler une image aux modérateurs
    /character save NOM le chat : garder sous un nom une partie de la dernière image pour les suivantes ; /character : les voir
    /forget : effacer tout ce que je garde de vous
    /help : afficher cette aide

    Des options peuvent précéder la description, par exemple /imagine --size wide un port à l’aube. Les voici : { $examples }.

    Envoyez un canevas en fichier .json ou .py, ceux d’Ideogram, de FIBO ou de ComfyUI compris, et je le dessine tel quel ; ce que vous écrivez avec devient son titre.
    Envoyez une image pour partir d’elle : j’y dessine ce que vous écrivez avec, et le reste ne bouge pas.
    J’ignore les messages qui commencent par //.
unknown-command = Je ne connais pas { $name }. Envoyez /help pour voir ce que je sais faire.
no-words = Dites-moi quoi dessiner après la commande, par exemple : /imagine une maison rouge sous un grand soleil.
hello = Bonjour ! Dites-moi quoi dessiner, par exemple : une maison rouge sous un grand soleil. Puis dites-moi quoi changer. Le reste est dans /help.
welcome = Avec plaisir ! Dites-moi quoi modifier, ou quoi dessiner ensuite.
empty-message = Ce message était vide. Dites-moi quoi dessiner, par exemple : une maison rouge sous un grand soleil.
nothing-here = Il n’y a pas encore d’image ici. Dites-moi quoi dessiner.
nothing-to-undo = Il n’y a rien à annuler : c’est la première image.
nothing-left = Impossible de revenir en arrière : tout ce qui précède a été supprimé ou n’a jamais été dessiné.
nothing-to-cancel = Il n’y a rien à arrêter : c’est déjà terminé.
not-composed = Cette image n’a pas encore de composition. Attendez-la, ou appuyez sur Réessayer si elle a échoué.
not-retried = Il n’y a rien à réessayer : cette image arrive ou est déjà dessinée.
unchanged = Rien n’a changé : il n’y a rien de nouveau à dessiner.
unknown-turn = Je ne connais pas cette image. Elle vient peut-être d’une autre discussion, ou d’une base de données qui n’existe plus.
picture-removed = Cette image a été supprimée.
no-such-picture = Je n’ai plus cette image. Appuyez sur Redessiner pour en faire une nouvelle.
which-larger = Laquelle faut-il agrandir ?
which-region = Quelle partie faut-il redessiner ? Tout le reste ne bougera pas.
no-regions-to-vary = Cette image n’a pas de parties distinctes. Appuyez sur Redessiner pour la refaire en entier.
unknown-button = Je ne connais pas ce bouton ; il vient peut-être d’une autre version de moi.
unknown-form = Je ne connais pas ce formulaire. Appuyez de nouveau sur le bouton.
stopping = J’arrête…
cannot-post = Je n’ai pas le droit d’écrire là, donc je n’ai pas commencé. Vérifiez mes permissions, ou si vous acceptez mes messages privés.
not-yours-to-stop = Seuls la personne qui a demandé cette image et les modérateurs peuvent l’arrêter.
not-yours-to-remove = Seuls la personne qui a demandé cette image et les modérateurs peuvent la supprimer.
not-yours-to-change = Seule la personne qui a demandé cette image, ou la modération, peut la modifier. Utilisez /imagine pour commencer la vôtre.
not-your-thread-to-change = Ici, vous pouvez modifier vos propres images. Les autres sont à la personne qui a commencé cette conversation. Utilisez /imagine pour commencer la vôtre.
moderators-only = Seuls les modérateurs peuvent changer les réglages de tout le monde. /settings tout court ouvre les vôtres.
adults-only = Je ne dessine que dans les salons réservés aux adultes, et celui-ci ne l’est pas.

## Le parcours d'une image

status-next = Votre image est la prochaine.
status-waiting = En attente : { $ahead ->
    [one] { $ahead } image
   *[other] { $ahead } images
 } avant la vôtre.
status-waiting-time = En attente : { $ahead ->
    [one] { $ahead } image
   *[other] { $ahead } images
 } avant la vôtre, { $duration }.
duration-short = moins d’une minute
duration-minutes = environ { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
 }
duration-hours = environ { $hours ->
    [one] { $hours } heure
   *[other] { $hours } heures
 }
status-composing-soon = Je réfléchis à ce qui va où…
status-drawing-soon = Je me prépare à dessiner…
status-loading = { $part ->
    [composer] Chargement du modèle de langage…
   *[renderer] Chargement du modèle d’image…
 }
status-lost = { $part ->
    [composer] Les machines du modèle de langage sont injoignables. J’attends qu’elles reviennent…
   *[renderer] Les machines qui dessinent sont injoignables. J’attends qu’elles reviennent…
 }
status-downloading = { $part ->
    [composer] Téléchargement du modèle de langage. Cela n’arrive qu’une fois.
   *[renderer] Téléchargement du modèle d’image. Cela n’arrive qu’une fois.
 }
status-downloading-share = { $part ->
    [composer] Téléchargement du modèle de langage : { $percent } % de { $size } Gio. Cela n’arrive qu’une fois.
   *[renderer] Téléchargement du modèle d’image : { $percent } % de { $size } Gio. Cela n’arrive qu’une fois.
 }
status-composing = Composition :
status-drawing = Dessin : étape { $number } sur { $total }.
status-cancelled = Arrêté.
status-removed = Supprimé par { $name }.
status-forgotten = Supprimé : la personne qui l’avait demandé a voulu l’effacer.

## Le résultat

result-only-layout = L’image elle-même n’est plus là ; voici sa composition. Appuyez sur Redessiner pour la refaire.
result-spoiler = Le contrôle des images conseille la prudence : cette image reste cachée jusqu’à ce que vous l’ouvriez.
result-blurred = Le contrôle des images a trouvé dans cette image quelque chose qui n’est pas montré ici ; elle est donc floutée.
result-blocked = { $count ->
    [one] Le contrôle des images a retenu une des images.
   *[other] Le contrôle des images a retenu { $count } des images.
}
result-cut = La description s’est arrêtée trop tôt : il manque peut-être quelque chose.
result-unchanged = Rien n’a changé : c’est peut-être déjà ainsi, ou je n’ai pas compris. Dites-le autrement, ou changez-le à la main avec Composition.
result-question = Rien n’a changé. Je dessine et ne sais pas bavarder, mais voici ce que montre l’image : { $canvas } Dites-moi ce qui doit être différent, par exemple : un ciel rose.
result-brought = { $kind ->
    [canvas] Je reconnais cette image et son canevas. Dites-moi ce qui doit changer ; le reste ne bouge pas.
    [described] J’ai regardé votre image ; Composition et Canevas montrent ce que j’ai vu et où. Dites-moi quoi changer ; le reste demeure tel quel.
   *[picture] Je pars de votre image. Dites-moi quoi y mettre ; partout ailleurs, elle reste telle quelle.
 }
fixes-all = Petites corrections : { $fixes }.
fixes-some = Petites corrections : { $fixes }. Appuyez sur Code pour voir les { $count }.
fixes-unnamed = { $count ->
    [one] Une petite correction ; appuyez sur Code pour la voir.
   *[other] { $count } petites corrections ; appuyez sur Code pour les voir.
 }
bundled-limits = { $language ->
    [de] Les petits modèles intégrés ne dessinent que des scènes simples et comprennent peu l’allemand.
    [es] Les petits modèles intégrés ne dessinent que des scènes simples et comprennent peu l’espagnol.
    [fr] Les petits modèles intégrés ne dessinent que des scènes simples et comprennent peu le français.
    [zh] Les petits modèles intégrés ne dessinent que des scènes simples et comprennent peu le chinois.
   *[en] Les petits modèles intégrés ne dessinent que des scènes simples.
 }
bundled-guess = Ils ne connaissent pas « { $thing } » : c’est donc une approximation.
bundled-switch = Pour dessiner tout ce que vous voulez, mettez profile = "omost" dans config.toml.
footer-seed = Graine { $seed }
footer-seeds = Graines { $first } à { $last }
footer-remembering = { $turns ->
    [one] dernière modification seule prise en compte
   *[other] { $turns } dernières modifications prises en compte
 }
footer-kept = { $percent } % de l’image conservés
footer-restyled = la même dans un autre style
footer-layers-gone = retiré : { $things }
footer-layers-changed = modifié sans être redessiné : { $things }
footer-layers-drawn = redessiné : { $things }
footer-layers-scene = arrière-plan redessiné
footer-whole = { $reason ->
    [scene] redessinée en entier, car toute la scène a changé
    [all] redessinée en entier, car la modification l’occupe tout entière
    [size] redessinée en entier, car l’image précédente a une autre taille
    [model] redessinée en entier, car un autre modèle a dessiné l’image précédente
    [settings] redessinée en entier, car ses options diffèrent de celles de l’image précédente
    [larger] redessinée en entier, car elle a été agrandie
   *[missing] redessinée en entier, car l’image précédente ne peut plus être retouchée
 }
footer-larger = agrandie, les modifications se font à la taille d’avant
footer-unheeded = dessinée sans guidage : ce qu’une région ne doit pas montrer n’a pas été pris en compte
footer-varied = refait : { $region }
changes-shown = En couleur, ce que cette retouche pouvait changer. Les { $percent } % en gris sont exactement comme avant.
changes-expected = En couleur, ce que cette retouche peut changer, d’après la composition. Le reste ne bougera pas.
changes-whole = { $reason ->
    [scene] Tout a été redessiné, car toute la scène a changé.
    [all] Tout a été redessiné, car la modification occupe toute l’image.
    [size] Tout a été redessiné, car l’image précédente a une autre taille.
    [model] Tout a été redessiné, car un autre modèle a dessiné l’image précédente.
    [settings] Tout a été redessiné, car ses options diffèrent de celles de l’image précédente.
    [larger] Tout a été redessiné, car l’image a été agrandie.
   *[missing] Tout a été redessiné, car l’image précédente ne peut plus être retouchée.
 }
changes-none-before = Cette image n’est pas la retouche d’une autre : il n’y a rien à comparer.
layout-no-regions = Aucune région distincte : toute l’image est une seule scène.
code-too-long = Le code est trop long pour être affiché ici ; il est dans les fichiers joints.
code-corrections = Corrigé dans ce que le modèle a écrit :
code-corrected = { $line ->
    [0] {""}
   *[other] ligne { $line } :{" "}
 }{ $field } « { $wrong } » lu comme « { $right } »
code-added = { $line ->
    [0] {""}
   *[other] ligne { $line } :{" "}
 }{ $field } manquait ; { $right } supposé
code-more-corrections = … et { $count } de plus

## Descriptions des fichiers

alt-layout = Composition : { $canvas }
alt-changes = L’image en gris, et en couleur ce que la retouche peut changer
alt-preview = Aperçu de l’étape { $number } sur { $total }
alt-masks = La composition, et un masque pour chaque région
alt-code = Le canevas en code
alt-json = Le canevas en JSON
alt-comfyui = Le canevas pour ComfyUI

## Boutons

button-edit = Modifier
button-reroll = Redessiner
button-variations = Variantes
button-larger = Agrandir
button-undo = Annuler
button-layout = Composition
button-code = Code
button-delete = Supprimer
button-cancel = Arrêter
button-retry = Réessayer
button-changes = Ce qui change
button-redraw = Tout redessiner
button-vary = Varier une partie

## Formulaires

form-edit = Modifier l’image
field-words = Que dessiner
form-new-region = Nouvelle région
region-add = Ajouter une région
region-unnamed = Quelque chose
field-description = Ce qu’elle montre
field-place = Position
field-area = Taille
field-color = Couleur
field-offset = Décalage
field-distance = Distance (petite : proche)
field-negative = À exclure ici
field-method = Comment la région est tenue
method-usual = Comme l’image
field-strength = Poids de ses mots (plus de 0, jusqu’à 1)
field-reference = Ressemble à (nom du fichier d’une image, ou d’un personnage)
field-control = Suit (un type et le nom du fichier d’une image : pose ab12cd-1 0.8 until 0.6)
field-remove = Garder ou retirer
region-keep = La garder
region-remove = La retirer
unknown-region = Cette région n’est plus dans l’image. Appuyez de nouveau sur Composition pour voir celles qui y sont.
no-description = Dites ce que montre la nouvelle région, par exemple : un soleil jaune.

## Réglages

settings-mine = Vos réglages
settings-here = Réglages pour tout le monde ici
settings-channel = Réglages de ce salon et de ses fils
settings-all = Réglages de tout le serveur ou groupe
choice-default = Réglage du bot
choice-none = Aucun
field-default-size = Taille : 512x512, ou { $shapes }
settings-saved = Enregistré. { $scope ->
    [me] Vos nouvelles images suivront
    [here] Les nouvelles images d’ici suivront
    [channel] Les nouvelles images de ce salon et de ses fils suivront
   *[all] Les nouvelles images de tout le serveur ou groupe suivront
 } : { $values }.
settings-cleared = Enregistré. { $scope ->
    [me] Vos nouvelles images suivront
    [here] Les nouvelles images d’ici suivront
    [channel] Les nouvelles images de ce salon et de ses fils suivront
   *[all] Les nouvelles images de tout le serveur ou groupe suivront
 } les réglages du bot.
size-rounded = Les tailles vont par pas de { $unit } pixels : { $asked } est devenu { $used }.

## La file d'attente

queue-empty = Personne n’attend.
queue-none-yours = { $total ->
    [one] { $total } image attend ; elle n’est pas à vous.
   *[other] { $total } images attendent ; aucune n’est à vous.
 }
queue-yours = { $total ->
    [one] { $total } image attend.
   *[other] { $total } images attendent.
 } Avant les vôtres : { $ahead }.
queue-place = { $ahead } ({ $duration })
refused-too-many-yours = Vous avez déjà { $most ->
    [one] { $most } image
   *[other] { $most } images
 } en attente, le maximum par personne. Patientez un peu, ou arrêtez-en une.
refused-too-many-waiting = La file est pleine : { $most ->
    [one] { $most } image attend
   *[other] { $most } images attendent
 } déjà. Réessayez plus tard.
refused-too-many-a-minute = Cela fait plus de { $most ->
    [one] { $most } image
   *[other] { $most } images
 } en une minute. Patientez un peu.

## Qui peut utiliser le bot, et combien

refused-blocked = Je ne suis pas disponible pour vous ou à cet endroit. C’est la personne qui me gère qui en décide.
refused-banned = Vous ne pouvez pas m’utiliser ici pour le moment. Demandez à l’administration si vous pensez que c’est une erreur.
refused-banned-because = Vous ne pouvez pas m’utiliser ici pour le moment : { $reason }. Demandez à l’administration si vous pensez que c’est une erreur.
refused-not-allowed = Je ne travaille que pour les personnes et les lieux de ma liste. Votre nom y serait { $id } ; la personne qui me gère peut vous ajouter.
refused-not-admin = Seule l’administration peut faire cela.
refused-words = Je ne dessine pas cela ici. Demandez autre chose.
refused-words-because = Je ne dessine pas cela ici : { $reason }
refused-canvas-words = Ce qui est né de vos mots, je ne le dessine pas ici. Dites-le autrement.
refused-canvas-because = Ce qui est né de vos mots, je ne le dessine pas ici : { $reason }
forget-ask = Cela efface tout ce que je garde de vous : vos mots, vos images, vos réglages, ici et partout sur cette plateforme. C’est définitif. Ce que d’autres ont fait de vos images reste à eux ; ce que vous avez écrit dans le chat lui-même, vous seul ou la modération pouvez l’y effacer. Pour continuer, envoyez : /forget everything
forget-done = C’est fait. { $turns ->
    [one] { $turns } demande de vous est effacée
   *[other] { $turns } demandes de vous sont effacées
 }, avec les mots, les images et les réglages. Ce que vous avez écrit dans le chat lui-même reste jusqu’à ce que vous l’y effaciez. Je garde seulement, pendant un jour, combien vous avez dessiné, et si vous êtes banni.
forget-pending = { $messages ->
    [one] { $messages } message de moi montre encore une image
   *[other] { $messages } messages de moi montrent encore des images
 } ; je modifierai ce que la plateforme permet.
refused-paused = Je ne prends pas de nouvelles images pour le moment. Réessayez plus tard.
refused-paused-here = L’administration a suspendu les nouvelles images ici. Réessayez plus tard.
refused-quota-hour = Vous avez droit à { $most ->
    [one] { $most } image
   *[other] { $most } images
 } par heure, et ce serait plus. Il y aura de nouveau de la place dans { $duration }.
refused-quota-day = Vous avez droit à { $most ->
    [one] { $most } image
   *[other] { $most } images
 } par jour, et ce serait plus. Il y aura de nouveau de la place dans { $duration }.
refused-quota-hour-here = Cet endroit a droit à { $most ->
    [one] { $most } image
   *[other] { $most } images
 } par heure, et ce serait plus. Il y aura de nouveau de la place dans { $duration }.
refused-quota-day-here = Cet endroit a droit à { $most ->
    [one] { $most } image
   *[other] { $most } images
 } par jour, et ce serait plus. Il y aura de nouveau de la place dans { $duration }.
refused-cooldown = Attendez encore { $seconds ->
    [one] { $seconds } seconde
   *[other] { $seconds } secondes
 } avant votre prochaine image.
refused-too-many-pixels = Cette image aurait { $pixels } pixels ; vous pouvez aller jusqu’à { $most }. Choisissez une taille plus petite.
refused-too-many-pictures = Vous avez demandé { $pictures } images à la fois ; vous pouvez aller jusqu’à { $most }.

## Ce que voit l’administration

admin-help =
    /admin status : où en sont les choses
    /admin pause, /admin drain, /admin resume : ne rien prendre de nouveau (et, avec pause, ne rien commencer de ce qui attend) ; ajoutez « here » pour cet endroit seulement
    /admin ban QUI [raison], /admin unban QUI
    /admin quota QUI PAR-HEURE [PAR-JOUR], ou QUI none
    /admin log : qui a décidé quoi

    QUI est un identifiant, une mention ou « here » ; ou en entier, par exemple discord:role:1234.
admin-paused = Tout est en pause : rien de nouveau n’est pris, et rien de ce qui attend n’est commencé.
admin-paused-here = Cet endroit est en pause : rien de nouveau n’y est pris.
admin-draining = On termine : rien de nouveau n’est pris, et ce qui attend est dessiné.
admin-draining-here = On termine ici : rien de nouveau n’y est pris, et ce qui attend est dessiné.
admin-resumed = Tout reprend normalement.
admin-not-stopped = Rien n’y était en pause.
admin-banned = { $subject } ne peut plus m’utiliser ici.
admin-unbanned = { $subject } peut de nouveau m’utiliser.
admin-no-ban = { $subject } n’était pas banni.
admin-not-yourself = Vous ne pouvez pas vous bannir vous-même.
admin-quota = { $subject } a droit à { $hour } par heure et { $day } par jour.
admin-quota-hour = { $subject } a droit à { $hour } par heure.
admin-quota-lifted = { $subject } n’a plus de quota propre.
admin-no-quota = { $subject } n’a pas de quota propre.
admin-bad-quota = « { $entered } » n’est pas un quota. Écrivez combien d’images par heure et, si vous voulez, par jour, par exemple : 30 200.
admin-unknown-subject = Je ne sais pas qui ou quoi est « { $entered } ». Écrivez un identifiant, une mention ou « here », ou en entier : { $form }. Sur un serveur, vous pouvez décider pour ses propres membres et rôles.
admin-status-queue = { $waiting ->
    [one] { $waiting } image attend
   *[other] { $waiting } images attendent
 }, { $running ->
    [one] { $running } est en cours
   *[other] { $running } sont en cours
 }.
admin-status-rulings = Bannissements : { $bans }. Quotas propres : { $quotas }.
admin-log-empty = Rien n’a encore été décidé.
admin-do-status = Où en sont les choses
admin-do-pause = Suspendre
admin-do-resume = Reprendre
admin-do-drain = Terminer ce qui attend
admin-do-ban = Bannir
admin-do-unban = Lever un bannissement
admin-do-quota = Quota
admin-do-log = Journal des décisions

## Ce qui ne se peut pas

refused-too-long = Ce message fait { $length } caractères ; la limite est de { $most }. Raccourcissez-le.
refused-text-too-long = { $option } : { $length } caractères ; la limite est de { $most }. Raccourcissez.
refused-file-too-large = « { $name } » fait { $size } Mio ; un fichier de cette sorte peut faire { $most } Mio au plus.
refused-no-size = « { $entered } » n’est pas une taille. Écrivez largeur x hauteur, par exemple 512x512, ou une forme telle que wide.
refused-side = { $side } pixels, c’est hors limites ; chaque côté doit faire de { $shortest } à { $longest } pixels.
refused-no-number = « { $entered } » ne convient pas pour { $option }. Mettez un nombre de { $low } à { $high }.
refused-no-whole-number = « { $entered } » ne convient pas pour { $option }. Mettez un nombre entier de { $low } à { $high }.
refused-unknown-choice = « { $entered } » ne convient pas pour { $option }. Choisissez parmi : { $known }.
refused-already-large = Cette image fait déjà { $size } pixels ; le plus grand côté que je sais dessiner fait { $most } pixels.
refused-no-choice = « { $entered } » ne convient pas pour « { $field } ». Choisissez parmi : { $known }.
refused-no-color = Je ne connais pas la couleur « { $entered } ». Mettez un nom tel que light blue ou bleu clair, ou un code tel que #87ceeb.
refused-no-distance = « { $entered } » n’est pas une distance. Mettez un nombre supérieur à 0, jusqu’à { $most }.
refused-too-many-regions = Une image peut avoir { $most } régions au plus, et celle-ci est pleine. Retirez-en une d’abord.
refused-unknown-scope = Je ne connais pas les réglages « { $entered } ». /settings ouvre les vôtres, /settings here ceux d’ici.

## Ce qui a échoué

failed-unexpected = Quelque chose a mal tourné de mon côté. J’ai gardé vos mots ; appuyez sur Réessayer.
failed-nothing-drawn = Le modèle s’est arrêté avant d’avoir dessiné quoi que ce soit. Appuyez sur Réessayer.
failed-canvas = Je n’ai pas pu lire ce que le modèle de langage a écrit, deux fois de suite ({ $reason }). Appuyez sur Réessayer.
failed-too-often = J’ai dû redémarrer { $times ->
    [one] une fois
   *[other] { $times } fois
 } pendant ce travail, alors j’abandonne. Une taille plus petite ou une demande plus simple marchera peut-être.
failed-store = Je ne peux pas utiliser ma base de données en ce moment. Réessayez dans un instant.
failed-picture-blocked = J’ai dessiné cette image, mais le contrôle y a trouvé quelque chose qui n’est pas montré ici. D’autres mots, ou un autre essai, suffiront peut-être.
failed-picture-unchecked = J’ai dessiné cette image, mais elle n’a pas pu être contrôlée comme il le faut ici ; je ne la montre donc pas. Prévenez la personne qui m’héberge.
failed-picture-gone = L’image que je dois regarder n’est plus là. Veuillez l’apporter encore une fois.
failed-not-saved = J’ai dessiné cette image, mais je n’ai pas pu l’enregistrer. Réessayez ; si cela se répète, prévenez la personne qui m’héberge.
failed-memory = La mémoire n’a pas suffi pour cette image. Une taille plus petite ou moins d’images marchera peut-être.
failed-budget = Cette description est trop longue pour le modèle de langage, même seule. Raccourcissez-la.
failed-weights = Un de mes modèles n’est pas prêt : { $reason }.
failed-canvas-file = Je n’arrive pas à lire ce canevas : { $reason }.
failed-other = Je n’ai pas pu terminer : { $reason }.
failed-too-long = J’ai arrêté cela après { $duration }. Une taille plus petite, moins d’étapes ou moins d’images prennent moins de temps.

## Options d'une demande (l'anglais est avec les options elles-mêmes)

option-size-name = format
option-style-name = style
option-seed-name = graine
option-count-name = nombre
option-negative-name = exclure
option-steps-name = étapes
option-guidance-name = guidage
option-initial-name = départ
option-keep-name = garder
option-strength-name = force
option-margin-name = marge
option-draft-name = ébauche
option-temperature-name = température
option-top_p-name = top_p
option-tokens-name = jetons
option-size-help = La forme de l’image
option-style-help = L’apparence de l’image
option-seed-help = Les mêmes mots avec la même graine donnent la même image
option-count-help = Combien d’images
option-negative-help = Ce que l’image ne doit pas montrer
option-steps-help = En combien d’étapes dessiner
option-guidance-help = À quel point suivre le canevas
option-initial-help = Partir des couleurs de la composition, ou de bruit seul
option-initial-off = Bruit seul
option-initial-0-95 = 0,95 : couleurs marquées
option-initial-0-97 = 0,97 : couleurs
option-initial-0-99 = 0,99 : une trace de couleurs
option-keep-help = Garder ou non, lors d’une retouche, chaque pixel qu’elle ne change pas
option-keep-on = Dessiner seulement ce qui change
option-keep-off = Tout redessiner
option-draft = Ébauches
option-draft-help = Dessiner ou non des ébauches, plus petites et plus rapides, jusqu’à en finaliser une
option-draft-on = Des ébauches, vite
option-draft-off = Des images finies
option-strength-help = À quel point une retouche s’éloigne de ce qu’il y avait là
option-margin-help = Jusqu’où une retouche peut déborder, en part du grand côté
option-temperature-help = Avec quelle liberté le modèle de langue écrit le canevas
option-top_p-help = Parmi quelle part du plus probable le modèle de langue choisit
option-tokens-help = Combien de jetons le modèle de langue peut écrire
shape-square = Carré
shape-portrait = Portrait
shape-landscape = Paysage
shape-wide = Large
shape-tall = Haut
option-style-photo = Photographie
option-style-cinematic = Image de film
option-style-watercolor = Aquarelle
option-style-oil = Peinture à l’huile
option-style-ink = Dessin à l’encre
option-style-pencil = Croquis au crayon
option-style-comic = Bande dessinée
option-style-anime = Anime
option-style-storybook = Livre d’images
option-style-pixel = Pixel art
option-style-render = Rendu 3D
option-style-papercut = Papier découpé
option-size = Taille en pixels (largeur x hauteur)
option-seed = Graine
option-style = Style
option-negative = Ce que les images ne doivent pas montrer

## Régions : positions, tailles et décalages

place-in-the-center = Au centre
place-on-the-left = À gauche
place-on-the-right = À droite
place-on-the-top = En haut
place-on-the-bottom = En bas
place-on-the-top-left = En haut à gauche
place-on-the-top-right = En haut à droite
place-on-the-bottom-left = En bas à gauche
place-on-the-bottom-right = En bas à droite
area-a-small-square-area = Petite, carrée
area-a-small-vertical-area = Petite, verticale
area-a-small-horizontal-area = Petite, horizontale
area-a-medium-sized-square-area = Moyenne, carrée
area-a-medium-sized-vertical-area = Moyenne, verticale
area-a-medium-sized-horizontal-area = Moyenne, horizontale
area-a-large-square-area = Grande, carrée
area-a-large-vertical-area = Grande, verticale
area-a-large-horizontal-area = Grande, horizontale
offset-no-offset = Aucun décalage
offset-slightly-to-the-left = Un peu à gauche
offset-slightly-to-the-right = Un peu à droite
offset-slightly-to-the-upper = Un peu plus haut
offset-slightly-to-the-lower = Un peu plus bas
offset-slightly-to-the-upper-left = Un peu plus haut à gauche
offset-slightly-to-the-upper-right = Un peu plus haut à droite
offset-slightly-to-the-lower-left = Un peu plus bas à gauche
offset-slightly-to-the-lower-right = Un peu plus bas à droite

## Ce que disent Discord, Telegram et la discussion web

command-imagine-help = Dessiner une nouvelle image d’après vos mots
command-edit-help = Modifier la dernière image
command-edit-here-help = Modifier la dernière image d’ici
command-undo-help = Revenir à l’image précédente
command-changes-help = Montrer ce que la dernière retouche a changé
command-redraw-help = Redessiner toute la dernière image
command-vary-help = Redessiner une partie et garder le reste
command-canvas-help = Montrer le code de la dernière image
command-layout-or-code-help = Montrer la composition de la dernière image, ou son code
command-settings-group-help = Vos réglages, ou ceux de ce groupe
command-settings-help = Vos réglages, ou ceux de ce fil, de ce salon ou de ce serveur
command-queue-help = Montrer qui attend
command-cancel-help = Arrêter ce que je dessine pour vous ici
command-help-help = Ce que je sais faire
command-listen-help = Quels messages de ce fil me sont destinés
command-admin-help = Pour l’administration : pause, quotas, bannissements, état
command-forget-help = Effacer tout ce que je garde de vous
parameter-sure-help = Laissez vide pour voir ce qui serait effacé
forget-everything = Oui, tout
parameter-do-help = Que faire
parameter-about-help = De qui ou de quoi il s’agit, avec des nombres ou une raison
parameter-prompt-help = Ce qu’il faut dessiner
parameter-words-help = Ce qu’il faut changer ; vide pour un formulaire
parameter-show-help = Ce qu’il faut montrer
parameter-scope-help = À qui sont ces réglages
show-layout = Composition
show-code = Code et JSON
scope-mine = Les miens
scope-thread = Ceux du fil
scope-channel = Ceux du salon et de tous ses fils
scope-server = Ceux du serveur
listen-auto = Automatique : tout, tant que c’est calme
listen-all = Tout ce qui s’écrit ici
listen-mentions = Seulement mentions, réponses et commandes
listening-auto = Désormais, tant que c’est calme ici, tout est une modification.
listening-all = Désormais, tout ce qui s’écrit ici est une modification.
listening-mentions = Désormais, je ne réponds ici qu’aux mentions, réponses et commandes.
listening-busy = Il y a du monde ici : pour l’instant je ne réponds qu’aux mentions, réponses et commandes. { $command } permet d’en changer.
not-my-thread = Cela ne marche que dans les fils que j’ai ouverts.
understood = Bien compris : { $words }
on-its-way = C’est en route.
form-open = Ouvrir le formulaire
form-ready = Le formulaire est prêt.
choose = Choisissez…
message-without-any-picture = Ce message ne contient aucune image dont je puisse partir.
message-without-picture = Ce message ne contient aucune image de moi.
permission-missing = Il me manque une permission ici : { $missing }. Une personne qui gère ce serveur peut l’accorder dans les réglages du salon.
thread-locked = Ce fil est verrouillé, je ne peux donc pas y écrire. Une personne qui gère les fils de ce serveur peut le déverrouiller.
channel-without-picture = Il n’y a pas d’image dans ce salon lui-même. Utilisez /edit dans le fil de l’image, ou /imagine pour en faire une nouvelle.
in-direct-messages = Je n’ai pas été ajouté ici ; je dessine donc dans nos messages privés : { $channel }
no-direct-messages = Je n’ai pas été ajouté ici, et je ne peux pas vous écrire en privé.
failed-platform = Quelque chose a mal tourné de mon côté. Réessayez.
file-not-fetched = Je n’ai pas pu télécharger ce fichier. Renvoyez-le.
thread-title = Une image
more-fields = Autres champs
not-all-shown = Discord ne me laisse pas tout montrer ici. La personne qui gère ce serveur sait peut-être pourquoi.
no-pictures-here = Je ne peux pas envoyer d’images dans cette discussion. La personne qui la gère peut l’autoriser.
no-files-here = Je ne peux pas envoyer de fichiers dans cette discussion. La personne qui la gère peut l’autoriser.
from-picture = d’après [la précédente]({ $link })
not-readable-yet = Je ne sais pas encore lire cela, seulement du texte, des images et des canevas en fichiers .json ou .py. Dites-moi quoi dessiner.
files-left-out = Je dessine ce que je peux en lire. Laissé de côté : { $files }
album-first-alone = De plusieurs images, je prends la première.
channel-posts = Je ne dessine pas dans les canaux. Écrivez-moi en privé, ou dans un groupe dont je suis membre.
stranger = Je suis un bot privé et ne vous connais pas encore. Votre identifiant ici est { $id } ; la personne qui me gère peut vous admettre.
strange-chat = Je n’ai pas le droit de travailler dans cette discussion. Son identifiant est { $id } ; la personne qui me gère peut l’autoriser.
greeting = Bonjour ! Envoyez /imagine un port à l’aube pour obtenir une image, et répondez à une image pour la changer. /help en dit plus.
ask-what-to-draw = Que dessiner ? Répondez à ce message.
keyboard-expired = Ces boutons ont expiré. Appuyez de nouveau sur le premier bouton.
reply-with-parts = Répondez à ce message avec : { $parts }
parts-left-empty = Les parties laissées vides restent telles quelles.
reply-with-one = Répondez à ce message avec la nouvelle valeur de : { $label }
dash-empties = Répondez « - » pour le laisser vide.
reply-hint = Votre réponse
keyboard-send = Envoyer
keyboard-close = Fermer
keyboard-back = Retour
permission-view-channel = Voir le salon
permission-send-messages = Envoyer des messages
permission-send-messages-in-threads = Envoyer des messages dans les fils
permission-create-public-threads = Créer des fils publics
permission-attach-files = Joindre des fichiers
permission-read-message-history = Voir l’historique des messages

## Noms des commandes et des paramètres (minuscules, sans espaces)

command-imagine = imaginer
command-edit = modifier
command-undo = annuler
command-changes = changements
command-redraw = redessiner
command-vary = varier
command-canvas = canevas
command-settings = réglages
command-queue = file
command-cancel = arrêter
command-help = aide
command-listen = écouter
command-admin = admin
command-forget = oublier
parameter-prompt = description
parameter-words = mots
parameter-show = montrer
parameter-scope = portée
parameter-to = quoi
parameter-do = action
parameter-about = sujet
parameter-sure = certain
menu-begin = Partir de l’image
menu-avatar = Partir de l’avatar
menu-edit = Modifier cette image
menu-layout = Montrer la composition

## La page de discussion web

web-new-picture = Nouvelle image
web-conversations = Conversations
web-latest-message = Dernier message
web-leave-file-out = Retirer le fichier
web-attach-file = Joindre une image ou un fichier de canevas
web-first-of-files = { $name } (un seul fichier par message : celui-ci)
web-file-not-sent = { $name } n’a pas pu être envoyé
web-placeholder = Décrivez une image ou un changement
web-your-message = Votre message
web-send = Envoyer
web-enter-sends = Entrée pour envoyer · Maj + Entrée pour aller à la ligne
web-start = Que dessine-t-on ?
web-lead = Dites ce qui va où. Puis changez-le, une phrase à la fois.
web-messages = Messages
web-nothing-yet = Il n’y a encore rien ici. Dites ce que vous aimeriez voir.
web-list-empty = Vos images apparaîtront ici.
web-untitled = Sans titre
web-file-lost = Ce fichier n’est pas arrivé. Joignez-le de nouveau.
web-close = Fermer
web-log-in = Se connecter
web-log-out = Se déconnecter
web-name = Nom
web-password = Mot de passe
web-wrong-password = Ce nom et ce mot de passe ne vont pas ensemble.
web-too-many-attempts = Trop de mots de passe erronés. Réessayez dans { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
 }.
web-not-logged-in = Connectez-vous d’abord.
web-form-too-large = C’était trop pour une connexion.
web-cancel = Annuler
web-delete-ask = L’image et ses fichiers seront supprimés définitivement ; ce qui en a été tiré reste.
web-save = Enregistrer
web-draw-it = Dessiner
web-change-words = Modifier votre message
web-copy = Copier
web-copied = Copié
web-code = Code
web-download = Télécharger
web-you = Vous
web-progress = Progression
web-what-next = Et ensuite
web-download-picture = Télécharger l’image
web-enlarge = Agrandir : { $picture }
web-example-house = une maison rouge sous un soleil jaune
web-example-fish = deux poissons orange dans la mer
web-example-tree = un arbre vert à gauche et une balle bleue à droite
web-example-night = un château la nuit avec une grande lune blanche
web-no-attachment = Cette pièce jointe n’existe pas.
web-file-too-large = Un fichier peut compter au plus { $most } octets.
web-wrong-host = Ce salon ne répond pas à ce nom d’hôte. Ajoutez-le à web.allowed_hosts dans la configuration.
from-this-picture = d’après cette image

## Le canevas en main

canvas-title = Canevas
canvas-back = Retour à la conversation
canvas-undo = Annuler
canvas-redo = Rétablir
canvas-add = Ajouter
canvas-add-what = Ajouter, par exemple : un soleil jaune
canvas-draw-anyway = Dessiner quand même
canvas-nearer = Plus près
canvas-farther = Plus loin
canvas-snap = Aligner sur les emplacements que tout modèle de langage connaît
canvas-regions = Régions, la plus proche en premier
canvas-hint = Faites glisser un cadre pour le déplacer, son coin pour le redimensionner. Au clavier : les flèches déplacent, avec Maj de dix cases, avec Ctrl elles redimensionnent ; Page haut et Page bas changent ce qui est devant ; Suppr retire.
canvas-sent = Le dessin est en cours. Vous pouvez fermer cette page.
canvas-unreachable = Le bot est injoignable pour l’instant. Rien n’est perdu : réessayez dans un moment.
canvas-bad-link = Ce lien n’ouvre aucun canevas. Appuyez sur Canevas sous l’image pour en obtenir un nouveau.
canvas-expired = Ce lien a expiré. Appuyez sur Canevas sous l’image pour en obtenir un nouveau.
canvas-opened-elsewhere = Ce lien a été ouvert dans un autre navigateur et ne marche que dans celui-là. Appuyez sur Canevas sous l’image pour avoir le vôtre.
canvas-changed-meanwhile = { $name } a modifié l’image entre-temps. Revenez en arrière pour la voir, ou dessinez la vôtre comme une version à part.
canvas-bad-box = Un cadre de { $value } ne peut pas être dessiné : il faut quatre nombres de 0 à 90, gauche et haut avant droite et bas.
canvas-bad-strength = Un poids est supérieur à 0 et vaut au plus 1 ; vous avez saisi { $entered }.
canvas-bad-control = « { $entered } » ne dit pas quelle image suivre. Écrivez un type ({ $kinds }), le nom du fichier et, au besoin, une force jusqu’à 2 et jusqu’à quelle part des étapes, par exemple : pose ab12cd-1 0.8 until 0.6
canvas-files = Le canevas et son image.
button-canvas = Canevas
canvas-link =
    Prenez le canevas en main : { $url }
    Ce lien n’est que pour vous et reste valable { $minutes } minutes.
canvas-app = Prenez le canevas en main avec le bouton ci-dessous. Il n’est que pour vous et reste valable { $minutes } minutes.
canvas-app-for = { $name }, prenez le canevas en main avec le bouton ci-dessous. Il ne s’ouvre que pour vous et reste valable { $minutes } minutes.
canvas-open = Ouvrir le canevas
canvas-not-opened-by-you = Seule la personne qui a demandé ce canevas peut l’ouvrir, dans Telegram même. Appuyez sur Canevas sous l’image pour avoir le vôtre.
canvas-not-here = Tout le monde ici verrait votre lien. Appuyez sur Code et envoyez-moi le fichier .json en privé : l’image y aura un canevas rien que pour vous.
canvas-remove = Retirer

## Historique

history = Toutes les images d’ici, avec leurs branches. Choisissez celle dont il faut repartir.
history-alt = La conversation en arbre de { $count ->
        [one] une image
       *[other] { $count } images
    }
history-film = Les modifications en animation
history-film-here = De la première image à la plus récente.
history-no-film = Il n’y a qu’une image jusqu’ici : rien à animer pour l’instant.
command-history = historique
command-history-help = Voir toutes les images en arbre et repartir de n’importe laquelle

## Signalements d’images

command-report-help = Signaler une image aux modérateurs
menu-report = Signaler cette image
button-report = Signaler
button-take-down = Retirer l’image
button-ban = Bannir son auteur
button-dismiss = Classer sans suite
report-nowhere = Personne ne lit les signalements pour cet endroit. Adressez-vous à la personne qui m’héberge.
report-too-many = Vous avez beaucoup signalé depuis une heure. Laissez un moment aux modérateurs.
report-known = Vous avez déjà signalé cette image ; les modérateurs l’ont sous les yeux.
report-thanks = Merci. L’image a été transmise aux modérateurs ; ils ne voient pas votre nom.
report-moderator = la modération
report-case = { $count ->
    [one] Une image de { $name } ({ $subject }) a été signalée.
   *[other] Une image de { $name } ({ $subject }) a été signalée par { $count } personnes.
}
report-removed = L’image a été retirée.
report-dismissed = Classé sans suite : l’image reste.
report-banned = Son auteur a été banni.

## Pictures that people bring

picture-first-frame = Elle est animée ; j’en ai pris la première image.
picture-fitted = Je ne dessine pas en { $found } ; elle fait donc { $used } ici.
picture-recipe = Le fichier dit comment { $maker } l’a faite : je redessine sa demande, avec sa graine.
picture-recipe-known = Le fichier contient la demande faite à { $maker } ; j’en tiens compte. Pour la redessiner, envoyez l’image sans texte.
refused-picture-pixels = « { $name } » compte { $size } pixels ; j’ouvre des images de { $most } millions au plus. Réduisez-la, puis renvoyez-la.
refused-picture-format = « { $name } » n’est pas une image que je sais ouvrir. Je lis PNG, JPEG, WebP, GIF, AVIF et BMP.
refused-file-kind = Je ne sais pas ouvrir « { $name } ». Je lis les images (PNG, JPEG, WebP, GIF, AVIF et BMP), le texte, et les canevas en fichiers .json ou .py.
refused-picture-blocked = Le contrôle des images a trouvé dans cette image quelque chose qui n’est pas montré ici ; je ne la garde donc pas.
refused-picture-unchecked = Cette image n’a pas pu être contrôlée comme il le faut ici ; je ne la garde donc pas. Prévenez s’il vous plaît la personne qui m’administre.
refused-picture-damaged = « { $name } » est abîmée ou n’est pas ce que dit son nom : je ne peux pas l’ouvrir. Enregistrez-la de nouveau en PNG ou en JPEG et envoyez-la-moi.

## Comparer deux images

command-compare = comparer
command-compare-help = Voir deux images côte à côte, et ce qui a changé
parameter-pictures = images
parameter-pictures-help = Leurs numéros dans /history, par exemple 2 5 ; sinon la dernière et la précédente
compare-numbers = « { $entered } » ne désigne pas deux images. Donnez deux numéros de 1 à { $most }, comme /history les montre : /compare 1 { $most }
compare-nothing = Il n’y a pas d’image avant celle-ci à laquelle la comparer.
compared-alt = Les deux images, la plus ancienne à gauche
compared-same = Rien n’a changé : même canevas, même graine.
compared-scene = La scène : « { $before } » → « { $after } »
compared-added = Nouveau : { $name }
compared-removed = Disparu : { $name }
compared-thing = { $name } : { $changes }
compared-moved = déplacé
compared-resized = autre taille
compared-nearer = plus proche
compared-farther = plus loin
compared-recolored = { $before } → { $after }
compared-redescribed = désormais « { $after } »
compared-more = { $count ->
    [one] Et une autre chose.
   *[other] Et { $count } autres choses.
 }
compared-size = Taille : { $before } → { $after }
compared-seed = Graine : { $before } → { $after }
web-compare-slider = Part visible de la seconde image
web-compare-earlier = Avant
web-compare-later = Après
## La page d’administration

admin-page-title = État du service
admin-page-queue = En attente et en cours
admin-page-failures = Échecs
admin-page-people = Qui a le plus demandé aujourd’hui, en images ordinaires
admin-page-hours = Les dernières 24 heures
admin-page-nothing = Rien
admin-page-waiting = En attente
admin-page-running = En cours
admin-page-reports = Signalements à traiter
admin-page-finished = Terminées
admin-page-failed = Échouées

## Un canevas pour d’autres programmes

command-export = exporter
command-export-help = Obtenir le canevas de la dernière image pour un autre programme
parameter-form = format
export-which = Pour quel programme ?
export-unknown = Je n’écris pas de format nommé « { $entered } ». Il y a : { $forms }.
export-whole = Tout ce qui est sur le canevas est dans ce fichier ; relu, il redonne le même canevas.
export-layers = L’image en calques : l’arrière-plan, et chaque chose à part.
export-no-layers = Cette image n’est pas en calques. Elles le sont là où `render.method` vaut `layered`.
export-no-psd = Je ne peux pas écrire de PSD ici, car le paquet psd-tools n’est pas installé. `/export openraster` fonctionne.
export-form = { $form ->
    [ideogram] Ideogram 4 (légende JSON)
    [fibo] FIBO (demande structurée)
    [boxes] ComfyUI (cadres pour Create Bounding Boxes)
    [comfyui] ComfyUI (les nœuds Omost)
    [json] Ce bot (JSON)
    [openraster] OpenRaster (calques, pour Krita et GIMP)
    [psd] PSD (calques, pour Photoshop)
   *[code] Omost (code)
 }
export-loss = { $loss ->
    [edges] Les bords situés entre deux pas de ce format sont allés au plus proche, à un millième de l’image au plus.
    [places] Ce format n’a de mots que pour 729 emplacements : les cadres placés librement ont reçu les plus proches.
    [order] Il sait ce qui est devant quoi, mais ne connaît pas de distances.
    [words] Étiquettes, ambiance, style et qualité sont devenus des phrases des descriptions.
    [shared] L’ambiance et le style, que chaque chose avait pour elle, sont dits de toute l’image.
    [scene] Il n’énumère que des choses : les mots et la couleur de la scène n’y sont pas.
   *[held] Les négatifs, méthodes de région, forces et images de référence n’y sont pas.
 }

## Les ébauches

button-enhance = Finaliser
footer-draft = ébauche
which-enhance = Laquelle faut-il dessiner en entier ?
enhanced-already = Cette image n’est pas une ébauche : il n’y a rien à finaliser. Agrandir la rend plus grande.
command-enhance = finaliser
command-enhance-help = Dessiner en entier la dernière ébauche

## Personnages

character-usage = Écrivez /character save Mimi the cat : le chat de la dernière image sera Mimi dans vos prochaines images ; /character list ; /character forget Mimi.
character-saved = { $name }, c’est désormais { $description } : nommez { $name } dans une demande, par exemple « { $name } sur une plage ».
character-words-alone = { $names } : la description et la couleur seulement. Le modèle d’ici ne sait pas s’inspirer d’une image ; la personne qui m’héberge peut ajouter un IP-Adapter pour SDXL (models.ip_adapter).
character-which = Lequel est { $name } ? Écrivez /character save { $name } avec son numéro ou ses mots :
character-list = Vos personnages :
character-none = Vous n’avez encore aucun personnage. Écrivez /character save Mimi the cat, et le chat de la dernière image sera Mimi dans vos prochaines images.
character-forgotten = { $name } est oublié. Les images où { $name } figure restent.
character-unknown = Vous n’avez pas de personnage nommé « { $name } ». /character list montre ceux que vous avez.
character-bad-name = « { $name } » ne peut pas être un nom : il faut une lettre, et au plus { $most } caractères. Plusieurs mots se mettent entre guillemets.
character-too-many = Vous avez { $most } personnages ; je n’en garde pas plus. /character forget NOM fait de la place.
command-character = personnage
command-character-help = Garder sous un nom une partie de la dernière image, pour les suivantes
character-do-save = Enregistrer
character-do-list = Lister
character-do-forget = Oublier
parameter-name = nom
parameter-name-help = Le nom du personnage, par exemple Mimi
parameter-region = partie
parameter-region-help = Pour enregistrer : ses mots ou son numéro dans la dernière image, par exemple the cat

## Pictures that lead

control-not-here = Le modèle d’ici ne sait pas suivre la pose, la profondeur ou les lignes d’une image. La personne qui m’héberge peut indiquer un ControlNet pour SDXL (models.controlnet). Sans « utilise comme … », je pars de l’image elle-même.
control-no-words = Dites aussi quoi dessiner, par exemple : utilise comme pose : un chevalier dans une forêt

## Pictures that are described

command-describe-help = Regarder ce que montre une image, pour pouvoir en changer des parties
parameter-picture-help = L’image ; sans elle, la dernière apportée ici
command-describe = décrire
parameter-picture = image
describe-what = Joignez l’image que je dois décrire, ou répondez-y.
describe-known = On sait déjà ce que montre cette image : appuyez sur Composition ou Canevas en dessous.
describe-unset = Aucun modèle qui voit les images n’est installé ici. Qui m’héberge peut régler vision.model ou vision.url (docs/pictures.md) ; d’ici là, dessinez-y des régions avec Canevas.
