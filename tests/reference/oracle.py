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
RULES = ("nonlinear_difference", "voltage_difference", "derivative_matrix")
ALL = [(name, variant) for name, variants in CASES.items() for variant in variants]


@dataclass(frozen=True)
class Oracle:
    """One variant of a case.

    `trajectories`: control, and soma, basal, apical, rate with the layer's number, at the states `times`;
    `updates`: continuous and steady_state by the rule nonlinear_difference, each also "_masked": without the samples
    that have not converged; `by_rule`: {(continuous | steady_state, rule): updates} of all samples;
    `clipped`: the continuous update with each tensor's gradient (-2 * update) clipped to norm `clip`.
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
    by_rule: dict
    clipped: dict
    clip: float


@dataclass(frozen=True)
class Analytic:
    """What needs no simulation, for one case.

    `updates`: {kind: {w1: ...}} for bp, dfa, "dfc-ssa <rule>" for each of `RULES`, mn_damp0, mn_damp1 (damping 0 and
    1), mn_nl_damp0, mn_nl_damp1 (the same by the rule nonlinear_difference), gn_damp0; `voltages`: v_i^- of layers 1
    to L; `steady`: control (B, n_L), and soma, rate, apical with the layer's number, of dfc-ssa; `jacobian`
    (B, n_L, sum n_i) with respect to all voltages; `abscissas`: largest real part of the eigenvalues of A_I,
    A_tilde_I, A_inst, A_PI (B,), with k_p 2.
    """

    sizes: tuple
    activations: tuple
    loss: str
    nudge: float
    leak: float
    tau_v: float  # in units of tau_u
    weights: dict
    x: np.ndarray
    y: np.ndarray
    loss_value: float
    target: np.ndarray
    voltages: list
    updates: dict
    steady: dict
    jacobian: np.ndarray
    condition_2: float
    abscissas: dict


def _read(name):
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as file:
        data = {key: file[key] for key in file.files}
    return data, {key: value for key, value in data.items() if "." not in key}


def _below(data, prefix):
    """The entries whose key begins with `prefix` and a dot, without it."""
    return {key.removeprefix(f"{prefix}."): value for key, value in data.items() if key.startswith(f"{prefix}.")}


def _nested(data, prefix):
    """{first: {second: value}} of the entries `prefix`.first.second."""
    found = {}
    for key, value in _below(data, prefix).items():
        first, second = key.rsplit(".", 1)
        found.setdefault(first, {})[second] = value
    return found


def load_analytic(name):
    data, common = _read(name)
    sizes = tuple(common["sizes"].tolist())
    layers = range(1, len(sizes))
    updates = {key.replace("dfc-ssa_", "dfc-ssa "): value for key, value in _nested(data, "analytic").items()}
    return Analytic(
        sizes, (str(common["activation"]),) * (len(sizes) - 2) + ("linear",), str(common["loss"]),
        *(float(common[key]) for key in ("nudge", "leak", "tau_v")),
        {f"{kind}{i}": common[f"{kind}{i}"] for kind in "wbq" for i in layers},
        common["x"], common["y"], float(common["loss_value"]), common["target"],
        [common[f"voltage{i}"] for i in layers], updates, _below(data, "steady"),
        common["jacobian"], float(common["condition_2"]), _below(data, "abscissa"),
    )  # fmt: skip


def load(name, variant):
    data, common = _read(name)
    own = _below(data, variant)
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
    by_rule = {(kind, RULES[0]): updates[kind] for kind in ("continuous", "steady_state")}
    by_rule |= {tuple(key.split(".")): value for key, value in _nested(own, "rule").items()}
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
        own["converged"], trajectories, updates, by_rule, _below(own, "clipped"), float(common["clip"]),
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
