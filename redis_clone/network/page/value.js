// One key opened: a drawing for each kind of value.

import { el, empty, bytes, grouped, plural, duration } from "./elements.js";
import { left, ago } from "./keys.js";
import { Tree } from "./tree.js";
import { Registers } from "./registers.js";

const tree = new Tree();
const registers = new Registers();

const DRAWINGS = { string, hyperloglog, list, intset, set, hash, "sorted set": sortedSet, stream };

export function openedKey(state) {
  const panel = state.key;
  if (!panel)
    return empty(
      state.place.key === null ? "Choose a key on the list, or open this page with #key=its name." : "…",
    );
  if (panel.type === "none")
    return [heading(panel, []), empty("There is no such key now. It is shown as soon as there is.")];
  const facts = [
    panel.type,
    panel.encoding,
    bytes(panel.bytes),
    panel.expire_at_ms ? `expires in ${left(panel.expire_at_ms, state.now_ms)}` : "lives for ever",
    panel.watchers
      ? `version ${panel.version}, watched by ${plural(panel.watchers, "client")}`
      : "not watched",
    state.keys?.is_lfu ? `LFU counter ${panel.access}` : `accessed ${ago(panel.access, state.now_ms)}`,
  ];
  return [heading(panel, facts), DRAWINGS[panel.parts.kind](panel.parts, panel, state)];
}

function heading(panel, facts) {
  return el(
    "div",
    { class: "opened" },
    el("h3", {}, el("code", {}, panel.key || '""')),
    el("button", { class: "quiet", "data-action": "close", "aria-label": "Close the key" }, "✕"),
    el(
      "p",
      { class: "facts" },
      facts.map((fact) => el("span", {}, fact)),
    ),
  );
}

function string(parts) {
  const octets = parts.hex.match(/../g) ?? [];
  return [
    el("p", { class: "text" }, el("code", {}, parts.text)),
    el("p", { class: "about" }, `${plural(parts.length, "byte")}; as bits, the highest of a byte first:`),
    el(
      "div",
      { class: "octets" },
      octets.map((octet, index) =>
        el(
          "span",
          { class: "octet", title: `byte ${index}` },
          el(
            "span",
            { class: "bits", role: "img", "aria-label": `byte ${index} is ${octet}` },
            [...parseInt(octet, 16).toString(2).padStart(8, "0")].map((bit) =>
              el("i", { class: bit === "1" ? "on" : "" }),
            ),
          ),
          el("small", {}, octet),
        ),
      ),
    ),
    parts.length > octets.length
      ? el("p", { class: "more" }, `and ${plural(parts.length - octets.length, "byte")} more`)
      : null,
  ];
}

function hyperloglog(parts) {
  registers.draw(parts.registers);
  return [
    el("p", { class: "figure" }, "about ", el("b", {}, plural(parts.count, "different element"))),
    el(
      "p",
      { class: "about" },
      `16,384 registers in ${bytes(parts.length)}, ${parts.is_sparse ? "sparse: runs of equal ones" : "dense: 6 bits each"}. `,
      "Each keeps the longest run of zeros that it has seen; the darker, the longer.",
    ),
    registers.element,
  ];
}

function list(parts) {
  return [
    el(
      "p",
      { class: "about" },
      `${plural(parts.blocks.length + parts.more_blocks, "block")} of up to ${parts.block_size} items: a push or pop moves items within one block only.`,
    ),
    el(
      "ol",
      { class: "blocks" },
      parts.blocks.map((block) =>
        el(
          "li",
          { class: "block" },
          el("span", { class: "fill", style: { height: `${(block.length / parts.block_size) * 100}%` } }),
          el("b", {}, grouped(block.length)),
          [
            ...block.first.map(item),
            block.length > block.first.length + block.last.length ? el("span", { class: "gap" }, "⋮") : null,
            ...block.last.map(item),
          ],
        ),
      ),
    ),
    parts.more_blocks ? el("p", { class: "more" }, `and ${plural(parts.more_blocks, "block")} more`) : null,
  ];
}

function item(text) {
  return el("code", {}, text === "" ? '""' : text);
}

