// What would come of the held commands in each order: a table for each.

import { el } from "./elements.js";

export function orders({ outcomes, why_not: whyNot }) {
  if (whyNot) return el("p", {}, whyNot);
  return outcomes.map(({ replies, changes }) =>
    el(
      "section",
      { class: "order" },
      el("table", {}, el("tbody", {}, replies.map(row))),
      el("p", {}, changes.length ? "propagated: " : "nothing changes", changes.map((each) => el("code", {}, `${each}; `))),
    ),
  );
}

function row({ client, name, argv, reply }) {
  return el(
    "tr",
    {},
    el("td", { class: "who" }, name || `client-${client}`),
    el("td", {}, el("code", {}, argv.join(" "))),
    el("td", {}, el("code", {}, reply)),
  );
}
