// A link to an item: in a static page the address names the figure and the item that the reader chose, "#item=cifar10h/42".

import { rowOf } from "./view.js";

const LATER = 400; // milliseconds; browsers allow an address to change a few times a second, and arrow keys are faster

/** Follow the address, and write it once the reader chooses; returns what to call after a choice, and how to stop. */
export function makeLink(view, choose) {
  const { data, model } = view;
  if (!model.get("static")) return { write() {}, stop() {} };
  const name = ownName(view.root.parentElement, data.name);
  let waiting = 0;

  function follow() {
    const named = /^#item=([^/]*)\/(.*)$/.exec(location.hash);
    const row = named && decode(named[1]) === name ? data.row.get(decode(named[2])) : undefined;
    if (row === undefined) return;
    choose(row);
    view.root.scrollIntoView({ block: "center" });
  }

  function write() {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      try {
        history.replaceState(
          history.state,
          "",
          `#item=${encodeURIComponent(name)}/${encodeURIComponent(data.ids[rowOf(view)])}`,
        );
      } catch {
        // half a letter in the id, or a page inside another page, which has no address to write
      }
    }, LATER);
  }

  addEventListener("hashchange", follow);
  const first = requestAnimationFrame(follow);
  return {
    write,
    stop() {
      clearTimeout(waiting);
      cancelAnimationFrame(first);
      removeEventListener("hashchange", follow);
    },
  };
}

/** A figure's name in addresses; the second of one name in a page has "-2" after it. */
function ownName(node, name) {
  const before = document.querySelectorAll(`.sl-explorer[data-name="${CSS.escape(name)}"]`).length;
  node.dataset.name = name;
  return before ? `${name}-${before + 1}` : name;
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a broken address names no item
  }
}
