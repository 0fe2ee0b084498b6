"""Models as data: equations with units, parameters, and the roles of their variables."""

from .models import ControllerModel as ControllerModel
from .models import NeuronModel as NeuronModel
from .models import PlasticityModel as PlasticityModel
