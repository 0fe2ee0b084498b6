"""``python -m dfc_brian.doctor``: what works on this machine. The options are in `dfc_brian.cli.doctor`."""

import os

if __name__ == "__main__":
    # The threads of OpenBLAS spin: on a machine that has other work, several are slower than one.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

    from dfc_brian.cli.doctor import main

    main()
