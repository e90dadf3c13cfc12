"""All combinations of answers, and the files of each: for the catalogue and the proof.

================  ==========================================================================
`source`          the template as Copier reads it: questions, Jinja, settings
`memo`            caches results by the answers that they depend on
`combinations`    sets of answers
`enumeration`     every valid set of answers, and every refused one with its reason
`tree`, `reads`   the files of a service, and the part of them that a check reads
`renderer`        the tree of each combination; equal files are rendered once
================  ==========================================================================
"""
