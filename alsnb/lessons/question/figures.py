"""The figures of the chapter: courses over the months, and estimates with their intervals."""

from alsnb.report.cohort_figures import describe_course, plot_course
from alsnb.report.figures import describe_estimates, plot_estimates
