"""`Network`: a recipe's network with its weights, to be shown samples."""

from collections.abc import Collection, Mapping

import numpy as np
from brian2 import second

from ..devices import check, prepare
from ..errors import BadInput
from ..feedforward import present as feedforward
from ..methods import METHODS
from ..recipe import Recipe
from . import readings, slept
from .assembly import assemble
from .convergence import converged
from .describe import describe
from .identity import identity
from .phase import Phase
from .probes import chosen
from .shown import Shown, WeightTraces
from .slept import Slept
from .target import target_of
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
    device : {"cpp", "cuda", "numpy"}, optional
        Where it runs; the recipe's ``train.device`` by default.

    Raises
    ------
    BadInput
        Weights that do not fit, an unknown device.
    Unavailable
        The device needs a compiler, a GPU or a library that is not there.
    """

    def __init__(self, recipe: Recipe, weights: Mapping[str, np.ndarray] | None = None, device: str | None = None):
        if not isinstance(recipe, Recipe):
            raise BadInput("not a recipe", got=repr(recipe), fix='dfc.Recipe.load("digits") or dfc.Recipe.bare([...])')
        self.recipe = recipe
        self.target = target_of(recipe, device)
        check(self.target)
        self.weights = complete(recipe, weights)
        self._programs = {}
        self._live = None

    def present(
        self,
        x: np.ndarray,
        y: np.ndarray,
        record: Collection[str] = (),
        control: bool = True,
        minibatch: int | None = None,
    ) -> Shown:
        """Show samples once; no weight changes.

        Parameters
        ----------
        x : (batch, n_in)
        y : integer labels (batch,), or for mse also wanted outputs (batch, n_L)
        record : names, optional
            Variables to record beside the compartments and the control signal: any of the neuron model, of the
            plasticity rule's postsynaptic side, and of the controller.
        control : bool
            Without, the feedback synapses are silent: the controller does not reach the neurons. ``updates`` are then
            those of the plasticity rule, whatever the method.
        minibatch : int, optional
            The loss, and with it the target, is that of a minibatch of so many; by default of the samples themselves.

        Returns
        -------
        Shown
            With every state of every compartment. ``updates`` are those of the recipe's method; where it simulates
            and the recipe says ``drop_unconverged``, they leave out the samples that did not converge. The traces
            always show what happened.

        Raises
        ------
        BadInput
            Arrays that do not fit the network, a variable that does not exist.
        """
        images, targets = self.samples(x, y)
        return self._show(images, targets, len(images), record, control, minibatch)

    def present_in_turn(
        self, x: np.ndarray, y: np.ndarray, record: Collection[str] = (), control: bool = True
    ) -> Shown:
        """Show samples one after the other, each alone; the weights of an online rule move on from one to the next.

        Parameters and errors as of `present`; the network's own ``weights`` stay what they are.

        Returns
        -------
        Shown
            As of `present`: the axis ``batch`` has the samples in their order, each with times of its own, and
            ``updates`` is what all of them together have changed.
        """
        if not self.recipe.plasticity_model.online:
            name, fix = self.recipe.plasticity_model.name, "Network.present"
            raise BadInput("no weights move while samples are shown", got=f"the rule '{name}'", fix=fix)
        return self._show(*self.samples(x, y), 1, record, control, 1)

    def _show(
        self,
        images: np.ndarray,
        targets: np.ndarray,
        batch: int,
        record: Collection[str],
        control: bool,
        minibatch: int | None,
    ) -> Shown:
        """Show ``batch`` samples at a time."""
        recipe, online = self.recipe, self.recipe.plasticity_model.online
        presentations, states = len(images) // batch, recipe.presentation.states
        phase = Phase.presentation(recipe)
        scale, recorded = phase.scale, readings.wanted(phase, len(recipe.network.sizes) - 1, record)
        program = self._program(batch, presentations, record)
        inputs = self._inputs(images, targets, batch)
        if minibatch:
            inputs["counts.values"] = np.full(presentations, minibatch)
        if not control:
            inputs |= {f"{name}.w": np.zeros_like(value) for name, value in self.weights.items() if name[0] == "q"}
        forward = [name for name in self.weights if not name.startswith("q")]
        probes = {name: f"{name}_probe_traces.rec_w" for name in forward if name[0] == "w" and recipe.traces.synapses}
        analytic = control and getattr(METHODS[recipe.learning.method].load(), "updates", None)
        changed = {name: f"{name}.{'w' if online else 'update'}" for name in forward if not analytic}
        names = [*readings.ENDS, *readings.keys(recorded), *probes.values()]
        found = program.run(inputs, [*names, *changed.values()])
        first, target, last, residual = (_rows(found[name], presentations, 1, batch)[0] for name in readings.ENDS)
        settled = converged(first, target, last, residual, recipe.train.precision)
        if control and recipe.presentation.drop_unconverged and not (settled.all() or analytic or online):
            inputs["sample_weights.values"] = settled / batch
            found |= program.run(inputs, changed.values())
        updates = {name: found[key].reshape(self.weights[name].shape) for name, key in changed.items()}
        if analytic:
            updates = self._analytic(analytic, images, targets)
        elif online:
            updates = {name: scale.read(name, value) for name, value in updates.items()}
            updates = {name: value - self.weights[name].astype(value.dtype) for name, value in updates.items()}

        return Shown(
            time=np.arange(states) * float(recipe.presentation.dt) * second,
            target=target,
            converged=settled,
            updates=updates,
            traces=readings.read(recorded, lambda key: _rows(found[key], presentations, states, batch)),
            weights={
                name: WeightTraces(
                    _rows(scale.read(name, found[key]), presentations, states, 1),
                    *chosen(self.weights[name].shape, recipe.traces.synapses),
                )
                for name, key in probes.items()
            },
        )

    def sleep(
        self,
        x: np.ndarray,
        noise: Mapping[str, np.ndarray] | None = None,
        stream: int = 0,
        record: Collection[str] = (),
    ) -> Slept:
        """Let the network sleep once: noise, and control towards its own output; no weight changes.

        Parameters
        ----------
        x : (batch, n_in)
            The samples whose forward pass is replayed.
        noise : dict, optional
            ``layer<i>`` (T-1, batch, n_i) for every layer: standard normals instead of those that would be drawn;
            entry t is used in the step from state t to t+1.
        stream : int, optional
            Draws other noise; the same seed, stream and batch give the same noise on every device.
        record : names, optional
            As of `present`, of the models asleep.

        Returns
        -------
        Slept
            With every state of every compartment, and what the rule of ``recipe.sleep`` gives.

        Raises
        ------
        BadInput
            Arrays that do not fit the network.
        """
        return slept.sleep(self, x, noise, stream, record)

    def inputs(self, x: np.ndarray) -> np.ndarray:
        """Check inputs; returns them as floats, (batch, n_in)."""
        n_input = self.recipe.network.sizes[0]
        try:
            x = np.asarray(x, dtype=float)
        except (TypeError, ValueError) as error:
            raise BadInput("x must be an array of numbers", got=str(error)) from None
        if not np.isfinite(x).all():
            raise BadInput("x is not finite", got=f"{np.sum(~np.isfinite(x))} NaN or infinite values")
        if x.ndim != 2 or x.shape[1] != n_input or not len(x):
            raise BadInput("x does not fit the network", got=f"shape {x.shape}", allowed=f"(batch, {n_input})")
        return x

    def samples(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Check samples; returns inputs (batch, n_in) and wanted outputs (batch, n_L), labels as one-hot."""
        n_output = self.recipe.network.sizes[-1]
        x = self.inputs(x)
        try:
            y = np.asarray(y)
        except (TypeError, ValueError) as error:
            raise BadInput("y must be an array of numbers", got=str(error)) from None
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
        target = target_of(self.recipe, "numpy")
        self._live = prepare(target, lambda: assemble(self.recipe, len(x)), {})
        self._live.set(self._inputs(images, targets, len(images)))
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
        return f"<Network {sizes}, {models}, on {self.target.device}>"

    def _program(self, batch: int, presentations: int, record: Collection[str]):
        key = batch, presentations, *record
        if key not in self._programs:
            synapses = self.recipe.traces.synapses
            self._programs[key] = prepare(
                self.target,
                lambda: assemble(self.recipe, batch, presentations, record=record),
                {"present": key[:2], "record": list(record), "synapses": synapses, **identity(self.recipe)},
            )
        return self._programs[key]

    def _inputs(self, images: np.ndarray, targets: np.ndarray, batch: int) -> dict[str, np.ndarray]:
        presentations = len(images) // batch
        return {
            "images.values": images.reshape(presentations, batch, -1).swapaxes(1, 2),
            "targets.values": targets.reshape(presentations, batch, -1).swapaxes(1, 2),
            "counts.values": np.full(presentations, batch),
            "sample_weights.values": np.full((presentations, batch), 1 / batch),
            **Phase.presentation(self.recipe).scale.inputs(self.weights),
        }

    def _analytic(self, updates, images: np.ndarray, targets: np.ndarray) -> dict[str, np.ndarray]:
        """The updates of a method that needs no simulation, in the recipe's precision."""
        dtype = self.recipe.train.precision
        weights = {name: value.astype(dtype) for name, value in self.weights.items()}
        passed = feedforward(weights, self.recipe.activations, images.astype(dtype))
        return updates(passed, weights, targets.astype(dtype), self.recipe)


class Population:
    """A named part of a network; ``group`` is the Brian2 object."""

    def __init__(self, name: str, group):
        self.name, self.group = name, group

    def __repr__(self) -> str:
        return f"<{self.name}: {self.group!r}>"


def _rows(recorded: np.ndarray, presentations: int, states: int, batch: int) -> np.ndarray:
    """Recorded rows of cells (presentation*states + state, unit*batch + sample) as (time, samples, unit)."""
    rows = recorded.reshape(presentations, states, -1, batch).transpose(1, 0, 3, 2)
    return rows.reshape(states, presentations * batch, -1)
