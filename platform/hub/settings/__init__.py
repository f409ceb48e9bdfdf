"""Settings by situation: `demo` (embedded servers), `test`, `production`. `base` is what they share."""
