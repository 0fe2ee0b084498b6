"""Time per call: eagerly, captured in a CUDA graph, compiled by torch.compile and captured."""

import time
from collections.abc import Callable

import torch

torch.set_float32_matmul_precision("highest")  # no TF32


def eager(call: Callable[[], None]) -> Callable[[], None]:
    return call


def captured(call: Callable[[], None]) -> Callable[[], None]:
    """A CUDA graph of ``call``, whose arrays stay where they are."""
    if not torch.cuda.is_available():
        raise RuntimeError("a CUDA graph needs a GPU")
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):  # libraries and the compiler make what they need
        for _ in range(3):
            call()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        call()
    return graph.replay


def compiled(call: Callable[[], None]) -> Callable[[], None]:
    """A CUDA graph of ``call`` with its elementwise operations fused by torch.compile."""
    torch.compiler.reset()  # what was compiled for other sizes
    return captured(torch.compile(call, dynamic=False, fullgraph=True))


def seconds(call: Callable[[], None], calls: int, rounds: int, device: str) -> float:
    """Of one call: the best of several rounds of ``calls``, after a short one."""
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    found = []
    for number in [calls // 10 + 1] + rounds * [calls]:
        wait()
        begin = time.perf_counter()
        for _ in range(number):
            call()
        wait()
        found.append((time.perf_counter() - begin) / number)
    return min(found[1:])
