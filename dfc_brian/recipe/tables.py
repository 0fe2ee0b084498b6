"""The tables of a recipe: their keys, defaults and allowed values, one frozen class each.

The defaults are the published constants of DFC with fixed feedback on MNIST (Meulemans et al. 2021,
"Credit Assignment in Neural Networks through Deep Feedback Control", NeurIPS 2021, and its code).
"""

from math import isfinite
from typing import Annotated, Any, Literal

from brian2.units import second
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator

from dfc_brian.datasets import KNOWN as DATASETS
from dfc_brian.errors import BadInput, unknown
from dfc_brian.methods import METHODS
from dfc_brian.models import ControllerModel, NeuronModel, PlasticityModel, quantities, variables
from dfc_brian.models.neuron import split
from dfc_brian.recipe import variants

ACTIVATIONS = ("tanh", "relu", "sigmoid", "linear")
SIZES = "a list of positive integers for at least an input and an output layer, such as [784, 256, 10]"


def _one_of(what, choices):
    def read(value):
        if not isinstance(value, str) or value not in choices:
            raise unknown(what, value, choices)
        return value

    return PlainValidator(read)


def _time(value):
    quantity = quantities.parse_as(value, second, "it")
    if not float(quantity) > 0:
        raise BadInput("it is not positive", got=value, allowed="> 0 s")
    return quantity


def _model(kind):
    def read(value):
        model = kind.of(value)
        return value if isinstance(value, str) and split(value)[0] in kind.names() else model

    return PlainValidator(read)


def _all_or(least, what):
    def read(value):
        if value == "all":
            return value
        if not _whole(value, least) or len(set(value)) < len(value):
            allowed = f'"all" or a list of different whole numbers >= {least}'
            raise BadInput(f"it is no list of {what}", got=value, allowed=allowed)
        return value

    return PlainValidator(read)


def _list(what, allowed, least=0):
    """A check that there is a list, and long enough; its items are checked afterwards, one by one."""

    def read(value):
        if not isinstance(value, tuple) or len(value) < least:
            raise BadInput(f"it is no list of {what}", got=repr(value), allowed=allowed)
        return value

    return BeforeValidator(read)


def _size(value):
    if type(value) is not int or value < 1:
        raise BadInput("it is no number of units", got=repr(value), allowed="a positive integer")
    return value


def _whole(value, least):
    return isinstance(value, tuple) and all(type(item) is int and item >= least for item in value)


def _standardise(value):
    if value is None or value == "train":
        return value
    numbers = isinstance(value, tuple) and all(type(item) in (int, float) and isfinite(item) for item in value)
    if not numbers or len(value) != 2 or not value[1] > 0:
        allowed = '"train" or [mean, standard deviation > 0]'
        raise BadInput("it is no standardisation", got=value, allowed=allowed)
    return tuple(map(float, value))


def _activation(value):
    for name in value if isinstance(value, tuple) else (value,):
        if name not in ACTIVATIONS:
            raise unknown("activation function", name, ACTIVATIONS)
    return value


def _capability(value):
    if value is not None and (not 1 <= value < 30 or round(value, 1) != value):
        raise BadInput("it is no compute capability", got=value, allowed="major.minor, such as 9.0")
    return value


def _images(value):
    counts = isinstance(value, dict) and value
    if counts and all(key == "all" or key.isdecimal() for key in value) and _whole(tuple(value.values()), 1):
        return value
    if not _whole(value, 0):
        allowed = "a list of whole numbers >= 0, or how many of each class: {3 = 2, 8 = 2} or {all = 2}"
        raise BadInput("it is no list of images", got=repr(value), allowed=allowed)
    return value


def _every(value):
    if type(value) is int and value >= 1:
        return value
    try:
        return _time(value)
    except BadInput:
        raise BadInput(
            "it is no interval", got=repr(value), allowed='so many states (>= 1), or a time: "5 ms"'
        ) from None


def _when(value):
    moments = ("before", "some", "epochs", "after")
    if not isinstance(value, tuple) or not _whole(tuple(item for item in value if item not in moments), 1):
        allowed = 'a list of "before", "after", epoch numbers >= 1, "some" for 1, 2, 5, 10, ..., and "epochs" for each'
        fix = f'["{value}"]' if value in moments else None
        raise BadInput("it is no list of moments", got=value, allowed=allowed, fix=fix)
    return value


Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Time = Annotated[Any, PlainValidator(_time)]


