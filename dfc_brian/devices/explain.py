"""Brian2's errors about a user's models, as one message."""

from contextlib import contextmanager

from brian2.core.base import BrianObjectException
from brian2.equations.equations import EquationError
from brian2.units.fundamentalunits import DimensionMismatchError

from ..dense import NotSeparable
from ..errors import BadInput


@contextmanager
def model_errors():
    """While Brian2 objects are made from models: what Brian2 refuses becomes `BadInput` with its reason."""
    try:
        yield
    except (BrianObjectException, DimensionMismatchError, EquationError, NotSeparable) as error:
        cause = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        where = f" ({error._brian_objname})" if isinstance(error, BrianObjectException) else ""
        raise BadInput(
            f"the models do not make a network{where}",
            got=f"{type(cause).__name__}: {cause}",
            fix="correct the equations, units or roles in the model files that the recipe names",
        ) from error
