"""Teaching the reader of photos what wrinkles look like under light, behind pigment and in bad pictures."""
