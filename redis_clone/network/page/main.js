// Receives what has changed, hands it to the panels, and sends what the teacher asks for.
//
// The address says what is looked at, so that a link shows another person the same: #key=user%3A1&db=0&panel=key

import { show, el, plural, duration } from "./elements.js";
import { History } from "./history.js";
import { orders } from "./orders.js";
import { connections } from "./lanes.js";
import { way, pin } from "./way.js";
import { Timeline } from "./lock.js";
import { keys } from "./keys.js";
import { openedKey } from "./value.js";
import { expiry, eviction } from "./memory.js";
import { disk } from "./disk.js";
import { pubsub, replication } from "./copies.js";
import { cluster } from "./cluster.js";
import { bus } from "./bus.js";

const PANELS = {
  connections,
  way,
  keys,
  key: openedKey,
  expiry,
  eviction,
  disk,
  pubsub,
  replication,
  cluster,
  bus,
};
// A panel is drawn again when one of these parts of the state has changed.
const DRAWN_FROM = { connections: ["connections", "steps"], way: ["commands", "steps"] };
const ORDER = [...document.querySelectorAll("main > section")].map((section) => section.id);
const MOST_COMMANDS = 40;
const MOST_HELD = 3; // in the head of the page

const state = { commands: [], pinned: null, place: place() };
const steps = new History(); // since the server was halted
const timeline = new Timeline(document.querySelector("#lock .body"));
let stream = null;
let secret = "";
let clockAhead = 0; // of the server's machine, in milliseconds
let expiryAhead = 0; // of the clock by which keys expire; in a lesson's cluster it may stand still
let isStepping = false; // a step of the bus was asked for, and is not over
let before = null; // the counters of a second ago

function place() {
  const asked = new Map(
    location.hash
      .slice(1)
      .split("&")
      .filter(Boolean)
      .map((part) => {
        const at = part.indexOf("=");
        return [part.slice(0, at), part.slice(at + 1)];
      }),
  );
  return { key: asked.get("key") ?? null, db: asked.get("db") ?? "0", panel: asked.get("panel") ?? "" };
}

function go(change) {
  const { key, db, panel } = { ...state.place, ...change };
  const parts = [
    key === null ? "" : `key=${key}`,
    db === "0" ? "" : `db=${db}`,
    panel ? `panel=${panel}` : "",
  ];
  location.hash = parts.filter(Boolean).join("&");
}

// The stream of events.  The browser connects again by itself when the server has gone and come back.

function connect() {
  if (stream) stream.close();
  const { key, db } = state.place;
  stream = new EventSource(`/events?db=${db}${key === null ? "" : `&key=${key}`}`);
  stream.onopen = () => live(true);
  stream.onerror = () => {
    live(false);
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, 2000); // it was refused, say by a proxy
  };
  stream.onmessage = (event) => receive(JSON.parse(event.data));
}

function live(isLive) {
  const sign = document.getElementById("live");
  sign.textContent = isLive ? "live" : "waiting for the server";
  sign.classList.toggle("off", !isLive);
  document.body.classList.toggle("stale", !isLive);
}

function receive(event) {
  if (event.secret) {
    secret = event.secret; // a new stream, which tells all that is kept
    state.commands = [];
    steps.clear();
    timeline.holds = [];
    before = null;
    return;
  }
  clockAhead = event.now_ms - Date.now();
  const { commands = [], holds = [], now_ms: _, clock_ms: __, ...panels } = event;
  Object.assign(state, panels);
  expiryAhead = event.clock_ms - Date.now();
  state.now_ms = event.clock_ms;
  if (commands.length) state.commands = [...commands.reverse(), ...state.commands].slice(0, MOST_COMMANDS);
  timeline.add(holds);
  const changed = new Set([...Object.keys(panels), ...(commands.length ? ["commands"] : [])]);
  const wasBack = steps.isBack;
  if (isHalted()) steps.record(state, changed.has("steps") || changed.has("bus"));
  else steps.clear();
  draw(wasBack ? new Set(["all"]) : changed);
}

