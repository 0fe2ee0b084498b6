"""Why definitions of a model cannot be read, told by its own text: reason, and what to write instead."""

import ast
import re
from collections.abc import Container

from pyparsing import ParseBaseException

DEFINITION = re.compile(r"\s*(?:d(?P<derivative>\w+)\s*/\s*dt|(?P<name>\w+))\s*(?P<sign>[=:])")
FORMS = "dv/dt = expression : unit, v = expression : unit, or v : unit"
_OPERATOR = "put an operator between two factors: 2*v, not 2 v or 2v"


def reason(error) -> str:
    """The text of an error and of those it came from, as one indented block, without places in Python's own text."""
    reasons = []
    while error is not None:
        reasons.append(str(error).strip() or type(error).__name__)
        error = error.__cause__
    lines = (line for text in reasons for line in text.splitlines())
    return "\n    ".join(re.sub(r" *\(<\w+>, line \d+\)", "", line) for line in lines)


def explain(text: str, error: Exception) -> tuple[str, str | None]:
    """(reason, fix or None) of one definition that Brian2 could not read because of ``error``."""
    plain = "\n".join(line.partition("#")[0].rstrip() for line in text.splitlines()).strip()
    head = DEFINITION.match(plain)
    if head is None:
        return f"this is no definition: {FORMS}", None
    body = plain[head.end() :]
    if head["sign"] == "=":
        expression, colon, _ = body.partition(":")
        if not colon:
            return "it has no unit", f"write '{plain} : volt', or whichever unit it has; ': 1' for none"
        if not expression.strip():
            return "there is nothing between '=' and ':'", None
        if found := explain_expression(expression):
            return found
    if "//" in body:
        return reason(error), "begin comments with #"
    if isinstance(error.__cause__, ParseBaseException):
        return f"this is no definition: {FORMS}", "one definition in each line"
    return reason(error), None


def explain_expression(text: str, variables: Container[str] = ()) -> tuple[str, str | None] | None:
    """(reason, fix or None) of an expression that cannot be read, or calls ``variables``; None if nothing is wrong."""
    text = " ".join(text.split())
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError as error:
        return _syntax(text, error)
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor):
            return "'^' is no operator for numbers", f"write ** for powers: {text.replace('^', '**')}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in variables:
            rest = ast.unparse(node).removeprefix(node.func.id)
            return f"'{node.func.id}' is no function in the term '{ast.unparse(node)}'", f"write {node.func.id}*{rest}"
        if isinstance(node, ast.Attribute):
            return f"there is no '{ast.unparse(node)}'", f"use Brian2's own names: {node.attr}, not {ast.unparse(node)}"
        sides = (node.left, node.right) if isinstance(node, ast.BinOp) else ()
        if any(isinstance(side, ast.Compare) for side in sides):
            comparison = ast.unparse(next(side for side in sides if isinstance(side, ast.Compare)))
            return f"'{comparison}' is no number in the term '{ast.unparse(node)}'", f"write int({comparison})"
    return None


def twice(definitions: list[tuple[int, str]]) -> tuple[int, str] | None:
    """(line index, name) of the first variable that is defined a second time."""
    seen = set()
    for index, name, _ in _named(definitions):
        if name in seen:
            return index, name
        seen.add(name)
    return None


def circle(definitions: list[tuple[int, str]]) -> tuple[int, tuple[str, ...]] | None:
    """(line index, names) of variables of which each needs the next at the same moment, and the last the first."""
    needs = {name: (index, set(re.findall(r"\w+", text))) for index, name, text in _named(definitions) if text}
    for first in needs:
        paths = [(first,)]
        while paths:
            path = paths.pop()
            for name in needs[path[-1]][1] & needs.keys():
                if name == first:
                    return needs[first][0], path
                if name not in path:
                    paths.append((*path, name))
    return None


def _named(definitions):
    """(line index, name, expression of a variable without d/dt) of each definition."""
    for index, text in definitions:
        plain = "\n".join(line.partition("#")[0] for line in text.splitlines())
        if head := DEFINITION.match(plain):
            expression = plain[head.end() :].partition(":")[0] if head["name"] and head["sign"] == "=" else ""
            yield index, head["name"] or head["derivative"], expression


def _syntax(text, error):
    message, at = error.msg, (error.offset or 1) - 1
    if "was never closed" in message:
        return f"{message}: '{text[at:]}'", f"a '{ {'(': ')', '[': ']', '{': '}'}[text[at]] }' is missing"
    if message.startswith("unmatched"):
        return f"{message} behind '{text[:at].strip()}'", f"an opening one is missing, or leave '{text[at]}' out"
    if message.startswith("invalid syntax") or "literal" in message:
        end = (error.end_offset or at + 2) - 1
        term = text[max(0, at - 12) : max(end, at + 12)].strip()
        return f"{message} at '{term}'", _OPERATOR if re.search(r"\d\s*[A-Za-z_]|\w\s+\w", term) else None
    return message, None
