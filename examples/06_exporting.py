"""
Exporting
=========

What a run has recorded, for the tools of the field: one file of Neurodata Without Borders (NWB), opened again with
pynwb, and one table that any program reads. ``python -m dfc_brian.export RUN --to nwb`` does the same.
"""

import csv

from pynwb import NWBHDF5IO

import dfc_brian as dfc

recipe = dfc.Recipe.load(
    "digits",
    {
        "network.sizes": [64, 12, 10],
        "data.train": 256,
        "presentation.duration": "60 ms",
        "presentation.drop_unconverged": False,
        "train.epochs": 1,
        "train.device": "numpy",
        "traces.images": [0, 1, 2],
    },
)
run = dfc.train(recipe)
print(run.traces)

table = run.export("csv", "06_voltages.csv", select={"layer": [1], "unit": [0, 1], "moment": ["after"]})
with open(table, newline="") as file:
    head, *rows = csv.reader(file)
print(f"\n{table}: {len(rows)} rows of {', '.join(head)}")

with NWBHDF5IO(run.export("nwb", "06_voltages.nwb"), "r") as file:
    session = file.read()
    print(f"\n{session.session_description}")
    print(session.trials.to_dataframe()[["moment", "image", "label", "prediction"]])
    for name, series in session.acquisition.items():
        print(f"{name}: {series.data.shape} in {series.unit}")
