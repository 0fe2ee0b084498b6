"""What trials, variables and groups are, in words."""

TRIAL = {
    "moment": "before or after learning, or after which epoch",
    "phase": "feedforward: without control; controlled: as in learning; sleep: noise, and no input from the world",
    "image": "number of the image among the test images",
    "label": "class of the image",
    "prediction": "class that the network sees in it before control sets in",
    "converged": "whether the network had settled at its target; where nothing is controlled, it cannot",
}
VARIABLES = {
    "soma": "somatic voltage",
    "basal": "voltage of the basal dendrite",
    "apical": "voltage of the apical dendrite",
    "rate": "somatic rate",
    "prediction": "somatic voltage that the basal dendrite predicts",
    "control": "control signal",
    "error": "target less output",
    "target": "target of the output",
    "weight": "synaptic weight",
}
GROUP = "layer<i>: neurons; controller; output: rates as the controller compares them with their target"
SYNAPSES = "w<i>: synapses from layer i-1 (0: the input) onto basal dendrites of layer i"


def of(name: str) -> str:
    """What a variable is; its name, where this says nothing of it."""
    return VARIABLES.get(name, name)
