"""Numbers only: count people, protect small groups, audit, freeze a release. Knows no web, no database, no person.

Import from its modules: counting needs none of what the audit needs, and starts in a tenth of the time.
"""
