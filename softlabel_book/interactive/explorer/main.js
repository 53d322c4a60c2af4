// The explorer: every item's votes beside each arm's answer.
//
// One module for the live widget as for the static page. It reads a model of `payload`, `css` and the values that
// `heard` lists, writes those values, and calls only get, set, on, off, save_changes. Words: see the book's glossary.

import { element, frame, mount, say } from "../shared/elements.js";
import { makeControls, makeTools } from "./controls.js";
import { read } from "./data.js";
import { makeLink } from "./link.js";
import { makePane } from "./pane.js";
import { makePlot } from "./plot.js";
import { makeSummary } from "./summary.js";
import { makeTable } from "./table.js";
import { armOf, choose, isNarrowed, makeView, sift } from "./view.js";
import { itemInWords, shownInWords } from "./words.js";

export default { render };

function render({ model, el }) {
  const data = read(model.get("payload"));
  const root = frame(data.title);
  const view = makeView(data, model, root);
  mount(el, "explorer", model.get("css"), root);
  sift(view);
  const controls = makeControls(view),
    plot = makePlot(view),
    tools = makeTools(view, plot);
  const pane = makePane(view),
    summary = makeSummary(view, tools.clear),
    table = makeTable(view);
  const left = element("div", {}, plot.node, tools.node),
    right = element("div", {}, pane.node, summary.node);
  root.lastChild.before(
    controls.node,
    element("div", { class: "sl-body" }, left, right),
    element("p", { class: "sl-note" }, data.note),
    table.node,
  );
  const link = makeLink(view, (row) => choose(view, row));

  /** Everything anew, after whatever changed which items are shown and how. */
  function show(glide = false) {
    root.dataset.arm = armOf(view).name; // the style sheet gives every data-arm its colour
    sift(view);
    controls.show();
    plot.show({ glide });
    tools.show();
    pane.show();
    summary.show();
    table.show();
  }

  const narrowed = () => {
    show();
    say(root, shownInWords(view));
  };
  /** Arms were chosen by their names; what need be said is that other items are left. */
  const told = () => isNarrowed(view) && say(root, shownInWords(view));
  const heard = {
    selected() {
      plot.showItem();
      pane.show();
      link.write();
      say(root, itemInWords(view));
    },
    arm: () => (show(true), told()),
    beside: () => (show(), told()),
    colour: () => show(),
    order: () => show(),
    filter: narrowed,
    region: narrowed,
  };
  for (const [name, call] of Object.entries(heard)) model.on(`change:${name}`, call);
  show();
  return () => {
    for (const [name, call] of Object.entries(heard)) model.off(`change:${name}`, call);
    link.stop();
    plot.stop();
    el.replaceChildren();
  };
}
