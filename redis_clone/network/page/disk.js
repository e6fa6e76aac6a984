// The append-only file and the snapshot.

import { el, empty, bar, bytes, grouped, plural, duration } from "./elements.js";

export function disk(state) {
  const panel = state.disk;
  if (!panel) return empty("…");
  return [log(panel.log), snapshot(panel, state.now_ms)];
}

function log(log) {
  if (!log.is_on) return empty("There is no append-only file. Begin one: ", "CONFIG SET appendonly yes");
  const rows = [
    ["logged", log.logged, "by commands that ran"],
    ["written", log.written, "given to the system: a reply leaves no sooner"],
    ["on the disk", log.synced, `fsync, ${log.policy}`],
  ];
  return [
    el(
      "ul",
      { class: "positions" },
      rows.map(([name, position, meaning]) =>
        el(
          "li",
          {},
          el("b", {}, name),
          bar(log.logged ? position / log.logged : 1, name),
          el("span", { class: "number" }, grouped(position)),
          el("small", {}, meaning),
        ),
      ),
    ),
    el(
      "p",
      { class: "about" },
      `The files have ${bytes(log.size)}, ${bytes(log.base_size)} after the last rewrite.`,
      log.error ? el("span", { class: "tag bad" }, log.error) : null,
    ),
  ];
}

function snapshot(panel, now) {
  const running = panel.snapshot;
  const points = panel.save_points
    .map(([seconds, changes]) => `${grouped(changes)} in ${grouped(seconds)} s`)
    .join(", ");
  return [
    el(
      "p",
      { class: "about" },
      `${plural(panel.changes, "change")} so far. `,
      points ? `Saves after ${points}. ` : "Saves only when asked. ",
      `Last save ${duration(now - panel.last_save_s * 1000)} ago`,
      panel.last_save_ok ? "." : el("span", { class: "tag bad" }, "failed"),
    ),
    running
      ? [
          el(
            "p",
            { class: "figure" },
            `Snapshot for a ${running.for}: ${grouped(running.taken)} of ${plural(running.total, "key")}`,
          ),
          bar(running.total ? running.taken / running.total : 1, "snapshot"),
          el(
            "p",
            { class: "about" },
            `${plural(running.copied, "value")} copied because a command was about to change them; all others were shared.`,
          ),
        ]
      : null,
  ];
}
