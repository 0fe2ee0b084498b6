"""The cuda device: Brian2CUDA's standalone mode, for the first GPU that ``$CUDA_VISIBLE_DEVICES`` names."""

from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from brian2 import Network

from ..errors import DfcError, Unavailable
from . import brian2cuda_fixes, one_source
from .cuda_toolkit import Toolkit
from .gpu import Gpu
from .host import ask, check_tools
from .standalone import Compiler, activated, make

# Neither nvcc nor the host's compiler gets a flag of "fast math"; a product and a sum may be fused, as by default.
# -O is for the host's part alone, which does little but launch kernels: with -O3 all takes a third longer to compile.
FLAGS = ("-w", "-std=c++17", "-O1", "--default-stream", "per-thread")


class Cuda(Compiler):
    """CUDA programs.

    Parameters
    ----------
    compute_capability
        For which they are compiled; None: that of the GPU, which then must be there. Programs for another may be
        compiled without a GPU.
    graph
        Whether time steps are CUDA graphs.
    """

    environment = {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"}  # number GPUs as nvidia-smi does

    def __init__(self, compute_capability: float | None, graph: bool):
        check_tools("cuda")
        self.brian2cuda, self.toolkit, self.graph = brian2cuda_version(), Toolkit.find(), graph
        if compute_capability is None:
            gpu = Gpu.find()
            self.toolkit.check_driver(gpu)
            compute_capability = gpu.compute_capability
        self.compute_capability = compute_capability
        self.architecture = self.toolkit.architecture(compute_capability)

    def facts(self) -> dict:
        toolkit = self.toolkit
        return {
            "nvcc": toolkit.version,
            "architecture": self.architecture,
            "graph": self.graph,
            "brian2cuda": self.brian2cuda,
            "libraries": [str(folder) for folder in toolkit.libraries.folders],
            "compiler": (toolkit.host, ask(toolkit.host, "-v").err),
        }

    @contextmanager
    def device(self, folder: Path, precision: str):
        brian2cuda_fixes.load()
        toolkit = self.toolkit
        preferences = brian2cuda_fixes.preferences(precision, toolkit.root, toolkit.version, self.compute_capability)
        with brian2cuda_fixes.quiet(), activated("cuda_standalone", folder, preferences) as device:
            brian2cuda_fixes.forget()
            yield device

    def network(self, objects: list) -> Network:
        if not self.graph:
            return Network(objects)
        from .step_graph import StepGraphNetwork

        return StepGraphNetwork(objects)

    def compile(self, folder: Path) -> None:
        source = one_source.merge(folder, "cu")
        toolkit, libraries = self.toolkit, self.toolkit.libraries
        includes = " ".join(f'-I"{path}"' for path in libraries.include)
        links = " ".join(f'-L"{path}"' for path in libraries.link)
        found_in = ":".join(map(str, libraries.folders))
        with (folder / "makefile").open("a") as makefile:
            makefile.write(f'\nNVCC = "{toolkit.nvcc}" -ccbin {toolkit.host}\n')
            makefile.write(f"NVCCFLAGS := $(filter-out -std=%,$(NVCCFLAGS)) {' '.join(FLAGS)} {includes}\n")
            # Not the newer DT_RUNPATH: it does not count for the libraries that libraries need.
            makefile.write(f'LFLAGS += -w {links} -Xlinker --disable-new-dtags -Xlinker "-rpath,{found_in}"\n')
        make(folder, f"SRCS={source}")

    def failure(self, complaints: str, folder: Path) -> DfcError:
        for words, kind, what, fix in FAILURES:
            if any(word in complaints for word in words):
                return kind(what, got=complaints, fix=fix)
        return super().failure(complaints, folder)


FAILURES = (
    (
        ("no CUDA-capable device", "driver version is insufficient"),
        Unavailable,
        "there is no GPU here, or none with a driver that is new enough, for a program of the cuda device",
        "run it on a machine with an NVIDIA GPU and its driver (the compiled program is kept), or use --device cpp",
    ),
    (
        ("out of memory", "resource allocation failed", "CUBLAS_STATUS_ALLOC_FAILED", "cublasCreate"),
        DfcError,
        "the memory of the GPU is too small",
        "end other programs on the GPU, or take a smaller train.batch_size, or show fewer samples at once",
    ),
    (
        ("no kernel image is available",),
        Unavailable,
        "the program was compiled for another GPU",
        "set cuda.compute_capability to what nvidia-smi --query-gpu=compute_cap says, or leave it out",
    ),
)
"""Words of CUDA's own errors, and what they mean."""


def brian2cuda_version() -> str:
    """`Unavailable` without Brian2CUDA."""
    try:
        return version("brian2cuda")
    except PackageNotFoundError:
        raise Unavailable(
            "the cuda device needs Brian2CUDA",
            got="the package brian2cuda is not installed",
            fix="pip install 'dfc-brian[cuda]'",
        ) from None
