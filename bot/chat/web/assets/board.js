// A canvas taken in hand: boxes over the picture, a list of the regions, undo without end. Plain DOM, no library.
//
// A state is a list of regions, nearest first, that is never changed in place: undoing is showing an earlier list.
"use strict";

(() => {
  const told = JSON.parse(document.getElementById("told").textContent);
  const say = told.words;
  const base = location.pathname.replace(/\/$/, "");
  const by = (id) => document.getElementById(id);
  // As a Mini App: Telegram tells who opened the page behind the #, which no request carries but our own.
  const initData = new URLSearchParams(location.hash.slice(1)).get("tgWebAppData");
  const headers = initData ? { "X-Telegram-Init-Data": initData } : {};
  let picture = "";
  const LEAST = 4; // cells of a box made by hand
  let board = null; // what the server told
  let things = null; // what is cut out of the picture, if that was drawn in layers
  let states = []; // earlier ones, the present, and those that were undone
  let at = 0;
  let chosen = null; // the id of a region
  let passing = null; // the state while something is dragged
  let made = 0;
  let handedIn = null; // the state that the bot has been given

  const now = () => passing ?? states[at];

  function label() {
    const put = (id, text) => (by(id).textContent = text);
    put("undo", say.undo);
    put("redo", say.redo);
    put("draw", say.draw);
    put("hint", say.hint);
    document.querySelector(".snap span").textContent = say.snap;
    document.querySelector("#add button").textContent = say.add;
    by("what").placeholder = say.addWhat;
    by("what").setAttribute("aria-label", say.addWhat);
    by("regions").setAttribute("aria-label", say.regions);
    if (told.back) {
      by("back").href = told.back;
      by("back").textContent = say.back;
      by("back").hidden = false;
    }
  }

  // States

  function commit(next) {
    passing = null;
    tell("");
    if (JSON.stringify(next) === JSON.stringify(states[at])) return show();
    states = [...states.slice(0, at + 1), next];
    at += 1;
    show();
  }

  function step(by) {
    const to = at + by;
    if (to < 0 || to >= states.length) return;
    passing = null;
    tell("");
    at = to;
    show();
  }

  const changed = (id, values) => now().map((each) => (each.id === id ? { ...each, ...values } : each));
  const found = (id) => now().find((each) => each.id === id);

  function clamp(box) {
    const [left, top, right, bottom] = box;
    const width = Math.min(Math.max(right - left, LEAST), board.grid);
    const height = Math.min(Math.max(bottom - top, LEAST), board.grid);
    const x = Math.min(Math.max(left, 0), board.grid - width);
    const y = Math.min(Math.max(top, 0), board.grid - height);
    return [x, y, x + width, y + height];
  }

  // The named box that has its edges nearest, or the box itself where boxes move freely.
  function fitted(box) {
    const whole = clamp(box).map((edge) => Math.round(edge));
    if (!by("snap").checked) return whole;
    const away = (other) => other.reduce((sum, edge, i) => sum + (edge - whole[i]) ** 2, 0);
    return board.named.reduce((best, each) => (away(each) < away(best) ? each : best));
  }

  // Put a region before or behind another; distances are shared out anew only where they leave no room between.
  function moved(id, to) {
    const rest = now().filter((each) => each.id !== id);
    const place = Math.min(Math.max(to, 0), rest.length);
    const before = rest[place - 1]?.nearness;
    const behind = rest[place]?.nearness;
    let nearness;
    if (before === undefined && behind === undefined) return now();
    if (before === undefined) nearness = behind * 0.8;
    else if (behind === undefined) nearness = Math.min(before * 1.25, 1000);
    else nearness = (before + behind) / 2;
    const list = [...rest.slice(0, place), { ...found(id), nearness: Number(nearness.toPrecision(4)) }, ...rest.slice(place)];
    const apart = list.every((each, i) => i === 0 || list[i - 1].nearness < each.nearness);
    return apart ? list : list.map((each, i) => ({ ...each, nearness: i + 1 }));
  }

  function shift(id, steps) {
    const place = now().findIndex((each) => each.id === id);
    commit(moved(id, place + steps));
    focus(id);
  }

  function remove(id) {
    const place = now().findIndex((each) => each.id === id);
    chosen = null;
    commit(now().filter((each) => each.id !== id));
    // Whoever has no mouse goes on from where they were: at the next one, or where one can be added.
    const next = now()[Math.min(place, now().length - 1)];
    if (next) focus(next.id);
    else by("what").focus();
  }

  // Of "a yellow ball" yellow, of "a light blue one" lightblue; whatever names no colour is grey until it is given one.
  function colorOf(words) {
    const said = words.toLowerCase().match(/[a-z]+/g) ?? [];
    const named = [...said.map((word, at) => word + (said[at + 1] ?? "")), ...said];
    return board.colors[named.find((word) => Object.hasOwn(board.colors, word))] ?? "#808080";
  }

  function add(words) {
    if (now().length >= board.most) return tell(say.full.replace("{most}", String(board.most)));
    const nearest = now()[0]?.nearness ?? 2;
    const id = `new-${(made += 1)}`;
    const box = fitted([20, 30, 70, 80]);
    const held = { negative: "", method: board.methods[0], strength: "", reference: "", control: "" };
    const nearness = Number((nearest * 0.8).toPrecision(4));
    commit([{ id, key: "", box, nearness, description: words, color: colorOf(words), ...held }, ...now()]);
    choose(id);
  }

  // What is seen

  function show() {
    by("undo").disabled = at === 0;
    by("redo").disabled = at === states.length - 1;
    by("draw").disabled = at === 0 || JSON.stringify(states[at]) === JSON.stringify(states[0]);
    showBoxes();
    showList();
  }

  function showBoxes() {
    const stage = by("boxes");
    const kept = new Map([...stage.children].map((each) => [each.dataset.id, each]));
    const shown = now().map((region) => [region, kept.get(region.id) ?? newBox(region.id)]);
    for (const [region, box] of shown) {
      kept.delete(region.id);
      place(box, region);
    }
    for (const gone of kept.values()) gone.remove();
    shown.forEach(([region, box], i) => {
      // Of things that begin in one corner each name stands below those of the nearer ones.
      const above = shown.slice(0, i).filter(([nearer]) => sameCorner(nearer.box, region.box)).length;
      box.querySelector(".name").style.top = `${above * 1.7}em`;
    });
    shown.reverse().forEach(([, box], i) => {
      // Far to near, so that the nearest is on top; what stands right stays, with its focus.
      if (stage.children[i] !== box) stage.insertBefore(box, stage.children[i] ?? null);
    });
    if (things) things.show(by("things"), now());
    else showGone();
  }

  function sameCorner([left, top], [otherLeft, otherTop]) {
    return Math.abs(left - otherLeft) < 3 && Math.abs(top - otherTop) < 3;
  }

  function place(box, region) {
    const unit = 100 / board.grid;
    const [left, top, right, bottom] = region.box;
    box.style.left = `${left * unit}%`;
    box.style.top = `${top * unit}%`;
    box.style.width = `${(right - left) * unit}%`;
    box.style.height = `${(bottom - top) * unit}%`;
    box.style.setProperty("--own", region.color);
    box.querySelector(".name").textContent = region.description;
    box.setAttribute("aria-label", region.description);
    box.setAttribute("aria-pressed", String(region.id === chosen));
    const first = states[0].find((each) => each.id === region.id);
    const away = !first || JSON.stringify([first.box, first.color]) !== JSON.stringify([region.box, region.color]);
    const seen = Boolean(things?.has(region.id));
    box.classList.toggle("seen", seen);
    box.classList.toggle("moved", away && !seen);
    box.style.backgroundImage = "none";
    box.style.backgroundColor = box.style.backgroundBlendMode = "";
    if (away && first && board.picture && !things) preview(box, first, region);
  }

  // Where something no longer is, the picture is blurred: what will be there, nobody knows yet.
  function showGone() {
    const unit = 100 / board.grid;
    const left = states[0].filter((first) => {
      const still = found(first.id);
      return board.picture && !(still && JSON.stringify(still.box) === JSON.stringify(first.box));
    });
    const layer = by("gone");
    while (layer.children.length > left.length) layer.lastChild.remove();
    while (layer.children.length < left.length) layer.append(document.createElement("div"));
    left.forEach(({ box: [x, y, right, bottom] }, i) => {
      layer.children[i].style.cssText =
        `left:${x * unit}%;top:${y * unit}%;width:${(right - x) * unit}%;height:${(bottom - y) * unit}%`;
    });
  }

  // What it will roughly be: the piece of the picture that the region covered, taken along, in its new colour.
  function preview(box, first, region) {
    const from = first.box;
    const across = board.grid / (from[2] - from[0]);
    const down = board.grid / (from[3] - from[1]);
    const x = from[2] - from[0] < board.grid ? (from[0] / (board.grid - (from[2] - from[0]))) * 100 : 0;
    const y = from[3] - from[1] < board.grid ? (from[1] / (board.grid - (from[3] - from[1]))) * 100 : 0;
    box.style.backgroundImage = picture;
    box.style.backgroundSize = `${across * 100}% ${down * 100}%`;
    box.style.backgroundPosition = `${x}% ${y}%`;
    if (first.color === region.color) return;
    box.style.backgroundColor = region.color;
    box.style.backgroundBlendMode = "luminosity";
  }

  function newBox(id) {
    const box = document.createElement("div");
    box.className = "box";
    box.dataset.id = id;
    box.tabIndex = 0;
    box.setAttribute("role", "button");
    const name = document.createElement("span");
    name.className = "name";
    name.id = `name-${id}`;
    const grip = document.createElement("span");
    grip.className = "grip";
    box.append(name, grip);
    box.addEventListener("pointerdown", (event) => drag(event, pointedAt(event), event.target === grip));
    box.addEventListener("focus", () => choose(id));
    box.addEventListener("keydown", (event) => press(event, id));
    return box;
  }

  function showList() {
    const list = by("regions");
    const kept = new Map([...list.children].map((each) => [each.dataset.id, each]));
    now().forEach((region, number) => {
      const entry = kept.get(region.id) ?? newEntry(region.id);
      kept.delete(region.id);
      const words = entry.querySelector("textarea");
      if (document.activeElement !== words) words.value = region.description;
      entry.querySelector(".color").value = region.color;
      for (const name of HELD) {
        const own = entry.querySelector(`.${name}`);
        if (document.activeElement !== own) own.value = region[name];
      }
      entry.classList.toggle("chosen", region.id === chosen);
      entry.querySelector(".nearer").disabled = number === 0;
      entry.querySelector(".farther").disabled = number === now().length - 1;
      if (list.children[number] !== entry) list.insertBefore(entry, list.children[number] ?? null);
    });
    for (const gone of kept.values()) gone.remove();
  }

  function newEntry(id) {
    const entry = document.createElement("li");
    entry.dataset.id = id;
    const words = document.createElement("textarea");
    words.rows = 1;
    words.maxLength = 1000;
    words.setAttribute("aria-label", say.description);
    words.addEventListener("focus", () => choose(id));
    words.addEventListener("change", () => {
      const said = words.value.trim();
      if (said) commit(changed(id, { description: said }));
      else words.value = found(id).description; // nothing cannot be drawn
    });
    const row = document.createElement("div");
    row.className = "row";
    const handle = button("≡", "handle", () => choose(id));
    handle.setAttribute("aria-hidden", "true");
    handle.tabIndex = -1;
    handle.addEventListener("pointerdown", (event) => reorder(event, id, handle));
    const color = document.createElement("input");
    color.type = "color";
    color.className = "color";
    color.setAttribute("aria-label", say.color);
    color.addEventListener("change", () => commit(changed(id, { color: color.value })));
    row.append(
      handle,
      color,
      button(say.nearer, "nearer", () => shift(id, -1)),
      button(say.farther, "farther", () => shift(id, 1)),
      button(say.remove, "remove", () => remove(id)),
    );
    for (const each of row.children) {
      // Read out with the region that it is for.
      each.id = `${each.className}-${id}`;
      each.setAttribute("aria-labelledby", `${each.id} name-${id}`);
    }
    entry.append(words, row, held(id));
    return entry;
  }

  const HELD = ["negative", "method", "strength", "reference", "control"];

  // How a region is held: what it is not to show, by which method, how much its words weigh, and what it looks like.
  function held(id) {
    const rows = document.createElement("div");
    rows.className = "held";
    for (const name of HELD) {
      const own = document.createElement(name === "method" ? "select" : "input");
      own.className = name;
      if (name === "negative") own.maxLength = 1000;
      if (name === "strength") own.inputMode = "decimal";
      if (name === "method") {
        board.methods.forEach((each, i) => own.add(new Option(i === 0 ? say.usual : each, each)));
      }
      own.addEventListener("focus", () => choose(id));
      own.addEventListener("change", () => commit(changed(id, { [name]: own.value.trim() })));
      const label = document.createElement("label");
      label.append(say[name], own);
      rows.append(label);
    }
    return rows;
  }

  function button(text, name, does) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = name;
    made.textContent = text;
    made.addEventListener("click", does);
    return made;
  }

  function choose(id) {
    if (chosen === id) return;
    chosen = id;
    show();
  }

  function focus(id) {
    boxOf(id)?.focus({ preventScroll: true });
  }

  // Hands

  // The box of the thing that is seen where somebody points, if not at a name or a corner; else the nearest box.
  function pointedAt(event) {
    const box = event.target.closest(".box");
    if (!things || event.target !== box) return box;
    const whole = by("boxes").getBoundingClientRect();
    const x = ((event.clientX - whole.left) / whole.width) * board.grid;
    const y = ((event.clientY - whole.top) / whole.height) * board.grid;
    return boxOf(things.under([x, y], now())) ?? box;
  }

  const boxOf = (id) => id && by("boxes").querySelector(`[data-id="${CSS.escape(id)}"]`);

  function point(event) {
    if (event.buttons) return;
    const under = event.target.closest(".box") && pointedAt(event);
    for (const box of by("boxes").children) box.classList.toggle("under", box === under);
  }

  function drag(event, box, resizing) {
    if (event.button) return;
    event.preventDefault();
    const id = box.dataset.id;
    choose(id);
    box.focus({ preventScroll: true });
    box.setPointerCapture(event.pointerId);
    const start = found(id).box;
    const cell = by("boxes").getBoundingClientRect().width / board.grid;
    const tall = by("boxes").getBoundingClientRect().height / board.grid;
    const move = (to) => {
      const x = (to.clientX - event.clientX) / cell;
      const y = (to.clientY - event.clientY) / tall;
      const [left, top, right, bottom] = start;
      const wanted = resizing ? [left, top, right + x, bottom + y] : [left + x, top + y, right + x, bottom + y];
      passing = null;
      passing = changed(id, { box: fitted(wanted) });
      showBoxes();
    };
    const end = (last) => {
      box.removeEventListener("pointermove", move);
      box.removeEventListener("pointerup", end);
      box.removeEventListener("pointercancel", end);
      const next = passing;
      passing = null;
      if (next && last.type === "pointerup") commit(next);
      else show();
    };
    box.addEventListener("pointermove", move);
    box.addEventListener("pointerup", end);
    box.addEventListener("pointercancel", end);
  }

  function reorder(event, id, handle) {
    event.preventDefault();
    choose(id);
    handle.setPointerCapture(event.pointerId);
    const move = (to) => {
      const rows = [...by("regions").children].filter((each) => each.dataset.id !== id);
      const place = rows.filter((each) => {
        const where = each.getBoundingClientRect();
        return where.top + where.height / 2 < to.clientY;
      }).length;
      passing = null;
      passing = moved(id, place);
      show();
    };
    const end = () => {
      handle.removeEventListener("pointermove", move);
      handle.removeEventListener("pointerup", end);
      handle.removeEventListener("pointercancel", end);
      commit(now());
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("pointerup", end);
    handle.addEventListener("pointercancel", end);
  }

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  function press(event, id) {
    const arrow = ARROWS[event.key];
    if (arrow) {
      const by = event.shiftKey ? 10 : 1;
      const [x, y] = [arrow[0] * by, arrow[1] * by];
      const [left, top, right, bottom] = found(id).box;
      const resizing = event.ctrlKey || event.metaKey;
      const box = resizing ? [left, top, right + x, bottom + y] : [left + x, top + y, right + x, bottom + y];
      commit(changed(id, { box: clamp(box) }));
    } else if (event.key === "Delete" || event.key === "Backspace") remove(id);
    else if (event.key === "PageUp") shift(id, -1);
    else if (event.key === "PageDown") shift(id, 1);
    else return;
    event.preventDefault();
  }

  const TYPED = "textarea, input:not([type=color], [type=checkbox])"; // what undoes its own letters

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.target.matches(TYPED)) return;
    if (event.key.toLowerCase() === "z") step(event.shiftKey ? 1 : -1);
    else if (event.key.toLowerCase() === "y") step(1);
    else return;
    event.preventDefault();
  });

  // To the bot

  function tell(words, label, does) {
    by("status").textContent = words;
    if (label) by("status").append(button(label, "", does));
  }

  async function draw(anyway) {
    by("draw").disabled = true;
    tell("");
    const drawn = states[at];
    const regions = drawn.map(({ id, ...region }) => region);
    const body = JSON.stringify({ regions, newest: board.newest, anyway });
    let answer;
    try {
      const response = await fetch(`${base}/board`, {
        method: "POST",
        headers: { ...headers, "Content-Type": "application/json" },
        body,
      });
      answer = { ok: response.ok, ...(await response.json()) };
    } catch {
      answer = { ok: false, refused: say.unreachable };
    }
    if (answer.ok) {
      handedIn = drawn;
      if (told.back) location.assign(told.back);
      else tell(say.sent);
      telegram("web_app_close");
      return;
    }
    by("draw").disabled = false;
    const fresh = await fetch(`${base}/board`, { headers }).then((found) => found.json()).catch(() => board);
    const meanwhile = !anyway && fresh.newest && fresh.newest !== board.newest;
    tell(answer.refused, meanwhile ? say.anyway : "", () => draw(true));
  }

  window.addEventListener("beforeunload", (event) => {
    const same = (one) => JSON.stringify(one) === JSON.stringify(states[at]);
    if (!same(states[0]) && !same(handedIn)) event.preventDefault();
  });

  // A picture that is asked for with headers has no address of its own. Without it there are still the boxes.
  async function seen() {
    if (!initData) return `url("${base}/picture")`;
    try {
      const found = await fetch(`${base}/picture`, { headers });
      return found.ok ? `url("${URL.createObjectURL(await found.blob())}")` : "";
    } catch {
      return "";
    }
  }

  // The scene alone in place of the picture, and each thing before it. Without them there is still the picture.
  async function cutOut() {
    try {
      const layers = await fetch(`${base}/layers`, { headers }).then((found) => found.json());
      things = await loadThings(layers, board.grid, states[0]);
      by("stage").style.backgroundImage = `url("${layers.behind}")`;
    } catch {
      things = null;
    }
  }

  // Telegram's programs are told by events (core.telegram.org/api/web-events).
  function telegram(event) {
    if (!initData) return;
    if (window.TelegramWebviewProxy) window.TelegramWebviewProxy.postEvent(event, "{}");
    else window.parent.postMessage(JSON.stringify({ eventType: event, eventData: {} }), "https://web.telegram.org");
  }

  async function begin() {
    label();
    telegram("web_app_ready");
    telegram("web_app_expand");
    try {
      board = await fetch(`${base}/board`, { headers }).then((found) => found.json());
    } catch {
      return tell(say.unreachable);
    }
    if (board.refused) return tell(board.refused);
    document.documentElement.style.setProperty("--ratio", String(board.width / board.height));
    const stage = by("stage");
    stage.style.backgroundColor = board.scene.color;
    if (board.picture) stage.style.backgroundImage = picture = await seen();
    board.picture = Boolean(picture);
    const nearest = (one, other) => one.nearness - other.nearness || Number(other.key) - Number(one.key);
    states = [board.regions.map((each) => ({ ...each, id: each.key })).sort(nearest)];
    if (!board.regions.length) tell(say.nothing);
    if (board.layers) await cutOut();
    by("boxes").addEventListener("pointermove", point);
    by("undo").addEventListener("click", () => step(-1));
    by("redo").addEventListener("click", () => step(1));
    by("draw").addEventListener("click", () => draw(false));
    by("add").addEventListener("submit", (event) => {
      event.preventDefault();
      if (!by("what").value.trim()) return;
      add(by("what").value.trim());
      by("what").value = "";
    });
    show();
  }

  begin();
})();
