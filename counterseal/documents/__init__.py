"""Floor three: every document of the repository as a frozen value that reads from bytes and writes back to them.

People write ModelSpec, Dataset, Policy, TierPolicy, Suite, Waiver; people sign Trust and Approval; machines write
Rules, RegistryEntry, PortableModel, Baseline, Golden, links, Statements and promotion records. ``places`` says where
each of them lives.
"""
