"""``python -m dfc_brian.report``: a page about a run. The options are in `dfc_brian.cli.report`."""

import os

if __name__ == "__main__":
    # The threads of OpenBLAS spin: on a machine that has other work, several are slower than one.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

    from dfc_brian.cli.report import main

    main()
