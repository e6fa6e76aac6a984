// The connections as lanes, and the other threads.

import { shortName } from "./lock.js";
import { el, empty, bytes, plural } from "./elements.js";

// The states have a colour and a sign each, so that nobody needs to see the colour.
const SIGNS = {
  reading: ["read", "…"],
  "waiting for the lock": ["wait", "⧗"],
  "holding the lock": ["hold", "■"],
  blocked: ["block", "‖"],
  sending: ["send", "→"],
  "waiting for the disk": ["disk", "⛁"],
};

export function connections(state) {
  const { lanes, total, threads } = state.connections ?? { lanes: [], total: 0, threads: [] };
  if (!lanes.length) {
    return [
      empty("Nobody is connected. In a terminal: ", `python client.py -p ${state.server?.port ?? ""}`),
      otherThreads(threads),
    ];
  }
  return [
    el("ol", { class: "lanes" }, lanes.map(lane)),
    total > lanes.length ? el("p", { class: "more" }, `and ${total - lanes.length} more`) : null,
    otherThreads(threads),
  ];
}

function lane(each) {
  const [kind, sign] = each.is_held ? ["held", "●"] : (SIGNS[each.state] ?? ["read", "…"]);
  return el(
    "li",
    { class: `lane ${kind}` },
    el("span", { class: "who" }, `client-${each.id}`, each.name ? el("b", {}, ` ${each.name}`) : null),
    el(
      "span",
      { class: "state", title: each.function },
      el("i", { "aria-hidden": "true" }, sign),
      ` ${each.state}`,
    ),
    el("span", { class: "what" }, el("code", {}, each.command), " ", tags(each)),
    el("span", { class: "traffic" }, `${bytes(each.received)} in, ${bytes(each.sent)} out`),
    each.is_held ? el("button", { "data-action": "step", "data-client": each.id }, "Step") : null,
  );
}

function tags(each) {
  const found = [];
  if (each.queued >= 0) found.push(["multi", `MULTI: ${each.queued} queued`]);
  if (each.blocked_on.length) found.push(["block", `waits for ${each.blocked_on.join(", ")}`]);
  for (const watch of each.watching) {
    const changed = watch.now !== watch.seen;
    found.push([
      changed ? "bad" : "watch",
      changed
        ? `${watch.key} was written, v${watch.seen} → v${watch.now}: EXEC will fail`
        : `watches ${watch.key}, v${watch.seen}`,
    ]);
  }
  if (each.subscriptions) found.push(["watch", plural(each.subscriptions, "subscription")]);
  if (each.is_replica) found.push(["watch", "a replica"]);
  if (each.is_monitor) found.push(["watch", "MONITOR"]);
  if (each.to_send) found.push(["multi", `${bytes(each.to_send)} to send`]);
  if (each.db) found.push(["", `db ${each.db}`]);
  return found.map(([kind, text]) => el("span", { class: `tag ${kind}` }, text));
}

function otherThreads(threads) {
  const named = threads.filter((thread) => !thread.name.startsWith("Thread-"));
  return el(
    "p",
    { class: "threads" },
    "Other threads: ",
    named.map((thread) => el("span", { class: "tag", title: thread.function }, shortName(thread.name))),
  );
}
