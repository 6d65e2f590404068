"""Making the training data and training the weights; never part of the add-on."""
