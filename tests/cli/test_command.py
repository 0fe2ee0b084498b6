"""The command line, with a training that only shows progress."""

import os
import signal
import subprocess
import sys
import types

import pytest

from dfc_brian import ControllerModel, NeuronModel, PlasticityModel, errors, library
from dfc_brian.cli.run import main
from dfc_brian.training.schedule import Pass

PHYSICAL = [name for name in NeuronModel.names() if name.startswith("pyramidal_conductance")]
ROW = {"epoch": 1, "train_loss": 0.5, "train_error": 0.25, "validation_error": 0.2, "test_error": 0.125,
       "converged": 1.0, "seconds": 3.0}  # fmt: skip


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    """Run the command; returns exit code, stdout, stderr and the calls of the training."""
    calls = []
    stub = types.ModuleType("dfc_brian.training")

    def train(recipe, out=None, data_dir=None, progress=None, resume=False):
        calls.append((recipe, out, data_dir, resume))
        passes = [Pass("forward", epoch, epoch, minibatches=8, per_block=4) for epoch in range(1, 4)]
        progress.compiled(1.5, False)
        progress.start(recipe, tmp_path / "results", passes)
        if stub.error:
            raise stub.error
        for now in passes[: recipe.train.epochs]:
            for block in (1, 2):
                progress.block(now, block, 4, 0.1, 0.5, 0.25)
            progress.epoch(ROW | {"epoch": now.epoch})
        progress.note("a remark")
        progress.finish(tmp_path / "results", ROW)

    stub.train, stub.error = train, None
    monkeypatch.setitem(sys.modules, "dfc_brian.training", stub)
    monkeypatch.setattr("dfc_brian.training", stub, raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*args, error=None):
        stub.error = error
        calls.clear()
        monkeypatch.setattr(sys, "argv", ["run", *args])
        with pytest.raises(SystemExit) as left:
            main()
        shown = capsys.readouterr()
        return types.SimpleNamespace(code=left.value.code, out=shown.out, err=shown.err, calls=list(calls))

    return run


def test_a_run_shows_a_row_for_each_epoch_and_the_folder(command, tmp_path):
    result = command("digits", "--epochs", "3")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert any("cpp" in line and "seed 42" in line for line in lines)
    header = next(index for index, line in enumerate(lines) if "train loss" in line)
    rows = [line.split() for line in lines[header + 1 : header + 4]]
    assert [row[0] for row in rows] == ["1", "2", "3"]
    assert rows[0][1:] == ["0.5", "25.00%", "20.00%", "12.50%", "100.0%", "3.0"]
    assert len({len(line) for line in lines[header : header + 4]}) == 1
    assert "a remark" in lines and lines[-1] == f"results in {tmp_path / 'results'}"
    assert "\x1b" not in result.out


def test_quiet_prints_the_folder_only(command, tmp_path):
    result = command("digits", "--quiet")
    assert (result.code, result.out, result.err) == (0, f"{tmp_path / 'results'}\n", "")


def test_every_option_reaches_the_recipe(command, tmp_path):
    result = command(
        "mnist", "--preset", "paper", "--method", "dfc", "--feedback", "fixed", "--device", "numpy",
        "--precision", "float32", "--epochs", "3", "--train-size", "100", "--batch-size", "7", "--seed", "9",
        "--set", "controller.k_p=0", "--set", "neuron.tau_v = 20 ms", "--set", "network.sizes=[784, 5, 10]",
        "--set", "traces.units=all", "--data-dir", "data", "--out", "there", "--resume",
    )  # fmt: skip
    assert result.code == 0
    recipe, out, data_dir, resume = result.calls[0]
    assert (recipe.train.epochs, recipe.train.batch_size, recipe.train.seed) == (3, 7, 9)
    assert (recipe.train.device, recipe.train.precision, recipe.data.train) == ("numpy", "float32", 100)
    assert recipe.controller["k_p"] == 0.0 and float(recipe.neuron["tau_v"]) == 0.02
    assert recipe.network.sizes == (784, 5, 10) and recipe.traces.units == "all"
    assert (str(out), str(data_dir), resume) == ("there", "data", True)
    assert recipe.description.endswith("(Meulemans et al. 2021, Table 1)") and "published" in recipe.description


