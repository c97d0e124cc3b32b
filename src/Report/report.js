"use strict";

const charts = JSON.parse(document.getElementById("charts").textContent);
const places = [...document.querySelectorAll(".chart")];
const pictures = [...document.querySelectorAll(".blocks img")];

for (const [i, place] of places.entries()) {
    if (window.Plotly) {
        draw(place, charts[i]);
    } else {
        place.textContent = "This chart needs plotly.js, which the page could not load.";
    }
}

// Every pixel of a picture becomes a square of whole device pixels, as large as its place allows.
const largest = 3;

function sharpen() {
    for (const picture of pictures) {
        const ratio = window.devicePixelRatio;
        const width = Number(picture.getAttribute("width"));
        const blocks = picture.parentElement;
        const gap = parseFloat(getComputedStyle(blocks).columnGap);
        const fitting = Math.floor((blocks.clientWidth + gap) / (width + gap));
        const abreast = Math.max(1, Math.min(fitting, blocks.childElementCount));
        const space = (blocks.clientWidth - gap * (abreast - 1)) / abreast;
        const times = Math.max(1, Math.min(Math.floor((space * ratio) / width), largest * ratio));
        picture.style.width = `${(Math.floor(times) * width) / ratio}px`;
    }
}

sharpen();
window.addEventListener("resize", sharpen);

// On paper: settings opened, and charts as wide as the page's columns.
const column = { half: 330, whole: 680, height: 250 };
const folded = [...document.querySelectorAll("details")];

window.addEventListener("beforeprint", () => {
    for (const item of folded) item.open = true;

    for (const place of places) {
        const alone = place.closest(".charts").childElementCount === 1;
        place.style.height = `${column.height}px`;
        window.Plotly?.relayout(place, { width: alone ? column.whole : column.half, height: column.height });
    }
});

window.addEventListener("afterprint", () => {
    for (const item of folded) item.open = false;

    for (const [i, place] of places.entries()) {
        const { width = null, height = null } = charts[i].layout;
        place.style.height = height ? `${height}px` : "";
        window.Plotly?.relayout(place, { width, height, autosize: !(width && height) });
    }
});
