"""The figures of the chapter: courses over the months, and estimates with their intervals."""

from alsnb.report.cohort_figures import describe_course, plot_course
from alsnb.report.figures import describe_estimates, plot_estimates

__all__ = ["describe_course", "describe_estimates", "plot_course", "plot_estimates"]
