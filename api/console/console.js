// The console: reads /v1 and shows it. No framework; all text is set as text, never as markup.
import { getLanguage, say, setLanguage } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const REASONS_SHOWN = 50;
const main = document.getElementById("main");
const status = document.getElementById("status");
const form = document.querySelector("form.moment");
let drawing = 0;

function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null));
  return node;
}

function svg(name, attributes, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// Millionths as per cent with one decimal: the API's integers are exact, this is for the eye only.
const percent = (millionths) => (millionths / 10_000).toFixed(1);
const signed = (millionths) => `${millionths < 0 ? "−" : "+"}${(Math.abs(millionths) / 10_000).toFixed(2)}`;
const day = (moment) => (moment ? moment.slice(0, 10) : "");
const short = (hex) => (hex && hex.length > 14 ? `${hex.slice(0, 8)}…${hex.slice(-4)}` : hex ?? "");

async function read(path) {
  const response = await fetch(path, { headers: { accept: "application/json" } });
  const body = await response.json().catch(() => ({ detail: `HTTP ${response.status}` }));
  if (!response.ok) throw new Error(body.detail ?? `HTTP ${response.status}`);
  return body;
}

function moment() {
  const asked = new URLSearchParams({ time: form.elements.time.value });
  if (form.elements.as_of.value) asked.set("as_of", form.elements.as_of.value);
  return asked;
}

function bar(row) {
  const label = `${percent(row.low)} – ${percent(row.high)}`;
  const scale = (value) => value / 10_000;
  return svg("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", role: "img", "aria-label": label },
    svg("rect", { class: "track", x: 0, y: 4.4, width: 100, height: 1.2 }),
    svg("rect", { class: "band", x: scale(row.low), y: 2, width: Math.max(0.4, scale(row.high - row.low)), height: 6 }),
    svg("rect", { class: "dot", x: Math.max(0, scale(row.score) - 0.5), y: 0, width: 1, height: 10 }));
}

function table(caption, columns, rows) {
  const head = el("tr", {}, ...columns.map(({ title, kind }) => el("th", { scope: "col", class: kind ?? null }, title)));
  const body = el("tbody", {}, ...rows.map((row) => el("tr", {}, ...columns.map(({ cell, kind, heading }) => {
    const content = cell(row);
    return el(heading ? "th" : "td", { class: kind ?? null, scope: heading ? "row" : null }, ...[content].flat());
  }))));
  return el("div", { class: "sheet" }, el("table", {}, el("caption", {}, caption), el("thead", {}, head), body));
}

function source(answer) {
  const policy = answer.policy && typeof answer.policy === "object"
    ? `${answer.policy.name} (v${answer.policy.version})` : answer.policy ?? "–";
  const text = say("source", { as_of: answer.as_of, time: say(answer.time), policy, block: answer.block ? answer.block.number : "–" });
  document.getElementById("source").textContent = text;
}

async function ranking() {
  const answer = await read(`/v1/scores?${moment()}`);
  const columns = [
    { title: say("place"), kind: "number", cell: (row) => String(row.place) },
    { title: say("government"), heading: true, cell: (row) => [
      el("a", { href: `#/government/${encodeURIComponent(row.government)}` }, row.name || row.government), el("small", {}, row.government)] },
    { title: say("score"), kind: "number", cell: (row) => percent(row.score) },
    { title: say("interval"), kind: "bar", cell: bar },
    { title: say("settled"), kind: "number", cell: (row) => String(row.settled) },
    { title: say("standing"), cell: (row) => say(row.standing) },
  ];
  const rows = answer.scores.map((row, index) => ({ ...row, place: index + 1 }));
  return { title: say("brand"), answer, said: say("loaded", { count: rows.length }), nodes: [
    el("h1", {}, say("ranking")), el("p", { class: "note" }, say("rankingNote")),
    rows.length ? table(say("ranking"), columns, rows) : el("p", {}, say("none"))] };
}

function figures(answer) {
  const pairs = [["score", percent(answer.score)], ["low", percent(answer.low)], ["high", percent(answer.high)],
    ["base", percent(answer.base)], ["settled", String(answer.settled)], ["standing", say(answer.standing)]];
  return el("dl", { class: "figures" }, ...pairs.map(([key, value]) => el("div", {}, el("dt", {}, say(key)), el("dd", {}, value))));
}

function reasons(answer) {
  const shown = answer.reasons.slice(0, REASONS_SHOWN);
  const caption = say("reasonsMore", { shown: shown.length, count: answer.reasons.length });
  return [el("h2", {}, say("reasons")),
    el("p", { class: "note" }, say("reasonsNote", { base: percent(answer.base), score: percent(answer.score) })),
    shown.length ? table(caption, [
      { title: say("commitment"), kind: "number", cell: (row) => String(row.commitment) },
      { title: say("points"), kind: "number", cell: (row) => el("span", { class: row.points < 0 ? "minus" : "plus" }, signed(row.points)) },
      { title: say("why"), cell: (row) => (getLanguage() === "zh" && row.why_zh) || row.why },
    ], shown) : el("p", {}, say("none"))];
}

