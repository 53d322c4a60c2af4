// A link to an item: in a static page the address names the figure and the item that the reader chose, "#item=cifar10h/42".

import { rowOf } from "./view.js";

const LATER = 400; // milliseconds; browsers allow an address to change a few times a second, and arrow keys are faster

/** Follow the address, and write it once the reader chooses; returns what to call after a choice, and how to stop. */
export function makeLink(view, choose) {
  const { data, model } = view;
  if (!model.get("static")) return { write() {}, stop() {} };
  let waiting = 0;

  function follow() {
    const named = /^#item=([^/]*)\/(.*)$/.exec(location.hash);
    const row = named && decode(named[1]) === data.name ? data.row.get(decode(named[2])) : undefined;
    if (row === undefined) return;
    choose(row);
    view.root.scrollIntoView({ block: "center" });
  }

  function write() {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const address = `#item=${encodeURIComponent(data.name)}/${encodeURIComponent(data.ids[rowOf(view)].toWellFormed?.() ?? data.ids[rowOf(view)])}`;
      history.replaceState(history.state, "", address);
    }, LATER);
  }

  addEventListener("hashchange", follow);
  requestAnimationFrame(follow);
  return {
    write,
    stop() {
      clearTimeout(waiting);
      removeEventListener("hashchange", follow);
    },
  };
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a broken address names no item
  }
}
