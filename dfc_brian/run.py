"""``python -m dfc_brian.run``: train a recipe's network. The options are in `dfc_brian.cli.run`."""

import os

if __name__ == "__main__":
    # The threads of OpenBLAS spin: on a machine that has other work, several are slower than one.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

    from dfc_brian.cli.run import main

    main()
