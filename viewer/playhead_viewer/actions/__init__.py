"""What keys do, a module for each group of them; `table` names them all."""
