// Makes elements, and brings what stands in the page up to date.
// Text from the server becomes text nodes only, so a key whose name is markup is shown and never run.

const SVG = "http://www.w3.org/2000/svg";

// el("p", {class: "about"}, "Hello ", el("b", {}, "you")); an attribute that is null or false is left out.
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    // The Content-Security-Policy forbids style attributes in markup, but not what a script sets.
    if (name === "style") for (const [key, each] of Object.entries(value)) node.style.setProperty(key, each);
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
  return node;
}

// Show `children` in `parent`.  Nodes that are there already are changed in place where they fit: what has the
// focus keeps it, a click that has begun goes on, what was unfolded stays open, and a width moves to its new value.
export function show(parent, ...children) {
  patchChildren(
    parent,
    children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
}

function patchChildren(parent, wanted) {
  wanted.forEach((node, index) => {
    const there = parent.childNodes[index];
    const next = typeof node === "string" || typeof node === "number" ? document.createTextNode(node) : node;
    if (there === next) return;
    if (!there) parent.append(next);
    else if (fits(there, next)) patch(there, next);
    else there.replaceWith(next);
  });
  while (parent.childNodes.length > wanted.length) parent.lastChild.remove();
}

function fits(there, next) {
  // What is kept is drawn by its owner, who has changed it already.
  return (
    there.nodeName === next.nodeName && there.nodeType === next.nodeType && !next.isKept && !there.isKept
  );
}

function patch(there, next) {
  if (there.nodeType === Node.TEXT_NODE) {
    if (there.data !== next.data) there.data = next.data;
    return;
  }
  for (const { name } of [...there.attributes]) {
    if (name !== "style" && name !== "open" && !next.hasAttribute(name)) there.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (name !== "style" && there.getAttribute(name) !== value) there.setAttribute(name, value);
  }
  if (there.style && there.style.cssText !== next.style.cssText) there.style.cssText = next.style.cssText;
  patchChildren(there, [...next.childNodes]);
}

// 1234567 as 1,234,567.
export function grouped(number) {
  return Number(number).toLocaleString("en");
}

export function bytes(count) {
  if (count < 1024) return `${count} B`;
  const units = ["KB", "MB", "GB", "TB"];
  let at = -1;
  do {
    count /= 1024;
    at += 1;
  } while (count >= 1024 && at < units.length - 1);
  return `${count.toFixed(count < 10 ? 1 : 0)} ${units[at]}`;
}

export function duration(ms) {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} days`;
}

export function plural(count, word) {
  return `${grouped(count)} ${word}${count === 1 ? "" : "s"}`;
}

// What stands where there is nothing to show: how to get something there.
export function empty(text, command) {
  return el("p", { class: "empty" }, text, command ? el("code", {}, command) : null);
}

// A bar with a share of its length filled.
export function bar(share, label, kind = "") {
  const percent = Math.max(0, Math.min(1, share || 0)) * 100;
  return el(
    "div",
    { class: `bar ${kind}`, role: "img", "aria-label": `${label}: ${Math.round(percent)} percent` },
    el("i", { style: { width: `${percent}%` } }),
  );
}
