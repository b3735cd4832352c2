"""The safe state: every output driven to its safe value, and the tape of it for a process that knows no driver."""
