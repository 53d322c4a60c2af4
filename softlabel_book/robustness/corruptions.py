"""Corruptions: common damage to images, in five severities."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

Images = NDArray[np.uint8]

# The constants with which CIFAR-10-C was made: make_cifar_c.py in github.com/hendrycks/robustness.
SEVERITIES: dict[str, tuple[float, ...]] = {
    "noise": (0.04, 0.06, 0.08, 0.09, 0.10),  # standard deviation, white is 1
    "blur": (0.4, 0.6, 0.7, 0.8, 1.0),  # standard deviation of the Gaussian, pixels
    "contrast": (0.75, 0.5, 0.4, 0.3, 0.15),  # share of the contrast that is left
    "jpeg": (80, 65, 58, 50, 40),  # quality of the file
}
TITLES = {
    "noise": "Gaussian noise",
    "blur": "Gaussian blur",
    "contrast": "low contrast",
    "jpeg": "JPEG compression",
}


def corrupt(images: Images, kind: str, severity: int, seed: int = 0) -> Images:
    """Damage images as in CIFAR-10-C, with its constants.

    Parameters
    ----------
    images : numpy.ndarray of uint8, shape [n_items, height, width, channels]
        One channel or three. The constants are made for 32 x 32 pixels; a blur of one
        pixel does more to an image of 8 x 8.
    kind : {"noise", "blur", "contrast", "jpeg"}
    severity : int
        From 1 to 5; 0 leaves the images as they are.
    seed : int
        Seed of the noise. All severities scale the same draw, so that they differ in strength alone.

    Returns
    -------
    numpy.ndarray of uint8, same shape
        Rounded to the nearest grey level, where CIFAR-10-C cuts off what is behind the point.

    Raises
    ------
    ValueError
        If the images are not such an array, or the kind or severity does not exist.

    References
    ----------
    Hendrycks and Dietterich (2019), "Benchmarking neural network robustness to common corruptions
    and perturbations", ICLR; constants from their script make_cifar_c.py.
    """
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] not in (1, 3):
        raise ValueError(
            f"images have shape {images.shape} of {images.dtype}; give uint8 [n_items, height, width, 1 or 3]."
        )
    if kind not in SEVERITIES:
        raise ValueError(f"there is no corruption {kind!r}; choose one of {', '.join(SEVERITIES)}.")
    strengths = SEVERITIES[kind]
    if severity not in range(len(strengths) + 1):
        raise ValueError(f"severity is {severity}; choose 1 to {len(strengths)}, or 0 for no change.")
    if severity == 0:
        return images.copy()
    return _DAMAGE[kind](images, strengths[severity - 1], seed)


def _noise(images: Images, strength: float, seed: int) -> Images:
    drawn = np.random.default_rng(seed).standard_normal(images.shape, dtype=np.float32)
    return _to_grey_levels(images + 255 * strength * drawn)


def _blur(images: Images, strength: float, seed: int) -> Images:
    return _to_grey_levels(
        gaussian_filter(images.astype(np.float32), (0, strength, strength, 0), mode="nearest")
    )


def _contrast(images: Images, strength: float, seed: int) -> Images:
    """Each channel drawn towards its own mean; torchvision's function takes the mean of the grey picture."""
    means = images.mean(axis=(1, 2), keepdims=True)
    return _to_grey_levels(strength * (images - means) + means)


def _jpeg(images: Images, strength: float, seed: int) -> Images:
    return np.stack([_through_file(image, int(strength)) for image in images])


def _through_file(image: Images, quality: int) -> Images:
    """An image [height, width, channels] as it comes back from a JPEG file."""
    file = io.BytesIO()
    Image.fromarray(image.squeeze(axis=2) if image.shape[2] == 1 else image).save(
        file, "JPEG", quality=quality
    )
    with Image.open(file) as read:
        return np.asarray(read).reshape(image.shape)


def _to_grey_levels(pixels: NDArray[np.floating]) -> Images:
    return np.rint(np.clip(pixels, 0, 255)).astype(np.uint8)


_DAMAGE: dict[str, Callable[[Images, float, int], Images]] = {
    "noise": _noise,
    "blur": _blur,
    "contrast": _contrast,
    "jpeg": _jpeg,
}
