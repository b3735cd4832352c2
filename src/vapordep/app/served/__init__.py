"""The engine as a process that serves a reactor: it reads for ever, takes orders, and does one run after another."""
