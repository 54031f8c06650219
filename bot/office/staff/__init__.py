"""Staff: taking them on, letting them in; keys of programs."""
