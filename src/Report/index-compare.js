"use strict";

// Runs that are ticked, beside one another: their curves in one chart, and their samples.
const overlay = {
    section: document.getElementById("comparison"),
    chart: document.getElementById("overlay"),
    figure: document.getElementById("figure"),
    logarithmic: document.getElementById("logarithmic"),
    remark: document.getElementById("remark"),
    samples: document.getElementById("samples"),
};

const mostCurves = 40;
const strokes = ["solid", "dash", "dot", "dashdot", "longdash"];
let curves = null;
let plotly = null;

function curvesOf(run) {
    curves ??= JSON.parse(document.getElementById("curves").textContent);
    return curves[run.path] ?? [];
}

// plotly.js lies once beside all runs; it is large, and asked for when it is needed first.
function loadPlotly() {
    plotly ??= new Promise((resolve, reject) => {
        document.head.append(element("script", { src: "plotly.min.js", onload: resolve, onerror: reject }));
    });

    return plotly;
}

// plotly.js reads some HTML in texts.
function escaped(text) {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

// In what runs differ: script and data, then the settings that differ among those of a script, or among all that have them.
function differences(chosen) {
    const differ = of => new Set(chosen.map(of).filter(value => value !== undefined)).size > 1;
    const names = new Set(chosen.flatMap(run => Object.keys(run.settings)));
    const within = new Set(byScript(chosen).flatMap(differing));

    const valueOf = name => run => (name in run.settings ? plain(run.settings[name]) : undefined);
    const isTold = name => !lesserSettings.has(name) && (within.has(name) || differ(valueOf(name)));

    return {
        origins: ["script", "data"].filter(name => differ(run => run[name])),
        settings: [...names].filter(isTold),
    };
}

// A run's name, and in what it differs from the other runs.
function labelled(run, { origins, settings }) {
    const own = settings
        .filter(name => name in run.settings)
        .map(name => `${name} ${plain(run.settings[name])}`);

    const name = run.sweep ? `${nameOf(run.sweep)}/${nameOf(run)}` : nameOf(run);
    return [name, ...origins.map(origin => run[origin]), ...own].join(" · ");
}

// In lines that are no longer than a legend has room for.
function wrapped(label) {
    const most = overlay.chart.clientWidth / 7 - 12;

    return label
        .split(" · ")
        .reduce(
            (lines, part) =>
                lines.length && lines.at(-1).length + part.length < most
                    ? [...lines.slice(0, -1), `${lines.at(-1)} · ${part}`]
                    : [...lines, part],
            [],
        )
        .map(escaped)
        .join("<br>");
}

// Figures that have curves, those of most runs first.
function figuresWithCurves(chosen) {
    const counts = new Map();

    for (const run of chosen) {
        const names = new Set(curvesOf(run).flatMap(curve => Object.keys(curve)));
        names.delete("model");
        names.delete("epoch");
        for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    }

    return told([...counts.keys()]).toSorted((a, b) => counts.get(b) - counts.get(a));
}

function traces(chosen, differs, figure) {
    const title = titled(figure);
    const colours = style.layout.colorway.length;
    const ofRun = run => curvesOf(run).map(curve => ({ run, curve }));

    return chosen
        .flatMap(ofRun)
        .filter(({ curve }) => figure in curve)
        .slice(0, mostCurves)
        .map(({ run, curve }, index) => {
            const of = curve.model ? ` · ${curve.model}` : "";
            const y = curve[figure].map(value => (typeof value === "number" ? value : null));

            return {
                type: "scatter",
                mode: y.length <= 30 ? "lines+markers" : "lines",
                marker: { size: 5 },
                name: wrapped(labelled(run, differs) + of),
                x: curve.epoch,
                y,
                customdata: y.map(shortened),
                line: { width: 2, dash: strokes[Math.floor(index / colours) % strokes.length] },
                hovertemplate:
                    `${escaped(nameOf(run) + of)} · epoch %{x} · ` +
                    `${escaped(title)} %{customdata}<extra></extra>`,
            };
        });
}

function chart(lines, figure) {
    const longest = Math.max(...lines.map(line => line.x.at(-1)));
    const legend = lines.flatMap(line => line.name.split("<br>")).length;

    return {
        data: lines,
        layout: {
            height: 370 + 20 * legend,
            hovermode: "closest",
            hoverlabel: { namelength: -1 },
            legend: { orientation: "v", x: 0, y: -0.2, yanchor: "top" },
            showlegend: true,
            xaxis: { title: { text: "epoch" }, ...(longest <= 12 ? { dtick: 1 } : {}) },
            yaxis: {
                title: { text: escaped(titled(figure)) },
                type: overlay.logarithmic.checked ? "log" : "linear",
            },
        },
        config: {},
    };
}

function sample(run, differs) {
    const [width, height] = run.picture.map(size => size / scale);
    const src = address(run, "samples/samples.png");
    const image = element("img", { loading: "lazy", width, height, alt: "", src });
    return element("figure", {}, element("figcaption", {}, labelled(run, differs)), image);
}

function fillChoice(figures, wanted) {
    const options = figures.map(name => element("option", { value: name }, titled(name)));
    overlay.figure.replaceChildren(...options);
    overlay.figure.value = figures.includes(wanted) ? wanted : (figures[0] ?? "");
}

// Shows the chosen runs; `wanted` is the figure that was asked for, if any.
async function compare(chosen, wanted) {
    const differs = differences(chosen);
    fillChoice(figuresWithCurves(chosen), wanted);
    overlay.samples.replaceChildren(...chosen.filter(run => run.picture).map(run => sample(run, differs)));
    const figure = overlay.figure.value;
    overlay.chart.hidden = !figure;
    if (!figure) return;
    const lines = traces(chosen, differs, figure);
    const without = chosen.filter(run => !curvesOf(run).some(curve => figure in curve)).length;

    overlay.remark.textContent = [
        lines.length === mostCurves ? `The first ${mostCurves} curves. ` : "",
        without ? `${without} of ${chosen.length} runs have no curve of this figure.` : "",
    ].join("");

    try {
        await loadPlotly();
        draw(overlay.chart, chart(lines, figure));
    } catch {
        overlay.remark.textContent = "Curves need plotly.min.js beside this page: the next run puts it there.";
    }
}
