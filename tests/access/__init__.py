"""A package, because pytest ends fixtures of scope "package" with a package only: of a plain folder they would last to
the end of the session, and the open transaction of `world` with them."""
