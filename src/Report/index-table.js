"use strict";

// Figures by which models are compared, where a run has them.
const foremost = ["test_nelbo", "test_loss", "test_error", "test_accuracy"];
// Of other figures the least is the best.
const risesWhenBetter = /accuracy|agreement|plausible|precision|recall|density|coverage|trustworthiness/;
// Settings that change no figure, and figures that explain others.
const lesserSettings = new Set(["threads", "jobs", "checkpoint-every", "image-shape"]);
const lesserFigures = /^epochs$|^evaluated_|_entropy$|_floor$|_of_test$|_\d+$/;

// Of a run's picture: the size of its pixels, the space round an image, and the width that is shown in a row.
const scale = 2;
const padding = 2;
const mostOfPicture = 233;

function element(name, properties = {}, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
}

// Of a figure five digits, as many as stand before the point where those are more.
function shortened(value) {
    const number = Number(value);
    if (Number.isNaN(number) || !Number.isFinite(number)) return String(value);
    const size = number === 0 ? 0 : Math.floor(Math.log10(Math.abs(number)));
    if (Number.isInteger(number) && size < 7) return String(number);
    return Math.abs(size) > 6 ? number.toExponential(4) : number.toFixed(Math.max(0, 4 - Math.max(0, size)));
}

function titled(figure) {
    return figure.replaceAll("_", " ");
}

// Test figures first, and of these the foremost.
function told(figures) {
    const rank = figure => (foremost.includes(figure) ? 0 : /(^|_)test_/.test(figure) ? 1 : 2);
    return figures.toSorted((a, b) => rank(a) - rank(b));
}

function leadingFigure(figures) {
    return told(figures)[0];
}

function address(run, file) {
    return [...run.path.split("/"), ...file.split("/")].map(encodeURIComponent).join("/");
}

// What a point is called below its sweep, all else by its whole path.
function nameOf(run) {
    return run.name || (run.sweep ? run.path.slice(run.sweep.path.length + 1) : run.path);
}

// Of a sweep, the best of its points' leading figure.
function bestOf(points) {
    const figure = leadingFigure([...new Set(points.flatMap(point => Object.keys(point.figures)))].filter(name => /^test_/.test(name)));
    const measured = points.filter(point => isNumber(plain(point.figures[figure])));
    if (!measured.length) return undefined;
    const sign = risesWhenBetter.test(figure) ? -1 : 1;
    const best = measured.reduce((a, b) => (sign * a.figures[figure] <= sign * b.figures[figure] ? a : b));
    return { figure, point: best, value: best.figures[figure] };
}

// What can be asked of a run, by name, and what a word is looked for in.
function prepared(run, sweep) {
    run.sweep = sweep;
    run.points = run.points.map(point => prepared(point, run));
    run.best = run.points.length ? bestOf(run.points) : undefined;
    const { path, name, script, data, state, word, started, seconds, settings, figures } = run;

    run.known = new Map(
        [
            ...Object.entries(figures),
            ...(run.best ? [[run.best.figure, run.best.value]] : []),
            ...Object.entries(settings),
            ...Object.entries({ run: path, path, name, script, data, state, started, when: Date.parse(started), seconds: seconds || undefined }),
        ].map(([name, value]) => [keyOf(name), value]),
    );

    run.text = [path, name, script, data, word, started, ...Object.values(settings).map(plain)].join("\n").toLowerCase();
    return run;
}

const runs = JSON.parse(document.getElementById("runs").textContent).map(run => prepared(run));
const all = runs.flatMap(run => [run, ...run.points]);

function valueOf(run, column) {
    return plain(run.known.get(column.key));
}

// Groups of runs by their script: settings and figures of different scripts are different things.
function byScript(some) {
    return [...Map.groupBy(some, run => run.script).values()];
}

// Settings of which runs have different values.
function differing(some) {
    const names = new Set(some.flatMap(run => Object.keys(run.settings)));
    return [...names].filter(name => new Set(some.map(run => plain(run.settings[name]))).size > 1);
}

// Some figures of each script in turn, so that there is room for all scripts.
function figuresOf(shown, isEverything) {
    const lists = byScript(shown).map(group => {
        const names = [...new Set(group.flatMap(run => [...Object.keys(run.figures), ...(run.best ? [run.best.figure] : [])]))];
        return told(names.filter(name => (isEverything ? name !== "epochs" : !lesserFigures.test(name) && !["points", "finished"].includes(name))));
    });

    const chosen = new Set();
    const most = isEverything ? Infinity : lists.length > 1 ? 8 : 12;

    for (let i = 0; lists.some(list => i < list.length); i++) {
        for (const list of lists) {
            if (i < list.length && chosen.size < most) chosen.add(list[i]);
        }
    }

    return told([...chosen]);
}

