"""Reference results for small networks (6-5-4-3, batch 8), float64, from the authors' equations.

They come from a program independent of this package. `oracles/*.npz` hold the trajectories at a few states.
Variants: i/d = instantaneous transmission or not, p = proactive, k = proportional control k_p = 2, 0 = none.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "oracles"
CASES = {
    "small_tanh_linear": ("ipk", "ik", "i0", "d0", "dpk"),
    "small_linear_linear": ("ipk", "i0"),
    "small_mask": ("ipk", "ik", "i0"),
}
ALL = [(name, variant) for name, variants in CASES.items() for variant in variants]


@dataclass(frozen=True)
class Oracle:
    """One variant of a case.

    `trajectories`: control, and soma, basal, apical, rate with the layer's number, at the states `times`;
    `updates`: continuous and steady_state, each also "_masked" if not all samples have converged.
    """

    sizes: tuple
    settings: dict  # keyword arguments of stepper.present; time in units of tau_u
    weights: dict
    x: np.ndarray
    y: np.ndarray
    times: np.ndarray
    target: np.ndarray
    converged: np.ndarray
    trajectories: dict
    updates: dict


def load(name, variant):
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as file:
        data = {key: file[key] for key in file.files}
    common = {key: value for key, value in data.items() if "." not in key}
    prefix = f"{variant}."
    own = {key.removeprefix(prefix): value for key, value in data.items() if key.startswith(prefix)}
    activation = str(common["activation"])
    phi = {"tanh": np.tanh, "linear": np.array}[activation]
    sizes = tuple(common["sizes"].tolist())
    layers = range(1, len(sizes))
    trajectories = {"control": own["control"]}
    for i in layers:
        trajectories |= {f"{part}{i}": own[f"{part}{i}"] for part in ("soma", "basal", "apical")}
        trajectories[f"rate{i}"] = phi(own[f"soma{i}"]) if i < layers[-1] else own[f"soma{i}"]
    updates = {}
    for key, value in own.items():
        if key.startswith(("continuous", "steady_state")):
            kind, parameter = key.split(".")
            updates.setdefault(kind, {})[parameter] = value
    settings = {
        "activations": (activation,) * (len(sizes) - 2) + ("linear",),
        "loss": str(common["loss"]),
        "states": int(common["states"]),
        **{key: float(common[key]) for key in ("dt", "tau_v", "leak", "nudge")},
        "k_p": 2.0 if "k" in variant else 0.0,
        "proactive": "p" in variant,
        "instantaneous_transmission": variant.startswith("i"),
    }
    weights = {f"{kind}{i}": common[f"{kind}{i}"] for kind in "wbq" for i in layers}
    return Oracle(
        sizes, settings, weights, common["x"], common["y"], common["times"], common["target"],
        own["converged"], trajectories, updates,
    )  # fmt: skip


def network_from(name, variant, tau_u_ms=50):
    """(sizes, overrides, weights) for Recipe.bare(sizes=, overrides=) and Network(recipe, weights=)."""
    oracle = load(name, variant)
    settings = oracle.settings
    overrides = {
        "network.activation": settings["activations"][0],
        "network.loss": settings["loss"],
        "network.neuron": "pyramidal",
        "network.controller": "pi_total_leak",
        "neuron.tau_v": f"{settings['tau_v'] * tau_u_ms:.12g} ms",
        "controller.tau_u": f"{tau_u_ms} ms",
        "controller.k_p": settings["k_p"],
        "controller.k_i": 1.0,
        "controller.leak": settings["leak"],
        "presentation.dt": f"{settings['dt'] * tau_u_ms:.12g} ms",
        "presentation.duration": f"{settings['states'] * settings['dt'] * tau_u_ms:.12g} ms",
        "presentation.proactive": settings["proactive"],
        "presentation.instantaneous_transmission": settings["instantaneous_transmission"],
        "presentation.drop_unconverged": False,
        "learning.nudge": settings["nudge"],
    }
    return list(oracle.sizes), overrides, oracle.weights


def worst(got, expected):
    """Largest deviation relative to the largest entry of `expected`; infinite for NaN."""
    got = np.asarray(got, dtype=float)
    assert got.shape == expected.shape, f"shape {got.shape}, expected {expected.shape}"
    scale = np.abs(expected).max()
    deviation = np.abs(got - expected).max() / (scale if scale > 0 else 1.0)
    return deviation if np.isfinite(deviation) else np.inf


def damaged(weights, name, factor):
    """A copy of `weights` with the largest entry of one array multiplied by `factor`."""
    wrong = weights[name].copy()
    wrong.flat[np.abs(wrong).argmax()] *= factor
    return weights | {name: wrong}
