"""The figures of the chapter: the target, scores, calibration and the learning curve."""

from alsnb.report.figures import (
    describe_calibration,
    describe_curves,
    describe_estimates,
    describe_histogram,
    plot_calibration,
    plot_curves,
    plot_differences,
    plot_estimates,
    plot_histogram,
)