// Whether steps are made: of commands, or of messages between the nodes of a cluster.
function isHalted() {
  return Boolean(state.steps?.is_halted || state.bus?.is_halted);
}

function draw(changed) {
  const shown = steps.shown(state);
  for (const [name, panel] of Object.entries(PANELS)) {
    if ((DRAWN_FROM[name] ?? [name]).some((part) => changed.has(part)) || changed.has("all")) {
      show(document.querySelector(`#${name} .body`), panel(shown));
    }
  }
  if (changed.has("steps") || changed.has("bus") || changed.has("all")) drawSteps();
  if (changed.has("server")) drawFacts();
  document.getElementById("cluster").hidden = !state.cluster;
  document.getElementById("bus").hidden = !state.bus;
}

function drawFacts() {
  const { server, now_ms: now } = state;
  if (!before || now - before.now > 1000) {
    const rate = before ? Math.max(0, ((server.commands - before.commands) * 1000) / (now - before.now)) : 0;
    before = { now, commands: server.commands, rate };
  }
  const facts = [
    `port ${server.port}`,
    server.role,
    `${plural(Math.round(before.rate), "command")} a second`,
    `up ${duration(now - server.start_ms)}`,
    ...server.restrictions.filter((each) => each !== server.role && each !== server.mode),
  ];
  show(
    document.getElementById("facts"),
    facts.map((fact) => el("span", {}, fact)),
  );
}

function drawSteps() {
  const { is_halted: holdsCommands = false, held = [] } = state.steps ?? {};
  document.body.classList.toggle("halted", isHalted());
  document.getElementById("halt").hidden = holdsCommands;
  for (const id of ["step", "resume", "whatif"]) document.getElementById(id).hidden = !holdsCommands;
  document.getElementById("step").disabled = !held.length;
  for (const id of ["back", "forward"]) {
    document.getElementById(id).hidden = !isHalted() || steps.states.length < 2;
  }
  document.body.classList.toggle("past", steps.isBack);
  const line = document.getElementById("held");
  line.hidden = !holdsCommands && !steps.isBack;
  const past = `Looking back: step ${steps}. The server stands at the last one.`;
  show(line, steps.isBack ? past : heldCommands(held));
}

// Looks at another of the steps that were made; nothing changes in the server.
function look(direction) {
  if (!isHalted()) return;
  steps[direction]();
  draw(new Set(["all"]));
}

// The commands that are held, the one that made the last step first.
function heldCommands(held) {
  if (!held.length) return "Halted: the next command of any client is held before it takes the lock.";
  const shown = held.slice(-MOST_HELD).reverse();
  return [
    shown.map((each) =>
      el(
        "span",
        {},
        el("span", { class: "who" }, `client-${each.client} `),
        el("code", {}, each.argv.join(" ")),
        " is held at ",
        el("b", {}, each.stations.at(-1).name),
      ),
    ),
    held.length > shown.length ? el("span", {}, `and ${held.length - shown.length} more`) : null,
  ];
}

// What the teacher does.

async function act(path) {
  return fetch(path, { method: "POST", headers: { "X-Page-Secret": secret } });
}

// Tries the held commands in each order, and shows what would come of it.
async function whatIf() {
  if (!state.steps?.is_halted) return;
  const answer = await (await act("/what-if")).json();
  const dialog = document.getElementById("orders");
  show(dialog.querySelector(".body"), orders(answer));
  dialog.showModal();
}

// One step after the other: a key that is pressed again meanwhile must not run past what it was to show.
async function stepBus(path) {
  if (isStepping) return;
  isStepping = true;
  await act(path).finally(() => (isStepping = false));
}

