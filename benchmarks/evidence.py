"""What long runs have shown, as small JSON files, and their learning curves against the published end values.

python -m benchmarks.evidence keep RUN NAME "command that made it"    # a run's folder -> benchmarks/evidence/NAME.json
python -m benchmarks.evidence draw curves.png                          # all of them
"""

import json
from pathlib import Path

import typer

import dfc_brian as dfc

FOLDER = Path(__file__).parent / "evidence"
PUBLISHED = {"bp": 0.0208, "dfc learned": 0.0225, "dfc fixed": 0.0247, "dfa": 0.0269}
"""Test error at the epoch with the best validation error, after 100 epochs (Meulemans et al. 2021, Table 1)."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def keep(run: Path, name: str, command: str) -> None:
    """Write what a run has reached so far."""
    run = dfc.load_run(run)
    environment = json.loads((run.folder / "environment.json").read_text(encoding="utf-8"))
    kept = {
        "command": command,
        "source": environment["source"],
        "processor": environment["processor"],
        "method": run.recipe.learning.method,
        "feedback": run.recipe.learning.feedback,
        "precision": run.recipe.train.precision,
        "seed": run.recipe.train.seed,
        "status": run.status,
        "metrics": [{key: _short(value) for key, value in row.items()} for row in run.metrics],
    }
    lines = json.dumps(kept, indent=1)
    (FOLDER / f"{name}.json").write_text(lines + "\n", encoding="utf-8")


@app.command()
def draw(figure: Path) -> None:
    """Test error after each epoch of everything that was kept, with the published end values."""
    from matplotlib.figure import Figure

    canvas = Figure(figsize=(8, 5), layout="constrained")
    axes = canvas.subplots()
    for path in sorted(FOLDER.glob("mnist_*.json")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        rows = kept["metrics"]
        axes.plot([row["epoch"] for row in rows], [100 * row["test_error"] for row in rows], label=path.stem)
    for label, value in PUBLISHED.items():
        axes.axhline(100 * value, linestyle=":", linewidth=0.8, color="grey")
        axes.annotate(label, (1, 100 * value), fontsize=7, color="grey")
    axes.set(xscale="log", yscale="log", xlabel="epoch", ylabel="test error (%)")
    axes.legend(fontsize=8)
    canvas.savefig(figure, dpi=150)


def _short(value):
    return float(f"{value:.6g}") if isinstance(value, float) else value


if __name__ == "__main__":
    app()
