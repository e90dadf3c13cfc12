"""The proof that every combination of answers gives a working service.

================  ==========================================================================
`proof`           the proof as a whole, with its `settings`
`survey`          the distinct trees and inputs of all combinations, in one pass
`selection`       the combinations that a check needs, if there are too many for a survey
`covering`        a few combinations that cover every pair of answers
`cases`           the distinct inputs of a check; equal ones share one run
`checks`          the checks of every tree: texts, ruff, pyrefly, deptry, …
`environments`    the shared environment of all requirements; services installed by themselves
`suites`          the services' tests, each in a fork of a warm process, on shared servers
`steps`           the steps between combinations, with edits of users, and with rows in databases
`reports`         counts and failures; the progress on a terminal
================  ==========================================================================
"""

PARTS = ("rendering", "refusals", "checks", "suites", "fuzz", "installation")
"""The parts of the proof, for `trellis prove --part`."""