const ACTIONS = {
  halt: () => act("/halt"),
  step: (target) => act(target?.dataset.client ? `/step?client=${target.dataset.client}` : "/step"),
  resume: () => act("/resume"),
  whatif: whatIf,
  back: () => look("back"),
  forward: () => look("forward"),
  open: (target) => go({ key: target.dataset.key, db: target.dataset.db ?? state.place.db }),
  db: (target) => go({ db: target.value, key: null }),
  close: () => go({ key: null }),
  pin: (target) => {
    pin(state, target.dataset.at);
    draw(new Set(["commands"]));
  },
  enlarge: (target) => enlarge(target.closest("section").id),
  theme: () => {
    const isDark =
      document.documentElement.dataset.theme === "dark" ||
      (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.dataset.theme = isDark ? "light" : "dark";
  },
  skip: () => document.getElementById("panels").focus(),
  bushalt: () => act(state.bus?.is_halted ? "/bus/resume" : "/bus/halt"),
  busstep: (target) =>
    stepBus(target?.dataset.message ? `/bus/step?message=${target.dataset.message}` : "/bus/step"),
  busevent: () => stepBus("/bus/event"),
  busalign: () => act("/bus/align"),
  buspause: (target) => act(`/bus/pause?node=${target.dataset.node}`),
  buscut: (target) => act(`/bus/cut?one=${target.dataset.one}&other=${target.dataset.other}`),
  help: () => document.getElementById("help").showModal(),
};

function enlarge(id) {
  go({ panel: state.place.panel === id ? "" : id });
}

function showPlace() {
  const { key, db } = state.place;
  state.place = place();
  const large = ORDER.includes(state.place.panel) ? state.place.panel : "";
  document.body.classList.toggle("one", Boolean(large));
  for (const id of ORDER) {
    const section = document.getElementById(id);
    section.classList.toggle("large", id === large);
    section.querySelector(".enlarge").textContent = id === large ? "⤡" : "⤢";
  }
  if (key !== state.place.key || db !== state.place.db || !stream) {
    delete state.key;
    connect();
  }
  draw(new Set(["all"]));
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-action]");
  if (target && target.tagName !== "SELECT") ACTIONS[target.dataset.action](target);
});
document.addEventListener("change", (event) => {
  if (event.target.dataset.action) ACTIONS[event.target.dataset.action](event.target);
});
document.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, dialog")) return;
  const keyed = {
    h: "halt",
    s: "step",
    r: "resume",
    t: "theme",
    w: "whatif",
    ...(state.bus ? { b: "bushalt", n: "busstep", e: "busevent", a: "busalign" } : {}),
    "?": "help",
    ArrowLeft: "back",
    ArrowRight: "forward",
  }[event.key];
  if (keyed && !(keyed === "step" && !state.steps?.is_halted)) ACTIONS[keyed]();
  else if (event.key >= "1" && event.key <= "9" && ORDER[event.key - 1]) enlarge(ORDER[event.key - 1]);
  else if (event.key === "Escape" && state.place.panel) go({ panel: "" });
  else if (event.key === "+" || event.key === "-") resize(event.key === "+" ? 1.1 : 1 / 1.1);
});

function resize(factor) {
  const root = document.documentElement;
  const size = parseFloat(getComputedStyle(root).fontSize) * factor;
  root.style.fontSize = `${Math.min(40, Math.max(10, size))}px`;
}

for (const [index, id] of ORDER.entries()) {
  const heading = document.querySelector(`#${id} h2`);
  const hint = index < 9 ? ` (${index + 1})` : "";
  heading.append(
    el(
      "button",
      {
        class: "enlarge quiet",
        "data-action": "enlarge",
        title: `Fill the page with it${hint}`,
        "aria-label": `Enlarge: ${heading.textContent}`,
      },
      "⤢",
    ),
  );
}
window.addEventListener("hashchange", showPlace);
setInterval(() => {
  // times to live, and how long ago something was
  if (!state.server || document.body.classList.contains("stale")) return;
  if (!state.bus?.is_halted) state.now_ms = Date.now() + expiryAhead;
  draw(new Set(["keys", "key", "expiry", "server"]));
}, 500);
timeline.run(() => Date.now() + clockAhead);
showPlace();
