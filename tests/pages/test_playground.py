"""The playground in a real browser: its mathematics, its speed, by mouse, by keyboard, narrow, dark, at rest."""

from __future__ import annotations

import dataclasses
import io
import time

import numpy as np
import pytest
import torch
from bare import bare
from PIL import Image
from scipy.special import softmax
from test_accessibility import RULES, faults

from softlabel_book.interactive.playground import PRESETS, STEPS, Playground, Settings, learn, world
from softlabel_book.interactive.playground.world import _descend
from softlabel_core.arms import PAIR
from softlabel_core.losses import soft_cross_entropy

SOME = 200  # steps
STEP = "Number(document.querySelector('.sl-step').textContent.split(' ')[1])"
BUDGET = 8  # ms of script a frame: half of what 60 frames a second leave
LOSS = """([features, weights, targets, n, K]) => {
  const at = (values) => Float64Array.from(values), p = new Float64Array(n * K), gradient = new Float64Array(weights.length);
  const loss = figure.lossAndGradient(at(features), at(weights), at(targets), K, p, gradient);
  return [loss, Array.from(gradient)];
}"""
TRIAL = """([settings, steps]) => {
  const trial = figure.makeTrial(settings);
  trial.learn(steps);
  trial.measure();
  const { hard, soft } = trial.arms, of = (name) => ({ hard: hard[name], soft: soft[name] });
  return {
    places: Array.from(trial.places), p: Array.from(trial.p), counts: Array.from(trial.counts),
    hard: Array.from(hard.learner.targets), soft: Array.from(soft.learner.targets),
    kl: of("kl"), entropy: { human: trial.truth.entropy, ...of("entropy") },
  };
}"""
# How long each frame's script takes, written down before the figure's own script runs.
CLOCK = """
window.spent = [];
const ask = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (call) => ask((now) => {
  const from = performance.now();
  call(now);
  window.spent.push(performance.now() - from);
});
"""


def show(page, tmp_path, figure: Playground, motion: str = "reduce") -> None:
    """Open a figure straight from disk; with less motion it is trained at once."""
    path = tmp_path / "page.html"
    path.write_text(figure.to_html(standalone=True), encoding="utf-8")
    page.set_viewport_size({"width": 800, "height": 1300})
    page.emulate_media(reduced_motion=motion)
    page.goto(path.as_uri())
    page.locator(".sl-surface").first.wait_for()


def number(page, where: str) -> float:
    return float(page.locator(f"{where} data").first.get_attribute("value"))


def slider(page, name: str):
    return page.get_by_role("slider", name=name, exact=True)


def votes_of(page) -> list[int]:
    """The chosen item's, as its sliders stand."""
    return [int(slider(page, f"votes for {name}").input_value()) for name in world.CLASSES]


def learned_from(settings: Settings, item: int, changed: list[int]) -> dict[str, np.ndarray]:
    """Both arms' answers for an item whose votes are others than the crowd's, by the Python core."""
    where = world.places(settings.items, settings.seed)
    counts = world.crowd(world.truth(where, settings.ambiguity), settings.annotators, settings.seed)
    counts[item] = changed
    seen = world.features(where, settings.features)
    targets = world.targets(counts, settings.seed)
    logits = {arm: seen[item] @ _descend(seen, target, STEPS) for arm, target in targets.items()}
    return {arm: softmax(z) for arm, z in logits.items()}


def kl(page) -> dict[str, float]:
    return {arm: number(page, f".sl-panel[data-arm={arm}]") for arm in PAIR}


def step(page) -> int:
    return int(page.locator(".sl-step").inner_text().split()[1])


def until(page, condition: str) -> None:
    page.wait_for_function(condition, timeout=30_000)


