// What a page must do at once, without asking the server: typing, sending, scrolling, copying.
"use strict";

const omost = (() => {
  const NARROW = 860;
  const DRAFT = "omost-draft";
  const PATIENCE = 5000; // ms until words that the server did not take may be sent again
  let stuck = true; // whether the reader is at the end, and wants to stay there
  let file = null; // what is attached
  let sending = null; // words and file under way; they stay where they are until the server has them
  let drawer = null;

  const box = () => document.getElementById("words");
  const scroller = () => document.getElementById("scroll");

  function grow() {
    const area = box();
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, 200)}px`;
  }

  // Show a file as one that goes with the next words, the first of several; none takes it away.
  function attach(chosen) {
    const files = chosen ? [...chosen] : [];
    file = files[0] ?? null;
    const shown = document.getElementById("attached");
    shown.hidden = !file;
    shown.classList.remove("failed");
    shown.querySelector(".name").textContent = files.length > 1 ? naming(shown.dataset.first, file) : (file?.name ?? "");
    const seen = shown.querySelector("img");
    if (seen.src) URL.revokeObjectURL(seen.src);
    seen.hidden = !file || !isPicture(file);
    if (seen.hidden) seen.removeAttribute("src");
    else seen.src = URL.createObjectURL(file);
    document.getElementById("file").value = "";
    box().focus();
  }

  // A sentence of the page's language about a file.
  function naming(sentence, about) {
    return sentence.replace("%s", () => about.name);
  }

  // Whether the server takes a file for a picture, which may be larger than a canvas: by the ending of its name.
  function isPicture(chosen) {
    const endings = document.getElementById("file").dataset.pictures.split(",");
    return endings.some((ending) => chosen.name.toLowerCase().endsWith(ending));
  }

  // What the server is told of a file: the token that it gave for it, none for one that is too large to be brought.
  async function brought(chosen) {
    const about = { name: chosen.name, size: chosen.size, token: "" };
    const known = document.getElementById("file").dataset;
    const most = isPicture(chosen) ? known.mostPicture : known.most;
    if (chosen.size > Number(most)) return about;
    const name = encodeURIComponent(chosen.name);
    const response = await fetch(`/uploads?name=${name}`, { method: "POST", body: chosen });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return { ...about, token: await response.text() };
  }

  async function send(emit) {
    const text = box().value.trim();
    if (!(text || file) || !window.did_handshake || !window.socket?.connected) return;
    if (sending && sending.text === text && sending.file === file) return;
    const mine = (sending = { text, file });
    setTimeout(() => (sending = sending === mine ? null : sending), PATIENCE);
    const path = location.pathname; // where the words belong, even if the server still shows what was there before
    stuck = true;
    try {
      emit({ words: text, path, file: mine.file && (await brought(mine.file)) });
    } catch (error) {
      sending = null;
      const shown = document.getElementById("attached");
      shown.classList.add("failed");
      shown.querySelector(".name").textContent = naming(shown.dataset.failed, mine.file);
      console.warn(error);
    }
  }

  // The server has the words, and the file of that name if there was one.
  function sent(words, name) {
    if (box().value.trim() === words) {
      box().value = "";
      sessionStorage.removeItem(DRAFT);
      grow();
    }
    if (file && file.name === name) attach(null);
    sending = null;
  }

  function latest(smooth) {
    const area = scroller();
    stuck = true;
    requestAnimationFrame(() => area.scrollTo({ top: area.scrollHeight, behavior: smooth ? "smooth" : "instant" }));
  }

  function closeDrawer() {
    if (drawer !== null && window.innerWidth < NARROW) getElement(drawer)?.hide?.();
  }

  function arrived(drawerId) {
    drawer = drawerId;
    closeDrawer();
    if (window.matchMedia("(pointer: fine)").matches) box()?.focus();
  }

  // Go where a link leads: the address changes at once, so going back right afterwards leads to where one was.
  function follow(event) {
    const path = event.target.closest?.("a[href='/'], a[href^='/c/']")?.getAttribute("href");
    if (!path || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || !window.socket?.connected) return;
    event.preventDefault();
    event.stopPropagation();
    closeDrawer();
    if (path !== location.pathname) history.pushState({ page: path }, "", path);
    emitEvent("sub_pages_open", path);
  }

  function stick(area) {
    let height = 0; // of the content, and where the reader was, when they were last looked at
    let top = 0;
    const settle = () => {
      height = area.scrollHeight;
      if (stuck) area.scrollTop = height;
      top = area.scrollTop;
    };
    area.addEventListener("scroll", () => {
      const atEnd = area.scrollHeight - area.scrollTop - area.clientHeight < 60;
      // Only who goes up leaves the end: content that has just grown does not, nor does what it left on its way down.
      const left = area.scrollTop < top && area.scrollHeight === height;
      if (atEnd || left) stuck = atEnd;
      top = area.scrollTop;
      document.documentElement.classList.toggle("away", !stuck);
    });
    const sizes = new ResizeObserver(settle);
    sizes.observe(area);
    for (const child of area.children) sizes.observe(child);
  }

  async function copy(button) {
    const code = button.parentElement.querySelector("pre");
    const label = button.querySelector(".label");
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code); // no clipboard without https: select it and ask the browser the old way
      document.execCommand("copy");
    }
    const { copy, copied } = button.dataset;
    label.textContent = copied;
    setTimeout(() => (label.textContent = copy), 1500);
  }

  // Scroll to a message of this conversation and let it stand out for a moment.
  function reveal(post) {
    const message = document.querySelector(`article[data-post="${CSS.escape(post)}"]`);
    if (!message) return;
    stuck = false;
    message.scrollIntoView({ behavior: "smooth", block: "center" });
    message.classList.remove("found");
    void message.offsetWidth; // so that the animation begins anew
    message.classList.add("found");
  }

  // What was entered in a form that is sent.
  function values(form) {
    stuck = true; // what it brings comes at the end
    return Object.fromEntries(new FormData(form));
  }

  function submitOnModifiedEnter(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
  }

  function begin() {
    if (!box() || !scroller()) {
      requestAnimationFrame(begin);
      return;
    }
    box().value = sessionStorage.getItem(DRAFT) ?? "";
    grow();
    stick(scroller());
  }

  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "words" || event.key !== "Enter" || event.shiftKey) return;
    if (event.isComposing || event.keyCode === 229) return; // Enter chooses a candidate of an input method
    event.preventDefault();
    event.target.form.requestSubmit();
  });
  document.addEventListener("input", (event) => {
    if (event.target.id !== "words") return;
    sessionStorage.setItem(DRAFT, event.target.value);
    grow();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.(".buttons")) stuck = true; // what the button brings comes at the end
  });
  // Before NiceGUI's own listener, which would change the address only when the server has answered.
  window.addEventListener("click", follow, { capture: true });
  const dropping = (on) => document.documentElement.classList.toggle("dropping", on);
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    dropping(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) dropping(false); // it has left the window
  });
  document.addEventListener("drop", (event) => {
    dropping(false);
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    attach(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    if (event.target.id === "words" && event.clipboardData.files.length) attach(event.clipboardData.files);
  });
  document.addEventListener("DOMContentLoaded", begin);

  return { attach, send, sent, latest, arrived, reveal, copy, values, submitOnModifiedEnter };
})();
window.omost = omost;