function intset(parts, panel) {
  return [
    el(
      "p",
      { class: "about" },
      `Integers in order, each in ${plural(parts.width, "byte")}: a greater one makes all of them wider, a member that is no integer makes it a table.`,
    ),
    el(
      "ol",
      { class: "cells" },
      parts.members.map((member) => el("li", { class: `w${parts.width}` }, member)),
    ),
    rest(panel, parts.members),
  ];
}

function set(parts, panel) {
  return [
    el(
      "p",
      { class: "about" },
      `${plural(panel.length, "member")}, in no order. Redis would keep this as a ${panel.encoding}; here it is a Python set.`,
    ),
    el(
      "ul",
      { class: "cells" },
      parts.members.map((member) => el("li", {}, member)),
    ),
    rest(panel, parts.members),
  ];
}

function hash(parts, panel) {
  return [
    el(
      "p",
      { class: "about" },
      `${plural(panel.length, "field")}. Redis would keep this as a ${panel.encoding}; here it is a Python dict.`,
    ),
    el(
      "div",
      { class: "scroll" },
      el(
        "table",
        { class: "hash" },
        el(
          "tbody",
          {},
          parts.fields.map(([field, value]) =>
            el("tr", {}, el("th", { scope: "row" }, item(field)), el("td", {}, item(value))),
          ),
        ),
      ),
    ),
    rest(panel, parts.fields),
  ];
}

function rest(panel, shown) {
  return panel.length > shown.length
    ? el("p", { class: "more" }, `and ${grouped(panel.length - shown.length)} more`)
    : null;
}

function sortedSet(parts, panel) {
  tree.draw(panel.link, parts.tree);
  return [
    el(
      "p",
      { class: "about" },
      `An AVL tree of (score, member), ${plural(parts.height, "level")} for ${plural(panel.length, "member")}. `,
      "Each node counts the keys below it: so a rank is found on the way down. A ring marks a node that a rotation or a new key has moved. ",
      panel.encoding === "listpack"
        ? "(Redis would still keep so few in a listpack; here the tree is there from the first one on.)"
        : null,
    ),
    tree.element,
    el(
      "ol",
      { class: "cells ranked", start: "0" },
      parts.members.slice(0, 40).map(([member, score]) => el("li", {}, item(member), el("small", {}, score))),
    ),
    rest(panel, parts.members.slice(0, 40)),
  ];
}

function stream(parts, panel, state) {
  return [
    el(
      "p",
      { class: "about" },
      `${plural(parts.entries_added, "entry").replace("entrys", "entries")} ever added, the last id is ${parts.last_id}.`,
    ),
    el(
      "ol",
      { class: "blocks low" },
      parts.blocks.map((block) =>
        el(
          "li",
          { class: "block" },
          el("span", { class: "fill", style: { height: `${block.slots}%` } }),
          el("b", {}, grouped(block.entries)),
          el("small", {}, block.first),
        ),
      ),
    ),
    parts.groups.map((group) => streamGroup(group, state.now_ms)),
    el(
      "div",
      { class: "scroll" },
      el(
        "table",
        { class: "hash" },
        el(
          "tbody",
          {},
          parts.entries.map((entry) =>
            el("tr", {}, el("th", { scope: "row" }, item(entry.id)), el("td", {}, entry.fields.map(item))),
          ),
        ),
      ),
    ),
  ];
}

function streamGroup(group, now) {
  return el(
    "section",
    { class: "group" },
    el(
      "h4",
      {},
      `group ${group.name}`,
      el(
        "small",
        {},
        ` has delivered up to ${group.last_id}, lag ${group.lag ?? "unknown"}, ${group.pending} pending`,
      ),
    ),
    el(
      "ul",
      {},
      group.consumers.map((consumer) =>
        el(
          "li",
          {},
          el("b", {}, consumer.name),
          consumer.pending.length ? null : el("small", {}, " nothing pending"),
          consumer.pending.map((each) =>
            el(
              "span",
              {
                class: each.deliveries > 1 ? "tag bad" : "tag multi",
                title: `delivered ${plural(each.deliveries, "time")}`,
              },
              `${each.id} ×${each.deliveries}, ${duration(Math.max(now - each.since_ms, 0))}`,
            ),
          ),
          consumer.count > consumer.pending.length
            ? ` and ${consumer.count - consumer.pending.length} more`
            : "",
        ),
      ),
    ),
  );
}
