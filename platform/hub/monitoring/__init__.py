"""Stage 6, monitor: figures that need more than one app. Nothing here names a firm."""
