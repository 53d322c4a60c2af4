"""Training: the one loop, its schedule, its augmentation, and prediction."""

from contextlib import nullcontext
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from softlabel_core import arms, data, models, training
from softlabel_core.models.tokens import Tokens
from softlabel_core.study import protocols

quick = settings(max_examples=25, deadline=None, database=None)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", n_items=400)


def prepared(dataset, rows, arm="soft", seed=0, **changes):
    """Model, images, target, protocol of a small run."""
    protocol = protocols.get("digits", "small", **changes)
    images = training.to_tensor(dataset.items[rows], CPU)
    target = arms.target(arm, dataset, rows, 0)
    return models.build(protocol.model, images, dataset.n_classes, seed), images, target, protocol


def fitted(dataset, rows, seed=0, model_seed=0, **changes):
    """A trained model and its epochs."""
    model, images, target, protocol = prepared(dataset, rows, seed=model_seed, **changes)
    return model, list(training.fit(model, images, target, protocol, seed))


def weights(model):
    return torch.cat([value.flatten().float() for value in model.state_dict().values()])


def test_the_soft_loss_falls(digits):
    _, epochs = fitted(digits, np.arange(300), epochs=8, batch_size=16)
    assert epochs[-1].loss < 0.7 * epochs[0].loss
    assert [epoch.number for epoch in epochs] == list(range(1, 9))
    assert all(a.seconds < b.seconds for a, b in pairwise(epochs))


def test_a_tiny_set_is_learned_by_heart(digits):
    rows = np.arange(20)
    _, epochs = fitted(digits, rows, epochs=200, batch_size=20, weight_decay=0.0)
    least = digits.entropy[rows].mean()  # of the cross-entropy towards soft labels
    assert least <= epochs[-1].loss < least + 0.02


@pytest.mark.parametrize("changes", [{}, {"augment": True}, {"precision": "bf16"}])
def test_a_seed_decides_the_training(digits, changes):
    def trained(seed):
        return weights(fitted(digits, np.arange(200), seed=seed, epochs=2, **changes)[0])

    assert torch.equal(trained(1), trained(1))
    assert not torch.equal(trained(1), trained(2))


def test_a_seed_decides_order_and_augmentation(digits):
    seen = []
    for seed in (1, 2):
        model, images, target, protocol = prepared(digits, np.arange(40), epochs=1, augment=True)
        images = images[:1].expand(
            40, -1, -1, -1
        )  # all alike, so that they differ by their augmentation only
        model.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].clone()))
        list(training.fit(model, images, target, protocol, seed))
    assert not torch.equal(*seen)


def test_the_global_random_state_plays_no_part(digits):
    rows = np.arange(200)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = weights(fitted(digits, rows, epochs=1, augment=True)[0])
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(6)
    assert torch.equal(first, weights(fitted(digits, rows, epochs=1, augment=True)[0]))


def test_mixed_precision_keeps_the_weights_in_float32(digits, monkeypatch):
    monkeypatch.setattr(training, "_computes_bf16", lambda device: True)
    rows = np.arange(200)
    half, epochs = fitted(digits, rows, epochs=2, precision="bf16")
    full, _ = fitted(digits, rows, epochs=2, precision="fp32")
    assert {value.dtype for value in half.state_dict().values()} == {torch.float32}
    assert np.isfinite(epochs[-1].loss)
    assert not torch.equal(weights(half), weights(full))
    torch.testing.assert_close(weights(half), weights(full), atol=0.05, rtol=0.05)


@pytest.mark.parametrize(
    ("capabilities", "through_onednn", "native"),
    [
        ({"avx512_f": True, "avx512_bf16": True}, True, True),
        ({"avx512_f": True, "avx512_bf16": False, "amx_bf16": False}, True, False),
        ({"avx2": True}, True, False),
        ({"neon": True, "bf16": True}, True, True),
        ({"neon": True, "bf16": True}, False, False),  # torch's builds for macOS
        ({"neon": True, "bf16": False}, True, False),
    ],
)
def test_a_processor_without_bf16_trains_in_float32(monkeypatch, capabilities, through_onednn, native):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: through_onednn)
    assert training.precision_here("bf16", CPU) == ("bf16" if native else "fp32")
    assert training.precision_here("fp32", CPU) == "fp32"


