"""Reads the schema of a service's database from its migrations, and writes the migration that changes it.

Nothing here runs a migration: the code of templates and services is parsed, never executed.

==============  ====================================================================================
`model`         tables with their columns, constraints and indexes
`reader`        the schema that a chain of migrations leads to
`difference`    the changes of a step to a schema, and the data that they delete
`statements`    the Alembic operations that lead from one schema to another
`writer`        a migration file
`code`          Python expressions, parsed and laid out
==============  ====================================================================================
"""
