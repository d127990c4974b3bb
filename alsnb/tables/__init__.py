"""Read tables of patients, refuse damaged ones, and say of each where it came from.

A table travels with its :class:`~alsnb.tables.source.Source`, which tells a page whether
real patients stand behind its rows. The one real table is that of the DREAM 2012 challenge
(:mod:`alsnb.tables.dream`); whoever does not have the file can run everything on a stand-in
with the same columns (:mod:`alsnb.tables.dream_standin`).
"""
