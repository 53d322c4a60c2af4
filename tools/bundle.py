"""Bundle the interactive figures: each softlabel_book/interactive/NAME/main.js with all that it imports into bundle.js.

python tools/bundle.py            bundles with esbuild (needs Node, and npm ci in tools/web)
python tools/bundle.py --check    fails if a bundle is not what its sources gave; needs no Node
python tools/bundle.py --again    bundles anew elsewhere and fails if a byte differs

The first line of a bundle names the hash of all sources and of the packages' lock, and
the hash of the rest of the bundle: whoever edits one of them is noticed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = Path("softlabel_book", "interactive")
WEB = Path("tools", "web")
BUNDLE = "bundle.js"
HOW = "install Node 20 or newer, then run npm ci in tools/web."


def entries(root: Path) -> list[Path]:
    """The modules that a page can hold: each figure's main.js."""
    return sorted((root / HERE).glob("*/main.js"))


def sources_hash(root: Path) -> str:
    """Hash of every source and of the versions that are bundled with them."""
    files = sorted(file for file in (root / HERE).rglob("*.js") if file.name != BUNDLE)
    hashed = hashlib.sha256((root / WEB / "package-lock.json").read_bytes())
    for file in files:
        hashed.update(f"\n{file.relative_to(root / HERE).as_posix()}\n".encode() + file.read_bytes())
    return hashed.hexdigest()[:16]


def first_line(sources: str, body: str) -> str:
    """What a bundle says of itself."""
    own = hashlib.sha256(body.encode()).hexdigest()[:16]
    return f"// Made by tools/bundle.py from main.js (sources {sources}, bundle {own}); edit that. See LICENSE-D3.\n"


def bundle(root: Path) -> dict[str, str]:
    """Every bundle by the name of its figure.

    Raises
    ------
    RuntimeError
        If esbuild is not at hand or refuses a source.
    """
    esbuild = root / WEB / "node_modules" / ".bin" / "esbuild"
    if not esbuild.exists() or shutil.which("node") is None:
        raise RuntimeError(f"esbuild is not at hand; {HOW}")
    made = {}
    with tempfile.TemporaryDirectory() as folder:
        command = [str(esbuild), *map(str, entries(root)), "--bundle", "--format=esm", "--minify"]
        command += ["--target=es2022", "--charset=utf8", "--legal-comments=inline", f"--outdir={folder}"]
        environment = {**os.environ, "NODE_PATH": str(root / WEB / "node_modules")}
        run = subprocess.run(
            [*command, "--log-level=warning"], capture_output=True, text=True, env=environment
        )
        if run.returncode or run.stderr.strip():
            raise RuntimeError(f"esbuild did not bundle the figures:\n{run.stderr.strip()}")
        for file in entries(root):
            body = (Path(folder) / file.parent.name / file.name).read_text(encoding="utf-8")
            made[file.parent.name] = first_line(sources_hash(root), body) + body
    return made


def stale(root: Path) -> list[str]:
    """Sentences on bundles that are missing, left over, or not what the sources gave."""
    found, sources = [], sources_hash(root)
    names = [file.parent.name for file in entries(root)]
    for name in names:
        file = root / HERE / name / BUNDLE
        head, _, body = file.read_text(encoding="utf-8").partition("\n") if file.exists() else ("", "", "")
        if not re.search(rf"\(sources {sources}, ", head):
            found.append(f"{HERE / name / BUNDLE} is not what main.js gives; run make bundle.")
        elif head + "\n" != first_line(sources, body):
            found.append(f"{HERE / name / BUNDLE} was edited by hand; edit main.js and run make bundle.")
    left = sorted(file.parent.name for file in (root / HERE).glob(f"*/{BUNDLE}"))
    return found + [
        f"{HERE / name / BUNDLE} has no main.js; delete it." for name in left if name not in names
    ]


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="only say whether the bundles are fresh")
    parser.add_argument("--again", action="store_true", help="bundle anew and compare byte for byte")
    options = parser.parse_args(arguments)
    if options.check:
        complaints = stale(root)
        print("\n".join(complaints), end="\n" if complaints else "", file=sys.stderr)
        return int(bool(complaints))
    try:
        made = bundle(root)
    except RuntimeError as error:
        print(f"bundle: {error}", file=sys.stderr)
        return 1
    for name, text in made.items():
        file = root / HERE / name / BUNDLE
        if options.again:
            if not file.exists() or file.read_text(encoding="utf-8") != text:
                print(
                    f"bundle: {HERE / name / BUNDLE} differs from a fresh bundle; run make bundle.",
                    file=sys.stderr,
                )
                return 1
        elif not file.exists() or file.read_text(encoding="utf-8") != text:
            # A page that is being made reads the old one or the new one.
            whole = file.with_name(f".{file.name}")
            whole.write_text(text, encoding="utf-8")
            os.replace(whole, file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
