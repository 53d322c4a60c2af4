"""A figure that a reader touches: one ES module with its state, live in a notebook or written into a static page.

The module (`<kind>/bundle.js`, made of `<kind>/main.js`) has one default export,
`{ render({ model, el }) }`, and asks its model only for `get`, `set`, `on`, `off` and
`save_changes`. In a notebook the model is an anywidget; in a static page it is JSON
beside the module and ten lines of script.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import html
import itertools
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from softlabel_book import palette

STATIC_VARIABLE = "EXPLORER_STATIC"
Check = Callable[
    [Any], Any
]  # what is kept of a given value, or a ValueError whose sentence says what could be given
_serial = itertools.count(1)


class Interactive:
    """What all interactive figures share; a figure is a subclass that names its module and declares its values.

    Parameters
    ----------
    payload : mapping
        What the figure shows, as values that JSON can hold; it never changes and
        crosses to a notebook's page once.
    values : mapping of str to value
        What both a reader and Python may change, with the first value of each.
    checks : mapping of str to function
        For each of them, what is kept of a given value.

    Raises
    ------
    ValueError
        If a first value does not pass its check.

    Attributes
    ----------
    kind : str
        Name of the module, of its style sheet and, after "sl-", of its root's class.
    height : str
        CSS length kept free until the script has run, so that the page does not jump.
    """

    kind: ClassVar[str]
    height: ClassVar[str] = "32rem"

    def __init__(
        self, payload: Mapping[str, Any], values: Mapping[str, Any], checks: Mapping[str, Check]
    ) -> None:
        self.payload = dict(payload)
        self._checks = dict(checks)
        self._values = {name: self._check(name, value) for name, value in values.items()}
        self._handlers: list[tuple[str, Callable[[Any], None]]] = []
        self._widget: Any = None

    # What a figure says of itself.

    def _summary(self) -> str:
        """What a reader without JavaScript is told, as plain text."""
        raise NotImplementedError

    def _picture(self) -> str:
        """What a reader without JavaScript sees, as markup; nothing from data may enter it unescaped."""
        return ""

    # Values that both sides may change.

    def _check(self, name: str, value: Any) -> Any:
        """The value as it is kept, or a ValueError whose sentence says what could be given."""
        return self._checks[name](value)

    def _choose(self, name: str, value: Any) -> None:
        """Take over a choice made in Python or in the page, once."""
        if value == self._values[name]:
            return
        from traitlets import Bunch

        old, self._values[name] = self._values[name], value
        if self._widget is not None:
            setattr(self._widget, name, value)
        change = Bunch(name=name, old=old, new=value, owner=self, type="change")
        for watched, handler in list(self._handlers):
            if watched == name:
                handler(change)

    def observe(self, handler: Callable[[Any], None], names: str) -> None:
        """Call `handler(change)` whenever the value of that name changes; `change.new` is the new one.

        Raises
        ------
        ValueError
            If the figure has no value of that name.
        """
        self._handlers.append((self._known(names), handler))

    def unobserve(self, handler: Callable[[Any], None], names: str) -> None:
        """Stop calling `handler`; unknown handlers are passed over.

        Raises
        ------
        ValueError
            If the figure has no value of that name.
        """
        unwanted = (self._known(names), handler)
        self._handlers = [kept for kept in self._handlers if kept != unwanted]

    def _known(self, name: str) -> str:
        """The name of a value, or a sentence if the figure has none of that name."""
        return one_of("name", name, list(self._values))

    @property
    def widget(self) -> Any:
        """The anywidget behind a live figure, made when first asked for."""
        if self._widget is None:
            self._widget = _widget_class(self.kind, tuple(self._values))(self, **self._state())
            for name in self._values:
                self._widget.observe(lambda change: self._choose(change["name"], change["new"]), name)
        return self._widget

    # What is shown.

    def to_html(self, standalone: bool = False) -> str:
        """The figure as HTML that needs neither a kernel nor a network.

        Parameters
        ----------
        standalone : bool
            Whether to return a whole page instead of a fragment for one.
        """
        state = to_json(self._state() | {"static": True})
        name = f"sl-{hashlib.sha256(state.encode()).hexdigest()[:12]}-{next(_serial)}"
        fragment = _FRAGMENT.format(
            name=name,
            kind=self.kind,
            height=self.height,
            state=state,
            still=f"{self._picture()}<p>{as_text(self._summary())}</p>",
            module=inline_module(self.kind),
        )
        if not standalone:
            return fragment
        return _PAGE.format(title=as_text(str(self.payload["title"])), body=fragment)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        """What a notebook shows: the live widget, or plain HTML where EXPLORER_STATIC=1."""
        if os.environ.get(STATIC_VARIABLE) == "1":
            return {"text/html": self.to_html()}
        return self.widget._repr_mimebundle_(include=include, exclude=exclude)

    def _state(self) -> dict[str, Any]:
        """The values that the ES module reads from its model."""
        sheet = source(f"{self.kind}/style.css").replace(".sl-root", f".sl-{self.kind}")
        return {"payload": self.payload, **self._values, "css": look(f"sl-{self.kind}") + sheet}


def shared(name: str, says: str) -> property:
    """An attribute of a figure: it reads one of its values, and checks and takes over what is written to it."""

    def read(figure: Interactive) -> Any:
        return copy.copy(figure._values[name])  # so that a list altered in place changes nothing unsaid

    def write(figure: Interactive, value: Any) -> None:
        figure._choose(name, figure._check(name, value))

    return property(read, write, doc=says)


def one_of(name: str, value: str, known: Sequence[str]) -> str:
    """The value, where it is one of those known.

    Raises
    ------
    ValueError
        If it is not; the sentence lists those there are.
    """
    if value not in known:
        raise ValueError(f"there is no {name} {value!r}; choose one of {', '.join(known)}.")
    return value


def pack(array: NDArray) -> dict[str, Any]:
    """An array as base64, row by row, little-endian: floats as float32, whole numbers as the smallest unsigned type."""
    if array.dtype.kind == "f":
        kind = "float32"
    else:
        kind = next(
            kind for kind in ("uint8", "uint16", "uint32") if array.max(initial=0) <= np.iinfo(kind).max
        )
    data = np.ascontiguousarray(array, dtype=np.dtype(kind).newbyteorder("<"))
    return {"type": kind, "base64": base64.b64encode(data.tobytes()).decode()}


def unpack(packed: Mapping[str, Any], n_rows: int) -> NDArray:
    """What `pack` packed, as an array of shape [n_rows, ...]: all else of its shape is one axis."""
    kind = np.dtype(packed["type"]).newbyteorder("<")
    return np.frombuffer(base64.b64decode(packed["base64"]), kind).reshape(n_rows, -1)


@cache
def source(file: str) -> str:
    """One of the package's own files as text."""
    return resources.files(__package__).joinpath(file).read_text(encoding="utf-8")


