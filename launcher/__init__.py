"""Sets up and runs the product from a bare checkout, with the standard library only.

`dev.py` is the door. Nothing the product imports lives here: production never loads this package.
"""
