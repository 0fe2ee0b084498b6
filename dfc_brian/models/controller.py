"""Controller models."""

from dataclasses import dataclass

from dfc_brian.models import checks as model_checks
from dfc_brian.models import equations as equation_checks
from dfc_brian.models.base import GroupModel


@dataclass(frozen=True, kw_only=True)
class ControllerModel(GroupModel):
    """Equations of a controller neuron: fields as of `NeuronModel`, and one more.

    The roles are the ``control`` signal, the ``error``, the linked ``output`` rate and the ``target`` that is
    set. ``residual`` is an expression in the unit of the output that vanishes when the controller has
    settled, such as what drives its integral; a sample has converged when it is small.
    """

    residual: str

    KIND = "controller model"
    FOLDER = "models/controllers"
    TEXTS = ("equations", "initial", "residual")
    REQUIRED = ("equations", "roles", "residual")
    ROLES = ("control", "error", "output", "target")
    INPUTS = ("output", "target")
    LINKED = ("output",)
    DIMENSIONLESS = ("control", *INPUTS)
    RESERVED = model_checks.CONTROLLER_NAMES

    def _check_more(self, dimensions):
        unit = dimensions.get(self.roles.get("output"))
        label = f"{self.at('residual')}: residual"
        return equation_checks.check_expression(self.residual, unit, dimensions, label) if unit else []
