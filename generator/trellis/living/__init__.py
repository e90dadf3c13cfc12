"""Changes an existing service without losing a line of the user's.

In the order of the work:

=============  ============================================================================
`service`      the service in its Git repository
`template`     a version of its template: the questions, and which answers go together
`copies`       Copier, with one shared copy of each version of the template
`versions`     the versions of the template, and the changelog between two of them
`rendering`    the files that the template renders
`record`       detects an answers file that was edited by hand
`layout`       fits the rendered files to the service: `moves` of files, renamed `modules`,
               `pruning` of what uses deleted packages
`merging`      merges the template's changes with the user's: `lists` that both extended,
               if the result has the `meaning` of both
`forward`      the migrations that a step adds
`workshop`     the repository in which a step is prepared
`step`         the step as a whole
`losses`       the files and data that a step would delete
`mentions`     where the user's code uses what a step removes
`summary`      sums up the step in an `outcome`, for people and programs
`taking`       applies the step to the working copy, with a `journal` for interruptions
`condition`    the state of a service
=============  ============================================================================
"""