@cache
def look(root: str) -> str:
    """Style sheet of what interactive figures share, below an element of class `root`.

    The colours and letter sizes of palette.json come first, as style variables, light
    or dark as the page is; a page's own `--sl-hard`, `--sl-ink`, ... take precedence.
    Dark is what the book (data-theme), JupyterLab, Colab or VS Code say, else what
    the system prefers.
    """
    letters = f"--_family: var(--sl-font, {palette.FAMILY});" + "".join(
        f" --_{name}: {size}px;" for name, size in palette.LETTERS.items()
    )
    light, dark = (
        " ".join(f"--_{name}: var(--sl-{name}, {both[theme]});" for name, both in palette.COLOURS.items())
        for theme in palette.THEMES
    )
    book, colab, lab, code = (
        f"{page} .sl-root"
        for page in (
            'html[data-theme="dark"]',
            'html[theme="dark"]',
            '[data-jp-theme-light="false"]',
            ".vscode-dark",
        )
    )
    unsaid = "html:not([data-theme], [theme]) body:not([data-jp-theme-light], .vscode-light)"
    sheet = (
        f".sl-root {{ {letters} {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ {unsaid} .sl-root {{ {dark} }} }}\n"
        f"{book}, {colab}, {lab}, {code} {{ {dark} }}\n"
    ) + source("base.css")
    return sheet.replace(".sl-root", f".{root}")


