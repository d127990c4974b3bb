// Whatever scrolls can be reached with the keyboard. The theme sees to it when a page is
// loaded; what was folded then, or becomes narrow later, is measured here.
// A closed fold has no size, so what is in it counts as scrolling until it is opened.
const scrolls = (area) =>
  area.closest("details:not([open])") !== null ||
  area.scrollWidth > area.clientWidth || area.scrollHeight > area.clientHeight;
const settle = (area) => {
  const wanted = scrolls(area) ? 0 : -1;
  if (area.tabIndex !== wanted) area.tabIndex = wanted;
};
const measure = new ResizeObserver((entries) => entries.forEach(({ target }) => settle(target)));
// When the window changes, the theme measures again and takes what is folded for small.
const watch = new MutationObserver((changes) => changes.forEach(({ target }) => settle(target)));
const AREAS =
  "pre, div.math, div.cell_output, div.cell_output > .output, .pst-scrollable-table-container";
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(AREAS).forEach((area) => {
    settle(area);
    measure.observe(area);
    watch.observe(area, { attributes: true, attributeFilter: ["tabindex"] });
  });
});
document.addEventListener("toggle", ({ target }) => {
  target.querySelectorAll(AREAS).forEach(settle);
}, true);
