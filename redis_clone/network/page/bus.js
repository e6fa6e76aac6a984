// The bus of a lesson's cluster as a space-time diagram: a line for each node, an arrow for each message.

import { el, svg, plural } from "./elements.js";

const LEFT = 96; // room for the time
const RIGHT = 30; // more room for the notes of the last node
const COLUMN = 190;
const LINE = 16; // of a text
const ROW = 30; // the least height of a row
const LETTERS = 26; // in a line of a note
const RECENT = 14; // so many rows are shown in any case; of the others, those that tell something
const HEAD = 34;
const UNDERWAY = 48; // below the last row: where arrows end that have not arrived
const STUB = { x: 46, y: 14 }; // an arrow of what is held: by a cut, or for a node that stands still

export function bus(state) {
  const panel = state.bus;
  if (!panel) return null;
  return [
    controls(panel),
    el("ul", { class: "busnodes" }, panel.nodes.map((node) => about(node, panel))),
    panel.is_halted ? waiting(panel) : null,
    panel.is_halted ? el("div", { class: "scroll spacetime", tabindex: 0 }, diagram(panel)) : null,
  ];
}

function controls({ is_halted: isHalted, aligns }) {
  return el(
    "div",
    { class: "steps", role: "group", "aria-label": "Steps of the bus" },
    button("bushalt", isHalted ? "Resume the bus" : "Halt the bus", "b"),
    button("busstep", "Next message", "n", { disabled: !isHalted }),
    button("busevent", "Next event", "e", { disabled: !isHalted }),
    button("busalign", "Align elections", "a", { disabled: !isHalted, "aria-pressed": String(aligns) }),
  );
}

function button(action, text, key, attributes = {}) {
  return el("button", { "data-action": action, title: `${text} (${key})`, ...attributes }, text);
}

function about(node, panel) {
  return el(
    "li",
    {},
    el("b", {}, node.port),
    ` ${roleOf(node)}, epoch ${node.epoch} `,
    el(
      "button",
      {
        class: "quiet",
        "data-action": "buspause",
        "data-node": node.port,
        "aria-pressed": String(node.is_paused),
        "aria-label": `Pause ${node.port}`,
      },
      node.is_paused ? "Paused" : "Pause",
    ),
    cuts(node, panel),
    el("span", { class: "tag bad", hidden: node.is_running }, "has ended"),
    el("span", { class: "tag bad", hidden: node.is_ok }, "sees the cluster down"),
  );
}

function cuts(node, { nodes, cuts: cut }) {
  const isCut = (other) => cut.some((pair) => pair.includes(node.port) && pair.includes(other.port));
  return el(
    "details",
    {},
    el("summary", { "aria-label": `Cut ${node.port} from other nodes` }, "Cut from…"),
    nodes
      .filter((other) => other.port !== node.port)
      .map((other) =>
        el(
          "button",
          {
            class: "quiet",
            "data-action": "buscut",
            "data-one": node.port,
            "data-other": other.port,
            "aria-pressed": String(isCut(other)),
            "aria-label": `Cut ${node.port} from ${other.port}`,
          },
          `${isCut(other) ? "✂ " : ""}${other.port}`,
        ),
      ),
  );
}

function roleOf({ role, slots }) {
  return role === "master" ? `master of ${plural(slots, "slot")}` : role;
}

// The messages that could arrive next, in the order in which they were sent.
function waiting({ arrows, waiting: numbers }) {
  const next = arrows.filter((arrow) => numbers.includes(arrow.number));
  if (!next.length) return el("p", { class: "more" }, "No message is on its way: at the next step time passes.");
  return el(
    "ol",
    { class: "underway", "aria-label": "Messages on their way; choose one to let it arrive" },
    next.map((arrow) =>
      el(
        "li",
        {},
        el(
          "button",
          { "data-action": "busstep", "data-message": arrow.number },
          `${arrow.sender} → ${arrow.receiver} `,
          el("b", {}, arrow.kind),
          arrow.text ? ` ${arrow.text}` : "",
        ),
      ),
    ),
  );
}

