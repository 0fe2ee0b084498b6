"""Data sets: checked files in, standardised arrays out."""

from .datasets import KNOWN as KNOWN
from .datasets import Dataset as Dataset
from .datasets import check_fits as check_fits
from .datasets import load as load
from .datasets import test_images as test_images
