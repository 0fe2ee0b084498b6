"""Where in a model something stands, as messages name it: file and line, or the line of a text given in Python."""

import re
from collections.abc import Mapping
from dataclasses import dataclass


def at(where: str, lines: Mapping[str, int], key: str) -> str:
    """How messages name the place of a key such as "roles.soma": file and line, or else of its table, or the model."""
    known = next((name for name in (key, key.partition(".")[0]) if name in lines), None)
    return f"{where}, line {lines[known]}" if known else where


@dataclass(frozen=True)
class Place:
    """A text of a model.

    Parameters
    ----------
    where : str
        The model's file, or its kind and name.
    key : str
        Such as "equations".
    text : str
    first : int, optional
        The line of the file in which the text begins; None where there is no file.
    """

    where: str
    key: str
    text: str
    first: int | None = None

    def line(self, index: int) -> str:
        """How messages name line ``index``, from 0, of the text."""
        if self.first is None:
            return f"{self.where}, {self.key}" + (f" line {index + 1}" if "\n" in self.text else "")
        return f"{self.where}, line {self.first + index}"

    def of(self, variable: str) -> str:
        """How messages name the line in which ``variable`` is defined or assigned."""
        definition = re.compile(rf"\s*(d{re.escape(variable)}\s*/\s*dt|{re.escape(variable)})\s*[=:]")
        lines = self.text.splitlines()
        return self.line(next((index for index, line in enumerate(lines) if definition.match(line)), 0))

    def definitions(self) -> list[tuple[int, str]]:
        """The text in parts of one definition each, with the index of its first line."""
        begins = re.compile(r"\s*\w+\s*(/\s*dt\s*)?[=:]")
        parts = []
        for index, line in enumerate(self.text.splitlines()):
            if begins.match(line) or not parts:
                parts.append((index, line))
            else:
                parts[-1] = parts[-1][0], f"{parts[-1][1]}\n{line}"
        return parts
