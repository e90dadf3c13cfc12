"""The proof that every combination of answers gives a working service.

In the order of the work:

========================  ==========================================================================
`source`                  the template as Copier reads it: questions, Jinja, settings
`memo`                    caches results by the answers that they depend on
`combinations`            every valid set of answers, and every refused one with its reason
`rendering`               the tree of files of each combination; equal files are rendered once
`covering`                a few combinations that cover every pair of answers
`inputs`                  the part of a tree that a check reads; equal parts share one run
`survey`                  the distinct trees and inputs of all combinations, in one pass
`checks`                  the checks of every tree: texts, ruff, pyrefly, deptry, …
`texts`, `english`,       the checks that no tool has
`compose`, `kubernetes`
`tools`                   runs the other checks
`environment`             the shared environment with the requirements of all combinations
`servers`, `embedded`     one server of each database for all suites
`suites`, `forkserver`    the services' tests, each in a fork of a warm process
`fuzz_test`               asks a service what its OpenAPI document allows and forbids
`installation`            a covering set, installed with uv and tested
`report`, `progress`      counts and failures; the progress on a terminal
`proof`                   the proof as a whole
`edits`                   typical edits of users; no step may conflict with them
`steps`, `stepping`       the steps between combinations, with and without such edits
`data`, `journeys`,       databases with rows, taken from schema to schema
`databases`, `migrating`
`documents`               the same with MongoDB
`own_data`                what a user adds to a database
`command`, `running`      `trellis prove`
========================  ==========================================================================
"""

PARTS = ("rendering", "refusals", "checks", "suites", "fuzz", "installation")
"""The parts of the proof, for `trellis prove --part`."""
