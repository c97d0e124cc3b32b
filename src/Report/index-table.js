"use strict";

// Figures by which models are compared, where a run has them.
const foremost = ["test_nelbo", "test_loss", "test_error", "test_accuracy", "fid_lenet"];
// Of other figures the least is the best.
const risesWhenBetter = /accuracy|agreement|precision|recall|density|coverage/;
// Settings that change no figure, and figures that explain others.
const lesserSettings = new Set(["threads", "jobs", "checkpoint-every", "image-shape"]);
const lesserFigures =
    /^epochs$|^points$|^finished$|^evaluated_|_entropy$|_floor$|_of_test$|_\d+$/;

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
    if (Math.abs(size) > 6) return number.toExponential(4);
    return number.toFixed(Math.max(0, 4 - Math.max(0, size)));
}

function titled(figure) {
    return figure.replaceAll("_", " ");
}

// Test figures first, and of these the foremost.
function told(figures) {
    const rank = figure => (foremost.includes(figure) ? 0 : /(^|_)test_/.test(figure) ? 1 : 2);
    return figures.toSorted((a, b) => rank(a) - rank(b));
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
    const names = points.flatMap(point => Object.keys(point.figures));
    const [figure] = told(names.filter(name => name.startsWith("test_")));
    const measured = points.filter(point => isNumber(plain(point.figures[figure])));
    if (!measured.length) return undefined;
    const sign = risesWhenBetter.test(figure) ? -1 : 1;
    const valueIn = point => sign * point.figures[figure];
    const best = measured.reduce((a, b) => (valueIn(a) <= valueIn(b) ? a : b));
    return { figure, point: best, value: best.figures[figure] };
}

// A run that is whole, with figures that its reader must be told something of first.
function isWarned(run) {
    return run.state === "finished" && run.notices !== "";
}

// How far a run came, and whether there is a warning, as it stands behind the state: in few words, for figures need the room.
function besideState(run) {
    const [far] = run.word.match(/\d+ of \d+/) ?? [];
    return [...(far ? [far] : []), ...run.states.slice(1)].map(word => `, ${word}`).join("");
}

// The parts of the time at which a run was started: 2026-11-29T20:05:07+01:00.
const yearOf = run => run.started.slice(0, 4);
const zoneOf = run => run.started.slice(19);
const minuteOf = run => run.started.slice(0, 16).replace("T", " ");

// What can be asked of a run, by name, and what a word is looked for in: all that its row shows, and more.
function prepared(run, sweep) {
    run.sweep = sweep;
    run.points = run.points.map(point => prepared(point, run));
    run.best = run.points.length ? bestOf(run.points) : undefined;
    run.states = isWarned(run) ? [run.state, "warning"] : [run.state];
    const { path, name, script, data, state, word, started, seconds, settings, figures, notices } = run;
    const told = state + besideState(run);
    const minute = minuteOf(run);
    const evaluation = run.evaluated === null ? "" : "evaluated";

    run.known = new Map(
        [
            ...Object.entries(figures),
            ...(run.best ? [[run.best.figure, run.best.value]] : []),
            ...Object.entries(settings),
            ...Object.entries({ run: path, path, name, script, data, state, started }),
            ["when", Date.parse(started)],
            ["seconds", seconds || undefined],
        ].map(([name, value]) => [keyOf(name), value]),
    );

    const values = Object.values(settings).map(plain);
    const texts = [path, name, script, data, word, told, started, minute, evaluation, notices, ...values];
    run.text = texts.join("\n").toLowerCase();
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
        const best = group.flatMap(run => run.best?.figure ?? []);
        const names = new Set([...best, ...group.flatMap(run => Object.keys(run.figures))]);
        return told([...names].filter(name => isEverything || !lesserFigures.test(name)));
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
    const parts = name.split(/(?<=\/)/).flatMap(part => [part, element("wbr")]);
    const link = element("a", { href: address(run, run.page), title: run.path }, ...parts);
    const named = element("div", { className: "named" }, box);

    if (run.points.length) {
        const ariaLabel = `points of ${run.path}`;
        named.append(element("button", { type: "button", className: "toggle", ariaLabel }));
    }

    named.append(link);
    return element("th", { scope: "row" }, named);
}

