"""``python -m dfc_brian.report RUN``: one page that needs nothing else, and says what the run's files say."""

import re
import shutil
from base64 import b64decode
from functools import partial
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

import dfc_brian as dfc
from dfc_brian import datasets, plots
from dfc_brian.cli.report import main
from dfc_brian.errors import BadInput
from dfc_brian.reporting import page
from dfc_brian.training import loop

SMALL = {
    "network.sizes": [64, 6, 10], "data.train": 64, "data.validation": 20, "data.test": 20, "train.epochs": 2,
    "presentation.duration": "60 ms", "presentation.drop_unconverged": False, "train.device": "numpy",
    "traces.images": [3, 5], "description": "a <b>small</b> & short run",
}  # fmt: skip
VOID = {"meta", "img", "br", "link", "hr"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "_draw", lambda *_: None)
        return dfc.train(dfc.Recipe.load("digits", SMALL), out=tmp_path_factory.mktemp("report") / "run").folder


@pytest.fixture
def command(in_process):
    return partial(in_process, main, "report")


class Page(HTMLParser):
    """What a browser reads: tags that match, attributes and text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.text, self.texts = [], [], "", []
        self.feed(text)
        self.close()
        assert self.open == [], "tags are not closed"

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data
            self.texts.append((self.open[-1] if self.open else "", data))

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def written(folder):
    return (dfc.load_run(folder).report()).read_text(encoding="utf-8")


def test_the_page_needs_nothing_but_itself(written):
    read = Page(written)
    loading = [each.get(key) for _, each in read.tags for key in ("src", "href", "data", "action", "srcset")]
    assert all(value.startswith(("data:image/svg+xml;base64,", "#")) for value in loading if value)
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in read.tags}
    assert "url(" not in written and "@import" not in written
    assert any("default-src 'none'" in each.get("content", "") for each in read.all("meta"))
    for image in read.all("img"):
        picture = b64decode(image["src"].partition(",")[2]).decode()
        assert ElementTree.fromstring(picture).tag.endswith("svg")
        assert not re.search(r"""(?:href|src)\s*=\s*["'](?!#|data:)""", picture)


def test_all_figures_are_in_with_words_for_those_who_cannot_see_them(written, folder):
    read = Page(written)
    drawn, _ = plots.possible(dfc.load_run(folder))
    assert [each["id"] for each in read.all("figure")] == list(drawn)
    assert [image["alt"] for image in read.all("img")] == [figure.title for figure in drawn.values()]
    for figure in drawn.values():
        assert figure.caption in read.text
    assert "Not drawn" in read.text and "weights through time" in read.text
    assert "exact map" in read.text and "-55 mV" in read.text


def test_it_says_what_the_files_say(written, folder):
    run, read = dfc.load_run(folder), Page(written)
    pre = [text for tag, text in read.texts if tag == "pre"]
    assert (folder / "recipe.toml").read_text() in pre
    for model in (run.recipe.neuron_model, run.recipe.controller_model):
        assert model.equations.strip("\n") in pre
        assert model.description.strip() in read.text
    rule = run.recipe.plasticity_model
    assert f"{rule.postsynaptic.strip()}\n{rule.synapse.strip()}" in pre
    assert "a <b>small</b> & short run" in [text for tag, text in read.texts if tag == "h1"]
    cells = [text for tag, text in read.texts if tag == "td"]
    for row in run.metrics:
        assert f"{100 * row['test_error']:.2f} %" in cells and f"{row['train_loss']:.4g}" in cells
    for name, value in (("tau_u", "50 ms"), ("brian2", "2.10.1")):
        assert value in cells, name
    assert "controlled: before, epoch1, after" in [text for tag, text in read.texts if tag == "dd"]
    assert read.all("html")[0]["lang"] == "en" and read.all("meta")[1]["name"] == "viewport"


