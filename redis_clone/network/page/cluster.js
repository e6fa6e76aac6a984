// The cluster, as this node sees it.

import { el, svg, plural } from "./elements.js";

const SLOTS = 16384;

export function cluster(state) {
  const panel = state.cluster;
  if (!panel) return null;
  const names = new Map(panel.nodes.map((node) => [node.id, node.address]));
  const masters = panel.nodes.filter((node) => node.slot_count);
  return [
    el(
      "p",
      { class: "figure" },
      el("b", {}, panel.is_ok ? "ok" : "down"),
      ` in epoch ${panel.current_epoch}; last voted in ${panel.last_vote_epoch}`,
    ),
    slotMap(masters),
    el(
      "ul",
      { class: "nodes" },
      panel.nodes.map((node) =>
        el(
          "li",
          {},
          el("i", { class: `dot n${masters.indexOf(node) % 6}`, "aria-hidden": "true" }),
          el("b", {}, node.address),
          ` ${node.flags}, config epoch ${node.config_epoch}`,
          node.slot_count ? `, ${plural(node.slot_count, "slot")}` : "",
          node.master ? `, replica of ${names.get(node.master) ?? node.master.slice(0, 8)}` : "",
          node.has_link || node.flags.includes("myself") ? null : el("span", { class: "tag bad" }, "no link"),
          node.ping_sent_ms ? el("span", { class: "tag multi" }, "ping sent") : null,
          node.reports.length
            ? el("span", { class: "tag bad" }, `${plural(node.reports.length, "report")} of failure`)
            : null,
        ),
      ),
    ),
    panel.election.is_asked
      ? el(
          "p",
          {},
          `Asks for votes in epoch ${panel.election.epoch}: ${plural(panel.election.voters.length, "vote")}.`,
        )
      : null,
  ];
}

function slotMap(masters) {
  return svg(
    "svg",
    {
      class: "slotmap",
      viewBox: `0 0 ${SLOTS} 600`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": masters.map((node) => `${node.address}: ${node.slot_count} slots`).join(", "),
    },
    masters.map((node, index) =>
      node.slots.map(([first, last]) =>
        svg("rect", { class: `n${index % 6}`, x: first, width: last - first + 1, height: 600 }),
      ),
    ),
  );
}
