"""From errors and signals to one clear message and an exit code.

0 done, 2 bad input, 65 corrupt data, 69 missing compiler, GPU, data or package, 70 diverged, 74 disk,
130 interrupted, 143 terminated.
"""

import signal
import sys
from contextlib import contextmanager

import typer

from dfc_brian.errors import DfcError


class Terminated(KeyboardInterrupt):
    """SIGTERM came; it stops whatever Ctrl-C stops."""


@contextmanager
def exit_codes():
    """Turn errors that a user can meet into a message on stderr and the exit code that belongs to it."""
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    except DfcError as error:
        _leave(error.exit_code, f"Error: {error}")
    except KeyboardInterrupt as stop:
        code, said = (143, "Terminated.") if isinstance(stop, Terminated) else (130, "Interrupted.")
        _leave(code, "\n".join([said, *getattr(stop, "__notes__", ())]))
    except OSError as error:
        if error.errno is None:
            raise
        place = f": {error.filename}" if error.filename else ""
        _leave(74, f"Error: {error.strerror}{place}")
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(number, frame):
    raise Terminated


def _leave(code, message):
    sys.stdout.flush()
    print(message, file=sys.stderr)
    raise typer.Exit(code) from None