def test_the_command_writes_page_and_figures(command, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(plots, "FIGURES", ("learning_curves", "mismatch"))
    new = tmp_path / "new" / "a page.html"
    done = command(folder, "--out", new, "--figures", tmp_path / "f", "--units", "dimensionless")
    assert (done.code, done.err, done.out) == (0, "", f"report in {new}\n")
    names = {path.name for path in (tmp_path / "f").iterdir()}
    assert names == {"learning_curves.png", "learning_curves.pdf", "mismatch.png", "mismatch.pdf"}
    text = Page(new.read_text(encoding="utf-8")).text
    assert "Voltages, rates and weights: dimensionless." in text and "exact map" not in text


def test_wrong_words_are_explained(command, folder, tmp_path):
    for args, said in (
        ([], "no run named"),
        ([tmp_path], "not the folder of a run"),
        ([folder, "--units", "volts"], "physical, dimensionless"),
        ([folder, "--out", tmp_path], "is a folder"),
    ):
        done = command(*args)
        assert done.code == 2 and said in done.err and "Traceback" not in done.err, args
        assert done.out == ""
    done = command(folder, "--out", folder / "recipe.toml" / "page.html")
    assert done.code == 74 and "cannot write" in done.err


def test_a_run_that_has_little_has_a_page(command, folder, tmp_path):
    """It has not finished an epoch, was stopped, and another has lost its voltages."""
    early = tmp_path / "early"
    early.mkdir()
    shutil.copy(folder / "recipe.toml", early)
    (early / "status.json").write_text('{"state": "diverged", "epoch": 1, "block": 2, "reason": "layer2 <left>"}')
    assert command(early).code == 0
    text = Page((early / "report.html").read_text()).text
    assert "No epoch is done" in text and "layer2 <left>" in text and "no epoch is done" in text

    damaged = tmp_path / "damaged"
    shutil.copytree(folder, damaged)
    (damaged / "traces.h5").write_bytes(b"nothing")
    done = command(damaged, "--out", tmp_path / "page.html")
    assert done.code == 65 and "HDF5" in done.err and not (tmp_path / "page.html").exists()


def test_where_feedback_is_learned_the_equations_of_sleep_are_there_too():
    recipe = dfc.Recipe.load("digits", {"learning.feedback": "learned"})
    (awake, _, _), (asleep, times, models) = page._phases(recipe)
    assert (awake, asleep) == ("Presentation", "Sleep") and "0.1014975 ms" in times
    assert [model.name for _, model, _, _ in models] == ["pyramidal_asleep", "pi_total_leak", "anti_hebbian"]
    assert models[0][2] == models[0][1].equations.strip("\n") and ("sigma", "0.00152418", "sigma") in models[0][3]


def test_long_runs_show_some_epochs():
    rows = [{"epoch": epoch, "test_error": 0.1, "condition_2": None} for epoch in range(1, 101)]
    table = page._table(rows)
    shown = [epoch for epoch, _ in table["rows"]]
    assert shown[:2] == [1, 4] and shown[-1] == 100 and len(shown) <= page.MOST_ROWS + 1 and table["every"] == 4
    assert table["titles"] == ["epoch", "test error", "condition 2"] and table["rows"][0][1] == ["1", "10.00 %", ""]
    assert page._table([])["rows"] == []


def test_runs_and_presentations_show_themselves(folder):
    run = dfc.load_run(folder)
    html = Page(run._repr_html_())
    assert "a <b>small</b> & short run" in html.text and "done" in html.text and "w1 (6, 64)" in html.text
    assert str(folder) in repr(run) and "status: done" in repr(run) and "w2 (10, 6)" in repr(run)
    net = dfc.Network(run.recipe, run.weights, device="numpy")
    shown = net.present(np.zeros((2, 64)), np.array([1, 7]))
    html = Page(shown._repr_html_())
    for word in ("2, ", "60 states", "6 units", "10 units", "soma", "w1 (6, 64)"):
        assert word in html.text, word
    assert "samples: 2, 0 of them converged" in repr(shown) and "60 states" in repr(shown)
    assert "apical, rate: (60, 2, 6), (time, batch, unit)" in repr(shown["layer1"])
    assert "apical, rate: (60, 2, 6), (time, batch, unit)" in repr(run.traces["after"]["layer1"])
    slept = net.sleep(np.zeros((2, 64)))
    assert "q1 (6, 10)" in repr(slept) and "q1 (6, 10)" in Page(slept._repr_html_()).text
    assert "64-6-10 on digits" in repr(run.recipe) and str(run.recipe) == run.recipe.to_toml()
    assert "20 test samples of 64" in repr(datasets.load(run.recipe.data))


def test_a_run_makes_figures_and_files_by_itself(folder, tmp_path, monkeypatch):
    run = dfc.load_run(folder)
    assert run.figure("mismatch", units="dimensionless").units == "dimensionless"
    assert "image 5" in run.figure("controller", image=5).title
    with pytest.raises(BadInput, match="did you mean 'mismatch'"):
        run.figure("mismatches")
    with pytest.raises(BadInput, match="option of the figure mismatch 'image' does not exist(.|\n)*allowed: units"):
        run.figure("mismatch", image=3)
    with pytest.raises(BadInput, match="named by layer"):
        run.figure("voltages", neurons=12)
    with pytest.raises(BadInput, match="unknown ending"):
        run.figure("mismatch").save(tmp_path / "a.xyz")
    with pytest.raises(BadInput, match="a selection is a dict"):
        run.export("csv", tmp_path / "a.csv", select="layer=1")
    before = (run.folder / "weights.npz").read_bytes()
    with pytest.raises(BadInput, match="belongs to the run itself"):
        run.report(run.folder / "weights.npz")
    assert (run.folder / "weights.npz").read_bytes() == before and not (tmp_path / "a.csv").exists()
    table = run.export("csv", tmp_path / "a.csv", select={"layer": 1, "unit": 0, "moment": "after"})
    assert table.read_text().count("\n") == 1 + 60 * 2
    monkeypatch.setattr(plots, "FIGURES", ("settling",))
    assert run.report(tmp_path / "page.html", figures=tmp_path / "figures").exists()
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"settling.png", "settling.pdf"}