@pytest.mark.parametrize("native", [True, False])
def test_a_gpu_that_only_emulates_bf16_trains_in_float32(monkeypatch, native):
    asked = []
    monkeypatch.setattr(torch.cuda, "device", nullcontext)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **how: asked.append(how) or native)
    assert training.precision_here("bf16", torch.device("cuda")) == ("bf16" if native else "fp32")
    assert asked == [{"including_emulation": False}]


def test_this_processor_can_be_asked():
    assert training._computes_bf16(CPU) in (True, False)
    assert not training._computes_bf16(torch.device("mps"))


@pytest.mark.parametrize(
    ("native", "wanted", "dtype"),
    [
        (True, "bf16", torch.bfloat16),
        (False, "bf16", torch.float32),
        (True, "fp32", torch.float32),
    ],
)
def test_the_forward_pass_has_the_precision_that_is_stated(digits, monkeypatch, native, wanted, dtype):
    monkeypatch.setattr(training, "_computes_bf16", lambda device: native)
    model, images, target, protocol = prepared(digits, np.arange(40), epochs=1, precision=wanted)
    seen = []
    model.register_forward_hook(lambda _, __, logits: seen.append(logits.dtype))
    list(training.fit(model, images, target, protocol, 0))
    assert set(seen) == {dtype}
    assert (training.precision_here(wanted, CPU) == "bf16") == (dtype == torch.bfloat16)


def test_every_item_is_seen_once_an_epoch_in_a_new_order(digits):
    model, images, target, protocol = prepared(digits, np.arange(150), epochs=3, batch_size=64)
    seen = []

    def watched(step, batch, epoch):
        seen.append((step, batch.copy(), epoch))
        return target(step, batch, epoch)

    list(training.fit(model, images, watched, protocol, 0))
    assert [step for step, _, _ in seen] == list(range(9))
    assert [len(batch) for _, batch, _ in seen] == [64, 64, 22] * 3
    assert [epoch for _, _, epoch in seen] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    orders = [np.concatenate([batch for _, batch, _ in seen[k : k + 3]]) for k in (0, 3, 6)]
    assert all(np.array_equal(np.sort(order), np.arange(150)) for order in orders)
    assert not np.array_equal(orders[0], orders[1])


def test_all_arms_see_the_same_images_in_the_same_order(digits):
    shown = {}
    for arm in ("hard", "soft"):
        model, images, target, protocol = prepared(digits, np.arange(150), arm, epochs=2, augment=True)
        model.register_forward_pre_hook(
            lambda _, inputs, arm=arm: shown.setdefault(arm, []).append(inputs[0].clone())
        )
        list(training.fit(model, images, target, protocol, 3))
    assert all(torch.equal(a, b) for a, b in zip(shown["hard"], shown["soft"], strict=True))


def test_it_yields_after_each_epoch_so_that_one_can_stop(digits):
    model, images, target, protocol = prepared(digits, np.arange(150), epochs=5)
    states = [weights(model)]
    for epoch in training.fit(model, images, target, protocol, 0):
        states.append(weights(model))
        training.predict(model, images)  # leaves the model in evaluation mode
        if epoch.number == 2:
            break
    assert len(states) == 3
    assert not torch.equal(states[0], states[1])
    assert not torch.equal(states[1], states[2])
    assert torch.equal(weights(model), states[2])


