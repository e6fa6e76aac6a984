// Who held the lock in the last seconds: a row for each thread, a bar for each time.

import { el } from "./elements.js";

const SPAN_MS = 6000;
const MOST_ROWS = 8;
const SHORTEST = 2; // pixels: a microsecond would not be seen
const FRAMES_MS = 50;
const CALM_FRAMES_MS = 1000; // for those who want less motion

export class Timeline {
  constructor(parent) {
    this.holds = [];
    this.canvas = el("canvas", { role: "img" });
    this.note = el("p", { class: "about" });
    parent.append(this.canvas, this.note);
  }

  add(holds) {
    for (const [thread, from_us, took_us] of holds)
      this.holds.push({ thread: shortName(thread), from: from_us / 1000, took: took_us / 1000 });
    if (this.holds.length > 4000) this.holds.splice(0, this.holds.length - 4000);
  }

  run(now) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)");
    const step = () => {
      if (document.visibilityState === "visible") this.draw(now());
      setTimeout(() => requestAnimationFrame(step), calm.matches ? CALM_FRAMES_MS : FRAMES_MS);
    };
    step();
  }

  draw(now) {
    const recent = this.holds.filter((hold) => hold.from + hold.took > now - SPAN_MS);
    this.holds = recent;
    const shares = new Map();
    for (const { thread, took } of recent) shares.set(thread, (shares.get(thread) ?? 0) + took);
    const threads = [...shares.keys()].sort(byName).slice(0, MOST_ROWS);
    const style = getComputedStyle(this.canvas);
    const font = parseFloat(style.fontSize);
    const row = font * 1.75;
    const width = this.canvas.clientWidth;
    const height = Math.max(threads.length, 2) * row + font * 1.8;
    const scale = window.devicePixelRatio || 1;
    this.canvas.style.height = `${height}px`;
    this.canvas.width = width * scale;
    this.canvas.height = height * scale;
    const pen = this.canvas.getContext("2d");
    pen.scale(scale, scale);
    pen.font = `${font}px ${style.fontFamily}`;
    pen.textBaseline = "middle";
    const left = Math.min(font * 7.5, width * 0.3);
    const x = (time) => left + ((time - (now - SPAN_MS)) / SPAN_MS) * (width - left);
    this.#axis(pen, style, x, now, height, font);
    threads.forEach((thread, index) => {
      const y = index * row;
      pen.fillStyle = style.getPropertyValue("--line");
      pen.fillRect(left, y + row - 1, width - left, 1);
      pen.fillStyle = style.color;
      pen.fillText(thread, 0, y + row / 2, left - font * 0.6);
      pen.fillStyle = style.getPropertyValue(thread.startsWith("client-") ? "--hold" : "--other");
      for (const hold of recent) {
        if (hold.thread !== thread) continue;
        const from = Math.max(x(hold.from), left);
        pen.fillRect(from, y + row * 0.18, Math.max(x(hold.from + hold.took) - from, SHORTEST), row * 0.64);
      }
    });
    const text = threads.map((thread) => `${thread} ${shares.get(thread).toFixed(1)} ms`).join(", ");
    this.canvas.setAttribute("aria-label", `The lock in the last six seconds: ${text || "nobody held it"}`);
    this.note.textContent = text ? `Held for: ${text}` : "Nobody holds it: the server waits for its clients.";
  }

  #axis(pen, style, x, now, height, font) {
    pen.fillStyle = style.getPropertyValue("--dim");
    for (let second = 0; second < SPAN_MS / 1000; second += 1) {
      const time = Math.ceil((now - SPAN_MS) / 1000 + second) * 1000;
      pen.globalAlpha = 0.25;
      pen.fillRect(x(time), 0, 1, height - font * 1.5);
      pen.globalAlpha = 1;
      const ago = Math.round((now - time) / 1000);
      if (second % 2 === 0) pen.fillText(ago ? `${ago} s ago` : "now", x(time) + 4, height - font * 0.7);
    }
  }
}

// A thread that accepts clients is named by its address, which is long.
export function shortName(thread) {
  return thread.replace(/^accept-.*/, "accept");
}

function byName(one, other) {
  const isClient = other.startsWith("client-") - one.startsWith("client-");
  return isClient || one.localeCompare(other, "en", { numeric: true });
}
