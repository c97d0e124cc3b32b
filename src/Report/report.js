"use strict";

const charts = JSON.parse(document.getElementById("charts").textContent);
const places = [...document.querySelectorAll(".chart")];
const pictures = [...document.querySelectorAll(".blocks img")];

// Under the pointer, a point of a cloud shows its image: a part of a picture of all.
const sprites = [...document.querySelectorAll(".sprite")];
const glass = document.body.appendChild(document.createElement("div"));
const enlarged = 3;
glass.className = "glass";
glass.hidden = true;

function magnify(place) {
    const { sprite, columns, width, height } = place.dataset;
    if (sprite === undefined) return;

    place.on("plotly_hover", ({ points: [{ customdata: number }], event }) => {
        if (number === undefined) return;
        const x = (number % columns) * width * enlarged;
        const y = Math.floor(number / columns) * height * enlarged;

        Object.assign(glass.style, {
            backgroundImage: `url(${sprites[sprite].src})`,
            backgroundPosition: `-${x}px -${y}px`,
            backgroundSize: `${columns * width * enlarged}px auto`,
            height: `${height * enlarged}px`,
            left: `${event.pageX + 16}px`,
            top: `${event.pageY + 16}px`,
            width: `${width * enlarged}px`,
        });

        glass.hidden = false;
    });

    place.on("plotly_unhover", () => (glass.hidden = true));
}

for (const [i, place] of places.entries()) {
    if (window.Plotly) {
        draw(place, charts[i]);
        magnify(place);
    } else {
        place.textContent =
            "This chart needs plotly.js, which should lie where the page looks for it, beside all runs. A run with --one-file has it within its page.";
    }
}

// A picture fills the window when it is chosen, by pointer or keyboard.
const viewer = document.body.appendChild(document.createElement("dialog"));
viewer.className = "viewer";
viewer.addEventListener("click", () => viewer.close());

for (const picture of pictures) {
    picture.tabIndex = 0;
    picture.setAttribute("role", "button");
    picture.title = "enlarge";

    const enlarge = () => {
        viewer.replaceChildren(picture.cloneNode());
        viewer.firstChild.removeAttribute("style");
        viewer.firstChild.removeAttribute("tabindex");
        viewer.showModal();
    };

    picture.addEventListener("click", enlarge);

    picture.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        enlarge();
    });
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

    for (const [i, place] of places.entries()) {
        const alone = place.closest(".charts").childElementCount === 1;
        const { height: wanted = 0, yaxis } = charts[i].layout;
        // Clouds make do with less; of other charts a greater height is needed for a legend, or an author's wish.
        const height = yaxis?.scaleanchor ? column.height : Math.max(column.height, wanted);
        place.style.height = `${height}px`;
        const width = alone ? column.whole : column.half;
        window.Plotly?.relayout(place, { width, height, "legend.font.size": 10 });
    }
});

window.addEventListener("afterprint", () => {
    for (const item of folded) item.open = false;

    for (const [i, place] of places.entries()) {
        const { width = null, height = null } = charts[i].layout;
        place.style.height = height ? `${height}px` : "";
        const autosize = !(width && height);
        window.Plotly?.relayout(place, { width, height, autosize, "legend.font.size": null });
    }
});

// The page of a run that was killed is written no more, and can't know it: a reader is told how old it is.
const patience = 10;

for (const notice of document.querySelectorAll("[data-written]")) {
    const minutes = Math.floor((Date.now() - Date.parse(notice.dataset.written)) / 60000);
    notice.querySelector("b").textContent = minutes;
    notice.hidden = minutes < patience;
}
