// Expiry and eviction.

import { el, empty, bar, bytes, duration, grouped, plural } from "./elements.js";

export function expiry(state) {
  const panel = state.expiry;
  if (!panel) return empty("…");
  if (!panel.keys)
    return [empty("No key of this database expires. Try ", "SET lunch soup EX 30"), expired(panel)];
  const soonest = Math.max(panel.rows[0].start_ms - state.now_ms, 0);
  const furthest = Math.max(panel.rows.at(-1).start_ms - state.now_ms, 1000);
  return [
    el(
      "p",
      { class: "about" },
      `${plural(panel.keys, "key")} in ${plural(panel.slots, "slot")}; the next begins in ${duration(soonest)}.`,
    ),
    el(
      "ol",
      { class: "slots" },
      panel.rows.map((slot) => {
        const left = slot.start_ms - state.now_ms;
        return el(
          "li",
          {},
          el("time", {}, left > 0 ? `in ${duration(left)}` : "begun"),
          bar(left / furthest, "time left", "thin"),
          el(
            "span",
            { class: "names" },
            slot.keys.map((key) => el("code", {}, key)),
            slot.count > slot.keys.length ? ` and ${slot.count - slot.keys.length} more` : "",
          ),
        );
      }),
    ),
    expired(panel),
  ];
}

function expired(panel) {
  return el(
    "p",
    { class: "about" },
    `${grouped(panel.expired)} expired so far`,
    panel.is_active ? "." : "; active expiry is off, so keys expire when they are touched.",
  );
}

export function eviction(state) {
  const panel = state.eviction;
  if (!panel) return empty("…");
  const limit = panel.maxmemory;
  return [
    el(
      "p",
      { class: "figure" },
      el("b", {}, bytes(panel.used)),
      limit ? ` of ${bytes(limit)}` : " used, no limit",
    ),
    limit
      ? bar(panel.used / limit, "memory", panel.used > limit ? "bad" : "")
      : empty("A limit makes it a cache: ", "CONFIG SET maxmemory 2mb"),
    el(
      "p",
      { class: "about" },
      el("code", {}, panel.policy),
      ` ${panel.reason}`,
      panel.expiring_only ? ", of those with a time to live" : "",
      `; ${grouped(panel.evicted)} evicted so far.`,
    ),
    panel.pool.length
      ? el(
          "ol",
          { class: "pool", "aria-label": "The pool of candidates, the next one first" },
          panel.pool.map((each, index) =>
            el(
              "li",
              {},
              el(
                "button",
                { class: "key", "data-action": "open", "data-key": each.link, "data-db": each.db },
                each.key,
              ),
              index ? null : el("span", { class: "tag bad" }, "next"),
            ),
          ),
        )
      : limit
        ? el(
            "p",
            { class: "about" },
            `The pool is empty: ${plural(panel.samples, "random key")} will be looked at when memory is full.`,
          )
        : null,
  ];
}
