// Formulas that are wider than the page scroll by themselves: let a keyboard do it too, but only where there is
// something to scroll, since every stop costs a keyboard's user a key.
const mark = (formula) => {
  const scrolls = formula.scrollWidth > formula.clientWidth;
  formula.toggleAttribute('tabindex', scrolls);
  if (scrolls) formula.tabIndex = 0;
};

const watch = () => {
  const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => mark(target)));
  document.querySelectorAll('mjx-container[display="true"]').forEach((formula) => sizes.observe(formula));
};

addEventListener('load', () => window.MathJax?.startup?.promise?.then(watch));