function column(title, key, properties) {
    return { title, key: keyOf(key), first: "ascending", ...properties };
}

function runCell(run) {
    const name = nameOf(run);
    const box = element("input", { type: "checkbox", ariaLabel: `compare ${run.path}` });
    const link = element("a", { href: address(run, run.page), title: run.path }, ...name.split(/(?<=\/)/).flatMap(part => [part, element("wbr")]));
    const named = element("div", { className: "named" }, box);

    if (run.points.length) {
        named.append(element("button", { type: "button", className: "toggle", ariaLabel: `points of ${run.path}` }));
    }

    named.append(link);
    return element("th", { scope: "row" }, named);
}

function stateCell(run) {
    const [, rest] = run.word.split(run.state);
    return element("td", {}, element("span", { className: `state ${run.state.replace(" ", "-")}` }, run.state), element("small", {}, rest));
}

function timeCell(zone) {
    return run => {
        const [day, time] = run.started.split("T");
        const own = run.started.slice(19);
        const cell = element("td", { className: "time", title: !run.isDated ? "not told by the run: the time of its config.json" : run.started }, `${day} ${time.slice(0, 5)}`);
        if (own !== zone) cell.append(element("small", {}, own));
        if (!run.isDated) cell.append(" ?");
        return cell;
    };
}

function figureCell(key) {
    return run => {
        const value = run.known.get(key);
        const cell = element("td", { className: "number", title: plain(value) }, value === undefined ? "" : shortened(value));

        if (run.best && keyOf(run.best.figure) === key) {
            cell.title = `the best of its points: ${nameOf(run.best.point)}, ${value}`;
            cell.prepend(element("small", {}, "best "));
        }

        return cell;
    };
}

function settingCell(key) {
    return run => element("td", {}, plain(run.known.get(key)));
}

function evaluationCell(run) {
    if (run.evaluated === null) return element("td");
    const link = element("a", { href: address(run, "evaluation.html") }, "evaluation");
    const isStale = run.evaluated < (run.figures.epochs ?? 0);
    return element("td", {}, link, isStale ? element("strong", { title: `the run has ${run.figures.epochs} epochs` }, ` of epoch ${run.evaluated}`) : "");
}

// As many whole images as there is room for; where their size is not known, half of the picture.
function narrowed({ picture: [width], settings }) {
    const column = settings["image-shape"] ? settings["image-shape"].at(-1) * scale + padding : (width - padding) / 2;
    const fitting = Math.floor((Math.min(width, mostOfPicture * scale) - padding) / column);
    return (fitting * column + padding) / scale;
}

function pictureCell(run) {
    if (!run.picture) return element("td");
    const [width, height] = run.picture.map(size => size / scale);
    const image = element("img", { loading: "lazy", width, height, alt: `samples of ${run.path}`, src: address(run, "samples/samples.png") });
    const frame = element("div", { className: "thumbnail" }, image);
    frame.style.width = `${narrowed(run)}px`;
    return element("td", {}, frame);
}

// The columns of the runs that are shown. What a filter asks for by name is among them.
function columnsOf(shown, { isEverything, hasPictures, asked }) {
    const zones = new Set(shown.map(run => run.started.slice(19)));
    const zone = zones.size === 1 ? [...zones][0] : "";
    const isNamed = name => asked.some(term => term.key === keyOf(name));
    const has = (list, name) => list.some(run => name in run.settings);
    const settings = [...new Set(shown.flatMap(run => Object.keys(run.settings)))];
    const differs = new Set(byScript(shown).flatMap(differing));
    const isShown = name => isEverything || isNamed(name) || (differs.has(name) && !lesserSettings.has(name));
    const figures = new Set(figuresOf(shown, isEverything));

    for (const run of shown) {
        for (const name in run.figures) if (isNamed(name) && !has(shown, name)) figures.add(name);
    }

    return [
        column("run", "path", { cell: runCell }),
        ...(hasPictures ? [column("", "", { cell: pictureCell })] : []),
        column("state", "state", { cell: stateCell }),
        column("script", "script", { cell: run => element("td", {}, run.script) }),
        column("data", "data", { cell: run => element("td", {}, run.data) }),
        column(`when${zone ? ` (${zone})` : ""}`, "when", { cell: timeCell(zone), first: "descending" }),
        ...settings.filter(isShown).map(name => column(name, name, { cell: settingCell(keyOf(name)) })),
        ...told([...figures]).map(name => column(titled(name), name, { cell: figureCell(keyOf(name)), isNumber: true })),
        ...(isEverything || isNamed("seconds") ? [column("seconds", "seconds", { cell: figureCell("seconds"), isNumber: true })] : []),
        ...(shown.some(run => run.evaluated !== null) ? [column("evaluation", "", { cell: evaluationCell })] : []),
    ];
}
