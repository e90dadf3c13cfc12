"""Changes an existing service without losing a line of the user's.

In the order of the work:

=====================  ==================================================================
`service`              the service in its Git repository
`service_template`     a version of its template: the questions, and which answers go together
`copier_worker`        Copier, with one shared copy of each version of the template
`versions`             the versions of the template, and the changelog between two of them
`rendered`             the files that the template renders for the service
`integrity`            detects an answers file that was edited by hand
`follow_renames`       gives the service the names of the template's newer version (`renames`)
`layout`               fits the rendered files to the service: `moves` of files, renamed `modules`,
                       `pruning` of what uses deleted packages
`merge`                merges the template's changes with the user's: `merge_lists` that both extended,
                       if the result has the `meaning` of both
`forward_migrations`   the `migrations` that a step adds, if nothing has `references` to what goes
`sandbox`              the repository in which a step is prepared
`step`                 the step as a whole
`impact`               the files and data that a step would delete
`mentions`             where the user's code uses what a step removes
`rows`                 where the rows stay if the database changes
`summary`              sums up the step in an `outcome`, for people and programs
`apply`                applies the step to the working copy, in a `transaction` (`apply_transaction`)
`status`               the state of a service
=====================  ==================================================================
"""
