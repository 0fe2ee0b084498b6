"""``python -m dfc_brian.export``: each file is read back by the library that it is for, and holds what was recorded."""

import csv
import json
import sys
from functools import partial

import h5py
import numpy as np
import pytest
from brian2 import Hz, mV, pA, second
from brian2.units.fundamentalunits import get_dimensions

import dfc_brian as dfc
from dfc_brian import datasets, exporting, recording
from dfc_brian.errors import BadInput, Unavailable
from dfc_brian.training.folder import RunFolder
from dfc_brian.training.traces import Tracer

SMALL = {
    "network.sizes": [64, 6, 10],
    "learning.method": "dfc-online",
    "presentation.duration": "30 ms",
    "train.device": "numpy",
    "traces.images": [4, 8],
    "traces.units": [0, 5],
    "traces.variables": ["soma", "basal", "apical", "rate", "control", "error", "v"],
    "traces.phases": ["controlled", "sleep"],
    "traces.every": 2,
    "traces.synapses": 3,
}
TRIALS = [
    (phase, moment, image) for phase in ("controlled", "sleep") for moment in ("before", "after") for image in (4, 8)
]
EXACT = 1e-13
"""Relative difference of voltages: mV are volts times a thousand, rounded."""
UNITS = {
    "soma": (-55, 6, "mV"),
    "v": (-55, 6, "mV"),
    "basal": (-55, 6 * 38 / 20, "mV"),
    "apical": (-55, 6 * 38 / 12, "mV"),
    "rate": (75, 75, "Hz"),
    "weight": (0, 10 * 6 * 38 / 20, "pA"),
}
"""Zero and unit of the default physical parameters: theta -55 mV, k 3 mV, f_max 150 Hz; g 6, 20, 12 nS, g_LB 10 nS."""


def recorded(recipe, path):
    """A run that recorded, but did not learn: its weights become smaller at once."""
    with RunFolder.create(recipe, path) as folder:
        tracer = Tracer(recipe, datasets.load(recipe.data), folder, None)
        weights = dfc.Network(recipe, device="numpy").weights
        tracer.record("before", weights)
        tracer.record("after", {name: value / 2 for name, value in weights.items()})
        recording.finalise(folder.path)
        folder.set_status("done", epoch=1, block=1)
    return dfc.load_run(path)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return recorded(dfc.Recipe.load("digits", SMALL), tmp_path_factory.mktemp("exported") / "run")


def physical(run, phase, moment, group, name):
    """What the default physical parameters make of what was recorded, in mV, Hz and pA."""
    zero, unit, _ = UNITS[name]
    return zero + unit * raw(run, phase, moment, group, name)


def raw(run, phase, moment, group, name):
    """What was recorded, straight from traces.h5."""
    with h5py.File(run.folder / "traces.h5") as file:
        return file[f"{moment}/{phase}/output" if group == "output" else f"{moment}/{phase}/{group}/{name}"][()]


def connected(run, group):
    """(post, pre) of the probed synapses."""
    with h5py.File(run.folder / "traces.h5") as file:
        return [file[f"before/controlled/{group}/{key}"][()].tolist() for key in ("post", "pre")]


def with_unit(phase):
    """What is exported with a unit that the map gives, as (group, variable); asleep no weights are recorded."""
    voltages = [("layer1", name) for name in ("soma", "basal", "apical", "v")]
    rates = [("layer2", "rate"), ("output", "rate")]
    return voltages + rates + [("w1", "weight"), ("w2", "weight")] * (phase != "sleep")


def close(found, wanted):
    return np.abs(np.asarray(found) - wanted).max() <= EXACT * np.abs(wanted).max()


