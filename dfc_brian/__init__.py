"""dfc_brian: a laboratory for dendritic credit assignment on Brian2."""

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "Recipe": "recipe",
    "Network": "network",
    "Shown": "network",
    "train": "training",
    "load_run": "results",
    "Run": "results",
    "DenseSynapses": "dense",
    "NeuronModel": "models",
    "ControllerModel": "models",
    "PlasticityModel": "models",
}
__all__ = list(_HOMES)


def __getattr__(name: str):
    """Public names are imported when they are first used: ``--help`` need not wait for Brian2."""
    if name not in _HOMES:
        raise AttributeError(f"module 'dfc_brian' has no attribute '{name}'")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
