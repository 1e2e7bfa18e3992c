"""What needs PyTorch: imported only by those who use it."""
