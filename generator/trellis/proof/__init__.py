"""The proof: what shows that every combination of answers gives a service that works.

From the template to the report, in the order of the work:

========================  ==========================================================================
`source`                  the template, opened with Copier: its questions, Jinja, settings
`memo`                    results remembered by the answers that they were computed from
`combinations`            every valid set of answers, and every refused one with its reason
`rendering`               each combination's tree of files, each file rendered once for what it reads
`covering`                a few combinations in which every pair of answers meets
`inputs`                  the part of a tree that one check reads, so that equal parts share one run
`survey`                  the distinct trees and inputs of all combinations, in one pass
`checks`                  what is demanded of every tree: of its texts, by ruff, pyrefly and deptry
`texts`, `compose`,       the checks that no tool makes
`kubernetes`
`tools`                   how the others are made
`environment`             the shared environment with the requirements of all combinations
`servers`, `embedded`     one server of each database for all suites
`suites`, `forkserver`    the services' own tests, each in a fork of a warm process
`installation`            a covering set, installed for real and tested there
`report`, `progress`      counts, failures, the slowest; what a terminal shows meanwhile
`proof`                   all of it together
`edits`                   what users typically do to a service, which no step may collide with
`steps`, `stepping`       the steps between combinations, each with the edits of a user as well
`command`, `running`      `trellis prove`: its options, and what it does
========================  ==========================================================================
"""

PARTS = ("rendering", "refusals", "checks", "suites", "installation")
"""The parts of the proof, by which `trellis prove --part` names them."""
