"use strict";

// The colours of a chart's texts and rules are the style sheet's: it finds them by this one.
const ink = "#7c868f";

const round = { color: ink, gridcolor: ink };

const axis = {
    ...round,
    automargin: true,
    // As large as the ticks' texts: plotly.js takes a fifth more.
    title: { font: { size: 13 }, standoff: 8 },
    zeroline: false,
};

// What a chart has where its author sets nothing: no background, and colours that can be read on light and dark ones and that the
// colour-blind tell apart.
const style = {
    layout: {
        colorway: [
            "#2f7fd6",
            "#d9730d",
            "#1a9a6c",
            "#c2418f",
            "#8a6fe0",
            "#a68208",
            "#d0443e",
            "#3a96aa",
            "#7d8590",
            "#5d6d3a",
        ],
        // On a telephone a finger scrolls the page.
        dragmode: window.matchMedia("(pointer: coarse)").matches ? false : "zoom",
        font: { color: ink, family: "system-ui, sans-serif", size: 13 },
        // Wide enough for a dash and what comes after it.
        // A first line without words, over which the buttons lie.
        legend: { itemwidth: 40, orientation: "h", title: { side: "top", text: " " }, x: 0, y: 1, yanchor: "bottom" },
        // Above, for the legend and over it the buttons.
        margin: { l: 64, r: 12, t: 52, b: 48 },
        modebar: { activecolor: "#2f7fd6", bgcolor: "rgba(0,0,0,0)", color: ink },
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        polar: { angularaxis: round, bgcolor: "rgba(0,0,0,0)", radialaxis: round },
        // Without a text, plotly.js 2.28 looks for a title that it has not drawn.
        title: { automargin: true, font: { size: 15 }, text: "" },
        xaxis: axis,
        yaxis: axis,
    },
};

// Over a chart appear: zoom, pan, back to the whole, and a picture of it.
const usual = {
    displaylogo: false,
    modeBarButtons: [["zoom2d", "pan2d", "resetScale2d", "toImage"]],
    responsive: true,
    toImageButtonOptions: { format: "svg" },
};

// Of a plane with one scale for both axes: as high as its points are, in the width that there is; more would be empty.
function heightOf(place, data, { height }) {
    const reach = values => Math.max(...values) - Math.min(...values);
    const [across, up] = ["x", "y"].map(axis => reach(data.flatMap(trace => trace[axis] ?? [])));
    const { l, r, t, b } = style.layout.margin;
    const legend = 60;
    const wanted = t + b + legend + ((place.clientWidth - l - r) * up) / across;
    return Math.round(Math.min(height, Math.max(wanted, height / 2))) || height;
}

function draw(place, { data, layout, config }) {
    if (layout.yaxis?.scaleanchor) layout.height = heightOf(place, data, layout);
    if (layout.height) place.style.height = `${layout.height}px`;
    Plotly.newPlot(place, data, { template: style, ...layout }, { ...usual, ...config });
}