def button(page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def test_loss_and_gradient_are_the_cores_to_a_millionth(page):
    page.emulate_media(reduced_motion="reduce")
    page.set_content(bare(Playground(PRESETS[3].label)))
    page.locator(".sl-surface").first.wait_for()
    rng = np.random.default_rng(0)
    for _ in range(40):
        n, d, n_classes = (int(rng.integers(low, high)) for low, high in ((1, 40), (1, 30), (2, 6)))
        features, weights = rng.normal(size=(n, d)), rng.normal(size=(d, n_classes)) / np.sqrt(d)
        counts = rng.multinomial(int(rng.integers(1, 20)), rng.dirichlet(np.ones(n_classes)), n)
        targets = counts / counts.sum(axis=1, keepdims=True)
        given = [features.ravel().tolist(), weights.ravel().tolist(), targets.ravel().tolist(), n, n_classes]
        loss, gradient = page.evaluate(LOSS, given)
        for core in (soft_cross_entropy, torch.nn.functional.cross_entropy):  # on float32 and float64 logits
            at = torch.tensor(weights, requires_grad=True)
            expected = core(torch.tensor(features) @ at, torch.tensor(targets))
            expected.backward()
            assert loss == pytest.approx(float(expected.detach()), abs=1e-6)
            np.testing.assert_allclose(gradient, at.grad.numpy().ravel(), rtol=0, atol=1e-6)


def test_the_world_and_what_is_learned_are_pythons(page):
    page.emulate_media(reduced_motion="reduce")
    page.set_content(bare(Playground(PRESETS[3].label)))
    page.locator(".sl-surface").first.wait_for()
    for settings in (PRESETS[1].settings, PRESETS[3].settings, Settings(1.0, 3, 200, "few", 2**31 - 1)):
        found = page.evaluate(TRIAL, [dataclasses.asdict(settings), SOME])
        where = world.places(settings.items, settings.seed)
        p = world.truth(where, settings.ambiguity)
        counts = world.crowd(p, settings.annotators, settings.seed)
        np.testing.assert_allclose(found["places"], where.ravel(), atol=1e-12)
        np.testing.assert_allclose(found["p"], p.ravel(), atol=1e-12)
        np.testing.assert_array_equal(found["counts"], counts.ravel())
        for arm, target in world.targets(counts, settings.seed).items():
            np.testing.assert_allclose(found[arm], target.ravel(), atol=1e-15)
        outcome = learn(settings, SOME)  # its loss sees float32 logits, many times over
        for name in ("kl", "entropy"):
            assert found[name] == pytest.approx(getattr(outcome, name), abs=1e-4)


def test_it_runs_when_seen_ends_rests_and_keeps_within_its_budget(page, tmp_path):
    page.add_init_script(CLOCK)
    figure = Playground(PRESETS[2].label)
    show(page, tmp_path, figure, "no-preference")
    started = time.monotonic()
    until(page, f"document.querySelector('.sl-step').textContent === 'step {STEPS} of {STEPS}'")
    assert 10 < time.monotonic() - started < 20  # slow enough to be watched: twelve seconds
    learning = np.array(page.evaluate("spent"))
    assert kl(page) == pytest.approx(learn(figure.settings).kl, abs=1e-4)
    until(page, "document.querySelector('.sl-body .sl-hint').textContent.startsWith('From 2 to 3')")
    last = "document.querySelectorAll('.sl-body .sl-line')[1].getAttribute('d')"
    until(page, f"{last}.split('L').length === 20")
    page.wait_for_timeout(200)
    frames = page.evaluate("spent.length")
    page.wait_for_timeout(300)
    assert page.evaluate("spent.length") == frames  # nothing is left to do, so nothing is done
    print(
        f"\nscript a frame while learning: median {np.median(learning):.1f} ms, 95% {np.quantile(learning, 0.95):.1f} ms"
    )
    assert np.median(learning) < BUDGET


def test_what_one_more_annotator_changes_is_what_python_says(page, tmp_path):
    figure = Playground(PRESETS[3].label, annotators=4)
    show(page, tmp_path, figure)
    until(page, "document.querySelector('.sl-body .sl-hint').textContent.startsWith('From 4 to 5')")
    before, after = learn(figure.settings).kl, learn(dataclasses.replace(figure.settings, annotators=5)).kl
    for arm in PAIR:
        change = number(page, f".sl-body .sl-hint [data-arm={arm}]")
        assert change == pytest.approx(after[arm] - before[arm], abs=2e-4)


def test_it_pauses_out_of_sight_and_goes_on(page, tmp_path):
    show(page, tmp_path, Playground(), "no-preference")
    until(page, f"{STEP} > 3")
    page.evaluate("document.body.style.paddingBottom = '4000px'; window.scrollTo(0, 5000)")
    page.wait_for_timeout(200)
    seen = step(page)
    page.wait_for_timeout(300)
    assert step(page) == seen < STEPS
    page.evaluate("window.scrollTo(0, 0)")
    until(page, f"{STEP} > {seen}")


def test_it_waits_until_half_of_the_pictures_are_in_sight(page, tmp_path):
    path = tmp_path / "page.html"
    above = '<div style="height: 2000px"></div>'
    path.write_text(above + Playground().to_html(), encoding="utf-8")
    page.set_viewport_size({"width": 800, "height": 700})
    page.goto(path.as_uri())
    page.locator(".sl-surface").first.wait_for()
    box = page.locator(".sl-panels").bounding_box()
    page.evaluate(f"window.scrollTo(0, {box['y'] + 0.3 * box['height'] - 700})")
    page.wait_for_timeout(500)
    assert step(page) == 0
    page.evaluate(f"window.scrollTo(0, {box['y'] + 0.8 * box['height'] - 700})")
    until(page, f"{STEP} > 5")


def test_less_motion_shows_the_end_and_moves_nothing(page, tmp_path):
    figure = Playground()
    show(page, tmp_path, figure)
    assert step(page) == STEPS
    assert kl(page) == pytest.approx(learn(figure.settings).kl, abs=1e-4)
    page.wait_for_timeout(200)
    assert step(page) == STEPS


def test_pause_step_start_over_and_reset(page, tmp_path):
    show(page, tmp_path, Playground(), "no-preference")
    button(page, "pause").click()
    at = step(page)
    button(page, "one step").click()
    assert step(page) == at + 1
    assert button(page, "run").is_visible()
    button(page, "from step 0").click()
    page.get_by_role("radio", name="1 clear items").check(force=True)
    page.get_by_role("slider", name="annotators").focus()
    page.keyboard.press("ArrowRight")
    assert not page.locator("form[aria-label=Presets] input:checked").count()
    page.get_by_role("slider", name="votes for A").fill("17")
    page.get_by_role("radio", name="200").check(force=True)
    page.get_by_role("radio", name="few", exact=True).check(force=True)
    button(page, "draw again, other items and votes").click()
    page.emulate_media(reduced_motion="reduce")  # and so at once
    button(page, "reset").click()
    assert step(page) == STEPS
    assert kl(page) == pytest.approx(learn(Playground().settings).kl, abs=1e-4)
    assert page.locator("form[aria-label=Presets] input:checked").get_attribute("value") == PRESETS[1].label
    assert page.locator(".sl-preset").inner_text() == PRESETS[1].note
    assert page.locator(".sl-which .sl-item").inner_text() == "20 votes"
    button(page, f"{STEPS} more steps").click()
    until(page, f"{STEP} > {STEPS}")


def answers(page, arm: str) -> list[float]:
    """An arm's distribution for the chosen item, as its bars are long."""
    shares = page.locator(f".sl-bars tbody td[data-arm={arm}]")
    return shares.evaluate_all("cells => cells.map(cell => Number(cell.style.getPropertyValue('--_share')))")


def test_soft_follows_every_vote_and_hard_only_the_one_that_tips(page, tmp_path):
    settings = PRESETS[3].settings
    show(page, tmp_path, Playground(PRESETS[3].label))
    p = world.truth(world.places(settings.items, settings.seed), settings.ambiguity)
    item = int(np.argmax(-(p * np.log(p)).sum(axis=1)))
    crowds = world.crowd(p, settings.annotators, settings.seed)[item].tolist()
    assert votes_of(page) == crowds == [1, 5, 4]  # B leads C by one
    for name, leads in (("B", "B"), ("C", "B"), ("C", "C")):
        slider(page, f"votes for {name}").press("ArrowRight")
        now = votes_of(page)
        assert page.locator(".sl-which .sl-item").inner_text() == "10 votes, changed"
        assert sum(now) == settings.annotators
        assert step(page) == STEPS
        assert (
            page.locator(".sl-chosen .sl-note").inner_text().startswith(f"The hard model is told “{leads}”")
        )
        expected = learned_from(settings, item, now)
        for arm in PAIR:
            assert answers(page, arm) == pytest.approx(expected[arm], abs=1e-4)


def test_a_drag_moves_votes_and_back_brings_them_back(page, tmp_path):
    show(page, tmp_path, Playground(PRESETS[3].label))
    first = votes_of(page)
    box = slider(page, "votes for A").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.13 * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, middle, steps=5)
    assert votes_of(page) == [sum(first), 0, 0]
    page.mouse.move(box["x"] + 0.13 * box["width"], middle, steps=5)
    page.mouse.up()
    assert votes_of(page) == first
    for name in "BCA":
        slider(page, f"votes for {name}").press("Home")
        assert sum(votes_of(page)) == sum(first)


