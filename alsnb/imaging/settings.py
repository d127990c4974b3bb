"""The choices of the reader of imaging studies."""

from dataclasses import dataclass

from alsnb.checks import check_one_of, refuse

MODALITIES = ("clinical", "morphology", "connectome")
"""What can be known of a subject; the words of settings, audit and report."""

ATLASES = ("dk", "dkt", "destrieux")
"""Cortical parcellations of FreeSurfer: Desikan-Killiany, Desikan-Killiany-Tourville, a2009s."""

BAD_SUBJECTS = ("refuse", "leave_out")


@dataclass(frozen=True, kw_only=True)
class ImagingSettings:
    """How a study is read.

    Parameters
    ----------
    modalities : tuple of {"clinical", "morphology", "connectome"}
        What is read. A subject that lacks one of them is a bad subject.
    bad_subjects : {"refuse", "leave_out"}
        Whether what is wrong with one subject ends the reading with a sentence, or leaves the
        subject out and enters it into the audit.
    atlas : {"", "dk", "dkt", "destrieux"}
        Which of several parcellations of the cortex is read. Without a choice it is the only
        one there is, or Desikan-Killiany where there are several.
    connectome_files : str
        Pattern of the names of the files to read among the connectomes, as in
        ``"*desc-count*"`` where each subject has several.
    mat_key : str
        Name of the matrix in ``.mat`` files that hold more than one.
    first_node : int, optional
        Number of the first region in lists of edges, 0 or 1, where the lists do not show it.

    Raises
    ------
    BadInput
        If a setting has no such value.
    """

    modalities: tuple[str, ...] = MODALITIES
    bad_subjects: str = "refuse"
    atlas: str = ""
    connectome_files: str = "*"
    mat_key: str = ""
    first_node: int | None = None

    def __post_init__(self) -> None:
        for modality in self.modalities:
            check_one_of(modality, MODALITIES, "ImagingSettings(modalities=...)")
        check_one_of(self.bad_subjects, BAD_SUBJECTS, "ImagingSettings(bad_subjects=...)")
        check_one_of(self.atlas, ("", *ATLASES), "ImagingSettings(atlas=...)")
        check_one_of(self.first_node, (None, 0, 1), "ImagingSettings(first_node=...)")
        if not self.modalities:
            raise refuse(
                "ImagingSettings(modalities=...)",
                expected="at least one modality",
                found="none",
                remedy="Name those that the study must have.",
            )
