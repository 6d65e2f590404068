"""Pictures of the base model with known truth, and what is learned from them about photographs of faces."""
