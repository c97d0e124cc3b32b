"use strict";

// A click on a column's head sorts by it; another turns the order round. Numbers are compared as numbers.
const body = document.querySelector(".runs tbody");
const heads = [...document.querySelectorAll(".runs th")];

function keyed(row, column) {
    return row.cells[column].dataset.key;
}

function compare(a, b) {
    if (a === b) return 0;
    if (a === "" || b === "") return a === "" ? 1 : -1;
    const difference = Number(a) - Number(b);
    return Number.isNaN(difference) ? a.localeCompare(b) : difference;
}

for (const [column, head] of heads.entries()) {
    if (head.textContent === "") continue;
    head.dataset.sorts = "";

    head.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...body.rows].sort((a, b) => compare(keyed(a, column), keyed(b, column)));
        body.append(...(down ? rows.reverse() : rows));
    });
}
