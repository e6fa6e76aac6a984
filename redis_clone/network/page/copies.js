// Who gets what: publish/subscribe, and replication.

import { el, empty, bar, bytes, grouped, plural } from "./elements.js";
import { ago } from "./keys.js";

export function pubsub(state) {
  const panel = state.pubsub;
  if (!panel) return empty("…");
  const groups = [
    ["channel", panel.channels],
    ["pattern", panel.patterns],
    ["shard channel", panel.shard_channels],
  ];
  if (groups.every(([, topics]) => !topics.length))
    return empty("Nobody has subscribed. In a second client: ", "SUBSCRIBE news");
  return groups
    .filter(([, topics]) => topics.length)
    .map(([kind, topics]) =>
      el(
        "ul",
        { class: "topics", "aria-label": `${kind}s` },
        topics.map((topic) =>
          el(
            "li",
            {},
            el("code", {}, topic.name),
            el("small", {}, kind),
            " → ",
            topic.subscribers.map((id) => el("span", { class: "tag watch" }, `client-${id}`)),
            topic.count > topic.subscribers.length
              ? ` and ${topic.count - topic.subscribers.length} more`
              : "",
          ),
        ),
      ),
    );
}

export function replication(state) {
  const panel = state.replication;
  if (!panel) return empty("…");
  return [
    el("p", { class: "figure" }, el("b", {}, panel.role), ` at offset ${grouped(panel.offset)}`),
    el("p", { class: "about" }, "history ", el("code", {}, panel.replid.slice(0, 8))),
    panel.master ? el("p", {}, `follows ${panel.master.address}: `, el("b", {}, panel.master.state)) : null,
    panel.backlog
      ? backlog(panel)
      : empty(
          "No replica yet. In another terminal: ",
          `python server.py --port 0 --replicaof 127.0.0.1 ${state.server?.port ?? ""}`,
        ),
    el(
      "ul",
      { class: "positions" },
      panel.replicas.map((replica) =>
        el(
          "li",
          {},
          el("b", {}, replica.name),
          bar(panel.offset ? replica.offset / panel.offset : 1, replica.name),
          el(
            "span",
            { class: "number" },
            panel.offset === replica.offset
              ? "has all"
              : `${bytes(Math.max(panel.offset - replica.offset, 0))} behind`,
          ),
          el(
            "small",
            {},
            `${replica.state}, heard of ${ago(replica.heard_ms, state.now_ms)}, ${bytes(replica.to_send)} to send`,
          ),
        ),
      ),
    ),
  ];
}

function backlog({ backlog }) {
  const length = backlog.next - backlog.first;
  return [
    el(
      "p",
      { class: "about" },
      `The backlog keeps offsets ${grouped(backlog.first)} to ${grouped(backlog.next - 1)}: `,
      `${plural(length, "byte")} of ${bytes(backlog.size)}. A replica that comes back within it gets only the rest.`,
    ),
    bar(length / backlog.size, "backlog"),
  ];
}
