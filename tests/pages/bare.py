"""A page with one figure whose module and model a test can reach: `figure`, `model`, and `stop` as a notebook calls it."""

from __future__ import annotations

from softlabel_book.interactive import base

_PAGE = """<!doctype html><html lang="en"><title>t</title><div id="here"></div><script type="module">
%s
const heard = {};
window.state = %s;
window.figure = figure;
window.model = {
  get: (key) => state[key],
  set(key, value) { state[key] = value; (heard[key] ?? []).forEach((call) => call()); },
  on: (event, call) => (heard[event.slice(7)] ??= []).push(call),
  off: (event, call) => { heard[event.slice(7)] = heard[event.slice(7)].filter((kept) => kept !== call); },
  save_changes() {},
};
window.stop = figure.render({ model, el: document.getElementById("here") });
</script></html>"""


def bare(figure: base.Interactive) -> str:
    """The page of a figure."""
    return _PAGE % (base.inline_module(figure.kind), base.to_json(figure._state()))