function diagram(panel) {
  const { nodes, rows, arrows } = panel;
  const x = new Map(nodes.map((node, index) => [node.port, LEFT + (index + 0.12) * COLUMN]));
  const [y, end, shown, gaps] = places(rows, arrows);
  const isShown = new Set(shown.map((row) => row.number));
  const width = LEFT + nodes.length * COLUMN + RIGHT;
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${end + UNDERWAY + 10}`, style: { width: `${width / 16}rem` }, role: "img", "aria-label": inWords(panel) },
    nodes.map((node) => [
      svg("text", { class: "head", x: x.get(node.port), y: 16 }, String(node.port)),
      svg("line", {
        class: node.is_running && !node.is_paused ? "life" : "life still",
        x1: x.get(node.port),
        x2: x.get(node.port),
        y1: HEAD - 10,
        y2: end + UNDERWAY,
      }),
    ]),
    gaps.map((gap) => svg("text", { class: "time", x: 4, y: gap.y }, `⋮ ${gap.count} more`)),
    shown.map((row) => svg("text", { class: "time", x: 4, y: y.get(row.number) + 4 }, timeOf(row))),
    arrows
      .filter((arrow) => arrow.received_row === null || isShown.has(arrow.received_row))
      .map((arrow) => drawArrow(arrow, x, y, end, panel)),
    shown.map((row) => notesOf(row).map(([port, lines]) => drawNote(lines, x.get(port), y.get(row.number)))),
  );
}

function timeOf(row) {
  const seconds = (row.elapsed_ms / 1000).toFixed(1);
  return row.text.startsWith("+") || !row.text ? `${seconds} s` : row.text;
}

// Where each row is; rows in which nothing was said are left out when they are older, and counted in gaps.
function places(rows, arrows) {
  const telling = new Set(arrows.filter(tellsSomething).map((arrow) => arrow.received_row));
  const y = new Map();
  const shown = [];
  const gaps = [];
  let at = HEAD;
  rows.forEach((row, index) => {
    const isRecent = index >= rows.length - RECENT;
    if (isRecent || row.notes.length || telling.has(row.number) || (row.text && !row.text.startsWith("+"))) {
      const lines = Math.max(0, ...notesOf(row).map(([, texts]) => texts.length));
      y.set(row.number, at + 12);
      shown.push(row);
      at += Math.max(ROW, lines * LINE + 14);
      return;
    }
    if (!gaps.length || gaps.at(-1).after !== shown.length) {
      gaps.push({ after: shown.length, count: 0, y: at + 14 });
      at += 22;
    }
    gaps.at(-1).count += 1;
    y.set(row.number, gaps.at(-1).y);
  });
  return [y, at + 10, shown, gaps];
}

function tellsSomething({ kind, text, received_row: row }) {
  const isGossip = kind === "ping" || kind === "pong";
  return row !== null && (isGossip ? text.includes("fail?") : true); // a failure that all know is no news
}

// The notes of a row: each node's lines, broken where they are long.
function notesOf(row) {
  const found = new Map();
  for (const [port, text] of row.notes) found.set(port, [...(found.get(port) ?? []), ...broken(text)]);
  return [...found];
}

function broken(text) {
  const lines = [""];
  for (const word of text.split(" ")) {
    if (lines.at(-1) && lines.at(-1).length + word.length >= LETTERS) lines.push("");
    lines.push(`${lines.pop()} ${word}`.trim());
  }
  return lines;
}

function drawNote(lines, x, y) {
  return svg(
    "g",
    { class: "note" },
    svg("circle", { cx: x, cy: y, r: 4 }),
    lines.map((line, index) => svg("text", { x: x + 9, y: y + 4 + index * LINE }, line)),
  );
}

function drawArrow(arrow, x, y, end, panel) {
  const isUnderway = arrow.received_row === null;
  const isNext = panel.waiting.includes(arrow.number);
  const isHeld = isUnderway && holds(panel, arrow);
  const from = { x: x.get(arrow.sender), y: y.get(arrow.sent_row) ?? HEAD };
  const to = { x: x.get(arrow.receiver), y: isUnderway ? end + UNDERWAY : y.get(arrow.received_row) };
  const share = 1 - 8 / Math.hypot(to.x - from.x, to.y - from.y); // the tip is beside the line of the node
  const tip = isHeld
    ? { x: from.x + Math.sign(to.x - from.x) * STUB.x, y: from.y + STUB.y }
    : { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
  const text = arrow.text ? `${arrow.kind} ${arrow.text}` : arrow.kind;
  return svg(
    "g",
    {
      class: `arrow ${arrow.is_lost ? "lost" : isUnderway ? "on" : "done"} k-${arrow.kind}`,
      "data-action": isNext ? "busstep" : null,
      "data-message": isNext ? arrow.number : null,
    },
    svg("line", { x1: from.x, y1: from.y, x2: tip.x, y2: tip.y }),
    arrow.is_lost || isHeld
      ? svg("text", { x: tip.x, y: tip.y + 4 }, arrow.is_lost ? "✕" : "‖")
      : svg("path", { d: head(from, tip) }),
    isUnderway // the buttons say what these are
      ? null
      : svg("text", { x: tip.x - (tip.x - from.x) * 0.3, y: tip.y - (tip.y - from.y) * 0.3 - 4 }, text),
  );
}

// Whether a message cannot arrive: its link is cut, or its receiver stands still.
function holds({ nodes, cuts }, { sender, receiver }) {
  const isPaused = nodes.some((node) => node.port === receiver && node.is_paused);
  return isPaused || cuts.some((cut) => cut.includes(sender) && cut.includes(receiver));
}

function head(from, tip) {
  const angle = Math.atan2(tip.y - from.y, tip.x - from.x);
  const side = (turn) => `${tip.x - 9 * Math.cos(angle + turn)} ${tip.y - 9 * Math.sin(angle + turn)}`;
  return `M ${side(0.4)} L ${tip.x} ${tip.y} L ${side(-0.4)} Z`;
}

// The last rows as sentences, for those who listen.
function inWords({ rows, arrows }) {
  return rows
    .slice(-RECENT)
    .map((row) => {
      const arrived = arrows.find((arrow) => arrow.received_row === row.number);
      const what = arrived ? `${arrived.receiver} ${arrived.is_lost ? "never gets" : "receives"} ${arrived.kind} of ${arrived.sender}` : row.text;
      return [what, ...row.notes.map(([port, text]) => `${port}: ${text}`)].join(". ");
    })
    .join("; ");
}
