"""What grows: layers by surface reactions, polymers by radicals, and how they are measured out."""
