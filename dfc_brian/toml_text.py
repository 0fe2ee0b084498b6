"""TOML in and out: errors that name the file and line, and text that reads back to the same values."""

import json
import re
import tomllib
from pathlib import Path

from dfc_brian.errors import BadInput


def read(path: str | Path) -> dict:
    """The tables (dict) of TOML file ``path``; `BadInput` naming file and line if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path}: not valid TOML: {error}") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not a text file in UTF-8", got=f"byte {error.start}: {error.reason}") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read", got=error.strerror) from None


def lines(path: str | Path) -> dict[str, int]:
    """Where the keys of a TOML file stand: line numbers by dotted key; of a text in lines, that of its first line."""
    found, table, closing = {}, "", None
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), start=1):
        if closing:
            closing = None if closing in line else closing
        elif header := re.match(r"\s*\[([^\[\]]+)\]", line):
            table = ".".join(part.strip().strip("\"'") for part in header[1].split(".")) + "."
        elif entry := re.match(r"""\s*("[^"]*"|'[^']*'|[\w-]+)\s*=\s*(\"{3}|'{3})?(.*)""", line):
            begins_below = entry[2] and not entry[3]
            found[table + entry[1].strip("\"'")] = number + bool(begins_below)
            closing = entry[2] if entry[2] and entry[2] not in entry[3] else None
    return found


def value(text: str):
    """What somebody typed after KEY=: a TOML value if it is one, else the text itself."""
    try:
        parsed = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return parsed["value"] if set(parsed) == {"value"} else text


def write(tables: dict) -> str:
    """TOML text of nested dicts of str, bool, int, float, list or tuple; simple values come first.

    ``tomllib.loads(write(tables)) == tables`` (tuples come back as lists).
    """
    return "\n".join(_table(tables, ())).lstrip("\n") + "\n"


def _table(table, path):
    lines = ["", f"[{'.'.join(map(_key, path))}]"] if path else []
    lines += [f"{_key(key)} = {_value(item)}" for key, item in table.items() if not isinstance(item, dict)]
    for key, item in table.items():
        if isinstance(item, dict):
            lines += _table(item, (*path, key))
    return lines


def _key(key):
    bare = key and all(letter.isascii() and (letter.isalnum() or letter in "_-") for letter in key)
    return key if bare else _quoted(key)


def _quoted(text):
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _string(text):
    lines = [_quoted(line)[1:-1] for line in text.split("\n")]
    return _quoted(text) if len(lines) == 1 else '"""\n' + "\n".join(lines) + '"""'


def _value(item):
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, str):
        return _string(item)
    if isinstance(item, int | float):
        return repr(item)
    if isinstance(item, list | tuple):
        return f"[{', '.join(map(_value, item))}]"
    raise TypeError(f"{type(item).__name__} has no TOML form")
