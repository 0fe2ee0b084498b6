"""Reference results for the learning of feedback weights (6-5-4-3, batch 8, three updates), float64.

They come from a program independent of this package, in the manner of `oracle.py`. `oracles/feedback.npz` holds the
trajectories of the first update at a few states.
"""

from types import SimpleNamespace

from oracle import _below, _read

SIZES, LAYERS, TAU_U = (6, 5, 4, 3), (1, 2, 3), 50  # ms
SLEEP = ("dt", "tau_v", "tau_apical", "k_p", "leak", "sigma")
ADAM = ("rate", "epsilon", "beta1", "beta2", "weight_decay")


def load():
    """Settings of `sleeper.sleep` and `sleeper.adam`, clip, weights, x, trajectories at `times`, and for each of three
    `updates` its noise, gradient, norm (before the clip), clipped (gradient), after (weights)."""
    data, common = _read("feedback")
    parts = [f"{part}{i}" for part in ("soma", "basal", "apical", "rate") for i in LAYERS if f"{part}{i}" in common]
    kinds = ("noise", "gradient", "clipped", "after")
    updates = [{kind: _below(data, f"{kind}.{k}") for kind in kinds} | {"norm": data[f"norm.{k}"]} for k in range(3)]
    return SimpleNamespace(
        sleep={name: float(common[name]) for name in SLEEP} | {
            "states": int(common["states"]), "activations": ("tanh", "tanh", "linear")},
        adam={name: float(common[name]) for name in ADAM},
        clip=float(common["clip"]),
        weights={f"{kind}{i}": common[f"{kind}{i}"] for kind in "wbq" for i in LAYERS},
        x=common["x"],
        times=common["times"],
        trajectories={name: common[name] for name in ("control", *parts)},
        updates=[SimpleNamespace(**update) for update in updates],
    )  # fmt: skip


def overrides(case, **changes):
    """Overrides of a bare recipe that sleeps with the settings of `case`."""

    def milliseconds(value):
        return f"{value * TAU_U:.17g} ms"

    sleep = case.sleep
    times = {name: milliseconds(sleep[name]) for name in ("dt", "tau_v", "tau_apical")}
    times |= {"duration": milliseconds(sleep["dt"] * sleep["states"]), "tau_u": f"{TAU_U} ms"}
    adam = {f"feedback.{name}": value for name, value in case.adam.items() if name != "rate"}
    return {
        "network.loss": "mse",
        **{f"sleep.{name}": value for name, value in times.items()},
        **{f"sleep.{name}": sleep[name] for name in ("k_p", "leak", "sigma")},
        **adam,
        "feedback.clip": case.clip,
        "train.batch_size": len(case.x),
        **changes,
    }
