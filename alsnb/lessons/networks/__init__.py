"""The room of chapters 22-ffnn, 23-cnn and 24-rnn."""
