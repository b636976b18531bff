"""What is stricter on AWS than on the emulators, put in front of them: one file a subject, each with the source of the fact.

README.md has the table; test/e2e/shims.test.ts shows of each that it bites.
"""
