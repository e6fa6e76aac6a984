// The way of a command: its stations, and the commands before it.

import { el, empty } from "./elements.js";

const MAIN = new Set(["call", "propagate", "encode"]); // of all stations

export function way(state) {
  const held = state.steps?.held ?? [];
  const command = state.pinned ?? held.at(-1) ?? state.commands[0];
  if (!command) return empty("The next command is shown here. Try ", "SET greeting hello");
  return [
    el(
      "p",
      { class: "argv" },
      el("span", { class: "who" }, `client-${command.client}`),
      command.argv.map((word) => el("code", {}, word)),
    ),
    el("ol", { class: "stations" }, stations(command)),
    command.reply === undefined
      ? null
      : el(
          "p",
          { class: "reply" },
          "reply ",
          el("code", {}, command.reply || "none yet: the client is blocked"),
        ),
    history(state, command),
  ];
}

function stations(command) {
  let locked = false;
  const bytes = command.resp ? [{ name: "bytes", detail: command.resp, at_us: 0 }] : [];
  const passed = [...bytes, ...command.stations];
  const last = passed.length - 1;
  return passed.map((station, index) => {
    if (station.name === "take the lock") locked = true;
    const here = command.reply === undefined && index === last;
    const item = el(
      "li",
      {
        class: `${locked ? "locked" : ""} ${here ? "here" : ""} ${MAIN.has(station.name) ? "main" : ""}`,
        "aria-current": here ? "step" : null,
      },
      el("b", {}, station.name),
      el("span", { class: "detail" }, station.detail),
      el("time", {}, since(station.at_us)),
    );
    if (station.name === "release the lock") locked = false;
    return item;
  });
}

// A command that is held takes as long as the teacher does.
function since(us) {
  if (us < 10_000) return `${us} µs`;
  return us < 1_000_000 ? `${Math.round(us / 1000)} ms` : `${(us / 1_000_000).toFixed(1)} s`;
}

function history(state, shown) {
  return el(
    "ol",
    { class: "history", "aria-label": "The commands before" },
    state.commands.slice(0, 12).map((command) =>
      el(
        "li",
        {},
        el(
          "button",
          {
            class: command === shown ? "now" : "",
            "data-action": "pin",
            "data-at": identity(command),
            "aria-pressed": String(command === state.pinned),
          },
          el("span", { class: "who" }, `client-${command.client}`),
          el("code", {}, command.argv.join(" ")),
        ),
      ),
    ),
  );
}

function identity(command) {
  return `${command.client}/${command.at_ms}/${command.argv.join(" ")}`;
}

// Keep one command in view, or follow the newest again.
export function pin(state, at) {
  const chosen = state.commands.find((command) => identity(command) === at) ?? null;
  state.pinned = chosen === state.pinned ? null : chosen;
}
