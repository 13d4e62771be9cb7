bundled-limits = { $language ->
    [fr] Les petits modèles intégrés ne dessinent que des scènes simples et comprennent peu le français.
    [zh] Les petits modèles intégrés ne dessinent que des scènes simples et comprennent peu le chinois.
   *[en] Les petits modèles intégrés ne dessinent que des scènes simples.
 }
bundled-guess = Ils ne connaissent pas « { $thing } » : c’est donc une approximation.
bundled-switch = Pour dessiner tout ce que vous voulez, mettez profile = "omost" dans config.toml.
option-size-name = format
option-style-name = style
option-seed-name = graine
option-count-name = nombre
option-negative-name = exclure
option-steps-name = étapes
option-guidance-name = guidage
option-initial-name = départ
option-size-help = La forme de l’image
option-style-help = L’allure de l’image
option-seed-help = Les mêmes mots avec la même graine donnent la même image
option-count-help = Combien d’images
option-negative-help = Ce que l’image ne doit pas montrer
option-steps-help = En combien d’étapes dessiner
option-guidance-help = À quel point suivre le canevas
option-initial-help = Partir ou non des grandes couleurs de la composition
option-initial-off = Du bruit seul
option-initial-0-95 = 0,95 : de couleurs marquées
option-initial-0-97 = 0,97 : de couleurs
option-initial-0-99 = 0,99 : d’une trace de couleurs
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
