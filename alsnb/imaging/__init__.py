"""Brains as numbers: read an imaging study, select its patients, make inputs of a model.

A study is a folder, or a zip of one, laid out as the field's own programs write their files::

    study/
        participants.tsv             one row per subject, tab-separated, "n/a" for missing (BIDS)
        participants.json            what its columns mean: Description, Units, Levels (BIDS)
        SIMULATED.txt                only where nobody stands behind the rows
        freesurfer/
            lh.aparc.thickness.tsv   as aparcstats2table writes it: a row per subject; the first
            rh.aparc.thickness.tsv   cell of the header names the table ("lh.aparc.thickness",
            lh.aparc.area.tsv        "lh.aparc.DKTatlas.area"), and so do the columns
            ...                      ("lh_precentral_thickness"), whatever the file is called
            aseg.volume.tsv          as asegstats2table writes it ("Measure:volume")
        connectomes/
            sub-01_connectome.csv    one per subject: a matrix as text, .npy or .mat, or a list of
            sub-02_connectome.csv    edges (.edgelist: region, region, weight)
            labels.csv               name of each region, in the order of rows and columns

``participants.tsv`` has these columns, each of which may be absent but the first; others may stand
beside them and are kept (El Escorial category, ECAS, King's stage):

=======================================  =========================================================
``participant_id``                       ``sub-01``; other files may say ``01`` or ``1``
``group``                                ``als``, ``control`` or another word
``age_years``                            at the scan
``sex``                                  ``female`` or ``male``
``site_of_onset``                        ``bulbar``, ``arm``, ``leg``, ``limb`` or another word
``onset_to_scan_months``                 time from the first weakness to the scan
``diagnostic_delay_months``              time from the first weakness to the diagnosis
``alsfrs_r_total``                       points, 0 to 48, at the scan
``fvc_percent``                          of what is predicted
``c9orf72``, ``bvftd``                   ``yes`` or ``no``
``scanner``                              where the scan was made
``onset_to_death_or_censoring_months``   from the first weakness to death or the last contact
``died``                                 ``yes``, or ``no`` for who was alive at the last contact
=======================================  =========================================================

:func:`alsnb.imaging.release.read_imaging` reads all of it and gives a frozen ``ImagingRelease``
with every subject that left and why; :func:`alsnb.imaging.cohort.select_imaging_cohort` selects
the patients whose class of survival is known. :mod:`alsnb.imaging.connectivity` and
:mod:`alsnb.imaging.learnt` make inputs of a model of them.

Names need not be these: tables of FreeSurfer are known by their headers, and are looked for in
folders called freesurfer, morphology or stats; connectomes in connectomes, connectome, connectivity
or edgelists, at any depth. Where there is no table of FreeSurfer, tables of one subject each with
a column ROI and one such as volume_mm3 are read in a folder features or regions.
"""
