"""The training step on a GPU: eager and as a CUDA graph, a PyTorch loop of the same step, matrix products alone.

    python -m benchmarks.gpu --out table.json

784-256-256-256-10 of the recipe mnist (dfc, fixed feedback). Start, compilation and transfers do not count: programs
are run with one and with two presentations of many steps, and the difference is taken; PyTorch is timed from
synchronisation to synchronisation. Each number comes from the shortest of several runs. What the file of ``--out`` has
is not measured again, so that a table can be made in several sittings on one machine.

``--quick`` only tries that everything works: a tiny network, also on an emulated GPU, PyTorch (if there is any) on the
CPU. Its times mean nothing.
"""
