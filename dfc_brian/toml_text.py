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
        raise _invalid(path, str(error)) from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not a text file in UTF-8", got=f"byte {error.start}: {error.reason}") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read", got=error.strerror) from None


def _invalid(path, told):
    """`BadInput` for what tomllib has ``told`` about a file: the line as it stands there, and what to mend in it."""
    content = Path(path).read_text(encoding="utf-8").splitlines()
    place = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", told, re.DOTALL)
    reason, number = (place[1], int(place[2] or 0)) if place else (told, 0)
    if not number:  # something is open until the end
        marks = [index for index, line in enumerate(content, start=1) if line.count('"""') % 2]
        number = marks[-1] if marks else len(content)
    line = content[number - 1].strip() if content else ""
    fix = None
    if reason == "Unterminated string":
        fix = 'close the text with """ in a line below'
    elif re.fullmatch(r"""[^=]+=\s*[^\s"'\[{].*""", line):
        fix = "put text, and numbers with a unit, in quotes: " + re.sub(r"=\s*([^#]*[^#\s])", r'= "\1"', line, count=1)
    elif line.partition("#")[0].count('"') % 2:
        fix = 'close the quotes; a text of several lines begins and ends with """'
    elif reason == "Cannot overwrite a value":
        fix = "leave one of the two out"
    elif line.startswith("["):
        fix = "a table begins with its name in brackets, such as [parameters], and once in a file"
    return BadInput(f"{path}, line {number}: not valid TOML: {reason}", got=line, fix=fix)


def lines(path: str | Path) -> dict[str, int]:
    """Where keys and tables of a TOML file stand: line numbers by dotted key; of a text in lines, of its first line."""
    found, table, closing = {}, "", None
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), start=1):
        if closing:
            closing = None if closing in line else closing
        elif header := re.match(r"\s*\[([^\[\]]+)\]", line):
            name = ".".join(part.strip().strip("\"'") for part in header[1].split("."))
            table, found[name] = f"{name}.", number
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
