"""Corruptions: each does what its name says, more so with each severity, and nothing else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from shared import sentence_of

from softlabel_book.robustness import corruptions
from softlabel_core import data

DIGITS = data.load("digits", n_items=200).items
STEPS = range(6)


def photographs(n=20, seed=0):
    """Coloured pictures of 32 x 32 with structure at every scale."""
    rng = np.random.default_rng(seed)
    coarse = np.kron(rng.uniform(0, 255, (n, 8, 8, 3)), np.ones((1, 4, 4, 1)))
    return np.clip(coarse + rng.normal(0, 15, coarse.shape), 0, 255).astype(np.uint8)


def detail(images):
    """Energy above half the highest frequency, grey levels squared."""
    spectrum = np.abs(np.fft.fft2(images.astype(float), axes=(1, 2))) ** 2
    frequency = np.hypot(*np.meshgrid(*(np.fft.fftfreq(size) for size in images.shape[1:3]), indexing="ij"))
    return spectrum[:, frequency > 0.25].mean()


def change(images, kind, severity, **options):
    return corruptions.corrupt(images, kind, severity, **options).astype(float) - images


@pytest.mark.parametrize("kind", corruptions.SEVERITIES)
@given(
    images=arrays(
        np.uint8,
        st.tuples(st.integers(1, 3), st.sampled_from([8, 13, 32]), st.just(8), st.sampled_from([1, 3])),
    ),
    severity=st.integers(0, 5),
)
def test_type_shape_and_input_stay(kind, images, severity):
    before = images.copy()
    found = corruptions.corrupt(images, kind, severity)
    assert found.dtype == np.uint8
    assert found.shape == images.shape
    np.testing.assert_array_equal(images, before)
    if severity == 0:
        np.testing.assert_array_equal(found, images)
        assert not np.shares_memory(found, images)


@pytest.mark.parametrize("kind", corruptions.SEVERITIES)
@pytest.mark.parametrize("images", [DIGITS, photographs()], ids=["digits", "photographs"])
def test_every_severity_moves_further_from_the_original(kind, images):
    distance = [np.abs(change(images, kind, severity)).mean() for severity in STEPS]
    assert distance[0] == 0
    assert (np.diff(distance) > 0).all()


@pytest.mark.parametrize("images", [DIGITS, photographs()], ids=["digits", "photographs"])
def test_blur_takes_detail_noise_adds_it(images):
    blurred, noisy = (
        [detail(corruptions.corrupt(images, kind, severity)) for severity in STEPS]
        for kind in ("blur", "noise")
    )
    assert (np.diff(blurred) < 0).all()
    assert (np.diff(noisy) > 0).all()


def test_blur_keeps_colours_apart_and_the_mean_of_an_even_picture():
    red = np.zeros((1, 32, 32, 3), np.uint8)
    red[..., 0] = 200
    red[:, 16, 16] = (0, 200, 0)
    found = corruptions.corrupt(red, "blur", 5)[0]
    assert (found[..., 2] == 0).all()
    assert 0 < found[16, 16, 1] < 200
    assert (found[:8, :, 0] == 200).all()  # nothing black comes in from beyond the edge


def test_noise_has_its_standard_deviation_and_its_seed():
    grey = np.full((50, 32, 32, 1), 128, np.uint8)
    for severity, wanted in enumerate(corruptions.SEVERITIES["noise"], 1):
        found = change(grey, "noise", severity)
        assert found.std() == pytest.approx(255 * wanted, rel=0.02)
        assert abs(found.mean()) < 0.5
    first = corruptions.corrupt(grey, "noise", 3, seed=1)
    np.testing.assert_array_equal(first, corruptions.corrupt(grey, "noise", 3, seed=1))
    assert (first != corruptions.corrupt(grey, "noise", 3, seed=2)).mean() > 0.9
    # Severities scale one draw.
    weak, strong = (change(grey, "noise", severity).ravel() for severity in (1, 5))
    assert np.corrcoef(weak, strong)[0, 1] > 0.999


def test_contrast_keeps_each_channels_mean_and_shrinks_its_spread():
    images = photographs()
    for severity, share in enumerate(corruptions.SEVERITIES["contrast"], 1):
        found = corruptions.corrupt(images, "contrast", severity)
        np.testing.assert_allclose(found.mean(axis=(1, 2)), images.mean(axis=(1, 2)), atol=0.3)
        np.testing.assert_allclose(found.std(axis=(1, 2)), share * images.std(axis=(1, 2)), rtol=0.03)


def test_jpeg_is_what_pillow_writes(tmp_path):
    from PIL import Image

    image = photographs(1)
    for severity, quality in enumerate(corruptions.SEVERITIES["jpeg"], 1):
        Image.fromarray(image[0]).save(tmp_path / "one.jpg", quality=int(quality))
        with Image.open(tmp_path / "one.jpg") as read:
            np.testing.assert_array_equal(corruptions.corrupt(image, "jpeg", severity)[0], np.asarray(read))


def test_the_constants_are_those_of_cifar_10_c():
    """Copied by eye from make_cifar_c.py of github.com/hendrycks/robustness, commit ca360085."""
    assert corruptions.SEVERITIES == {
        "noise": (0.04, 0.06, 0.08, 0.09, 0.10),
        "blur": (0.4, 0.6, 0.7, 0.8, 1),
        "contrast": (0.75, 0.5, 0.4, 0.3, 0.15),
        "jpeg": (80, 65, 58, 50, 40),
    }
    assert list(corruptions.TITLES) == list(corruptions.SEVERITIES)


@pytest.mark.parametrize(
    ("images", "kind", "severity", "said"),
    [
        (DIGITS.astype(float), "blur", 1, "uint8"),
        (DIGITS[0], "blur", 1, "shape"),
        (DIGITS, "fog", 1, "no corruption 'fog'"),
        (DIGITS, "blur", 6, "severity is 6"),
        (DIGITS, "blur", -1, "severity is -1"),
    ],
)
def test_what_cannot_be_corrupted_is_one_sentence(images, kind, severity, said):
    with pytest.raises(ValueError, match=said) as error:
        corruptions.corrupt(images, kind, severity)
    sentence_of(error)
