"use strict";

// A decoder on the page: the layers of decoder.js as functions from numbers to numbers.
const half = (bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = (bits & 0x3ff) / 1024;
    return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction) : 2 ** -14 * fraction);
};

function numbers(text, bits) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    if (bits === 32) return new Float32Array(bytes.buffer);
    return Float32Array.from(new Uint16Array(bytes.buffer), half);
}

const kinds = {
    linear: (weight, bias) => (x) =>
        Float64Array.from(bias, (shift, row) => {
            let sum = shift;
            for (let i = 0, at = row * x.length; i < x.length; i++, at++) sum += weight[at] * x[i];
            return sum;
        }),
    affine: (factor, shift) => (x) => x.map((value, i) => value * factor[i] + shift[i]),
    relu: () => (x) => x.map((value) => Math.max(0, value)),
    tanh: () => (x) => x.map(Math.tanh),
    sigmoid: () => (x) => x.map((value) => 1 / (1 + Math.exp(-value))),
    same: () => (x) => x,
};

function decoderOf({ bits, layers }) {
    const steps = layers.map(({ kind, ...parts }) => kinds[kind](...Object.values(parts).map((text) => numbers(text, bits))));
    return (code) => steps.reduce((x, step) => step(x), Float64Array.from(code));
}

// A draw of N(0, 1): Box and Muller (1958).
const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

const made = (parent, name, properties) => Object.assign(parent.appendChild(document.createElement(name)), properties);

function paint(canvas, [channels, height, width], pixels) {
    const image = new ImageData(width, height);

    for (let i = 0; i < width * height; i++) {
        for (let c = 0; c < 3; c++) image.data[4 * i + c] = 255 * pixels[(channels === 3 ? c * width * height : 0) + i];
        image.data[4 * i + 3] = 255;
    }

    canvas.getContext("2d").putImageData(image, 0, 0);
}

// Codes of test images in a plane, each in its class's colour, and the one that is decoded.
function plane(place, explorer, code, choose) {
    const size = 280;
    const reach = Math.max(3, ...explorer.places.flatMap(([x, y]) => [Math.abs(x), Math.abs(y)]));
    const canvas = made(place, "canvas", { className: "codes", height: size, width: size });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "Codes of test images; the pointer chooses one");
    const at = (value) => ((value / reach + 1) * size) / 2;
    const context = canvas.getContext("2d");
    const colours = style.layout.colorway;

    const choosing = ({ offsetX, offsetY }) => {
        const value = (offset, length) => ((2 * offset) / length - 1) * reach;
        choose(value(offsetX, canvas.clientWidth), -value(offsetY, canvas.clientHeight));
    };

    canvas.addEventListener("pointerdown", choosing);
    canvas.addEventListener("pointermove", (event) => event.buttons > 0 && choosing(event));

    return () => {
        context.clearRect(0, 0, size, size);

        for (const [x, y, label] of explorer.places) {
            context.fillStyle = colours[label % colours.length];
            context.fillRect(at(x) - 1, at(-y) - 1, 2, 2);
        }

        context.strokeStyle = colours[6];
        context.lineWidth = 2;
        context.strokeRect(at(code[0]) - 5, at(-code[1]) - 5, 10, 10);
    };
}

function explore(place, explorer) {
    const decode = decoderOf(explorer);
    const [, height, width] = explorer.shape;
    const code = new Float64Array(explorer.latent);
    const canvas = made(place, "canvas", { className: "decoded", height, width });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "The image that the code is decoded to");
    const controls = made(place, "div", { className: "controls" });

    const show = () => {
        place.pixels = decode(code);
        paint(canvas, explorer.shape, place.pixels);
        for (const { slider, dimension } of sliders) slider.value = code[dimension];
        mark?.();
    };

    const sliders = explorer.dimensions.map((dimension) => {
        const label = made(controls, "label", {});
        made(label, "span", { textContent: `${dimension + 1}` });
        const slider = made(label, "input", { type: "range", min: -4, max: 4, step: 0.05, value: 0 });
        slider.setAttribute("aria-label", `dimension ${dimension + 1} of the code`);

        slider.addEventListener("input", () => {
            code[dimension] = Number(slider.value);
            show();
        });

        return { dimension, slider };
    });

    const button = (textContent, value) =>
        made(controls, "button", { textContent, type: "button" }).addEventListener("click", () => {
            place.choose(Array.from(code, value));
        });

    const mark = explorer.places.length > 0 ? plane(place, explorer, code, (x, y) => place.choose([x, y])) : undefined;

    place.choose = (values) => {
        code.set(values);
        show();
    };

    button("a draw of N(0, I)", normal);
    button("zeros", () => 0);
    show();
}

for (const [i, place] of [...document.querySelectorAll(".explorer")].entries()) {
    if (window.decoders) explore(place, window.decoders[i]);
    else place.textContent = "This needs decoder.js, which should lie beside the page. A run with --one-file has it within its page.";
}
