"""Provenance: with what code, libraries and machine a run was made."""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from softlabel_core import __version__
from softlabel_core.data import Dataset
from softlabel_core.models import texts as text_models
from softlabel_core.study.protocols import Protocol

LIBRARIES = ("torch", "torchvision", "numpy", "scipy", "scikit-learn")


def encoder(protocol: Protocol, dataset: Dataset) -> dict[str, Any]:
    """Where a text model's first weights came from, for its record; nothing for images."""
    return {"encoder": text_models.facts(protocol.encoder or protocol.model)} if dataset.is_text else {}


def where_it_ran(device: torch.device, text: bool = False) -> dict[str, Any]:
    """Code, libraries and machine of a run, for its record."""
    named = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{platform.machine()} CPU"
    return {
        "code": {"version": __version__, "commit": _commit()},
        "versions": {
            "python": platform.python_version(),
            **{
                package: metadata.version(package)
                for package in LIBRARIES + (("transformers", "tokenizers") if text else ())
            },
        },
        "device": named,
        "threads": torch.get_num_threads(),
    }


def _commit() -> str | None:
    """Commit of the checkout that the package lies in, with "+" where files differ from it."""
    try:
        answer = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()


def reset_peak_memory(device: torch.device) -> None:
    """Begin to count anew what a GPU takes; a process knows no such beginning."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def peak_memory(device: torch.device) -> int:
    """Peak bytes: of the GPU since the run began, else of this process so far."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    if sys.platform == "win32":  # which has no such count
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)
