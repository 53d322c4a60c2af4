"""On Colab, make this book importable: add only what is missing, leave torch and numpy as they are."""

import importlib.util
import subprocess
import sys
from pathlib import Path

# What a chapter needs and Colab may lack, each with its own needs, since nothing is allowed to pull in others.
WANTED = ("pooch", "ipywidgets", "anywidget", "psygnal")


def missing() -> list[str]:
    """Packages of WANTED that cannot be imported here."""
    return [name for name in WANTED if importlib.util.find_spec(name) is None]


def main() -> None:
    """Install what is missing and put the repository on the import path."""
    lacking = missing()
    if lacking:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", *lacking], check=True)
    root = str(Path(__file__).resolve().parent.parent)
    if root not in sys.path:
        sys.path.insert(0, root)
    import torch

    gpu = (
        torch.cuda.get_device_name()
        if torch.cuda.is_available()
        else "no GPU (Runtime > Change runtime type)"
    )
    print(
        f"Python {sys.version.split()[0]}, torch {torch.__version__}, {gpu}; installed: {', '.join(lacking) or 'nothing'}"
    )


if __name__ == "__main__":
    main()