class Table(BaseModel):
    """A table of a recipe: frozen, no keys but its own, no conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_default=True, allow_inf_nan=False)


class Data(Table):
    """What is learned: numbers of images (samples), and how pixels in [0, 1] are standardised.

    ``test`` None: all the data set has. ``standardise`` None: not at all; "train": by the mean and standard
    deviation of all training pixels; (mean, standard deviation): by these. ``target`` "given": the labels or outputs
    that the data set has; "input": the standardised input itself, for an autoencoder.
    """

    name: Annotated[str, _one_of("data set", DATASETS)]
    train: Count
    validation: Count
    test: Count | None = None
    standardise: Annotated[Any, PlainValidator(_standardise)] = None
    target: Literal["given", "input"] = "given"

    @property
    def task(self) -> str:
        """ "classification", judged by loss and error, or "regression", judged by the loss."""
        return DATASETS[self.name].task(self.target)


class NetworkTable(Table):
    """Units of each layer from the input to the output, and which models they follow.

    ``activation``: one for all hidden layers, or one each; the output layer is linear. ``neuron`` and
    ``controller``: the name of a shipped model, or else the model itself; "name:set" chooses one of a neuron's sets of
    parameters.
    """

    sizes: Annotated[tuple[Annotated[int, PlainValidator(_size)], ...], _list("layer sizes", SIZES, least=2)]
    activation: Annotated[Any, PlainValidator(_activation)] = "tanh"
    loss: Literal["cross_entropy", "mse"] = "cross_entropy"
    neuron: Annotated[Any, _model(NeuronModel)] = "pyramidal"
    controller: Annotated[Any, _model(ControllerModel)] = "pi_total_leak"


class Presentation(Table):
    """One presentation of a minibatch: ``duration/dt`` states, integrated with step ``dt`` (Quantities).

    ``integrator`` "euler": where dendrites have equations of their own, they go first, and the soma sees their new
    voltages.
    """

    dt: Time = "1 ms"
    duration: Time = "500 ms"
    proactive: bool = True
    instantaneous_transmission: bool = True
    drop_unconverged: bool = True
    integrator: Literal["euler"] = "euler"

    @property
    def states(self) -> int:
        """T, the number of stored states; T - 1 steps lead from the first to the last."""
        return round(float(self.duration) / float(self.dt))


class Sleep(Table):
    """The phase without input from the world in which feedback weights learn: models, constants and times, all its own.

    The network is driven by noise and controlled towards its own output. ``tau_v``, ``tau_apical`` and ``sigma`` are
    parameters of the neuron model, ``tau_u``, ``k_p`` and ``leak`` of the controller model, where these have them.
    ``sigma_output``: noise of the output layer, by default ``sigma``. ``tau_q`` and ``beta`` are the time
    constant and the decay of an online rule, by default its own; such a rule learns with the speed sigma**2/tau_q.
    """

    neuron: Annotated[Any, _model(NeuronModel)] = "pyramidal_asleep"
    controller: Annotated[Any, _model(ControllerModel)] = "pi_total_leak"
    rule: Annotated[Any, _model(PlasticityModel)] = "anti_hebbian"
    dt: Time = "0.1014975 ms"
    duration: Time = "4.87188 ms"
    tau_u: Time = "50 ms"
    tau_v: Time = "0.315125 ms"
    tau_apical: Time = "16.2347 ms"
    k_p: float = 0.156539
    leak: float = 0.613364
    sigma: Annotated[float, Field(ge=0)] = 1.52418e-3
    sigma_output: Annotated[float, Field(ge=0)] | None = None
    tau_q: Annotated[Any, PlainValidator(lambda value: None if value is None else _time(value))] = None
    beta: Annotated[float, Field(ge=0)] | None = None
    proactive: bool = False
    instantaneous_transmission: bool = True
    integrator: Literal["euler"] = "euler"

    @property
    def states(self) -> int:
        """T, the number of states; T - 1 steps lead from the first to the last."""
        return round(float(self.duration) / float(self.dt))


class FeedbackLearning(Table):
    """How feedback weights learn asleep, where ``learning.feedback`` is "learned": passes over the training images.

    ``pretraining`` passes come before the first epoch, with a rate and a state of Adam of their own; then there are
    ``before`` passes ahead of the forward weights' pass of each epoch, and ``after`` passes behind it.
    ``output``: whether the output layer's feedback weights learn too, or stay the identity.
    """

    pretraining: Annotated[int, Field(ge=0)] = 10
    before: Annotated[int, Field(ge=0)] = 1
    after: Annotated[int, Field(ge=0)] = 2
    pretraining_rate: Positive = 3.17028e-4
    rate: Positive = 5.26541e-4
    epsilon: Positive = 1.56114e-6
    beta1: Annotated[float, Field(ge=0, lt=1)] = 0.99
    beta2: Annotated[float, Field(ge=0, lt=1)] = 0.99
    weight_decay: Annotated[float, Field(ge=0)] = 1e-3
    clip: Annotated[float, Field(gt=0, allow_inf_nan=True)] = 1.0
    output: bool = True


class Learning(Table):
    """The method, and Adam's constants: ``rate`` is the learning rate over ``nudge``, ``clip`` may be inf.

    ``damping``: gamma of the methods mn and gn, which invert J J^T + gamma I.
    """

    method: Annotated[str, _one_of("method", METHODS)] = "dfc"
    feedback: Literal["fixed", "learned"] = "fixed"
    rule: Annotated[Any, _model(PlasticityModel)] = "nonlinear_difference"
    nudge: Positive = 0.1
    rate: Positive = 6.04345e-4
    epsilon: Positive = 1.33268e-8
    beta1: Annotated[float, Field(ge=0, lt=1)] = 0.99
    beta2: Annotated[float, Field(ge=0, lt=1)] = 0.99
    clip: Annotated[float, Field(gt=0, allow_inf_nan=True)] = 1.0
    damping: NotNegative = 0.0


class Train(Table):
    """How long, in what portions, from which seed, and on what."""

    epochs: Count = 1
    batch_size: Count = 128
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 42
    precision: Literal["float64", "float32"] = "float64"
    device: Literal["cpp", "cuda", "numpy"] = "cpp"


class Cuda(Table):
    """How programs for GPUs are made, with ``train.device`` "cuda".

    ``compute_capability``: of the GPU for which they are compiled, such as 9.0; by default of the one that is there.
    ``graph``: whether a time step is one CUDA graph, where nothing in it changes from step to step.
    """

    compute_capability: Annotated[float | None, AfterValidator(_capability)] = None
    graph: bool = True


class Traces(Table):
    """Which voltages are kept: variables of which layers (from 1) and units (from 0), for which test images, and when.

    ``images``: indices, or how many of each class: {"3": 2, "8": 2}, {"all": 2}. ``variables``: of the neuron model,
    the plasticity rule's postsynaptic side and the controller, by their names or roles; a group gives those it has. A
    layer with fewer units than ``units`` names gives those it has, the controller gives all of its own. ``synapses``:
    so many weights of each layer are kept too, evenly chosen; an online rule moves them. ``when``: "before" and
    "after" learning, after single epochs, after all ("epochs"), or after 1, 2, 5, 10, 20, 50 and so
    on but the last ("some"). ``phases``: "controlled", as in learning;
    "feedforward", without control; "sleep". ``every``: so many states, or a time (Quantity), lie between two that are
    kept.
    """

    images: Annotated[Any, PlainValidator(_images)] = (0,)
    variables: Annotated[tuple[str, ...], _list("variables", 'a list of names such as "soma"')] = (
        *variables.COMPARTMENTS,
        *variables.CONTROL,
    )
    layers: Annotated[Any, _all_or(1, "layers")] = "all"
    units: Annotated[Any, _all_or(0, "units")] = "all"
    synapses: Annotated[int, Field(ge=0)] = 0
    when: Annotated[Any, PlainValidator(_when)] = ("before", "after")
    phases: tuple[Literal["feedforward", "controlled", "sleep"], ...] = ("controlled",)
    every: Annotated[Any, PlainValidator(_every)] = 1

    def moments(self, epochs: int) -> tuple[str, ...]:
        """The moments in a run of so many epochs, such as ("before", "epoch1", "after")."""
        numbers = range(1, epochs + 1)
        some = {number for number in numbers[:-1] if str(number).rstrip("0") in ("1", "2", "5")}
        wanted = {*self.when, *(numbers if "epochs" in self.when else some if "some" in self.when else ())}
        chosen = [number for number in numbers if number in wanted]
        ends = {end: [end] * (end in self.when) for end in ("before", "after")}
        return (*ends["before"], *(f"epoch{number}" for number in chosen), *ends["after"])

    def stride(self, dt) -> int:
        """One of so many states is kept, in a phase whose steps are ``dt`` (Quantity): the nearest to ``every``."""
        return self.every if isinstance(self.every, int) else max(1, round(float(self.every) / float(dt)))


class Published(Table):
    """Published results to compare with: ``values`` holds (mean, standard deviation) of ``metric`` by variant.

    Variants are named as in ``[variant]``, such as "bp" or "dfc learned". Errors are fractions.
    """

    metric: Literal["test_error", "test_loss", "train_loss"]
    values: dict[str, tuple[NotNegative, NotNegative]]

    def of(self, method: str, feedback: str) -> tuple[float, float] | None:
        """(mean, standard deviation) for this method and kind of feedback, or None if nothing is published."""
        found = [self.values[name] for name in variants.names_of(method, feedback) if name in self.values]
        return found[-1] if found else None


TABLES = {
    "data": Data,
    "network": NetworkTable,
    "presentation": Presentation,
    "sleep": Sleep,
    "learning": Learning,
    "feedback": FeedbackLearning,
    "train": Train,
    "cuda": Cuda,
    "traces": Traces,
    "published": Published,
}
OPTIONAL = ("data", "published")
