"""From a folder in whatever state to a clean submission in the structure of what was handed out."""
