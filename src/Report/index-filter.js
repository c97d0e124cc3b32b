"use strict";

// What runs are asked for: words, and conditions on settings, figures and what else is known of them. In their names - and _ are one.
const terms = /(?:[^\s"]|"[^"]*")+/g;
const condition = /^([\p{L}\d_-]+)(<=|>=|!=|=|<|>)(.*)$/u;

function keyOf(name) {
    return name.toLowerCase().replaceAll("-", "_");
}

// A value as it would stand on a command line.
function plain(value) {
    if (value === undefined) return "";
    if (Array.isArray(value)) return value.map(plain).join(" ");
    if (typeof value === "boolean") return value ? "yes" : "no";
    return String(value);
}

function isNumber(value) {
    return value !== "" && !Number.isNaN(Number(value));
}

const texts = new Intl.Collator("en", { numeric: true });

// Numbers as numbers, all else as texts.
function order(a, b) {
    return isNumber(a) && isNumber(b)
        ? Number(a) - Number(b)
        : texts.compare(a, b);
}

const comparisons = {
    "=": difference => difference === 0,
    "!=": difference => difference !== 0,
    "<": difference => difference < 0,
    "<=": difference => difference <= 0,
    ">": difference => difference > 0,
    ">=": difference => difference >= 0,
};

// The conditions of a filter's text. One whose value is still to be written asks for nothing.
function conditions(text) {
    return (text.match(terms) ?? [])
        .map(term => {
            const isNot = term.length > 1 && term.startsWith("-");
            const bare = (isNot ? term.slice(1) : term).replaceAll('"', "");
            const [, name, sign, value] = bare.match(condition) ?? [];
            if (!name) return { word: bare.toLowerCase(), isNot, isWhole: true };
            const values = value.toLowerCase().split(",");
            return { key: keyOf(name), sign, values, isNot, isWhole: value !== "" };
        })
        .filter(term => term.isWhole);
}

// A finished run with a warning has two states, all else of a run one value.
function meets(run, { key, sign, values, word }) {
    if (word !== undefined) return run.text.includes(word);
    const known = key === "state" ? run.states : [plain(run.known.get(key)).toLowerCase()];
    if (sign === "!=") return known.every(value => values.every(asked => order(value, asked) !== 0));
    const told = known.filter(value => value !== "" && value !== "nan");
    return told.some(value => values.some(asked => comparisons[sign](order(value, asked))));
}

function matches(run, asked) {
    return asked.every(term => meets(run, term) !== term.isNot);
}