@cache
def inline_module(kind: str) -> str:
    """A bundled ES module with its default export as a constant, so that a script tag can hold it.

    Raises
    ------
    ValueError
        If the module has not one default export at its end, or holds what would end the script tag.
    """
    pattern = r"export\s*\{\s*([\w$]+)\s+as\s+default\s*,?\s*\};?\s*\Z"
    text, found = re.subn(pattern, lambda m: f"const figure = {m[1]};\n", source(f"{kind}/bundle.js"))
    if found != 1 or re.search(r"(?i)</script|<!--", text):
        raise ValueError(
            f"{kind}/bundle.js must end with one default export, without '</script' or '<!--' in its text; "
            "make it with make bundle."
        )
    return text


@cache
def _widget_class(kind: str, names: tuple[str, ...]) -> Any:
    """The anywidget class of a figure, made here so that importing a figure imports no notebook library."""
    import anywidget
    import traitlets

    class Live(anywidget.AnyWidget):
        """A live figure: the same ES module with traits for its model."""

        _esm = source(f"{kind}/bundle.js")
        payload = traitlets.Dict().tag(sync=True, to_json=_sendable)
        css = traitlets.Unicode().tag(sync=True)

        def __init__(self, owner: Interactive, **values: Any) -> None:
            self._owner = owner
            super().__init__(**values)

        @traitlets.validate(*names)
        def _known(self, proposal: Any) -> Any:
            """Refuse what the figure cannot hold, whichever side it came from."""
            try:
                return self._owner._check(proposal["trait"].name, proposal["value"])
            except ValueError as error:
                raise traitlets.TraitError(str(error)) from None

    traits = {name: traitlets.Any().tag(sync=True, to_json=_sendable) for name in names}
    return type(f"{kind.capitalize()}Widget", (Live,), traits)


def to_json(value: Any) -> str:
    """JSON that can stand inside a script tag: no '<' or '&', no line separators, no lone surrogates."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029\ud800-\udfff]", lambda m: f"\\u{ord(m[0]):04x}", text)


def _sendable(value: Any, widget: Any) -> Any:
    """A trait's value without lone surrogates, which no message to a notebook can hold."""
    return json.loads(re.sub("[\ud800-\udfff]", "\ufffd", json.dumps(value, ensure_ascii=False)))


def as_text(value: str) -> str:
    """Text as markup that shows it, letter by letter.

    Markup cannot hold NUL or a lone surrogate, which become U+FFFD, and would
    read a carriage return as a line feed.
    """
    kept = re.sub("[\x00\ud800-\udfff]", "\ufffd", value)
    return html.escape(kept).replace("\r", "&#13;")


_FRAGMENT = """<style>@media (scripting: enabled) {{ #{name} {{ min-height: {height}; }} }}</style>
<div id="{name}" class="sl-{kind}"><noscript>{still}</noscript></div>
<script type="application/json" id="{name}-state">{state}</script>
<script type="module">
{module}
{{ // the model that a widget would bring: values, and who listens to them
  const state = JSON.parse(document.getElementById("{name}-state").textContent);
  const heard = {{}};
  const model = {{
    get: (key) => state[key],
    set(key, value) {{
      if (state[key] === value) return;
      state[key] = value;
      for (const call of heard["change:" + key] ?? []) call();
    }},
    on: (event, call) => (heard[event] ??= new Set()).add(call),
    off: (event, call) => heard[event]?.delete(call),
    save_changes() {{}},
  }};
  figure.render({{ model, el: document.getElementById("{name}") }});
}}
</script>
"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font-family: system-ui, sans-serif; }}
body {{ margin: 2rem auto; padding: 0 1rem; max-width: 56rem; background: Canvas; }}
h1 {{ font-size: 1.125rem; }}
main > div > figure > .sl-title {{ display: none; }} /* the heading says it */
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""
