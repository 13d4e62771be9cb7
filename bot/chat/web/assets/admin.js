// The admins' page: asks for the figures every few seconds and shows them. All text goes in as text, never as HTML.
"use strict";

(() => {
  const EVERY = 3000;
  const WIDTH = 480;
  const HEIGHT = 120;
  const SVG = "http://www.w3.org/2000/svg";
  const words = JSON.parse(document.getElementById("words").textContent);
  const now = document.getElementById("now");

  for (const heading of document.querySelectorAll("[data-words]")) heading.textContent = words[heading.dataset.words];

  function time(seconds) {
    if (seconds < 90) return `${seconds} s`;
    return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
  }

  function fill(name, rows) {
    const table = document.getElementById(name);
    table.replaceChildren();
    for (const cells of rows.length ? rows : [[words.nothing]]) {
      const row = table.insertRow();
      for (const cell of cells) row.insertCell().textContent = cell;
    }
  }

  function drawn(kind, attributes) {
    const made = document.createElementNS(SVG, kind);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }

  function chart(hours) {
    const most = Math.max(1, ...hours.map((each) => each.finished + each.failed));
    const all = hours.reduce((sum, each) => [sum[0] + each.finished, sum[1] + each.failed], [0, 0]);
    const label = `${words.finished}: ${all[0]}, ${words.failed}: ${all[1]}`;
    const picture = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label });
    const step = WIDTH / hours.length;
    hours.forEach((each, number) => {
      let top = HEIGHT;
      for (const kind of ["finished", "failed"]) {
        const height = (HEIGHT * each[kind]) / most;
        top -= height;
        picture.append(drawn("rect", { class: kind, x: number * step, y: top, width: step - 2, height }));
      }
    });
    const caption = document.createElement("figcaption");
    caption.textContent = label;
    document.getElementById("hours").replaceChildren(picture, caption);
  }

  async function look() {
    try {
      const response = await fetch("/admin/figures");
      if (!response.ok) throw new Error(String(response.status));
      const seen = await response.json();
      const counts = [["waiting", seen.waiting], ["running", seen.running], ["reports", seen.reports]];
      now.textContent = counts.map(([name, count]) => `${words[name]}: ${count}`).join(" · ");
      fill("queue", seen.queue.map((job) => [job.job, job.who, job.kind, words[job.state] ?? words.waiting, time(job.seconds)]));
      fill("failures", seen.failures.map((job) => [job.job, job.who, job.why, time(job.seconds)]));
      fill("people", seen.people.map((each) => [each.who, each.pictures]));
      chart(seen.hours);
    } catch {
      now.textContent = words.unreachable;
    }
    setTimeout(look, EVERY);
  }

  look();
})();