def test_predicting_between_epochs_changes_nothing(digits):
    images = torch.randint(
        0, 256, (40, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    protocol = protocols.get("cifar10h", "small", epochs=2, batch_size=20)
    even = np.full((20, 10), 0.1, dtype=np.float32)
    ends = []
    for looks in (False, True):
        model = models.build("small-resnet", images, 10, 0)
        for _ in training.fit(model, images, lambda step, batch, epoch: even[: len(batch)], protocol, 0):
            if looks:
                training.predict(model, images)
        ends.append(weights(model))
        assert model[1][1].num_batches_tracked == 4  # in training mode throughout
    assert torch.equal(*ends)


@pytest.mark.parametrize("augment", [False, True])
def test_images_are_augmented_where_the_protocol_says_so(digits, augment, monkeypatch):
    calls = []
    plain = training.shift_and_mirror
    monkeypatch.setattr(training, "shift_and_mirror", lambda *given: calls.append(1) or plain(*given))
    fitted(digits, np.arange(150), epochs=1, augment=augment)
    assert bool(calls) == augment


def test_the_rate_follows_the_schedule(digits, monkeypatch):
    rates = []
    step = torch.optim.SGD.step

    def watched(self, *given, **named):
        rates.append(self.param_groups[0]["lr"])
        return step(self, *given, **named)

    monkeypatch.setattr(torch.optim.SGD, "step", watched)
    fitted(digits, np.arange(128), epochs=5, batch_size=32, learning_rate=0.04, warmup=0.2)
    expected = [0.04 * training.schedule(k, 20, 0.2) for k in range(20)]
    np.testing.assert_allclose(rates, expected)


@quick
@given(st.integers(2, 5000), st.floats(0, 0.9))
def test_the_schedule_rises_once_and_falls_to_zero(steps, warmup):
    shares = np.array([training.schedule(step, steps, warmup) for step in range(steps + 1)])
    peak = int(np.argmax(shares))
    assert 0 < shares[0] <= shares[peak] <= 1
    assert shares[steps] == pytest.approx(0, abs=1e-12)
    assert (shares[:-1] > 0).all()
    assert (np.diff(shares[: peak + 1]) >= 0).all()
    assert (np.diff(shares[peak:]) <= 0).all()
    assert peak <= warmup * steps + 1


def test_the_schedule_without_a_rise_starts_at_the_full_rate():
    assert training.schedule(0, 100, 0.0) == 1
    assert training.schedule(50, 100, 0.0) == pytest.approx(0.5)


def test_the_schedule_reaches_the_full_rate_after_its_rise():
    assert training.schedule(0, 100, 0.1) == pytest.approx(1 / 11)
    assert training.schedule(10, 100, 0.1) == 1


def images_of(n, channels, height, width):
    """Images whose pixels all differ from black and from their neighbours, in channels-last memory."""
    values = np.random.default_rng(0).integers(1, 256, (n, height, width, channels), dtype=np.uint8)
    return training.to_tensor(values, CPU)


@quick
@given(
    st.integers(1, 5),
    st.integers(1, 3),
    st.integers(3, 9),
    st.integers(3, 9),
    st.integers(0, 3),
    st.integers(0, 99),
)
def test_shift_and_mirror_is_what_a_slow_loop_does(n, channels, height, width, reach, seed):
    images = images_of(n, channels, height, width)
    found = training.shift_and_mirror(images, torch.Generator().manual_seed(seed), reach)
    draws = torch.Generator().manual_seed(seed)
    corner = torch.randint(2 * reach + 1, (2, n, 1), generator=draws)
    mirror = torch.rand((n, 1), generator=draws) < 0.5
    assert found.shape == images.shape
    assert found.dtype == images.dtype
    for i in range(n):
        padded = np.pad(images[i].numpy(), ((0, 0), (reach, reach), (reach, reach)))
        left, top = corner[0, i, 0].item(), corner[1, i, 0].item()
        window = padded[:, top : top + height, left : left + width]
        expected = window[:, :, ::-1] if mirror[i] else window
        np.testing.assert_array_equal(found[i].numpy(), expected)


def test_shift_and_mirror_reaches_every_place_in_both_senses():
    one = images_of(1, 3, 5, 6)
    padded = np.pad(one[0].numpy(), ((0, 0), (2, 2), (2, 2)))
    windows = [padded[:, top : top + 5, left : left + 6] for top in range(5) for left in range(5)]
    places = {w.tobytes(): (k, False) for k, w in enumerate(windows)}
    places |= {np.ascontiguousarray(w[:, :, ::-1]).tobytes(): (k, True) for k, w in enumerate(windows)}
    found = training.shift_and_mirror(one.expand(4000, -1, -1, -1), torch.Generator().manual_seed(0), reach=2)
    drawn = [places[image.contiguous().numpy().tobytes()] for image in found]
    assert np.bincount([place for place, _ in drawn], minlength=25).min() > 100
    assert 0.45 < np.mean([mirrored for _, mirrored in drawn]) < 0.55


def test_shift_and_mirror_without_reach_only_mirrors():
    images = images_of(50, 1, 4, 4)
    found = training.shift_and_mirror(images, torch.Generator().manual_seed(0), reach=0)
    kept = (found == images).flatten(1).all(dim=1)
    mirrored = (found == images.flip(3)).flatten(1).all(dim=1)
    assert (kept | mirrored).all()
    assert kept.any()
    assert mirrored.any()


def test_shift_and_mirror_follows_its_generator():
    images = images_of(20, 3, 8, 8)
    generator = torch.Generator().manual_seed(1)
    first, second = (training.shift_and_mirror(images, generator) for _ in range(2))
    assert torch.equal(first, training.shift_and_mirror(images, torch.Generator().manual_seed(1)))
    assert not torch.equal(first, second)


def test_shift_and_mirror_keeps_channels_last():
    found = training.shift_and_mirror(images_of(4, 3, 8, 8), torch.Generator().manual_seed(1))
    assert found.is_contiguous(memory_format=torch.channels_last)


def test_to_tensor_puts_channels_first_and_keeps_them_last_in_memory():
    images = np.random.default_rng(0).integers(0, 256, (5, 6, 7, 3), dtype=np.uint8)
    found = training.to_tensor(images, CPU)
    assert found.dtype == torch.uint8
    assert found.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_array_equal(found.numpy(), images.transpose(0, 3, 1, 2))


def test_predicted_rows_are_distributions(digits):
    model, images, _, _ = prepared(digits, np.arange(60))
    model.train()
    log_p = training.predict(model, images)
    assert log_p.shape == (60, 10)
    assert log_p.dtype == np.float32
    np.testing.assert_allclose(np.exp(log_p.astype(np.float64)).sum(axis=1), 1, atol=1e-6)


def test_predicting_by_batches_is_predicting_at_once():
    images = images_of(23, 3, 8, 8)
    model = models.build("small-resnet", images, 10, 0)
    model.train()  # in training mode a prediction would depend on the others of its batch
    with torch.no_grad():
        expected = torch.log_softmax(model.eval()(images), dim=1)
    model.train()
    np.testing.assert_allclose(training.predict(model, images, batch_size=5), expected, atol=1e-5)


def test_predicting_builds_no_graph():
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 3))
    kept = []
    model.register_forward_hook(lambda _, __, output: kept.append(output.requires_grad))
    training.predict(model, torch.ones(2, 1, 2, 2))
    assert kept == [False]


