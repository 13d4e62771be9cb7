// The things of a picture that was drawn in layers: each cut out, seen wherever its box is. Knows boxes and no state.
"use strict";

// Of what the server told of the layers, the grid's cells along a side, and the regions as they were drawn.
async function loadThings({ things }, grid, regions) {
  const OPAQUE = 64; // alpha, of 255, from which a thing is there
  const drawn = new Map(regions.map((each) => [each.id, each]));
  const known = new Map();
  for (const thing of things) known.set(thing.key, { ...thing, alpha: await alphaOf(thing.image) });

  // [width, height, RGBA] of a picture.
  async function alphaOf(source) {
    const picture = new Image();
    picture.src = source;
    await picture.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [picture.naturalWidth, picture.naturalHeight];
    const drawing = canvas.getContext("2d");
    drawing.drawImage(picture, 0, 0);
    return [canvas.width, canvas.height, drawing.getImageData(0, 0, canvas.width, canvas.height).data];
  }

  // Where a thing is seen: as the picture will have it, as large as fits into its box, in its own proportions.
  function placed({ id, box }) {
    const { box: own, wider, taller } = known.get(id);
    const { box: first } = drawn.get(id);
    const [across, down] = [0, 1].map((i) => (box[i + 2] - box[i]) / (first[i + 2] - first[i]));
    const zoom = Math.min(wider * across, taller * down) / Math.min(wider, taller);
    const middle = (of, i) => (of[i] + of[i + 2]) / 2;
    return own.map((edge, i) => middle(box, i % 2) + (edge - middle(first, i % 2)) * zoom);
  }

  const has = (id) => known.has(id);

  // The things of regions, nearest first, on a stage; one that has another colour now is shown in that one's shade.
  function show(stage, all) {
    const kept = new Map([...stage.children].map((each) => [each.dataset.id, each]));
    const shown = all.filter(({ id }) => has(id)).reverse();
    shown.forEach((region, i) => {
      const thing = kept.get(region.id) ?? element(region.id);
      kept.delete(region.id);
      const unit = 100 / grid;
      const [left, top, right, bottom] = placed(region);
      thing.style.left = `${left * unit}%`;
      thing.style.top = `${top * unit}%`;
      thing.style.width = `${(right - left) * unit}%`;
      thing.style.height = `${(bottom - top) * unit}%`;
      thing.style.backgroundColor = region.color === drawn.get(region.id).color ? "" : region.color;
      if (stage.children[i] !== thing) stage.insertBefore(thing, stage.children[i] ?? null);
    });
    for (const gone of kept.values()) gone.remove();
  }

  function element(id) {
    const thing = document.createElement("div");
    thing.dataset.id = id;
    thing.style.backgroundImage = thing.style.maskImage = `url("${known.get(id).image}")`;
    return thing;
  }

  // The id of the nearest region whose thing is seen at a point, in cells; none where only the scene is.
  function under([x, y], all) {
    return all.find((region) => {
      if (!has(region.id)) return false;
      const [left, top, right, bottom] = placed(region);
      const [width, height, pixels] = known.get(region.id).alpha;
      const column = Math.floor(((x - left) / (right - left)) * width);
      const row = Math.floor(((y - top) / (bottom - top)) * height);
      if (column < 0 || row < 0 || column >= width || row >= height) return false;
      return pixels[(row * width + column) * 4 + 3] >= OPAQUE;
    })?.id;
  }

  return { has, show, under };
}
