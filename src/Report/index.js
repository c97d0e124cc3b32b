"use strict";

const [place, head, body] = [".sideways", ".runs thead", ".runs tbody"].map(part =>
    document.querySelector(part),
);

const ids = ["app", "count", "filter", "pictures", "everything", "choose", "none", "open", "close"];
const page = Object.fromEntries(ids.map(id => [id, document.getElementById(id)]));

// What is looked at; the address keeps it behind #.
const newestFirst = { sort: "when", isDown: true };
const view = {};
// Rows are made as they are scrolled to: a browser lays out hundreds at once, but not thousands.
const portion = 150;
let reach = portion;
let shown = [];
let columns = [];
let rows = new Map();

function readAddress() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const named = key => new Set(asked.getAll(key));
    view.filter = asked.get("filter") ?? "";
    view.sort = asked.get("sort") ?? newestFirst.sort;
    view.isDown = asked.has("sort") ? asked.get("order") === "descending" : newestFirst.isDown;
    view.hasPictures = asked.has("pictures");
    view.isEverything = asked.has("columns");
    view.opened = new Set(runs.filter(run => named("open").has(run.path)));
    view.chosen = new Set(all.filter(run => named("run").has(run.path)));
    view.isComparing = view.chosen.size > 1;
    view.figure = asked.get("figure") ?? "";
}

function isNewestFirst() {
    return view.sort === newestFirst.sort && view.isDown === newestFirst.isDown;
}

function writeAddress() {
    const asked = new URLSearchParams();
    if (view.filter) asked.set("filter", view.filter);

    if (!isNewestFirst()) {
        asked.set("sort", view.sort);
        asked.set("order", view.isDown ? "descending" : "ascending");
    }

    if (view.hasPictures) asked.set("pictures", "yes");
    if (view.isEverything) asked.set("columns", "all");
    for (const run of view.opened) asked.append("open", run.path);

    if (view.isComparing) {
        for (const run of view.chosen) asked.append("run", run.path);
        if (view.figure) asked.set("figure", view.figure);
    }

    history.replaceState(null, "", `#${asked}`);
}

// By the column that is asked for; what has no value comes last either way.
function compareRuns(a, b) {
    const [first, second] = [a, b].map(run => valueOf(run, { key: view.sort }));
    const isEmpty = value => value === "" || value === "NaN";
    if (isEmpty(first) || isEmpty(second)) return isEmpty(first) - isEmpty(second);
    return view.isDown ? order(second, first) : order(first, second);
}

// By the settings in which points of a sweep differ.
function comparerOf(points) {
    const columns = differing(points).map(name => ({ key: keyOf(name) }));
    const differences = (a, b) => columns.map(column => order(valueOf(a, column), valueOf(b, column)));
    return (a, b) => differences(a, b).find(difference => difference !== 0) ?? 0;
}

// Points are shown once their sweep is opened; where they alone are looked for, until it is closed. They are in the order of their
// settings until another one is asked for.
function pointsOf(run, asked) {
    const matching = run.points.filter(point => matches(point, asked));
    if (matches(run, asked) !== view.opened.has(run)) return [];
    const points = matching.length ? matching : run.points;
    return points.toSorted(isNewestFirst() ? comparerOf(points) : compareRuns);
}

function found() {
    const asked = conditions(view.filter);
    const top = runs.filter(run => matches(run, asked) || run.points.some(point => matches(point, asked)));
    return [top.length, top.toSorted(compareRuns).flatMap(run => [run, ...pointsOf(run, asked)])];
}

function sortButton(column) {
    const isSorted = column.key === view.sort;
    const cell = element("th", { scope: "col", className: column.isNumber ? "number" : "" });
    if (!column.key) return Object.assign(cell, { textContent: column.title });
    if (isSorted) cell.ariaSort = view.isDown ? "descending" : "ascending";
    cell.append(element("button", { type: "button", onclick: () => sortBy(column) }, column.title));
    return cell;
}

function sortBy(column) {
    view.isDown = column.key === view.sort ? !view.isDown : column.first === "descending";
    view.sort = column.key;
    showAnew();
    head.querySelector("[aria-sort] button").focus();
}

function rowOf(run) {
    const cells = columns.map(column => column.cell(run));
    return Object.assign(element("tr", { className: run.sweep ? "point" : "" }, ...cells), { run });
}

