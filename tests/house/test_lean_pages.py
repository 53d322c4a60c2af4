"""The pass over the built pages: nothing needed is lost, nothing unused stays, and a changed theme is noticed."""

from __future__ import annotations

import base64
import re
from types import SimpleNamespace

import icons
import lean_pages
import pytest
import stylesheet
from sphinx.errors import ExtensionError

PAGE = """<html><head>
  <script data-cfasync="false">
    document.documentElement.dataset.theme = localStorage.getItem("theme") || "auto";
  </script>
  <link href="../_static/styles/theme.css?digest=1" rel="stylesheet" />
  <link rel="stylesheet" type="text/css" href="../_static/own.css?v=1" />
  <script defer src="../_static/scripts/fontawesome.js?digest=1"></script>
  <link rel="preload" as="script" href="../_static/scripts/bootstrap.js?digest=1" />
  <script src="../_static/documentation_options.js?v=1"></script>
  <script src="../_static/copybutton.js?v=1"></script>
  <script defer="defer" src="../_static/vendor/mathjax/tex-chtml.js?v=1"></script>
  <script src="../searchindex.js"></script>
  <link rel="icon" href="../_static/favicon.svg"/>
</head><body><div id="pst-primary-sidebar" class="bd-sidebar"></div>
<main id="main-content"><p class="used">Text.</p><i class="fa-solid fa-bars fa-lg" title="Menu"></i></main>
</body></html>"""


@pytest.fixture
def book(tmp_path):
    """A built book of one page and its sheets."""
    static = tmp_path / "_static"
    (static / "styles").mkdir(parents=True)
    (static / "styles" / "theme.css").write_text(
        '@import "../basic.css";\n.used{color:red}.gone{color:blue}', encoding="utf-8"
    )
    (static / "basic.css").write_text("ul.used{background:url(file.png)}", encoding="utf-8")
    (static / "own.css").write_text(".used{color:green}", encoding="utf-8")
    (static / "documentation_options.js").write_text("const OPTIONS = {};", encoding="utf-8")
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "start.html").write_text(PAGE, encoding="utf-8")
    return tmp_path


def finish(folder):
    lean_pages.finish(SimpleNamespace(outdir=str(folder), builder=SimpleNamespace(name="html")), None)
    return (folder / "book" / "start.html").read_text(encoding="utf-8")


def test_a_page_links_one_sheet_in_the_order_of_all(book):
    html = finish(book)
    assert html.count('rel="stylesheet"') == 1
    assert '<link rel="icon"' in html
    css = (book / "_static" / "book.css").read_text(encoding="utf-8")
    assert "gone" not in css
    assert css.index("file.png") < css.index("red") < css.index("green")


def test_a_page_loads_what_it_uses(book):
    html = finish(book)
    for name in ("fontawesome", "searchindex", "tex-chtml", "preload", "documentation_options.js"):
        assert name not in html
    assert "const OPTIONS = {};" in html
    assert '<script defer src="../_static/copybutton.js?v=1"></script>' in html


def test_a_page_with_formulas_keeps_what_sets_them():
    html = lean_pages.rewrite(PAGE.replace("Text.", r'<span class="math">\(x\)</span>'), "")
    assert html.count('<script defer src="../_static/vendor/mathjax/tex-chtml.js?v=1"></script>') == 1


def test_a_formula_in_a_script_is_none():
    assert "tex-chtml" not in lean_pages.rewrite(PAGE.replace("Text.", r"<script>a = /\(/;</script>"), "")


def test_a_large_picture_is_a_file_and_a_small_one_is_not(book):
    large, small = b"\xff" * 60_000, b"\xff" * 300
    addresses = [f"data:image/jpeg;base64,{base64.b64encode(data).decode()}" for data in (large, small)]
    page = book / "book" / "start.html"
    page.write_text(
        PAGE.replace("<html", '<html data-content_root="../"').replace("Text.", " ".join(addresses)),
        encoding="utf-8",
    )
    html = finish(book)
    (name,) = re.findall(r"\.\./(_images/\w+\.jpeg)", html)
    assert (book / name).read_bytes() == large
    assert addresses[1] in html
    assert addresses[0] not in html


def test_a_second_build_changes_nothing(book):
    assert finish(book) == finish(book)


def test_a_changed_theme_is_noticed(book):
    page = book / "book" / "start.html"
    page.write_text(PAGE.replace("pst-primary-sidebar", "sidebar"), encoding="utf-8")
    with pytest.raises(ExtensionError, match=r"book/start\.html: nothing matches .*lean_pages\.py"):
        finish(book)


def test_a_heading_without_words_is_a_cell():
    assert "<td class=x></td><th>a</th>" in lean_pages.rewrite(
        PAGE.replace("Text.", "<th class=x></th><th>a</th>"), ""
    )


def test_an_icon_is_drawn_without_a_name_of_its_own():
    drawn = icons.draw('<i class="fa-solid fa-bars fa-lg theme" data-mode="x" title="Menu"></i>')
    assert drawn.startswith(
        '<svg class="sl-icon fa-lg theme" data-mode="x" viewBox="0 0 448 512" aria-hidden="true">'
    )
    assert icons.draw('<i class="other"></i>') == '<i class="other"></i>'


def test_an_icon_that_the_theme_lacks_is_named():
    with pytest.raises(ValueError, match="'no-such'"):
        icons.outline("no-such")


@pytest.mark.parametrize(
    ("css", "left"),
    [
        (".a{x:1}.b{x:2}", ".a{x:1}"),
        (".a,.b .a,p{x:1}", ".a,p{x:1}"),
        (".a:not(.b){x:1}", ".a:not(.b){x:1}"),
        ("p:is(.b, .c){x:1}", "p:is(.b, .c){x:1}"),
        (r".w-1\/2{x:1}", ""),
        ('[href$=".b"]{x:1}', '[href$=".b"]{x:1}'),
        ("@media print{.b{x:1}}", ""),
        ("@media print{.a{x:1}.b{x:2}}", "@media print{.a{x:1}}"),
        ('.a:before{content:"{;}"}/* .b{} */.b{x:1}', '.a:before{content:"{;}"}'),
        ("@font-face{src:url(x.woff2)}", "@font-face{src:url(x.woff2)}"),
        ("@keyframes t{from{x:1}to{x:2}}", "@keyframes t{from{x:1}to{x:2}}"),
        (".bs-tooltip-top{x:1}", ".bs-tooltip-top{x:1}"),
    ],
)
def test_a_rule_stays_if_some_page_may_use_it(css, left):
    assert stylesheet.prune(css, {"a"}) == left


def test_a_sheet_that_breaks_off_is_refused():
    with pytest.raises(ValueError, match="ends inside"):
        stylesheet.prune(".a{x:1", {"a"})


def test_words_of_scripts_are_classes_but_those_of_data_are_not():
    html = '<p class="one two"></p><script>add("three")</script><script type="application/json">{"four": 1}</script>'
    assert stylesheet.classes(html) >= {"one", "two", "three"}
    assert "four" not in stylesheet.classes(html)


def test_addresses_move_with_a_sheet():
    assert stylesheet.relocate("url(../a.png) url('b.png#c') url(data:x) url(#d)", "styles") == (
        "url(a.png) url('styles/b.png#c') url(data:x) url(#d)"
    )


def test_what_opens_a_list_of_pages_says_whose():
    line = '<a class="reference internal" href="api.html">API</a><details open="open"><summary>+</summary>'
    html = PAGE.replace("<p class=", f"{line}</details><p class=")
    assert '<summary aria-label="Below API">' in lean_pages.rewrite(html, "")
