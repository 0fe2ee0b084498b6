"""`Network`: a recipe's network with its weights, to be shown samples."""

from collections.abc import Mapping

import numpy as np
from brian2 import second

from ..devices import check, prepare
from ..errors import BadInput
from ..recipe import Recipe
from .assembly import assemble
from .convergence import converged
from .describe import describe
from .identity import identity
from .readings import COMPARTMENTS
from .shown import LayerTraces, Shown
from .weights import complete


class Network:
    """A deep network of three-compartment neurons under feedback control.

    Parameters
    ----------
    recipe : Recipe
        What to build.
    weights : dict, optional
        ``w<i>`` (n_i, n_{i-1}), ``b<i>`` (n_i,), ``q<i>`` (n_i, n_L), layers from 1; what is not given is drawn
        from the recipe's seed, and feedback weights follow from the forward weights.
    device : {"cpp", "numpy"}, optional
        Where it runs; the recipe's ``train.device`` by default.

    Raises
    ------
    BadInput
        Weights that do not fit, an unknown device.
    """

    def __init__(self, recipe: Recipe, weights: Mapping[str, np.ndarray] | None = None, device: str | None = None):
        if not isinstance(recipe, Recipe):
            raise BadInput("not a recipe", got=repr(recipe), fix='dfc.Recipe.load("digits") or dfc.Recipe.bare([...])')
        self.recipe = recipe
        self.device = device or recipe.train.device
        check(self.device)
        self.weights = complete(recipe, weights)
        self._programs = {}
        self._live = None

    def present(self, x: np.ndarray, y: np.ndarray) -> Shown:
        """Show samples once; no weight changes.

        Parameters
        ----------
        x : (batch, n_in)
        y : integer labels (batch,), or for mse also wanted outputs (batch, n_L)

        Returns
        -------
        Shown
            With every state of every compartment. Where the recipe says ``drop_unconverged``, ``updates`` leave out
            the samples that did not converge; the traces always show what happened.

        Raises
        ------
        BadInput
            Arrays that do not fit the network.
        """
        images, targets = self.samples(x, y)
        batch = len(images)
        program = self._program(batch)
        inputs = self._inputs(images, targets)
        names = [
            "at_start.rec_output",
            "at_start.rec_target",
            "at_end.rec_output",
            "at_end.rec_residual",
            "controller_traces.rec_control",
        ]
        names += [f"{layer}_traces.rec_{c}" for layer in self._layers for c in COMPARTMENTS]
        updates = [name for name in self.weights if not name.startswith("q")]
        found = program.run(inputs, names + [f"{name}.update" for name in updates])
        first, target, last, residual = (found[name].reshape(-1, batch).T for name in names[:4])
        settled = converged(first, target, last, residual, self.recipe.train.precision)
        if self.recipe.presentation.drop_unconverged and not settled.all():
            inputs["sample_weights.values"] = settled / batch
            found |= program.run(inputs, [f"{name}.update" for name in updates])
        return Shown(
            time=np.arange(self.recipe.presentation.states) * float(self.recipe.presentation.dt) * second,
            control=self._trace(found["controller_traces.rec_control"], batch),
            target=target,
            converged=settled,
            updates={name: found[f"{name}.update"].reshape(self.weights[name].shape) for name in updates},
            traces={
                layer: LayerTraces(**{c: self._trace(found[f"{layer}_traces.rec_{c}"], batch) for c in COMPARTMENTS})
                for layer in self._layers
            },
        )

    def samples(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Check samples; returns inputs (batch, n_in) and wanted outputs (batch, n_L), labels as one-hot."""
        n_input, *_, n_output = self.recipe.network.sizes
        try:
            x, y = np.asarray(x, dtype=float), np.asarray(y)
        except (TypeError, ValueError) as error:
            raise BadInput("x and y must be arrays of numbers", got=str(error)) from None
        if not np.isfinite(x).all():
            raise BadInput("x is not finite", got=f"{np.sum(~np.isfinite(x))} NaN or infinite values")
        if x.ndim != 2 or x.shape[1] != n_input or not len(x):
            raise BadInput("x does not fit the network", got=f"shape {x.shape}", allowed=f"(batch, {n_input})")
        labels = y.shape == (len(x),) and y.dtype.kind in "iu"
        if labels:
            if y.min() < 0 or y.max() >= n_output:
                raise BadInput(
                    "labels outside the output layer",
                    got=f"{y.min()} to {y.max()}",
                    allowed=f"0 to {n_output - 1}",
                )
            return x, np.eye(n_output)[y]
        if self.recipe.network.loss == "cross_entropy":
            raise BadInput(
                "y does not fit the loss cross_entropy",
                got=f"{y.dtype} of shape {y.shape}",
                allowed=f"integer labels of shape ({len(x)},)",
            )
        if y.shape != (len(x), n_output):
            raise BadInput("y does not fit the loss mse", got=f"shape {y.shape}", allowed=f"({len(x)}, {n_output})")
        return x, y.astype(float)

    @property
    def brian_network(self):
        """A live `brian2.Network` of one blank sample (numpy device), for those who want Brian2's own tools.

        `live` gives one for samples of your own.
        """
        if self._live is None:
            self.live(np.zeros((1, self.recipe.network.sizes[0])), np.zeros(1, int))
        return self._live.network

    def live(self, x: np.ndarray, y: np.ndarray):
        """A live `brian2.Network` (numpy device) that shows these samples, from state 0, when it is run.

        Parameters as for `present`. It has this network's weights; its parts are ``net["layer1"].group`` and so on, to
        which a `brian2.StateMonitor` can be added: ``network.add(monitor)``, then ``network.run(duration)``.
        """
        images, targets = self.samples(x, y)
        self._live = prepare("numpy", lambda: assemble(self.recipe, len(x)), {}, self.recipe.train.precision)
        self._live.set(self._inputs(images, targets))
        return self._live.network

    def __getitem__(self, name: str) -> "Population":
        """A population by name: ``input``, ``layer<i>``, ``controller``; or synapses ``w<i>``, ``b<i>``, ``q<i>``."""
        self.brian_network  # noqa: B018 - makes the live network if there is none
        parts = self._live.assembly
        found = {**parts.groups, **parts.synapses}
        if name not in found:
            raise BadInput("no such part of the network", got=name, allowed=sorted(found))
        return Population(name, found[name])

    def describe(self) -> str:
        """The network's complete equations, published symbols beside values."""
        return describe(self.recipe)

    def __repr__(self) -> str:
        sizes = "-".join(map(str, self.recipe.network.sizes))
        models = f"neuron {self.recipe.neuron_model.name}, controller {self.recipe.controller_model.name}"
        return f"<Network {sizes}, {models}, on {self.device}>"

    @property
    def _layers(self) -> list[str]:
        return [f"layer{i}" for i in range(1, len(self.recipe.network.sizes))]

    def _program(self, batch: int):
        if batch not in self._programs:
            self._programs[batch] = prepare(
                self.device,
                lambda: assemble(self.recipe, batch, record=True),
                {"present": batch, **identity(self.recipe)},
                self.recipe.train.precision,
            )
        return self._programs[batch]

    def _inputs(self, images: np.ndarray, targets: np.ndarray) -> dict[str, np.ndarray]:
        batch = len(images)
        return {
            "images.values": images.T,
            "targets.values": targets.T,
            "counts.values": np.array([batch]),
            "sample_weights.values": np.full(batch, 1 / batch),
            **{f"{name}.w": value for name, value in self.weights.items()},
        }

    def _trace(self, recorded: np.ndarray, batch: int) -> np.ndarray:
        """Recorded rows of cells (T, unit*batch + sample) as (time, batch, unit)."""
        return recorded.reshape(self.recipe.presentation.states, -1, batch).swapaxes(1, 2)


class Population:
    """A named part of a network; ``group`` is the Brian2 object."""

    def __init__(self, name: str, group):
        self.name, self.group = name, group

    def __repr__(self) -> str:
        return f"<{self.name}: {self.group!r}>"