@pytest.mark.parametrize(
    "args, expected",
    [
        (["mnits"], ["recipe 'mnits'", "did you mean 'mnist'"]),
        ([], ["no recipe named", "digits, fashion_mnist, mnist"]),
        (["no/such.toml"], ["no/such.toml does not exist"]),
        (["digits", "--method", "dcf"], ["'dcf'", "did you mean 'dfc'"]),
        (["digits", "--method", "dfa", "--feedback", "learned"], ["dfa cannot learn", "learned", "allowed: fixed"]),
        (["digits", "--epohcs", "3"], ["No such option: --epohcs", "--epochs"]),
        (["digits", "--epochs", "many"], ["--epochs", "integer"]),
        (["digits", "--epochs"], ["--epochs", "requires an argument"]),
        (["digits", "--epochs", "0"], ["train.epochs", "greater than or equal to 1"]),
        (["digits", "mnist"], ["unexpected extra argument"]),
        (["mnist", "--preset", "papre"], ["did you mean 'paper'"]),
        (["digits", "--set", "controller.kp=2"], ["controller.kp", "did you mean 'k_p'"]),
        (["digits", "--set", "controller.k_p"], ["--set is not KEY=VALUE", "controller.k_p"]),
        (["digits", "--set", "train.seed=1", "--set", "train.seed=2"], ["train.seed is given twice"]),
        (["digits", "--seed", "1", "--set", "train.seed=2"], ["train.seed is given twice"]),
        (
            ["digits", "--set", "neuron.tau_v=3 mV", "--train-size", "9999"],
            ["2 problems", "3 mV", "10499", "1797"],
        ),
    ],
)
def test_bad_input_leaves_with_2_and_one_message(command, args, expected, tmp_path):
    result = command(*args)
    assert (result.code, result.out, result.calls) == (2, "", [])
    for text in expected:
        assert text in result.err
    assert "Traceback" not in result.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "error, code, message",
    [
        (errors.CorruptData("damaged"), 65, "damaged"),
        (errors.Unavailable("no compiler", fix="install g++"), 69, "install g++"),
        (errors.Diverged("layer2 soma, block 3"), 70, "layer2 soma"),
        (errors.DiskError("cannot write there"), 74, "cannot write there"),
        (OSError(28, "No space left on device", "weights.npz"), 74, "weights.npz"),
        (KeyboardInterrupt(), 130, "Interrupted"),
    ],
)
def test_each_error_has_its_exit_code(command, error, code, message):
    result = command("digits", error=error)
    assert result.code == code
    assert message in result.err and "Traceback" not in result.err


def test_cuda_can_be_chosen(command):
    result = command("digits", "--device", "cuda", "--set", "cuda.compute_capability=9.0", "--set", "cuda.graph=false")
    ((recipe, *_),) = result.calls
    assert result.code == 0 and recipe.train.device == "cuda"
    assert dict(recipe.cuda) == {"compute_capability": 9.0, "graph": False}


def test_a_bug_is_not_hidden(monkeypatch, command):
    stub = sys.modules["dfc_brian.training"]
    stub.error = ZeroDivisionError()
    monkeypatch.setattr(sys, "argv", ["run", "digits"])
    with pytest.raises(ZeroDivisionError):
        main()


def test_list_names_recipes_presets_and_methods(command):
    result = command("--list")
    assert result.code == 0
    for text in ("digits", "mnist", "--preset paper", "Meulemans et al. 2021", "dfc", "feedback fixed or learned"):
        assert text in result.out
    for text in ("student_teacher", "constants of their own: learned, dfa, bp", "no feedback weights"):
        assert text in result.out


