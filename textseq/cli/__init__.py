"""The command line: the only room that prints.

A command is a function: parse, call the library once, show. Data goes to stdout, everything
else to stderr. app.py finds the command, options.py makes options of the config classes,
display.py shows, errors.py turns an exception into one line and an exit status.
"""
