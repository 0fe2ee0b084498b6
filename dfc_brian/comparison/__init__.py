"""Comparing learning methods seed by seed: which runs, those that exist already, the table and its files.

from dfc_brian.comparison import compare
result = compare("mnist", methods=["bp", "dfa", "dfc"], feedback=["fixed", "learned"], seeds=3)
print(result)                      # the table
result.summary                     # mean and standard deviation of each variant, beside the published ones
result.outcomes[0].run.metrics     # every run is there
"""

from .result import Comparison as Comparison
from .result import Outcome as Outcome
from .runner import Quiet as Quiet
from .runner import compare as compare
from .variants import Variant as Variant
