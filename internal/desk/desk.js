// Keeps the exact counts on the partner's page up to date. Without it the page shows those of when it was loaded.
"use strict";

async function refresh() {
  const answer = await fetch("/counts.json");
  if (!answer.ok) return;
  for (const [slug, rows] of Object.entries(await answer.json())) {
    const body = document.querySelector(`tbody[data-campaign="${CSS.escape(slug)}"]`);
    if (!body) continue;
    body.replaceChildren(...rows.map(({ label, count }) => {
      const row = document.createElement("tr");
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = label;
      const cell = document.createElement("td");
      cell.textContent = count;
      row.append(head, cell);
      return row;
    }));
  }
}

if (document.querySelector("tbody[data-campaign]")) setInterval(refresh, 2000);