def test_numpy_reads_the_arrays_and_their_units(run):
    path = exporting.export(run, "npz")
    assert path == run.folder / "voltages.npz"
    with np.load(path, allow_pickle=False) as file:
        units = dict(file["units"])
        for phase, moment, _ in TRIALS:
            head, shown = f"{moment}/{phase}", run.traces.phase(phase)[moment]
            for group, name in with_unit(phase):
                key = f"{head}/{group}/{name}"
                assert close(file[key], physical(run, phase, moment, group, name)) and units[key] == UNITS[name][2]
            control = f"{head}/controller/control"
            assert np.array_equal(file[control], shown.control) and units[control] == "1"
            assert np.array_equal(file[f"{head}/image"], [4, 8])
            assert np.array_equal(file[f"{head}/layer1/unit"], [0, 5])
            assert np.array_equal(file[f"{head}/output/unit"], range(10))
        for group in ("w1", "w2"):
            head = f"after/controlled/{group}"
            assert [file[f"{head}/{key}"].tolist() for key in ("post", "pre")] == connected(run, group)
            assert (np.ptp(file[f"{head}/weight"], axis=0) > 0).all(), "they move in each presentation"
        about = json.loads(str(file["about"]))
    assert "-55 mV + 6 mV" in about["units"] and "pyramidal_conductance" in about["units"]
    assert "dv/dt" in about["equations"] and dfc.Recipe.load(run.folder / "recipe.toml").to_toml() == about["recipe"]


def test_the_reader_of_recordings_reads_h5(run, tmp_path):
    """Everything that it reads in traces.h5; without dimensions, the same bits."""
    for units in ("physical", "dimensionless"):
        path = exporting.export(run, "h5", tmp_path / f"{units}.h5", units=units)
        traces = recording.Traces(path)
        assert traces.recipe == run.traces.recipe and repr(traces) == repr(run.traces)
        assert traces.phases == ("controlled", "sleep") and list(traces) == ["before", "after"]
        for phase in traces.phases:
            for moment, shown in run.traces.phase(phase).items():
                same(traces.phase(phase)[moment], shown, units)


def same(found, shown, units):
    """One presentation of an export, and that of the run itself; times are milliseconds there, and so rounded."""

    def equal(ours, name, theirs):
        if units == "dimensionless" or name not in UNITS:
            return get_dimensions(ours) == get_dimensions(theirs) and np.array_equal(ours, theirs)
        zero, unit, symbol = UNITS[name]
        return close(ours / {"mV": mV, "Hz": Hz, "pA": pA}[symbol], zero + unit * theirs)

    assert (found.groups, found.layers, found.moment, found.phase) == (
        shown.groups, shown.layers, shown.moment, shown.phase,
    )  # fmt: skip
    for group in shown.groups:
        assert list(found[group]) == list(shown[group]), "in the same order"
        for key in ("unit", "post", "pre", "shared"):
            assert np.array_equal(getattr(found[group], key), getattr(shown[group], key)), key
        for name in shown[group]:
            assert equal(found[group][name], name, shown[group][name]), (group, name)
    for key in ("image", "label", "prediction", "converged", "input", "control"):
        assert np.array_equal(getattr(found, key), getattr(shown, key)), key
    for key in ("output", "target"):
        assert equal(getattr(found, key), "rate", getattr(shown, key)), key
    assert list(found.weights) == list(shown.weights)
    for name, weights in shown.weights.items():
        assert equal(found.weights[name].values, "weight", weights.values)
        assert np.array_equal(found.weights[name][1:], weights[1:]), "post and pre"
    assert found.time.dim == shown.time.dim and close(found.time / second, np.asarray(shown.time))


def test_weights_that_images_share_are_those_of_each_trial(tmp_path):
    shared = {"learning.method": "dfc", "traces.phases": ["controlled"], "traces.every": 5}
    run = recorded(dfc.Recipe.load("digits", SMALL | shared), tmp_path / "run")
    wanted = physical(run, "controlled", "after", "w1", "weight")
    assert wanted.shape[1] == 1
    with np.load(exporting.export(run, "npz", select={"image": 8})) as file:
        assert close(file["after/controlled/w1/weight"], wanted)
    with np.load(exporting.export(run, "npz")) as file:
        assert close(file["after/controlled/w1/weight"], np.repeat(wanted, 2, axis=1))
    found = recording.Traces(exporting.export(run, "h5"))["after"]
    assert found["w1"].shared and close(found["w1"]["weight"] / pA, wanted), "as in traces.h5"


