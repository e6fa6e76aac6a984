// The registers of a HyperLogLog as a square of 128 by 128.

import { el } from "./elements.js";

const SIDE = 128;
const SIGNS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"; // as values.py writes them
const DARKEST = 18; // few registers ever hold more

export class Registers {
  constructor() {
    this.canvas = el("canvas", { width: SIDE, height: SIDE, role: "img", class: "registers" });
    this.element = el("div", {}, this.canvas);
    this.element.isKept = true;
    this.drawn = "";
  }

  draw(registers) {
    const ink = getComputedStyle(document.body).getPropertyValue("--hold").trim();
    if (this.drawn === registers + ink) return;
    this.drawn = registers + ink;
    const pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, SIDE, SIDE);
    pen.fillStyle = ink;
    let used = 0;
    [...registers].forEach((sign, index) => {
      const value = SIGNS.indexOf(sign);
      if (!value) return;
      used += 1;
      pen.globalAlpha = Math.min(0.15 + value / DARKEST, 1);
      pen.fillRect(index % SIDE, Math.floor(index / SIDE), 1, 1);
    });
    this.canvas.setAttribute("aria-label", `${used} of ${SIDE * SIDE} registers have seen an element`);
  }
}