const OUTCOME_CLASS = { fulfilled: "plus", broken: "minus" };

function commitmentState(row) {
  const state = say(row.state === "settled" ? "settledState" : row.state);
  const marks = [row.overdue ? say("overdue") : null, row.backfilled ? say("backfilled") : null].filter(Boolean).join(" · ");
  return marks ? [state, el("small", {}, marks)] : state;
}

const COMMITMENTS = () => [
  { title: say("commitment"), heading: true, cell: (row) => [`${row.id}`, el("small", {}, row.reference_number || row.description)] },
  { title: say("agreement"), kind: "number", cell: (row) => String(row.agreement) },
  { title: say("creditor"), cell: (row) => (row.creditor ? row.creditor.name : say("everyone")) },
  { title: say("due"), cell: (row) => day(row.due_at) },
  { title: say("state"), cell: commitmentState },
  { title: say("outcome"), cell: (row) => row.outcome === null ? "–" : el("span", { class: OUTCOME_CLASS[row.outcome] ?? null },
    `${say(row.outcome)} ${row.outcome_basis_points / 100} %`) },
];

const HISTORY = () => [
  { title: say("recordedAt"), cell: (row) => row.recorded_at.replace("T", " ").replace("Z", "") },
  { title: say("event"), heading: true, cell: (row) => row.event },
  { title: say("about"), cell: (row) => ["agreement", "commitment", "transfer", "proposal"].filter((key) => row[key] !== null)
    .map((key) => `${say(key)} ${row[key]}`).join(" · ") },
  { title: say("signer"), cell: (row) => el("code", { title: row.signer }, short(row.signer)) },
  { title: say("transaction"), cell: (row) => [el("code", { title: row.transaction }, row.transaction), el("small", {}, `${say("block")} ${row.block_number}`)] },
];

// A list that grows by a page whenever its button is pressed.
async function list(title, path, columns) {
  const holder = el("section", {}, el("h2", {}, title));
  const rows = [];
  async function grow(url) {
    const page = await read(url);
    rows.push(...page.items);
    const more = el("button", { type: "button", class: "more" }, say("more"));
    more.addEventListener("click", () => grow(`${path}&cursor=${encodeURIComponent(page.next_cursor)}`).catch(wrong));
    holder.replaceChildren(el("h2", {}, title), rows.length ? table(title, columns, rows) : el("p", {}, say("none")),
      ...(page.next_cursor ? [more] : []));
  }
  await grow(path);
  return holder;
}

async function government(identifier) {
  const name = encodeURIComponent(identifier);
  const answer = await read(`/v1/governments/${name}/explanation?${moment()}`);
  const [commitments, history] = await Promise.all([
    list(say("commitments"), `/v1/commitments?debtor=${name}&limit=25`, COMMITMENTS()),
    list(say("history"), `/v1/history?government=${name}&limit=25`, HISTORY()),
  ]);
  return { title: answer.name, answer, said: answer.name, nodes: [
    el("p", {}, el("a", { href: "#/" }, `← ${say("back")}`)), el("h1", {}, answer.name), el("p", { class: "note" }, answer.government),
    figures(answer), ...reasons(answer), commitments, history] };
}

function tell(text, bad = false) {
  status.textContent = text;
  status.classList.toggle("wrong", bad);
}

function wrong(error) { tell(say("failed", { detail: error.message }), true); }

async function draw(focus = false) {
  const mine = ++drawing;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = say(node.dataset.text);
  tell(say("loading"));
  const match = /^#\/government\/(.+)$/.exec(location.hash);
  try {
    const page = match ? await government(decodeURIComponent(match[1])) : await ranking();
    // Somebody has asked for another page in the meantime.
    if (mine !== drawing) return;
    main.replaceChildren(...page.nodes);
    document.title = match ? `${page.title} · ${say("brand")}` : say("brand");
    source(page.answer);
    tell(page.said);
    if (focus) main.focus();
  } catch (error) {
    if (mine === drawing) { main.replaceChildren(); wrong(error); }
  }
}

function choose(language) {
  setLanguage(language);
  document.documentElement.lang = getLanguage();
  for (const button of document.querySelectorAll("[data-language]"))
    button.setAttribute("aria-pressed", String(button.dataset.language === getLanguage()));
  try { localStorage.setItem("language", getLanguage()); } catch { /* Private windows keep nothing. */ }
}

function remembered() {
  try { return localStorage.getItem("language"); } catch { return null; }
}

for (const button of document.querySelectorAll("[data-language]"))
  button.addEventListener("click", () => { choose(button.dataset.language); draw(); });
form.addEventListener("submit", (event) => { event.preventDefault(); draw(); });
window.addEventListener("hashchange", () => draw(true));
choose(remembered() ?? (navigator.language.startsWith("zh") ? "zh" : "en"));
draw();
