// What a page must do at once, without asking the server: typing, sending, scrolling, copying.
"use strict";

const omost = (() => {
  const NARROW = 860;
  const DRAFT = "omost-draft";
  const PATIENCE = 5000; // ms until words that the server did not take may be sent again
  let stuck = true; // whether the reader is at the end, and wants to stay there
  let sending = null; // words under way; they stay in the box until the server has them
  let drawer = null;

  const box = () => document.getElementById("words");
  const scroller = () => document.getElementById("scroll");

  function grow() {
    const area = box();
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, 200)}px`;
  }

  function send(emit) {
    const text = box().value.trim();
    if (!text || text === sending || !window.did_handshake || !window.socket?.connected) return;
    sending = text;
    setTimeout(() => (sending = null), PATIENCE);
    emit(text);
    stuck = true;
  }

  function sent() {
    if (box().value.trim() === sending) {
      box().value = "";
      sessionStorage.removeItem(DRAFT);
      grow();
    }
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

  function follow(area) {
    let height = 0; // of the content, when the reader was last put at its end
    let top = 0;
    const settle = () => {
      height = area.scrollHeight;
      if (stuck) area.scrollTop = height;
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
    label.textContent = "Copied";
    setTimeout(() => (label.textContent = "Copy"), 1500);
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

  function values(form) {
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
    follow(scroller());
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
    if (event.target.closest?.(".sidebar a")) closeDrawer();
    if (event.target.closest?.(".buttons")) stuck = true; // what the button brings comes at the end
  });
  document.addEventListener("DOMContentLoaded", begin);

  return { send, sent, latest, arrived, reveal, copy, values, submitOnModifiedEnter };
})();
window.omost = omost;
