"""``python -m dfc_brian.run``: train a recipe's network. The options are in `dfc_brian.cli.run`."""

import os

if __name__ == "__main__":
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # its threads spin: on a shared machine, many are slower than one

    from dfc_brian.cli.run import main

    main()
