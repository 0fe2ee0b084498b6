"""`Figure`: matplotlib's own, which knows what it shows; notebooks show it with its caption."""

import io
from base64 import b64encode
from html import escape
from pathlib import Path

import matplotlib.figure

from dfc_brian.errors import BadInput
from dfc_brian.files import make_folder, replacing
from dfc_brian.plots import style


class Figure(matplotlib.figure.Figure):
    """A matplotlib Figure with this package's look.

    Parameters
    ----------
    size : (float, float)
        Width and height in inches.
    title : str
        What is shown, in a few words.
    caption : str, optional
        What the lines are and how to read them.
    units : Units, optional
        Those of the numbers that are shown; how they came about is said below, and in full in the attribute `units`.
    """

    def __init__(self, size, title, caption="", units=None):
        self.title, self.caption, self.units = title, caption, units.text if units else ""
        with style.look():
            super().__init__(figsize=size, layout="constrained")
            if units and units.note:
                self.supxlabel(units.note, x=0.995, ha="right", fontsize=8, color="#595959")

    def save(self, path):
        """Write it to a file, whole or not at all; the ending of ``path`` names the format (png, pdf, svg).

        Its folder is made. `BadInput` for other endings, `DiskError`.
        """
        path, known = Path(path), self.canvas.get_supported_filetypes()
        kind = path.suffix.removeprefix(".").lower() or "png"
        if kind not in known:
            raise BadInput(f"{path} has an unknown ending", allowed=known)
        make_folder(path.resolve().parent)
        with replacing(path) as aside, style.look():
            self.savefig(aside, format=kind)
        return path

    def image(self, format="png"):
        """The picture as bytes: "png", "pdf" or "svg"."""
        file = io.BytesIO()
        with style.look():
            self.savefig(file, format=format)
        return file.getvalue()

    def _repr_mimebundle_(self, include=None, exclude=None):
        picture = b64encode(self.image()).decode()
        image = f'<img alt="{escape(self.title)}" src="data:image/png;base64,{picture}">'
        caption = f"<figcaption>{escape(self.caption)}</figcaption>"
        return {"text/plain": repr(self), "image/png": picture, "text/html": f"<figure>{image}{caption}</figure>"}

    def __repr__(self):
        width, height = self.get_size_inches()
        panels = f"{len(self.axes)} panel{'s' * (len(self.axes) != 1)}"
        return f"<Figure: {self.title}; {panels}, {width:g} x {height:g} in; .save(path) writes it>"

    __str__ = __repr__