def test_a_table_in_long_form(run, tmp_path):
    exporting.export(run, "csv", tmp_path / "table.csv", {"layer": [1, "controller"], "variable": ["soma", "control"]})
    with (tmp_path / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    keys = ("moment", "phase", "image", "label", "prediction", "converged", "group", "unit", "time (ms)")
    assert tuple(rows[0]) == (*keys, "soma (mV)", "control (1)")
    assert {(row["phase"], row["moment"], int(row["image"])) for row in rows} == set(TRIALS)
    for phase, moment, image in TRIALS:
        shown, sample = run.traces.phase(phase)[moment], [4, 8].index(image)
        mine = of_trial(rows, phase, moment, image)
        soma = physical(run, phase, moment, "layer1", "soma")[:, sample]
        converged = "" if phase == "sleep" else str(bool(shown.converged[sample])).lower()
        for place, unit in enumerate((0, 5)):
            own = [row for row in mine if row["group"] == "layer1" and row["unit"] == str(unit)]
            assert close([float(row["soma (mV)"]) for row in own], soma[:, place])
            assert close([float(row["time (ms)"]) for row in own], 1e3 * np.asarray(shown.time))
            assert all(row["control (1)"] == "" and int(row["label"]) == shown.label[sample] for row in own)
            assert all(row["converged"] == converged for row in own)
        own = [float(row["control (1)"]) for row in mine if row["group"] == "controller" and row["unit"] == "9"]
        assert own == shown.control[:, sample, 9].tolist(), "every digit is there"
    described = json.loads((tmp_path / "table.csv-metadata.json").read_text())
    assert described["url"] == "table.csv" and "-55 mV + 6 mV" in described["dc:description"]
    assert [column["titles"] for column in described["tableSchema"]["columns"]] == list(rows[0])


def of_trial(rows, phase, moment, image):
    return [row for row in rows if (row["phase"], row["moment"], row["image"]) == (phase, moment, str(image))]


def test_a_table_of_output_and_weights(run, tmp_path):
    exporting.export(run, "csv", tmp_path / "table.csv", {"layer": ["output", "w1", "w2"], "unit": 5})
    with (tmp_path / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    place = ("group", "unit", "post", "pre", "time (ms)")
    assert tuple(rows[0])[-8:] == (*place, "rate (Hz)", "target (Hz)", "weight (pA)")
    for phase, moment, image in TRIALS:
        shown, sample = run.traces.phase(phase)[moment], [4, 8].index(image)
        mine = of_trial(rows, phase, moment, image)
        for unit in range(10):
            own = [row for row in mine if row["group"] == "output" and row["unit"] == str(unit)]
            rate = physical(run, phase, moment, "output", "rate")[:, sample, unit]
            assert close([float(row["rate (Hz)"]) for row in own], rate)
            assert np.allclose([float(row["target (Hz)"]) for row in own], 75 * (1 + shown.target[sample, unit]))
            assert all(row["post"] == row["pre"] == row["weight (pA)"] == "" for row in own)
        for group in ("w1", "w2") if phase != "sleep" else ():
            for number, (post, pre) in enumerate(zip(*connected(run, group), strict=True)):
                own = [row for row in mine if row["group"] == group and row["unit"] == str(number)]
                assert {(row["post"], row["pre"]) for row in own} == {(str(post), str(pre))}
                weight = physical(run, phase, moment, group, "weight")[:, sample, number]
                assert close([float(row["weight (pA)"]) for row in own], weight)
    columns = json.loads((tmp_path / "table.csv-metadata.json").read_text())["tableSchema"]["columns"]
    kinds = {column["titles"]: column["datatype"] for column in columns}
    assert kinds["pre"] == "integer" and kinds["converged"] == "boolean" and kinds["weight (pA)"] == "number"
    assert all(column["dc:description"] for column in columns)


def test_neo_reads_a_block_of_annotated_segments(run):
    neo, pq = pytest.importorskip("neo"), pytest.importorskip("quantities")
    block = neo.io.NeoMatlabIO(str(exporting.export(run, "neo"))).read_block()
    assert block.name == "run" and "-55 mV + 6 mV" in block.annotations["units"]
    assert len(block.segments) == len(TRIALS)
    for segment, (phase, moment, image) in zip(block.segments, TRIALS, strict=True):
        shown, sample = run.traces.phase(phase)[moment], [4, 8].index(image)
        known = segment.annotations
        assert (known["phase"], known["moment"], known["image"]) == (phase, moment, image)
        assert known["label"] == shown.label[sample] and known["prediction"] == shown.prediction[sample]
        assert np.abs(known["target"] / 75 - 1 - shown.target[sample]).max() < 1e-13 and known["target_unit"] == "Hz"
        assert ("converged" in known) == (phase == "controlled")
        signals = {signal.name: signal for signal in segment.analogsignals}
        soma = signals["layer1 soma"]
        assert soma.units == pq.mV and soma.annotations["variable"] == "soma" and soma.annotations["group"] == "layer1"
        assert list(soma.annotations["unit"]) == [0, 5]
        for group, name in with_unit(phase):
            signal, wanted = signals[f"{group} {name}"], physical(run, phase, moment, group, name)[:, sample]
            assert signal.units == getattr(pq, UNITS[name][2]) and close(signal.magnitude, wanted)
        assert close(soma.times.rescale("s").magnitude, np.asarray(shown.time))
        control = signals["controller control"]
        assert control.units == pq.dimensionless and np.array_equal(control.magnitude, shown.control[:, sample])
        assert list(signals["output rate"].annotations["unit"]) == [*range(10)]
        assert ("w1 weight" in signals) == (phase != "sleep")
        for group in ("w1", "w2") if phase != "sleep" else ():
            told = signals[f"{group} weight"].annotations
            assert [list(told[key]) for key in ("post", "pre")] == connected(run, group)


def test_nwb_is_read_and_found_in_order(run):
    pynwb, inspector = pytest.importorskip("pynwb"), pytest.importorskip("nwbinspector")
    path = exporting.export(run, "nwb")
    assert not pynwb.validate(path=path)
    critical = inspector.Importance.CRITICAL
    assert not list(inspector.inspect_nwbfile(nwbfile_path=path, importance_threshold=critical))
    with pynwb.NWBHDF5IO(path, "r") as io:
        file = io.read()
        assert file.session_id == "run" and "-55 mV + 6 mV" in file.notes and "dv/dt" in file.notes
        assert file.protocol == run.recipe.to_toml()
        table = file.trials.to_dataframe()
        assert [tuple(row) for row in table[["phase", "moment", "image"]].to_numpy()] == TRIALS
        columns = file.processing["misc"]["columns"].to_dataframe()
        for row in table.itertuples():
            shown, sample = run.traces.phase(row.phase)[row.moment], [4, 8].index(row.image)
            assert (row.label, row.prediction) == (shown.label[sample], shown.prediction[sample])
            assert row.correct == (row.label == row.prediction)
            assert np.abs(row.target / 75 - 1 - shown.target[sample]).max() < 1e-13
            for group, name in with_unit(row.phase):
                series = file.acquisition[f"{row.phase}_{group}_{name}"]
                unit = {"mV": ("volts", 1e-3), "Hz": ("hertz", 1), "pA": ("amperes", 1e-12)}[UNITS[name][2]]
                assert (series.unit, series.conversion) == unit
                first = round((row.start_time - series.starting_time) * series.rate)
                last = round((row.stop_time - series.starting_time) * series.rate)
                wanted = physical(run, row.phase, row.moment, group, name)[:, sample]
                assert close(series.data[first : last + 1], wanted)
        for phase in ("controlled", "sleep"):
            own = columns[columns.series == f"{phase}_layer1_apical"]
            assert list(own.layer) == ["layer1"] * 2 and list(own.neuron) == [0, 5]
            assert list(own.compartment) == ["apical"] * 2 and list(own.presynaptic) == [-1, -1]
        for group in ("w1", "w2"):
            own = columns[columns.series == f"controlled_{group}_weight"]
            assert [own.neuron.tolist(), own.presynaptic.tolist()] == connected(run, group)
            assert list(own.layer) == [group] * 3 and list(own.column) == [0, 1, 2]
        assert file.acquisition["controlled_controller_error"].unit == "unitless"
        picture = file.stimulus_template["images"]["image8"].data[:]
        assert np.array_equal(picture.ravel(), run.traces["before"].input[1])


def test_a_run_in_mV_is_exported_as_it_is_and_without_dimensions(tmp_path):
    """The same network of either neuron, so the same file; 1e-9 of the voltages."""
    own = SMALL | {"traces.variables": ["soma", "basal", "apical", "rate"], "learning.method": "dfc"}
    plain = own | {"neuron.tau_v": f"{200 / 38!r} ms"}  # C/(g_L + g_B + g_A)
    physical = own | {"network.neuron": "pyramidal_conductance"}
    physical["traces.variables"] = [*own["traces.variables"], "f", "V_star"]
    runs = {
        name: recorded(dfc.Recipe.load("digits", recipe), tmp_path / name)
        for name, recipe in {"plain": plain, "physical": physical}.items()
    }
    for units in ("physical", "dimensionless"):
        files = {name: exporting.export(run, "h5", tmp_path / f"{name}.h5", units=units) for name, run in runs.items()}
        found, wanted = (recording.Traces(files[name])["after"] for name in ("physical", "plain"))
        for group in ("w1", "w2"):
            weights = runs["plain"].traces["after"].weights[group].values * (114 * pA if units == "physical" else 1)
            ours = found[group]["weight"]
            assert get_dimensions(ours) == get_dimensions(weights) and close(ours, np.asarray(weights))
        for layer in found.layers:
            for name in own["traces.variables"]:
                ours, theirs = found[layer][name], wanted[layer][name]
                assert get_dimensions(ours) == get_dimensions(theirs)
                assert np.abs(np.asarray(ours - theirs)).max() < 1e-9 * np.abs(np.asarray(theirs)).max(), (layer, name)
            predicted = found[layer]["V_star"]  # theta + U_0 v_basal
            basal = wanted[layer].basal
            if units == "physical":  # lambda_B = 20/38
                basal = -55 * mV + 20 / 38 * (basal + 55 * mV)
            assert get_dimensions(predicted) == get_dimensions(basal)
            assert np.abs(np.asarray(predicted - basal)).max() < 1e-9 * np.abs(np.asarray(basal)).max(), layer
            frequency = found[layer]["f"] / Hz  # of no role: it keeps its unit
            assert np.abs(frequency - runs["physical"].traces["after"][layer]["f"] / Hz).max() < 1e-9
    physical, plain = (exporting.Content(runs["physical"], units=kind) for kind in ("physical", "dimensionless"))
    assert physical.source("controlled") == "physical units of the neuron model pyramidal_conductance itself"
    assert "exact map" in physical.source("sleep") and "-55 mV + 6 mV" in physical.source("sleep")
    assert "exact map" in plain.source("controlled") and "pyramidal_asleep itself" in plain.source("sleep")
    for phase in ("controlled", "sleep"):
        assert all(f"{phase}: {each.source(phase)}" in each.text for each in (physical, plain))


@pytest.mark.parametrize(
    "select, expected",
    [
        (["phase=sleep", "image=8"], {"phase": ["sleep"], "image": ["8"]}),
        (["layer=1,controller", "unit=0-3,7", "layer=2"], {"layer": ["1", "controller", "2"], "unit": [*"01237"]}),
    ],
)
def test_a_selection_is_read(select, expected):
    from dfc_brian.exporting import selection

    assert selection.parse(select) == expected


@pytest.mark.parametrize("values", [[], range(9, 2), "", ["1", ""]], ids=repr)
def test_a_selection_of_nothing_is_refused(run, values):
    with pytest.raises(BadInput, match="by unit has no value, or an empty one"):
        exporting.Content(run, {"unit": values})


def test_what_is_left_out_of_h5_is_absent(run, tmp_path):
    traces = recording.Traces(exporting.export(run, "h5", tmp_path / "some.h5", {"layer": [2, "w1"], "unit": 5}))
    before = traces["before"]
    assert before.groups == ("layer2", "w1") and list(before["layer2"].unit) == [5]
    assert before["w1"]["weight"].shape[2] == 3, "units are of layers"
    assert before.output is None and before.control is None and before.target.shape == (2, 10)
    assert list(before.weights) == ["w1"] and traces.phase("sleep")["after"].groups == ("layer2",)


@pytest.fixture
def command(in_process):
    from dfc_brian.cli.export import main

    return partial(in_process, main, "export")


def test_the_command_says_what_it_wrote(run, tmp_path, command):
    done = command(
        run.folder,
        "--to",
        "npz",
        "--out",
        tmp_path / "a folder/some.npz",
        "--select",
        "phase=sleep",
        "--select",
        "unit=5",
    )
    assert done.code == 0, done.err
    assert "some.npz" in done.out and "4 trials of 2 images" in done.out and "-55 mV" in done.out
    with np.load(tmp_path / "a folder/some.npz") as file:
        assert file["before/sleep/layer1/soma"].shape[2] == 1 and "before/controlled/time" not in file.files
    done = command(run.folder, "--to", "npz", "--out", tmp_path / "other.npz", "--units", "dimensionless")
    assert done.code == 0 and "dimensionless" in done.out


@pytest.mark.parametrize(
    "args, expected",
    [
        ([], ["no run named"]),
        (["RUN"], ["no format named", "nwb, neo, csv, npz, h5"]),
        (["RUN", "--to", "nbw"], ["'nbw'", "did you mean 'nwb'"]),
        (["nowhere", "--to", "npz"], ["nowhere is not the folder of a run"]),
        (["RUN", "--to", "npz", "--units", "volts"], ["volts", "physical, dimensionless"]),
        (["RUN", "--to", "npz", "--select", "phase"], ["KEY=VALUES", "got: phase"]),
        (["RUN", "--to", "npz", "--select", "phas=sleep"], ["'phas'", "did you mean 'phase'"]),
        (["RUN", "--to", "npz", "--select", "image=3"], ["no such image", "got: 3", "4, 8"]),
        (["RUN", "--to", "npz", "--select", "layer=7"], ["no such layer", "layer7", "controller, output, w1, w2"]),
        (["RUN", "--to", "npz", "--select", "phase=sleep", "--select", "variable=f"], ["no such variable", "apical"]),
        (["RUN", "--to", "h5", "--out", "RUN/traces.h5"], ["traces.h5 belongs to the run itself", "voltages.h5"]),
        (["RUN", "--to", "csv", "--out", "RUN/metrics.jsonl"], ["belongs to the run itself", "voltages.csv"]),
        (["RUN", "--to", "csv", "--out", "RUN/traces/a.csv"], ["belongs to the run itself"]),
        (["RUN", "--to", "csv", "--out", "RUN/a.nwb"], ["another format", "--to nwb, or --out"]),
        (["RUN", "--to", "csv", "--select", "unit=0-99999999"], ["longer than anything", "100000 numbers"]),
        (["RUN", "--to", "npz", "--select", "unit=9-2"], ["ends before it begins", "got: 9-2", "unit=2-9"]),
        (["RUN", "--to", "neo", "--out", "RUN/ex.neo"], ["MATLAB", "got: ex.neo", "ex.mat"]),
        (["RUN", "--to", "h5", "--out", "RUN"], ["is a folder", "voltages.h5"]),
    ],
    ids=lambda value: " ".join(value) if value and value[0] in ("RUN", "nowhere") else None,
)
def test_what_cannot_be_exported_is_told(run, command, args, expected):
    done = command(*(arg.replace("RUN", str(run.folder)) for arg in args))
    assert done.code == 2 and "Traceback" not in done.err
    assert all(text in done.err for text in expected), done.err


@pytest.mark.parametrize("library, to", [("pynwb", "nwb"), ("neo", "neo")])
def test_a_missing_library_is_told_with_the_command_that_installs_it(run, command, monkeypatch, library, to):
    monkeypatch.setitem(sys.modules, library, None)
    done = command(run.folder, "--to", to)
    assert done.code == 69 and f"pip install {library}" in done.err
    with pytest.raises(Unavailable):
        exporting.export(run, to)


def test_a_run_without_recordings_is_told(tmp_path):
    with RunFolder.create(dfc.Recipe.load("digits", SMALL | {"traces.images": []}), tmp_path / "run") as folder:
        folder.set_status("done", epoch=1, block=1)
    with pytest.raises(BadInput, match="holds no recorded voltages"):
        exporting.export(tmp_path / "run", "npz")


def test_what_fails_leaves_the_file_that_was_there(run, tmp_path, monkeypatch):
    path = exporting.export(run, "npz", tmp_path / "some.npz")
    before = path.read_bytes()
    monkeypatch.setattr(exporting.Content, "convert", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        exporting.export(run, "npz", path)
    assert path.read_bytes() == before and [each.name for each in tmp_path.iterdir()] == ["some.npz"]
