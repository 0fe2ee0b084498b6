"""Which of a run's presentations a figure shows, which image of them, and how they are called."""

import re
from dataclasses import dataclass

import numpy as np

from dfc_brian.errors import BadInput

WHEN = {"before": "Before learning", "after": "After learning"}


def presentations(run):
    """All recorded presentations of a run's test images, by tag. `BadInput` if there are none."""
    if not run.traces:
        what = f"{run.folder} holds no voltages of controlled presentations"
        raise BadInput(what, fix="learn by a method with a controller, and name images and units in [traces]")
    return dict(run.traces)


def first_and_last(run):
    """The first and the last of them, by tag; one if there is but one."""
    recorded = presentations(run)
    return {tag: recorded[tag] for tag in (next(iter(recorded)), next(reversed(recorded)))}


@dataclass(frozen=True)
class OneImage:
    """One test image as it was ``shown`` first and last (presentations by tag), its index ``sample`` in them."""

    shown: dict
    sample: int

    @classmethod
    def of(cls, run, image=None):
        """Test image number ``image``, by default one that learning has put right. `BadInput` if there is none."""
        shown = first_and_last(run)
        return cls(shown, sample(shown, image))

    @property
    def last(self):
        return next(reversed(self.shown.values()))

    @property
    def name(self):
        """Such as "Test image 3, label 7"."""
        label = "" if self.last.label is None else f", label {self.last.label[self.sample]}"
        return f"Test image {self.last.image[self.sample]}{label}"

    def title(self, what):
        """The title of a figure that shows ``what`` of it."""
        return f"{what}, {self.name[0].lower()}{self.name[1:]}"

    def columns(self, panels):
        """Above each column of ``panels``, when it was shown and what the network took it for; below, the time."""
        for column, (tag, presentation) in zip(panels.T, self.shown.items(), strict=True):
            head(column[0], heading(tag, presentation, self.sample))
            column[-1].set_xlabel("time (ms)")


def layers(presentation):
    """The layers of which units were recorded. `BadInput` if there are none."""
    found = [layer for layer in presentation.layers if presentation[layer].unit.size]
    if not found:
        raise BadInput("no units of any layer were recorded", fix='traces.units = "all", or their numbers')
    return found


def epoch(tag, run):
    """After how many epochs a presentation was recorded; None if the tag does not say."""
    if tag in WHEN:
        return 0 if tag == "before" else run.status.get("epoch")
    found = re.fullmatch(r"epoch(\d+)", tag)
    return found and int(found[1])


def when(tag):
    """The tag in words, such as "Before learning"."""
    return WHEN.get(tag, tag.replace("epoch", "After epoch "))


def heading(tag, presentation, sample):
    """When it was, and whether the sample was then classified correctly."""
    if presentation.label is None or presentation.prediction is None:
        return when(tag)
    prediction, label = presentation.prediction[sample], presentation.label[sample]
    return f"{when(tag)}: predicts {prediction}, {'correct' if prediction == label else 'wrong'}"


def head(panel, text):
    """Write ``text`` above a panel and its title, as the heading of its column."""
    look = {"ha": "center", "fontsize": 11, "fontweight": "bold"}
    panel.annotate(text, (0.5, 1.0), (0, 22), "axes fraction", "offset points", **look)


def sample(shown, image=None):
    """The index of test image ``image``, or of one that was wrong in the first presentation and right in the last."""
    first, last = next(iter(shown.values())), next(reversed(shown.values()))
    images = last.image.tolist()
    if image is not None:
        if image not in images:
            raise BadInput("that test image was not recorded", got=image, allowed=images)
        return images.index(image)
    if last.label is None or last.prediction is None:
        return 0
    return int(np.argmax((first.prediction != last.label) & (last.prediction == last.label)))