def test_moved_votes_change_the_votes_and_not_how_long_is_learned(page, tmp_path):
    show(page, tmp_path, Playground(PRESETS[3].label), "no-preference")
    until(page, f"{STEP} > 5")
    button(page, "pause").click()
    at = step(page)
    slider(page, "votes for A").press("ArrowRight")
    assert step(page) == at
    assert button(page, "run").is_visible()


def test_items_are_chosen_by_click_and_by_key(page, tmp_path):
    figure = Playground(PRESETS[3].label)
    show(page, tmp_path, figure)
    where = world.places(24, figure.seed)
    p = world.truth(where, figure.ambiguity)
    counts, item = world.crowd(p, figure.annotators, figure.seed), 7
    box = page.locator(".sl-panel[data-arm=soft] canvas").bounding_box()
    page.mouse.click(
        box["x"] + box["width"] * (1 + where[item, 0]) / 2,
        box["y"] + box["height"] * (1 - where[item, 1]) / 2,
    )
    assert [int(page.get_by_role("slider", name=f"votes for {k}").input_value()) for k in "ABC"] == counts[
        item
    ].tolist()
    np.testing.assert_allclose(answers(page, "human"), p[item], atol=1e-9)
    rank = int(page.locator(".sl-steps span").inner_text().split()[0])
    button(page, "less contested item").focus()
    page.keyboard.press("Enter")
    assert int(page.locator(".sl-steps span").inner_text().split()[0]) == rank + 1
    page.wait_for_timeout(800)
    assert page.locator(".sl-live").inner_text().startswith(f"Item {rank + 1} of 24. Votes: A ")


