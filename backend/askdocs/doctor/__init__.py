"""Says what is wrong with an installation, and what mends it: a finding for each thing looked at."""