function stateCell(run) {
    const kinds = run.states.map(state => state.replace(" ", "-"));
    const isCut = run.state === "cut off";
    const title = isCut ? "ended without a word: --resume goes on with it" : run.notices || run.word;
    const word = element("span", { className: `state ${kinds.join(" ")}` }, run.state);
    return element("td", { title }, word, element("small", {}, besideState(run)));
}

// What all have in common stands in the column's head.
function timeColumn(shown) {
    const common = of => (new Set(shown.map(of)).size === 1 ? of(shown[0]) : "");
    const [year, zone] = [yearOf, zoneOf].map(common);
    const told = [year, zone].filter(Boolean).join(", ");
    return column(`when${told ? ` (${told})` : ""}`, "when", { cell: timeCell(year, zone), first: "descending" });
}

function timeCell(year, zone) {
    return run => {
        const title = run.isDated ? run.started : "the run does not tell: the time of its config.json";
        const time = minuteOf(run).slice(year ? 5 : 0);
        const cell = element("td", { className: "time", title }, time);
        if (!zone) cell.append(element("small", {}, zoneOf(run)));
        if (!run.isDated) cell.append(" ?");
        return cell;
    };
}

function figureCell(key) {
    return run => {
        const value = run.known.get(key);
        const text = value === undefined ? "" : shortened(value);
        const cell = element("td", { className: "number", title: plain(value) }, text);

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
    if (!isStale) return element("td", {}, link);
    const title = `the run has ${run.figures.epochs} epochs`;
    return element("td", {}, link, element("strong", { title }, ` of epoch ${run.evaluated}`));
}

// As many whole images as there is room for; where their size is not known, half of the picture.
function narrowed({ picture: [width], settings }) {
    const image = settings["image-shape"]?.at(-1);
    const column = image ? image * scale + padding : (width - padding) / 2;
    const fitting = Math.floor((Math.min(width, mostOfPicture * scale) - padding) / column);
    return (fitting * column + padding) / scale;
}

function pictureCell(run) {
    if (!run.picture) return element("td");
    const [width, height] = run.picture.map(size => size / scale);
    const alt = `samples of ${run.path}`;
    const src = address(run, "samples/samples.png");
    const image = element("img", { loading: "lazy", width, height, alt, src });
    const frame = element("div", { className: "thumbnail" }, image);
    frame.style.width = `${narrowed(run)}px`;
    return element("td", {}, frame);
}

// The columns of the runs that are shown, with what they are compared by before their settings. What a filter asks for by name is
// among them.
function columnsOf(shown, { isEverything, hasPictures, asked }) {
    const hasEvaluation = shown.some(run => run.evaluated !== null);
    const isNamed = name => asked.some(term => term.key === keyOf(name));
    const settings = [...new Set(shown.flatMap(run => Object.keys(run.settings)))];
    const differs = new Set(byScript(shown).flatMap(differing));
    const isTold = name => differs.has(name) && !lesserSettings.has(name);
    const named = shown.flatMap(run => Object.keys(run.figures).filter(isNamed));
    const figures = new Set([...figuresOf(shown, isEverything), ...named]);
    const ordered = told([...figures].filter(name => !settings.includes(name)));
    const seconds = column("seconds", "seconds", { cell: figureCell("seconds"), isNumber: true });

    const asSetting = name => column(name, name, { cell: settingCell(keyOf(name)) });

    const asFigure = name =>
        column(titled(name), name, { cell: figureCell(keyOf(name)), isNumber: true });

    return [
        column("run", "path", { cell: runCell }),
        ...(hasPictures ? [column("", "", { cell: pictureCell })] : []),
        column("state", "state", { cell: stateCell }),
        column("script", "script", { cell: run => element("td", {}, run.script) }),
        column("data", "data", { cell: run => element("td", {}, run.data) }),
        timeColumn(shown),
        ...ordered.filter(name => foremost.includes(name)).map(asFigure),
        ...settings.filter(name => isEverything || isNamed(name) || isTold(name)).map(asSetting),
        ...ordered.filter(name => !foremost.includes(name)).map(asFigure),
        ...(isEverything || isNamed("seconds") ? [seconds] : []),
        ...(hasEvaluation ? [column("evaluation", "", { cell: evaluationCell })] : []),
    ];
}