// Ticks and triangles of the rows that are there.
function mark() {
    for (const row of body.rows) {
        const { run } = row;
        const box = row.querySelector("input");
        const leaves = run.points.length ? run.points : [run];
        const ticked = leaves.filter(leaf => view.chosen.has(leaf)).length;
        box.checked = ticked === leaves.length;
        box.indeterminate = ticked > 0 && ticked < leaves.length;
        row.classList.toggle("chosen", ticked > 0);
        const toggle = row.querySelector(".toggle");
        if (toggle) toggle.ariaExpanded = body.rows[row.sectionRowIndex + 1]?.run.sweep === run;
    }

    page.open.textContent = `compare ${view.chosen.size === 1 ? "1 run" : `${view.chosen.size} runs`}`;
    page.open.disabled = view.chosen.size < 2;
}

function counted(number) {
    const sorted = columns.find(column => column.key === view.sort);
    const direction = view.isDown ? "descending" : "ascending";
    const order = isNewestFirst() ? "newest first" : `by ${sorted?.title ?? view.sort}, ${direction}`;
    const isUnknown = ({ key }) => key !== undefined && !all.some(run => run.known.has(key));
    const unknown = conditions(view.filter).filter(isUnknown).map(({ key }) => `; no run has ${key}`);
    const of = number === runs.length ? "" : `${number.toLocaleString("en")} of `;
    return `${of}${runs.length.toLocaleString("en")} ${runs.length === 1 ? "run" : "runs"}, ${order}${unknown.join("")}`;
}

function rowsFrom(first) {
    return shown.slice(first, reach).map(run => {
        if (!rows.has(run)) rows.set(run, rowOf(run));
        return rows.get(run);
    });
}

function isSame(wanted) {
    const text = some => some.map(column => `${column.key} ${column.title}`).join();
    return text(wanted) === text(columns);
}

function show() {
    let number;
    [number, shown] = found();
    const wanted = columnsOf(shown, { ...view, asked: conditions(view.filter) });

    if (!isSame(wanted)) {
        columns = wanted;
        rows = new Map();
    }

    head.replaceChildren(element("tr", {}, ...columns.map(sortButton)));
    body.replaceChildren(...rowsFrom(0));
    page.count.textContent = counted(number);
    mark();
    writeAddress();
}

// From the top, after what changes all rows.
function showAnew() {
    reach = portion;
    place.scrollTop = 0;
    show();
}

function showMore() {
    if (reach >= shown.length || place.scrollTop + 2 * place.clientHeight < place.scrollHeight) return;
    reach += portion;
    body.append(...rowsFrom(reach - portion));
    mark();
}

async function showComparison() {
    view.isComparing = view.isComparing && view.chosen.size > 0;
    overlay.section.hidden = !view.isComparing;
    mark();
    if (view.isComparing) await compare([...view.chosen], view.figure);
    writeAddress();
}

function choose(some, isChosen) {
    for (const run of some.flatMap(run => (run.points.length ? run.points : [run]))) {
        if (isChosen) view.chosen.add(run);
        else view.chosen.delete(run);
    }

    showComparison();
}

// The fields as the address has them.
function fill() {
    readAddress();
    page.filter.value = view.filter;
    page.pictures.checked = view.hasPictures;
    page.everything.checked = view.isEverything;
    showAnew();
    showComparison();
}

body.addEventListener("change", event => choose([event.target.closest("tr").run], event.target.checked));

body.addEventListener("click", event => {
    const toggle = event.target.closest(".toggle");
    if (!toggle) return;
    const { run } = toggle.closest("tr");
    if (!view.opened.delete(run)) view.opened.add(run);
    show();
    rows.get(run).querySelector(".toggle").focus();
});

place.addEventListener("scroll", showMore);
let waiting = 0;

page.filter.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
        view.filter = page.filter.value.trim();
        showAnew();
    }, 120);
});

document.getElementById("tools").addEventListener("submit", event => event.preventDefault());

page.pictures.addEventListener("change", () => {
    view.hasPictures = page.pictures.checked;
    show();
});

page.everything.addEventListener("change", () => {
    view.isEverything = page.everything.checked;
    show();
});

page.choose.addEventListener("click", () => choose(shown, true));
page.none.addEventListener("click", () => choose(all, false));

page.open.addEventListener("click", () => {
    view.isComparing = true;
    showComparison();
    overlay.section.scrollIntoView();
});

page.close.addEventListener("click", () => {
    view.isComparing = false;
    showComparison();
    page.open.focus();
});

overlay.figure.addEventListener("change", () => {
    view.figure = overlay.figure.value;
    showComparison();
});

overlay.logarithmic.addEventListener("change", showComparison);
window.addEventListener("hashchange", fill);
page.app.hidden = false;
fill();
