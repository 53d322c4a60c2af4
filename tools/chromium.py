"""Find the browser that the book is tested in.

python tools/chromium.py              prints its path, or says how to get one and exits 1
python tools/chromium.py --install    as root on Debian, installs it first where it is missing
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys

VARIABLE = "CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A system without any font would draw no text, and pages would have other widths.
PACKAGES = ("chromium", "fonts-dejavu-core")
# How the book is looked at: without a screen, and asking no machine but this one.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
HOW = (
    "no Chromium was found, and the book is tested in one; as root on Debian run apt-get install "
    f"{' '.join(PACKAGES)}, or name the path of a Chromium or Chrome in {VARIABLE}."
)


def find() -> str | None:
    """Path of the browser: the one that CHROMIUM names, else the first on the search path.

    Raises
    ------
    FileNotFoundError
        If CHROMIUM names something that cannot be run.
    """
    named = os.environ.get(VARIABLE)
    if named:
        path = shutil.which(named)
        if path is None:
            raise FileNotFoundError(f"{VARIABLE} names {named}, which cannot be run; correct it or unset it.")
        return path
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def may_install() -> bool:
    """Whether this is root on a system with apt-get."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install() -> None:
    """Install Debian's package.

    Raises
    ------
    subprocess.CalledProcessError
        If apt-get fails; it says why.
    """
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES]):
        subprocess.run(["apt-get", "--quiet", *step], check=True, env=environment, stdout=sys.stderr)


def main(arguments: list[str] | None = None) -> int:
    """Print the browser's path; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--install", action="store_true", help="install it if missing, as root on Debian")
    options = parser.parse_args(arguments)
    try:
        if options.install and find() is None and may_install():
            install()
        path = find()
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        print(f"chromium: {error}", file=sys.stderr)
        return 1
    print(f"chromium: {HOW}" if path is None else path, file=sys.stderr if path is None else sys.stdout)
    return 1 if path is None else 0


if __name__ == "__main__":
    sys.exit(main())
