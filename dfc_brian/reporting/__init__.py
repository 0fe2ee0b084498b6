"""A run as one page that opens in any browser, without a network."""

from .files import report as report