def test_list_names_models_and_their_sets_of_parameters(command):
    lines = command("--list").out.splitlines()
    for kind in (NeuronModel, ControllerModel, PlasticityModel):
        for name in kind.names():
            model = kind.load(name)
            row = next(index for index, line in enumerate(lines) if line.split()[:1] == [name])
            described = lines[row] if len(lines[row].split()) > 1 else lines[row + 1]
            assert described.endswith(model.description.strip().splitlines()[0].rstrip(".:")), name
            assert len(described) < 130
            sets = next(line for line in lines[row + 1 :] if "sets of parameters" in line) if name in PHYSICAL else ""
            assert all(f":{chosen}" in sets for chosen in getattr(model, "sets", ()))
    assert sum("sets of parameters: :sacramento, :nest_urbanczik" in line for line in lines) == len(PHYSICAL)


def test_a_mistake_in_a_model_file_leaves_with_2(command, tmp_path):
    (tmp_path / "models").mkdir()
    path = tmp_path / "models" / "mine.toml"
    text = (library.folder("models/neurons") / "pyramidal.toml").read_text()
    path.write_text(text.replace("(v_basal + v_apical - v)", "(v_basal + v_apical - v"))
    result = command("digits", "--set", f"network.neuron={path}")
    assert (result.code, result.out, result.calls) == (2, "", [])
    assert f"{path}, line 8: " in result.err and "'(' was never closed" in result.err
    assert "Traceback" not in result.err and "<unknown>" not in result.err


def test_times_of_a_set_of_parameters_are_told(command):
    chosen = "network.neuron=pyramidal_conductance:sacramento"
    told = "pyramidal_conductance:sacramento with the times of its model file: "
    result = command("digits", "--set", chosen)
    assert f"{told}presentation.dt = 0.1 ms, presentation.duration = 50 ms, controller.tau_u = 5 ms\n" in result.out
    result = command("digits", "--set", chosen, "--set", "presentation.dt=0.2 ms", "--set", "controller.tau_u=6 ms")
    assert f"{told}presentation.duration = 50 ms\n" in result.out
    assert told not in command("digits", "--set", "network.neuron=pyramidal_conductance").out


def test_help_names_every_option(command):
    result = command("--help")
    recipe = "method feedback device precision preset epochs train-size batch-size seed set"
    for option in f"{recipe} data-dir out resume quiet list".split():
        assert f"--{option} " in result.out


def python(code, **kwargs):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([sys.executable, "-c", code], stdout=-1, stderr=-1, text=True, env=environment, **kwargs)


@pytest.mark.parametrize("args", [["--list"], ["--help"], ["mnits"]])
def test_quick_answers_do_not_wait_for_brian2(args):
    code = f"""
import runpy, sys
sys.argv = ["run", *{args}]
try:
    runpy.run_module("dfc_brian.run", run_name="__main__")
finally:
    assert not sys.modules.keys() & {{"brian2", "sklearn", "matplotlib", "scipy"}}, "heavy import"
"""
    out, err = python(code).communicate(timeout=60)
    assert "heavy import" not in err, err


STUCK = """
import sys, time, types
stub = types.ModuleType("dfc_brian.training")
def train(recipe, out, data_dir, progress, resume):
    progress.start(recipe, "there", [])
    time.sleep(60)
stub.train = train
sys.modules["dfc_brian.training"] = stub
import dfc_brian
dfc_brian.training = stub
from dfc_brian.cli.run import main
sys.argv = ["run", "digits"]
main()
"""


@pytest.mark.parametrize(
    "number, code, message", [(signal.SIGINT, 130, "Interrupted"), (signal.SIGTERM, 143, "Terminated")]
)
def test_signals_leave_with_their_code(number, code, message):
    process = python(STUCK)
    for line in process.stdout:
        if "results in" in line:
            break
    process.send_signal(number)
    err = process.communicate(timeout=30)[1]
    assert process.returncode == code
    assert message in err and "Traceback" not in err
