"""The door: one thin module a command, one table of commands, one error boundary.

What every module here keeps to: it parses, calls, prints and returns an exit code; what is right or wrong is decided in
``counterseal``. Only this package reads the clock, runs ``ssh-keygen`` and writes to the working tree or a ref.
"""
