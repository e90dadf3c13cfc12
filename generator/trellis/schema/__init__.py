"""The schema of a service's database, read from its migrations, and the migration that changes it.

Nothing here runs a migration: the code of templates and services is parsed, never executed.

==============  ====================================================================================
`model`         tables with their columns, constraints and indexes
`reader`        the schema that a chain of migrations leads to
`difference`    what a step changes in a schema, and which data that deletes
`statements`    the Alembic operations that lead from one schema to another
`writer`        a migration file
`code`          Python expressions, parsed and laid out
==============  ====================================================================================
"""
