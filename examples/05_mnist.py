"""
MNIST
=====

A small network learns handwritten digits by deep feedback control, in seconds: ``python examples/05_mnist.py [DATA]``.
DATA is a folder in torchvision's layout; without it, torchvision downloads the images. The whole run, with three layers
of 256 neurons and 55000 images, is ``python -m dfc_brian.run mnist``.
"""

import sys

import dfc_brian as dfc

recipe = dfc.Recipe.load(
    "mnist",
    {
        "description": "784-32-10 on a few images of MNIST",
        "network.sizes": [784, 32, 10],
        "data.train": 1024,
        "data.validation": 200,
        "data.test": 500,
        "learning.rate": 2e-3,
        "presentation.dt": "2 ms",
        "presentation.duration": "100 ms",
        "presentation.drop_unconverged": False,  # too short to settle altogether
        "train.epochs": 3,
        "train.device": "numpy",
        "traces.units": "all",
    },
)
run = dfc.train(recipe, data_dir=sys.argv[1] if len(sys.argv) > 1 else None)
print(run)
for row in run.metrics:
    print(f"epoch {row['epoch']}: training loss {row['train_loss']:.3f}, test error {row['test_error']:.1%}")

run.figure("voltages", image=0).save("05_voltages.pdf")
print(f"everything on one page: python -m dfc_brian.report {run.folder}")