def test_the_device_is_the_cpu_where_there_is_no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert training.pick_device() == CPU
    assert training.pick_device("cpu") == CPU


@pytest.mark.parametrize("wanted", ["gpu", "cuda:99", "cpu:x"])
def test_a_device_that_is_not_there_is_refused(wanted):
    with pytest.raises(
        ValueError, match=rf"^there is no device '{wanted}' here; give cpu, or cuda where .*\.$"
    ):
        training.pick_device(wanted)


# What an arm may do besides its target


def test_a_batch_is_mixed_last_and_its_target_with_it():
    seen = []

    def mix(step, shown, target):
        seen.append((step, len(shown), target.shape))
        return torch.zeros_like(shown, dtype=torch.float32), torch.full_like(target, 0.1)

    images = torch.randint(
        0, 256, (40, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    model = models.build("small-mlp", images, 10, seed=0)
    protocol = protocols.get("digits", "small", epochs=60, batch_size=16)
    target = np.eye(10, dtype=np.float32)[np.arange(40) % 10]
    list(training.fit(model, images, lambda step, batch, epoch: target[batch], protocol, 0, mix))
    assert [entry[0] for entry in seen[:4]] == [0, 1, 2, 3]
    assert [entry[1] for entry in seen[:3]] == [16, 16, 8]
    assert seen[0][2] == (16, 10)
    # All that it ever saw was one blank image with an even target.
    learnt = training.predict(model, torch.zeros((1, 1, 8, 8)))
    np.testing.assert_allclose(np.exp(learnt), 0.1, atol=1e-3)


def test_a_model_with_monte_carlo_dropout_is_asked_many_times_and_answers_alike():
    images = torch.randint(
        0, 256, (30, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    model = models.build("small-mlp", images, 10, seed=0)
    plain = np.exp(training.predict(model, images))
    models.drop_before_last(model, 0.5)
    before = torch.get_rng_state()
    dropped = training.predict(model, images)
    assert torch.equal(before, torch.get_rng_state())
    np.testing.assert_array_equal(dropped, training.predict(model, images))
    np.testing.assert_allclose(np.exp(dropped).sum(axis=1), 1, rtol=1e-5)
    assert 1e-3 < np.abs(np.exp(dropped) - plain).max() < 0.2
    with torch.no_grad():
        once = torch.log_softmax(model(images), dim=1).numpy()
    assert np.abs(np.exp(once) - plain).mean() > 2 * np.abs(np.exp(dropped) - plain).mean()


def test_outputs_are_the_models_own_in_the_order_of_the_items():
    images = torch.randint(
        0, 256, (30, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    model = models.build("small-mlp", images, 10, seed=0).eval()
    with torch.no_grad():
        torch.testing.assert_close(training.outputs(model, images, batch_size=7), model(images))


# All that an arm is


def test_an_arms_target_mixing_and_dropout_are_put_together(digits, monkeypatch):
    protocol, images = protocols.get("digits", "small", epochs=1), training.to_tensor(digits.items, CPU)
    given = {}
    monkeypatch.setattr(training, "fit", lambda *told: given.update(zip(FIT, told, strict=True)) or iter(()))
    rows = np.arange(300)
    for arm in arms.possible(digits):
        model, _ = training.teach(arm, digits, rows, images[:300], protocol, 3)
        known = arms.row(arm)
        assert given["model"] is model
        expected = arms.target(arm, digits, rows, protocol.split_seed)
        np.testing.assert_array_equal(given["target"](2, rows[:9]), expected(2, rows[:9]))
        assert (given["mix"] is None) == (known.mix is None)
        dropped = [part.p for part in model.modules() if isinstance(part, models.MonteCarloDropout)]
        assert dropped == ([known.dropout] if known.dropout else [])


FIT = ("model", "inputs", "target", "protocol", "seed", "mix", "checkpoint")


def test_a_network_starts_from_weights_that_know_no_dropout(digits):
    protocol, images = protocols.get("digits", "small"), training.to_tensor(digits.items, CPU)
    start = training.network("hard", images, 10, protocol, seed=1).state_dict()
    other = training.network("mc-dropout", images[:2], 10, protocol, seed=2, start=start)
    assert torch.equal(weights(other), torch.cat([value.flatten().float() for value in start.values()]))


def test_a_network_is_scaled_by_other_items_than_it_is_taught_where_it_is_told_to(digits):
    protocol, images = protocols.get("digits", "small"), training.to_tensor(digits.items, CPU)
    rows = np.arange(100, 200)
    plain, _ = training.teach("soft", digits, rows, images[100:200], protocol, 0)
    told, _ = training.teach("soft", digits, rows, images[100:200], protocol, 0, scaled_by=images)
    assert torch.equal(plain[0].mean, images[100:200].float().mean().reshape(1, 1, 1, 1))
    assert not torch.equal(plain[0].mean, told[0].mean)


def test_token_ids_are_not_taught_by_blending(digits):
    tokens = Tokens(
        torch.ones(3, 2, dtype=torch.int32), torch.zeros(3, 2, dtype=torch.int32), torch.tensor([2, 2, 1])
    )
    with pytest.raises(ValueError, match="token ids cannot be blended"):
        training.teach("mixup", digits, np.arange(3), tokens, protocols.get("digits", "small"), 0)