def test_the_picture_shows_each_place_its_class(page, tmp_path):
    show(page, tmp_path, Playground(PRESETS[0].label, items=24))
    for arm in ("human", *PAIR):
        seen = page.locator(f".sl-panel[data-arm={arm}] canvas").screenshot()
        square = np.asarray(Image.open(io.BytesIO(seen)).convert("RGB")).astype(int)
        a, b, c = (
            square[int(y * len(square)), int(x * len(square))]
            for x, y in ((0.12, 0.6), (0.8, 0.94), (0.62, 0.05))
        )
        assert a[1] > max(a[0], a[2]) + 20  # green
        assert min(b[0], b[2]) > b[1] + 20  # purple
        assert min(c[0], c[1]) > c[2] + 20  # sand


def test_the_keyboard_reaches_everything_and_shows_where_it_is(page, tmp_path):
    show(page, tmp_path, Playground())
    names, outlines = [], []
    focus = """() => {
      const now = document.activeElement, shown = now.type === "radio" ? now.nextSibling : now;
      const named = now.labels?.length ? now.labels[0].firstChild.textContent || now.value : now.textContent;
      return [now.ariaLabel ?? named, getComputedStyle(shown).outlineStyle];
    }"""
    for _ in range(14):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(focus)
        names.append(name)
        outlines.append(outline)
    assert names == [
        *(
            "2 contested items",
            "reset",
            "how ambiguous",
            "annotators",
            "60",
            "many",
            "draw again, other items and votes",
        ),
        *(
            f"{STEPS} more steps",
            "one step",
            "from step 0",
            "less contested item",
            "votes for A",
            "votes for B",
            "votes for C",
        ),
    ]
    assert set(outlines) <= {"solid", "auto"}


@pytest.mark.parametrize(("width", "scheme"), [(800, "light"), (800, "dark"), (360, "light")])
def test_nothing_is_cut_off_and_axe_finds_nothing(page, tmp_path, width, scheme):
    show(page, tmp_path, Playground(PRESETS[3].label))
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    targets = page.locator(".sl-playground :is(input[type=range], button, .sl-choice label)")
    sizes = targets.evaluate_all(
        "nodes => nodes.map(node => node.getBoundingClientRect()).map(b => Math.min(b.width, b.height))"
    )
    assert min(sizes) >= 24
    assert faults(page, RULES) == []


def test_it_cleans_up_after_itself(page):
    page.set_content(bare(Playground()))
    page.locator(".sl-surface").first.wait_for()
    page.evaluate("stop(); model.set('annotators', 3)")
    page.wait_for_timeout(100)
    assert page.locator("#here *").count() == 0
