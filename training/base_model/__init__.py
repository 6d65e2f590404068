"""Training of the base model: identity modes, expressions that adapt to identity, correctives."""
