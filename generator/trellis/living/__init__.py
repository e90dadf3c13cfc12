"""Living with a service: what changes one that exists, and never loses a line.

From the service to the outcome, in the order of the work:

==============  ====================================================================================
`service`       the service in its repository; refused where a step could not be put back
`template`      its template, asked: which answers make sense, and what else must change
`copies`        Copier at work on a service, with one copy of each version of the template
`step`          the step, made by Copier's own update in a repository beside the service's
`record`        whether the answers file tells what the service was made with
`losses`        what a step would take that the user wrote or uses
`migrations`    the chain of the database's migrations, kept whole
`journal`       the step brought into the working copy, whole or not at all
`applying`      the program that does so, which no interruption reaches
`outcome`       what a person is told
`versions`      the template's versions, and what changed between two
`condition`     how a service stands to its template
==============  ====================================================================================
"""
