"""One rule a module, each with its `RULE`; `playhead.lint.table` names them."""
