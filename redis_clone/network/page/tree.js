// The AVL tree of a sorted set.  When it changes, its nodes move to their new places, so a rotation is seen.

import { el, svg } from "./elements.js";

const STEP_X = 62; // between neighbours in the order
const STEP_Y = 84; // between levels
const RADIUS = 21;
const MOVES_MS = 700;
const MARKED_MS = 3000; // how long a ring stays

export class Tree {
  constructor() {
    this.svg = svg("svg", { class: "tree", role: "img" });
    this.element = el("div", { class: "scroll" }, this.svg);
    this.element.isKept = true; // elements.js leaves it alone
    this.places = new Map(); // of each member: where it is, or was
    this.marks = new Map(); // of each member that has moved: when
    this.key = null;
    this.drawn = "";
    this.moves = 0; // which movement is the latest
  }

  draw(key, root) {
    const text = JSON.stringify(root);
    if (this.drawn === text && this.key === key) return;
    const isSame = this.key === key;
    this.drawn = text;
    this.key = key;
    const nodes = inOrder(root);
    nodes.forEach((node, index) => {
      node.x = (index + 0.7) * STEP_X;
      node.y = node.depth * STEP_Y + RADIUS + 8;
    });
    const width = (nodes.length + 0.4) * STEP_X;
    const height = (Math.max(0, ...nodes.map((node) => node.depth)) + 1) * STEP_Y;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.style.width = `${width}px`;
    this.svg.style.minWidth = `${width * 0.62}px`; // narrower where there is less room, but still to be read
    this.svg.setAttribute(
      "aria-label",
      `A tree: ${nodes.map((node) => `${node.member} ${node.score}`).join(", ")}`,
    );
    const from = isSame ? this.places : new Map();
    if (!isSame) this.marks.clear();
    const parents = new Map(nodes.map((node) => [node.member, node.parent?.member ?? ""]));
    for (const node of nodes) {
      const before = from.get(node.member);
      node.from = before ?? (node.parent && from.get(node.parent.member)) ?? { x: node.x, y: node.y };
      if (isSame && (!before || before.parent !== parents.get(node.member) || before.y !== node.y)) {
        this.marks.set(node.member, performance.now());
      }
    }
    this.places = new Map(
      nodes.map((node) => [node.member, { x: node.x, y: node.y, parent: parents.get(node.member) }]),
    );
    this.#move(nodes);
  }

  #move(nodes) {
    const move = ++this.moves;
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const begun = performance.now();
    const frame = (now) => {
      if (move !== this.moves) return; // the tree has changed again
      const part = isCalm ? 1 : Math.min((now - begun) / MOVES_MS, 1);
      this.#show(nodes, 1 - (1 - part) ** 3);
      if (part < 1) requestAnimationFrame(frame);
    };
    frame(begun);
    setTimeout(() => {
      if (move === this.moves) this.#show(nodes, 1);
    }, MARKED_MS);
  }

  #isMarked(node) {
    return performance.now() - (this.marks.get(node.member) ?? -MARKED_MS) < MARKED_MS;
  }

  #show(nodes, part) {
    for (const node of nodes) {
      node.at = {
        x: node.from.x + (node.x - node.from.x) * part,
        y: node.from.y + (node.y - node.from.y) * part,
      };
    }
    this.svg.replaceChildren(
      ...nodes
        .filter((node) => node.parent)
        .map((node) =>
          svg("line", { x1: node.at.x, y1: node.at.y, x2: node.parent.at.x, y2: node.parent.at.y }),
        ),
      ...nodes.map((node) =>
        svg(
          "g",
          { class: this.#isMarked(node) ? "moved" : "", transform: `translate(${node.at.x} ${node.at.y})` },
          svg("circle", { r: RADIUS }),
          svg("text", { class: "score", y: "0.35em" }, node.score.slice(0, 6)),
          svg("text", { class: "member", y: RADIUS + 15 }, node.member.slice(0, 9)),
          svg("text", { class: "size", x: RADIUS - 2, y: 4 - RADIUS }, String(node.size)),
          node.isCut ? svg("text", { class: "size", y: RADIUS + 29 }, "⋯") : "",
          svg(
            "title",
            {},
            `${node.member}, score ${node.score}: ${node.size} keys from here down, height ${node.height}`,
          ),
        ),
      ),
    );
  }
}

function inOrder(node, depth = 0, parent = null, found = []) {
  if (!node) return found;
  const made = {
    member: node.member,
    score: node.score,
    size: node.size,
    height: node.height,
    depth,
    parent,
    isCut: node.height > 1 && !node.left && !node.right,
  };
  inOrder(node.left, depth + 1, made, found);
  found.push(made);
  inOrder(node.right, depth + 1, made, found);
  return found;
}
