"""What the user writes in TOML: settings, targets; refused with key, file and nearest spelling."""
