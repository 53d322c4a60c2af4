"""What the theme writes, once more: pages load only what they use, and are whole for a screen reader.

Done when all pages are written. A page that lacks what is to be changed stops the
build: the theme has changed, and this with it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

import icons
import stylesheet
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

SHEET = "book.css"
PICTURES = "_images"
# Pictures of less are not worth a request. A page is shown when all of it has come, and can do without these.
INLINE = re.compile(r"data:image/(png|jpeg);base64,([A-Za-z0-9+/]{65536,}={0,2})")
LINK = re.compile(
    r'[ \t]*<link(?=[^>]*\srel="stylesheet")[^>]*\shref="([^"?]*?)_static/([^"?]+\.css)[^"]*"[^>]*>\n?'
)
SCRIPT = re.compile(r'[ \t]*<script\b([^>]*?)\ssrc="([^"?]*)([^"]*)"([^>]*)></script>\n?')
SEARCH = {"searchtools.js", "language_data.js", "searchindex.js"}

# What stands in each page of the theme, what stands there afterwards, and why.
CHANGES = [
    (  # the bar with the book's name is part of the page for who walks from landmark to landmark
        r'<div id="pst-primary-sidebar" class="',
        '<div id="pst-primary-sidebar" role="complementary" aria-label="Contents of the book" class="',
    ),
    (  # a dark page is dark from its first paint, not when the theme's script has come
        r'document\.documentElement\.dataset\.theme = localStorage\.getItem\("theme"\) \|\| "[a-z]*";',
        'document.documentElement.dataset.theme = ["light", "dark"].includes(document.documentElement.dataset.mode)'
        " ? document.documentElement.dataset.mode"
        ' : matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";',
    ),
    (r'[ \t]*<link rel="preload" as="script"[^>]*>\n?', ""),  # menus may wait for what one reads
]
# What stands in some pages only.
REPAIRS = [
    # a logo in a closed menu is not worth a reader's wait
    (r'<img alt="Colab logo" src=', '<img alt="" loading="lazy" src='),
    # a list of references holds list items and nothing else
    (r'role="doc-biblioentry"', 'role="listitem"'),
    # what opens a list of pages below another says whose
    (
        r'(<a class="[^"]*" href="[^"]*">([^<]+)</a><details[^>]*>)<summary>',
        r'\1<summary aria-label="Below \2">',
    ),
    # a head without words is no head
    (r"<th([^>]*)>\s*(?:<p>\s*</p>)?\s*</th>", r"<td\1></td>"),
]


def setup(app: Sphinx) -> None:
    """Rewrite the pages at the end of a build."""
    app.connect("build-finished", finish, priority=900)  # after the theme, which writes its code colours then


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Rewrite every page that this build wrote, and make the style sheet of all pages."""
    if exception is not None or app.builder.name != "html":
        return
    folder = Path(app.outdir)
    pages = [path for path in sorted(folder.rglob("*.html")) if "_static" not in path.parts]
    texts = {path: path.read_text(encoding="utf-8") for path in pages}
    texts = {path: html for path, html in texts.items() if 'id="main-content"' in html}  # no redirects
    fresh = {path: html for path, html in texts.items() if f"_static/{SHEET}" not in html}
    if not fresh:
        return
    (folder / PICTURES).mkdir(exist_ok=True)
    options = (folder / "_static" / "documentation_options.js").read_text(encoding="utf-8")
    sheets = list(dict.fromkeys(name for html in fresh.values() for _, name in LINK.findall(html)))
    for path, html in fresh.items():
        try:
            texts[path] = apart(rewrite(html, options), folder)
        except ValueError as error:
            raise ExtensionError(f"{path.relative_to(folder)}: {error}") from error
    css = join(folder / "_static", sheets, texts.values())
    (folder / "_static" / SHEET).write_text(css, encoding="utf-8")
    mark = hashlib.sha256(css.encode()).hexdigest()[:12]
    for path, html in texts.items():
        path.write_text(
            re.sub(rf"_static/{SHEET}[^\"]*", f"_static/{SHEET}?v={mark}", html), encoding="utf-8"
        )


def rewrite(html: str, options: str) -> str:
    """One page, leaner and whole.

    Parameters
    ----------
    html : str
        As the theme wrote it.
    options : str
        The script that holds the theme's settings.

    Raises
    ------
    ValueError
        If the page lacks what is to be changed.
    """
    for pattern, instead in CHANGES:
        html, times = re.subn(pattern, instead, html)
        if not times:
            raise ValueError(
                f"nothing matches {pattern}; the theme has changed, adapt book/_ext/lean_pages.py."
            )
    for pattern, instead in REPAIRS:
        html = re.sub(pattern, instead, html)
    html = icons.draw(html)
    html = one_sheet(html)
    return lighter_scripts(html, options)


def apart(html: str, folder: Path) -> str:
    """Large pictures as files beside the page, for one that was written inside of it."""
    root = re.search(r'data-content_root="([^"]*)"', html)

    def save(picture: re.Match[str]) -> str:
        data = base64.b64decode(picture[2])
        name = f"{hashlib.sha256(data).hexdigest()[:16]}.{picture[1]}"
        (folder / PICTURES / name).write_bytes(data)
        return f"{root[1] if root else ''}{PICTURES}/{name}"

    return INLINE.sub(save, html)


def one_sheet(html: str) -> str:
    """Link the one sheet where the first of the theme's stood."""
    links = list(LINK.finditer(html))
    if not links:
        raise ValueError(
            "the page links no style sheet; the theme has changed, adapt book/_ext/lean_pages.py."
        )
    own = f'<link rel="stylesheet" href="{links[0][1]}_static/{SHEET}" />\n'
    return html[: links[0].start()] + own + LINK.sub("", html[links[0].end() :])


def lighter_scripts(html: str, options: str) -> str:
    """Leave out scripts that the page has no use for; let the page be shown before the others run."""
    words = re.sub(r"<script\b.*?</script>", "", html, flags=re.DOTALL)
    formulas = re.search(r"\\\(|\\\[|\\begin\{", words) is not None
    search = "Search.loadIndex" in html or 'id="search-results"' in html

    def change(script: re.Match[str]) -> str:
        before, path, version, after = script.groups()
        name = path.rsplit("/", 1)[-1]
        if name == "documentation_options.js":  # 300 bytes that the lines after it need
            return f"    <script>{options.strip()}</script>\n"
        if name == "fontawesome.js" or (name in SEARCH and not search):
            return ""
        if name == "design-tabs.js" and "sd-tab-set" not in html:
            return ""
        if name in {"tex-chtml.js", "scrollers.js"} and not formulas:
            return ""
        rest = re.sub(r'\s(?:defer|async)(?:="[^"]*")?(?=\s|$)', "", f"{before} {after}".rstrip())
        return f'    <script defer src="{path}{version}"{rest}></script>\n'

    return SCRIPT.sub(change, html)


def join(static: Path, sheets: list[str], pages: Iterable[str]) -> str:
    """All sheets in the order in which pages link them, without what no page can use."""
    words = {word for html in pages for word in stylesheet.classes(html)}
    for script in static.rglob("*.js"):
        if not {"vendor", "locales"} & set(script.parts) and script.name != "fontawesome.js":
            words |= stylesheet.tokens(script.read_text(encoding="utf-8"))
    return "\n".join(stylesheet.prune(stylesheet.read(static, name), words) for name in sheets)
