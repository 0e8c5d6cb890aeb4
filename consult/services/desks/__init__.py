"""What a person finds waiting, and overviews across parts."""
