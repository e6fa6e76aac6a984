// The keys of a database as a table.

import { el, empty, bytes, duration, grouped, plural } from "./elements.js";

export function keys(state) {
  const panel = state.keys;
  if (!panel) return empty("…");
  const heading = el(
    "p",
    { class: "about" },
    `${plural(panel.total, "key")}, ${grouped(panel.expiring)} with a time to live; `,
    `${grouped(panel.hits)} hits, ${plural(panel.misses, "miss").replace("misss", "misses")}. `,
    databases(panel),
  );
  if (!panel.rows.length)
    return [heading, empty("This database is empty. Try ", "ZADD stages 1 seed 2 leaf 3 bloom")];
  return [
    heading,
    el(
      "div",
      { class: "scroll" },
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            ["key", "type", "encoding", "size", "time to live", panel.is_lfu ? "LFU" : "accessed"].map(
              (title) => el("th", { scope: "col" }, title),
            ),
          ),
        ),
        el(
          "tbody",
          {},
          panel.rows.map((row) => keyRow(row, panel, state)),
        ),
      ),
    ),
  ];
}

function databases(panel) {
  const others = panel.databases.some((each) => each.db === panel.db)
    ? panel.databases
    : [{ db: panel.db, keys: 0 }, ...panel.databases];
  if (others.length < 2) return null;
  return el(
    "select",
    { "data-action": "db", "aria-label": "Database" },
    others.map((each) =>
      el("option", { value: each.db, selected: each.db === panel.db }, `db ${each.db}: ${each.keys}`),
    ),
  );
}

function keyRow(row, panel, state) {
  const isOpen = state.place.key === row.link;
  return el(
    "tr",
    { class: isOpen ? "open" : "" },
    el(
      "th",
      { scope: "row" },
      el(
        "button",
        {
          class: "key",
          "data-action": "open",
          "data-key": row.link,
          "data-db": panel.db,
          "aria-pressed": String(isOpen),
        },
        row.key || '""',
      ),
      row.watchers ? el("span", { class: "tag watch" }, `v${row.version} watched`) : null,
    ),
    el("td", {}, el("span", { class: `type ${row.type}` }, row.type)),
    el("td", {}, row.encoding),
    el("td", { class: "number" }, bytes(row.bytes)),
    el("td", { class: "number" }, left(row.expire_at_ms, state.now_ms)),
    el("td", { class: "number" }, panel.is_lfu ? String(row.access) : ago(row.access, state.now_ms)),
  );
}

export function left(expireAt, now) {
  if (expireAt === null || expireAt === undefined) return "";
  return expireAt > now ? duration(expireAt - now) : "over, not deleted yet";
}

export function ago(time, now) {
  return now - time < 1500 ? "now" : `${duration(now - time)} ago`;
}
