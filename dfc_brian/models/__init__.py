"""Models as data: equations with units, parameters, and the roles of their variables."""

from .controller import ControllerModel as ControllerModel
from .neuron import NeuronModel as NeuronModel
from .plasticity import PlasticityModel as PlasticityModel
