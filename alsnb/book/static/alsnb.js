// Whatever scrolls can be reached with the keyboard. The theme sees to it when a page is
// loaded; what was folded then, or becomes narrow later, is measured here.
// A closed fold has no size, so what is in it counts as scrolling until it is opened.
const scrolls = (area) =>
  area.closest("details:not([open])") !== null ||
  area.scrollWidth > area.clientWidth || area.scrollHeight > area.clientHeight;
const measure = new ResizeObserver((entries) => {
  for (const { target } of entries) target.tabIndex = scrolls(target) ? 0 : -1;
});
const AREAS =
  "pre, div.math, div.cell_output, div.cell_output > .output, .pst-scrollable-table-container";
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(AREAS).forEach((area) => measure.observe(area));
});
